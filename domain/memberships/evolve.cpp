// What events do to memberships.
#include "domain/engine/evolve.hpp"

#include "domain/engine/rows.hpp"
#include "domain/records/reassignment.hpp"

namespace rollcall {
namespace {

void end_membership(State& state, const MembershipId& id, MemberStatus how) {
  const auto key = MembershipRow::key(id);
  auto member = state.get<MembershipRow>(key);
  if (member.admin && member.kind == MemberKind::standard && member.status == MemberStatus::active)
    change_account(state, member.account, [](AccountRow& account) { --account.admins; });
  const bool was_active = member.status == MemberStatus::active;
  const bool was_live =
      was_active || member.status == MemberStatus::deactivating || member.status == MemberStatus::expired;
  if (was_active && member.access_ends_at) state.erase(AccessDueRow::key(*member.access_ends_at, id));
  member.status = how;
  state.put(key, member);
  if (was_active)
    state.change<PersonRow>(PersonRow::key(member.person), [](PersonRow& person) { --person.active_memberships; });
  if (how == MemberStatus::deactivating || how == MemberStatus::expired || !was_live) return;
  auto place = state.place(member.account, member.person);
  place.live.reset();
  if (how == MemberStatus::inactive) place.inactive = id;
  state.put(PlaceRow::key(member.account, member.person), place);
}

void join(State& state, const AccountId& account, Position at, const MembershipActivated& e) {
  MembershipRow member;
  member.account = account;
  member.person = e.person;
  member.kind = e.kind;
  member.owner = e.owner;
  member.admin = e.admin;
  member.permissions = actions_named(e.permissions);
  member.access_ends_at = e.access_ends_at;
  member.began = at;
  if (e.admin) member.admin_since = at;
  state.add(MembershipRow::key(e.membership), member);
  if (e.access_ends_at) state.add(AccessDueRow::key(*e.access_ends_at, e.membership), AccessDueRow{});
  auto place = state.place(account, e.person);
  place.live = place.last = e.membership;
  state.put(PlaceRow::key(account, e.person), place);
  state.change<PersonRow>(PersonRow::key(e.person), [](PersonRow& person) { ++person.active_memberships; });
  if (e.admin && e.kind == MemberKind::standard) change_account(state, account, [](AccountRow& row) { ++row.admins; });
}

void change_group(State& state, const Envelope& at, const MembershipId& id, Group group, bool in) {
  bool counts = false;
  change_member(state, id, [&](MembershipRow& member) {
    (group == Group::admin ? member.admin : member.sales_rep) = in;
    if (group == Group::admin) member.admin_since = in ? at.position : 0;
    counts = group == Group::admin && member.kind == MemberKind::standard;
  });
  if (counts) change_account(state, account_of(at), [&](AccountRow& row) { row.admins += in ? 1u : ~0u; });
}

class MembershipsFold {
 public:
  explicit MembershipsFold(State& state) : state_(state) {}

  void on(const Envelope& at, const MembershipActivated& e) { join(state_, account_of(at), at.position, e); }
  void on(const Envelope& at, const GroupJoined& e) { change_group(state_, at, e.membership, e.group, true); }
  void on(const Envelope& at, const GroupLeft& e) { change_group(state_, at, e.membership, e.group, false); }
  void on(const Envelope&, const AccessExpired& e) { end_membership(state_, e.membership, MemberStatus::expired); }
  void on(const Envelope& at, const DeactivationStarted& e) {
    end_membership(state_, e.membership, MemberStatus::deactivating);
    start_work(state_, e.reassignment, work_of(e, at, account_of(at)));
  }
  void on(const Envelope&, const UserDeactivated& e) {
    end_membership(state_, e.membership, e.terminal ? MemberStatus::ended : MemberStatus::inactive);
  }
  void on(const Envelope& at, const LeavingStarted& e) {
    end_membership(state_, e.membership, MemberStatus::deactivating);
    start_work(state_, e.reassignment, work_of(e, at, account_of(at)));
  }
  void on(const Envelope&, const PartnerLeft& e) { end_membership(state_, e.membership, MemberStatus::ended); }

 private:
  State& state_;
};

}  // namespace

constinit const Evolution memberships_evolution = evolution_of<MembershipsFold>();

}  // namespace rollcall
