// Accounts: how one is opened and its owner set up, its seats and its groups.
#include "tests/support/catch.hpp"
#include "tests/support/given.hpp"

namespace rollcall::testing {
namespace {

const auto gx624 = AccountId::parse("gx624").value();

OpenAccount open_gx624() {
  const auto id = NewAccountId::parse("gx624").value();
  return {id, "Acme", " Olga@Acme.example", "Olga", 3, TimeZone::parse("Europe/Madrid")};
}

Rejection invalid(std::string field) { return rejected(Code::invalid_value, {detail("field", std::move(field))}); }

// ---- OpenAccount --------------------------------------------------------------------------------------------------

TEST_CASE("opening an account gives its owner a membership, a seat and a set-up link") {
  World given;
  const auto opened = given.when(the_operator(), open_gx624());
  opened.then<AccountOpened, MembershipActivated, SeatTaken, SetupLinkIssued>();

  const auto& account = opened.the<AccountOpened>();
  CHECK(account.name == "Acme");
  CHECK(account.owner_email.shown() == "olga@acme.example");
  CHECK(account.owner_name->shown() == "Olga");
  CHECK(account.time_zone == "Europe/Madrid");
  CHECK_FALSE(account.partner_permissions.empty());

  const auto& member = opened.the<MembershipActivated>();
  CHECK(member.membership == account.owner);
  CHECK(member.person == account.owner_person);
  CHECK(member.kind == MemberKind::standard);
  CHECK(member.owner);
  CHECK(member.admin);
  CHECK(opened.the<SeatTaken>() == SeatTaken{account.owner, 1, 3});
  const SetupLinkIssued link{account.owner_person, account.owner_email, 1, given.now + hours(72)};
  CHECK(opened.the<SetupLinkIssued>() == link);
  CHECK(given.state().find<AccountRow>(AccountRow::key(gx624))->admins == 1);
}

TEST_CASE("an account's reports are in UTC unless it says otherwise") {
  World given;
  auto asked = open_gx624();
  asked.time_zone.reset();
  CHECK(given.when(the_operator(), asked).the<AccountOpened>().time_zone == "UTC");
}

TEST_CASE("a time zone is one that there is") {
  for (const auto* zone : {"UTC", "Europe/Madrid", "America/Argentina/Buenos_Aires", "Asia/Calcutta", "Etc/GMT+12"})
    CHECK(TimeZone::parse(zone).has_value());
  for (const auto* zone : {"", "Mars/Olympus", "europe/madrid", "Europe", "Europe/Madrid ", "../UTC", "Factory"})
    CHECK_FALSE(TimeZone::parse(zone).has_value());
}

TEST_CASE("no account is opened whose id would be an option") {
  for (const auto* id : {"gx624", "a1", "a-b", "00"}) CHECK(NewAccountId::parse(id).has_value());
  for (const auto* id : {"-a", "a-", "--", "-", "a", "Gx", "a_b"}) CHECK_FALSE(NewAccountId::parse(id).has_value());
}

TEST_CASE("an owner who has an identity already gets no set-up link and stays the same person") {
  World given;
  const auto acme = given.account("acme");
  auto asked = open_gx624();
  asked.owner_email = "OWNER@acme.example";
  const auto opened = given.when(the_operator(), asked);
  opened.then<AccountOpened, MembershipActivated, SeatTaken>();
  CHECK(opened.the<AccountOpened>().owner_person == acme.owner.person);
}

TEST_CASE("opening an account is refused for one reason after the other") {
  World given;
  given.account("taken");
  OpenAccount asked{NewAccountId::parse("taken").value(), "", "nobody", "", 0, {}};
  given.when(the_operator(), asked).then(invalid("account_name"));
  asked.account_name = std::string(201, 'a');
  given.when(the_operator(), asked).then(invalid("account_name"));
  asked.account_name = "two\nlines";
  given.when(the_operator(), asked).then(invalid("account_name"));
  asked.account_name = "no \xFF text";
  given.when(the_operator(), asked).then(invalid("account_name"));
  asked.account_name = std::string(200, 'a');
  given.when(the_operator(), asked).then(invalid("owner_name"));
  asked.owner_name.reset();
  given.when(the_operator(), asked).then(invalid("seat_limit"));
  asked.seat_limit = 100'001;
  given.when(the_operator(), asked).then(invalid("seat_limit"));
  asked.seat_limit = 100'000;
  given.when(the_operator(), asked).then(Code::app_id_taken);
  asked.account = NewAccountId::parse("gx624").value();
  given.when(the_operator(), asked).then(Code::invalid_email);
  asked.owner_email = "olga@acme.example";
  CHECK_FALSE(TimeZone::parse("Mars Base"));
  CHECK_FALSE(TimeZone::parse(""));
  CHECK(TimeZone::parse("Etc/GMT+1"));
  CHECK(given.when(the_operator(), asked).accepted());
}

// ---- CompleteSetup ------------------------------------------------------------------------------------------------

CompleteSetup completed() { return {Secret{"token"}, true, Secret{"a good password"}, {}}; }

PersonId owner_of_new_account(World& given) {
  return given.when(the_operator(), open_gx624()).the<AccountOpened>().owner_person;
}

TEST_CASE("an owner completes his set-up with a password and may say his name") {
  World given;
  const auto olga = owner_of_new_account(given);
  auto asked = completed();
  asked.display_name = "Olga Ortega";
  const auto done = given.when(nobody().holding(setup_link_of(olga)).choosing_a_password(), asked);
  done.then<IdentityRegistered, TermsAccepted, PasswordSet>();
  CHECK(done.the<IdentityRegistered>().name->shown() == "Olga Ortega");
  CHECK(done.the<TermsAccepted>() == TermsAccepted{olga, std::string{terms_in_force}});
  CHECK(done.recorded()[0].envelope.scope == Scope::of(olga));
  CHECK(done.recorded()[0].envelope.actor.person == olga);

  const auto row = given.row(olga);
  CHECK(row.registered);
  CHECK(row.name->shown() == "Olga Ortega");
  CHECK(row.setup->used);
  CHECK(row.credential->id == done.the<PasswordSet>().credential);
}

TEST_CASE("a password's verifier has a key of its own, so that it can be destroyed alone") {
  World given;
  const auto olga = owner_of_new_account(given);
  const auto done = given.when(nobody().holding(setup_link_of(olga)).choosing_a_password(), completed());
  const auto number = done.the<PasswordSet>().verifier.text.key();
  CHECK(number != given.row(olga).key_number);
  CHECK(number == given.state().meta().keys);
}

TEST_CASE("completing a set-up is refused for one reason after the other") {
  World given;
  const auto olga = owner_of_new_account(given);
  const auto link = setup_link_of(olga);
  CompleteSetup asked{Secret{"token"}, false, Secret{"too short"}, std::string(201, 'a')};

  given.when(nobody().holding(link), asked).then(invalid("display_name"));
  asked.display_name.reset();
  given.when(nobody(), asked).then(Code::invitation_not_found);
  given.when(nobody().holding(setup_link_of(PersonId{})), asked).then(Code::invitation_not_found);
  given.when(nobody().holding({LinkKind::invitation, olga.bytes, 1}), asked).then(Code::invitation_not_found);
  given.when(nobody().holding(setup_link_of(olga, 2)), asked).then(Code::setup_link_expired);
  given.when(nobody().holding(link), asked).then(Code::terms_not_accepted);
  asked.accept_terms = true;
  given.when(nobody().holding(link).choosing_a_password(), asked).then(Code::weak_password);
  asked.password = Secret{std::string(257, 'a')};
  given.when(nobody().holding(link).choosing_a_password(), asked).then(Code::weak_password);
  asked.password = Secret{"ten bytes!"};
  given.when(nobody().holding(link), asked).then(Code::weak_password);  // nobody has hashed it

  SECTION("too late") {
    given.pass(hours(72));
    given.when(nobody().holding(link).choosing_a_password(), asked).then(Code::setup_link_expired);
  }
  SECTION("just in time, and only once") {
    given.pass(just_before(hours(72)));
    CHECK(given.when(nobody().holding(link).choosing_a_password(), asked).accepted());
    given.when(nobody().holding(link).choosing_a_password(), asked).then(Code::setup_link_used);
  }
}

TEST_CASE("a person who became one by an invitation needs his set-up link no more") {
  World given;
  const auto acme = given.account("acme");
  const auto pat = given.partner(acme, "pat@agency.example");
  auto asked = open_gx624();
  asked.owner_email = "new@acme.example";
  const auto invitation = given.invited_user(acme, "new@acme.example");
  const auto opened = given.when(the_operator(), asked);
  const auto person = opened.the<SetupLinkIssued>().person;
  CHECK(given
            .when(nobody().holding(link_of(invitation)).choosing_a_password(),
                  AcceptInvite{Secret{"token"}, true, Secret{"a good password"}, {}})
            .accepted());
  given.when(nobody().holding(setup_link_of(person)).choosing_a_password(), completed()).then(Code::setup_link_used);
}

// ---- ChangeSeatLimit ----------------------------------------------------------------------------------------------

TEST_CASE("the seat limit changes, down to what is in use and not below") {
  World given;
  const auto acme = given.account("acme", 5);
  given.user(acme, "una@acme.example");
  given.when(the_operator(), ChangeSeatLimit{acme.id, 100'001}).then(invalid("seat_limit"));
  given.when(the_operator(), ChangeSeatLimit{acme.id, 1})
      .then(rejected(Code::seat_limit_below_used, {detail("used", 2)}));
  given.when(the_operator(), ChangeSeatLimit{acme.id, 2}).then({SeatLimitChanged{5, 2}});
  CHECK(given.row(acme).seat_limit == 2);
  given.when(the_operator(), ChangeSeatLimit{acme.id, 2}).then_nothing_new();
  given.when(the_operator(), ChangeSeatLimit{gx624, 2}).then(Code::not_found);
}

// ---- AddToGroup, RemoveFromGroup ----------------------------------------------------------------------------------

TEST_CASE("a user joins a group and leaves it") {
  World given;
  const auto acme = given.account("acme");
  const auto una = given.user(acme, "una@acme.example");
  for (const auto group : {Group::admin, Group::sales_rep}) {
    given.when(acme.owner, AddToGroup{acme.id, una.id, group}).then({GroupJoined{una.id, group}});
    given.when(acme.owner, AddToGroup{acme.id, una.id, group}).then(Code::already_in_group);
    given.when(acme.owner, RemoveFromGroup{acme.id, una.id, group}).then({GroupLeft{una.id, group}});
    given.when(acme.owner, RemoveFromGroup{acme.id, una.id, group}).then(Code::not_in_group);
  }
}

TEST_CASE("who joins the Admin group acts as an admin at once, and no longer when he has left it") {
  World given;
  const auto acme = given.account("acme");
  const auto una = given.user(acme, "una@acme.example");
  const InviteUser invite{acme.id, "new@acme.example", "Nina", {}};
  given.when(una, invite).then(Code::not_authorized);
  given.when(acme.owner, AddToGroup{acme.id, una.id, Group::admin});
  CHECK(given.dry_run(una, invite).has_value());
  given.when(acme.owner, RemoveFromGroup{acme.id, una.id, Group::admin});
  given.when(una, invite).then(Code::not_authorized);
}

TEST_CASE("groups are for members of this account whose access has not ended") {
  World given;
  const auto acme = given.account("acme");
  const auto other = given.account("other");
  const auto pat = given.partner(acme, "pat@agency.example", false, given.now + days(1));
  const auto una = given.user(acme, "una@acme.example");
  given.when(acme.owner, DeactivateUser{acme.id, una.id, {}, {}, {}, {}});
  given.pass(days(1));
  const Asker olga = given.signed_in_again(acme.owner);

  for (const auto& id : {MembershipId{}, other.owner.id}) {
    given.when(olga, AddToGroup{acme.id, id, Group::sales_rep}).then(Code::not_found);
    given.when(olga, RemoveFromGroup{acme.id, id, Group::sales_rep}).then(Code::not_found);
  }
  for (const auto& ended : {pat, una}) {
    given.when(olga, AddToGroup{acme.id, ended.id, Group::sales_rep}).then(Code::not_active);
    given.when(olga, RemoveFromGroup{acme.id, ended.id, Group::sales_rep}).then(Code::not_active);
  }
}

TEST_CASE("who owns open leads stays in SalesRep") {
  World given;
  const auto acme = given.account("acme");
  const auto rep = given.sales_rep(acme, "rep@acme.example");
  const auto leads = given.records(rep, RecordKind::lead, 2);
  given.when(acme.owner, RemoveFromGroup{acme.id, rep.id, Group::sales_rep})
      .then(rejected(Code::owns_open_leads, {detail("leads", 2)}));
  given.when(acme.owner, UnassignRecords{acme.id, RecordKind::lead, leads});
  given.when(acme.owner, RemoveFromGroup{acme.id, rep.id, Group::sales_rep}).then<GroupLeft>();
}

TEST_CASE("there is always an admin of the account's own, and a partner is none") {
  World given;
  const auto acme = given.account("acme");
  const auto adam = given.admin(acme, "adam@acme.example");
  const auto pam = given.partner(acme, "pam@agency.example", true);
  CHECK(given.row(acme).admins == 2);
  given.when(acme.owner, RemoveFromGroup{acme.id, acme.owner.id, Group::admin}).then<GroupLeft>();
  given.when(pam, RemoveFromGroup{acme.id, adam.id, Group::admin}).then(Code::last_admin);
  given.when(acme.owner, RemoveFromGroup{acme.id, pam.id, Group::admin}).then<GroupLeft>();
  CHECK(given.row(acme).admins == 1);
}

}  // namespace
}  // namespace rollcall::testing
