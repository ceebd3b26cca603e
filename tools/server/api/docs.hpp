// The interface as a page for people, made from its OpenAPI document.
#pragma once

#include <string>

#include "events/json.hpp"

namespace rollcall::api {

// One HTML page that asks nobody for anything: styles and the script of its search are in it. Shows what the document
// says and nothing else; texts of the document are never markup. Expects a document as openapi_document() makes it:
// references lead to its own components.
std::string docs_page(const json::value& openapi);

// The Content-Security-Policy that lets the page run what is in it, by digest, and nothing else. The page says the same
// of itself; as a header it also keeps others from framing it.
std::string docs_policy();

}  // namespace rollcall::api
