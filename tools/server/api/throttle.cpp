#include "tools/server/api/throttle.hpp"

#include <algorithm>
#include <functional>

namespace rollcall::api {

double Throttle::refilled(const Allowance& allowance, Duration now) const {
  const auto seconds = static_cast<double>(now.micros - allowance.at.micros) / 1e6;
  return std::min(at_once_, allowance.left + std::max(seconds, 0.0) * per_second_);
}

// Looks at all of them, so not for each that comes.
void Throttle::make_room(Duration now) {
  if (now.micros - made_room_.micros < seconds(1).micros) return;
  made_room_ = now;
  std::erase_if(allowances_, [&](const auto& known) { return refilled(known.second, now) >= at_once_; });
}

std::uint64_t Throttle::key_of(std::string_view caller, Duration now) {
  constexpr std::uint64_t all_others = 0;
  const auto key = std::hash<std::string_view>{}(caller);
  if (allowances_.size() < callers_max || allowances_.contains(key)) return key;
  make_room(now);
  return allowances_.size() < callers_max ? key : all_others;
}

bool Throttle::admits(std::string_view caller, Duration now) {
  if (!bounds_anybody()) return true;
  const std::lock_guard lock(mutex_);
  auto& allowance = allowances_.try_emplace(key_of(caller, now), Allowance{at_once_, now}).first->second;
  allowance.left = refilled(allowance, now);
  allowance.at = now;
  if (allowance.left < 1) return false;
  allowance.left -= 1;
  return true;
}

Duration Throttle::reserve(std::string_view caller, Duration now) {
  if (!bounds_anybody()) return {};
  const std::lock_guard lock(mutex_);
  auto& allowance = allowances_.try_emplace(key_of(caller, now), Allowance{at_once_, now}).first->second;
  allowance.left = refilled(allowance, now) - 1;
  allowance.at = now;
  return {allowance.left >= 0 ? 0 : static_cast<std::int64_t>(-allowance.left / per_second_ * 1e6)};
}

void Throttle::give_back(std::string_view caller, Duration now) {
  if (!bounds_anybody()) return;
  const std::lock_guard lock(mutex_);
  const auto known = allowances_.find(key_of(caller, now));
  if (known == allowances_.end()) return;
  known->second.left = std::min(at_once_, refilled(known->second, now) + 1);
  known->second.at = now;
}

Duration Throttle::wait(std::string_view caller, Duration now) {
  if (!bounds_anybody()) return {};
  const std::lock_guard lock(mutex_);
  const auto known = allowances_.find(key_of(caller, now));
  const auto left = known == allowances_.end() ? at_once_ : refilled(known->second, now);
  if (left >= 1) return {};
  return {static_cast<std::int64_t>((1 - left) / per_second_ * 1e6)};
}

}  // namespace rollcall::api
