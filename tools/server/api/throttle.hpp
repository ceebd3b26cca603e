// How many requests one caller may make: so many a second in the long run, twice that at once. Whoever asks for more is
// told 429, and the others do not notice.
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
  // 0: everybody may make as many as they like.
  explicit Throttle(std::size_t requests_per_second) : per_second_(static_cast<double>(requests_per_second)) {}

  bool bounds_anybody() const { return per_second_ > 0; }
  // May this caller make one more? `caller` is who they are, or where they sit. `now` only ever grows.
  bool admits(std::string_view caller, Duration now);

 private:
  struct Allowance {
    double requests = 0;
    Duration at;
  };
  // Beyond this, callers with their whole allowance are forgotten, which changes nothing for them; while none has it,
  // who comes new shares one allowance with all the others who do.
  static constexpr std::size_t callers_max = 100'000;
  void make_room(Duration now);
  double refilled(const Allowance& allowance, Duration now) const;

  const double per_second_;
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, Allowance> allowances_;  // under mutex_: by a hash of the caller
  Duration made_room_;                                       // under mutex_
};

}  // namespace rollcall::api
