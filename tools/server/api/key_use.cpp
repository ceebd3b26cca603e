#include "tools/server/api/key_use.hpp"

namespace rollcall::api {

void KeyUses::count(const AccessKeyId& key, bool by_auditor, std::string_view action, Time now) {
  const std::lock_guard lock(mutex_);
  auto& use = uses_.try_emplace(key, Use{now, now, by_auditor, {}}).first->second;
  use.until = now;
  if (const auto known = use.actions.find(action); known != use.actions.end())
    ++known->second;
  else
    use.actions.emplace(action, 1);
}

std::vector<RecordKeyUse> KeyUses::take(Time now, bool everything) {
  const std::lock_guard lock(mutex_);
  std::vector<RecordKeyUse> due;
  for (auto at = uses_.begin(); at != uses_.end();) {
    auto& [key, use] = *at;
    if (!everything && now - use.since < (use.by_auditor ? minutes(1) : hours(1))) {
      ++at;
      continue;
    }
    RecordKeyUse told{key, use.since, use.until, {}};
    for (const auto& [action, count] : use.actions) told.uses.push_back({action, count});
    due.push_back(std::move(told));
    at = uses_.erase(at);
  }
  return due;
}

std::optional<Time> KeyUses::last(const AccessKeyId& key) const {
  const std::lock_guard lock(mutex_);
  const auto known = uses_.find(key);
  if (known == uses_.end()) return std::nullopt;
  return known->second.until;
}

}  // namespace rollcall::api
