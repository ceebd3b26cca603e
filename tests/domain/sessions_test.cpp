// Signing in and out, and what is written down of those who failed.
#include "tests/support/catch.hpp"
#include "tests/support/given.hpp"

namespace rollcall::testing {
namespace {

StartSession signing_in(const Member& member, std::optional<AccountId> account = std::nullopt) {
  return {member.email, Secret{"a good password"}, std::move(account)};
}

// ---- StartSession -------------------------------------------------------------------------------------------------

TEST_CASE("a person signs in for all accounts, or for one") {
  World given;
  const auto acme = given.account("acme");
  const auto who = nobody().knowing(given.credential_of(acme.owner.person));
  const auto everywhere = given.when(who, signing_in(acme.owner));
  const auto& wide = everywhere.the<SessionStarted>();
  CHECK(wide == SessionStarted{wide.session, acme.owner.person, {}, given.now + hours(8)});
  CHECK(everywhere.recorded()[0].envelope.scope == Scope::of(acme.owner.person));
  CHECK(everywhere.recorded()[0].envelope.actor.person == acme.owner.person);

  const auto here = given.when(who, signing_in(acme.owner, acme.id));
  const auto& narrow = here.the<SessionStarted>();
  CHECK(narrow == SessionStarted{narrow.session, acme.owner.person, acme.owner.id, given.now + hours(8)});
  CHECK(here.recorded()[0].envelope.scope == Scope::of(acme.id));
}

TEST_CASE("addresses are compared as the business compares them when signing in") {
  World given;
  const auto acme = given.account("acme");
  auto asked = signing_in(acme.owner);
  asked.email = " OWNER@Acme.Example ";
  given.when(nobody().knowing(given.credential_of(acme.owner.person)), asked).then<SessionStarted>();
}

TEST_CASE("whatever is wrong with address or password, the answer is the same and nothing is written down") {
  World given;
  const auto acme = given.account("acme");
  const auto invited = given.when(acme.owner, InviteUser{acme.id, "una@acme.example", "Una", {}});
  const auto right = nobody().knowing(given.credential_of(acme.owner.person));
  const auto size = given.log.size();
  auto asked = signing_in(acme.owner);
  given.when(nobody(), asked).then(Code::bad_credentials);
  given.when(nobody().knowing(CredentialId{}), asked).then(Code::bad_credentials);
  asked.email = "not an address";
  given.when(right, asked).then(Code::bad_credentials);
  asked.email = "nobody@acme.example";
  given.when(right, asked).then(Code::bad_credentials);
  asked.email = "una@acme.example";  // has no password yet
  given.when(right, asked).then(Code::bad_credentials);
  asked.account = AccountId::parse("nowhere");  // and accounts are not told to strangers
  given.when(nobody(), asked).then(Code::bad_credentials);
  CHECK(given.log.size() == size);
}

TEST_CASE("a session for an account is for its active members") {
  World given;
  const auto acme = given.account("acme");
  const auto other = given.account("other");
  const auto pat = given.partner(acme, "pat@agency.example", false, given.now + hours(1));
  const auto who = nobody().knowing(given.credential_of(pat.person));
  given.when(who, signing_in(pat, acme.id)).then<SessionStarted>();
  given.when(who, signing_in(pat, other.id)).then(Code::not_active);
  given.when(who, signing_in(pat, AccountId::parse("nowhere"))).then(Code::not_active);
  given.pass(hours(1));
  given.when(who, signing_in(pat, acme.id)).then(Code::not_active);
}

// ---- using it -----------------------------------------------------------------------------------------------------

TEST_CASE("a session is good until the moment it expires") {
  World given;
  const auto acme = given.account("acme");
  given.pass(just_before(hours(8)));
  given.when(acme.owner, ConfigureAccount{acme.id, "mine"}).then<AccountConfigured>();
  given.pass(microseconds(1));
  given.when(acme.owner, ConfigureAccount{acme.id, "mine"}).then(Code::not_authenticated);
}

TEST_CASE("a session for one account opens no other") {
  World given;
  const auto acme = given.account("acme");
  const auto other = given.account("other");
  const auto here = given.partner(acme, "pat@agency.example");
  given.partner(other, "pat@agency.example");
  const auto only_here = Asker::signed_in(given.sign_in(here.person, acme.id));
  given.when(only_here, ConfigureAccount{acme.id, "mine"}).then<AccountConfigured>();
  given.when(only_here, ConfigureAccount{other.id, "mine"}).then(Code::not_authorized);
}

// ---- EndSession ---------------------------------------------------------------------------------------------------

TEST_CASE("signing out ends the session one is in, or another of one's own") {
  World given;
  const auto acme = given.account("acme");
  const auto here = given.sign_in(acme.owner.person, acme.id);
  const auto ended = given.when(acme.owner, EndSession{here});
  ended.then({SessionEnded{here, acme.owner.person, acme.owner.id, SessionEndCause::signed_out}});
  CHECK(ended.recorded()[0].envelope.scope == Scope::of(acme.id));
  const auto& session = acme.owner.session;
  const auto out = given.when(acme.owner, EndSession{});
  out.then({SessionEnded{session, acme.owner.person, {}, SessionEndCause::signed_out}});
  CHECK(out.recorded()[0].envelope.scope == Scope::of(acme.owner.person));
  given.when(acme.owner, EndSession{}).then(Code::not_authenticated);
}

TEST_CASE("the operator ends a session, the clock one that has expired") {
  World given;
  const auto acme = given.account("acme");
  const auto una = given.user(acme, "una@acme.example");
  given.when(the_operator(), EndSession{una.session})
      .then({SessionEnded{una.session, una.person, {}, SessionEndCause::ended_by_operator}});
  given.when(the_operator(), EndSession{una.session}).then(Code::not_found);
  given.when(the_operator(), EndSession{}).then(Code::not_found);
  const auto& session = acme.owner.session;
  given.when(the_clock(), EndSession{session}).then(Code::not_due);
  given.pass(hours(8));
  given.when(the_clock(), EndSession{session})
      .then({SessionEnded{session, acme.owner.person, {}, SessionEndCause::expired}});
  given.when(the_clock(), EndSession{session}).then(Code::not_found);
}

TEST_CASE("nobody ends another person's session, the owner of the account included") {
  World given;
  const auto acme = given.account("acme");
  const auto una = given.user(acme, "una@acme.example");
  given.when(acme.owner, EndSession{una.session}).then(Code::not_authorized);
  given.when(una, EndSession{SessionId{}}).then(Code::not_authorized);
}

TEST_CASE("the operator who acts for somebody signs him out as he would himself") {
  World given;
  const auto acme = given.account("acme");
  given.when(the_operator_for(acme.owner.person), EndSession{acme.owner.session})
      .then({SessionEnded{acme.owner.session, acme.owner.person, {}, SessionEndCause::signed_out}});
}

// ---- RecordFailedSignIns ------------------------------------------------------------------------------------------

TEST_CASE("failed sign-ins of a known person are written down by the minute") {
  World given;
  const auto acme = given.account("acme");
  const auto failed = given.when(the_clock(), RecordFailedSignIns{acme.owner.person, given.now - minutes(1), 4});
  failed.then({SignInsFailed{acme.owner.person, given.now - minutes(1), 4}});
  CHECK(failed.recorded()[0].envelope.scope == Scope::of(acme.owner.person));
  given.when(the_clock(), RecordFailedSignIns{acme.owner.person, given.now, 0}).then_nothing_new();
  given.when(the_clock(), RecordFailedSignIns{PersonId{}, given.now, 1}).then(Code::not_found);
}

}  // namespace
TEST_CASE("refusals that were too many to be told one by one are counted by the minute") {
  World given;
  const auto acme = given.account("acme");
  given.when(the_clock(), RecordRefusals{acme.owner.person, given.now - minutes(1), 4})
      .then({RefusalsCounted{acme.owner.person, given.now - minutes(1), 4}});
  CHECK(given.last_recorded().envelope.scope == Scope::of(acme.owner.person));
  given.when(the_clock(), RecordRefusals{acme.owner.person, given.now, 0}).then_nothing_new();
  given.when(the_clock(), RecordRefusals{PersonId{}, given.now, 1}).then(Code::not_found);
}

}  // namespace rollcall::testing
