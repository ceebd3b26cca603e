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

// The one row of a list that has one.
inline const json::object& only_row(const Reply& reply, std::string_view list) {
  const auto& rows = reply.body.at(list).as_array();
  INFO(shown(reply));
  REQUIRE(rows.size() == 1);
  return rows[0].as_object();
}

// Ids of so many records, in the order of their ids.
inline json::value records(std::size_t count, const std::string& stem = "contact") {
  json::array ids;
  for (std::size_t i = 0; i < count; ++i) ids.emplace_back(stem + "-" + std::to_string(10'000 + i));
  return ids;
}

}  // namespace rollcall::testing
