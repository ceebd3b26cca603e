// What persons say of themselves, and have to show again: name and address, a password that must be changed, a sign-in
// that is fresh, sessions in which nothing is asked, and the second factor that an account demands.
#include "tests/support/catch.hpp"
#include "tests/support/given.hpp"

namespace rollcall::testing {
namespace {

const Secret password{"a good password"};

struct Office {
  World given;
  Account acme = given.account("acme");
  Member una = given.user(acme, "una@acme.example");
  Asker in(const Member& who) { return Asker(who).knowing(given.credential_of(who.person)); }
  Asker in() { return in(una); }
  Asker holding_link(std::uint32_t attempt = 1) const {
    return nobody().holding({LinkKind::email, una.person.bytes, attempt});
  }
};

// ---- ChangeName ---------------------------------------------------------------------------------------------------

TEST_CASE("a person goes by another name from now on, and saying it twice changes nothing") {
  Office office;
  auto& given = office.given;
  const auto named = given.when(office.in(), ChangeName{"Una Other"});
  CHECK(named.the<NameChanged>().name.shown() == "Una Other");
  CHECK(given.last_recorded().envelope.scope == Scope::of(office.una.person));
  CHECK(given.row(office.una.person).name->shown() == "Una Other");
  CHECK(given.when(office.in(), ChangeName{"Una Other"}).recorded().empty());
}

// ---- ChangeEmail, ConfirmEmail ------------------------------------------------------------------------------------

TEST_CASE("another address counts once the link that went there is followed, and the old one is free") {
  Office office;
  auto& given = office.given;
  const auto asked = given.when(office.in(), ChangeEmail{" Una@New.Example ", password});
  const auto& requested = asked.the<EmailChangeRequested>();
  CHECK(requested.email.shown() == "una@new.example");
  CHECK(requested.expires_at == given.now + hours(24));
  CHECK(given.row(office.una.person).email.shown() == "una@acme.example");
  CHECK_FALSE(given.state().person_with("una@new.example"));

  const auto here = given.sign_in(office.una.person, office.acme.id);
  const auto confirmed = given.when(office.holding_link(), ConfirmEmail{Secret{"token"}});
  CHECK(confirmed.the<EmailReleased>().email.shown() == "una@acme.example");
  CHECK(confirmed.the<EmailChanged>().email.shown() == "una@new.example");
  CHECK(given.recorded(confirmed.recorded().front().envelope.position).envelope.actor.person == office.una.person);
  CHECK(given.state().person_with("una@new.example") == office.una.person);
  CHECK_FALSE(given.state().person_with("una@acme.example"));
  CHECK(given.sessions_of(office.una.person).empty());
  given.when(Asker::signed_in(here), ConfigureAccount{office.acme.id, "mine"}).then(Code::not_authenticated);
  given.when(nobody().knowing(given.credential_of(office.una.person)), StartSession{"una@acme.example", password, {}})
      .then(Code::bad_credentials);
  CHECK(given.sign_in(office.una.person) != here);
  given.when(office.holding_link(), ConfirmEmail{Secret{"token"}}).then(Code::email_link_used);

  // Whoever is invited by it now is somebody else.
  const auto other = given.when(office.acme.owner, InvitePartner{office.acme.id, "una@acme.example", {}, {}, {}});
  CHECK(other.the<PartnerInvited>().person != office.una.person);
}

TEST_CASE("an address that belongs to somebody is told only to who reads its mails") {
  Office office;
  auto& given = office.given;
  CHECK(given.when(office.in(), ChangeEmail{office.acme.owner.email, password}).accepted());
  given.when(office.holding_link(), ConfirmEmail{Secret{"token"}}).then(Code::email_in_use);
  CHECK(given.row(office.una.person).email.shown() == "una@acme.example");
  CHECK(given.state().person_with(office.acme.owner.email) == office.acme.owner.person);
}

TEST_CASE("the newest link alone confirms an address, and for a day") {
  Office office;
  auto& given = office.given;
  given.when(office.in(), ChangeEmail{"first@new.example", password});
  const auto too_soon = given.when(office.in(), ChangeEmail{"second@new.example", password});
  too_soon.then(rejected(Code::resend_too_soon, {detail("seconds_left", 300)}));
  given.pass(minutes(5));
  CHECK(given.when(office.in(), ChangeEmail{"second@new.example", password}).the<EmailChangeRequested>().attempt == 2);
  given.when(office.holding_link(1), ConfirmEmail{Secret{"token"}}).then(Code::email_link_expired);
  given.pass(hours(24));
  given.when(office.holding_link(2), ConfirmEmail{Secret{"token"}}).then(Code::email_link_expired);
  given.when(nobody().holding({LinkKind::setup, office.una.person.bytes, 2}), ConfirmEmail{Secret{"token"}})
      .then(Code::invitation_not_found);
  given.when(office.holding_link(2).choosing_a_password(), ResetPassword{Secret{"token"}, password})
      .then(Code::invitation_not_found);
}

TEST_CASE("an address is changed by who knows the password, and is one") {
  Office office;
  auto& given = office.given;
  given.when(Asker(office.una), ChangeEmail{"una@new.example", password}).then(Code::wrong_password);
  given.when(office.in(), ChangeEmail{"una at new.example", password}).then(Code::invalid_email);
}

TEST_CASE("an address that was asked for with an old password is nobody's any more") {
  Office office;
  auto& given = office.given;
  given.when(office.in(), ChangeEmail{"mallory@new.example", password});
  SECTION("the person changes it") {
    given.when(office.in().choosing_a_password(), ChangePassword{password, Secret{"another good password"}});
  }
  SECTION("the operator demands a change") { given.when(the_operator(), DemandPasswordChange{office.una.email}); }
  given.when(office.holding_link(), ConfirmEmail{Secret{"token"}}).then(Code::email_link_used);
  CHECK(given.state().person_with(office.una.email) == office.una.person);
}

TEST_CASE("an address that one has already changes nothing") {
  Office office;
  CHECK(office.given.when(office.in(), ChangeEmail{" UNA@acme.example", password}).recorded().empty());
}

TEST_CASE("a link that resets the password of an address dies with it") {
  Office office;
  auto& given = office.given;
  given.when(nobody(), RequestPasswordReset{office.una.email});
  given.when(office.in(), ChangeEmail{"una@new.example", password});
  given.when(office.holding_link(), ConfirmEmail{Secret{"token"}});
  given
      .when(nobody().holding({LinkKind::reset, office.una.person.bytes, 1}).choosing_a_password(),
            ResetPassword{Secret{"token"}, password})
      .then(Code::reset_link_used);
}

// ---- DemandPasswordChange -----------------------------------------------------------------------------------------

TEST_CASE("whoever has to change their password does that, and enters no account before") {
  Office office;
  auto& given = office.given;
  const auto old_key = Asker::with_key(given.key(office.una, {KeyScope::write}));
  const auto demanded = given.when(the_operator(), DemandPasswordChange{office.una.email});
  given.when(old_key, ConfigureAccount{office.acme.id, "mine"}).then(Code::not_authenticated);
  demanded.then<PasswordChangeDemanded, SessionsRevoked, AccessKeysRevoked>();
  CHECK(given.when(the_operator(), DemandPasswordChange{office.una.email}).recorded().empty());
  given.when(the_operator(), DemandPasswordChange{"nobody@acme.example"}).then(Code::not_found);

  auto una = office.una;
  una.session = given.sign_in(una.person);
  const ConfigureAccount label{office.acme.id, "mine"};
  given.when(una, label).then(Code::password_change_required);
  const auto here = Asker::signed_in(given.sign_in(una.person, office.acme.id));
  given.when(here, label).then(Code::password_change_required);
  // Nor do they do what would outlive the old password.
  given.when(office.in(una).making_a_key(), CreateAccessKey{"a key", {KeyScope::write}, {}, {}})
      .then(Code::password_change_required);
  given.when(office.in(una), ChangeEmail{"una@new.example", password}).then(Code::password_change_required);
  given.when(office.in(una), ChangeName{"Una Other"}).then(Code::password_change_required);
  given.when(office.in(una).being_offered(), OfferSecondFactor{password}).then(Code::password_change_required);
  CHECK(given.when(office.in(una), EndSessions{}).accepted());
  given.when(office.in(una).choosing_a_password(), ChangePassword{password, Secret{"another good password"}})
      .the<PasswordSet>();
  CHECK(given.when(una, label).accepted());
  CHECK_FALSE(given.row(una.person).must_change);
}

TEST_CASE("a verifier that is made anew on signing in is no change that was demanded") {
  Office office;
  auto& given = office.given;
  given.when(the_operator(), DemandPasswordChange{office.una.email});
  const auto before = given.credential_of(office.una.person);
  const auto in =
      given.when(nobody().knowing(before).choosing_a_password(), StartSession{office.una.email, password, {}});
  CHECK(in.the<PasswordSet>().occasion == PasswordOccasion::upgraded);
  CHECK(given.credential_of(office.una.person) != before);
  CHECK(given.row(office.una.person).must_change);
}

// ---- ConfirmSession -----------------------------------------------------------------------------------------------

TEST_CASE("what cannot be undone asks for the password again when signing in was long ago") {
  Office office;
  auto& given = office.given;
  const auto pat = given.partner(office.acme, "pat@agency.example");
  const auto& owner = office.acme.owner;
  const DeactivateUser ends_una{office.acme.id, office.una.id, {}, {}, {}, {}};
  given.pass(hours(2));
  given.when(owner, ends_una).then(Code::fresh_sign_in_required);
  given.when(pat, LeaveAccount{office.acme.id, true}).then(Code::fresh_sign_in_required);
  given.when(Asker(owner).making_a_key(), CreateAccessKey{"a key", {KeyScope::read}, {}, {}})
      .then(Code::fresh_sign_in_required);
  CHECK(given.when(owner, ConfigureAccount{office.acme.id, "mine"}).accepted());
  given.when(Asker(owner), ConfirmSession{password, {}}).then(Code::wrong_password);
  const auto confirmed = given.when(office.in(owner), ConfirmSession{password, {}});
  CHECK(confirmed.the<SessionConfirmed>() == SessionConfirmed{owner.session, owner.person, {}});
  given.pass(just_before(hours(2)));
  CHECK(given.when(owner, ends_una).accepted());
}

TEST_CASE("a session for one account is confirmed in that account's history, and with a code where there is a factor") {
  Office office;
  auto& given = office.given;
  given.second_factor(office.una);
  const auto here = Asker::signed_in(given
                                         .when(nobody().knowing(given.credential_of(office.una.person)).showing(20),
                                               StartSession{office.una.email, password, office.acme.id, Secret{"1"}})
                                         .the<SessionStarted>()
                                         .session);
  const auto knowing = here.knowing(given.credential_of(office.una.person));
  given.when(knowing, ConfirmSession{password, {}}).then(Code::mfa_required);
  given.when(knowing.showing(20), ConfirmSession{password, Secret{"1"}}).then(Code::wrong_code);
  const auto confirmed = given.when(knowing.showing(21), ConfirmSession{password, Secret{"1"}});
  confirmed.then<SessionConfirmed, SecondFactorUsed>();
  CHECK(confirmed.recorded().front().envelope.scope == Scope::of(office.acme.id));
}

// ---- EndIdleSessions ----------------------------------------------------------------------------------------------

TEST_CASE("sessions in which nothing is asked end, and one that ended is passed over") {
  Office office;
  auto& given = office.given;
  const auto here = given.sign_in(office.una.person, office.acme.id);
  const auto ended = given.when(the_clock(), EndIdleSessions{{office.una.session, here, SessionId{}}});
  REQUIRE(ended.recorded().size() == 2);
  for (const auto& one : ended.recorded()) CHECK(get<SessionEnded>(one.event).cause == SessionEndCause::idle);
  CHECK(ended.recorded()[1].envelope.scope == Scope::of(office.acme.id));
  CHECK(given.sessions_of(office.una.person).empty());
}

// ---- SetPolicy ----------------------------------------------------------------------------------------------------

TEST_CASE("an account that demands a second factor lets nobody in without one of whom it demands it") {
  Office office;
  auto& given = office.given;
  const auto adam = given.admin(office.acme, "adam@acme.example");
  const auto pat = given.partner(office.acme, "pat@agency.example");
  const auto& owner = office.acme.owner;
  const auto demand = [&](std::string of) {
    return given.when(owner, SetPolicy{office.acme.id, Policy::require_second_factor, std::move(of)});
  };
  demand("admins").then(Code::no_second_factor);
  demand("everyone").then(Code::invalid_value);
  CHECK(demand("nobody").recorded().empty());
  given.second_factor(owner);
  CHECK(demand("admins").the<PolicyChanged>() == PolicyChanged{Policy::require_second_factor, "nobody", "admins"});

  const ConfigureAccount label{office.acme.id, "mine"};
  CHECK(given.when(owner, label).accepted());
  given.when(adam, label).then(Code::second_factor_required);
  CHECK(given.when(office.una, label).accepted());
  CHECK(given.when(pat, label).accepted());
  demand("admins_and_partners").the<PolicyChanged>();
  given.when(pat, label).then(Code::second_factor_required);
  CHECK(given.when(office.una, ConfigureAccount{office.acme.id, "ours"}).accepted());
  demand("everybody").the<PolicyChanged>();
  given.when(office.una, label).then(Code::second_factor_required);
  // Their own things they still do, and with a factor they are in again.
  CHECK(given.when(office.in(adam), ChangeName{"Adam"}).accepted());
  given.second_factor(adam);
  CHECK(given.when(adam, label).accepted());
  // A key is no way round it, and the operator is not shut out.
  const auto key = Asker::with_key(given.key(office.una, {KeyScope::write}));
  given.when(key, label).then(Code::second_factor_required);
  CHECK(given.when(the_operator_for(office.una.person).because("they called"), label).accepted());
  demand("nobody").the<PolicyChanged>();
  CHECK(given.when(office.una, ConfigureAccount{office.acme.id, "yours"}).accepted());
}

}  // namespace
}  // namespace rollcall::testing
