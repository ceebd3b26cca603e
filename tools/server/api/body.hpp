// Reading the body of a request: JSON of one shape, and nothing else.
#pragma once

#include "tools/server/api/problems.hpp"

namespace rollcall::api {

// Is it JSON by what its headers say? An empty body says nothing. Refused: any other media type.
std::optional<Reply> refuse_media_type(const http::Request& request);

template <class T>
Expected<T, Reply> read_body(const http::Request& request) {
  if (auto refused = refuse_media_type(request)) return unexpected(std::move(*refused));
  const auto document = parse_json(request.body.empty() ? std::string_view{"{}"} : std::string_view{request.body});
  if (!document) return unexpected(document.error());
  auto value = from_json<T>(*document);
  if (!value) return unexpected(problem_of(value.error()));
  return std::move(*value);
}

}  // namespace rollcall::api
