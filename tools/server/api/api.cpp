#include "tools/server/api/api.hpp"

#include <chrono>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <sodium.h>

#include "tools/server/api/elsewhere.hpp"

namespace rollcall {
namespace {

using Path = std::vector<std::string_view>;

Path segments(std::string_view path) {
  Path parts;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto slash = std::min(path.find('/'), path.size());
    parts.push_back(path.substr(0, slash));
    path.remove_prefix(slash);
  }
  return parts;
}

bool is_parameter(std::string_view segment) { return segment.starts_with('{'); }

std::optional<std::vector<std::string>> match_path(const Path& pattern, const std::vector<std::string>& path) {
  if (pattern.size() != path.size()) return std::nullopt;
  std::vector<std::string> arguments;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (is_parameter(pattern[i]))
      arguments.push_back(path[i]);
    else if (pattern[i] != path[i])
      return std::nullopt;
  }
  return arguments;
}

bool same_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

constexpr std::pair<std::string_view, std::string_view> at_parameter{
    "at", "as of this RFC 3339 instant with offset, or this position, inclusive"};
constexpr std::pair<std::string_view, std::string_view> limit_parameter{"limit", "rows in a page, 1 to 200"};
constexpr std::pair<std::string_view, std::string_view> cursor_parameter{"cursor", "`next` of the page before"};

}  // namespace

const std::vector<Api::Route>& Api::routes() {
  static const std::vector<Route> table{
      {"POST",
       "/v1/commands/{command}",
       "",
       "Any command, by its name",
       {{"dry_run", "true decides and shows the events, and records nothing"}},
       &Api::post_command},
      {"GET",
       "/v1/accounts/{account}/users",
       "Users",
       "The Users list",
       {{"status", "active,invited (default), deactivating, inactive, ended, or all"},
        {"kind", "standard or partner"},
        {"role", "owner, admin, user, partner_admin, partner"},
        {"q", "in name or address"},
        {"sort", "name, status, last_sign_in, access_end; - in front for descending"},
        limit_parameter,
        cursor_parameter,
        at_parameter},
       &Api::users},
      {"GET",
       "/v1/accounts/{account}/users/{user}",
       "UserProfile",
       "A user's profile with what he holds",
       {at_parameter},
       &Api::user},
      {"GET",
       "/v1/accounts/{account}/users/{user}/history",
       "UserHistory",
       "What happened to a user, event by event",
       {{"before", "events before this position"}, limit_parameter},
       &Api::user_history},
      {"GET",
       "/v1/accounts/{account}/invitations",
       "Invitations",
       "Invitations, open and closed",
       {{"status", "pending, accepted, declined, revoked, expired, or all (default)"},
        {"kind", "standard or partner"},
        {"q", "in name or address"},
        {"sort", "sent, expires"},
        limit_parameter,
        cursor_parameter,
        at_parameter},
       &Api::invitations},
      {"GET",
       "/v1/accounts/{account}/assignments",
       "Assignments",
       "Who holds how many records",
       {{"kind", "standard or partner"},
        {"status", "of the member"},
        {"non_zero", "true leaves out who has nothing"},
        {"sort", "name, contacts, leads, pending_tasks, completed_tasks, notes"},
        limit_parameter,
        cursor_parameter,
        at_parameter},
       &Api::assignments},
      {"GET",
       "/v1/me/accounts",
       "AccountCentral",
       "Account Central: the accounts you can enter",
       {{"q", "in label, name or app id"}, {"sort", "name, since"}, limit_parameter, cursor_parameter, at_parameter},
       &Api::my_accounts},
      {"GET",
       "/v1/people/{email}/accounts",
       "AccountCentral",
       "Account Central of a person",
       {{"q", "in label, name or app id"}, {"sort", "name, since"}, limit_parameter, cursor_parameter, at_parameter},
       &Api::accounts_of},
      {"GET",
       "/v1/invitations/{token}",
       "OfferedInvitation",
       "What the invitation behind a link offers",
       {},
       &Api::offered_invitation},
      {"GET", "/v1/events/{position}", "Event", "One event of the log", {}, &Api::event},
      {"GET",
       "/v1/events",
       "Events",
       "Events of the log, in order: a page, or with Accept: text/event-stream all of them and those to come, as "
       "CloudEvents; Last-Event-ID resumes behind this position",
       {{"from", "first position"},
        {"account", "of this account only"},
        {"type", "of this type only; several with commas in a stream"},
        {"limit", "at most this many, 1 to 1000"},
        {"wait", "seconds to wait for the first one, at most 30"}},
       &Api::events},
      {"GET", "/v1/status", "Status", "Sizes, followers and their lag, uptime", {}, &Api::status},
      {"POST", "/v1/rebuilds", "Status", "Rebuild a read model beside the one in use", {}, &Api::start_rebuild},
      {"GET", "/v1/rebuilds", "Status", "How far rebuilds are", {}, &Api::rebuilds},
      {"POST", "/v1/clock", "Status", "Say that the time is right, after the clock jumped", {}, &Api::confirm_clock},
      {"GET", "/openapi.json", "", "This interface as an OpenAPI document", {}, &Api::openapi},
      {"GET", "/asyncapi.json", "", "The topics and the feed as an AsyncAPI document", {}, &Api::asyncapi},
      {"GET", "/schemas", "", "Names of the JSON Schemas of what is published", {}, &Api::schemas},
      {"GET", "/schemas/{name}", "", "A JSON Schema, by name or URN", {}, &Api::schema},
      {"GET", "/livez", "", "The process answers", {}, &Api::livez},
      {"GET", "/readyz", "", "Commands and queries are served, and every view keeps up", {}, &Api::readyz},
      {"GET", "/metrics", "", "Numbers in Prometheus' text format", {}, &Api::metrics},
  };
  return table;
}

Api::Api(Installation& installation, WriterThread& writer, ViewHost& views, Feed& feed, const Clock& clock,
         ApiOptions options)
    : installation_(installation),
      writer_(writer),
      views_(views),
      feed_(feed),
      clock_(clock),
      options_(options),
      claims_(installation.claims()),
      tokens_(installation.tokens()),
      request_secret_(installation.request_secret()),
      started_(clock.now()),
      pool_(2) {}

Api::~Api() { pool_.join(); }

net::awaitable<http::Response> Api::handle(http::Request request) {
  static const auto patterns = [] {
    std::vector<Path> all;
    for (const auto& route : routes()) all.push_back(segments(route.path));
    return all;
  }();
  std::string allowed;
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    const auto arguments = match_path(patterns[i], request.path);
    if (!arguments) continue;
    const auto& route = routes()[i];
    if (route.method == request.method) co_return co_await (this->*route.handler)(request, *arguments);
    allowed.append(allowed.empty() ? "" : ", ").append(route.method);
  }
  if (allowed.empty()) co_return http::problem(404, "no_such_resource", "Nothing is at " + request.target + ".");
  auto response = http::problem(405, "method_not_allowed", "Here one may " + allowed + ".");
  response.headers.emplace_back("Allow", allowed);
  co_return response;
}

Api::Authenticated Api::authenticate(const http::Request& request) const {
  const auto refuse = [](unsigned status, std::string_view code, std::string_view detail) {
    auto response = http::problem(status, code, detail);
    if (status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
    return Authenticated{{}, std::move(response)};
  };
  const auto as = request.header("Rollcall-As");
  const auto header = request.header("Authorization");
  Authenticated out;
  if (header) {
    constexpr std::string_view scheme = "Bearer ";
    const auto token = header->starts_with(scheme) ? header->substr(scheme.size()) : std::string_view{};
    if (same_secret(token, installation_.operator_key())) {
      out.caller = Caller::operator_key();
    } else if (const auto session = tokens_.session_of(token)) {
      out.caller.session = *session;
    } else {
      return refuse(401, "not_authenticated", "This bearer token is neither the operator's key nor a session's.");
    }
  }
  if (!as) return out;
  if (out.caller.kind != ActorKind::operator_)
    return refuse(403, "not_authorized", "Only the operator acts for others.");
  const auto snapshot = installation_.log().state();
  const State state(*snapshot.rows, installation_.keys(), claims_);
  const auto address = normalise_address(*as);
  out.caller.on_behalf_of = address ? state.person_with(*address) : std::nullopt;
  if (!out.caller.on_behalf_of) return refuse(404, "not_found", "Nobody has the address in Rollcall-As.");
  return out;
}

std::string Api::not_ready() const {
  if (low_on_disk_) return "the disk is nearly full: commands are refused";
  for (const auto& view : views_.status())
    if (view.stop)
      return "view " + std::string{view.name} + " stopped at " + std::to_string(view.stop->position) + ": " +
             view.stop->reason;
  if (const auto known = publisher(); known && known->stopped) {
    const auto& stop = *known->stopped;
    const auto shown = [](const std::string& hash) { return hash.empty() ? std::string{"none"} : hash; };
    auto why = "publishing stopped at " + std::to_string(stop.position) + ": " + stop.reason;
    if (!stop.topic_hash.empty() || !stop.log_hash.empty())
      why += " (leaf hash in the topic " + shown(stop.topic_hash) + ", in the log " + shown(stop.log_hash) + ")";
    return why;
  }
  return {};
}

void FailedSignIns::count(const PersonId& person, Time now) {
  constexpr auto minute = minutes(1).micros;
  const std::lock_guard lock(mutex_);
  ++counts_[{person, Time{now.micros / minute * minute}}];
}

std::vector<RecordFailedSignIns> FailedSignIns::take(Time now) {
  const std::lock_guard lock(mutex_);
  std::vector<RecordFailedSignIns> over;
  for (auto at = counts_.begin(); at != counts_.end();) {
    const auto& [person, minute] = at->first;
    if (now - minute < minutes(1)) {
      ++at;
      continue;
    }
    over.push_back({person, minute, at->second});
    at = counts_.erase(at);
  }
  return over;
}

// ---- problems -----------------------------------------------------------------------------------------------------

http::Response problem_of(const Rejection& rejection) {
  json::object extensions;
  for (const auto& detail : rejection.details) {
    if (detail.number)
      extensions[detail.name] = *detail.number;
    else if (detail.text)
      extensions[detail.name] = *detail.text;
  }
  const auto& meaning = meaning_of(rejection.code);
  auto response = http::problem(static_cast<unsigned>(meaning.status), meaning.name, meaning.title, extensions);
  if (meaning.status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

http::Response problem_of(const JsonError& error) {
  const auto where = error.pointer.empty() ? std::string{"The body"} : error.pointer;
  const json::object extensions{{"errors", {{{"pointer", error.pointer}, {"detail", error.detail}}}}};
  return http::problem(422, "invalid_body", where + " " + error.detail + ".", extensions);
}

Expected<json::value, http::Response> parse_json(std::string_view text) {
  json::error_code error;
  json::stream_parser parser;
  const auto read = parser.write_some(text.data(), text.size(), error);
  if (!error && read < text.size()) error = json::error::extra_data;
  if (!error) parser.finish(error);
  if (!error) return parser.release();
  const auto before = text.substr(0, read);
  const auto line = static_cast<std::uint64_t>(std::count(before.begin(), before.end(), '\n')) + 1;
  const auto column = before.size() - (before.rfind('\n') + 1) + 1;  // npos + 1 is the first line's beginning
  return unexpected(http::problem(
      400, "malformed_json",
      "Line " + std::to_string(line) + ", column " + std::to_string(column) + ": " + error.message() + ".",
      {{"line", line}, {"column", column}}));
}

http::Response json_response(const json::value& body, unsigned status) {
  http::Response response;
  response.status = status;
  response.body = json::serialize(body);
  return response;
}

http::Response json_text_response(std::string text) {
  http::Response response;
  response.body = std::move(text);
  return response;
}

}  // namespace rollcall
