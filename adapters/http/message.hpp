// What travels over HTTP, as plain values: a request as a handler receives it, a response as it returns it.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>

namespace rollcall::http {

// Header fields in the order they were sent; a name may occur more than once.
using Headers = std::vector<std::pair<std::string, std::string>>;

// The value of the first field called `name` (case does not matter), or nothing.
std::optional<std::string_view> find(const Headers& headers, std::string_view name);

// A request whose framing and target have been checked. A HEAD request arrives as GET: the server leaves the body out.
struct Request {
  std::string method;             // as sent: "GET", "POST", …
  std::string target;             // as sent: "/v1/accounts/gx624/users?status=active"
  std::vector<std::string> path;  // the target's segments, percent-decoded: "v1", "accounts", "gx624", "users"
  std::vector<std::pair<std::string, std::string>> query;  // decoded; the same key may come more than once
  Headers headers;
  std::string body;
  std::string remote_ip;                           // of who sent it, as far as is known (proxies.hpp)
  std::chrono::steady_clock::time_point received;  // when its first byte was there

  std::optional<std::string_view> header(std::string_view name) const { return find(headers, name); }
  // The first value of a query parameter, and all of them in their order. A key without "=" has the value "".
  std::optional<std::string_view> parameter(std::string_view key) const;
  std::vector<std::string_view> parameters(std::string_view key) const;
};

// Fills `path` and `query` from `target`; false when the target is not an origin-form (RFC 9112, 3.2.1) or its escapes
// are broken. "+" in a query is a space, as forms send it.
[[nodiscard]] bool decode_target(Request& request);

class Stream;  // stream.hpp

// A response. The server adds Date, Content-Length or Transfer-Encoding, and Connection; `headers` must not hold these.
struct Response {
  unsigned status = 200;
  std::string content_type = "application/json";  // sent only with a body
  Headers headers;
  std::string body;
  std::shared_ptr<Stream> stream{};  // instead of a body; the connection ends with it

  std::optional<std::string_view> header(std::string_view name) const { return find(headers, name); }
};

// An RFC 9457 problem document. `code` is the stable name programs decide by; it also makes the type,
// urn:rollcall:problem:<code>. The title is the status' reason phrase; `extensions` become members of their own.
Response problem(unsigned status, std::string_view code, std::string_view detail,
                 const boost::json::object& extensions = {});

// "Not Found" for 404; "Unknown" for a status nobody registered.
std::string_view reason_phrase(unsigned status);

}  // namespace rollcall::http
