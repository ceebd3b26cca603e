// What became of mails, and what it says of the addresses they went to.
#include "tests/support/catch.hpp"
#include "tests/support/given.hpp"

namespace rollcall::testing {
namespace {

struct Office {
  World given;
  Account acme = given.account("acme");
  InvitationId invitation = given.invited_partner(acme, "pat@agency.example");
  PersonId invited = given.state().get<InvitationRow>(InvitationRow::key(invitation)).person;

  bool bounced(const PersonId& person) const { return given.state().get<PersonRow>(PersonRow::key(person)).bounced; }
};

// ---- RecordMail ---------------------------------------------------------------------------------------------------

TEST_CASE("what became of a mail is told where it was asked for") {
  Office office;
  auto& given = office.given;
  const auto about = [&](MailOutcome outcome) {
    return given.when(the_clock(), RecordMail{7, outcome, 450U, office.invited, office.invitation});
  };
  CHECK(about(MailOutcome::sent).the<MailSent>() == MailSent{7, office.invited, office.invitation});
  CHECK(given.recorded(given.log.size() - 1).envelope.scope == Scope::of(office.acme.id));
  CHECK(about(MailOutcome::deferred).the<MailDeferred>() == MailDeferred{7, office.invited, office.invitation, 450});
  CHECK(about(MailOutcome::refused).the<MailFailed>().trouble == MailTrouble::refused);
  CHECK(about(MailOutcome::outdated).the<MailFailed>().trouble == MailTrouble::outdated);
  given.when(the_clock(), RecordMail{9, MailOutcome::sent, {}, office.acme.owner.person, {}}).the<MailSent>();
  CHECK(given.recorded(given.log.size() - 1).envelope.scope == Scope::of(office.acme.owner.person));
}

// ---- ReportBounce -------------------------------------------------------------------------------------------------

TEST_CASE("an address whose mails come back is marked once, and the invitation that did not arrive has failed") {
  Office office;
  auto& given = office.given;
  const auto reported = given.when(the_operator(), ReportBounce{" Pat@Agency.example", office.invitation});
  reported.then<MailFailed, AddressBounced>();
  CHECK(reported.the<MailFailed>() == MailFailed{{}, office.invited, office.invitation, MailTrouble::bounced});
  CHECK(office.bounced(office.invited));
  given.when(the_operator(), ReportBounce{"pat@agency.example", {}}).then_nothing_new();
}

TEST_CASE("a bounce of nobody, or of somebody else's invitation, is refused") {
  Office office;
  auto& given = office.given;
  given.when(the_operator(), ReportBounce{"nobody@agency.example", {}}).then(Code::not_found);
  given.when(the_operator(), ReportBounce{"no address", {}}).then(Code::not_found);
  given.when(the_operator(), ReportBounce{office.acme.owner.email, office.invitation})
      .then(rejected(Code::not_found, {detail("invitation", office.invitation.text())}));
  given.when(the_operator(), ReportBounce{"pat@agency.example", InvitationId{}}).then(Code::not_found);
}

TEST_CASE("who follows a link that was mailed, or goes by another address, is marked no more") {
  Office office;
  auto& given = office.given;
  given.when(the_operator(), ReportBounce{"pat@agency.example", {}});
  SECTION("an invitation") {
    given.when(nobody().holding(link_of(office.invitation)).choosing_a_password(),
               AcceptInvite{Secret{"token"}, true, Secret{"a good password"}, {}});
    CHECK_FALSE(office.bounced(office.invited));
  }
  const auto una = given.user(office.acme, "una@acme.example");
  given.when(the_operator(), ReportBounce{"una@acme.example", {}});
  CHECK(office.bounced(una.person));
  const auto signed_in = Asker(una).knowing(given.credential_of(una.person));
  SECTION("a password that is changed shows nothing") {
    given.when(signed_in.choosing_a_password(),
               ChangePassword{Secret{"a good password"}, Secret{"another good password"}});
    CHECK(office.bounced(una.person));
  }
  SECTION("one to another password") {
    given.when(nobody(), RequestPasswordReset{"una@acme.example"});
    given.when(nobody().holding({LinkKind::reset, una.person.bytes, 1}).choosing_a_password(),
               ResetPassword{Secret{"token"}, Secret{"another good password"}});
    CHECK_FALSE(office.bounced(una.person));
  }
  SECTION("another address") {
    given.when(signed_in, ChangeEmail{"una@home.example", Secret{"a good password"}});
    given.when(nobody().holding({LinkKind::email, una.person.bytes, 1}), ConfirmEmail{Secret{"token"}});
    CHECK_FALSE(office.bounced(una.person));
  }
}

// ---- the language of mails ----------------------------------------------------------------------------------------

TEST_CASE("an account says in which language mails about it are written") {
  World given;
  auto acme = given.account("acme");
  const auto in = [&](std::string language) {
    return given.when(acme.owner, SetPolicy{acme.id, Policy::language, std::move(language)});
  };
  in("en").then_nothing_new();
  CHECK(in("de").the<PolicyChanged>() == PolicyChanged{Policy::language, "en", "de"});
  CHECK(given.state().get<AccountRow>(AccountRow::key(acme.id)).language == Language::de);
  in("de").then_nothing_new();
  in("fr").then(Code::invalid_value);
  in("everybody").then(Code::invalid_value);
}

// ---- new devices --------------------------------------------------------------------------------------------------

TEST_CASE("a sign-in with a kind of device that was not there before is told, but for the first") {
  World given;
  auto acme = given.account("acme");
  const auto una = given.user(acme, "una@acme.example");
  const auto with = [&](std::string device) {
    auto from = nobody().knowing(given.credential_of(una.person));
    from.caller.user_agent = std::move(device);
    return given.when(from, StartSession{"una@acme.example", Secret{"a good password"}, {}});
  };
  with("Mozilla/5.0 (X11; Linux x86_64) Firefox/121.0")
      .then<SessionStarted, NewDeviceSeen>();                                      // una's first said nothing
  with("Mozilla/5.0 (X11; Linux x86_64) Firefox/122.0.1").then<SessionStarted>();  // it was updated
  const auto other = with("curl/8.5");
  other.then<SessionStarted, NewDeviceSeen>();
  CHECK(other.the<NewDeviceSeen>() == NewDeviceSeen{una.person, other.the<SessionStarted>().session});
  with("curl/9").then<SessionStarted>();
  with("").then<SessionStarted>();
  const auto olga = acme.owner;
  auto first = nobody().knowing(given.credential_of(olga.person));
  first.caller.user_agent = "curl/8.5";
  given.when(first, StartSession{olga.email, Secret{"a good password"}, {}}).then<SessionStarted, NewDeviceSeen>();
}

}  // namespace
}  // namespace rollcall::testing
