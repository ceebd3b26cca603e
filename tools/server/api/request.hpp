// A request on its way through the interface: what was sent, and who sent it, found out once.
#pragma once

#include <optional>

#include "adapters/http/message.hpp"
#include "domain/engine/context.hpp"
#include "events/expected.hpp"

namespace rollcall::api {

struct Request : http::Request {
  // What Desk::authenticate found; nothing before it was asked. One request is looked at by one thread at a time.
  mutable std::optional<Expected<Caller, http::Response>> caller{};
};

}  // namespace rollcall::api
