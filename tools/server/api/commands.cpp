// POST /v1/commands/{Name}: from JSON to a command with its context, and from the writer's answer back to JSON.
#include <map>

#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include "adapters/crypto/random.hpp"
#include "domain/records/reassignment.hpp"
#include "events/match.hpp"
#include "tools/server/api/elsewhere.hpp"

namespace rollcall {
namespace {

constexpr std::size_t map_lines_max = 10'000;
constexpr std::size_t user_agent_bytes_max = 512;

using Reader = Expected<Command, JsonError> (*)(const json::value&);

template <class C>
Expected<Command, JsonError> read_command(const json::value& body) {
  auto command = from_json<C>(body);
  if (!command) return unexpected(std::move(command.error()));
  return Command{std::move(*command)};
}

template <class... C>
constexpr auto readers_of(std::type_identity<std::variant<C...>>) {
  return std::array{std::pair<std::string_view, Reader>{C::name, &read_command<C>}...};
}
constexpr auto readers = readers_of(std::type_identity<Command>{});

const Reader* reader_of(std::string_view name) {
  for (const auto& [known, reader] : readers)
    if (known == name) return &reader;
  return nullptr;
}

http::Response too_busy(std::string_view detail) {
  auto response = http::problem(503, "busy", detail);
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

Secret* new_password_in(Command& command) {
  if (auto* accept = std::get_if<AcceptInvite>(&command)) return accept->password ? &*accept->password : nullptr;
  if (auto* setup = std::get_if<CompleteSetup>(&command)) return &setup->password;
  return nullptr;
}

const Secret* token_in(const Command& command) {
  return match(command, [](const auto& c) -> const Secret* {
    if constexpr (requires { Secret{c.token}; })
      return &c.token;
    else
      return nullptr;
  });
}

// A header's text between quotes or bare: both are in use for Idempotency-Key.
std::string_view unquoted(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') return text.substr(1, text.size() - 2);
  return text;
}

struct Started {
  ReassignmentId id;
  WorkRow work;
};
// The reassignment a decision begins or makes, as it stands before the first record moved.
std::optional<Started> reassignment_in(const Facts& facts, const AccountId& account) {
  for (const auto& fact : facts) {
    if (const auto* e = std::get_if<ReassignmentStarted>(&fact.event))
      return Started{e->reassignment, work_of(*e, Envelope{}, account)};
    if (const auto* e = std::get_if<DeactivationStarted>(&fact.event))
      return Started{e->reassignment, work_of(*e, Envelope{}, account)};
    if (const auto* e = std::get_if<LeavingStarted>(&fact.event))
      return Started{e->reassignment, work_of(*e, Envelope{}, account)};
  }
  return std::nullopt;
}

// Which record goes to whom: read from the facts of a small reassignment, dealt out in thought for a large one.
json::value map_of(const State& state, const Facts& facts, const std::optional<AccountId>& account) {
  json::array lines;
  std::uint64_t records = 0;
  std::map<std::pair<RecordKind, std::optional<MembershipId>>, std::uint64_t> shares;
  const auto shown = [](const std::optional<MembershipId>& to) -> json::value {
    if (!to) return nullptr;
    return json::string(to->text());
  };
  const auto add = [&](RecordKind kind, const RecordId& record, const std::optional<MembershipId>& to) {
    ++records;
    ++shares[{kind, to}];
    if (lines.size() >= map_lines_max) return;
    lines.push_back({{"kind", name_of(kind)}, {"record", record.str()}, {"to", shown(to)}});
  };
  std::optional<Digest> digest;
  if (const auto large = account ? reassignment_in(facts, *account) : std::nullopt) {
    auto work = large->work;
    map_records(state, work, add);
    (void)deal(state, large->id, work, std::numeric_limits<std::size_t>::max());
    digest = map_digest(work);
  }
  for (const auto& fact : facts) {
    if (const auto* e = std::get_if<RecordsReassigned>(&fact.event))
      for (const auto& record : e->records) add(e->kind, record, e->to);
    if (const auto* e = std::get_if<RecordsUnassigned>(&fact.event))
      for (const auto& record : e->records) add(e->kind, record, std::nullopt);
    if (const auto* e = std::get_if<ReassignmentCompleted>(&fact.event)) digest = e->map_digest;
  }
  if (records == 0) return nullptr;
  json::array targets;
  for (const auto& [share, held] : shares)
    targets.push_back({{"kind", name_of(share.first)}, {"to", shown(share.second)}, {"records", held}});
  return {{"digest", digest ? json::value(digest->text()) : nullptr},
          {"records", records},
          {"targets", std::move(targets)},
          {"truncated", records > lines.size()},
          {"lines", std::move(lines)}};
}

// What happened, as the answer to a command tells it: without who asked, who knows himself.
void add_fact(JsonObject& out, const Scope& scope, const Event& event) {
  match(event, [&]<class E>(const E& e) {
    out.add("type", std::string_view{E::type});
    out.add("version", E::version);
    {
      JsonObject named(out.begin("scope"));
      named.add("kind", scope.kind);
      named.add("id", scope.text());
    }
    out.add("data", e);
  });
}

}  // namespace

bool is_command(std::string_view name) { return reader_of(name) != nullptr; }

Expected<Command, JsonError> command_from(std::string_view name, const json::value& body) {
  return (*reader_of(name))(body);
}

void append_event(std::string& text, const Recorded& recorded) {
  const auto& envelope = recorded.envelope;
  JsonObject out(text);
  add_fact(out, envelope.scope, recorded.event);
  out.add("position", envelope.position);
  out.add("id", envelope.id);
  out.add("recorded_at", envelope.recorded_at);
  out.add("sequence", envelope.sequence);
  out.add("actor", envelope.actor);
  if (envelope.reason) out.add("reason", *envelope.reason);
  out.add("command", envelope.command);
  out.add("correlation", envelope.correlation);
  if (envelope.causation) out.add("causation", *envelope.causation);
  if (envelope.trace_parent) out.add("trace_parent", *envelope.trace_parent);
}

Expected<Context, http::Response> Api::context_for(const http::Request& request, std::string_view command) const {
  auto authenticated = authenticate(request);
  if (authenticated.refused) return unexpected(std::move(*authenticated.refused));
  const auto now = clock_.now();
  Context context{.now = now, .ids = Ids(random_seed(), now)};
  context.caller = std::move(authenticated.caller);
  context.caller.ip = request.remote_ip;
  if (const auto agent = request.header("User-Agent"))
    context.caller.user_agent = agent->substr(0, user_agent_bytes_max);
  if (const auto reason = request.header("Rollcall-Reason")) context.reason = std::string{*reason};
  if (const auto trace = request.header("traceparent"); trace && trace->size() == 55)
    context.trace_parent = std::string{*trace};
  context.command = context.ids.next<CommandId>();
  if (const auto key = request.header("Idempotency-Key")) {
    if (unquoted(*key).empty() || key->size() > 256)
      return unexpected(http::problem(400, "invalid_idempotency_key", "An Idempotency-Key has 1 to 256 characters."));
    // Whose key it is: the same text from somebody else is another key.
    const auto caller = std::string{request.header("Authorization").value_or("")} + '\0' +
                        std::string{request.header("Rollcall-As").value_or("")};
    context.command = command_of_key(request_secret_, caller, unquoted(*key));
    context.request_digest = request_digest(request_secret_, command, request.body);
  }
  context.correlation = context.command;
  return context;
}

net::awaitable<std::optional<Answer>> Api::ask(Command command, Context context) {
  auto initiate = [&](auto handler) {
    const auto executor = net::get_associated_executor(handler);
    auto resume = std::make_shared<decltype(handler)>(std::move(handler));
    const auto answer_with = [resume, executor](std::optional<Answer> answer) {
      net::post(executor, [resume, answer = std::move(answer)]() mutable { (*resume)(std::move(answer)); });
    };
    if (!writer_.submit(std::move(command), std::move(context), answer_with)) answer_with(std::nullopt);
  };
  co_return co_await net::async_initiate<const net::use_awaitable_t<>, void(std::optional<Answer>)>(initiate,
                                                                                                    net::use_awaitable);
}

// What the edge checks before anything is decided: a link's secret, a password, a new password's hash.
net::awaitable<std::optional<http::Response>> Api::prove(const http::Request& request, Command& command,
                                                         Context& context) {
  if (const auto* token = token_in(command)) context.proofs.link = tokens_.link(token->value);

  const auto* sign_in = std::get_if<StartSession>(&command);
  const auto* fresh = new_password_in(command);
  const bool hashes = fresh && context.proofs.link && good_password(fresh->value);
  if (!sign_in && !hashes) co_return std::nullopt;
  if (request.parameter("dry_run") == "true") {
    if (hashes) context.proofs.new_verifier = "dry run";
    co_return std::nullopt;
  }
  if (hashing_.fetch_add(1) >= options_.hashing_max) {
    hashing_.fetch_sub(1);
    co_return too_busy("Too many passwords are being checked.");
  }

  std::optional<Credential> credential;
  std::optional<PersonId> person;
  if (sign_in) {
    const auto snapshot = installation_.log().state();
    const State state(*snapshot.rows, installation_.keys(), claims_);
    const auto address = normalise_address(sign_in->email);
    person = address ? state.person_with(*address) : std::nullopt;
    if (person) credential = state.get<PersonRow>(PersonRow::key(*person)).credential;
  }
  auto compute = [&]() -> net::awaitable<void> {
    if (hashes)
      context.proofs.new_verifier = hash_password(fresh->value, options_.password_cost);
    else if (!credential || !credential->verifier.text.clear())
      waste_a_verification(sign_in->password.value);
    else if (verify_password(credential->verifier.text.shown(), sign_in->password.value))
      context.proofs.password_matched = credential->id;
    co_return;
  };
  std::exception_ptr failed;
  try {
    co_await net::co_spawn(pool_, compute, net::use_awaitable);
  } catch (...) {
    failed = std::current_exception();
  }
  hashing_.fetch_sub(1);
  if (failed) std::rethrow_exception(failed);
  if (sign_in && person && !context.proofs.password_matched) failed_sign_ins_.count(*person, context.now);
  co_return std::nullopt;
}

net::awaitable<http::Response> Api::post_command(const http::Request& request, const Arguments& arguments) {
  const auto& name = arguments.at(0);
  if (!is_command(name)) co_return http::problem(404, "unknown_command", "There is no command " + name + ".");
  auto context = context_for(request, name);
  if (!context) co_return std::move(context.error());
  const auto body = parse_json(request.body.empty() ? "{}" : std::string_view{request.body});
  if (!body) co_return body.error();
  auto command = command_from(name, *body);
  if (!command) co_return problem_of(command.error());

  auto refused = co_await prove(request, *command, *context);
  if (refused) co_return std::move(*refused);
  if (request.parameter("dry_run") == "true") co_return co_await dry_run(std::move(*command), std::move(*context));
  if (low_on_disk_) co_return http::problem(503, "storage_low", "The disk is nearly full: no commands are accepted.");

  const Asked asked{context->command, std::holds_alternative<StartSession>(*command)};
  auto answer = co_await ask(std::move(*command), std::move(*context));
  if (!answer) co_return too_busy("The queue of commands is full.");
  co_return answered(asked, *answer);
}

net::awaitable<http::Response> Api::dry_run(Command command, Context context) {
  auto work = [&]() -> http::Response {
    const auto snapshot = installation_.log().state();
    const State state(*snapshot.rows, installation_.keys(), claims_);
    const auto decision = decide(state, context, command);
    if (!decision) return problem_of(decision.error());
    std::string text;
    {
      JsonObject out(text);
      out.add("dry_run", true);
      out.add("size", snapshot.size);
      {
        JsonArray events(out.begin("events"));
        for (const auto& fact : *decision) {
          JsonObject one(events.begin());
          add_fact(one, fact.scope, fact.event);
        }
      }
      if (const auto map = map_of(state, *decision, account_named(command)); !map.is_null())
        out.begin("map").append(json::serialize(map));
    }
    return json_text_response(std::move(text));
  };
  co_return co_await elsewhere(work);
}

http::Response Api::answered(const Asked& asked, const Answer& answer) const {
  return match(
      answer.outcome,  //
      [&](const std::vector<Recorded>& events) { return answered_with(asked, events, answer.size); },
      [&](const Rejection& rejection) { return problem_of(rejection); },
      [&](const Repeat& repeat) { return repeated(asked, repeat, answer.size); });
}

http::Response Api::repeated(const Asked& asked, const Repeat& repeat, Position size) const {
  std::vector<Recorded> events;
  for (auto position = repeat.first; position < repeat.first + repeat.count; ++position)
    events.push_back(decode_entry(installation_.log().entry(position).value(), &installation_.keys()));
  if (const auto* refusal = std::get_if<CommandRejected>(&events.at(0).event))
    return problem_of(Rejection{code_named(refusal->code), refusal->details});
  return answered_with(asked, events, std::max(size, repeat.first + repeat.count));
}

http::Response Api::answered_with(const Asked& asked, const std::vector<Recorded>& events, Position size) const {
  std::string text;
  text.reserve(1'024);
  {
    JsonObject out(text);
    out.add("command", asked.id);
    std::optional<SessionId> session;
    {
      JsonArray happened(out.begin("events"));
      for (const auto& recorded : events) {
        JsonObject one(happened.begin());
        add_fact(one, recorded.envelope.scope, recorded.event);
        one.add("position", recorded.envelope.position);
        one.add("id", recorded.envelope.id);
        one.add("recorded_at", recorded.envelope.recorded_at);
        if (const auto* started = std::get_if<SessionStarted>(&recorded.event)) session = started->session;
      }
    }
    if (asked.signs_in && session) {
      out.add("session", *session);
      out.add("token", tokens_.session(*session));
    }
    if (!events.empty()) out.add("position", events.back().envelope.position);
    // What a query has to wait for to see this: for a repeat its own events, whatever came since.
    out.add("size", events.empty() ? size : events.back().envelope.position + 1);
  }
  return json_text_response(std::move(text));
}

}  // namespace rollcall
