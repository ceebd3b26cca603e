// What members may: the account's defaults, their own permissions, clones, and roles. What there is to hold is in
// events/rights.hpp. Nobody hands on what they lack, and nobody changes what they may themselves.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "domain/engine/decision.hpp"
#include "events/bounded.hpp"
#include "events/rights.hpp"

namespace rollcall {

class Deciding;

struct SetGlobalPermissions {
  static constexpr std::string_view name = "SetGlobalPermissions";
  static constexpr std::string_view summary = "Set what new users begin with; whoever is there keeps what they have";
  static constexpr Rule rule{Action::permission_set_defaults};
  static constexpr std::array<Code, 2> refusals{Code::unknown_permission, Code::permission_exceeds_actor};
  static constexpr std::array fields{"account", "permissions"};
  static constexpr std::array help{"app id", "all of them, e.g. [\"contact.view\",\"task.add\"]"};
  AccountId account;
  std::vector<Permission> permissions;
};
Decision decide_on(Deciding&, const SetGlobalPermissions&);

struct SetPartnerPermissions {
  static constexpr std::string_view name = "SetPartnerPermissions";
  static constexpr std::string_view summary = "Set what partners who come with Admin = No begin with";
  static constexpr Rule rule{Action::policy_set};
  static constexpr std::array<Code, 2> refusals{Code::unknown_permission, Code::permission_exceeds_actor};
  static constexpr std::array fields{"account", "permissions"};
  static constexpr std::array help{"app id", "all of them, e.g. [\"contact.view\",\"task.add\"]"};
  AccountId account;
  std::vector<Permission> permissions;
};
Decision decide_on(Deciding&, const SetPartnerPermissions&);

struct EditUserPermissions {
  static constexpr std::string_view name = "EditUserPermissions";
  static constexpr std::string_view summary = "Give a user permissions and take others away";
  static constexpr Rule rule{Action::user_edit_permissions};
  static constexpr std::array<Code, 6> refusals{Code::unknown_permission,      Code::not_active,
                                                Code::cannot_edit_self,        Code::admin_permissions_locked,
                                                Code::role_permissions_locked, Code::permission_exceeds_actor};
  static constexpr std::array fields{"account", "user", "give", "take"};
  static constexpr std::array help{"app id", "the user (usr_…)", "permissions to give, e.g. [\"contact.view\"]",
                                   "permissions to take away"};
  AccountId account;
  MembershipId user;
  std::optional<std::vector<Permission>> give;
  std::optional<std::vector<Permission>> take;
};
Decision decide_on(Deciding&, const EditUserPermissions&);

// What the source may takes the place of what each target had.
struct ClonePermissions {
  static constexpr std::string_view name = "ClonePermissions";
  static constexpr std::string_view summary = "Give many users the permissions that one has, in place of their own";
  static constexpr Rule rule{Action::user_edit_permissions};
  static constexpr std::array<Code, 5> refusals{Code::empty_selection, Code::too_many, Code::not_active,
                                                Code::admin_permissions_locked, Code::permission_exceeds_actor};
  static constexpr std::array fields{"account", "from", "to"};
  static constexpr std::array help{"app id", "the user they are taken from (usr_…)",
                                   "the users who get them (usr_…), at most 500"};
  AccountId account;
  MembershipId from;
  std::vector<MembershipId> to;
};
Decision decide_on(Deciding&, const ClonePermissions&);

struct CreateRole {
  static constexpr std::string_view name = "CreateRole";
  static constexpr std::string_view summary = "Create a role of the account's own";
  static constexpr Rule rule{Action::role_manage};
  static constexpr std::array<Code, 4> refusals{Code::name_taken, Code::too_many, Code::unknown_permission,
                                                Code::permission_exceeds_actor};
  static constexpr std::array fields{"account", "role_name", "permissions"};
  static constexpr std::array help{"app id", "what it is called", "what it gives, e.g. [\"contact.view\"]"};
  AccountId account;
  Typed<1, 100> role_name;
  std::vector<Permission> permissions;
};
Decision decide_on(Deciding&, const CreateRole&);

struct ChangeRole {
  static constexpr std::string_view name = "ChangeRole";
  static constexpr std::string_view summary = "Rename a role, or change what everybody who has it may";
  static constexpr Rule rule{Action::role_manage};
  static constexpr std::array<Code, 4> refusals{Code::name_taken, Code::cannot_edit_self, Code::unknown_permission,
                                                Code::permission_exceeds_actor};
  static constexpr std::array fields{"account", "role", "role_name", "permissions"};
  static constexpr std::array help{"app id", "the role (rol_…)", "another name", "all that it gives from now on"};
  AccountId account;
  RoleId role;
  std::optional<Typed<1, 100>> role_name;
  std::optional<std::vector<Permission>> permissions;
};
Decision decide_on(Deciding&, const ChangeRole&);

struct AssignRole {
  static constexpr std::string_view name = "AssignRole";
  static constexpr std::string_view summary = "Give a user a role, or take it away: then their own permissions count";
  static constexpr Rule rule{Action::user_edit_permissions};
  static constexpr std::array<Code, 4> refusals{Code::not_active, Code::cannot_edit_self,
                                                Code::admin_permissions_locked, Code::permission_exceeds_actor};
  static constexpr std::array fields{"account", "user", "role"};
  static constexpr std::array help{
      "app id", "the user (usr_…)",
      "limited_admin, manager, staff or a role of the account (rol_…); none takes it away"};
  AccountId account;
  MembershipId user;
  std::optional<MemberRole> role;
};
Decision decide_on(Deciding&, const AssignRole&);

struct RetireRole {
  static constexpr std::string_view name = "RetireRole";
  static constexpr std::string_view summary = "Retire a role that nobody has";
  static constexpr Rule rule{Action::role_manage};
  static constexpr std::array<Code, 1> refusals{Code::role_in_use};
  static constexpr std::array fields{"account", "role"};
  static constexpr std::array help{"app id", "the role (rol_…)"};
  AccountId account;
  RoleId role;
};
Decision decide_on(Deciding&, const RetireRole&);

}  // namespace rollcall
