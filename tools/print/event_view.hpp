// Events as lines for people: what, where, by whom, and the ids and values that matter.
#pragma once

#include <string>

#include "events/json.hpp"

namespace rollcall::tools {

// The data of an event as "invitation=inv_… email=a@b.example admin=true". Lists of more than three are counted,
// "records=256×"; what is null is left out.
std::string facts_text(const json::value& data);

// {"kind", "id"} as "account gx624"; "log" by itself.
std::string scope_text(const json::value& scope);

// Who acted: "operator", "operator for per_…", "per_…", "system".
std::string actor_text(const json::value& actor);

// One line about a full event, with its end: position, time, type, scope, facts, who did it and why. The columns are of
// fixed width, since the next line may only come in an hour; the line is never cut, since its ids are there to be used.
std::string event_line(const json::value& event);
std::string event_line_titles();

}  // namespace rollcall::tools
