// How much one caller may do: so much a second in the long run, and so much at once. Whoever wants more is told 429,
// and the others do not notice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <unordered_map>

#include "events/values.hpp"

namespace rollcall::api {

// Thread-safe.
class Throttle {
 public:
  // 0 a second: everybody may do as much as they like.
  Throttle(double per_second, double at_once) : per_second_(per_second), at_once_(at_once) {}

  bool bounds_anybody() const { return per_second_ > 0; }
  // May this caller do one thing more? Then it is counted. `caller` is who they are, or where they sit. `now` only ever
  // grows.
  bool admits(std::string_view caller, Duration now);
  // Counts one thing more and tells how long to wait before doing it: those who wait take turns, and each waits once.
  Duration reserve(std::string_view caller, Duration now);
  // What was counted is taken back: it was none.
  void give_back(std::string_view caller, Duration now);
  // How long until they may; counts nothing.
  Duration wait(std::string_view caller, Duration now);

 private:
  struct Allowance {
    double left = 0;
    Duration at;
  };
  // Beyond this, callers with their whole allowance are forgotten, which changes nothing for them; while none has it,
  // who comes new shares one allowance with all the others who do.
  static constexpr std::size_t callers_max = 100'000;
  void make_room(Duration now);
  double refilled(const Allowance& allowance, Duration now) const;

  std::uint64_t key_of(std::string_view caller, Duration now);

  const double per_second_;
  const double at_once_;
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, Allowance> allowances_;  // under mutex_: by a hash of the caller
  Duration made_room_;                                       // under mutex_
};

}  // namespace rollcall::api
