#include "tools/server/api/cookie.hpp"

#include <algorithm>

#include <boost/beast/core/string.hpp>
#include <fmt/format.h>

namespace rollcall::api {
namespace {

// A browser takes a cookie of such a name from a server over TLS (or this machine) alone, for all of it and no other.
constexpr std::string_view name = "__Host-rollcall";

std::string_view trimmed(std::string_view text) {
  const auto first = std::min(text.find_first_not_of(" \t"), text.size());
  return text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

}  // namespace

std::optional<std::string_view> session_cookie(const http::Request& request) {
  std::optional<std::string_view> found;
  for (const auto& [field, value] : request.headers) {
    if (!boost::beast::iequals(field, "Cookie")) continue;
    for (std::string_view rest = value; !rest.empty();) {
      const auto end = std::min(rest.find(';'), rest.size());
      const auto pair = trimmed(rest.substr(0, end));
      rest = rest.substr(std::min(end + 1, rest.size()));
      const auto equals = pair.find('=');
      if (equals == pair.npos || pair.substr(0, equals) != name) continue;
      if (found) return std::nullopt;
      found = pair.substr(equals + 1);
    }
  }
  return found;
}

std::string set_session_cookie(std::string_view token, Duration life) {
  return fmt::format("{}={}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={}", name, token, whole_seconds(life));
}

std::string clear_session_cookie() { return set_session_cookie({}, Duration{0}); }

bool is_same_site(const http::Request& request) {
  if (request.method == "GET" || request.method == "HEAD") return true;
  if (const auto site = request.header("Sec-Fetch-Site")) return *site == "same-origin";
  const auto origin = request.header("Origin");
  const auto host = request.header("Host");
  if (!origin || !host) return false;
  const auto scheme = origin->find("://");
  return scheme != origin->npos && boost::beast::iequals(origin->substr(scheme + 3), *host);
}

}  // namespace rollcall::api
