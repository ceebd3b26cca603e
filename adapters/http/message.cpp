#include "adapters/http/message.hpp"

#include <algorithm>

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/json/serialize.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <fmt/format.h>

namespace rollcall::http {

std::optional<std::string_view> find(const Headers& headers, std::string_view name) {
  const auto found = std::find_if(headers.begin(), headers.end(), [&](const auto& header) {
    return boost::beast::iequals({header.first.data(), header.first.size()}, {name.data(), name.size()});
  });
  if (found == headers.end()) return std::nullopt;
  return found->second;
}

std::optional<std::string_view> Request::parameter(std::string_view key) const {
  const auto found = std::find_if(query.begin(), query.end(), [&](const auto& pair) { return pair.first == key; });
  if (found == query.end()) return std::nullopt;
  return found->second;
}

std::vector<std::string_view> Request::parameters(std::string_view key) const {
  std::vector<std::string_view> values;
  for (const auto& [name, value] : query) {
    if (name == key) values.push_back(value);
  }
  return values;
}

bool decode_target(Request& request) {
  // As a proxy is asked: it is this server that was meant, RFC 9112 §3.2.2.
  if (!request.target.starts_with('/'))
    if (const auto absolute = boost::urls::parse_absolute_uri(request.target);
        absolute && absolute->has_authority() &&
        (absolute->scheme_id() == boost::urls::scheme::http || absolute->scheme_id() == boost::urls::scheme::https)) {
      std::string target{absolute->encoded_target()};
      if (!target.starts_with('/')) target.insert(0, "/");
      request.target = std::move(target);
    }
  const auto url = boost::urls::parse_origin_form(request.target);
  if (!url) return false;
  request.path.clear();
  request.query.clear();
  for (auto segment : url->segments()) request.path.push_back(std::move(segment));
  boost::urls::encoding_opts as_forms_send_it;
  as_forms_send_it.space_as_plus = true;
  if (url->has_query()) {
    for (auto parameter : url->params(as_forms_send_it)) {
      request.query.emplace_back(std::move(parameter.key), std::move(parameter.value));
    }
  }
  return true;
}

Response problem(unsigned status, std::string_view code, std::string_view detail,
                 const boost::json::object& extensions) {
  boost::json::object document{{"type", fmt::format("urn:rollcall:problem:{}", code)},
                               {"title", reason_phrase(status)},
                               {"status", status},
                               {"detail", detail},
                               {"code", code}};
  for (const auto& member : extensions) document.insert_or_assign(member.key(), member.value());
  return Response{status, "application/problem+json", {}, boost::json::serialize(document)};
}

std::string_view reason_phrase(unsigned status) {
  const auto known = boost::beast::http::int_to_status(status);
  if (known == boost::beast::http::status::unknown) return "Unknown";
  const auto phrase = boost::beast::http::obsolete_reason(known);
  return {phrase.data(), phrase.size()};
}

}  // namespace rollcall::http
