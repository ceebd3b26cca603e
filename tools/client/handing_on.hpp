// Who gets the records of somebody, as it is typed: for each kind of record users with their shares, instead of a plan
// in JSON.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "events/expected.hpp"
#include "events/json.hpp"

namespace rollcall::tools {

// A user as people name them (an address, or usr_… itself) to their id. May throw what a request throws.
using FindUser = std::function<std::string(const std::string& user)>;

// The plan for one kind of record from "a@x.example:2,b@x.example:1" (by weight; a user alone weighs 1),
// "a@x.example=13,b@x.example=3" (exact numbers), or "nobody". The error is for people.
Expected<json::object, std::string> plan_for(std::string_view kind, std::string_view shares, const FindUser& find_user);

// Words as a shell takes them: quoted where they have to be.
std::string shell_word(std::string_view word);

}  // namespace rollcall::tools
