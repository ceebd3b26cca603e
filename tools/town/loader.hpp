#pragma once

#include <future>
#include <vector>

#include "tools/installation/installation.hpp"

namespace rollcall::tools {

// Decides commands, and appends them in large batches on a thread of its own. For a log that nobody else writes and
// that is opened without sync_every_append.
class Loader {
 public:
  explicit Loader(Installation& installation);

  Answer handle(const Command& command, Context context);
  // The next slice of a reassignment under way, if there is one.
  std::vector<Recorded> work(Time now, const Ids::Seed& seed);
  bool has_work() const { return writer_.has_work(); }
  Position size() const { return writer_.size(); }
  // Makes all of it durable.
  void finish();

 private:
  void hand_over();
  void settle();

  Installation& installation_;
  Writer writer_;
  Appender appender_;
  std::size_t commands_ = 0;     // in the open batch
  std::future<void> appending_;  // last: its thread uses what is above
};

}  // namespace rollcall::tools
