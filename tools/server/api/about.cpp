// What the server says about itself: status, readiness, metrics, rebuilds, and its own interface and what is
// published, as OpenAPI, AsyncAPI and JSON Schema.
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "events/contract.hpp"
#include "events/match.hpp"
#include "tools/server/api/asyncapi.hpp"
#include "tools/server/api/elsewhere.hpp"

namespace rollcall {
namespace {

struct RebuildOrder {
  static constexpr std::array fields{"view", "accept_differences"};
  std::string view;
  std::optional<bool> accept_differences;
};

json::object schema_of_command(const Command& command) {
  return match(command, []<class C>(const C&) {
    return json::object{{"name", C::name}, {"summary", C::summary}, {"schema", schema_of<C>()}};
  });
}

template <class... C>
json::array commands_of(std::type_identity<std::variant<C...>>) {
  json::array all;
  (all.push_back(schema_of_command(Command{C{}})), ...);
  return all;
}

json::object parameter(std::string_view name, std::string_view in, std::string_view about, bool required) {
  return {{"name", name}, {"in", in}, {"description", about}, {"required", required}, {"schema", {{"type", "string"}}}};
}

json::object responses() {
  return {{"200", {{"description", "done"}, {"content", {{"application/json", {{"schema", {{"type", "object"}}}}}}}}},
          {"default",
           {{"description", "a problem document (RFC 9457); `code` is stable"},
            {"content", {{"application/problem+json", {{"schema", {{"$ref", "#/components/schemas/Problem"}}}}}}}}}};
}

json::object operation(const Api::Route& route) {
  json::array parameters;
  for (std::size_t at = route.path.find('{'); at != std::string_view::npos; at = route.path.find('{', at + 1))
    parameters.push_back(parameter(route.path.substr(at + 1, route.path.find('}', at) - at - 1), "path", "", true));
  for (const auto& [name, about] : route.parameters) parameters.push_back(parameter(name, "query", about, false));
  if (route.method == "GET" && !route.action.empty())
    parameters.push_back(
        parameter("Rollcall-Min-Position", "header", "wait until this position is in the read model", false));
  json::object out{{"summary", route.summary}, {"parameters", std::move(parameters)}, {"responses", responses()}};
  if (route.action.empty()) out["security"] = json::array{};
  return out;
}

json::object command_operation(const json::object& command) {
  json::array parameters{
      parameter("dry_run", "query", "true decides and shows the events, and records nothing", false),
      parameter("Idempotency-Key", "header", "the same key again gets the same answer, for 30 days", false),
      parameter("Rollcall-Reason", "header", "kept with the events, at most 1,024 bytes", false),
      parameter("Rollcall-As", "header", "the address of whom the operator acts for", false)};
  const auto name = std::string{command.at("name").as_string()};
  return {{"summary", command.at("summary")},
          {"operationId", name},
          {"parameters", std::move(parameters)},
          {"requestBody",
           {{"required", true},
            {"content", {{"application/json", {{"schema", {{"$ref", "#/components/schemas/" + name}}}}}}}}},
          {"responses", responses()}};
}

}  // namespace

json::value openapi_document() {
  json::object paths, schemas;
  for (const auto& command : commands_of(std::type_identity<Command>{})) {
    const auto& one = command.as_object();
    const auto name = std::string{one.at("name").as_string()};
    paths["/v1/commands/" + name] = {{"post", command_operation(one)}};
    schemas[name] = one.at("schema");
  }
  for (const auto& route : Api::routes()) {
    if (route.method == "POST" && route.path == "/v1/commands/{command}") continue;
    auto& path = paths[route.path];
    if (!path.is_object()) path = json::object{};
    path.as_object()[route.method == "GET" ? "get" : "post"] = operation(route);
  }
  json::array codes;
  for (const auto& meaning : code_meanings) codes.emplace_back(meaning.name);
  schemas["Problem"] = {{"type", "object"},
                        {"properties",
                         {{"type", {{"type", "string"}}},
                          {"title", {{"type", "string"}}},
                          {"status", {{"type", "integer"}}},
                          {"detail", {{"type", "string"}}},
                          {"code", {{"type", "string"}, {"examples", std::move(codes)}}}}},
                        {"required", {"type", "title", "status", "code"}}};
  return {
      {"openapi", "3.1.0"},
      {"info", {{"title", "Rollcall"}, {"version", ROLLCALL_VERSION}}},
      {"security", {{{"bearer", json::array{}}}}},
      {"paths", std::move(paths)},
      {"components",
       {{"schemas", std::move(schemas)}, {"securitySchemes", {{"bearer", {{"type", "http"}, {"scheme", "bearer"}}}}}}}};
}

net::awaitable<http::Response> Api::openapi(const http::Request&, const Arguments&) {
  static const auto text = json::serialize(openapi_document());
  http::Response response;
  response.body = text;
  co_return response;
}

net::awaitable<http::Response> Api::asyncapi(const http::Request& request, const Arguments&) {
  Channels channels;  // where the brokers are is not for everybody
  if (const auto host = request.header("Host")) channels.server = "http://" + std::string{*host};
  if (const auto known = publisher()) {
    channels.events_topic = known->topic;
    channels.users_topic = known->users_topic;
  }
  co_return json_text_response(json::serialize(asyncapi_document(channels)));
}

net::awaitable<http::Response> Api::schemas(const http::Request&, const Arguments&) {
  json::array all;
  for (const auto& schema : contract())
    all.push_back({{"name", schema.name()}, {"urn", schema.urn()}, {"path", "/schemas/" + schema.name()}});
  co_return json_response({{"schemas", std::move(all)}});
}

net::awaitable<http::Response> Api::schema(const http::Request&, const Arguments& arguments) {
  const auto* found = find_schema(arguments[0]);
  if (!found)
    co_return http::problem(404, "not_found", "There is no schema " + arguments[0] + "; /schemas lists them.");
  auto response = json_response(found->document);
  response.content_type = "application/schema+json";
  co_return response;
}

net::awaitable<http::Response> Api::livez(const http::Request&, const Arguments&) {
  co_return http::Response{.content_type = "text/plain", .headers = {}, .body = "ok\n"};
}

net::awaitable<http::Response> Api::readyz(const http::Request&, const Arguments&) {
  const auto why = not_ready();
  if (!why.empty()) co_return http::problem(503, "not_ready", why);
  co_return http::Response{.content_type = "text/plain", .headers = {}, .body = "ready\n"};
}

std::vector<FollowerReport> Api::followers() const {
  std::vector<FollowerReport> all;
  if (const auto* around = around_.load(std::memory_order_acquire))
    for (const auto& report : around->followers) report(all);
  return all;
}

std::optional<PublisherReport> Api::publisher() const {
  const auto* around = around_.load(std::memory_order_acquire);
  if (!around || !around->publisher) return std::nullopt;
  return around->publisher();
}

net::awaitable<http::Response> Api::status(const http::Request& request, const Arguments&) {
  auto admitted = co_await admit(request, rule_of("Status"), std::nullopt, std::nullopt);
  if (!admitted) co_return std::move(admitted.error());
  auto work = [&]() -> http::Response {
    const auto size = installation_.log().size();
    const auto statistics = installation_.log().statistics();
    const auto why = not_ready();
    return json_response(
        {{"size", size},
         {"checkpoint", installation_.log().checkpoint().value_or("")},
         {"vkey", installation_.signer().verifying_key().text()},
         {"state", {{"rows", admitted->snapshot.digest.rows}, {"digest", admitted->snapshot.digest.text()}}},
         {"followers", to_json(followers())},
         {"kafka", to_json(publisher())},
         {"feed",
          {{"subscribers", feed_.subscribers()},
           {"cut_off", feed_.cut_off()},
           {"events", feed_.sent()},
           {"trouble", feed_.trouble()}}},
         {"disk",
          {{"log_bytes", statistics.folder_bytes},
           {"entry_bytes", statistics.entry_bytes},
           {"free_bytes", free_bytes(installation_.folder().root)}}},
         {"queued", writer_.queued()},
         {"commands", writer_.commands()},
         {"batches", writer_.batches()},
         {"syncs", statistics.syncs},
         {"started_at", started_.text()},
         {"uptime_seconds", static_cast<std::uint64_t>((clock_.now() - started_).micros / 1'000'000)},
         {"version", ROLLCALL_VERSION},
         {"ready", why.empty()},
         {"why_not_ready", why.empty() ? json::value(nullptr) : json::value(why)}});
  };
  co_return co_await elsewhere(work);
}

net::awaitable<http::Response> Api::start_rebuild(const http::Request& request, const Arguments&) {
  auto admitted = co_await admit(request, rule_of("Status"), std::nullopt, std::nullopt);
  if (!admitted) co_return std::move(admitted.error());
  const auto body = parse_json(request.body);
  if (!body) co_return body.error();
  const auto order = from_json<RebuildOrder>(*body);
  if (!order) co_return problem_of(order.error());
  std::vector<std::string> names{order->view};
  if (order->view == "all") names = ViewHost::rebuildable();
  for (const auto& name : names)
    if (!views_.rebuild(name, order->accept_differences.value_or(false)))
      co_return http::problem(404, "not_found", "There is no view " + name + ".");
  co_return json_response({{"views", to_json(names)}}, 202);
}

net::awaitable<http::Response> Api::rebuilds(const http::Request& request, const Arguments&) {
  auto admitted = co_await admit(request, rule_of("Status"), std::nullopt, std::nullopt);
  if (!admitted) co_return std::move(admitted.error());
  json::array all;
  for (const auto& one : views_.rebuilds())
    all.push_back({{"view", one.view},
                   {"state", name_of(one.state)},
                   {"done", one.done},
                   {"total", one.total},
                   {"digest_old", one.digest_old},
                   {"digest_new", one.digest_new},
                   {"differences", to_json(one.differences)},
                   {"note", one.note}});
  co_return json_response({{"rebuilds", std::move(all)}});
}

net::awaitable<http::Response> Api::confirm_clock(const http::Request& request, const Arguments&) {
  auto admitted = co_await admit(request, rule_of("Status"), std::nullopt, std::nullopt);
  if (!admitted) co_return std::move(admitted.error());
  if (const auto* around = around_.load(std::memory_order_acquire)) around->confirm_clock();
  co_return json_response({{"now", clock_.now().text()}});
}

net::awaitable<http::Response> Api::metrics(const http::Request&, const Arguments&) {
  prometheus::Registry registry;
  const auto gauge = [&](const char* name, const char* help, double value) {
    prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({}).Set(value);
  };
  const auto counter = [&](const char* name, const char* help, double value) {
    prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({}).Increment(value);
  };
  const auto size = installation_.log().size();
  gauge("rollcall_log_size", "Events in the log", static_cast<double>(size));
  counter("rollcall_commands_total", "Commands decided since the start", static_cast<double>(writer_.commands()));
  counter("rollcall_batches_total", "Batches made durable since the start", static_cast<double>(writer_.batches()));
  gauge("rollcall_commands_queued", "Commands waiting", static_cast<double>(writer_.queued()));
  gauge("rollcall_ready", "1 when /readyz says so", not_ready().empty() ? 1 : 0);
  auto& lag = prometheus::BuildGauge()
                  .Name("rollcall_follower_lag")
                  .Help("Events a follower has not applied yet")
                  .Register(registry);
  auto& stopped =
      prometheus::BuildGauge().Name("rollcall_follower_stopped").Help("1 when a follower stopped").Register(registry);
  for (const auto& follower : followers()) {
    const std::map<std::string, std::string> label{{"follower", follower.name}};
    lag.Add(label).Set(static_cast<double>(follower.lag));
    stopped.Add(label).Set(follower.stopped ? 1 : 0);
  }
  gauge("rollcall_feed_subscribers", "Streams of events now", static_cast<double>(feed_.subscribers()));
  counter("rollcall_feed_cut_off_total", "Subscribers that did not read and were cut off",
          static_cast<double>(feed_.cut_off()));
  counter("rollcall_feed_events_total", "Events sent to subscribers", static_cast<double>(feed_.sent()));
  if (const auto known = publisher()) {
    gauge("rollcall_kafka_lag_seconds", "Age of the oldest event that is not published", known->lag_seconds);
    gauge("rollcall_kafka_connected", "1 while events can be published",
          known->state == "publishing" && !known->trouble ? 1 : 0);
    counter("rollcall_kafka_transactions_total", "Transactions committed since the start",
            static_cast<double>(known->transactions));
  }
  if (const auto* around = around_.load(std::memory_order_acquire)) {
    const auto& http = around->counters;
    counter("rollcall_http_requests_total", "Requests handled", static_cast<double>(http.requests.load()));
    counter("rollcall_http_connections_total", "Connections accepted", static_cast<double>(http.accepted.load()));
    counter("rollcall_http_rejected_total", "Requests refused before any handler",
            static_cast<double>(http.rejected.load()));
    gauge("rollcall_http_connections_open", "Connections now", static_cast<double>(http.open.load()));
    gauge("rollcall_http_requests_in_flight", "Requests being handled", static_cast<double>(http.in_flight.load()));
  }
  co_return http::Response{.content_type = "text/plain; version=0.0.4; charset=utf-8",
                           .headers = {},
                           .body = prometheus::TextSerializer().Serialize(registry.Collect())};
}

}  // namespace rollcall
