#include "domain/engine/evolve.hpp"

#include <algorithm>

#include "domain/records/reassignment.hpp"
#include "events/match.hpp"

namespace rollcall {
namespace {

AccountId account_of(const Envelope& envelope) {
  if (auto account = AccountId::parse(envelope.scope.id)) return std::move(*account);
  throw Malformed("an event of an account is in the scope of " + envelope.scope.text());
}

std::uint64_t& open_count(MembershipRow& member, RecordKind kind) {
  switch (kind) {
    case RecordKind::contact: return member.open.contacts;
    case RecordKind::lead: return member.open.leads;
    case RecordKind::task: return member.open.tasks;
    case RecordKind::note: return member.notes;
  }
  throw std::logic_error("unknown kind of record");
}

std::uint64_t& count(MembershipRow& member, RecordKind kind, RecordStatus status) {
  return status == RecordStatus::completed ? member.completed_tasks : open_count(member, kind);
}

// ---- what an event takes part in besides its own meaning ---------------------------------------------------------

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

void issue_key(State& state, KeyNumber number) {
  auto meta = state.meta();
  if (number <= meta.keys) return;
  meta.keys = number;
  state.put(MetaRow::key(), meta);
}

// A person appears with the first event that names his address. True when that is now: nothing else is known of him.
bool meet(State& state, const PersonId& person, const Personal& email, const std::optional<Personal>& name) {
  const auto key = PersonRow::key(person);
  // His key is issued with him: while it is not, he cannot be there.
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

// ---- invitations -------------------------------------------------------------------------------------------------

// Waits for its answer. The row itself is the caller's. A stranger has no place anywhere yet.
void open_invitation(State& state, const InvitationId& id, const InvitationRow& row, bool stranger = false) {
  state.add(InvitationDueRow::key(row.expires_at, id), InvitationDueRow{});
  const auto key = PlaceRow::key(row.account, row.person);
  if (stranger) return state.add(key, PlaceRow{.live = {}, .last = {}, .invitation = id});
  auto place = state.place(row.account, row.person);
  place.invitation = id;
  state.put(key, place);
}

void close_invitation(State& state, const InvitationId& id, InvitationStatus how) {
  auto row = state.get<InvitationRow>(InvitationRow::key(id));
  state.erase(InvitationDueRow::key(row.expires_at, id));
  row.status = how;
  state.put(InvitationRow::key(id), row);
  auto place = state.place(row.account, row.person);
  if (place.invitation == id) place.invitation.reset();
  state.put(PlaceRow::key(row.account, row.person), place);
}

// ---- memberships -------------------------------------------------------------------------------------------------

void change_member(State& state, const MembershipId& id, auto&& how) {
  state.change<MembershipRow>(MembershipRow::key(id), how);
}

void change_account(State& state, const AccountId& account, auto&& how) {
  state.change<AccountRow>(AccountRow::key(account), how);
}

void end_membership(State& state, const MembershipId& id, MemberStatus how) {
  const auto key = MembershipRow::key(id);
  auto member = state.get<MembershipRow>(key);
  if (member.admin && member.kind == MemberKind::standard && member.status == MemberStatus::active)
    change_account(state, member.account, [](AccountRow& account) { --account.admins; });
  const bool was_active = member.status == MemberStatus::active;
  const bool was_live = was_active || member.status == MemberStatus::deactivating;
  member.status = how;
  state.put(key, member);
  if (was_active)
    state.change<PersonRow>(PersonRow::key(member.person), [](PersonRow& person) { --person.active_memberships; });
  if (how == MemberStatus::deactivating || !was_live) return;
  auto place = state.place(member.account, member.person);
  place.live.reset();
  state.put(PlaceRow::key(member.account, member.person), place);
}

void join(State& state, const AccountId& account, const MembershipActivated& e) {
  MembershipRow member;
  member.account = account;
  member.person = e.person;
  member.kind = e.kind;
  member.owner = e.owner;
  member.admin = e.admin;
  member.permissions = e.permissions;
  member.access_ends_at = e.access_ends_at;
  state.add(MembershipRow::key(e.membership), member);
  auto place = state.place(account, e.person);
  place.live = place.last = e.membership;
  state.put(PlaceRow::key(account, e.person), place);
  state.change<PersonRow>(PersonRow::key(e.person), [](PersonRow& person) { ++person.active_memberships; });
  if (e.admin && e.kind == MemberKind::standard) change_account(state, account, [](AccountRow& row) { ++row.admins; });
}

void change_group(State& state, const AccountId& account, const MembershipId& id, Group group, bool in) {
  bool counts = false;
  change_member(state, id, [&](MembershipRow& member) {
    (group == Group::admin ? member.admin : member.sales_rep) = in;
    counts = group == Group::admin && member.kind == MemberKind::standard;
  });
  if (counts) change_account(state, account, [&](AccountRow& row) { row.admins += in ? 1u : ~0u; });
}

// ---- records -----------------------------------------------------------------------------------------------------

// Changes how many records of a kind a membership holds, once for a whole event.
void change_count(State& state, const MembershipId& id, RecordKind kind, RecordStatus status, std::size_t n,
                  bool more) {
  change_member(state, id, [&](MembershipRow& member) {
    auto& held = count(member, kind, status);
    held = more ? held + n : held - n;
    member.ledger_version += n;
  });
}

void add_record(State& state, const AccountId& account, RecordKind kind, RecordStatus status, const RecordId& record,
                const std::optional<MembershipId>& owner) {
  state.add(RecordRow::key(account, kind, record), RecordRow{owner, status});
  if (owner) state.add(HoldingRow::key(*owner, kind, status, record), HoldingRow{});
}

// The record's owner or status changes; counts are the caller's.
void move_record(State& state, const AccountId& account, RecordKind kind, const RecordId& record, const RecordRow& from,
                 const RecordRow& to) {
  if (from.owner) state.remove(HoldingRow::key(*from.owner, kind, from.status, record), HoldingRow{});
  state.replace(RecordRow::key(account, kind, record), from, to);
  if (to.owner) state.add(HoldingRow::key(*to.owner, kind, to.status, record), HoldingRow{});
}

void hand_on(State& state, const AccountId& account, RecordKind kind, const RecordId& record,
             const std::optional<MembershipId>& from, const std::optional<MembershipId>& to) {
  move_record(state, account, kind, record, {from, RecordStatus::open}, {to, RecordStatus::open});
}

void change_task(State& state, const AccountId& account, const RecordId& record,
                 const std::optional<MembershipId>& owner, RecordStatus from, RecordStatus to) {
  move_record(state, account, RecordKind::task, record, {owner, from}, {owner, to});
  if (!owner) return;
  change_member(state, *owner, [&](MembershipRow& member) {
    --count(member, RecordKind::task, from);
    ++count(member, RecordKind::task, to);
    ++member.ledger_version;
  });
}

void progress_work(State& state, const ReassignmentId& id, RecordKind kind, const std::optional<MembershipId>& to,
                   const std::vector<RecordId>& records) {
  auto work = state.find<WorkRow>(WorkRow::key(id));
  if (!work) return;  // it was small enough for one append
  deal_recorded(*work, kind, to, records);
  state.put(WorkRow::key(id), *work);
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

void finish_work(State& state, const ReassignmentId& id) {
  const auto work = state.find<WorkRow>(WorkRow::key(id));
  if (!work) return;
  state.erase(WorkRow::key(id));
  change_member(state, work->membership, [](MembershipRow& member) { member.reassigning = false; });
  for (const auto& target : targets_of(*work))
    change_member(state, target, [](MembershipRow& member) { --member.receiving; });
  auto meta = state.meta();
  --meta.works;
  state.put(MetaRow::key(), meta);
}

// ---- sessions ----------------------------------------------------------------------------------------------------

void end_session(State& state, const SessionId& id) {
  const auto row = state.find<SessionRow>(SessionRow::key(id));
  if (!row) return;
  state.erase(SessionRow::key(id));
  state.remove(SessionOfRow::key(row->person, id), SessionOfRow{});
  state.remove(SessionDueRow::key(row->expires_at, id), SessionDueRow{});
}

void found_log(State& state, const LogCreated& e) {
  state.put(VersionRow::key(), VersionRow{});
  MetaRow meta = state.meta();
  meta.log = e.log;
  meta.origin = e.origin;
  meta.staff_key = e.staff_key;
  meta.keys = e.staff_key;
  state.put(MetaRow::key(), meta);
}

}  // namespace

void evolve(State& state, const Recorded& recorded) {
  const auto& envelope = recorded.envelope;
  const auto account = [&] { return account_of(envelope); };

  count_in_scope(state, envelope);
  remember_outcome(state, envelope);

  match(
      recorded.event,  //
      [&](const LogCreated& e) { found_log(state, e); }, [&](const CommandRejected&) {},

      [&](const AccountOpened& e) {
        meet(state, e.owner_person, e.owner_email, e.owner_name);
        AccountRow row;
        row.name = e.name;
        row.owner = e.owner;
        row.seat_limit = e.seat_limit;
        row.time_zone = e.time_zone;
        row.partner_permissions = e.partner_permissions;
        state.put(AccountRow::key(account()), row);
      },
      [&](const SeatLimitChanged& e) {
        change_account(state, account(), [&](AccountRow& row) { row.seat_limit = e.to; });
      },
      [&](const SeatTaken& e) { change_account(state, account(), [&](AccountRow& row) { row.seats_used = e.used; }); },
      [&](const SeatFreed& e) { change_account(state, account(), [&](AccountRow& row) { row.seats_used = e.used; }); },

      [&](const UserInvited& e) {
        const bool stranger = meet(state, e.person, e.email, e.first_name);
        InvitationRow row;
        row.account = account();
        row.person = e.person;
        row.kind = MemberKind::standard;
        row.admin = e.admin;
        row.expires_at = e.expires_at;
        row.sent_at = envelope.recorded_at;
        row.invited_by = e.invited_by;
        row.predecessor = e.predecessor;
        row.first_name = e.first_name;
        state.add(InvitationRow::key(e.invitation), row);
        open_invitation(state, e.invitation, row, stranger);
      },
      [&](const PartnerInvited& e) {
        const bool stranger = meet(state, e.person, e.email, std::nullopt);
        InvitationRow row;
        row.account = account();
        row.person = e.person;
        row.kind = MemberKind::partner;
        row.admin = e.admin;
        row.permissions = e.permissions;
        row.expires_at = e.expires_at;
        row.sent_at = envelope.recorded_at;
        row.invited_by = e.invited_by;
        row.access_ends_at = e.access_ends_at;
        row.predecessor = e.predecessor;
        state.add(InvitationRow::key(e.invitation), row);
        open_invitation(state, e.invitation, row, stranger);
      },
      [&](const InvitationMailQueued&) {},
      [&](const InvitationResent& e) {
        auto row = state.get<InvitationRow>(InvitationRow::key(e.invitation));
        state.erase(InvitationDueRow::key(row.expires_at, e.invitation));
        row.status = InvitationStatus::pending;
        row.attempt = e.attempt;
        row.expires_at = e.expires_at;
        row.sent_at = envelope.recorded_at;
        state.put(InvitationRow::key(e.invitation), row);
        open_invitation(state, e.invitation, row);
      },
      [&](const InvitationRevoked& e) { close_invitation(state, e.invitation, InvitationStatus::revoked); },
      [&](const InvitationDeclined& e) { close_invitation(state, e.invitation, InvitationStatus::declined); },
      [&](const InvitationExpired& e) { close_invitation(state, e.invitation, InvitationStatus::expired); },
      [&](const InvitationAccepted& e) { close_invitation(state, e.invitation, InvitationStatus::accepted); },

      [&](const MembershipActivated& e) { join(state, account(), e); },
      [&](const GroupJoined& e) { change_group(state, account(), e.membership, e.group, true); },
      [&](const GroupLeft& e) { change_group(state, account(), e.membership, e.group, false); },
      [&](const AccountLabelSet&) {},
      [&](const DeactivationStarted& e) {
        end_membership(state, e.membership, MemberStatus::deactivating);
        start_work(state, e.reassignment, work_of(e, envelope, account()));
      },
      [&](const UserDeactivated& e) {
        end_membership(state, e.membership, e.terminal ? MemberStatus::ended : MemberStatus::inactive);
      },
      [&](const LeavingStarted& e) {
        end_membership(state, e.membership, MemberStatus::deactivating);
        start_work(state, e.reassignment, work_of(e, envelope, account()));
      },
      [&](const PartnerLeft& e) { end_membership(state, e.membership, MemberStatus::ended); },

      [&](const RecordsImported& e) {
        const auto of = account();
        for (const auto& record : e.records) add_record(state, of, e.kind, e.status, record, e.owner);
        if (e.owner) change_count(state, *e.owner, e.kind, e.status, e.records.size(), true);
      },
      [&](const RecordRegistered& e) {
        add_record(state, account(), e.kind, RecordStatus::open, e.record, e.owner);
        if (e.owner) change_count(state, *e.owner, e.kind, RecordStatus::open, 1, true);
      },
      [&](const RecordAssigned& e) {
        hand_on(state, account(), e.kind, e.record, e.from, e.to);
        if (e.from) change_count(state, *e.from, e.kind, RecordStatus::open, 1, false);
        change_count(state, e.to, e.kind, RecordStatus::open, 1, true);
      },
      [&](const RecordsUnassigned& e) {
        const auto of = account();
        for (const auto& record : e.records) hand_on(state, of, e.kind, record, e.from, std::nullopt);
        change_count(state, e.from, e.kind, RecordStatus::open, e.records.size(), false);
        if (e.reassignment) progress_work(state, *e.reassignment, e.kind, std::nullopt, e.records);
      },
      [&](const TaskCompleted& e) {
        change_task(state, account(), e.record, e.owner, RecordStatus::open, RecordStatus::completed);
      },
      [&](const TaskReopened& e) {
        change_task(state, account(), e.record, e.owner, RecordStatus::completed, RecordStatus::open);
      },
      [&](const NoteAdded& e) {
        add_record(state, account(), RecordKind::note, RecordStatus::open, e.record, e.author);
        change_count(state, e.author, RecordKind::note, RecordStatus::open, 1, true);
      },
      [&](const ReassignmentStarted& e) { start_work(state, e.reassignment, work_of(e, envelope, account())); },
      [&](const RecordsReassigned& e) {
        const auto of = account();
        for (const auto& record : e.records) hand_on(state, of, e.kind, record, e.from, e.to);
        change_count(state, e.from, e.kind, RecordStatus::open, e.records.size(), false);
        change_count(state, e.to, e.kind, RecordStatus::open, e.records.size(), true);
        progress_work(state, e.reassignment, e.kind, e.to, e.records);
      },
      [&](const ReassignmentCompleted& e) { finish_work(state, e.reassignment); },
      [&](const CompletedTasksRemoved& e) {
        const auto of = account();
        for (const auto& record : e.records) {
          constexpr auto completed = RecordStatus::completed;
          state.remove(RecordRow::key(of, RecordKind::task, record), RecordRow{e.membership, completed});
          state.remove(HoldingRow::key(e.membership, RecordKind::task, completed, record), HoldingRow{});
        }
        change_count(state, e.membership, RecordKind::task, RecordStatus::completed, e.records.size(), false);
      },

      [&](const SetupLinkIssued& e) {
        meet(state, e.person, e.email, std::nullopt);
        state.change<PersonRow>(PersonRow::key(e.person), [&](PersonRow& person) {
          person.setup = SetupLink{e.attempt, e.expires_at, false};
        });
      },
      [&](const IdentityRegistered& e) {
        state.change<PersonRow>(PersonRow::key(e.person), [&](PersonRow& person) {
          person.registered = true;
          if (e.name) person.name = e.name;
          if (person.setup) person.setup->used = true;
        });
      },
      [&](const TermsAccepted&) {},
      [&](const PasswordSet& e) {
        issue_key(state, e.verifier.text.key());
        state.change<PersonRow>(PersonRow::key(e.person), [&](PersonRow& person) {
          person.credential = Credential{e.credential, e.verifier};
        });
      },
      [&](const SessionStarted& e) {
        SessionRow row;
        row.person = e.person;
        if (envelope.scope.kind == ScopeKind::account) row.account = account();
        row.membership = e.membership;
        row.expires_at = e.expires_at;
        state.add(SessionRow::key(e.session), row);
        state.add(SessionOfRow::key(e.person, e.session), SessionOfRow{});
        state.add(SessionDueRow::key(e.expires_at, e.session), SessionDueRow{});
      },
      [&](const SessionEnded& e) { end_session(state, e.session); },
      [&](const SessionsRevoked& e) {
        for (const auto& session : e.sessions) end_session(state, session);
      },
      [&](const SignInsFailed&) {});
}

}  // namespace rollcall
