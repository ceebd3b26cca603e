#include "tools/server/api/throttle.hpp"

#include <algorithm>
#include <functional>

namespace rollcall::api {

double Throttle::refilled(const Allowance& allowance, Duration now) const {
  const auto seconds = static_cast<double>(now.micros - allowance.at.micros) / 1e6;
  return std::min(2 * per_second_, allowance.requests + std::max(seconds, 0.0) * per_second_);
}

// Looks at all of them, so not for each that comes.
void Throttle::make_room(Duration now) {
  if (now.micros - made_room_.micros < seconds(1).micros) return;
  made_room_ = now;
  std::erase_if(allowances_, [&](const auto& known) { return refilled(known.second, now) >= 2 * per_second_; });
}

bool Throttle::admits(std::string_view caller, Duration now) {
  if (!bounds_anybody()) return true;
  constexpr std::uint64_t all_others = 0;
  auto key = std::hash<std::string_view>{}(caller);
  const std::lock_guard lock(mutex_);
  if (allowances_.size() >= callers_max && !allowances_.contains(key)) {
    make_room(now);
    if (allowances_.size() >= callers_max) key = all_others;
  }
  auto& allowance = allowances_.try_emplace(key, Allowance{2 * per_second_, now}).first->second;
  allowance.requests = refilled(allowance, now);
  allowance.at = now;
  if (allowance.requests < 1) return false;
  allowance.requests -= 1;
  return true;
}

}  // namespace rollcall::api
