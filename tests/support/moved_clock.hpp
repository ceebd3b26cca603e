// A clock that a test moves: the sibling of the system's.
#pragma once

#include <atomic>

#include "domain/engine/ports.hpp"

namespace rollcall {

class MovedClock final : public Clock {
 public:
  Time now() const override { return Time{now_.load()}; }
  Duration monotonic() const override { return {monotonic_.load()}; }
  // Time goes by.
  void pass(Duration time) {
    now_ += time.micros;
    monotonic_ += time.micros;
  }
  // Somebody sets the clock.
  void jump(Duration time) { now_ += time.micros; }

 private:
  std::atomic<std::int64_t> now_{1'772'528'400'000'000};  // 2026-03-03T09:00:00Z
  std::atomic<std::int64_t> monotonic_{5'000'000};
};

}  // namespace rollcall
