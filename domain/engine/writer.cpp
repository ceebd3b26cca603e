#include "domain/engine/writer.hpp"

#include <algorithm>

#include "events/catalogue.hpp"
#include "events/match.hpp"

namespace rollcall {
namespace {

std::string_view name_of_command(const Command& command) {
  return visit([]<class C>(const C&) { return C::name; }, command);
}

constexpr std::size_t recent_rows_max = 32'768;  // some ten megabytes

// Only callers who are known are written down: the operator, a person in session, the holder of a link.
bool worth_recording(const Context& context, const Rejection& rejection) {
  if (rejection.code == Code::not_authenticated || rejection.code == Code::bad_credentials) return false;
  if (context.caller.kind == ActorKind::system) return false;
  return context.caller.kind == ActorKind::operator_ || context.caller.key || context.caller.person;
}

// Whose refusals are counted together; nobody's: each is told.
std::optional<PersonId> counted_for(const Caller& caller) {
  if (caller.kind == ActorKind::operator_) return std::nullopt;
  if (!caller.person && caller.key) return PersonId{caller.key->bytes};
  return caller.person;
}

}  // namespace

void Writer::Durable::renew(LogReader::State state, RowChanges&& changes) {
  state_ = std::move(state);
  if (recent_.size() >= recent_rows_max) recent_.clear();
  // Rows that nobody asked for are not kept: most new ones are not asked for soon.
  for (auto& [key, change] : changes)
    if (const auto known = recent_.find(key); known != recent_.end()) known->second = std::move(change.value);
}

std::optional<std::string> Writer::Durable::find(std::string_view key) const {
  if (const auto known = recent_.find(key); known != recent_.end()) return known->second;
  auto value = state_.rows->find_once(key);
  if (recent_.size() < recent_rows_max) recent_.emplace(key, value);
  return value;
}

Writer::Writer(const LogReader& log, KeyStore& keys, Claims claims)
    : log_(log), keys_(keys), state_(durable_rows_, keys, claims) {
  durable_rows_.renew(log_.state(), {});
  digest_ = durable_rows_.state().digest;
  batch_.first = log_.size();
  if (durable_rows_.state().size != batch_.first)
    throw std::logic_error("decision state belongs to another size of the log");
}

std::optional<Answer> Writer::answered_before(const Context& context) const {
  if (!context.request_digest) return std::nullopt;
  const auto outcome = state_.find<OutcomeRow>(OutcomeRow::key(context.command));
  if (!outcome) return std::nullopt;
  if (outcome->digest != *context.request_digest) return Answer{rejected(Code::idempotency_mismatch), size()};
  return Answer{Repeat{outcome->first, outcome->count}, size()};
}

Answer Writer::handle(const Command& command, Context context) {
  provide_keys();
  std::variant<Prepared, Answer> considered;
  try {
    considered = consider(command, std::move(context));
  } catch (const std::exception& error) {
    return Answer{Undecided{error.what()}, size()};
  }
  if (auto* answer = std::get_if<Answer>(&considered)) return std::move(*answer);
  auto events = record(std::move(std::get<Prepared>(considered)));
  const auto* refused = events.empty() ? nullptr : get_if<CommandRejected>(&events.front().event);
  if (refused) return Answer{Rejection{code_named(refused->code), refused->details}, size()};
  return Answer{std::move(events), size()};
}

std::variant<Writer::Prepared, Answer> Writer::consider(const Command& command, Context context) {
  const auto asked_at = context.now;
  context.now = std::max(asked_at, last_recorded());
  if (auto answer = answered_before(context)) {
    if (std::holds_alternative<Repeat>(answer->outcome))
      if (auto no = refuse_repeat(state_, context, command)) return Answer{std::move(*no), size()};
    return std::move(*answer);
  }
  // The log's time never goes back, but where somebody says that it has to.
  const auto log_time = context.now;
  if (holds_alternative<ConfirmClock>(command)) context.now = asked_at;

  auto decided = decide(state_, context, command);
  context.caller.person = decided.person;
  context.ids = decided.ids;
  auto& decision = decided.decision;
  if (!decision) {
    if (!worth_recording(context, decision.error())) return Answer{std::move(decision.error()), size()};
    const auto counted = counted_for(context.caller);
    if (counted && tells_refusal_ && !tells_refusal_(*counted, asked_at))
      return Answer{std::move(decision.error()), size()};
    context.now = log_time;
    return refusal(command, std::move(context), decision.error());
  }
  if (decision->empty()) return Answer{std::vector<Recorded>{}, size()};
  const auto actor = actor_of(context, account_named(command));
  std::optional<Personal> reason;
  if (context.reason) reason = Personal(actor_key(actor), *context.reason);
  return prepare(std::move(*decision), context, actor, reason);
}

Writer::Prepared Writer::refusal(const Command& command, Context context, const Rejection& rejection) const {
  auto account = account_named(command);
  if (account && !state_.find<AccountRow>(AccountRow::key(*account))) account.reset();
  const auto actor = actor_of(context, account);
  // Strangers write nothing into an account's history: it is theirs who tried.
  if (actor.kind == ActorKind::person && actor.person && !actor.membership) account.reset();
  Scope scope = Scope::log();
  if (account)
    scope = Scope::of(*account);
  else if (actor.person)
    scope = Scope::of(*actor.person);
  CommandRejected event{std::string{name_of_command(command)}, std::string{rejection.name()}, rejection.details};
  tell_target(event, command, context, account_named(command));
  if (event.account == account) event.account.reset();  // it is the scope's
  std::optional<Personal> reason;
  if (context.reason && context.reason->size() <= reason_bytes_max)
    reason = Personal(actor_key(actor), *context.reason);
  return prepare({{scope, std::move(event)}}, context, actor, reason);
}

// On whom and on what a command was tried. What is of no account, or of another than the command names, is not told as
// if it were of this one: the refusal's details name it.
void Writer::tell_target(CommandRejected& event, const Command& command, const Context& context,
                         const std::optional<AccountId>& account) const {
  const auto of_account = [&](const auto& row) { return row && account && row->account == *account; };
  const auto tell = [&]<class T>(std::string_view name, const T& value) {
    if constexpr (std::same_as<T, AccountId>) {
      if (state_.find<AccountRow>(AccountRow::key(value))) event.account = value;
    } else if constexpr (std::same_as<T, MembershipId>) {
      if (!event.membership && of_account(state_.find<MembershipRow>(MembershipRow::key(value))))
        event.membership = value;
    } else if constexpr (std::same_as<T, InvitationId>) {
      if (of_account(state_.find<InvitationRow>(InvitationRow::key(value)))) event.invitation = value;
    } else if constexpr (std::same_as<T, RecordKind>) {
      event.kind = value;
    } else if constexpr (std::same_as<T, RecordId>) {
      event.record = value;
    } else if constexpr (std::convertible_to<T, std::string_view>) {
      if (name != "email") return;
      if (const auto address = normalise_address(value)) event.person = state_.person_with(*address);
    }
  };
  match(command, [&](const auto& c) {
    for_each_field(c, [&]<class M>(std::string_view name, const M& value) {
      if constexpr (requires { value.has_value(); }) {
        if (value) tell(name, *value);
      } else {
        tell(name, value);
      }
    });
  });
  const auto& link = context.proofs.link;
  if (link && link->kind == LinkKind::invitation) {
    const InvitationId id{link->id};
    if (state_.find<InvitationRow>(InvitationRow::key(id))) event.invitation = id;
  }
}

Actor Writer::actor_of(const Context& context, const std::optional<AccountId>& account) const {
  const auto& caller = context.caller;
  Actor actor;
  actor.kind = caller.kind;
  actor.person = caller.person;
  actor.session = caller.session;
  actor.key = caller.key;
  actor.on_behalf_of = caller.on_behalf_of;
  const auto person = caller.on_behalf_of ? caller.on_behalf_of : caller.person;
  if (person && account) actor.membership = state_.place(*account, *person).live;
  if (caller.kind != ActorKind::system) {
    const auto key = actor_key(actor);
    if (!caller.ip.empty()) actor.ip = Personal(key, caller.ip);
    if (!caller.user_agent.empty()) actor.user_agent = Personal(key, caller.user_agent);
  }
  return actor;
}

// What is personal about an actor is sealed under their own key; operators are sealed under the staff's.
KeyNumber Writer::actor_key(const Actor& actor) const {
  const bool theirs = actor.kind == ActorKind::person || actor.kind == ActorKind::key;
  if (!theirs || !actor.person) return state_.meta().staff_key;
  return state_.key_of(*actor.person);
}

Writer::Prepared Writer::prepare(Facts facts, const Context& context, const Actor& actor,
                                 const std::optional<Personal>& reason) const {
  auto ids = Ids(context.ids);
  std::vector<std::pair<Scope, std::uint64_t>> next;  // sequence numbers of the scopes at hand
  const auto next_in = [&](const Scope& scope) -> std::uint64_t& {
    for (auto& [known, number] : next)
      if (known == scope) return number;
    return next.emplace_back(scope, state_.find<ScopeRow>(ScopeRow::key(scope)).value_or(ScopeRow{}).next).second;
  };
  Prepared prepared;
  prepared.events.reserve(facts.size());
  prepared.entries.reserve(facts.size());
  for (auto& fact : facts) {
    auto& one = prepared.events.emplace_back();
    auto& envelope = one.envelope;
    const auto name = EventVersions::name_of(fact.event);
    envelope.position = size() + prepared.entries.size();
    envelope.id = ids.next<EventId>();
    envelope.type = name.type;
    envelope.version = name.version;
    envelope.recorded_at = context.now;
    envelope.sequence = next_in(fact.scope)++;
    envelope.scope = std::move(fact.scope);
    envelope.actor = actor;
    envelope.reason = reason;
    envelope.command = context.command;
    envelope.request_digest = context.request_digest;
    envelope.correlation = context.correlation;
    envelope.causation = context.causation;
    envelope.trace_parent = context.trace_parent;
    one.event = std::move(fact.event);
    prepared.entries.push_back(encode_entry(envelope, one.event, keys_));
  }
  return prepared;
}

std::vector<Recorded> Writer::record(Prepared prepared) {
  for (std::size_t i = 0; i < prepared.events.size(); ++i) {
    evolve(state_, prepared.events[i]);
    batch_bytes_ += prepared.entries[i].size();
    batch_.entries.push_back(std::move(prepared.entries[i]));
  }
  return std::move(prepared.events);
}

std::vector<Recorded> Writer::work(Time now, const Ids::Seed& seed) {
  std::optional<ReassignmentId> id;
  state_.scan(Key{WorkRow::table}, {}, [&](std::string_view rest) {
    id = id_at_end<ReassignmentTag>(rest);
    return false;
  });
  if (!id) return {};
  const auto by = context_of_work(state_, *id);
  const auto at = std::max(now, last_recorded());
  Context context{.now = at, .ids = Ids(seed, at)};
  context.command = context.ids.next<CommandId>();
  context.correlation = by.correlation;
  context.causation = by.causation;
  return record(prepare(continue_work(state_, *id), context, by.actor, by.reason));
}

void Writer::found(const LogCreated& event, const Context& context) {
  if (size() != 0) throw std::logic_error("only an empty log is founded");
  provide_keys();
  Actor actor;
  actor.kind = ActorKind::operator_;
  record(prepare({{Scope::log(), event}}, context, actor, std::nullopt));
}

// One command takes a few keys at most. Where somebody heeds keys_wanted() they are there already.
void Writer::provide_keys() {
  const auto used = state_.meta().keys;
  if (keys_.issued() < used + keys_per_command_max) keys_.issue_up_to(used + keys_ahead);
}

Batch Writer::close() {
  auto batch = std::move(batch_);
  digest_ = state_.overlay().digest_after(digest_);
  batch.state = state_.overlay().changes();
  batch.state_digest = digest_;
  const Rows& below = under_way_.empty() ? static_cast<const Rows&>(durable_rows_) : under_way_.back();
  under_way_.emplace_back(below).adopt(state_.overlay().take());
  state_.overlay().rebase(under_way_.back());
  batch_ = Batch{};
  batch_.first = batch.end();
  batch_bytes_ = 0;
  return batch;
}

void Writer::durable() {
  durable_rows_.renew(log_.state(), under_way_.front().take());
  under_way_.pop_front();
  (under_way_.empty() ? state_.overlay() : under_way_.front()).rebase(durable_rows_);
}

std::optional<KeyNumber> Writer::keys_wanted() const {
  const auto used = state_.meta().keys;
  if (keys_.issued() >= used + keys_ahead / 2) return std::nullopt;
  return used + keys_ahead;
}

Appender::Appender(Log& log, const SigningKey& signer) : log_(log), signer_(signer) {
  const auto size = log_.size();
  if (const auto stored = log_.frontier()) {
    auto frontier = Frontier::decode(*stored);
    if (!frontier || frontier->size() > size) throw LogDamaged("the stored edge of the Merkle tree is damaged");
    frontier_ = std::move(*frontier);
  }
  log_.read(frontier_.size(), [&](Position, std::string_view entry) {
    (void)frontier_.append(leaf_hash(entry));  // tiles completed here were stored with their batch
    return true;
  });
  const auto note = log_.checkpoint();
  if (!note) {
    if (size > 0) throw LogDamaged("the log has entries but no checkpoint");
    return;
  }
  const auto checkpoint = open_checkpoint(*note, signer_.verifying_key());
  if (!checkpoint) throw LogDamaged("the last checkpoint is not signed with this log's key");
  if (checkpoint->size != size)
    throw LogDamaged("the last checkpoint is over " + std::to_string(checkpoint->size) + " entries, the log has " +
                     std::to_string(size));
  if (checkpoint->root != frontier_.root())
    throw LogDamaged("the entries do not hash to the root of the last checkpoint: run rollcall verify");
}

void Appender::append(Batch batch) {
  for (const auto& entry : batch.entries) {
    auto full = frontier_.append(leaf_hash(entry));
    if (full.empty()) continue;
    std::move(full.begin(), full.end(), std::back_inserter(batch.tiles));
    batch.frontier = frontier_.encode();
  }
  if (!batch.entries.empty()) {
    const Checkpoint checkpoint{signer_.verifying_key().name(), frontier_.size(), frontier_.root()};
    batch.checkpoint = sign_note(format_checkpoint(checkpoint), signer_);
  }
  log_.append(batch);
}

}  // namespace rollcall
