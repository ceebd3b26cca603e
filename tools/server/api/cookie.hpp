// A session in a browser: a cookie that no script reads, that goes to this server alone and with what its own pages ask
// (RFC 6265bis), and is heeded for nothing that another site's page has sent.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "adapters/http/message.hpp"
#include "events/values.hpp"

namespace rollcall::api {

// The token in the request's session cookie. More than one is none: one of them was planted.
std::optional<std::string_view> session_cookie(const http::Request& request);

// Set-Cookie for a session that lasts so long; without a token, for one that has ended.
std::string set_session_cookie(std::string_view token, Duration life);
std::string clear_session_cookie();

// Did a page of this very server ask, by what the browser says of it (Sec-Fetch-Site, or Origin where that is missing)?
// What only reads is let through: another site's page does not see the answer.
bool is_same_site(const http::Request& request);

}  // namespace rollcall::api
