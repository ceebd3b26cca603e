#include "tools/server/api/session_uses.hpp"

namespace rollcall::api {

std::optional<Time> SessionUses::last(const SessionId& session) const {
  const std::lock_guard lock(mutex_);
  const auto known = last_.find(session);
  if (known == last_.end()) return std::nullopt;
  return known->second;
}

std::vector<SessionId> SessionUses::take_idle(Time now, std::size_t most) {
  std::vector<SessionId> idle;
  const std::lock_guard lock(mutex_);
  for (auto at = last_.begin(); at != last_.end() && idle.size() < most;) {
    if (now < at->second + idle_) {
      ++at;
      continue;
    }
    idle.push_back(at->first);
    at = last_.erase(at);
  }
  return idle;
}

}  // namespace rollcall::api
