// What access keys are used for, counted in memory until the clock writes it down: an auditor's every minute, a
// program's every hour.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/access_keys/commands.hpp"
#include "events/values.hpp"

namespace rollcall::api {

// Thread-safe.
class KeyUses {
 public:
  void count(const AccessKeyId& key, bool by_auditor, std::string_view action, Time now);
  // Takes what is due by then; all of it when `everything`.
  std::vector<RecordKeyUse> take(Time now, bool everything = false);
  // The last use that is not written down yet.
  std::optional<Time> last(const AccessKeyId& key) const;

 private:
  struct Use {
    Time since, until;
    bool by_auditor = false;
    std::map<std::string, std::uint64_t, std::less<>> actions;
  };

  mutable std::mutex mutex_;
  std::map<AccessKeyId, Use> uses_;  // under mutex_
};

}  // namespace rollcall::api
