// Invitations: from the mail that leaves to the answer that comes, or does not.
#include "tests/support/catch.hpp"
#include "tests/support/given.hpp"

namespace rollcall::testing {
namespace {

Rejection invalid(std::string field) { return rejected(Code::invalid_value, {detail("field", std::move(field))}); }

InvitePartner inviting(const Account& account, std::string email) { return {account.id, std::move(email), {}, {}, {}}; }

// ---- InviteUser ---------------------------------------------------------------------------------------------------

TEST_CASE("inviting a user writes down who is asked and queues the mail") {
  World given;
  const auto acme = given.account("acme");
  const auto done = given.when(acme.owner, InviteUser{acme.id, " Una@ACME.example", "Una", {}});
  done.then<UserInvited, InvitationMailQueued>();
  const auto& invited = done.the<UserInvited>();
  CHECK(invited.email.shown() == "una@acme.example");
  CHECK(invited.first_name.shown() == "Una");
  CHECK_FALSE(invited.admin);
  CHECK(invited.expires_at == given.now + days(7));
  CHECK(invited.invited_by == acme.owner.id);
  CHECK_FALSE(invited.predecessor);
  const InvitationMailQueued mail{invited.invitation, invited.person, invited.email, 1, invited.expires_at};
  CHECK(done.the<InvitationMailQueued>() == mail);
}

TEST_CASE("inviting takes no seat; a full account may still invite") {
  World given;
  const auto acme = given.account("acme", 1);
  CHECK(given.when(acme.owner, InviteUser{acme.id, "una@acme.example", "Una", true}).the<UserInvited>().admin);
  CHECK(given.row(acme).seats_used == 1);
}

TEST_CASE("inviting a user is refused for one reason after the other") {
  World given;
  const auto acme = given.account("acme");
  const auto una = given.user(acme, "una@acme.example");
  InviteUser asked{acme.id, "nobody", "", {}};
  given.when(acme.owner, asked).then(invalid("first_name"));
  asked.first_name = std::string(101, 'a');
  given.when(acme.owner, asked).then(invalid("first_name"));
  asked.first_name = "Una";
  given.when(acme.owner, asked).then(Code::invalid_email);
  asked.email = "una@acme.example";
  given.when(acme.owner, asked).then(rejected(Code::already_member, {detail("user", una.id.text())}));
  given.when(acme.owner, DeactivateUser{acme.id, una.id, {}, {}, {}, {}})
      .then<UserDeactivated, SeatFreed, SessionsRevoked>();
  given.when(acme.owner, asked).then(rejected(Code::inactive_member_exists, {detail("user", una.id.text())}));

  const auto pending = given.invited_partner(acme, "una@acme.example");  // a partner he may still become
  given.when(acme.owner, asked).then(rejected(Code::invitation_pending, {detail("invitation", pending.text())}));
}

// ---- InvitePartner ------------------------------------------------------------------------------------------------

TEST_CASE("a partner is invited as an admin unless told otherwise") {
  World given;
  const auto acme = given.account("acme");
  const auto done = given.when(acme.owner, inviting(acme, "pat@agency.example"));
  done.then<PartnerInvited, InvitationMailQueued>();
  const auto& invited = done.the<PartnerInvited>();
  CHECK(invited.admin);
  CHECK(invited.permissions.empty());
  CHECK(invited.expires_at == given.now + days(7));
  CHECK(invited.invited_by == acme.owner.id);
  CHECK_FALSE(invited.access_ends_at);
}

TEST_CASE("a partner without Admin gets the account's default partner permissions as they are now") {
  World given;
  const auto acme = given.account("acme");
  auto asked = inviting(acme, "pat@agency.example");
  asked.admin = false;
  asked.access_ends_at = given.now + days(90);
  const auto& invited = given.when(acme.owner, asked).the<PartnerInvited>();
  CHECK_FALSE(invited.admin);
  CHECK(invited.permissions == given.row(acme).partner_permissions);
  CHECK(invited.access_ends_at == given.now + days(90));
}

TEST_CASE("inviting a partner is refused for one reason after the other") {
  World given;
  const auto acme = given.account("acme");
  const auto pat = given.partner(acme, "pat@agency.example");
  auto asked = inviting(acme, "nobody");
  asked.access_ends_at = given.now;
  asked.restore_permissions_from = acme.owner.id;
  given.when(acme.owner, asked).then(Code::access_end_in_past);
  asked.access_ends_at = given.now + access_longest + microseconds(1);
  given.when(acme.owner, asked).then(Code::access_too_long);
  asked.access_ends_at = given.now + access_longest;
  given.when(acme.owner, asked).then(Code::invalid_email);
  asked.email = "pat@agency.example";
  given.when(acme.owner, asked).then(rejected(Code::already_member, {detail("user", pat.id.text())}));
  asked.email = "new@agency.example";
  const auto pending = given.invited_partner(acme, "new@agency.example");
  given.when(acme.owner, asked).then(rejected(Code::invitation_pending, {detail("invitation", pending.text())}));
  given.when(acme.owner, RevokeInvitation{acme.id, pending});
  given.when(acme.owner, asked).then(Code::not_found);  // another person's membership to restore from
  asked.restore_permissions_from = MembershipId{};
  given.when(acme.owner, asked).then(Code::not_found);
  asked.restore_permissions_from.reset();
  CHECK(given.when(acme.owner, asked).accepted());
}

TEST_CASE("somebody whose records are still being handed on cannot be invited yet") {
  World given;
  const auto acme = given.account("acme");
  const auto pat = given.partner(acme, "pat@agency.example");
  given.records(pat, RecordKind::contact, 2'500);
  given
      .when(acme.owner,
            DeactivateUser{
                acme.id, pat.id, RecordCounts{2'500, 0, 0}, {}, std::vector{unassign(RecordKind::contact)}, true})
      .then<DeactivationStarted, SessionsRevoked>();
  given.when(acme.owner, inviting(acme, "pat@agency.example"))
      .then(rejected(Code::deactivation_in_progress, {detail("user", pat.id.text())}));
  given.when(acme.owner, InviteUser{acme.id, "pat@agency.example", "Pat", {}})
      .then(rejected(Code::deactivation_in_progress, {detail("user", pat.id.text())}));
  given.work_to_the_end();
  CHECK(given.when(acme.owner, inviting(acme, "pat@agency.example")).accepted());
}

TEST_CASE("a partner comes back with the permissions he had, linked to the membership before") {
  World given;
  const auto acme = given.account("acme");
  const auto pat = given.partner(acme, "pat@agency.example", false);
  given.when(pat, LeaveAccount{acme.id, true});
  auto asked = inviting(acme, "pat@agency.example");
  asked.restore_permissions_from = pat.id;
  const auto& invited = given.when(acme.owner, asked).the<PartnerInvited>();
  CHECK_FALSE(invited.admin);
  CHECK(invited.permissions == permissions_for(actions_of(given.member(pat.id).grants)));
  CHECK(invited.predecessor == pat.id);
}

TEST_CASE("a former admin who comes back without Admin gets the default permissions") {
  World given;
  const auto acme = given.account("acme");
  const auto pam = given.partner(acme, "pam@agency.example", true);
  given.when(pam, LeaveAccount{acme.id, true});
  auto asked = inviting(acme, "pam@agency.example");
  asked.restore_permissions_from = pam.id;
  asked.admin = false;
  const auto decided = given.dry_run(acme.owner, asked);
  CHECK(get<PartnerInvited>(decided.value()[0].event).permissions == given.row(acme).partner_permissions);
  asked.admin.reset();
  const auto& invited = given.when(acme.owner, asked).the<PartnerInvited>();
  CHECK(invited.admin);
  CHECK(invited.permissions.empty());
}

// ---- ResendInvitation ---------------------------------------------------------------------------------------------

TEST_CASE("sending again makes a new link with a new life, and kills the old one") {
  World given;
  const auto acme = given.account("acme");
  const auto invitation = given.invited_partner(acme, "pat@agency.example");
  given.pass(minutes(1));
  const auto resent = given.when(acme.owner, ResendInvitation{acme.id, invitation});
  resent.then<InvitationResent, InvitationMailQueued>();
  CHECK(resent.the<InvitationResent>() == InvitationResent{invitation, 2, given.now + days(7)});
  CHECK(resent.the<InvitationMailQueued>().attempt == 2);
  CHECK(resent.the<InvitationMailQueued>().email.shown() == "pat@agency.example");
  given.when(nobody().holding(link_of(invitation, 1)), DeclineInvitation{Secret{"token"}})
      .then(Code::invitation_not_found);
  given.when(nobody().holding(link_of(invitation, 2)), DeclineInvitation{Secret{"token"}}).then<InvitationDeclined>();
}

TEST_CASE("an expired invitation lives again when it is sent again") {
  World given;
  const auto acme = given.account("acme");
  const auto invitation = given.invited_partner(acme, "pat@agency.example");
  given.pass(days(7));
  const auto olga = given.signed_in_again(acme.owner);
  SECTION("after the clock wrote it down") {
    given.when(the_clock(), ExpireInvitation{acme.id, invitation}).then<InvitationExpired>();
  }
  SECTION("before the clock came by") {}
  given.when(olga, ResendInvitation{acme.id, invitation}).then<InvitationResent, InvitationMailQueued>();
  CHECK(given.row(invitation).status == InvitationStatus::pending);
  CHECK(given
            .when(nobody().holding(link_of(invitation, 2)).choosing_a_password(),
                  AcceptInvite{Secret{"token"}, true, Secret{"a good password"}, {}})
            .accepted());
}

TEST_CASE("sending again is refused for one reason after the other") {
  World given;
  const auto acme = given.account("acme");
  const auto other = given.account("other");
  const auto first = given.invited_user(acme, "una@acme.example");
  given.when(acme.owner, ResendInvitation{acme.id, InvitationId{}}).then(Code::not_found);
  given.when(other.owner, ResendInvitation{other.id, first}).then(Code::not_found);
  given.when(acme.owner, ResendInvitation{acme.id, first}).then(Code::resend_too_soon);
  given.pass(just_before(minutes(1)));
  given.when(acme.owner, ResendInvitation{acme.id, first}).then(Code::resend_too_soon);

  given.pass(days(7));
  const auto olga = given.signed_in_again(acme.owner);
  given.when(the_clock(), ExpireInvitation{acme.id, first});
  const auto second =
      given.when(olga, InviteUser{acme.id, "una@acme.example", "Una", {}}).the<UserInvited>().invitation;
  given.when(olga, ResendInvitation{acme.id, first})
      .then(rejected(Code::invitation_pending, {detail("invitation", second.text())}));

  const auto joined = given.when(nobody().holding(link_of(second)).choosing_a_password(),
                                 AcceptInvite{Secret{"token"}, true, Secret{"a good password"}, {}});
  const auto una = joined.the<MembershipActivated>().membership;
  given.when(olga, ResendInvitation{acme.id, first}).then(rejected(Code::already_member, {detail("user", una.text())}));
  given.when(olga, ResendInvitation{acme.id, second}).then(Code::invitation_not_open);

  given.when(olga, DeactivateUser{acme.id, una, {}, {}, {}, {}});
  given.when(olga, ResendInvitation{acme.id, first})
      .then(rejected(Code::inactive_member_exists, {detail("user", una.text())}));
}

TEST_CASE("an inactive user who came as a partner meanwhile is still reactivated, not invited as a second user") {
  World given;
  const auto acme = given.account("acme");
  const auto una = given.user(acme, "una@acme.example");
  given.when(acme.owner, DeactivateUser{acme.id, una.id, {}, {}, {}, {}});
  const auto again = given.partner(acme, "una@acme.example");
  CHECK(again.person == una.person);
  given.when(acme.owner, DeactivateUser{acme.id, again.id, {}, {}, {}, true});
  given.when(acme.owner, InviteUser{acme.id, "una@acme.example", "Una", {}})
      .then(rejected(Code::inactive_member_exists, {detail("user", una.id.text())}));
  given.when(acme.owner, InvitePartner{acme.id, "una@acme.example", {}, {}, {}})
      .then<PartnerInvited, InvitationMailQueued>();
}

// ---- RevokeInvitation, ExpireInvitation ---------------------------------------------------------------------------

TEST_CASE("a pending invitation is taken back") {
  World given;
  const auto acme = given.account("acme");
  const auto other = given.account("other");
  const auto invitation = given.invited_partner(acme, "pat@agency.example");
  given.when(other.owner, RevokeInvitation{other.id, invitation}).then(Code::not_found);
  given.when(acme.owner, RevokeInvitation{acme.id, invitation}).then({InvitationRevoked{invitation}});
  given.when(acme.owner, RevokeInvitation{acme.id, invitation}).then(Code::invitation_not_open);
}

TEST_CASE("a lapsed invitation cannot be taken back any more") {
  World given;
  const auto acme = given.account("acme");
  const auto invitation = given.invited_partner(acme, "pat@agency.example");
  given.pass(days(7));
  given.when(given.signed_in_again(acme.owner), RevokeInvitation{acme.id, invitation}).then(Code::invitation_not_open);
}

TEST_CASE("the clock writes down that an invitation has lapsed, when it has") {
  World given;
  const auto acme = given.account("acme");
  const auto invitation = given.invited_partner(acme, "pat@agency.example");
  given.when(the_clock(), ExpireInvitation{acme.id, InvitationId{}}).then(Code::not_found);
  given.pass(just_before(days(7)));
  given.when(the_clock(), ExpireInvitation{acme.id, invitation}).then(Code::not_due);
  given.pass(microseconds(1));
  given.when(the_clock(), ExpireInvitation{acme.id, invitation}).then({InvitationExpired{invitation}});
  given.when(the_clock(), ExpireInvitation{acme.id, invitation}).then(Code::invitation_not_open);
}

// ---- DeclineInvitation --------------------------------------------------------------------------------------------

TEST_CASE("the link's holder declines, signed in or not") {
  World given;
  const auto acme = given.account("acme");
  const auto other = given.account("other");
  const auto invitation = given.invited_partner(acme, other.owner.email);
  Asker who;
  SECTION("with the link alone") { who = nobody(); }
  SECTION("signed in as the one who was invited") { who = other.owner; }
  const auto declined = given.when(who.holding(link_of(invitation)), DeclineInvitation{Secret{"token"}});
  declined.then({InvitationDeclined{invitation}});
  CHECK(declined.recorded()[0].envelope.actor.person == other.owner.person);
}

TEST_CASE("declining is refused for one reason after the other") {
  World given;
  const auto acme = given.account("acme");
  const auto other = given.account("other");
  const auto invitation = given.invited_partner(acme, "pat@agency.example");
  const DeclineInvitation decline{Secret{"token"}};
  given.when(nobody(), decline).then(Code::invitation_not_found);
  given.when(nobody().holding(link_of(InvitationId{})), decline).then(Code::invitation_not_found);
  given.when(nobody().holding(link_of(invitation, 2)), decline).then(Code::invitation_not_found);
  given.when(nobody().holding({LinkKind::setup, invitation.bytes, 1}), decline).then(Code::invitation_not_found);
  given.when(Asker(other.owner).holding(link_of(invitation)), decline).then(Code::invitation_identity_mismatch);

  const auto holder = nobody().holding(link_of(invitation));
  SECTION("lapsed") {
    given.pass(days(7));
    given.when(holder, decline).then(Code::invitation_expired);
    given.when(the_clock(), ExpireInvitation{acme.id, invitation});
    given.when(holder, decline).then(Code::invitation_expired);
  }
  SECTION("revoked") {
    given.when(acme.owner, RevokeInvitation{acme.id, invitation});
    given.when(holder, decline).then(Code::invitation_revoked);
  }
  SECTION("declined already") {
    given.when(holder, decline);
    given.when(holder, decline).then(Code::invitation_declined);
  }
  SECTION("accepted") {
    given.when(holder.choosing_a_password(), AcceptInvite{Secret{"token"}, true, Secret{"a good password"}, {}});
    given.when(holder, decline).then(Code::invitation_already_accepted);
  }
}

// ---- AcceptInvite -------------------------------------------------------------------------------------------------

AcceptInvite accepting() { return {Secret{"token"}, true, Secret{"a good password"}, {}}; }

TEST_CASE("a new person accepts with a password and is a user with a seat") {
  World given;
  const auto acme = given.account("acme");
  const auto invitation = given.invited_user(acme, "una@acme.example");
  auto asked = accepting();
  asked.display_name = "Una Unger";
  const auto done = given.when(nobody().holding(link_of(invitation)).choosing_a_password(), asked);
  done.then<IdentityRegistered, TermsAccepted, PasswordSet, InvitationAccepted, MembershipActivated, SeatTaken>();
  const auto& member = done.the<MembershipActivated>();
  CHECK(member.kind == MemberKind::standard);
  CHECK(member.name->shown() == "Una Unger");
  CHECK(member.email.shown() == "una@acme.example");
  CHECK(member.invitation == invitation);
  CHECK_FALSE(member.owner);
  CHECK_FALSE(member.admin);
  CHECK(done.the<InvitationAccepted>() == InvitationAccepted{invitation, member.person});
  CHECK(done.the<SeatTaken>() == SeatTaken{member.membership, 2, 10});
  CHECK(done.recorded()[0].envelope.actor.person == member.person);
  CHECK(given.row(acme).seats_used == 2);
}

TEST_CASE("a user who does not say his name has the one he was invited by") {
  World given;
  const auto acme = given.account("acme");
  const auto invitation = given.invited_user(acme, "una@acme.example");
  const auto done = given.when(nobody().holding(link_of(invitation)).choosing_a_password(), accepting());
  CHECK(done.the<MembershipActivated>().name->shown() == "Una");
}

TEST_CASE("a known person accepts signed in; a partner takes no seat and gets what the invitation held") {
  World given;
  const auto acme = given.account("acme", 1);
  const auto other = given.account("other");
  InvitePartner asked{acme.id, other.owner.email, false, given.now + days(30), {}};
  const auto invited = given.when(acme.owner, asked).the<PartnerInvited>();
  AcceptInvite accept{Secret{"token"}, true, {}, {}};
  const auto done = given.when(Asker(other.owner).holding(link_of(invited.invitation)), accept);
  done.then<TermsAccepted, InvitationAccepted, MembershipActivated>();
  const auto& member = done.the<MembershipActivated>();
  CHECK(member.person == other.owner.person);
  CHECK(member.kind == MemberKind::partner);
  CHECK(member.permissions == invited.permissions);
  CHECK(member.access_ends_at == invited.access_ends_at);
  CHECK(given.row(acme).seats_used == 1);
}

TEST_CASE("accepting is refused for one reason after the other: the link") {
  World given;
  const auto acme = given.account("acme");
  const auto invitation = given.invited_user(acme, "una@acme.example");
  given.when(nobody(), accepting()).then(Code::invitation_not_found);
  given.when(acme.owner, accepting()).then(Code::invitation_not_found);
  given.when(nobody().holding(link_of(InvitationId{})), accepting()).then(Code::invitation_not_found);
  given.when(nobody().holding(link_of(invitation, 0)), accepting()).then(Code::invitation_not_found);
  given.when(nobody().holding({LinkKind::setup, invitation.bytes, 1}), accepting()).then(Code::invitation_not_found);
}

TEST_CASE("accepting is refused for one reason after the other: the state of the invitation") {
  World given;
  const auto acme = given.account("acme");
  const auto invitation = given.invited_user(acme, "una@acme.example");
  const auto holder = nobody().holding(link_of(invitation)).choosing_a_password();
  auto asked = accepting();
  asked.accept_terms = false;  // that would come later
  SECTION("declined") {
    given.when(holder, DeclineInvitation{Secret{"token"}});
    given.when(holder, asked).then(Code::invitation_declined);
  }
  SECTION("revoked") {
    given.when(acme.owner, RevokeInvitation{acme.id, invitation});
    given.when(holder, asked).then(Code::invitation_revoked);
  }
  SECTION("lapsed, then written down as expired") {
    given.pass(days(7));
    given.when(holder, asked).then(Code::invitation_expired);
    given.when(the_clock(), ExpireInvitation{acme.id, invitation});
    given.when(holder, asked).then(Code::invitation_expired);
  }
  SECTION("accepted") {
    given.when(holder, accepting());
    given.when(holder, asked).then(Code::invitation_already_accepted);
    given.when(Asker(acme.owner).holding(link_of(invitation)), asked).then(Code::invitation_already_accepted);
  }
}

TEST_CASE("accepting is refused for one reason after the other: a new person") {
  World given;
  const auto acme = given.account("acme", 1);
  const auto invitation = given.invited_user(acme, "una@acme.example");
  const auto link = link_of(invitation);
  AcceptInvite asked{Secret{"token"}, false, {}, ""};
  given.when(Asker(acme.owner).holding(link), asked).then(invalid("display_name"));
  asked.display_name.reset();
  given.when(Asker(acme.owner).holding(link), asked).then(Code::terms_not_accepted);
  asked.accept_terms = true;
  given.when(Asker(acme.owner).holding(link), asked).then(Code::invitation_identity_mismatch);
  given.when(nobody().holding(link), asked).then(Code::password_required);
  asked.password = Secret{"too short"};
  given.when(nobody().holding(link).choosing_a_password(), asked).then(Code::weak_password);
  asked.password = Secret{"a good password"};
  given.when(nobody().holding(link), asked).then(Code::weak_password);
  given.when(nobody().holding(link).choosing_a_password(), asked)
      .then(rejected(Code::seat_limit_reached, {detail("limit", 1)}));
  CHECK(given.row(invitation).status == InvitationStatus::pending);
  given.when(the_operator(), ChangeSeatLimit{acme.id, 2});
  CHECK(given.when(nobody().holding(link).choosing_a_password(), asked).accepted());
}

TEST_CASE("a known person does not accept with a password: he signs in") {
  World given;
  const auto acme = given.account("acme");
  const auto other = given.account("other");
  const auto invitation = given.invited_partner(acme, other.owner.email);
  given.when(nobody().holding(link_of(invitation)).choosing_a_password(), accepting()).then(Code::sign_in_required);
}

TEST_CASE("access that would have ended already is not begun") {
  World given;
  const auto acme = given.account("acme");
  const InvitePartner asked{acme.id, "pat@agency.example", {}, given.now + hours(1), {}};
  const auto invitation = given.when(acme.owner, asked).the<PartnerInvited>().invitation;
  given.pass(hours(1));
  given.when(nobody().holding(link_of(invitation)).choosing_a_password(), accepting()).then(Code::invitation_expired);
}

TEST_CASE("a second click of the same person changes nothing and is no error") {
  World given;
  const auto acme = given.account("acme");
  const auto invitation = given.invited_user(acme, "una@acme.example");
  const auto joined = given.when(nobody().holding(link_of(invitation)).choosing_a_password(), accepting());
  const auto session = given.sign_in(joined.the<MembershipActivated>().person);
  given.when(Asker::signed_in(session).holding(link_of(invitation)), AcceptInvite{Secret{"token"}, true, {}, {}})
      .then_nothing_new();
}

}  // namespace
}  // namespace rollcall::testing
