// When something was asked last in a session. One in which nothing was asked for long is good for nothing any more, and
// is ended. Kept in memory: after a start each counts from then on.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "events/values.hpp"

namespace rollcall::api {

// Thread-safe.
class SessionUses {
 public:
  // `idle`: how long nothing may be asked. 0: for ever.
  explicit SessionUses(Duration idle) : idle_(idle) {}

  // Something is asked now. False when that comes too late. `since` is called where the session is not known yet: from
  // when it counts.
  template <class F>
  bool use(const SessionId& session, Time now, F since) {
    if (idle_.micros == 0) return true;
    const std::lock_guard lock(mutex_);
    auto known = last_.find(session);
    if (known == last_.end()) known = last_.emplace(session, since()).first;
    if (known->second + idle_ <= now) return false;
    known->second = now;
    return true;
  }
  std::optional<Time> last(const SessionId& session) const;
  // Forgets those in which nothing was asked for too long, and says which, `most` at most.
  std::vector<SessionId> take_idle(Time now, std::size_t most);

 private:
  const Duration idle_;
  mutable std::mutex mutex_;
  std::map<SessionId, Time> last_;  // under mutex_
};

}  // namespace rollcall::api
