// Checks of what a server answered, with the whole answer told when it is another.
#pragma once

#include <set>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/system/server_process.hpp"

#define CHECK_REFUSED(reply, status_, code_) \
  do {                                       \
    const Reply& refused_ = (reply);         \
    INFO(shown(refused_));                   \
    CHECK(refused_.status == (status_));     \
    CHECK(refused_.code() == (code_));       \
  } while (false)

#define REQUIRE_DONE(reply)       \
  do {                            \
    const Reply& done_ = (reply); \
    INFO(shown(done_));           \
    REQUIRE(done_.status == 200); \
  } while (false)

namespace rollcall::testing {

// The addresses on a page of the Users list.
inline std::set<std::string> emails_in(const Reply& users) {
  std::set<std::string> all;
  for (const auto& row : users.body.at("users").as_array()) all.emplace(row.at("email").as_string());
  return all;
}

}  // namespace rollcall::testing
