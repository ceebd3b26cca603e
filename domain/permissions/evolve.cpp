// What events do to roles, and to what members may.
#include "domain/engine/evolve.hpp"

#include "domain/engine/rows.hpp"
#include "events/fold_case.hpp"

namespace rollcall {
namespace {

class PermissionsFold {
 public:
  explicit PermissionsFold(State& state) : state_(state) {}

  void on(const Envelope& at, const GlobalPermissionsChanged& e) {
    change_account(state_, account_of(at), [&](AccountRow& row) {
      auto& defaults = e.kind == MemberKind::partner ? row.partner_permissions : row.user_permissions;
      defaults = permissions_for((actions_named(defaults) | actions_named(e.given)) - actions_named(e.taken));
    });
  }
  void on(const Envelope& at, const PermissionsChanged& e) {
    change_member(state_, e.membership, [&](MembershipRow& member) {
      take(member.grants, actions_named(e.taken));
      give(member.grants, {Source::permission, actions_named(e.given), at.position, {}});
    });
  }
  void on(const Envelope& at, const PermissionsCloned& e) {
    change_member(state_, e.membership, [&](MembershipRow& member) {
      member.grants.clear();
      give(member.grants, {Source::clone, actions_named(e.after), at.position, e.from.text()});
    });
  }
  void on(const Envelope& at, const RoleCreated& e) {
    RoleRow row;
    row.account = account_of(at);
    row.name = e.name;
    give(row.grants, {Source::role, actions_named(e.permissions), at.position, {}});
    state_.add(RoleRow::key(e.role), row);
    state_.put(RoleNameRow::key(row.account, fold_case(row.name)), RoleNameRow{e.role});
  }
  void on(const Envelope& at, const RoleChanged& e) {
    auto row = state_.get<RoleRow>(RoleRow::key(e.role));
    state_.erase(RoleNameRow::key(row.account, fold_case(row.name)));
    row.name = e.name;
    take(row.grants, actions_named(e.taken));
    give(row.grants, {Source::role, actions_named(e.given), at.position, {}});
    state_.put(RoleRow::key(e.role), row);
    state_.put(RoleNameRow::key(row.account, fold_case(row.name)), RoleNameRow{e.role});
  }
  void on(const Envelope&, const RoleRetired& e) {
    auto row = state_.get<RoleRow>(RoleRow::key(e.role));
    state_.erase(RoleNameRow::key(row.account, fold_case(row.name)));
    row.retired = true;
    state_.put(RoleRow::key(e.role), row);
  }
  void on(const Envelope& at, const RoleAssigned& e) {
    change_member(state_, e.membership, [&](MembershipRow& member) {
      count_holder(state_, member.role, -1);
      count_holder(state_, e.role, +1);
      member.role = e.role;
      member.role_since = e.role ? at.position : 0;
    });
  }

 private:
  State& state_;
};

}  // namespace

constinit const Evolution permissions_evolution = evolution_of<PermissionsFold>();

}  // namespace rollcall
