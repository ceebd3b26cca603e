// What persons do too often to be told one by one: counted by person and minute, for the clock to write down.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "events/values.hpp"

namespace rollcall::api {

// Thread-safe.
class PerMinute {
 public:
  struct Counted {
    PersonId person;
    Time minute;
    std::uint32_t count = 0;
  };

  // Counts one more; which one in its minute it is, from 1.
  std::uint32_t count(const PersonId& person, Time now);
  // Takes what was counted in minutes that are over.
  std::vector<Counted> take(Time now);

 private:
  std::mutex mutex_;
  std::map<std::pair<PersonId, Time>, std::uint32_t> counts_;
};

}  // namespace rollcall::api
