// A log that is read by a thread of its own, some way ahead of whoever visits it: folding then costs the reading no
// time. For long reads, such as a rebuild.
#pragma once

#include "events/log.hpp"

namespace rollcall::projections {

class ReadAhead final : public LogReader {
 public:
  // `log` must outlive it.
  explicit ReadAhead(const LogReader& log) : log_(log) {}

  // As the log's own, entries visited on the caller's thread. Holds a few MiB at most.
  void read(Position from, const Visit& visit) const override;

  Position size() const override { return log_.size(); }
  std::optional<std::string> entry(Position position) const override { return log_.entry(position); }
  std::optional<std::string> tile(unsigned level, std::uint64_t index) const override {
    return log_.tile(level, index);
  }
  std::optional<std::string> frontier() const override { return log_.frontier(); }
  std::optional<std::string> checkpoint() const override { return log_.checkpoint(); }
  Position batch_end(Position size) const override { return log_.batch_end(size); }
  State state() const override { return log_.state(); }

 private:
  const LogReader& log_;
};

}  // namespace rollcall::projections
