#include "domain/engine/evolve.hpp"

#include <algorithm>

#include "domain/engine/rows.hpp"
#include "domain/operations/tables.hpp"
#include "domain/records/reassignment.hpp"
#include "events/malformed.hpp"

namespace rollcall {

// ---- rows that events of several aggregates change ---------------------------------------------------------------

AccountId account_of(const Envelope& envelope) {
  if (auto account = AccountId::parse(envelope.scope.id)) return std::move(*account);
  throw Malformed("an event of an account is in the scope of " + envelope.scope.text());
}

void issue_key(State& state, KeyNumber number) {
  auto meta = state.meta();
  if (number <= meta.keys) return;
  meta.keys = number;
  state.put(MetaRow::key(), meta);
}

bool meet(State& state, const PersonId& person, const Personal& email, const std::optional<Personal>& name) {
  const auto key = PersonRow::key(person);
  // Their key is issued with them: while it is not, they cannot be there.
  if (email.key() <= state.meta().keys && state.find<PersonRow>(key)) return false;
  issue_key(state, email.key());
  PersonRow row;
  row.key_number = email.key();
  row.email = email;
  row.name = name;
  state.add(key, row);
  if (email.clear()) state.put(ClaimRow::key(state.claim(email.shown())), ClaimRow{person});
  return true;
}

void count_holder(State& state, const std::optional<MemberRole>& role, int more) {
  const auto id = role ? RoleId::parse(role->str()) : std::nullopt;
  if (id)
    state.change<RoleRow>(RoleRow::key(*id), [&](RoleRow& row) { row.holders += static_cast<std::uint32_t>(more); });
}

void start_work(State& state, const ReassignmentId& id, const WorkRow& work) {
  state.put(WorkRow::key(id), work);
  change_member(state, work.membership, [](MembershipRow& member) { member.reassigning = true; });
  for (const auto& target : targets_of(work))
    change_member(state, target, [](MembershipRow& member) { ++member.receiving; });
  auto meta = state.meta();
  ++meta.works;
  state.put(MetaRow::key(), meta);
}

// ---- what an event takes part in besides its own meaning ---------------------------------------------------------

namespace {

void count_in_scope(State& state, const Envelope& envelope) {
  state.put(ScopeRow::key(envelope.scope), ScopeRow{envelope.sequence + 1});
  auto meta = state.meta();
  meta.recorded_at = envelope.recorded_at;
  state.put(MetaRow::key(), meta);
}

void forget_old_outcomes(State& state, Time now) {
  std::vector<std::string> due;
  state.scan(Key{OutcomeDueRow::table}, {}, [&](std::string_view rest) {
    if (now - time_at_start(rest) < outcomes_kept) return false;
    due.emplace_back(rest);
    return due.size() < 16;  // a few for each new one: the table shrinks without a pause
  });
  for (const auto& rest : due) {
    const auto command = id_at_end<CommandTag>(rest);
    state.erase(OutcomeRow::key(command));
    state.erase(OutcomeDueRow::key(time_at_start(rest), command));
  }
}

void remember_outcome(State& state, const Envelope& envelope) {
  if (!envelope.request_digest) return;
  const auto key = OutcomeRow::key(envelope.command);
  if (auto known = state.find<OutcomeRow>(key)) {
    ++known->count;
    state.put(key, *known);
    return;
  }
  forget_old_outcomes(state, envelope.recorded_at);
  state.put(key, OutcomeRow{*envelope.request_digest, envelope.position, 1});
  state.put(OutcomeDueRow::key(envelope.recorded_at, envelope.command), OutcomeDueRow{});
}

void found_log(State& state, const LogCreated& e) {
  state.put(VersionRow::key(), VersionRow{});
  state.put(SignerRow::key(), SignerRow{e.vkey});
  MetaRow meta = state.meta();
  meta.log = e.log;
  meta.origin = e.origin;
  meta.staff_key = e.staff_key;
  meta.keys = e.staff_key;
  state.put(MetaRow::key(), meta);
}

// What means nothing to decision state says so here.
class LogFold {
 public:
  explicit LogFold(State& state) : state_(state) {}

  void on(const Envelope&, const LogCreated& e) { found_log(state_, e); }
  void on(const Envelope&, const CommandRejected&) {}
  void on(const Envelope&, const ClockConfirmed&) {}  // its own time is the log's from now on, as that of every event
  void on(const Envelope&, const RebuildOrdered&) {}
  void on(const Envelope&, const SigningKeyRotated& e) { state_.put(SignerRow::key(), SignerRow{e.to}); }
  void on(const Envelope&, const WrappingKeyRotated&) {}
  void on(const Envelope&, const InvitationMailQueued&) {}
  void on(const Envelope&, const MailSent&) {}
  void on(const Envelope&, const MailDeferred&) {}
  void on(const Envelope&, const MailFailed&) {}
  void on(const Envelope&, const NewDeviceSeen&) {}
  void on(const Envelope&, const AccountLabelSet&) {}
  void on(const Envelope&, const AccountConfigured&) {}
  void on(const Envelope&, const TermsAccepted&) {}
  void on(const Envelope&, const SignInsFailed&) {}
  void on(const Envelope&, const RefusalsCounted&) {}
  void on(const Envelope&, const BulkActionCompleted&) {}  // each of its items has events of its own

 private:
  State& state_;
};

constinit const Evolution log_evolution = evolution_of<LogFold>();

using Apply = void (*)(State&, const Recorded&);

// Which aggregate an event belongs to, by its place in Event: exactly one each.
std::array<Apply, event_types> directory() {
  std::array<Apply, event_types> all{};
  for (const auto* evolution : evolutions())
    for (std::size_t i = 0; i < event_types; ++i) {
      if (!evolution->types[i]) continue;
      if (all[i]) throw std::logic_error("two aggregates fold the same event");
      all[i] = evolution->apply;
    }
  if (std::find(all.begin(), all.end(), nullptr) != all.end())
    throw std::logic_error("an event means something to no aggregate: say so in domain/engine/evolve.cpp");
  return all;
}

}  // namespace

std::span<const Evolution* const> evolutions() {
  static const std::array all{&log_evolution,         &accounts_evolution,    &invitations_evolution,
                              &memberships_evolution, &records_evolution,     &persons_evolution,
                              &access_keys_evolution, &permissions_evolution, &teams_evolution};
  return all;
}

void evolve(State& state, const Recorded& recorded) {
  static const auto apply = directory();
  count_in_scope(state, recorded.envelope);
  remember_outcome(state, recorded.envelope);
  apply[recorded.event.index()](state, recorded);
}

}  // namespace rollcall
