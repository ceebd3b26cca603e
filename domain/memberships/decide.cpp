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

// The facts with which a membership ends, when nothing open is left.
void end_membership(const State& state, Facts& facts, const AccountId& account, const MembershipId& id,
                    const MembershipRow& member, EndCause cause, const std::optional<Digest>& plan_digest) {
  const auto scope = Scope::of(account);
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
    if (!c.basis) return unexpected(rejected(Code::invalid_value, {detail("field", std::string{"basis"})}));
  }
  if (c.basis)
    if (auto no = refuse_basis(*member, *c.basis, c.ledger_version)) return unexpected(*no);
  if (auto no = refuse_plan(d.state, c.account, c.user, member->open, plan, d.now())) return unexpected(*no);
  if (auto no = refuse_gaps(member->open, plan)) return unexpected(*no);

  const auto id = d.fresh<ReassignmentId>();
  const auto scope = Scope::of(c.account);
  const auto cause = over ? EndCause::expired : EndCause::deactivated;
  const DeactivationStarted started{id, c.user, member->person, cause, member->open, plan};
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
  if (member.status == MemberStatus::active) {
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
  if (member->status != MemberStatus::active) return unexpected(rejected(Code::not_active));
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

Decision decide_on(Deciding& d, const SetAccountLabel& c) {
  const auto person = d.person(*d.who.person);
  return Facts{{Scope::of(c.account),
                AccountLabelSet{*d.who.membership, *d.who.person, Personal(person.key_number, c.label.value)}}};
}

}  // namespace rollcall
