// What members may: defaults, their own permissions, clones, roles, and that nobody hands on what they lack.
#include "tests/support/catch.hpp"
#include "tests/support/given.hpp"

namespace rollcall::testing {
namespace {

std::vector<Permission> some(std::initializer_list<std::string_view> names) {
  std::vector<Permission> all;
  for (const auto name : names) all.push_back(Permission::parse(name).value());
  return all;
}

// An account with a user for each part.
struct Office {
  World given;
  Account acme = given.account("acme", 20);
  Member una = given.user(acme, "una@acme.example");
  Member ben = given.user(acme, "ben@acme.example");
  Member adam = given.admin(acme, "adam@acme.example");
  Member pat = given.partner(acme, "pat@agency.example");
  Member pam = given.partner(acme, "pam@agency.example", true);
  MembershipId nobody_here{{9, 9, 9}};

  ActionSet own(const Member& member) { return actions_of(given.member(member.id).grants); }
  bool may(const Member& member, Action action, Reach reach = Reach::all) {
    const auto asker = Asker(member);
    const auto who = standing_of(given.state(), asker.caller, asker.proofs, given.now, About::account, acme.id);
    return who && who->may(action, reach);
  }
  // Who gives permissions and has some of their own, but not all.
  Member lead() {
    const auto member = given.user(acme, "lea@acme.example");
    given.when(acme.owner, EditUserPermissions{acme.id,
                                               member.id,
                                               some({"user.edit_permissions", "contact.view", "role.manage",
                                                     "permission.set_defaults", "user.add", "partner.add",
                                                     "user.change_groups", "user.reactivate", "team.manage"}),
                                               {}});
    return member;
  }
};

// ---- defaults -----------------------------------------------------------------------------------------------------

TEST_CASE("a new user begins with the account's global permissions, and whoever is there keeps what they have") {
  Office office;
  auto& given = office.given;
  const auto& acme = office.acme;
  const auto changed = given.when(acme.owner, SetGlobalPermissions{acme.id, some({"contact.view", "task.add"})});
  CHECK(changed.the<GlobalPermissionsChanged>() ==
        GlobalPermissionsChanged{MemberKind::standard, some({"contact.view", "task.add"}), {}});
  const auto nora = given.user(acme, "nora@acme.example");
  CHECK(office.own(nora) == ActionSet::of(Action::contact_view, Action::task_add));
  CHECK(office.own(office.una).empty());
  CHECK(office.own(given.admin(acme, "abe@acme.example")).empty());  // an admin has no list that could limit them

  CHECK(given.when(acme.owner, SetGlobalPermissions{acme.id, some({"task.add"})}).the<GlobalPermissionsChanged>() ==
        GlobalPermissionsChanged{MemberKind::standard, {}, some({"contact.view"})});
  CHECK(office.own(nora) == ActionSet::of(Action::contact_view, Action::task_add));
  CHECK(given.when(acme.owner, SetGlobalPermissions{acme.id, some({"task.add"})}).events().empty());
}

TEST_CASE("a partner with Admin = No begins with the account's own set for partners, which its owner edits") {
  Office office;
  auto& given = office.given;
  const auto& acme = office.acme;
  given.when(acme.owner, SetPartnerPermissions{acme.id, some({"lead.view"})}).then<GlobalPermissionsChanged>();
  CHECK(office.own(given.partner(acme, "new@agency.example")) == ActionSet::of(Action::lead_view));
  given.when(office.adam, SetPartnerPermissions{acme.id, {}}).then(Code::not_authorized);
}

TEST_CASE("defaults name permissions there are, and none that the actor lacks") {
  Office office;
  auto& given = office.given;
  const auto& acme = office.acme;
  for (const auto* name : {"contact.fly", "account.open", "policy.set", "system.record"}) {
    given.when(acme.owner, SetGlobalPermissions{acme.id, some({name})})
        .then(rejected(Code::unknown_permission, {detail("permission", std::string{name})}));
    given.when(acme.owner, SetPartnerPermissions{acme.id, some({name})}).then(Code::unknown_permission);
  }
  const auto lead = office.lead();
  given.when(lead, SetGlobalPermissions{acme.id, some({"contact.view", "contact.delete"})})
      .then(rejected(Code::permission_exceeds_actor, {detail("permission", std::string{"contact.delete"})}));
  given.when(lead, SetGlobalPermissions{acme.id, some({"contact.view"})}).then<GlobalPermissionsChanged>();
}

// ---- a user's own -------------------------------------------------------------------------------------------------

TEST_CASE("a permission is in effect from the event that gave it until the one that takes it") {
  Office office;
  auto& given = office.given;
  const auto& acme = office.acme;
  const auto record = given.records(office.ben, RecordKind::contact, 1)[0];
  const AssignRecord asked{acme.id, RecordKind::contact, record, office.una.id};
  given.when(office.una, asked).then(Code::not_authorized);

  const auto edited = given.when(
      acme.owner, EditUserPermissions{acme.id, office.una.id, some({"contact.reassign", "contact.view"}), {}});
  CHECK(edited.the<PermissionsChanged>() ==
        PermissionsChanged{office.una.id, some({"contact.view", "contact.reassign"}), {}});
  given.when(office.una, asked).then<RecordAssigned>();

  given.when(acme.owner, EditUserPermissions{acme.id, office.una.id, {}, some({"contact.reassign", "note.add"})})
      .then<PermissionsChanged>();
  given.when(office.una, AssignRecord{acme.id, RecordKind::contact, record, office.ben.id}).then(Code::not_authorized);
  CHECK(office.own(office.una) == ActionSet::of(Action::contact_view));
  CHECK(
      given.when(acme.owner, EditUserPermissions{acme.id, office.una.id, some({"contact.view"}), {}}).events().empty());
}

TEST_CASE("whoever edits users sees them, though nobody said so") {
  Office office;
  office.given.when(office.acme.owner, EditUserPermissions{office.acme.id, office.una.id, some({"user.freeze"}), {}});
  CHECK(office.may(office.una, Action::user_view));
  CHECK_FALSE(office.may(office.una, Action::history_view));
}

TEST_CASE("permissions are edited of whom they count for, by whom they are not, and never up") {
  Office office;
  auto& given = office.given;
  const auto& acme = office.acme;
  const auto edit = [&](const MembershipId& user, std::string_view name) {
    return EditUserPermissions{acme.id, user, some({name}), {}};
  };
  given.when(acme.owner, edit(office.una.id, "contact.fly")).then(Code::unknown_permission);
  given.when(acme.owner, EditUserPermissions{acme.id, office.una.id, {}, some({"contact.fly"})})
      .then(Code::unknown_permission);
  given.when(acme.owner, EditUserPermissions{acme.id, office.una.id, some({"contact.view"}), some({"contact.view"})})
      .then(Code::invalid_value);
  given.when(acme.owner, edit(office.nobody_here, "contact.view")).then(Code::not_found);
  given.when(acme.owner, edit(office.adam.id, "contact.view")).then(Code::admin_permissions_locked);
  given.when(acme.owner, edit(office.pam.id, "contact.view")).then(Code::admin_permissions_locked);
  given.when(acme.owner, edit(acme.owner.id, "contact.view")).then(Code::cannot_edit_self);
  given.when(acme.owner, AssignRole{acme.id, office.ben.id, MemberRole::parse("staff")});
  given.when(acme.owner, edit(office.ben.id, "contact.view"))
      .then(rejected(Code::role_permissions_locked, {detail("role", std::string{"staff"})}));
  given.when(acme.owner, DeactivateUser{acme.id, office.ben.id, {}, {}, {}, {}});
  given.when(acme.owner, edit(office.ben.id, "contact.view")).then(Code::not_active);

  const auto lead = office.lead();
  given.when(lead, edit(lead.id, "contact.view")).then(Code::cannot_edit_self);
  given.when(lead, edit(office.una.id, "contact.delete")).then(Code::permission_exceeds_actor);
  given.when(lead, edit(office.una.id, "contact.view")).then<PermissionsChanged>();
}

// ---- clones -------------------------------------------------------------------------------------------------------

TEST_CASE("a clone takes the place of what each target had, and tells of each target") {
  Office office;
  auto& given = office.given;
  const auto& acme = office.acme;
  given.when(acme.owner, EditUserPermissions{acme.id, office.una.id, some({"contact.view", "lead.edit"}), {}});
  given.when(acme.owner, EditUserPermissions{acme.id, office.ben.id, some({"order.view"}), {}});
  const auto cloned =
      given.when(acme.owner, ClonePermissions{acme.id,
                                              office.una.id,
                                              {office.ben.id, office.adam.id, office.una.id, office.pat.id,
                                               office.nobody_here, office.ben.id, acme.owner.id}});
  cloned.then<PermissionsCloned, PermissionsCloned, BulkActionCompleted>();
  CHECK(cloned.all<PermissionsCloned>()[0] ==
        PermissionsCloned{office.una.id, office.ben.id, some({"order.view"}), some({"contact.view", "lead.edit"})});
  const auto told = cloned.the<BulkActionCompleted>();
  CHECK(told.action == "ClonePermissions");
  CHECK(told.done == std::vector{office.ben.id, office.pat.id});
  CHECK(told.failed == std::vector<BulkFailure>{{office.adam.id, "admin_permissions_locked"},
                                                {office.una.id, "target_is_source"},
                                                {office.nobody_here, "not_found"},
                                                {acme.owner.id, "cannot_edit_self"}});
  CHECK(office.own(office.ben) == ActionSet::of(Action::contact_view, Action::lead_edit));
  const auto grants = given.member(office.ben.id).grants;
  REQUIRE(grants.size() == 1);
  CHECK(grants[0].source == Source::clone);
  CHECK(grants[0].of == office.una.id.text());
}

TEST_CASE("nobody is cloned who is an admin, out, or more than the actor") {
  Office office;
  auto& given = office.given;
  const auto& acme = office.acme;
  given.when(acme.owner, ClonePermissions{acme.id, office.una.id, {}}).then(Code::empty_selection);
  given
      .when(acme.owner,
            ClonePermissions{acme.id, office.una.id, std::vector<MembershipId>(bulk_max + 1, office.ben.id)})
      .then(Code::too_many);
  given.when(acme.owner, ClonePermissions{acme.id, office.nobody_here, {office.ben.id}}).then(Code::not_found);
  given.when(acme.owner, ClonePermissions{acme.id, office.adam.id, {office.ben.id}})
      .then(Code::admin_permissions_locked);
  const auto lead = office.lead();
  given.when(acme.owner, EditUserPermissions{acme.id, office.una.id, some({"contact.delete"}), {}});
  given.when(lead, ClonePermissions{acme.id, office.una.id, {office.ben.id}}).then(Code::permission_exceeds_actor);
  given.when(acme.owner, DeactivateUser{acme.id, office.una.id, {}, {}, {}, {}});
  given.when(acme.owner, ClonePermissions{acme.id, office.una.id, {office.ben.id}}).then(Code::not_active);
}

// ---- roles --------------------------------------------------------------------------------------------------------

TEST_CASE("a role says what everybody who has it may, and a change of it counts at once") {
  Office office;
  auto& given = office.given;
  const auto& acme = office.acme;
  given.when(acme.owner, EditUserPermissions{acme.id, office.una.id, some({"order.view"}), {}});
  const auto role =
      given.when(acme.owner, CreateRole{acme.id, "Seller", some({"lead.view", "lead.edit"})}).the<RoleCreated>().role;
  given.when(acme.owner, AssignRole{acme.id, office.una.id, MemberRole::parse(role.text())}).then<RoleAssigned>();
  CHECK(office.may(office.una, Action::lead_edit));
  CHECK_FALSE(office.may(office.una, Action::order_view));  // their own rest

  const auto changed = given.when(acme.owner, ChangeRole{acme.id, role, "Buyer", some({"lead.view", "product.view"})});
  CHECK(changed.the<RoleChanged>() == RoleChanged{role, "Buyer", some({"product.view"}), some({"lead.edit"})});
  CHECK_FALSE(office.may(office.una, Action::lead_edit));
  CHECK(office.may(office.una, Action::product_view));

  given.when(acme.owner, RetireRole{acme.id, role}).then(rejected(Code::role_in_use, {detail("users", 1u)}));
  given.when(acme.owner, AssignRole{acme.id, office.una.id, {}}).then<RoleAssigned>();
  CHECK(office.may(office.una, Action::order_view));
  CHECK(given.when(acme.owner, AssignRole{acme.id, office.una.id, {}}).events().empty());
  given.when(acme.owner, RetireRole{acme.id, role}).then<RoleRetired>();
  given.when(acme.owner, RetireRole{acme.id, role}).then(Code::not_found);
  given.when(acme.owner, AssignRole{acme.id, office.una.id, MemberRole::parse(role.text())}).then(Code::not_found);
  given.when(acme.owner, CreateRole{acme.id, "buyer", {}}).then<RoleCreated>();  // the name is free again
}

TEST_CASE("the roles that every account has give what they say") {
  Office office;
  auto& given = office.given;
  const auto& acme = office.acme;
  const auto give_role = [&](std::string_view role) {
    given.when(acme.owner, AssignRole{acme.id, office.una.id, MemberRole::parse(role)}).then<RoleAssigned>();
  };
  give_role("limited_admin");
  CHECK(office.may(office.una, Action::user_add));
  CHECK_FALSE(office.may(office.una, Action::user_reassign));
  given.when(office.una, InviteUser{acme.id, "x@acme.example", "Xenia", true}).then(Code::permission_exceeds_inviter);
  given.when(office.una, InvitePartner{acme.id, "x@agency.example", true, {}, {}})
      .then(Code::permission_exceeds_inviter);
  given.when(office.una, AddToGroup{acme.id, office.ben.id, Group::admin}).then(Code::permission_exceeds_actor);
  given.when(office.una, InviteUser{acme.id, "x@acme.example", "Xenia", {}}).then<UserInvited, InvitationMailQueued>();
  give_role("manager");
  CHECK(office.may(office.una, Action::contact_delete));
  CHECK(office.may(office.una, Action::user_view));
  CHECK_FALSE(office.may(office.una, Action::user_add));
  give_role("staff");
  CHECK_FALSE(office.may(office.una, Action::contact_view));
  CHECK(office.may(office.una, Action::contact_view, Reach::own));
}

TEST_CASE("roles are named once, given by who has what they give, and to nobody who has everything") {
  Office office;
  auto& given = office.given;
  const auto& acme = office.acme;
  const auto role = given.when(acme.owner, CreateRole{acme.id, "Seller", some({"lead.view"})}).the<RoleCreated>().role;
  for (const auto* name : {"Seller", "SELLER", "Admin", "limited_admin", "Staff"})
    given.when(acme.owner, CreateRole{acme.id, name, {}}).then(Code::name_taken);
  const auto other = given.when(acme.owner, CreateRole{acme.id, "Buyer", {}}).the<RoleCreated>().role;
  given.when(acme.owner, ChangeRole{acme.id, other, "seller", {}}).then(Code::name_taken);
  given.when(acme.owner, ChangeRole{acme.id, other, {}, some({"lead.fly"})}).then(Code::unknown_permission);
  given.when(acme.owner, CreateRole{acme.id, "Flyer", some({"lead.fly"})}).then(Code::unknown_permission);
  given.when(acme.owner, ChangeRole{acme.id, RoleId{{1}}, "Another", {}}).then(Code::not_found);
  CHECK(given.when(acme.owner, ChangeRole{acme.id, role, "Seller", {}}).events().empty());

  const auto lead = office.lead();
  given.when(lead, CreateRole{acme.id, "Eraser", some({"contact.delete"})}).then(Code::permission_exceeds_actor);
  given.when(lead, ChangeRole{acme.id, role, {}, some({"contact.delete"})}).then(Code::permission_exceeds_actor);
  const auto as = [](const RoleId& id) { return MemberRole::parse(id.text()); };
  given.when(lead, AssignRole{acme.id, office.una.id, as(role)}).then(Code::permission_exceeds_actor);
  given.when(lead, AssignRole{acme.id, lead.id, as(other)}).then(Code::cannot_edit_self);
  given.when(acme.owner, AssignRole{acme.id, office.adam.id, as(role)}).then(Code::admin_permissions_locked);
  given.when(acme.owner, AssignRole{acme.id, office.nobody_here, as(role)}).then(Code::not_found);
  given.when(acme.owner, DeactivateUser{acme.id, office.ben.id, {}, {}, {}, {}});
  given.when(acme.owner, AssignRole{acme.id, office.ben.id, as(role)}).then(Code::not_active);

  // Who manages roles does not raise themselves by the one they have.
  given.when(acme.owner, ChangeRole{acme.id, role, {}, some({"role.manage", "contact.view", "lead.view"})});
  given.when(acme.owner, AssignRole{acme.id, office.una.id, as(role)});
  given.when(office.una, ChangeRole{acme.id, role, {}, some({"role.manage", "contact.view", "lead.view", "task.add"})})
      .then(Code::permission_exceeds_actor);
  given.when(acme.owner, ChangeRole{acme.id, role, {}, some({"role.manage", "contact.view"})});
  given.when(office.una, ChangeRole{acme.id, role, {}, some({"role.manage", "contact.view", "policy.view"})})
      .then(Code::cannot_edit_self);
  given.when(office.una, ChangeRole{acme.id, role, {}, some({"role.manage"})}).then(Code::cannot_edit_self);
  given.when(office.una, ChangeRole{acme.id, role, "Called otherwise", {}}).then<RoleChanged>();
}

TEST_CASE("an account has so many roles at most") {
  Office office;
  for (int i = 0; i < 200; ++i)
    office.given.when(office.acme.owner, CreateRole{office.acme.id, "Role " + std::to_string(i), {}})
        .then<RoleCreated>();
  office.given.when(office.acme.owner, CreateRole{office.acme.id, "One more", {}}).then(Code::too_many);
}

// ---- invitations and policies -------------------------------------------------------------------------------------

TEST_CASE("an invitation gives nothing that the inviter lacks, but for what the account gives everybody") {
  Office office;
  auto& given = office.given;
  const auto& acme = office.acme;
  const auto lead = office.lead();
  given.when(lead, InvitePartner{acme.id, "a@agency.example", false, {}, {}})
      .then<PartnerInvited, InvitationMailQueued>();
  given.when(lead, InvitePartner{acme.id, "b@agency.example", true, {}, {}}).then(Code::permission_exceeds_inviter);
  given.when(lead, InviteUser{acme.id, "c@acme.example", "Carl", true}).then(Code::permission_exceeds_inviter);
  // What a partner had before is not what the account gives everybody.
  given.when(acme.owner, EditUserPermissions{acme.id, office.pat.id, some({"order.delete"}), {}});
  given.when(acme.owner, DeactivateUser{acme.id, office.pat.id, {}, {}, {}, true});
  given.when(lead, InvitePartner{acme.id, office.pat.email, false, {}, office.pat.id})
      .then(Code::permission_exceeds_inviter);
  const auto again = given.when(acme.owner, InvitePartner{acme.id, office.pat.email, false, {}, office.pat.id});
  CHECK(actions_named(again.the<PartnerInvited>().permissions).has(Action::order_delete));
}

TEST_CASE("a policy keeps partners with Admin = Yes from managing users, and nothing else from them") {
  Office office;
  auto& given = office.given;
  const auto& acme = office.acme;
  const FreezeUser asked{acme.id, office.una.id, {}};
  CHECK(given.dry_run(office.pam, asked).has_value());
  given.when(acme.owner, SetPolicy{acme.id, Policy::partner_admins_manage_users, "false"}).then<PolicyChanged>();
  given.when(office.pam, asked).then(Code::not_authorized);
  CHECK(office.may(office.pam, Action::contact_delete));
  CHECK(office.may(office.pam, Action::user_view));
  given.when(office.pam, SetPolicy{acme.id, Policy::partner_admins_manage_users, "true"}).then(Code::not_authorized);
  given.when(office.adam, SetPolicy{acme.id, Policy::partner_admins_manage_users, "true"}).then(Code::not_authorized);
  for (const auto* value : {"yes", "1", "True", "contacts"})
    given.when(acme.owner, SetPolicy{acme.id, Policy::partner_admins_manage_users, value}).then(Code::invalid_value);
  CHECK(given.when(acme.owner, SetPolicy{acme.id, Policy::partner_admins_manage_users, "false"}).events().empty());
}

}  // namespace
}  // namespace rollcall::testing
