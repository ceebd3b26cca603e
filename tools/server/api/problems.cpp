#include "tools/server/api/problems.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/json/basic_parser_impl.hpp>

#include "events/utf8.hpp"
#include "tools/server/api/body.hpp"

namespace rollcall::api {
namespace {

// Boost's parser takes the last of several members of one name; what two readers may read differently is refused.
struct NamesOnce {
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);
  using Error = json::error_code;

  std::vector<std::set<std::string, std::less<>>> open;
  std::string name;
  std::string twice;

  bool on_document_begin(Error&) { return true; }
  bool on_document_end(Error&) { return true; }
  bool on_object_begin(Error&) {
    open.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t, Error&) {
    open.pop_back();
    return true;
  }
  bool on_array_begin(Error&) { return true; }
  bool on_array_end(std::size_t, Error&) { return true; }
  bool on_key_part(json::string_view part, std::size_t, Error&) {
    name.append(part.data(), part.size());
    return true;
  }
  bool on_key(json::string_view part, std::size_t, Error& error) {
    name.append(part.data(), part.size());
    if (open.back().insert(name).second) {
      name.clear();
      return true;
    }
    twice = name;
    error = json::error::extra_data;
    return false;
  }
  bool on_string_part(json::string_view, std::size_t, Error&) { return true; }
  bool on_string(json::string_view, std::size_t, Error&) { return true; }
  bool on_number_part(json::string_view, Error&) { return true; }
  bool on_int64(std::int64_t, json::string_view, Error&) { return true; }
  bool on_uint64(std::uint64_t, json::string_view, Error&) { return true; }
  bool on_double(double, json::string_view, Error&) { return true; }
  bool on_bool(bool, Error&) { return true; }
  bool on_null(Error&) { return true; }
  bool on_comment_part(json::string_view, Error&) { return true; }
  bool on_comment(json::string_view, Error&) { return true; }
};

Reply malformed(std::string_view text, std::size_t read, const std::string& what) {
  const auto before = text.substr(0, read);
  const auto line = static_cast<std::uint64_t>(std::count(before.begin(), before.end(), '\n')) + 1;
  const auto column = before.size() - (before.rfind('\n') + 1) + 1;  // npos + 1 is the first line's beginning
  return problem("malformed_json",
                 "Line " + std::to_string(line) + ", column " + std::to_string(column) + ": " + what + ".",
                 {{"line", line}, {"column", column}});
}

}  // namespace

Reply problem(std::string_view code, std::string_view detail, const json::object& extensions) {
  const auto* known = std::find_if(edge_problems.begin(), edge_problems.end(),
                                   [&](const EdgeProblem& one) { return one.code == code; });
  if (known == edge_problems.end()) throw std::logic_error("no problem of the edge is called " + std::string{code});
  auto reply = http::problem(known->status, code, detail, extensions);
  reply.body = utf8::repaired(reply.body);  // what is told back may be any bytes that somebody sent
  if (known->status == 503 || known->status == 429) {
    const auto* left = extensions.if_contains("seconds_left");
    reply.headers.emplace_back("Retry-After", left ? json::serialize(*left) : "1");
  }
  return reply;
}

Reply problem_of(const Rejection& rejection) {
  json::object extensions;
  for (const auto& detail : rejection.details) {
    if (detail.number)
      extensions[detail.name] = *detail.number;
    else if (detail.text)
      extensions[detail.name] = *detail.text;
  }
  const auto& meaning = meaning_of(rejection.code);
  auto reply = http::problem(static_cast<unsigned>(meaning.status), meaning.name, meaning.title, extensions);
  if (const auto* wait = extensions.if_contains("seconds_left"))
    reply.headers.emplace_back("Retry-After", std::to_string(wait->to_number<std::uint64_t>()));
  if (meaning.status == 401) reply.headers.emplace_back("WWW-Authenticate", "Bearer");
  return reply;
}

Reply problem_of(const JsonError& error) {
  const auto where = error.pointer.empty() ? std::string{"The body"} : error.pointer;
  return problem("invalid_body", where + " " + error.detail + ".",
                 {{"errors", {{{"pointer", error.pointer}, {"detail", error.detail}}}}});
}

Reply problem_of(const projections::QueryError& error) {
  // It was not there, as of then.
  if (error.detail == "is not known here")
    return not_found(error.parameter == "account" ? "This account" : "This user");
  return problem("invalid_parameter", error.parameter + " " + error.detail + ".", {{"parameter", error.parameter}});
}

Reply not_found(std::string_view what) {
  auto reply = http::problem(404, "not_found", std::string{what} + " is not there.");
  reply.body = utf8::repaired(reply.body);
  return reply;
}

Expected<json::value, Reply> parse_json(std::string_view text) {
  json::error_code error;
  json::stream_parser parser;
  const auto read = parser.write_some(text.data(), text.size(), error);
  if (!error && read < text.size()) error = json::error::extra_data;
  if (!error) parser.finish(error);
  if (error) return unexpected(malformed(text, read, error.message()));
  json::basic_parser<NamesOnce> names(json::parse_options{});
  const auto seen = names.write_some(false, text.data(), text.size(), error);
  if (error) return unexpected(malformed(text, seen, "the member \"" + names.handler().twice + "\" comes twice"));
  return parser.release();
}

std::optional<Reply> refuse_media_type(const http::Request& request) {
  if (request.body.empty()) return std::nullopt;
  if (const auto coding = request.header("Content-Encoding"); coding && !boost::beast::iequals(*coding, "identity"))
    return problem("unsupported_media_type", "A body is sent as it is, without a Content-Encoding.");
  const auto header = request.header("Content-Type").value_or("");
  auto type = header.substr(0, header.find(';'));
  while (!type.empty() && type.back() == ' ') type.remove_suffix(1);
  const std::string parameters{header.substr(std::min(header.find(';'), header.size()))};
  bool json = boost::beast::iequals({type.data(), type.size()}, "application/json");
  // JSON is UTF-8, RFC 8259 §8.1: who says otherwise means another text than the one we would read.
  for (const auto& [name, value] : boost::beast::http::param_list(parameters))
    json = json && boost::beast::iequals(name, "charset") && boost::beast::iequals(value, "utf-8");
  if (json) return std::nullopt;
  return problem("unsupported_media_type", "Send the body with Content-Type: application/json, which is UTF-8.");
}

Reply json_answer(std::string text, std::string_view content_type) {
  Reply reply;
  reply.content_type = content_type;
  reply.body = std::move(text);
  return reply;
}

}  // namespace rollcall::api
