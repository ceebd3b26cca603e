// What events do to memberships.
#include "domain/engine/evolve.hpp"

#include "domain/engine/rows.hpp"
#include "domain/records/reassignment.hpp"

namespace rollcall {
namespace {

bool is_there(const MembershipRow& member) {
  return member.status == MemberStatus::active || member.status == MemberStatus::frozen;
}

void count_admin(State& state, const MembershipRow& member, int more) {
  if (member.admin && member.kind == MemberKind::standard)
    change_account(state, member.account,
                   [&](AccountRow& account) { account.admins += static_cast<std::uint32_t>(more); });
}

void thaw(State& state, MembershipRow& member, const MembershipId& id) {
  if (member.frozen_until) state.erase(FreezeDueRow::key(*member.frozen_until, id));
  member.frozen_until.reset();
}

void end_membership(State& state, const MembershipId& id, MemberStatus how) {
  const auto key = MembershipRow::key(id);
  auto member = state.get<MembershipRow>(key);
  const bool was_there = is_there(member);
  const bool was_live =
      was_there || member.status == MemberStatus::deactivating || member.status == MemberStatus::expired;
  if (was_there) {
    count_admin(state, member, -1);
    if (member.access_ends_at) state.erase(AccessDueRow::key(*member.access_ends_at, id));
    thaw(state, member, id);
    state.change<PersonRow>(PersonRow::key(member.person), [](PersonRow& person) { --person.active_memberships; });
  }
  member.status = how;
  state.put(key, member);
  if (how == MemberStatus::deactivating || how == MemberStatus::expired || !was_live) return;
  count_holder(state, member.role, -1);
  state.erase(HandOverRow::key(id));
  end_shares(state, member.account, id);
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
  give(member.grants, {Source::account_default, actions_named(e.permissions), at, {}});
  member.access_ends_at = e.access_ends_at;
  member.began = at;
  if (e.admin) member.admin_since = at;
  if (e.owner) member.owner_since = at;
  state.add(MembershipRow::key(e.membership), member);
  if (e.access_ends_at) state.add(AccessDueRow::key(*e.access_ends_at, e.membership), AccessDueRow{});
  auto place = state.place(account, e.person);
  place.live = place.last = e.membership;
  state.put(PlaceRow::key(account, e.person), place);
  state.change<PersonRow>(PersonRow::key(e.person), [](PersonRow& person) { ++person.active_memberships; });
  count_admin(state, member, +1);
}

// What they hold again they hold since now.
void come_back(State& state, Position at, const UserReactivated& e) {
  auto member = state.get<MembershipRow>(MembershipRow::key(e.membership));
  member.status = MemberStatus::active;
  member.began = at;
  if (member.admin) member.admin_since = at;
  member.role = e.role;
  member.role_since = e.role ? at : 0;
  for (auto& grant : member.grants) grant.since = at;
  state.put(MembershipRow::key(e.membership), member);
  count_holder(state, member.role, +1);
  count_admin(state, member, +1);
  auto place = state.place(member.account, member.person);
  place.live = place.last = e.membership;
  place.inactive.reset();
  state.put(PlaceRow::key(member.account, member.person), place);
  state.change<PersonRow>(PersonRow::key(member.person), [](PersonRow& person) { ++person.active_memberships; });
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
  void on(const Envelope& at, const UserReactivated& e) { come_back(state_, at.position, e); }
  void on(const Envelope&, const UserFrozen& e) {
    change_member(state_, e.membership, [&](MembershipRow& member) {
      member.status = MemberStatus::frozen;
      member.frozen_until = e.until;
    });
    if (e.until) state_.put(FreezeDueRow::key(*e.until, e.membership), FreezeDueRow{});
  }
  void on(const Envelope&, const UserUnfrozen& e) {
    change_member(state_, e.membership, [&](MembershipRow& member) {
      thaw(state_, member, e.membership);
      member.status = MemberStatus::active;
    });
  }
  void on(const Envelope&, const AccessEndChanged& e) {
    change_member(state_, e.membership, [&](MembershipRow& member) { member.access_ends_at = e.to; });
    if (e.from) state_.erase(AccessDueRow::key(*e.from, e.membership));
    if (e.to) state_.put(AccessDueRow::key(*e.to, e.membership), AccessDueRow{});
  }
  void on(const Envelope& at, const IdentityUnlinked& e) {
    change_member(state_, e.membership, [](MembershipRow& member) { member.unlinked = true; });
    auto place = state_.place(account_of(at), e.person);
    if (place.inactive == e.membership) place.inactive.reset();
    state_.put(PlaceRow::key(account_of(at), e.person), place);
  }
  void on(const Envelope& at, const HandOverRequested& e) {
    state_.put(HandOverRow::key(e.membership), HandOverRow{at.recorded_at});
  }
  void on(const Envelope& at, const OwnershipTransferred& e) {
    change_member(state_, e.from, [](MembershipRow& member) {
      member.owner = false;
      member.owner_since = 0;
    });
    change_member(state_, e.to, [&](MembershipRow& member) {
      member.owner = true;
      member.owner_since = at.position;
    });
    change_account(state_, account_of(at), [&](AccountRow& row) { row.owner = e.to; });
  }

 private:
  State& state_;
};

}  // namespace

constinit const Evolution memberships_evolution = evolution_of<MembershipsFold>();

}  // namespace rollcall
