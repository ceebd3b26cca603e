// Examples for the interface's document, made from the schemas: what somebody may copy and send.
#pragma once

#include <string_view>

#include "events/json.hpp"

namespace rollcall::api {

// A value that fits the schema of a member or parameter of this name, with the members that must be there and no
// others. The schema is whole: it refers to nothing elsewhere.
json::value example_of(std::string_view name, const json::value& schema);

}  // namespace rollcall::api
