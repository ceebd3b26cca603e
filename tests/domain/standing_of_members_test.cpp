// A member's standing as it changes: frozen, reactivated, with another end of access, as owner, and what hangs on it.
#include "tests/support/catch.hpp"
#include "tests/support/given.hpp"

namespace rollcall::testing {
namespace {

std::vector<Permission> some(std::string_view name) { return {Permission::parse(name).value()}; }

// ---- reactivation -------------------------------------------------------------------------------------------------

TEST_CASE("a deactivated user comes back with what they were allowed, a seat, and no records") {
  World given;
  const auto acme = given.account("acme", 3);
  const auto una = given.sales_rep(acme, "una@acme.example");
  given.when(acme.owner, EditUserPermissions{acme.id, una.id, some("order.view"), {}});
  given.records(una, RecordKind::contact, 2);
  given.when(
      acme.owner,
      DeactivateUser{acme.id, una.id, given.member(una.id).open, {}, std::vector{unassign(RecordKind::contact)}, {}});
  CHECK(given.row(acme).seats_used == 1);

  const auto back = given.when(acme.owner, ReactivateUser{acme.id, una.id});
  back.then<UserReactivated, SeatTaken>();
  CHECK(back.the<UserReactivated>().permissions == some("order.view"));
  CHECK(back.the<SeatTaken>() == SeatTaken{una.id, 2, 3});
  const auto row = given.member(una.id);
  CHECK(row.status == MemberStatus::active);
  CHECK(row.sales_rep);
  CHECK(row.open == RecordCounts{});
  CHECK(row.grants[0].since == row.began);  // they hold it again since then
  CHECK(given.state().place(acme.id, una.person).live == una.id);
  const auto again = given.sign_in(una.person);
  given.when(Asker::signed_in(again), ConfigureAccount{acme.id, "back", {}, {}}).then<AccountConfigured>();
  given.when(acme.owner, ReactivateUser{acme.id, una.id}).then(Code::not_inactive);
  given.when(acme.owner, ReactivateUser{acme.id, MembershipId{{1}}}).then(Code::not_found);
}

TEST_CASE("an admin comes back as one, and counts as one") {
  World given;
  const auto acme = given.account("acme");
  const auto adam = given.admin(acme, "adam@acme.example");
  given.when(acme.owner, DeactivateUser{acme.id, adam.id, {}, {}, {}, {}});
  CHECK(given.row(acme).admins == 1);
  const auto lea = given.user(acme, "lea@acme.example");
  given.when(acme.owner, EditUserPermissions{acme.id, lea.id, some("user.reactivate"), {}});
  given.when(lea, ReactivateUser{acme.id, adam.id}).then(Code::permission_exceeds_actor);
  given.when(acme.owner, ReactivateUser{acme.id, adam.id}).then<UserReactivated, SeatTaken>();
  CHECK(given.row(acme).admins == 2);
}

TEST_CASE("a role that was retired meanwhile does not come back") {
  World given;
  const auto acme = given.account("acme");
  const auto una = given.user(acme, "una@acme.example");
  const auto role = given.when(acme.owner, CreateRole{acme.id, "Seller", some("lead.view")}).the<RoleCreated>().role;
  given.when(acme.owner, AssignRole{acme.id, una.id, MemberRole::parse(role.text())});
  given.when(acme.owner, DeactivateUser{acme.id, una.id, {}, {}, {}, {}});
  given.when(acme.owner, RetireRole{acme.id, role}).then<RoleRetired>();
  CHECK_FALSE(given.when(acme.owner, ReactivateUser{acme.id, una.id}).the<UserReactivated>().role.has_value());
  CHECK_FALSE(given.member(una.id).role.has_value());
}

TEST_CASE("reactivating needs a seat, and somebody who was a user here") {
  World given;
  const auto acme = given.account("acme", 2);
  const auto una = given.user(acme, "una@acme.example");
  const auto pat = given.partner(acme, "pat@agency.example");
  given.when(acme.owner, DeactivateUser{acme.id, una.id, {}, {}, {}, {}});
  const auto ben = given.user(acme, "ben@acme.example");
  given.when(acme.owner, ReactivateUser{acme.id, una.id})
      .then(rejected(Code::seat_limit_reached, {detail("limit", 2u)}));
  given.when(acme.owner, DeactivateUser{acme.id, pat.id, {}, {}, {}, true});
  given.when(acme.owner, ReactivateUser{acme.id, pat.id}).then(Code::partner_not_reactivatable);
  given.when(acme.owner, DeactivateUser{acme.id, ben.id, {}, {}, {}, {}});
  // Who came back as a partner meanwhile is not two.
  given.partner(acme, una.email);
  given.when(acme.owner, ReactivateUser{acme.id, una.id}).then(Code::already_member);
}

TEST_CASE("whoever is reactivated while they are invited as a partner is no second member") {
  World given;
  const auto acme = given.account("acme");
  const auto una = given.user(acme, "una@acme.example");
  given.when(acme.owner, DeactivateUser{acme.id, una.id, {}, {}, {}, {}});
  const auto invited = given.invited_partner(acme, una.email);
  given.when(acme.owner, ReactivateUser{acme.id, una.id}).then<UserReactivated, SeatTaken>();
  const auto signed_in = Asker::signed_in(given.sign_in(una.person)).holding(link_of(invited));
  given.when(signed_in, AcceptInvite{Secret{"token"}, true, {}, {}}).then(Code::already_member);
}

TEST_CASE("an unlinked address becomes another user, and the one before is never active again") {
  World given;
  const auto acme = given.account("acme");
  const auto una = given.user(acme, "una@acme.example");
  given.when(the_operator(), UnlinkIdentity{acme.id, una.id, "T-1"}).then(Code::not_inactive);
  given.when(acme.owner, DeactivateUser{acme.id, una.id, {}, {}, {}, {}});
  given.when(acme.owner, InviteUser{acme.id, una.email, "Una", {}}).then(Code::inactive_member_exists);
  CHECK(given.when(the_operator(), UnlinkIdentity{acme.id, una.id, "T-1"}).the<IdentityUnlinked>().ticket == "T-1");
  given.when(the_operator(), UnlinkIdentity{acme.id, una.id, "T-1"}).then(Code::identity_unlinked);
  given.when(acme.owner, ReactivateUser{acme.id, una.id}).then(Code::identity_unlinked);
  const auto another = given.user(acme, una.email);
  CHECK(another.id != una.id);
}

// ---- frozen -------------------------------------------------------------------------------------------------------

TEST_CASE("whoever is frozen has no access until they are unfrozen, and keeps seat, records and keys") {
  World given;
  const auto acme = given.account("acme");
  const auto una = given.user(acme, "una@acme.example");
  const auto key = given.key(una, {KeyScope::read, KeyScope::write});
  given.records(una, RecordKind::contact, 1);
  const auto used = given.row(acme).seats_used;
  given.when(acme.owner, FreezeUser{acme.id, una.id, {}}).then<UserFrozen, SessionsRevoked>();
  const auto signed_in = given.sign_in(una.person);
  given.when(Asker::signed_in(signed_in), ConfigureAccount{acme.id, "x", {}, {}}).then(Code::not_authorized);
  given.when(Asker::with_key(key), ConfigureAccount{acme.id, "x", {}, {}}).then(Code::not_authorized);
  CHECK(given.row(acme).seats_used == used);
  CHECK(given.member(una.id).open.contacts == 1);
  given.when(acme.owner, FreezeUser{acme.id, una.id, {}}).then(Code::not_active);
  given.when(acme.owner, AssignRecord{acme.id, RecordKind::contact, given.held(una.id, RecordKind::contact)[0], una.id})
      .then(Code::target_not_active);
  given.when(acme.owner, UnfreezeUser{acme.id, una.id}).then<UserUnfrozen>();
  given.when(acme.owner, UnfreezeUser{acme.id, una.id}).then(Code::not_frozen);
  given.when(Asker::signed_in(signed_in), ConfigureAccount{acme.id, "x", {}, {}}).then<AccountConfigured>();
}

TEST_CASE("freezing ends by itself at its time, whether or not the clock has written it down") {
  World given;
  const auto acme = given.account("acme");
  const auto una = given.user(acme, "una@acme.example");
  const auto until = given.now + hours(2);
  given.when(acme.owner, FreezeUser{acme.id, una.id, given.now}).then(Code::invalid_value);
  given.when(acme.owner, FreezeUser{acme.id, una.id, until}).then<UserFrozen, SessionsRevoked>();
  given.when(the_clock(), EndFreeze{acme.id, una.id}).then(Code::not_due);
  const auto signed_in = given.sign_in(una.person);
  given.now = until;
  given.when(Asker::signed_in(signed_in), ConfigureAccount{acme.id, "x", {}, {}}).then<AccountConfigured>();
  given.when(the_clock(), EndFreeze{acme.id, una.id}).then<UserUnfrozen>();
  given.when(the_clock(), EndFreeze{acme.id, una.id}).then(Code::not_frozen);
}

TEST_CASE("neither the owner nor oneself is frozen, and whoever is can be deactivated") {
  World given;
  const auto acme = given.account("acme");
  const auto adam = given.admin(acme, "adam@acme.example");
  const auto pat = given.partner(acme, "pat@agency.example");
  given.when(adam, FreezeUser{acme.id, acme.owner.id, {}}).then(Code::cannot_freeze_owner);
  given.when(adam, FreezeUser{acme.id, adam.id, {}}).then(Code::cannot_freeze_self);
  given.when(acme.owner, FreezeUser{acme.id, MembershipId{{1}}, {}}).then(Code::not_found);
  given.when(acme.owner, FreezeUser{acme.id, pat.id, given.now + days(1)});
  given.when(acme.owner, DeactivateUser{acme.id, pat.id, {}, {}, {}, true}).then<UserDeactivated>();
  given.when(acme.owner, UnfreezeUser{acme.id, pat.id}).then(Code::not_frozen);
  given.pass(days(2));
  CHECK_FALSE(given.state().find<FreezeDueRow>(FreezeDueRow::key(given.now - days(1), pat.id)).has_value());
}

TEST_CASE("a frozen partner's access ends at its time as any other's") {
  World given;
  const auto acme = given.account("acme");
  const auto pat = given.partner(acme, "pat@agency.example", false, given.now + days(1));
  given.when(acme.owner, FreezeUser{acme.id, pat.id, {}});
  given.pass(days(1));
  given.when(the_clock(), ExpireAccess{acme.id, pat.id}).then<AccessExpired, UserDeactivated>();
  CHECK(given.member(pat.id).status == MemberStatus::ended);
}

// ---- the end of access --------------------------------------------------------------------------------------------

TEST_CASE("a partner's access is extended, shortened, and ends when it says") {
  World given;
  const auto acme = given.account("acme");
  const auto first = given.now + days(10);
  const auto pat = given.partner(acme, "pat@agency.example", false, first);
  const auto una = given.user(acme, "una@acme.example");
  const auto later = given.now + days(20), sooner = given.now + days(5);
  given.when(acme.owner, ExtendAccess{acme.id, una.id, later}).then(Code::not_a_partner);
  given.when(acme.owner, ShortenAccess{acme.id, una.id, later}).then(Code::not_a_partner);
  given.when(acme.owner, ExtendAccess{acme.id, pat.id, sooner}).then(Code::access_end_not_later);
  given.when(acme.owner, ShortenAccess{acme.id, pat.id, later}).then(Code::access_end_not_earlier);
  given.when(acme.owner, ShortenAccess{acme.id, pat.id, given.now}).then(Code::access_end_in_past);
  given.when(acme.owner, ExtendAccess{acme.id, pat.id, given.now + access_longest + days(1)})
      .then(Code::access_too_long);
  CHECK(given.when(acme.owner, ExtendAccess{acme.id, pat.id, later}).the<AccessEndChanged>() ==
        AccessEndChanged{pat.id, first, later});
  given.when(acme.owner, ShortenAccess{acme.id, pat.id, sooner}).then<AccessEndChanged>();
  given.when(the_clock(), ExpireAccess{acme.id, pat.id}).then(Code::not_due);
  given.now = sooner;
  given.when(given.signed_in_again(acme.owner), ExtendAccess{acme.id, pat.id, later}).then(Code::not_active);
  given.when(given.signed_in_again(acme.owner), ShortenAccess{acme.id, pat.id, later}).then(Code::not_active);
  given.when(the_clock(), ExpireAccess{acme.id, pat.id}).then<AccessExpired, SessionsRevoked, UserDeactivated>();
}

TEST_CASE("access without an end gets one, and loses it again") {
  World given;
  const auto acme = given.account("acme");
  const auto pam = given.partner(acme, "pam@agency.example", true);
  given.when(acme.owner, ExtendAccess{acme.id, pam.id, {}}).then(Code::access_end_not_later);
  given.when(acme.owner, ShortenAccess{acme.id, pam.id, given.now + access_longest + days(1)})
      .then(Code::access_too_long);
  given.when(acme.owner, ShortenAccess{acme.id, pam.id, given.now + days(1)}).then<AccessEndChanged>();
  given.when(pam, ExtendAccess{acme.id, pam.id, {}}).then(Code::cannot_edit_self);
  given.when(acme.owner, ExtendAccess{acme.id, pam.id, {}}).then<AccessEndChanged>();
  given.pass(days(2));
  CHECK(gives_access(given.member(pam.id), given.now));
}

// ---- ownership ----------------------------------------------------------------------------------------------------

TEST_CASE("an account is handed over to a user, who is an admin then, and who had it stays one") {
  World given;
  const auto acme = given.account("acme");
  const auto una = given.user(acme, "una@acme.example");
  const auto pat = given.partner(acme, "pat@agency.example", true);
  given.when(acme.owner, TransferOwnership{acme.id, pat.id}).then(Code::target_is_partner);
  given.when(acme.owner, TransferOwnership{acme.id, acme.owner.id}).then(Code::already_owner);
  given.when(acme.owner, TransferOwnership{acme.id, MembershipId{{1}}}).then(Code::not_found);
  given.when(acme.owner, FreezeUser{acme.id, una.id, {}});
  given.when(acme.owner, TransferOwnership{acme.id, una.id}).then(Code::target_not_active);
  given.when(acme.owner, UnfreezeUser{acme.id, una.id});
  given.when(acme.owner, TransferOwnership{acme.id, una.id}).then<GroupJoined, OwnershipTransferred>();
  CHECK(given.row(acme).owner == una.id);
  CHECK(given.row(acme).admins == 2);
  const auto again = given.signed_in_again(una);
  given.when(acme.owner, TransferOwnership{acme.id, una.id}).then(Code::not_authorized);
  given.when(acme.owner, SetPolicy{acme.id, Policy::leave_blocks, "all"}).then(Code::not_authorized);
  given.when(again, DeactivateUser{acme.id, acme.owner.id, {}, {}, {}, {}})
      .then<UserDeactivated, SeatFreed, SessionsRevoked>();
  // The operator can, when the owner is gone.
  auto as_una = acme;
  as_una.owner = una;
  as_una.owner.session = given.sign_in(una.person);
  const auto ben = given.admin(as_una, "carl@acme.example");
  given.when(the_operator(), TransferOwnership{acme.id, ben.id}).then<OwnershipTransferred>();
}

TEST_CASE("an account is not handed over in a session that is old") {
  World given;
  const auto acme = given.account("acme");
  const auto una = given.user(acme, "una@acme.example");
  given.pass(hours(3));
  given.when(acme.owner, TransferOwnership{acme.id, una.id}).then(Code::fresh_sign_in_required);
}

// ---- leaving, and asking for it -----------------------------------------------------------------------------------

TEST_CASE("a partner who holds something asks the owner to take it over, once a day") {
  World given;
  const auto acme = given.account("acme");
  const auto pat = given.partner(acme, "pat@agency.example");
  given.when(acme.owner, RequestHandOver{acme.id}).then(Code::not_a_partner);
  given.when(pat, RequestHandOver{acme.id}).then(Code::nothing_to_hand_over);
  given.records(pat, RecordKind::contact, 2);
  CHECK(given.when(pat, RequestHandOver{acme.id}).the<HandOverRequested>() ==
        HandOverRequested{pat.id, pat.person, {2, 0, 0}});
  given.when(pat, RequestHandOver{acme.id}).then(Code::hand_over_requested);
  given.pass(days(1));
  given.when(given.signed_in_again(pat), RequestHandOver{acme.id}).then<HandOverRequested>();
}

TEST_CASE("a policy keeps partners from leaving who hold anything at all") {
  World given;
  const auto acme = given.account("acme");
  const auto pat = given.partner(acme, "pat@agency.example");
  given.records(pat, RecordKind::task, 1);
  CHECK(given.dry_run(pat, LeaveAccount{acme.id, true}).has_value());
  given.when(acme.owner, SetPolicy{acme.id, Policy::leave_blocks, "all"}).then<PolicyChanged>();
  given.when(pat, LeaveAccount{acme.id, true}).then(Code::has_open_records);
  given.when(acme.owner, SetPolicy{acme.id, Policy::leave_blocks, "tasks"}).then(Code::invalid_value);
}

TEST_CASE("what the Configure screen saves is saved together") {
  World given;
  const auto acme = given.account("acme");
  const auto pat = given.partner(acme, "pat@agency.example");
  const auto saved = given.when(pat, ConfigureAccount{acme.id, "My best", "Acme of Olga",
                                                      std::vector<Typed<1, 100>>{"ky667.example", "crm.example"}});
  const auto fact = saved.the<AccountConfigured>();
  CHECK(fact.account_name->shown() == "Acme of Olga");
  CHECK(fact.connected_apps == std::vector<std::string>{"ky667.example", "crm.example"});
  CHECK_FALSE(given.when(pat, ConfigureAccount{acme.id, "", "", {}}).the<AccountConfigured>().label.has_value());
  given.when(pat, ConfigureAccount{acme.id, {}, {}, std::vector<Typed<1, 100>>(21, "a")}).then(Code::too_many);
  given.when(pat, ConfigureAccount{acme.id, {}, {}, std::vector<Typed<1, 100>>{"a\tb"}}).then(Code::invalid_value);
}

// ---- policies of invitations --------------------------------------------------------------------------------------

TEST_CASE("where only certified partners are invited, nobody else is") {
  World given;
  const auto acme = given.account("acme");
  const auto other = given.account("other");
  given.when(acme.owner, SetPolicy{acme.id, Policy::require_certified_partner, "true"});
  given.when(acme.owner, InvitePartner{acme.id, "new@agency.example", {}, {}, {}}).then(Code::unknown_partner_id);
  given.when(acme.owner, InvitePartner{acme.id, other.owner.email, {}, {}, {}}).then(Code::not_a_certified_partner);
  given.when(the_operator(), CertifyPartner{other.owner.email}).then<PartnerCertified>();
  CHECK(given.when(the_operator(), CertifyPartner{other.owner.email}).events().empty());
  given.when(the_operator(), CertifyPartner{"no address"}).then(Code::invalid_email);
  given.when(acme.owner, InvitePartner{acme.id, other.owner.email, {}, {}, {}})
      .then<PartnerInvited, InvitationMailQueued>();
  given.when(the_operator(), EndCertification{other.owner.email}).then<CertificationEnded>();
  given.when(the_operator(), EndCertification{other.owner.email}).then(Code::not_a_certified_partner);
  given.when(the_operator(), EndCertification{"nobody@agency.example"}).then(Code::not_a_certified_partner);
}

TEST_CASE("where invitations hold seats, the last seat is invited once") {
  World given;
  const auto acme = given.account("acme", 2);
  given.when(acme.owner, SetPolicy{acme.id, Policy::reserve_seat_on_invite, "true"});
  const auto first = given.invited_user(acme, "una@acme.example");
  given.when(acme.owner, InviteUser{acme.id, "ben@acme.example", "Ben", {}})
      .then(rejected(Code::seat_limit_reached, {detail("limit", 2u)}));
  given.when(acme.owner, InvitePartner{acme.id, "pat@agency.example", {}, {}, {}})
      .then<PartnerInvited, InvitationMailQueued>();
  given.pass(days(7));
  const auto owner = given.signed_in_again(acme.owner);
  given.when(the_clock(), ExpireInvitation{acme.id, first}).then<InvitationExpired>();
  given.when(owner, InviteUser{acme.id, "ben@acme.example", "Ben", {}}).then<UserInvited, InvitationMailQueued>();
  given.when(owner, ResendInvitation{acme.id, first}).then(Code::seat_limit_reached);
  CHECK(given.row(acme).invited_users == 1);
}

TEST_CASE("where invitations end with who sent them, they do so in the same append") {
  World given;
  const auto acme = given.account("acme");
  const auto adam = given.admin(acme, "adam@acme.example");
  const auto sent = given.when(adam, InviteUser{acme.id, "una@acme.example", "Una", {}}).the<UserInvited>().invitation;
  CHECK(given.dry_run(acme.owner, DeactivateUser{acme.id, adam.id, {}, {}, {}, {}}).value().size() == 3);
  given.when(acme.owner, SetPolicy{acme.id, Policy::revoke_on_inviter_exit, "true"});
  given.when(acme.owner, DeactivateUser{acme.id, adam.id, {}, {}, {}, {}})
      .then<InvitationRevoked, UserDeactivated, SeatFreed, SessionsRevoked>();
  CHECK(given.row(sent).status == InvitationStatus::revoked);
}

TEST_CASE("an invitation lapses with the access it offers, and cannot be sent again then") {
  World given;
  const auto acme = given.account("acme");
  const auto ends = given.now + days(1);
  const auto invited = given.when(acme.owner, InvitePartner{acme.id, "pat@agency.example", {}, ends, {}});
  CHECK(invited.the<PartnerInvited>().expires_at == ends);
  const auto id = invited.the<PartnerInvited>().invitation;
  given.now = ends;
  const auto owner = given.signed_in_again(acme.owner);
  given.when(owner, ResendInvitation{acme.id, id}).then(Code::access_end_in_past);
  given.when(owner, InvitePartner{acme.id, "pat@agency.example", {}, ends + days(1), {}})
      .then<InvitationExpired, PartnerInvited, InvitationMailQueued>();
}

TEST_CASE("an account is told of no other address than the one it invited") {
  World given;
  const auto acme = given.account("acme");
  const auto other = given.account("other");
  const auto una = given.user(other, "una@other.example");
  const auto id = given.invited_partner(acme, una.email);
  given.when(Asker(una).knowing(given.credential_of(una.person)),
             ChangeEmail{"private@secret.example", Secret{"a good password"}});
  const LinkProof link{LinkKind::email, una.person.bytes, 1};
  given.when(Asker().holding(link), ConfirmEmail{Secret{"token"}});
  given.pass(minutes(5));
  const auto again = given.when(acme.owner, ResendInvitation{acme.id, id});
  CHECK(again.the<InvitationMailQueued>().email.shown() == una.email);
  const auto asked = given.dry_run(acme.owner, InvitePartner{acme.id, "private@secret.example", {}, {}, {}});
  CHECK(asked.error() == rejected(Code::invitation_pending));
}

// ---- the map that was shown ---------------------------------------------------------------------------------------

TEST_CASE("nothing is moved when the map would be another than the one that was shown") {
  World given;
  const auto acme = given.account("acme");
  const auto una = given.user(acme, "una@acme.example");
  const auto ben = given.user(acme, "ben@acme.example");
  given.records(una, RecordKind::contact, 3);
  const auto open = given.member(una.id).open;
  const std::vector plan{ratio(RecordKind::contact, {{ben.id, 1}, {acme.owner.id, 1}})};
  const auto shown = given.dry_run(acme.owner, ReassignRecords{acme.id, una.id, open, {}, plan, {}}).value();
  const auto digest = get<ReassignmentCompleted>(shown.back().event).map_digest;
  const std::vector other{ratio(RecordKind::contact, {{ben.id, 1}, {acme.owner.id, 5}})};
  given.when(acme.owner, ReassignRecords{acme.id, una.id, open, {}, other, digest}).then(Code::map_digest_mismatch);
  given.when(acme.owner, DeactivateUser{acme.id, una.id, open, {}, other, {}, digest}).then(Code::map_digest_mismatch);
  given.when(acme.owner, DeactivateUser{acme.id, una.id, open, {}, plan, {}, digest})
      .then<RecordsReassigned, RecordsReassigned, ReassignmentCompleted, UserDeactivated, SeatFreed, SessionsRevoked>();
}

}  // namespace
}  // namespace rollcall::testing
