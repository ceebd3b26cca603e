#include "domain/engine/writer.hpp"

#include <algorithm>

#include "events/catalogue.hpp"
#include "events/match.hpp"

namespace rollcall {
namespace {

std::string_view name_of_command(const Command& command) {
  return std::visit([]<class C>(const C&) { return C::name; }, command);
}

constexpr std::size_t recent_rows_max = 32'768;  // some ten megabytes

// Only callers who are known are written down: the operator, a person in session, the holder of a link.
bool worth_recording(const Context& context, const Rejection& rejection) {
  if (rejection.code == Code::not_authenticated || rejection.code == Code::bad_credentials) return false;
  if (context.caller.kind == ActorKind::system) return false;
  return context.caller.kind == ActorKind::operator_ || context.caller.person;
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
  auto value = state_.rows->find(key);
  if (recent_.size() < recent_rows_max) recent_.emplace(key, value);
  return value;
}

Writer::Writer(const LogReader& log, KeyStore& keys, Claims claims)
    : log_(log), keys_(keys), pending_(durable_rows_), state_(pending_, keys, claims) {
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
  if (auto answer = answered_before(context)) return std::move(*answer);
  context.now = std::max(context.now, last_recorded());  // the log's time never goes back

  auto decided = decide(state_, context, command);
  context.caller.person = decided.person;
  context.ids = decided.ids;
  auto& decision = decided.decision;
  if (!decision) return reject(command, context, std::move(decision.error()));
  if (decision->empty()) return Answer{std::vector<Recorded>{}, size()};
  const auto actor = actor_of(context, account_named(command));
  std::optional<Personal> reason;
  if (context.reason) reason = Personal(actor_key(actor), *context.reason);
  auto events = record(std::move(*decision), context, actor, reason);
  return Answer{std::move(events), size()};
}

Answer Writer::reject(const Command& command, Context& context, Rejection rejection) {
  if (!worth_recording(context, rejection)) return Answer{std::move(rejection), size()};
  auto account = account_named(command);
  if (account && !state_.find<AccountRow>(AccountRow::key(*account))) account.reset();
  const auto actor = actor_of(context, account);
  Scope scope = Scope::log();
  if (account)
    scope = Scope::of(*account);
  else if (actor.person)
    scope = Scope::of(*actor.person);
  CommandRejected event{std::string{name_of_command(command)}, std::string{rejection.name()}, rejection.details};
  std::optional<Personal> reason;
  if (context.reason && context.reason->size() <= reason_bytes_max)
    reason = Personal(actor_key(actor), *context.reason);
  record({{scope, std::move(event)}}, context, actor, reason);
  return Answer{std::move(rejection), size()};
}

Actor Writer::actor_of(const Context& context, const std::optional<AccountId>& account) const {
  const auto& caller = context.caller;
  Actor actor;
  actor.kind = caller.kind;
  actor.person = caller.person;
  actor.session = caller.session;
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
  if (actor.kind != ActorKind::person || !actor.person) return state_.meta().staff_key;
  return state_.key_of(*actor.person);
}

std::vector<Recorded> Writer::record(Facts facts, const Context& context, const Actor& actor,
                                     const std::optional<Personal>& reason) {
  auto ids = Ids(context.ids);
  std::vector<Recorded> recorded;
  recorded.reserve(facts.size());
  for (auto& fact : facts) {
    Recorded next;
    auto& envelope = next.envelope;
    const auto name = Catalogue<Event>::name_of(fact.event);
    envelope.position = size();
    envelope.id = ids.next<EventId>();
    envelope.type = name.type;
    envelope.version = name.version;
    envelope.recorded_at = context.now;
    envelope.sequence = state_.find<ScopeRow>(ScopeRow::key(fact.scope)).value_or(ScopeRow{}).next;
    envelope.scope = std::move(fact.scope);
    envelope.actor = actor;
    envelope.reason = reason;
    envelope.command = context.command;
    envelope.request_digest = context.request_digest;
    envelope.correlation = context.correlation;
    envelope.causation = context.causation;
    envelope.trace_parent = context.trace_parent;
    next.event = std::move(fact.event);
    evolve(state_, next);
    batch_.entries.push_back(encode_entry(envelope, next.event, keys_));
    batch_bytes_ += batch_.entries.back().size();
    recorded.push_back(std::move(next));
  }
  return recorded;
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
  return record(continue_work(state_, *id), context, by.actor, by.reason);
}

void Writer::found(const LogCreated& event, const Context& context) {
  if (size() != 0) throw std::logic_error("only an empty log is founded");
  provide_keys();
  Actor actor;
  actor.kind = ActorKind::operator_;
  record({{Scope::log(), event}}, context, actor, std::nullopt);
}

// One command takes a few keys at most. Where somebody heeds keys_wanted() they are there already.
void Writer::provide_keys() {
  const auto used = state_.meta().keys;
  if (keys_.issued() < used + keys_per_command_max) keys_.issue_up_to(used + keys_ahead);
}

Batch Writer::close() {
  if (!pending_.changes().empty()) throw std::logic_error("a batch is on its way already");
  auto batch = std::move(batch_);
  digest_ = state_.overlay().digest_after(digest_);
  batch.state = state_.overlay().changes();
  batch.state_digest = digest_;
  pending_.adopt(state_.overlay().take());
  batch_ = Batch{};
  batch_.first = batch.end();
  batch_bytes_ = 0;
  return batch;
}

void Writer::durable() { durable_rows_.renew(log_.state(), pending_.take()); }

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
