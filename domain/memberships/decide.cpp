// Ending a membership: deactivation by others, leaving by oneself; and what a partner calls an account.
#include <algorithm>
#include <limits>
#include <set>

#include "domain/engine/deciding.hpp"
#include "domain/records/reassignment.hpp"

namespace rollcall {
namespace {

// A plan for ending a membership covers every kind that has records.
std::optional<Rejection> refuse_gaps(const RecordCounts& open, const std::vector<KindPlan>& plan) {
  const std::pair<RecordKind, std::uint64_t> kinds[] = {
      {RecordKind::contact, open.contacts}, {RecordKind::lead, open.leads}, {RecordKind::task, open.tasks}};
  for (const auto& [kind, records] : kinds) {
    const bool covered = std::any_of(plan.begin(), plan.end(), [&](const KindPlan& p) { return p.kind == kind; });
    if (records > 0 && !covered)
      return rejected(Code::reassignment_incomplete,
                      {detail("kind", std::string{name_of(kind)}), detail("missing", records)});
  }
  return std::nullopt;
}

}  // namespace

namespace {

// What ends with a membership besides: its places in teams and, where the account wants that, the invitations they
// sent.
void end_what_hangs_on(const State& state, Facts& facts, const AccountId& account, const MembershipId& id) {
  const auto scope = Scope::of(account);
  state.scan(TeamPlaceRow::all(id), {}, [&](std::string_view rest) {
    const auto team = id_at_end<TeamTag>(rest);
    facts.push_back({scope, TeamPlaceEnded{team, id, state.get<TeamPlaceRow>(TeamPlaceRow::key(id, team)).place}});
    return true;
  });
  if (!state.get<AccountRow>(AccountRow::key(account)).revoke_on_inviter_exit) return;
  state.scan(InvitationOfRow::all(id), {}, [&](std::string_view rest) {
    facts.push_back({scope, InvitationRevoked{id_at_end<InvitationTag>(rest)}});
    return true;
  });
}

}  // namespace

// The facts with which a membership ends, when nothing open is left.
void end_membership(const State& state, Facts& facts, const AccountId& account, const MembershipId& id,
                    const MembershipRow& member, EndCause cause, const std::optional<Digest>& plan_digest) {
  const auto scope = Scope::of(account);
  end_what_hangs_on(state, facts, account, id);
  if (cause == EndCause::left) {
    facts.push_back({scope, PartnerLeft{id, member.person, true}});
    return;
  }
  const bool standard = member.kind == MemberKind::standard;
  facts.push_back({scope, UserDeactivated{id, member.person, member.kind, cause, !standard, standard, plan_digest}});
  if (!standard) return;
  const auto row = state.get<AccountRow>(AccountRow::key(account));
  facts.push_back({scope, SeatFreed{id, row.seats_used - 1, row.seat_limit}});
}

Decision decide_on(Deciding& d, const DeactivateUser& c) {
  const auto member = d.member(c.account, c.user);
  if (!member) return unexpected(not_there("user", c.user));
  if (member->owner) return unexpected(rejected(Code::cannot_deactivate_owner));
  if (d.who.membership == c.user) return unexpected(rejected(Code::cannot_deactivate_self));
  const bool over = access_over(*member, d.now());
  if (auto no = refuse_busy(*member)) return unexpected(*no);
  const bool partner = member->kind == MemberKind::partner;
  if (!partner && member->admin && d.account(c.account).admins == 1) return unexpected(rejected(Code::last_admin));
  if (partner && !c.confirm_irreversible.value_or(false)) return unexpected(rejected(Code::irreversible_not_confirmed));

  const auto plan = c.plan.value_or(std::vector<KindPlan>{});
  if (total(member->open) > 0) {
    if (!c.plan) return unexpected(rejected(Code::reassignment_required, counts_now(*member)));
    if (!c.basis)
      return unexpected(rejected(Code::invalid_value,
                                 {detail("field", std::string{"basis"}), detail("reason", std::string{"missing"})}));
  }
  if (c.basis)
    if (auto no = refuse_basis(*member, *c.basis, c.ledger_version)) return unexpected(*no);
  if (auto no = refuse_plan(d.state, c.account, c.user, member->open, plan, d.now())) return unexpected(*no);
  if (auto no = refuse_gaps(member->open, plan)) return unexpected(*no);

  const auto id = d.fresh<ReassignmentId>();
  const auto scope = Scope::of(c.account);
  const auto cause = over ? EndCause::expired : EndCause::deactivated;
  const DeactivationStarted started{id, c.user, member->person, cause, member->open, plan};
  if (auto no = refuse_map(d.state, work_of(started, Envelope{}, c.account), c.map_digest)) return unexpected(*no);
  Facts facts;
  if (total(member->open) + member->completed_tasks > small_plan_records) {
    facts.push_back({scope, started});
  } else {
    auto work = work_of(started, Envelope{}, c.account);
    std::optional<Digest> digest;
    if (total(member->open) > 0) {
      append(facts, scope, deal(d.state, id, work, all_of_it));
      digest = map_digest(work);
      facts.push_back({scope, ReassignmentCompleted{id, c.user, planned(work), *digest}});
    }
    append(facts, scope, remove_completed_tasks(d.state, c.user, all_of_it));
    end_membership(d.state, facts, c.account, c.user, *member, cause, digest);
  }
  if (member->status != MemberStatus::expired) put_out(d, c.account, c.user, *member, facts);
  return facts;
}

Facts expire_access(const Deciding& d, const AccountId& account, const MembershipId& id, const MembershipRow& member) {
  const auto scope = Scope::of(account);
  Facts facts;
  if (member.status != MemberStatus::expired) {
    facts.push_back({scope, AccessExpired{id, member.person, *member.access_ends_at, member.open}});
    put_out(d, account, id, member, facts);
  }
  const bool busy = member.reassigning || member.receiving > 0;
  if (total(member.open) > 0 || member.completed_tasks > small_plan_records || busy) return facts;
  append(facts, scope, remove_completed_tasks(d.state, id, all_of_it));
  end_membership(d.state, facts, account, id, member, EndCause::expired, std::nullopt);
  return facts;
}

Decision decide_on(Deciding& d, const ExpireAccess& c) {
  const auto member = d.member(c.account, c.user);
  if (!member) return unexpected(not_there("user", c.user));
  if (member->status != MemberStatus::active && member->status != MemberStatus::frozen)
    return unexpected(rejected(Code::not_active));
  if (!access_over(*member, d.now())) return unexpected(rejected(Code::not_due));
  return expire_access(d, c.account, c.user, *member);
}

Decision decide_on(Deciding& d, const LeaveAccount& c) {
  const auto& member = *d.who.member;
  const auto membership = *d.who.membership;
  if (member.kind != MemberKind::partner) return unexpected(rejected(Code::not_a_partner));
  if (auto no = refuse_busy(member)) return unexpected(*no);
  if (member.open.contacts > 0)
    return unexpected(rejected(Code::has_assigned_contacts, {detail("contacts", member.open.contacts)}));
  if (d.account(c.account).leave_blocks == LeaveBlocks::all && total(member.open) > 0)
    return unexpected(rejected(Code::has_open_records, counts_now(member)));
  if (!c.confirm.value_or(false)) return unexpected(rejected(Code::confirmation_required));

  const auto id = d.fresh<ReassignmentId>();
  const auto scope = Scope::of(c.account);
  const LeavingStarted started{id, membership, member.person, member.open};
  Facts facts;
  if (total(member.open) > small_plan_records) {
    facts.push_back({scope, started});
  } else {
    auto work = work_of(started, Envelope{}, c.account);
    append(facts, scope, deal(d.state, id, work, all_of_it));
    end_membership(d.state, facts, c.account, membership, member, EndCause::left, std::nullopt);
  }
  put_out(d, c.account, membership, member, facts);
  return facts;
}

Decision decide_on(Deciding& d, const ForceLogout& c) {
  if (c.users.empty()) return unexpected(rejected(Code::empty_selection));
  if (c.users.size() > bulk_max) return unexpected(rejected(Code::too_many, {detail("most", bulk_max)}));
  BulkActionCompleted told{std::string{ForceLogout::name}, {}, {}};
  Facts facts;
  std::set<MembershipId> seen;
  for (const auto& user : c.users) {
    if (!seen.insert(user).second) continue;
    const auto member = d.member(c.account, user);
    if (!member) {
      told.failed.push_back({user, std::string{meaning_of(Code::not_found).name}});
      continue;
    }
    // Whoever has left is nobody's to log out.
    if (!gives_access(*member, d.now())) {
      told.failed.push_back({user, std::string{meaning_of(Code::not_active).name}});
      continue;
    }
    told.done.push_back(user);
    revoke_sessions(d, c.account, user, member->person, true, facts);
  }
  if (facts.empty() && told.failed.empty()) return facts;  // nobody of them was in
  facts.push_back({Scope::of(c.account), std::move(told)});
  return facts;
}

Decision decide_on(Deciding& d, const ConfigureAccount& c) {
  constexpr std::size_t apps_max = 20;
  const auto key = d.person(*d.who.person).key_number;
  AccountConfigured saved{*d.who.membership, *d.who.person, {}, {}, {}};
  if (c.label && !c.label->value.empty()) saved.label = Personal(key, c.label->value);
  if (c.account_name && !c.account_name->value.empty()) saved.account_name = Personal(key, c.account_name->value);
  for (const auto& app : c.connected_apps.value_or(std::vector<Typed<1, 100>>{})) {
    if (!app.within())
      return unexpected(rejected(Code::invalid_value, {detail("field", std::string{"connected_apps"})}));
    saved.connected_apps.push_back(app.value);
  }
  if (saved.connected_apps.size() > apps_max) return unexpected(rejected(Code::too_many, {detail("most", apps_max)}));
  return Facts{{Scope::of(c.account), std::move(saved)}};
}

Decision decide_on(Deciding& d, const RequestHandOver& c) {
  const auto& member = *d.who.member;
  if (member.kind != MemberKind::partner) return unexpected(rejected(Code::not_a_partner));
  if (total(member.open) == 0) return unexpected(rejected(Code::nothing_to_hand_over));
  if (const auto last = d.state.find<HandOverRow>(HandOverRow::key(*d.who.membership)))
    if (const auto again = last->at + hand_over_pause; d.now() < again)
      return unexpected(rejected(Code::hand_over_requested, {detail("seconds_left", whole_seconds(again - d.now()))}));
  return Facts{{Scope::of(c.account), HandOverRequested{*d.who.membership, member.person, member.open}}};
}

Decision decide_on(Deciding& d, const ReactivateUser& c) {
  const auto member = d.member(c.account, c.user);
  if (!member) return unexpected(not_there("user", c.user));
  if (member->kind == MemberKind::partner) return unexpected(rejected(Code::partner_not_reactivatable));
  if (member->status != MemberStatus::inactive) return unexpected(rejected(Code::not_inactive));
  if (member->unlinked) return unexpected(rejected(Code::identity_unlinked));
  const auto place = d.state.place(c.account, member->person);
  if (place.live) return unexpected(rejected(Code::already_member, {detail("user", place.live->text())}));

  // A role that was retired meanwhile is gone: their own permissions count.
  auto role = member->role;
  auto actions = actions_of(member->grants);
  if (role) {
    const auto id = RoleId::parse(role->str());
    const auto row = id ? d.state.find<RoleRow>(RoleRow::key(*id)) : std::nullopt;
    if (row && row->retired)
      role.reset();
    else
      actions = actions_of(grants_of_role(*role, 0, row ? row->grants : Grants{}));
  }
  if (member->admin) actions = account_actions;
  if (auto no = refuse_handing_on(d, c.account, actions, Code::permission_exceeds_actor)) return unexpected(*no);
  const auto account = d.account(c.account);
  if (account.seats_free() == 0)
    return unexpected(rejected(Code::seat_limit_reached, {detail("limit", account.seat_limit)}));

  const auto person = d.person(member->person);
  const auto scope = Scope::of(c.account);
  return Facts{{scope, UserReactivated{c.user, member->person, person.email, person.name, member->admin, role,
                                       permissions_for(actions_of(member->grants))}},
               {scope, SeatTaken{c.user, account.seats_used + 1, account.seat_limit}}};
}

Decision decide_on(Deciding& d, const FreezeUser& c) {
  const auto member = d.member(c.account, c.user);
  if (!member) return unexpected(not_there("user", c.user));
  if (member->owner) return unexpected(rejected(Code::cannot_freeze_owner));
  if (d.who.membership == c.user) return unexpected(rejected(Code::cannot_freeze_self));
  if (!gives_access(*member, d.now()) || member->status != MemberStatus::active)
    return unexpected(rejected(Code::not_active));
  if (c.until && *c.until <= d.now())
    return unexpected(rejected(Code::invalid_value, {detail("field", std::string{"until"})}));
  Facts facts{{Scope::of(c.account), UserFrozen{c.user, member->person, c.until}}};
  // Their keys stay and open nothing meanwhile.
  const bool last = d.person(member->person).active_memberships <= 1;
  revoke_sessions(d, c.account, c.user, member->person, last, facts);
  return facts;
}

namespace {

std::optional<Rejection> refuse_thawed(const std::optional<MembershipRow>& member, const MembershipId& id) {
  if (!member) return not_there("user", id);
  if (member->status != MemberStatus::frozen) return rejected(Code::not_frozen);
  return std::nullopt;
}

// What changes when a partner's access ends by itself.
Decision change_access_end(Deciding& d, const AccountId& account, const MembershipId& id,
                           const std::optional<Time>& wanted, bool later) {
  const auto member = d.member(account, id);
  if (!member) return unexpected(not_there("user", id));
  if (member->kind != MemberKind::partner) return unexpected(rejected(Code::not_a_partner));
  const bool there = member->status == MemberStatus::active || member->status == MemberStatus::frozen;
  if (!there || access_over(*member, d.now())) return unexpected(rejected(Code::not_active));
  const auto& present = member->access_ends_at;
  if (later ? !present || (wanted && *wanted <= *present) : present && *wanted >= *present)
    return unexpected(rejected(later ? Code::access_end_not_later : Code::access_end_not_earlier,
                               {detail("access_ends_at", present ? present->text() : std::string{"never"})}));
  if (wanted && *wanted - d.now() > access_longest)
    return unexpected(rejected(Code::access_too_long, {detail("access_ends_at", wanted->text()),
                                                       detail("latest", (d.now() + access_longest).text())}));
  return Facts{{Scope::of(account), AccessEndChanged{id, present, wanted}}};
}

}  // namespace

Decision decide_on(Deciding& d, const UnfreezeUser& c) {
  const auto member = d.member(c.account, c.user);
  if (auto no = refuse_thawed(member, c.user)) return unexpected(*no);
  return Facts{{Scope::of(c.account), UserUnfrozen{c.user, member->person}}};
}

Decision decide_on(Deciding& d, const EndFreeze& c) {
  const auto member = d.member(c.account, c.user);
  if (auto no = refuse_thawed(member, c.user)) return unexpected(*no);
  if (!member->frozen_until || d.now() < *member->frozen_until) return unexpected(rejected(Code::not_due));
  return Facts{{Scope::of(c.account), UserUnfrozen{c.user, member->person}}};
}

Decision decide_on(Deciding& d, const ExtendAccess& c) {
  if (d.who.membership == c.user) return unexpected(rejected(Code::cannot_edit_self));
  return change_access_end(d, c.account, c.user, c.access_ends_at, true);
}

Decision decide_on(Deciding& d, const ShortenAccess& c) {
  if (c.access_ends_at <= d.now())
    return unexpected(rejected(Code::access_end_in_past, {detail("access_ends_at", c.access_ends_at.text())}));
  return change_access_end(d, c.account, c.user, c.access_ends_at, false);
}

Decision decide_on(Deciding& d, const UnlinkIdentity& c) {
  const auto member = d.member(c.account, c.user);
  if (!member) return unexpected(not_there("user", c.user));
  if (member->status != MemberStatus::inactive) return unexpected(rejected(Code::not_inactive));
  if (member->unlinked) return unexpected(rejected(Code::identity_unlinked));
  return Facts{{Scope::of(c.account), IdentityUnlinked{c.user, member->person, c.ticket.value}}};
}

}  // namespace rollcall
