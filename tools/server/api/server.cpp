// What the server says about itself, and does to itself: status, readiness, metrics, rebuilds; and what is
// published, as AsyncAPI and JSON Schema.
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "events/contract.hpp"
#include "tools/server/api/actions.hpp"
#include "tools/server/api/asyncapi.hpp"

namespace rollcall::api {

Awaited answer_query(Desk& desk, const Request& request, const Status& query) {
  const auto admitted = co_await desk.admit(request, question_of(query));
  if (!admitted) co_return admitted.error();
  auto work = [&]() -> Reply {
    const auto statistics = desk.log().statistics();
    ServerStatus status;
    status.size = desk.log().size();
    status.checkpoint = desk.log().checkpoint().value_or("");
    status.vkey = desk.installation().signer().verifying_key().text();
    status.state = {admitted->snapshot.digest.rows, admitted->snapshot.digest.text()};
    status.followers = desk.followers();
    status.kafka = desk.publisher();
    status.feed = {desk.feed().subscribers(), desk.feed().cut_off(), desk.feed().sent(), desk.feed().trouble()};
    status.disk = {statistics.folder_bytes, statistics.entry_bytes, free_bytes(desk.installation().folder().root)};
    status.queued = desk.writer().queued();
    status.commands = desk.writer().commands();
    status.batches = desk.writer().batches();
    status.syncs = statistics.syncs;
    status.started_at = desk.started();
    status.uptime_seconds = static_cast<std::uint64_t>((desk.now() - desk.started()).micros / 1'000'000);
    status.version = ROLLCALL_VERSION;
    const auto why = desk.not_ready();
    status.ready = why.empty();
    if (!why.empty()) status.why_not_ready = why;
    return json_answer(status);
  };
  co_return co_await desk.elsewhere(work);
}

Awaited answer_query(Desk& desk, const Request& request, const Rebuilds& query) {
  const auto admitted = co_await desk.admit(request, question_of(query));
  if (!admitted) co_return admitted.error();
  RebuildsAnswer all;
  for (auto& one : desk.views().rebuilds())
    all.rebuilds.push_back({one.view, one.state, one.done, one.total, one.digest_old, one.digest_new,
                            std::move(one.differences), one.note});
  co_return json_answer(all);
}

Awaited asyncapi(Desk& desk, const Request& request, const PathArguments&) {
  Channels channels;  // where the brokers are is not for everybody
  if (const auto host = request.header("Host")) channels.server = "http://" + std::string{*host};
  if (const auto known = desk.publisher()) {
    channels.events_topic = known->topic;
    channels.users_topic = known->users_topic;
  }
  co_return json_answer(json::serialize(asyncapi_document(channels)));
}

Awaited schemas(Desk&, const Request&, const PathArguments&) {
  SchemasAnswer all;
  for (const auto& schema : contract())
    all.schemas.push_back({schema.name(), schema.urn(), "/schemas/" + schema.name()});
  co_return json_answer(all);
}

Awaited schema(Desk&, const Request&, const PathArguments& arguments) {
  const auto* found = find_schema(arguments[0]);
  if (!found) co_return not_found("The schema " + arguments[0]);
  co_return json_answer(json::serialize(found->document), "application/schema+json");
}

Awaited livez(Desk&, const Request&, const PathArguments&) {
  co_return Reply{.content_type = "text/plain", .headers = {}, .body = "ok\n"};
}

Awaited readyz(Desk& desk, const Request&, const PathArguments&) {
  const auto why = desk.not_ready();
  if (!why.empty()) co_return problem("not_ready", why);
  std::string body = "ready\n";
  for (const auto& follower : desk.followers())
    if (follower.trouble) body += follower.name + " has trouble, and tries again: " + *follower.trouble + "\n";
  co_return Reply{.content_type = "text/plain", .headers = {}, .body = std::move(body)};
}

Awaited metrics(Desk& desk, const Request& request, const PathArguments&) {
  Desk::Question question{metrics_rule};
  const auto admitted = co_await desk.admit(request, std::move(question));
  if (!admitted) co_return admitted.error();
  prometheus::Registry registry;
  const auto gauge = [&](const char* name, const char* help, double value) {
    prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({}).Set(value);
  };
  const auto counter = [&](const char* name, const char* help, double value) {
    prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({}).Increment(value);
  };
  const auto size = desk.log().size();
  gauge("rollcall_log_size", "Events in the log", static_cast<double>(size));
  counter("rollcall_commands_total", "Commands decided since the start", static_cast<double>(desk.writer().commands()));
  counter("rollcall_batches_total", "Batches made durable since the start",
          static_cast<double>(desk.writer().batches()));
  counter("rollcall_command_faults_total", "Commands that could not be decided since something is broken",
          static_cast<double>(desk.writer().faults()));
  gauge("rollcall_commands_queued", "Commands waiting", static_cast<double>(desk.writer().queued()));
  gauge("rollcall_ready", "1 when /readyz says so", desk.not_ready().empty() ? 1 : 0);
  auto& lag = prometheus::BuildGauge()
                  .Name("rollcall_follower_lag")
                  .Help("Events a follower has not applied yet")
                  .Register(registry);
  auto& stopped =
      prometheus::BuildGauge().Name("rollcall_follower_stopped").Help("1 when a follower stopped").Register(registry);
  auto& troubled = prometheus::BuildGauge()
                       .Name("rollcall_follower_trouble")
                       .Help("1 while a follower does not get on, and tries again by itself")
                       .Register(registry);
  for (const auto& follower : desk.followers()) {
    const std::map<std::string, std::string> label{{"follower", follower.name}};
    lag.Add(label).Set(static_cast<double>(follower.lag));
    stopped.Add(label).Set(follower.stopped ? 1 : 0);
    troubled.Add(label).Set(follower.trouble ? 1 : 0);
    if (follower.parked)
      gauge("rollcall_mails_parked", "Letters that were refused and are tried again",
            static_cast<double>(follower.parked->count));
  }
  gauge("rollcall_commands_halted", "1 while no commands are accepted", desk.halted() ? 1 : 0);
  gauge("rollcall_feed_subscribers", "Streams of events now", static_cast<double>(desk.feed().subscribers()));
  counter("rollcall_feed_cut_off_total", "Subscribers that did not read and were cut off",
          static_cast<double>(desk.feed().cut_off()));
  counter("rollcall_feed_events_total", "Events sent to subscribers", static_cast<double>(desk.feed().sent()));
  if (const auto known = desk.publisher()) {
    gauge("rollcall_kafka_lag_seconds", "Age of the oldest event that is not published", known->lag_seconds);
    gauge("rollcall_kafka_connected", "1 while events can be published",
          known->state == "publishing" && !known->trouble ? 1 : 0);
    counter("rollcall_kafka_transactions_total", "Transactions committed since the start",
            static_cast<double>(known->transactions));
  }
  if (const auto* around = desk.around()) {
    const auto& http = around->counters;
    counter("rollcall_http_requests_total", "Requests handled", static_cast<double>(http.requests.load()));
    counter("rollcall_http_connections_total", "Connections accepted", static_cast<double>(http.accepted.load()));
    counter("rollcall_http_rejected_total", "Requests refused before any handler",
            static_cast<double>(http.rejected.load()));
    gauge("rollcall_http_connections_open", "Connections now", static_cast<double>(http.open.load()));
    gauge("rollcall_http_requests_in_flight", "Requests being handled", static_cast<double>(http.in_flight.load()));
  }
  co_return Reply{.content_type = "text/plain; version=0.0.4; charset=utf-8",
                  .headers = {},
                  .body = prometheus::TextSerializer().Serialize(registry.Collect())};
}

}  // namespace rollcall::api
