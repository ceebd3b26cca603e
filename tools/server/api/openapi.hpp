// The interface as an OpenAPI document.
#pragma once

#include "events/json.hpp"

namespace rollcall::api {

// OpenAPI 3.1, from the table of operations: the same descriptions that parse and answer.
json::value openapi_document();

}  // namespace rollcall::api
