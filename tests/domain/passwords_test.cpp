// Passwords that change and are forgotten, links that are sent again, and sessions that others end.
#include <algorithm>

#include "tests/support/catch.hpp"
#include "tests/support/given.hpp"

namespace rollcall::testing {
namespace {

const Secret another{"another good password"};

Rejection weak(std::string why) { return rejected(Code::weak_password, {detail("reason", std::move(why))}); }

LinkProof reset_link_of(const PersonId& person, std::uint32_t attempt = 1) {
  return {LinkKind::reset, person.bytes, attempt};
}

Asker knowing_it(World& given, const Member& member) {
  return Asker(member).knowing(given.credential_of(member.person)).choosing_a_password();
}

// ---- ChangePassword -----------------------------------------------------------------------------------------------

TEST_CASE(
    "who changes their password stays where they are, and their other sessions end in the histories they began in") {
  World given;
  const auto acme = given.account("acme");
  const auto other = given.sign_in(acme.owner.person);
  const auto here = given.sign_in(acme.owner.person, acme.id);
  const auto before = given.credential_of(acme.owner.person);
  const auto changed = given.when(knowing_it(given, acme.owner), ChangePassword{Secret{"old"}, another});
  changed.then<PasswordSet, SessionsRevoked, SessionsRevoked>();
  CHECK(changed.the<PasswordSet>().occasion == PasswordOccasion::changed);
  CHECK(given.credential_of(acme.owner.person) != before);
  std::vector<std::pair<Scope, SessionsRevoked>> ended;
  for (const auto& one : changed.recorded())
    if (const auto* e = get_if<SessionsRevoked>(&one.event)) ended.emplace_back(one.envelope.scope, *e);
  using Ended = std::pair<Scope, SessionsRevoked>;
  const Ended wide{Scope::of(acme.owner.person), {acme.owner.person, {}, {other}}};
  const Ended narrow{Scope::of(acme.id), {acme.owner.person, acme.owner.id, {here}}};
  CHECK(std::count(ended.begin(), ended.end(), wide) == 1);
  CHECK(std::count(ended.begin(), ended.end(), narrow) == 1);
  given.when(Asker::signed_in(other), ConfigureAccount{acme.id, "mine"}).then(Code::not_authenticated);
  given.when(acme.owner, ConfigureAccount{acme.id, "mine"}).then<AccountConfigured>();
  given.when(nobody().knowing(before), StartSession{acme.owner.email, Secret{"old"}, {}}).then(Code::bad_credentials);
}

TEST_CASE("changing a password is refused for one reason after the other") {
  World given;
  const auto acme = given.account("acme");
  const auto una = given.user(acme, "una@acme.example");
  const ChangePassword asked{Secret{"old"}, another};
  given.when(nobody(), asked).then(Code::not_authenticated);
  given.when(the_operator(), asked).then(Code::not_authorized);
  given.when(the_operator_for(una.person).knowing(given.credential_of(una.person)), asked).then(Code::not_authorized);
  const auto narrow = Asker::signed_in(given.sign_in(una.person, acme.id));
  given.when(narrow.knowing(given.credential_of(una.person)).choosing_a_password(), asked).then(Code::not_authorized);
  given.when(Asker(una).choosing_a_password(), asked).then(Code::wrong_password);
  given.when(Asker(una).knowing(given.credential_of(acme.owner.person)).choosing_a_password(), asked)
      .then(Code::wrong_password);
  given.when(knowing_it(given, una), ChangePassword{Secret{"old"}, Secret{"nine byte"}}).then(weak("length"));
  // Ten letters are wanted, and not ten bytes.
  given.when(knowing_it(given, una), ChangePassword{Secret{"old"}, Secret{"ééééé"}}).then(weak("length"));
  auto easy = knowing_it(given, una);
  easy.proofs.guessable = true;
  given.when(easy, asked).then(weak("guessable"));
  CHECK(given.sessions_of(una.person).size() == 2);
}

// ---- RequestPasswordReset, ResetPassword ----------------------------------------------------------------------------

TEST_CASE("a reset link sets another password, once, and ends every session") {
  World given;
  const auto acme = given.account("acme");
  const auto here = given.sign_in(acme.owner.person, acme.id);
  const auto& owner = acme.owner;
  given.when(nobody(), RequestPasswordReset{" OWNER@Acme.Example "})
      .then({ResetLinkIssued{owner.person, given.row(owner.person).email, 1, given.now + hours(1)}});
  CHECK(given.last_recorded().envelope.scope == Scope::of(owner.person));
  const auto key = given.key(owner, {KeyScope::read});  // whoever had the password may have made it
  const auto holder = nobody().holding(reset_link_of(owner.person)).choosing_a_password();
  const auto done = given.when(holder, ResetPassword{Secret{"token"}, another});
  CHECK(done.the<AccessKeysRevoked>().keys == std::vector{key});
  CHECK(done.the<PasswordSet>().occasion == PasswordOccasion::reset);
  CHECK(done.recorded()[0].envelope.actor.person == owner.person);
  CHECK(given.sessions_of(owner.person).empty());
  given.when(owner, ConfigureAccount{acme.id, "mine"}).then(Code::not_authenticated);
  given.when(Asker::signed_in(here), ConfigureAccount{acme.id, "mine"}).then(Code::not_authenticated);
  given.when(holder, ResetPassword{Secret{"token"}, another}).then(Code::reset_link_used);
  CHECK(given.sign_in(owner.person) != SessionId{});
}

TEST_CASE("the newest reset link is good, for an hour, until the password is set by whatever way") {
  World given;
  const auto acme = given.account("acme");
  const auto& owner = acme.owner;
  const RequestPasswordReset asked{owner.email};
  const auto resets = [&](std::uint32_t attempt) {
    return given.when(nobody().holding(reset_link_of(owner.person, attempt)).choosing_a_password(),
                      ResetPassword{Secret{"token"}, another});
  };
  resets(1).then(Code::invitation_not_found);
  given.when(nobody(), asked).then<ResetLinkIssued>();
  SECTION("who asks again at once takes no link away and sends no mail") {
    given.pass(just_before(minutes(5)));
    given.when(nobody(), asked).then_nothing_new();
    CHECK(resets(1).accepted());
  }
  SECTION("who asks later gets a new one, and the old one is dead") {
    given.pass(minutes(5));
    CHECK(given.when(nobody(), asked).the<ResetLinkIssued>().attempt == 2);
    resets(1).then(Code::reset_link_expired);
    CHECK(resets(2).accepted());
  }
  SECTION("just in time") {
    given.pass(just_before(hours(1)));
    CHECK(resets(1).accepted());
  }
  SECTION("too late") {
    given.pass(hours(1));
    resets(1).then(Code::reset_link_expired);
  }
  SECTION("the password was changed since") {
    CHECK(given.when(knowing_it(given, owner), ChangePassword{Secret{"old"}, another}).accepted());
    resets(1).then(Code::reset_link_used);
  }
  SECTION("other links open nothing here") {
    const ResetPassword reset{Secret{"token"}, another};
    given.when(nobody().choosing_a_password(), reset).then(Code::invitation_not_found);
    given.when(nobody().holding(setup_link_of(owner.person)).choosing_a_password(), reset)
        .then(Code::invitation_not_found);
    given.when(nobody().holding(reset_link_of(PersonId{})).choosing_a_password(), reset)
        .then(Code::invitation_not_found);
    given
        .when(nobody().holding(reset_link_of(owner.person)).choosing_a_password(),
              CompleteSetup{Secret{"token"}, true, another, {}})
        .then(Code::invitation_not_found);
    auto easy = nobody().holding(reset_link_of(owner.person)).choosing_a_password();
    easy.proofs.guessable = true;
    given.when(easy, reset).then(weak("guessable"));
  }
}

TEST_CASE("who has no password yet is sent another set-up link, and who is only invited nothing") {
  World given;
  const auto acme = given.account("acme");
  const auto person =
      given
          .when(the_operator(),
                OpenAccount{NewAccountId::parse("third").value(), "Third", "new@third.example", {}, 1, {}})
          .the<AccountOpened>()
          .owner_person;
  const RequestPasswordReset asked{"new@third.example"};
  given.when(nobody(), asked).then_nothing_new();
  given.invited_user(acme, "una@acme.example");
  given.pass(days(4));  // the link is dead by now
  CHECK(given.when(nobody(), asked).the<SetupLinkIssued>().attempt == 2);
  const CompleteSetup completed{Secret{"token"}, true, another, {}};
  given.when(nobody().holding(setup_link_of(person, 1)).choosing_a_password(), completed)
      .then(Code::setup_link_expired);
  CHECK(given.when(nobody().holding(setup_link_of(person, 2)).choosing_a_password(), completed).accepted());

  given.when(nobody(), RequestPasswordReset{"una@acme.example"}).then_nothing_new();
  given.when(nobody(), RequestPasswordReset{"nobody@acme.example"}).then_nothing_new();
  given.when(nobody(), RequestPasswordReset{"no address"}).then_nothing_new();
}

// ---- ResendSetupLink ----------------------------------------------------------------------------------------------

TEST_CASE("the operator sends another set-up link, and those before it are dead") {
  World given;
  const OpenAccount open{NewAccountId::parse("third").value(), "Third", "new@third.example", {}, 1, {}};
  const auto person = given.when(the_operator(), open).the<AccountOpened>().owner_person;
  const ResendSetupLink asked{"new@third.example"};
  given.when(the_operator(), asked).then(rejected(Code::resend_too_soon, {detail("seconds_left", 300)}));
  given.pass(minutes(5));
  given.when(the_operator(), asked).then({SetupLinkIssued{person, given.row(person).email, 2, given.now + hours(72)}});
  const CompleteSetup completed{Secret{"token"}, true, another, {}};
  given.when(nobody().holding(setup_link_of(person, 1)).choosing_a_password(), completed)
      .then(Code::setup_link_expired);
  CHECK(given.when(nobody().holding(setup_link_of(person, 2)).choosing_a_password(), completed).accepted());
  given.when(the_operator(), asked).then(Code::setup_link_used);
  given.when(the_operator(), ResendSetupLink{"who@third.example"}).then(Code::not_found);
  given.when(the_operator(), ResendSetupLink{"no address"}).then(Code::invalid_email);
}

TEST_CASE("the link of a second account takes the place of the first one's") {
  World given;
  OpenAccount open{NewAccountId::parse("one").value(), "One", "new@third.example", {}, 1, {}};
  CHECK(given.when(the_operator(), open).the<SetupLinkIssued>().attempt == 1);
  open.account = NewAccountId::parse("two").value();
  CHECK(given.when(the_operator(), open).the<SetupLinkIssued>().attempt == 2);
}

// ---- EndSessions, ForceLogout -------------------------------------------------------------------------------------

TEST_CASE("a person ends all sessions but the one they are in, the operator all there are") {
  World given;
  const auto acme = given.account("acme");
  const auto& owner = acme.owner;
  given.when(owner, EndSessions{}).then_nothing_new();
  const auto other = given.sign_in(owner.person);
  given.when(owner, EndSessions{owner.email}).then({SessionsRevoked{owner.person, {}, {other}}});
  CHECK(given.sessions_of(owner.person) == std::vector{owner.session});
  given.when(the_operator(), EndSessions{owner.email}).then({SessionsRevoked{owner.person, {}, {owner.session}}});
  given.when(the_operator(), EndSessions{owner.email}).then_nothing_new();
  given.when(the_operator(), EndSessions{"who@acme.example"}).then(Code::not_found);
  given.when(the_operator(), EndSessions{}).then(rejected(Code::invalid_value, {detail("field", "email")}));
}

TEST_CASE("nobody ends another person's sessions, whether or not there is such a person") {
  World given;
  const auto acme = given.account("acme");
  const auto una = given.user(acme, "una@acme.example");
  given.when(acme.owner, EndSessions{una.email}).then(Code::not_authorized);
  given.when(acme.owner, EndSessions{"who@acme.example"}).then(Code::not_authorized);
  given.when(nobody(), EndSessions{una.email}).then(Code::not_authenticated);
}

TEST_CASE("an admin has users logged out: what opens the account ends, and nothing else, and they may come back") {
  World given;
  const auto acme = given.account("acme");
  const auto other = given.account("other");
  const auto pat = given.partner(acme, "pat@agency.example");
  given.partner(other, "pat@agency.example");
  const auto una = given.user(acme, "una@acme.example");
  for (const auto& session : given.sessions_of(una.person)) given.when(the_operator(), EndSession{session});
  const auto wide = given.sessions_of(pat.person);
  const auto here = given.sign_in(pat.person, acme.id);
  const auto elsewhere = given.sign_in(pat.person, other.id);
  const MembershipId unknown = other.owner.id;

  const auto out = given.when(acme.owner, ForceLogout{acme.id, {pat.id, una.id, unknown, pat.id}});
  out.then<SessionsRevoked, BulkActionCompleted>();
  auto ended = out.the<SessionsRevoked>().sessions;
  auto expected = wide;
  expected.push_back(here);
  std::sort(ended.begin(), ended.end());
  std::sort(expected.begin(), expected.end());
  CHECK(ended == expected);
  CHECK(out.recorded()[0].envelope.scope == Scope::of(acme.id));
  CHECK(out.the<BulkActionCompleted>() ==
        BulkActionCompleted{"ForceLogout", {pat.id, una.id}, {{unknown, "not_found"}}});
  CHECK(given.sessions_of(pat.person) == std::vector{elsewhere});
  given.when(acme.owner, ForceLogout{acme.id, {pat.id, una.id}}).then_nothing_new();
  given.when(Asker::signed_in(given.sign_in(pat.person)), ConfigureAccount{acme.id, "back"}).then<AccountConfigured>();
}

TEST_CASE("whoever has left an account is nobody's there to log out") {
  World given;
  const auto acme = given.account("acme");
  const auto other = given.account("other");
  const auto pat = given.partner(acme, "pat@agency.example");
  given.partner(other, "pat@agency.example");
  given.when(acme.owner, DeactivateUser{acme.id, pat.id, {}, {}, {}, true});
  const auto here = given.sign_in(pat.person);
  const auto told = given.when(acme.owner, ForceLogout{acme.id, {pat.id}});
  CHECK(told.the<BulkActionCompleted>().failed == std::vector<BulkFailure>{{pat.id, "not_active"}});
  const auto sessions = given.sessions_of(pat.person);
  CHECK(std::count(sessions.begin(), sessions.end(), here) == 1);
}

TEST_CASE("the same password is no other one") {
  World given;
  const auto acme = given.account("acme");
  given.when(knowing_it(given, acme.owner), ChangePassword{another, another}).then(weak("unchanged"));
}

TEST_CASE("a selection has somebody in it, and 500 at most") {
  World given;
  const auto acme = given.account("acme");
  given.when(acme.owner, ForceLogout{acme.id, {}}).then(Code::empty_selection);
  given.when(acme.owner, ForceLogout{acme.id, std::vector<MembershipId>(501)})
      .then(rejected(Code::too_many, {detail("most", 500)}));
}

TEST_CASE("sessions without number are named a few hundred an event, and all end") {
  World given;
  const auto acme = given.account("acme");
  constexpr std::size_t many = sessions_per_event_max + 44;
  for (std::size_t i = 0; i < many; ++i) given.sign_in(acme.owner.person);
  const auto out = given.when(the_operator(), EndSessions{acme.owner.email});
  std::size_t ended = 0;
  for (const auto& one : out.all<SessionsRevoked>()) {
    CHECK(one.sessions.size() <= sessions_per_event_max);
    ended += one.sessions.size();
  }
  CHECK(ended == many + 1);
  CHECK(given.sessions_of(acme.owner.person).empty());
}

}  // namespace
}  // namespace rollcall::testing
