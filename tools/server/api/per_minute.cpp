#include "tools/server/api/per_minute.hpp"

namespace rollcall::api {

std::uint32_t PerMinute::count(const PersonId& person, Time now) {
  constexpr auto minute = minutes(1).micros;
  const std::lock_guard lock(mutex_);
  return ++counts_[{person, Time{now.micros / minute * minute}}];
}

std::vector<PerMinute::Counted> PerMinute::take(Time now) {
  const std::lock_guard lock(mutex_);
  std::vector<Counted> over;
  for (auto at = counts_.begin(); at != counts_.end();) {
    const auto& [person, minute] = at->first;
    if (now - minute < minutes(1)) {
      ++at;
      continue;
    }
    over.push_back({person, minute, at->second});
    at = counts_.erase(at);
  }
  return over;
}

}  // namespace rollcall::api
