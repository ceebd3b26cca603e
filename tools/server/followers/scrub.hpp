// The scrub: reads the whole log in the background after each start, and holds every entry against the tree. What the
// start itself does not check is found before somebody needs it.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>

#include "events/log.hpp"
#include "tools/server/followers/report.hpp"

namespace rollcall {

class Scrub {
 public:
  // `bytes_per_step`: how much is read in one go. `log` must outlive it.
  explicit Scrub(const LogReader& log, std::size_t bytes_per_step = std::size_t{4} << 20)
      : log_(log), bytes_per_step_(bytes_per_step) {}

  // Reads on. Stops for good at the first entry that cannot be read, or is not what the tree says.
  void step();
  // All before it are well.
  Position checked() const { return checked_; }
  std::optional<FollowerStop> damage() const;

 private:
  void stop_at(Position position, std::string why);

  const LogReader& log_;
  const std::size_t bytes_per_step_;
  std::atomic<Position> checked_{0};
  mutable std::mutex mutex_;
  std::optional<FollowerStop> damage_;  // under mutex_
};

}  // namespace rollcall
