#include "tools/server/api/operation.hpp"

#include <algorithm>
#include <exception>
#include <unordered_map>

#include "events/bounded.hpp"
#include "events/utf8.hpp"
#include "tools/server/api/actions.hpp"
#include "tools/server/api/body.hpp"
#include "tools/server/api/bulk.hpp"
#include "tools/server/api/commands.hpp"

namespace rollcall::api {

// ---- the table ----------------------------------------------------------------------------------------------------

namespace {

constexpr std::string_view commands_path = "/v1/commands/";

Door door_of(const Rule& rule) {
  if (rule.is_held_by(Source::anyone)) return Door::open;
  return rule.is_held_by(Source::link) ? Door::link : Door::credential;
}

template <class C>
Awaited handle_command(Desk& desk, const Request& request, const PathArguments&) {
  auto command = read_body<C>(request);
  if (!command) {
    // Strangers are told that they are none before they are told what is wrong with what they sent.
    const auto caller = desk.authenticate(request);
    if (!caller) co_return caller.error();
    const bool nobody = caller->kind == ActorKind::person && !caller->session;
    if (nobody && door_of(C::rule) == Door::credential) co_return problem_of(rejected(Code::not_authenticated));
    co_return command.error();
  }
  Command asked{std::move(*command)};
  co_return co_await answer_command(desk, request, std::move(asked));
}

// Whoever does it too often without success is slowed down.
template <class C>
constexpr bool may_be_guessing =
    std::same_as<C, StartSession> || std::same_as<C, ChangePassword> || std::same_as<C, RequestPasswordReset> ||
    std::same_as<C, OfferSecondFactor> || std::same_as<C, EnableSecondFactor> || std::same_as<C, RemoveSecondFactor> ||
    std::same_as<C, ChangeEmail> || std::same_as<C, ConfirmSession>;

json::object as_parameter() {
  return header_parameter("Rollcall-As", "the address of the person the operator acts for",
                          {{"type", "string"}, {"minLength", 3}, {"maxLength", 254}});
}
json::object reason_parameter(std::string_view help) {
  return header_parameter(
      "Rollcall-Reason", help,
      {{"type", "string"}, {"minLength", 1}, {"maxLength", reason_bytes_max}, {"pattern", seen_line_pattern()}});
}

template <class C>
Operation operation_of_command() {
  Operation operation{"POST", std::string{commands_path} + std::string{C::name}, C::name, "commands", C::summary};
  operation.rule = C::rule;
  operation.handle = &handle_command<C>;
  operation.parameters = parameters_of<ParametersOf<C>>({});
  operation.parameters.push_back(header_parameter("Idempotency-Key",
                                                  "the same key again gets the same answer, for 30 days",
                                                  {{"type", "string"}, {"minLength", 1}, {"maxLength", 256}}));
  operation.parameters.push_back(reason_parameter("kept with the events; at most 1,024 bytes"));
  operation.parameters.push_back(as_parameter());
  if constexpr (C::fields.size() > 0) {
    operation.body = schema_of<C>().as_object();
    operation.body_required = !operation.body->at("required").as_array().empty();
  }
  operation.answer = {{"anyOf", {schema_of<CommandAnswer>(), schema_of<DryRunAnswer>()}}};
  operation.codes = {
      "malformed_json", "unsupported_media_type", "cross_site",  "invalid_body", "invalid_parameter", "busy",
      "storage_low",    "clock_uncertain",        "log_damaged", "behind_topic", "internal_error"};
  if (may_be_guessing<C>) operation.codes.emplace_back("too_many_attempts");
  for (const auto code : C::refusals) operation.codes.emplace_back(meaning_of(code).name);
  if (C::rule.fresh) operation.codes.emplace_back(meaning_of(Code::fresh_sign_in_required).name);
  for (const auto code : common_refusals) operation.codes.emplace_back(meaning_of(code).name);
  return operation;
}

template <class Q>
Awaited handle_query(Desk& desk, const Request& request, const PathArguments& arguments) {
  auto query = read_query<Q>(request, Q::path, arguments);
  if (!query) {
    const auto caller = desk.authenticate(request);
    if (!caller) co_return caller.error();
    const bool nobody = caller->kind == ActorKind::person && !caller->session;
    if (nobody && door_of(Q::rule) == Door::credential) co_return problem_of(rejected(Code::not_authenticated));
    co_return query.error();
  }
  co_return co_await answer_query(desk, request, *query);
}

json::object min_position_parameter() {
  return header_parameter("Rollcall-Min-Position", "wait until the read models have this position of the log",
                          {{"type", "integer"}, {"minimum", 0}, {"maximum", json_integer_max}});
}

template <class Q>
Operation operation_of_query() {
  Operation operation{"GET", std::string{Q::path}, Q::name, "log and server", Q::summary};
  if constexpr (ViewQuery<Q>) operation.tag = "queries";
  if constexpr (projections::Report<Q>) operation.tag = "reports";
  operation.rule = Q::rule;
  operation.handle = &handle_query<Q>;
  operation.parameters = parameters_of<Q>(Q::path);
  operation.codes = {"invalid_parameter"};
  if (operation.door() == Door::credential) {
    operation.parameters.push_back(min_position_parameter());
    // The last two are told of whom Rollcall-As names, too.
    operation.codes.insert(operation.codes.end(), {"not_authenticated", "log_damaged", "ahead_of_log",
                                                   "position_not_reached", "not_authorized", "not_found"});
    // What each of these says is held against what the server does by tests/system/query_refusals_test.cpp.
    constexpr bool about_oneself = Q::rule.action == Action::self_view;
    if (Q::rule.about() == About::account) operation.codes.emplace_back("second_factor_required");
    // Who has to set another password first sees who they are, and where they are signed in.
    if (!about_oneself && Q::rule.action != Action::session_view)
      operation.codes.emplace_back("password_change_required");
  }
  if constexpr (Q::rule.about() == About::link) operation.codes.emplace_back("invitation_not_found");
  if constexpr (ViewQuery<Q> || projections::Report<Q>)
    operation.codes.insert(operation.codes.end(), {"view_behind", "view_stopped", "as_of_too_large"});
  if constexpr (requires { Q::codes; })
    for (const auto* code : Q::codes) operation.codes.emplace_back(code);
  if constexpr (projections::Report<Q>)
    operation.answer = schema_of<projections::ReportAnswer<typename Q::Row>>();
  else
    operation.answer = schema_of<typename Q::Answer>();
  return operation;
}

Operation open_operation(std::string_view path, std::string_view name, std::string_view summary,
                         Awaited (*handle)(Desk&, const Request&, const PathArguments&), json::value answer,
                         std::string_view content_type = "application/json") {
  Operation operation{"GET", std::string{path}, name, "about", summary, {Action::server_read}, handle};
  operation.answer = std::move(answer);
  operation.content_type = content_type;
  return operation;
}

std::vector<Operation> all_operations() {
  std::vector<Operation> all;
  [&]<class... C>(Types<C...>) { (all.push_back(operation_of_command<C>()), ...); }(AllCommands{});
  all.push_back(bulk_operation(all));
  [&]<class... Q>(std::type_identity<std::tuple<Q...>>) {
    (all.push_back(operation_of_query<Q>()), ...);
  }(std::type_identity<Queries>{});

  const json::value document{{"type", "object"}};
  const json::value text{{"type", "string"}};
  all.push_back(open_operation("/docs", "Docs", "Describe this interface as a page for people", &docs, text,
                               "text/html; charset=utf-8"));
  all.push_back(
      open_operation("/openapi.json", "OpenApi", "Describe this interface as an OpenAPI document", &openapi, document));
  all.push_back(open_operation("/asyncapi.json", "AsyncApi", "Describe the topics and the feed as an AsyncAPI document",
                               &asyncapi, document));
  all.push_back(open_operation("/schemas", "Schemas", "List the JSON Schemas of what is published", &schemas,
                               schema_of<SchemasAnswer>()));
  auto one = open_operation("/schemas/{name}", "Schema", "Show a JSON Schema, by name or URN", &schema, document,
                            "application/schema+json");
  one.parameters = parameters_of<SchemaName>("/schemas/{name}");
  one.codes = {"not_found"};
  all.push_back(std::move(one));
  all.push_back(open_operation("/livez", "Livez", "Tell that the process answers", &livez, text, "text/plain"));
  auto ready = open_operation("/readyz", "Readyz", "Tell whether commands and queries are served and all views keep up",
                              &readyz, text, "text/plain");
  ready.codes = {"not_ready"};
  all.push_back(std::move(ready));
  auto numbers = open_operation("/metrics", "Metrics", "Show the server's numbers in Prometheus' text format", &metrics,
                                text, "text/plain; version=0.0.4; charset=utf-8");
  numbers.rule = metrics_rule;
  numbers.parameters.push_back(min_position_parameter());
  numbers.codes = {"invalid_parameter", "not_authenticated",    "not_authorized",           "log_damaged",
                   "ahead_of_log",      "position_not_reached", "password_change_required", "not_found"};
  all.push_back(std::move(numbers));
  for (auto& operation : all) {
    for (const auto& parameter : operation.parameters)
      if (parameter.at("in") == "header") operation.headers.emplace_back(parameter.at("name").as_string());
    if (operation.name == Events::name) operation.headers.emplace_back("Last-Event-ID");  // of the feed alone
    // Of the operator alone, who sees what another sees.
    if (operation.method == "GET" && operation.door() != Door::open)
      operation.headers.insert(operation.headers.end(), {"Rollcall-As", "Rollcall-Reason"});
  }
  return all;
}

}  // namespace

Door Operation::door() const { return door_of(rule); }

const std::vector<Operation>& operations() {
  static const auto all = all_operations();
  return all;
}

// ---- finding one --------------------------------------------------------------------------------------------------

namespace {

std::vector<std::string_view> segments(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto slash = std::min(path.find('/'), path.size());
    parts.push_back(path.substr(0, slash));
    path.remove_prefix(slash);
  }
  return parts;
}

class Directory {
 public:
  Directory() {
    for (const auto& operation : operations()) {
      if (operation.path.find('{') == std::string::npos)
        fixed_[operation.path].push_back(&operation);
      else
        open_.push_back({segments(operation.path), &operation});
    }
  }

  struct Found {
    const Operation* operation = nullptr;
    PathArguments arguments{};
    std::string allowed{};  // methods of this path, when it has others only
  };
  Found find(const Request& request) const {
    Found found;
    const std::string_view target{request.target};
    if (const auto known = fixed_.find(target.substr(0, target.find('?'))); known != fixed_.end())
      for (const auto* operation : known->second) found = offer(std::move(found), *operation, request, {});
    for (const auto& [pattern, operation] : open_)
      if (auto arguments = match(pattern, request.path))
        found = offer(std::move(found), *operation, request, std::move(*arguments));
    return found;
  }

 private:
  static Found offer(Found found, const Operation& operation, const Request& request, PathArguments arguments) {
    if (found.operation) return found;
    if (operation.method == request.method) return {&operation, std::move(arguments), {}};
    found.allowed.append(found.allowed.empty() ? "" : ", ").append(operation.method);
    if (operation.method == "GET") found.allowed.append(", HEAD");
    return found;
  }
  static std::optional<PathArguments> match(const std::vector<std::string_view>& pattern,
                                            const std::vector<std::string>& path) {
    if (pattern.size() != path.size()) return std::nullopt;
    PathArguments arguments;
    for (std::size_t i = 0; i < path.size(); ++i) {
      if (pattern[i].starts_with('{'))
        arguments.push_back(path[i]);
      else if (pattern[i] != path[i])
        return std::nullopt;
    }
    return arguments;
  }

  std::unordered_map<std::string_view, std::vector<const Operation*>> fixed_;
  std::vector<std::pair<std::vector<std::string_view>, const Operation*>> open_;
};

// What an operation does not know it would ignore, and somebody would believe that it does something.
std::optional<Reply> refuse_headers_beside(const Operation& operation, const Request& request) {
  if (operation.door() == Door::open) return std::nullopt;
  constexpr std::array<std::string_view, 5> ours{"Rollcall-As", "Rollcall-Reason", "Rollcall-Min-Position",
                                                 "Idempotency-Key", "Last-Event-ID"};
  for (const auto name : ours)
    if (request.header(name) &&
        std::find(operation.headers.begin(), operation.headers.end(), name) == operation.headers.end())
      return problem("invalid_header", std::string{name} + " means nothing here.", {{"header", name}});
  // Commands keep it, and check it by their own rules.
  const auto reason = operation.method == "GET" ? request.header("Rollcall-Reason") : std::nullopt;
  if (reason && (utf8::blank(*reason) || !utf8::one_line(*reason) || utf8::letters(*reason) > reason_bytes_max))
    return problem("invalid_header", "Rollcall-Reason is a line of 1 to 1,024 characters.",
                   {{"header", "Rollcall-Reason"}});
  return std::nullopt;
}

}  // namespace

Awaited answer(Desk& desk, http::Request sent) {
  static const Directory directory;
  Request request;
  static_cast<http::Request&>(request) = std::move(sent);
  const auto found = directory.find(request);
  if (found.operation) {
    // Whoever looks at the server's health is not kept out by those who ask much.
    if (found.operation->door() != Door::open && !desk.admits(request, found.operation->name))
      co_return problem("too_many_requests", "More requests than this caller may make in a second.");
    // What describes no parameters takes none.
    const auto in_query = [](const json::value& parameter) { return parameter.at("in") == "query"; };
    if (const auto& all = found.operation->parameters;
        !request.query.empty() && std::none_of(all.begin(), all.end(), in_query))
      co_return problem_of(projections::QueryError{request.query.front().first, "is not a parameter here"});
    if (auto refused = refuse_headers_beside(*found.operation, request)) co_return std::move(*refused);
    std::exception_ptr failure;
    try {
      co_return co_await found.operation->handle(desk, request, found.arguments);
    } catch (...) {
      failure = std::current_exception();
    }
    // Whoever reads over what is damaged is told so, as whoever would write is.
    if (const auto halt = desk.halted(); halt && halt->code == "log_damaged") co_return problem(halt->code, halt->why);
    std::rethrow_exception(failure);
  }
  if (!found.allowed.empty()) {
    auto reply = problem("method_not_allowed", "This path answers " + found.allowed + ".");
    reply.headers.emplace_back("Allow", found.allowed);
    co_return reply;
  }
  if (request.method == "POST" && request.target.starts_with(commands_path))
    co_return problem("unknown_command", "There is no command of this name; /openapi.json lists them.");
  co_return problem("no_such_resource", "Nothing is at this path; /openapi.json lists what there is.");
}

// ---- describing one -----------------------------------------------------------------------------------------------

json::value default_of(const json::object& schema, std::string_view text) {
  const auto& type = schema.at("type");
  if (type == "boolean") return text == "true";
  if (type == "integer") return std::strtoull(std::string{text}.c_str(), nullptr, 10);
  if (type != "array") return json::value(text);
  json::array words;
  for (std::string_view rest = text;;) {
    const auto comma = rest.find(',');
    words.emplace_back(rest.substr(0, comma));
    if (comma == rest.npos) return words;
    rest.remove_prefix(comma + 1);
  }
}

json::object header_parameter(std::string_view name, std::string_view help, json::value schema) {
  return {{"name", name}, {"in", "header"}, {"required", false}, {"description", help}, {"schema", std::move(schema)}};
}

}  // namespace rollcall::api
