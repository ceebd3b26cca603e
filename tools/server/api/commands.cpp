#include "tools/server/api/commands.hpp"

#include <algorithm>
#include <deque>
#include <map>

#include <spdlog/spdlog.h>

#include "adapters/crypto/access_keys.hpp"
#include "adapters/crypto/random.hpp"
#include "adapters/crypto/totp.hpp"
#include "domain/records/reassignment.hpp"
#include "events/match.hpp"
#include "events/utf8.hpp"
#include "tools/server/api/cookie.hpp"

namespace rollcall::api {
namespace {

constexpr std::size_t map_lines_max = 10'000;
constexpr std::size_t recovery_codes_made = 10;
constexpr std::size_t user_agent_bytes_max = 512;
constexpr std::size_t idempotency_letters_max = 256;

const Secret* token_in(const Command& command) {
  return match(command, [](const auto& c) -> const Secret* {
    if constexpr (requires { Secret{c.token}; })
      return &c.token;
    else
      return nullptr;
  });
}

// What a command wants of passwords: one to be compared with the person's, one to be set as theirs; and of a code.
struct Passwords {
  const Secret* present = nullptr;
  const Secret* fresh = nullptr;
  const Secret* code = nullptr;
};
Passwords passwords_in(const Command& command) {
  if (const auto* sign_in = get_if<StartSession>(&command))
    return {.present = &sign_in->password, .code = sign_in->code ? &*sign_in->code : nullptr};
  if (const auto* change = get_if<ChangePassword>(&command))
    return {.present = &change->present_password, .fresh = &change->password};
  if (const auto* reset = get_if<ResetPassword>(&command)) return {.fresh = &reset->password};
  if (const auto* setup = get_if<CompleteSetup>(&command)) return {.fresh = &setup->password};
  if (const auto* accept = get_if<AcceptInvite>(&command))
    return {.fresh = accept->password ? &*accept->password : nullptr};
  if (const auto* offer = get_if<OfferSecondFactor>(&command)) return {.present = &offer->present_password};
  if (const auto* enable = get_if<EnableSecondFactor>(&command)) return {.code = &enable->code};
  if (const auto* remove = get_if<RemoveSecondFactor>(&command))
    return {.present = &remove->present_password, .code = &remove->code};
  if (const auto* move = get_if<ChangeEmail>(&command)) return {.present = &move->password};
  if (const auto* confirm = get_if<ConfirmSession>(&command))
    return {.present = &confirm->password, .code = confirm->code ? &*confirm->code : nullptr};
  return {};
}

// Whose password it is, as far as it can be told before anything is decided: by the address, the session, the link.
std::optional<PersonId> whose_password(const State& state, const Command& command, const Context& context) {
  if (const auto* sign_in = get_if<StartSession>(&command)) {
    const auto address = normalise_address(sign_in->email);
    return address ? state.person_with(*address) : std::nullopt;
  }
  if (!token_in(command)) {
    const auto& id = context.caller.session;
    const auto session = id ? state.find<SessionRow>(SessionRow::key(*id)) : std::nullopt;
    if (!session || session->expires_at <= context.now) return std::nullopt;
    // One for a single account does nothing of what is the person's alone, and can be confirmed.
    if (session->account && !holds_alternative<ConfirmSession>(command)) return std::nullopt;
    return session->person;
  }
  const auto& link = context.proofs.link;
  if (!link) return std::nullopt;
  if (link->kind != LinkKind::invitation) return PersonId{link->id};
  const auto invitation = state.find<InvitationRow>(InvitationRow::key(InvitationId{link->id}));
  return invitation ? std::optional{invitation->person} : std::nullopt;
}

// Whom somebody tries to be who gives a password, known or not.
std::string who_is_tried(const Command& command, const std::optional<PersonId>& whose) {
  if (whose) return whose->text();
  const auto* sign_in = get_if<StartSession>(&command);
  return sign_in ? normalise_address(sign_in->email).value_or(sign_in->email.value) : std::string{};
}

// What others know of a person and would try first.
std::vector<std::string> words_about(const PersonRow& person) {
  std::vector<std::string> words;
  const auto add = [&](std::string_view text, std::string_view between) {
    for (std::size_t at = 0; at < text.size();) {
      const auto end = std::min(text.find_first_of(between, at), text.size());
      if (end > at) words.emplace_back(text.substr(at, end - at));
      at = end + 1;
    }
  };
  if (person.email.clear()) add(person.email.shown(), "@.+-_");
  if (person.name && person.name->clear()) add(person.name->shown(), " -'");
  return words;
}

// A header's text between quotes or bare: both are in use for Idempotency-Key.
std::string_view unquoted(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') return text.substr(1, text.size() - 2);
  return text;
}

// A version 00 trace parent (W3C Trace Context). What is none is passed over, as the recommendation asks.
bool is_trace_parent(std::string_view text) {
  if (text.size() != 55 || !text.starts_with("00-")) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 2 || i == 35 || i == 52;
    const bool hex = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');
    if (dash ? text[i] != '-' : !hex) return false;
  }
  return true;
}

// Whoever has the link or the password is who asks: no session or key that comes with it is theirs by that.
bool stands_for_itself(const Command& command) {
  return holds_alternative<StartSession>(command) || holds_alternative<CompleteSetup>(command) ||
         holds_alternative<ResetPassword>(command) || holds_alternative<ConfirmEmail>(command);
}

// Whose idempotency keys are one space: a person whatever session they are in, the operator, the holder of a link; and
// whom they act for. Nobody else's key is the same key.
// Of nobody it is the command's, and of who signs in the address's: neither does anybody learn what others asked, nor
// do they take a key away from each other.
std::string holder_of(const Desk& desk, const Caller& caller, const std::optional<LinkProof>& link,
                      const Command& command) {
  const auto raw = [](const IdBytes& id) { return std::string{reinterpret_cast<const char*>(id.data()), id.size()}; };
  if (caller.kind == ActorKind::operator_)
    return "operator" + (caller.on_behalf_of ? raw(caller.on_behalf_of->bytes) : std::string{});
  // What is asked in a person's name by any of their keys or sessions is one and the same.
  if (caller.key) {
    const auto snapshot = desk.log().state();
    const State state(*snapshot.rows, desk.keys(), desk.claims());
    const auto key = state.find_sealed<AccessKeyRow>(AccessKeyRow::key(*caller.key));
    return key && key->holder ? "person" + raw(key->holder->bytes) : "key" + raw(caller.key->bytes);
  }
  if (caller.session) {
    const auto snapshot = desk.log().state();
    const State state(*snapshot.rows, desk.keys(), desk.claims());
    if (const auto session = state.find<SessionRow>(SessionRow::key(*caller.session)))
      return "person" + raw(session->person.bytes);
    return "session" + raw(caller.session->bytes);
  }
  if (link) return "link" + raw(link->id);
  const auto name = match(command, []<class C>(const C&) { return C::name; });
  return "anyone " + std::string{name} + " " + who_is_tried(command, std::nullopt);
}

Expected<Context, Reply> context_of(const Desk& desk, const Request& request, const Command& command,
                                    std::optional<LinkProof> link) {
  const auto name = match(command, []<class C>(const C&) { return C::name; });
  auto caller = desk.authenticate(request);
  if (!caller) return unexpected(std::move(caller.error()));
  const auto now = desk.now();
  Context context{.now = now, .ids = Ids(random_seed(), now)};
  context.caller = std::move(*caller);
  context.caller.ip = request.remote_ip;
  if (const auto agent = request.header("User-Agent"))
    context.caller.user_agent = utf8::cut(*agent, user_agent_bytes_max);
  if (const auto reason = request.header("Rollcall-Reason")) {
    if (utf8::blank(*reason) || !utf8::one_line(*reason))
      return unexpected(
          problem("invalid_header", "Rollcall-Reason is a line that says something.", {{"header", "Rollcall-Reason"}}));
    context.reason = std::string{*reason};
  }
  if (const auto trace = request.header("traceparent"); trace && is_trace_parent(*trace))
    context.trace_parent = std::string{*trace};
  context.proofs.link = std::move(link);
  context.command = context.ids.next<CommandId>();
  if (const auto header = request.header("Idempotency-Key")) {
    const auto key = unquoted(*header);
    if (key.empty() || utf8::letters(key) > idempotency_letters_max)
      return unexpected(
          problem("invalid_header", "An Idempotency-Key has 1 to 256 characters.", {{"header", "Idempotency-Key"}}));
    // What tells strangers nothing leaves no answer behind either.
    if (!holds_alternative<RequestPasswordReset>(command)) {
      auto caller_now = stands_for_itself(command) ? Caller{} : context.caller;
      context.command =
          command_of_key(desk.request_secret(), holder_of(desk, caller_now, context.proofs.link, command), key);
      context.request_digest = request_digest(desk.request_secret(), name, request.body);
    }
  }
  context.correlation = context.command;
  return context;
}

struct Started {
  ReassignmentId id;
  WorkRow work;
};
// The reassignment a decision begins or makes, as it stands before the first record moved.
std::optional<Started> reassignment_in(const Facts& facts, const AccountId& account) {
  for (const auto& fact : facts) {
    if (const auto* e = get_if<ReassignmentStarted>(&fact.event))
      return Started{e->reassignment, work_of(*e, Envelope{}, account)};
    if (const auto* e = get_if<DeactivationStarted>(&fact.event))
      return Started{e->reassignment, work_of(*e, Envelope{}, account)};
    if (const auto* e = get_if<LeavingStarted>(&fact.event))
      return Started{e->reassignment, work_of(*e, Envelope{}, account)};
  }
  return std::nullopt;
}

// Which record goes to whom: read from the facts of a small reassignment, dealt out in thought for a large one.
std::optional<ReassignmentMap> map_of(const State& state, const Facts& facts, const std::optional<AccountId>& account,
                                      std::uint64_t from) {
  ReassignmentMap map;
  std::map<std::pair<RecordKind, std::optional<MembershipId>>, std::uint64_t> shares;
  const auto add = [&](RecordKind kind, const RecordId& record, const std::optional<MembershipId>& to) {
    ++shares[{kind, to}];
    if (map.records++ >= from && map.lines.size() < map_lines_max) map.lines.push_back({kind, record, to});
  };
  if (const auto large = account ? reassignment_in(facts, *account) : std::nullopt) {
    auto work = large->work;
    map_records(state, work, add);
    (void)deal(state, large->id, work, std::numeric_limits<std::size_t>::max());
    map.digest = map_digest(work);
  }
  for (const auto& fact : facts) {
    if (const auto* e = get_if<RecordsReassigned>(&fact.event))
      for (const auto& record : e->records) add(e->kind, record, e->to);
    if (const auto* e = get_if<RecordsUnassigned>(&fact.event))
      for (const auto& record : e->records) add(e->kind, record, std::nullopt);
    if (const auto* e = get_if<ReassignmentCompleted>(&fact.event)) map.digest = e->map_digest;
  }
  if (map.records == 0) return std::nullopt;
  for (const auto& [share, records] : shares) map.targets.push_back({share.first, share.second, records});
  map.truncated = from == map_without_lines ? map.records > 0 : map.records > from + map.lines.size();
  return map;
}

// The factor that a code is held against: the one that is offered where it is to be enabled.
const std::optional<SecondFactor>& factor_for(const Command& command, const PersonRow& person) {
  return holds_alternative<EnableSecondFactor>(command) ? person.offered : person.factor;
}

void take_code(const Command& command, const PersonRow& person, std::string_view code, Context& context) {
  const auto& factor = factor_for(command, person);
  if (!factor) return;
  if (factor->secret.text.clear()) context.proofs.code_step = totp_step(factor->secret.text.shown(), code, context.now);
  context.proofs.recovery = recovery_digest(code);
}

// Is the code good, by what is known at the edge?
bool fits(const Command& command, const PersonRow& person, const Proofs& proofs) {
  const auto& factor = factor_for(command, person);
  if (!factor) return true;  // nobody asked for one
  if (proofs.code_step && *proofs.code_step > factor->last_step) return true;
  return proofs.recovery && std::count(factor->recovery.begin(), factor->recovery.end(), *proofs.recovery) > 0;
}

// What the edge checks before anything is decided: a password, a new password's strength and hash. `dry` compares and
// hashes nothing.
net::awaitable<std::optional<Reply>> prove(Desk& desk, const Command& command, Context& context, bool dry) {
  auto [present, fresh, code] = passwords_in(command);
  if (!present && !fresh && !code) co_return std::nullopt;
  std::optional<PersonId> whose;
  std::optional<PersonRow> person;
  {
    const auto snapshot = desk.log().state();
    const State state(*snapshot.rows, desk.keys(), desk.claims());
    whose = whose_password(state, command, context);
    if (whose) person = state.find<PersonRow>(PersonRow::key(*whose));
  }
  // Whoever has neither a link nor a session is refused without any of this.
  if (fresh && (!person || !good_length(fresh->value))) fresh = nullptr;
  if (present && !person && !holds_alternative<StartSession>(command)) present = nullptr;
  // A dry run tells what would be if the password is right. Who signs in is not told even that there is one.
  if (dry && present && person && person->credential && !holds_alternative<StartSession>(command))
    context.proofs.password_matched = person->credential->id;
  if (dry) present = nullptr;
  if (dry || !person) code = nullptr;
  if (!present && !fresh && !code) co_return std::nullopt;
  const auto source = source_of(context.caller.ip);
  const auto whom = who_is_tried(command, whose);
  if (present || code) {
    const auto wait = desk.guessing().take(source, whom, desk.monotonic());
    if (wait.micros > 0) {
      if (whose) desk.failed_sign_ins().count(*whose, context.now);
      co_return problem("too_many_attempts", "Too many passwords from here, or for this address, were wrong.",
                        {{"seconds_left", whole_seconds(wait)}});
    }
  }

  auto compute = [&] {
    const auto credential = person ? person->credential : std::nullopt;
    if (present && (!credential || !credential->verifier.text.clear()))
      waste_a_verification(present->value, desk.options().password_cost);
    else if (present && verify_password(credential->verifier.text.shown(), present->value))
      context.proofs.password_matched = credential->id;
    // One that costs less to compare is not to be told by its time from an address that nobody has.
    else if (present && of_other_cost(credential->verifier.text.shown(), desk.options().password_cost))
      waste_a_verification(present->value, desk.options().password_cost);
    if (code && (!present || context.proofs.password_matched)) take_code(command, *person, code->value, context);
    const bool signs_in = holds_alternative<StartSession>(command) && context.proofs.password_matched;
    if (signs_in && of_other_cost(credential->verifier.text.shown(), desk.options().password_cost))
      context.proofs.new_verifier = hash_password(present->value, desk.options().password_cost);
    if (!fresh || (present && !context.proofs.password_matched)) return;
    // A password that must be changed is the first that somebody would try who knows it.
    const bool same = !dry && person->must_change && credential && credential->verifier.text.clear() &&
                      verify_password(credential->verifier.text.shown(), fresh->value);
    context.proofs.guessable = same || easily_guessed(fresh->value, words_about(*person));
    if (context.proofs.guessable) return;
    context.proofs.new_verifier = dry ? "dry run" : hash_password(fresh->value, desk.options().password_cost);
  };
  std::exception_ptr failure;
  const bool done = co_await desk.in_turn(source, [&] {
    try {
      compute();
    } catch (...) {
      failure = std::current_exception();
    }
  });
  if (!done || failure) desk.guessing().give_back(source, whom, desk.monotonic());
  if (!done) co_return problem("busy", "Too many passwords from here are waiting to be checked.");
  if (failure) std::rethrow_exception(failure);
  // A right password without the code that is asked for is no success, and no failure.
  const bool failed =
      (present && !context.proofs.password_matched) || (code && !fits(command, *person, context.proofs));
  const bool asked_for_code = person && person->factor && !code;
  if ((present || code) && !failed) desk.guessing().give_back(source, whom, desk.monotonic());
  // Whoever follows a link that was mailed is who they say, as whoever knows the password is.
  const bool by_link = fresh && context.proofs.link && !context.proofs.guessable;
  if ((present && !failed && !asked_for_code) || by_link) desk.guessing().succeeded(source, whom, desk.monotonic());
  if (failed && whose) desk.failed_sign_ins().count(*whose, context.now);
  co_return std::nullopt;
}

// Keys of the secrets whose place a command takes, or that it takes away. Once it is durable they are destroyed, so
// that no copy of the log tells an old password's verifier.
std::vector<KeyNumber> keys_outlived(const Desk& desk, const Command& command, const Context& context) {
  const bool sets = context.proofs.new_verifier && !holds_alternative<CompleteSetup>(command) &&
                    !holds_alternative<AcceptInvite>(command);
  const bool offers = holds_alternative<OfferSecondFactor>(command);
  const auto* reset = get_if<ResetSecondFactor>(&command);
  const bool removes = reset || holds_alternative<RemoveSecondFactor>(command);
  if (!sets && !offers && !removes) return {};
  const auto snapshot = desk.log().state();
  const State state(*snapshot.rows, desk.keys(), desk.claims());
  auto whose = reset ? std::nullopt : whose_password(state, command, context);
  if (const auto address = reset ? normalise_address(reset->email) : std::nullopt) whose = state.person_with(*address);
  const auto person = whose ? state.find<PersonRow>(PersonRow::key(*whose)) : std::nullopt;
  std::vector<KeyNumber> keys;
  if (person && sets && person->credential) keys.push_back(person->credential->verifier.text.key());
  if (person && offers && person->offered) keys.push_back(person->offered->secret.text.key());
  if (person && removes && person->factor) keys.push_back(person->factor->secret.text.key());
  return keys;
}

// Whether somebody who was never in the account is known elsewhere is told nobody who acts there: they are named by an
// id that means nothing, made of the invitation's.
template <class E>
concept TellsWhoIsInvited =
    std::same_as<E, UserInvited> || std::same_as<E, PartnerInvited> || std::same_as<E, InvitationMailQueued>;

bool tells_who_is_invited(const rollcall::Event& event) {
  return visit([]<class E>(const E&) { return TellsWhoIsInvited<E>; }, event);
}

void hide_stranger(const State& state, const std::optional<AccountId>& account, rollcall::Event& event) {
  const auto hide = [&]<class E>(E& e) {
    if constexpr (TellsWhoIsInvited<E>)
      if (account && !state.place(*account, e.person).last) e.person = PersonId{e.invitation.bytes};
  };
  visit(hide, event);
}

Awaited dry_run(Desk& desk, const Command& command, Context context, std::uint64_t map_from) {
  auto work = [&]() -> Reply {
    const auto snapshot = desk.log().state();
    const State state(*snapshot.rows, desk.keys(), desk.claims());
    auto decision = decide(state, context, command).decision;
    if (!decision) return problem_of(decision.error());
    DryRunAnswer dry;
    dry.size = snapshot.size;
    for (auto& fact : *decision) {  // the answer refers to them
      hide_stranger(state, account_named(command), fact.event);
      dry.events.push_back(EventFact::of(fact.scope, fact.event));
    }
    dry.map = map_of(state, *decision, account_named(command), map_from);
    return json_answer(dry);
  };
  co_return co_await desk.elsewhere(work);
}

// What an answer tells besides what happened.
struct Told {
  CommandId id;
  bool signs_in = false;  // the caller gets the token of the session
  // Told once, and never again.
  std::optional<AccessSecret> secret{};             // of the key that is made
  std::optional<std::string> factor{};              // the secret of the second factor that is offered
  std::optional<std::vector<std::string>> codes{};  // to recover with
  bool knows_everybody = false;                     // the operator
};

// The answer to a request that tells strangers nothing: it is given before anything is decided, so that not even its
// time says more.
Reply neutral(Desk& desk, Command command, Context context, bool dry) {
  // What every command can be refused for is said. The address has no part in it, and so none in how long it takes.
  {
    const auto snapshot = desk.log().state();
    const State state(*snapshot.rows, desk.keys(), desk.claims());
    const auto guarded = decide(state, context, RequestPasswordReset{"nobody@example.com"}).decision;
    if (!guarded) return problem_of(guarded.error());
  }
  if (dry) return json_answer(DryRunAnswer{});
  if (!desk.link_requests().admits(source_of(context.caller.ip), desk.monotonic()))
    return problem(
        "too_many_attempts", "Too many links were asked for from here.",
        {{"seconds_left", whole_seconds(desk.link_requests().wait(source_of(context.caller.ip), desk.monotonic()))}});
  CommandAnswer out;
  out.command = context.command;
  if (!desk.writer().submit(std::move(command), std::move(context), [](const Answer&) {}))
    return problem("busy", "The queue of commands is full.");
  return json_answer(out);
}

std::string address_of(const Desk& desk, const PersonId& person) {
  const auto snapshot = desk.log().state();
  const auto row = State(*snapshot.rows, desk.keys(), desk.claims()).find<PersonRow>(PersonRow::key(person));
  return row && row->email.clear() ? std::string{row->email.shown()} : std::string{};
}

Reply done(const Desk& desk, const Told& told, const std::vector<Recorded>& events, Position size) {
  CommandAnswer out;
  out.command = told.id;
  out.events.reserve(events.size());
  std::deque<Recorded> hidden;  // the answer refers to them
  for (const auto& recorded : events) {
    if (told.knows_everybody || !tells_who_is_invited(recorded.event)) {
      out.events.push_back(EventFact::of(recorded));
    } else {
      const auto snapshot = desk.log().state();
      const auto& scope = recorded.envelope.scope;
      auto& shown = hidden.emplace_back(recorded);
      hide_stranger(State(*snapshot.rows, desk.keys(), desk.claims()),
                    scope.kind == ScopeKind::account ? AccountId::parse(scope.id) : std::nullopt, shown.event);
      out.events.push_back(EventFact::of(shown));
    }
    if (const auto* started = get_if<SessionStarted>(&recorded.event); started && told.signs_in) {
      out.session = started->session;
      out.token = desk.tokens().session(started->session);
    }
    if (const auto* made = get_if<AccessKeyCreated>(&recorded.event); made && told.secret)
      out.token = access_token(made->key, *told.secret);
    if (const auto* offered = get_if<SecondFactorOffered>(&recorded.event); offered && told.factor)
      out.otpauth = otpauth_uri("Rollcall", address_of(desk, offered->person), *told.factor);
    if (holds_alternative<SecondFactorEnabled>(recorded.event)) out.recovery_codes = told.codes;
  }
  if (!events.empty()) out.position = events.back().envelope.position;
  // Of a repeat its own events count, whatever came since.
  out.size = events.empty() ? size : events.back().envelope.position + 1;
  return json_answer(out);
}

Reply repeated(const Desk& desk, const Told& told, const Repeat& repeat, Position size) {
  std::vector<Recorded> events;
  for (auto position = repeat.first; position < repeat.first + repeat.count; ++position)
    events.push_back(decode_entry(desk.log().entry(position).value(), &desk.keys()));
  if (const auto* refusal = get_if<CommandRejected>(&events.at(0).event))
    return problem_of(Rejection{code_named(refusal->code), refusal->details});
  Told again{told.id, told.signs_in};
  again.knows_everybody = told.knows_everybody;
  return done(desk, again, events, std::max(size, repeat.first + repeat.count));
}

// The read models that an order of a rebuild means; none when there is none of this name.
std::vector<std::string> views_named(const std::string& name) {
  const auto& known = ViewHost::rebuildable();
  if (name == "all") return known;
  if (std::find(known.begin(), known.end(), name) == known.end()) return {};
  return {name};
}

}  // namespace

namespace {

struct AllParameters {
  bool dry_run = false;
  bool cookie = false;
  std::uint64_t map_from = 0;
};

template <class P>
Expected<AllParameters, Reply> read_parameters(const Request& request) {
  const auto given = read_query<P>(request, {}, {});
  if (!given) return unexpected(given.error());
  AllParameters all{given->dry_run};
  if constexpr (requires { given->cookie; }) all.cookie = given->cookie;
  if constexpr (requires { given->map_from; }) {
    // Each is well formed by itself: what makes no sense together is refused as a value is.
    if (given->map_from && !given->dry_run)
      return unexpected(problem_of(
          rejected(Code::invalid_value, {detail("field", "map_from"), detail("reason", "it goes with dry_run")})));
    if (given->map_from) all.map_from = given->map_from->value;
  }
  return all;
}

Expected<AllParameters, Reply> parameters_for(const Command& command, const Request& request) {
  return visit([&]<class C>(const C&) { return read_parameters<ParametersOf<C>>(request); }, command);
}

// Where the caller's browser keeps a session: the new one goes there, the one that has ended is taken away.
void keep_in_browser(Reply& reply, const Desk& desk, const std::vector<Recorded>& events, bool signs_in,
                     const std::optional<SessionId>& by_cookie) {
  for (const auto& recorded : events) {
    const auto* started = get_if<SessionStarted>(&recorded.event);
    const auto* ended = get_if<SessionEnded>(&recorded.event);
    if (started && signs_in)
      reply.headers.emplace_back("Set-Cookie", set_session_cookie(desk.tokens().session(started->session),
                                                                  started->expires_at - recorded.envelope.recorded_at));
    if (ended && ended->session == by_cookie) reply.headers.emplace_back("Set-Cookie", clear_session_cookie());
  }
}

}  // namespace

Awaited answer_command(Desk& desk, const Request& request, Command command) {
  const auto parameters = parameters_for(command, request);
  if (!parameters) co_return parameters.error();
  const auto* token = token_in(command);
  auto context = context_of(desk, request, command, token ? desk.tokens().link(token->value) : std::nullopt);
  if (!context) co_return std::move(context.error());
  Told told{context->command, holds_alternative<StartSession>(command) && !parameters->cookie};
  told.knows_everybody = context->caller.kind == ActorKind::operator_;
  const auto by_cookie = request.header("Authorization") ? std::nullopt : context->caller.session;
  if (holds_alternative<CreateAccessKey>(command) || holds_alternative<RotateAccessKey>(command)) {
    told.secret = AccessSecret::fresh();
    context->proofs.new_key = told.secret->digest;
  }
  if (holds_alternative<OfferSecondFactor>(command)) context->proofs.new_factor = told.factor = fresh_totp_secret();
  if (holds_alternative<EnableSecondFactor>(command)) {
    told.codes = fresh_recovery_codes(recovery_codes_made);
    for (const auto& code : *told.codes) context->proofs.new_recovery.push_back(recovery_digest(code));
  }
  auto refused = co_await prove(desk, command, *context, parameters->dry_run);
  if (refused) co_return std::move(*refused);
  if (parameters->dry_run && !holds_alternative<RequestPasswordReset>(command))
    co_return co_await dry_run(desk, command, std::move(*context), parameters->map_from);
  const auto* rebuild = get_if<OrderRebuild>(&command);
  const auto ordered = rebuild ? std::optional{*rebuild} : std::nullopt;
  const bool confirms_clock = holds_alternative<ConfirmClock>(command);
  const bool tells_nothing = holds_alternative<RequestPasswordReset>(command);
  const auto halt = desk.halted();
  // Who says that the clock is right is heard while nothing else is.
  if (halt && !(confirms_clock && halt->code == "clock_uncertain")) co_return problem(halt->code, halt->why);
  const auto views = ordered ? views_named(ordered->view.value) : std::vector<std::string>{};
  if (ordered && views.empty()) {
    const auto caller = desk.authenticate(request);
    if (caller && caller->kind == ActorKind::operator_) co_return not_found("The view " + ordered->view.value);
  }

  if (tells_nothing) co_return neutral(desk, std::move(command), std::move(*context), parameters->dry_run);
  const auto outlived = keys_outlived(desk, command, *context);
  const bool signs_in = holds_alternative<StartSession>(command);
  const bool knows_password = context->proofs.password_matched.has_value();
  if (stands_for_itself(command)) {
    auto& caller = context->caller;
    if (caller.kind == ActorKind::person || caller.kind == ActorKind::operator_)
      caller = Caller{.ip = std::move(caller.ip), .user_agent = std::move(caller.user_agent)};
  }
  auto answer = co_await desk.ask(std::move(command), std::move(*context));
  if (!answer) co_return problem("busy", "The queue of commands is full.");
  if (const auto* events = std::get_if<std::vector<Recorded>>(&answer->outcome)) {
    // It is written down: now it is done.
    if (!outlived.empty()) {
      auto destroy = [&]() -> Reply {
        try {
          for (const auto key : outlived) desk.keys().destroy(key);
        } catch (const std::exception& error) {
          spdlog::warn("the key of an old secret was not destroyed: {}", error.what());
        }
        return {};
      };
      (void)co_await desk.elsewhere(destroy);
    }
    if (const auto* around = desk.around(); around && confirms_clock) around->confirm_clock();
    for (const auto& view : views) (void)desk.views().rebuild(view, ordered->accept_differences.value_or(false));
    auto reply = done(desk, told, *events, answer->size);
    keep_in_browser(reply, desk, *events, parameters->cookie, by_cookie);
    co_return reply;
  }
  if (const auto* rejection = std::get_if<Rejection>(&answer->outcome)) co_return problem_of(*rejection);
  if (std::holds_alternative<Undecided>(answer->outcome))
    co_return problem("internal_error", "The command could not be decided, and nothing of it happened.");
  // A key that was sent before opens nothing to who does not know the password by now.
  if (signs_in && !knows_password) co_return problem_of(rejected(Code::bad_credentials));
  co_return repeated(desk, told, std::get<Repeat>(answer->outcome), answer->size);
}

}  // namespace rollcall::api
