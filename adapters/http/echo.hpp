// The least a handler can do: what the stack costs by itself, as the reference of the benchmarks.
#pragma once

#include <charconv>
#include <cstddef>

#include "adapters/http/server.hpp"

namespace rollcall::http {

// Replies with the request's body; GET /bytes/N with N bytes, up to 16 MiB.
inline net::awaitable<Response> echo(Request request) {
  constexpr std::size_t most = 16 * 1024 * 1024;
  if (request.path.size() == 2 && request.path[0] == "bytes") {
    const auto& digits = request.path[1];
    std::size_t size = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size);
    if (error != std::errc{} || end != digits.data() + digits.size() || size > most) {
      co_return problem(404, "not_found", "a number of bytes up to 16 MiB is expected");
    }
    co_return Response{200, "application/octet-stream", {}, std::string(size, 'x')};
  }
  co_return Response{200, "application/octet-stream", {}, std::move(request.body)};
}

}  // namespace rollcall::http
