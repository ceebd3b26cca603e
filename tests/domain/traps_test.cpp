// The traps seen in the field that these commands can meet, one test for each, by its name.
#include "tests/support/catch.hpp"
#include "tests/support/given.hpp"

namespace rollcall::testing {
namespace {

constexpr auto contact = RecordKind::contact;
constexpr auto lead = RecordKind::lead;

AcceptInvite accepting() { return {Secret{"token"}, true, Secret{"a good password"}, {}}; }
Asker holder_of(const InvitationId& invitation) { return nobody().holding(link_of(invitation)).choosing_a_password(); }

std::size_t live_memberships(const World& given, const Account& account) {
  std::size_t live = 0;
  given.state().scan(Key{MembershipRow::table}, {}, [&](std::string_view rest) {
    const auto member = given.member(id_at_end<MembershipTag>(rest));
    if (member.account == account.id && member.status == MemberStatus::active) ++live;
    return true;
  });
  return live;
}

TEST_CASE("trap: accept and revoke race") {
  World given;
  const auto acme = given.account("acme");
  const auto invitation = given.invited_partner(acme, "pat@agency.example");
  given.batching = true;  // both in one batch, whichever came first
  const RevokeInvitation revoke{acme.id, invitation};
  SECTION("accept comes first") {
    CHECK(given.when(holder_of(invitation), accepting()).accepted());
    given.when(acme.owner, revoke).then(Code::invitation_not_open);
    given.commit();
    CHECK(live_memberships(given, acme) == 2);
  }
  SECTION("revoke comes first") {
    given.when(acme.owner, revoke).then<InvitationRevoked>();
    given.when(holder_of(invitation), accepting()).then(Code::invitation_revoked);
    given.commit();
    CHECK(live_memberships(given, acme) == 1);
  }
}

TEST_CASE("trap: double accept") {
  World given;
  const auto acme = given.account("acme");
  const auto invitation = given.invited_user(acme, "una@acme.example");
  given.batching = true;
  CHECK(given.when(holder_of(invitation), accepting()).accepted());
  given.when(holder_of(invitation), accepting()).then(Code::invitation_already_accepted);
  given.commit();
  CHECK(live_memberships(given, acme) == 2);
  CHECK(given.row(acme).seats_used == 2);
}

TEST_CASE("trap: fifty accept the last seat") {
  World given;
  const auto acme = given.account("acme", 2);
  std::vector<InvitationId> invitations;
  for (int i = 0; i < 50; ++i)
    invitations.push_back(given.invited_user(acme, "u" + std::to_string(i) + "@acme.example"));
  given.batching = true;
  std::size_t accepted = 0;
  for (const auto& invitation : invitations) {
    const auto answer = given.when(holder_of(invitation), accepting());
    if (answer.accepted())
      ++accepted;
    else
      answer.then(Code::seat_limit_reached);
  }
  CHECK(accepted == 1);
  given.commit();
  CHECK(given.row(acme).seats_used == 2);
}

TEST_CASE("trap: accept after expiry") {
  World given;
  const auto acme = given.account("acme");
  const auto invitation = given.invited_partner(acme, "pat@agency.example");
  given.pass(days(7));
  given.when(holder_of(invitation), accepting()).then(Code::invitation_expired);
  CHECK(live_memberships(given, acme) == 1);
  const auto olga = given.signed_in_again(acme.owner);
  given.when(olga, InvitePartner{acme.id, "pat@agency.example", {}, {}, {}})
      .then<InvitationExpired, PartnerInvited, InvitationMailQueued>();
}

TEST_CASE("trap: re-invite after each terminal state") {
  World given;
  const auto acme = given.account("acme");
  auto olga = Asker(acme.owner);
  const auto first = given.invited_partner(acme, "pat@agency.example");
  std::optional<MembershipId> before;
  bool known = false;
  SECTION("declined") { given.when(holder_of(first), DeclineInvitation{Secret{"token"}}).then<InvitationDeclined>(); }
  SECTION("revoked") { given.when(acme.owner, RevokeInvitation{acme.id, first}).then<InvitationRevoked>(); }
  SECTION("expired") {
    given.pass(days(7));
    given.when(the_clock(), ExpireInvitation{acme.id, first}).then<InvitationExpired>();
    olga = given.signed_in_again(acme.owner);
  }
  SECTION("lapsed, the clock being late") {
    given.pass(days(7));
    olga = given.signed_in_again(acme.owner);
  }
  SECTION("accepted and then ended") {
    before = given.when(holder_of(first), accepting()).the<MembershipActivated>().membership;
    known = true;
  }
  SECTION("accepted and then left") {
    const auto joined = given.when(holder_of(first), accepting()).the<MembershipActivated>();
    before = joined.membership;
    known = true;
    given.when(Asker::signed_in(given.sign_in(joined.person)), LeaveAccount{acme.id, true})
        .then<PartnerLeft, SessionsRevoked>();
  }
  if (before && given.member(*before).status == MemberStatus::active)
    given.when(olga, DeactivateUser{acme.id, *before, {}, {}, {}, true}).then<UserDeactivated>();

  const auto invited = given.when(olga, InvitePartner{acme.id, "pat@agency.example", {}, {}, {}}).the<PartnerInvited>();
  CHECK(invited.predecessor == before);
  CHECK(invited.invitation != first);
  auto who = holder_of(invited.invitation);
  if (known) who = Asker::signed_in(given.sign_in(invited.person)).holding(link_of(invited.invitation));
  const auto again = given.when(who, accepting()).the<MembershipActivated>();
  CHECK(again.membership != before.value_or(MembershipId{}));
  CHECK(again.predecessor == before);
}

TEST_CASE("trap: a second time-boxed grant starting already expired") {
  World given;
  const auto acme = given.account("acme");
  const auto first = given.partner(acme, "pat@agency.example", true, given.now + days(1));
  given.pass(days(1));
  const auto olga = given.signed_in_again(acme.owner);
  given.when(olga, DeactivateUser{acme.id, first.id, {}, {}, {}, true}).then<UserDeactivated, SessionsRevoked>();
  given.when(olga, InvitePartner{acme.id, "pat@agency.example", {}, given.now, {}}).then(Code::access_end_in_past);
  const auto second = given.partner(
      {acme.id, {acme.owner.email, acme.owner.person, acme.id, acme.owner.id, given.sign_in(acme.owner.person)}},
      "pat@agency.example", true, given.now + days(1));
  CHECK(given.member(second.id).access_ends_at == given.now + days(1));
  given.when(second, ConfigureAccount{acme.id, "mine"}).then<AccountConfigured>();
}

TEST_CASE("trap: an invitation of another organisation managed by its id") {
  World given;
  const auto acme = given.account("acme");
  const auto other = given.account("other");
  const auto invitation = given.invited_partner(acme, "pat@agency.example");
  given.pass(minutes(2));
  given.when(other.owner, RevokeInvitation{other.id, invitation}).then(Code::not_found);
  given.when(other.owner, ResendInvitation{other.id, invitation}).then(Code::not_found);
  given.when(other.owner, RevokeInvitation{acme.id, invitation}).then(Code::not_authorized);
  given.when(other.owner, ResendInvitation{acme.id, invitation}).then(Code::not_authorized);
  given.when(the_clock(), ExpireInvitation{other.id, invitation}).then(Code::not_found);
  CHECK(given.row(invitation).status == InvitationStatus::pending);
}

TEST_CASE("trap: the last two admins remove each other at the same time") {
  World given;
  const auto acme = given.account("acme");
  const auto ada = given.admin(acme, "ada@acme.example");
  const auto bob = given.admin(acme, "bob@acme.example");
  given.when(ada, RemoveFromGroup{acme.id, acme.owner.id, Group::admin}).then<GroupLeft>();
  given.batching = true;
  SECTION("from the group") {
    given.when(ada, RemoveFromGroup{acme.id, bob.id, Group::admin}).then<GroupLeft>();
    given.when(bob, RemoveFromGroup{acme.id, ada.id, Group::admin}).then(Code::not_authorized);
    given.when(ada, RemoveFromGroup{acme.id, ada.id, Group::admin}).then(Code::last_admin);
  }
  SECTION("from the account") {
    given.when(ada, DeactivateUser{acme.id, bob.id, {}, {}, {}, {}})
        .then<UserDeactivated, SeatFreed, SessionsRevoked>();
    given.when(bob, DeactivateUser{acme.id, ada.id, {}, {}, {}, {}}).then(Code::not_authenticated);
    given.when(acme.owner, DeactivateUser{acme.id, ada.id, {}, {}, {}, {}}).then(Code::last_admin);
  }
  given.commit();
  CHECK(given.row(acme).admins == 1);
}

TEST_CASE("trap: a person who comes back inherits the tasks of before") {
  World given;
  const auto acme = given.account("acme");
  const auto before = given.partner(acme, "pat@agency.example");
  const auto open = given.records(before, RecordKind::task, 2);
  const auto completed = given.records(before, RecordKind::task, 1, RecordStatus::completed);
  given.when(before, LeaveAccount{acme.id, true}).then<RecordsUnassigned, PartnerLeft, SessionsRevoked>();
  const auto after = given.partner(acme, "pat@agency.example");
  CHECK(after.person == before.person);
  CHECK(given.member(after.id).open == RecordCounts{});
  CHECK(given.member(after.id).completed_tasks == 0);
  given.when(after, CompleteTask{acme.id, open[0]}).then(Code::not_authorized);
  given.when(after, ReopenTask{acme.id, completed[0]}).then(Code::not_authorized);
}

TEST_CASE("trap: events of one microsecond") {
  World given;
  const auto acme = given.account("acme");
  const auto from = given.log.size();
  for (int i = 0; i < 20; ++i) given.invited_partner(acme, "p" + std::to_string(i) + "@agency.example");
  std::set<EventId> ids;
  for (auto position = from; position < given.log.size(); ++position) {
    const auto envelope = given.recorded(position).envelope;
    CHECK(envelope.position == position);
    CHECK(envelope.recorded_at == given.now);
    ids.insert(envelope.id);
  }
  CHECK(ids.size() == 40);
}

TEST_CASE("trap: a seat or an address that is leaked, or missing after a rebuild") {
  World given;
  const auto acme = given.account("acme", 2);
  const auto una = given.user(acme, "una@acme.example");
  const auto revoked = given.invited_user(acme, "ben@acme.example");
  given.when(acme.owner, RevokeInvitation{acme.id, revoked});
  given.when(acme.owner, DeactivateUser{acme.id, una.id, {}, {}, {}, {}});
  given.invited_user(acme, "ben@acme.example");
  given.user(acme, "cem@acme.example");  // in the seat that became free
  CHECK(given.row(acme).seats_used == 2);

  const auto rebuilt = given.replayed(given.keys);
  CHECK(digest_of(rebuilt) == given.log.state().digest);
  const State state(rebuilt, given.keys, given.claims());
  for (const auto* email : {"una@acme.example", "ben@acme.example", "cem@acme.example", "owner@acme.example"})
    CHECK(state.person_with(email) == given.state().person_with(email));
  CHECK(state.get<AccountRow>(AccountRow::key(acme.id)).seats_used == 2);
}

TEST_CASE("trap: a token that is alive after deactivation") {
  World given;
  const auto acme = given.account("acme");
  const auto other = given.account("other");
  const auto here = given.partner(acme, "pat@agency.example", true);
  given.partner(other, "pat@agency.example");
  const auto narrow = given.sign_in(here.person, acme.id);
  given.batching = true;  // not even within the batch
  given.when(acme.owner, DeactivateUser{acme.id, here.id, {}, {}, {}, true});
  given.when(Asker::signed_in(narrow), ConfigureAccount{acme.id, "mine"}).then(Code::not_authenticated);
  // His session for all accounts lives on for the other one, and still opens nothing here.
  given.when(here, ConfigureAccount{acme.id, "mine"}).then(Code::not_authorized);
  given.when(here, InviteUser{acme.id, "new@acme.example", "Nina", {}}).then(Code::not_authorized);
  given.when(here, ConfigureAccount{other.id, "mine"}).then<AccountConfigured>();
}

TEST_CASE("trap: a token that is alive while its membership is being ended in slices") {
  World given;
  const auto acme = given.account("acme");
  const auto other = given.account("other");
  const auto here = given.partner(acme, "pat@agency.example", true);
  given.partner(other, "pat@agency.example");
  given.records(here, contact, 2'100);
  given
      .when(acme.owner,
            DeactivateUser{acme.id, here.id, RecordCounts{2'100, 0, 0}, {}, std::vector{unassign(contact)}, true})
      .then<DeactivationStarted>();
  given.when(here, ConfigureAccount{acme.id, "mine"}).then(Code::not_authorized);
  given
      .when(nobody().knowing(given.credential_of(here.person)),
            StartSession{here.email, Secret{"a good password"}, acme.id})
      .then(Code::not_active);
}

TEST_CASE("trap: a bulk command that fails in part") {
  World given;
  const auto acme = given.account("acme");
  const auto una = given.user(acme, "una@acme.example");
  auto ids = given.records(una, contact, 3);
  ids.insert(ids.begin() + 1, record_id("unknown"));
  given.when(acme.owner, UnassignRecords{acme.id, contact, ids})
      .then(rejected(Code::not_found, {detail("record", std::string{"unknown"})}));
  CHECK(given.member(una.id).open.contacts == 3);
  // An import is safe to send again: what is known is passed over, the rest goes in.
  given.when(the_operator(), ImportRecords{acme.id, contact, ids, una.id, {}})
      .then({RecordsImported{contact, RecordStatus::open, una.id, {record_id("unknown")}}});
}

TEST_CASE("trap: addresses that are the same in another case, with space or in another script") {
  World given;
  const auto acme = given.account("acme");
  const auto pat = given.partner(acme, "pat@bücher.example");
  for (const auto* typed : {"PAT@Bücher.example", "  pat@bücher.example ", "pat@xn--bcher-kva.example"})
    given.when(acme.owner, InvitePartner{acme.id, typed, {}, {}, {}})
        .then(rejected(Code::already_member, {detail("user", pat.id.text())}));
}

TEST_CASE("trap: addresses that differ by a tag or by dots are different people") {
  World given;
  const auto acme = given.account("acme");
  std::set<PersonId> persons;
  for (const auto* typed :
       {"pat@agency.example", "pat+1@agency.example", "pat+2@agency.example", "p.at@agency.example"})
    persons.insert(given.when(acme.owner, InvitePartner{acme.id, typed, {}, {}, {}}).the<PartnerInvited>().person);
  CHECK(persons.size() == 4);
  given.when(acme.owner, InvitePartner{acme.id, "pät@agency.example", {}, {}, {}}).then(Code::invalid_email);
}

TEST_CASE("trap: deactivating the only sales rep with leads") {
  World given;
  const auto acme = given.account("acme");
  const auto rep = given.sales_rep(acme, "rep@acme.example");
  const auto una = given.user(acme, "una@acme.example");
  const auto leads = given.records(rep, lead, 2);
  DeactivateUser asked{acme.id, rep.id, RecordCounts{0, 2, 0}, {}, std::vector{ratio(lead, {{una.id, 1}})}, {}};
  given.when(acme.owner, asked).then(rejected(Code::target_cannot_own_leads, {detail("user", una.id.text())}));
  SECTION("they go to nobody") {
    asked.plan = {unassign(lead)};
    CHECK(given.when(acme.owner, asked).accepted());
    CHECK_FALSE(given.record(acme, lead, leads[0])->owner);
  }
  SECTION("or somebody becomes a sales rep first") {
    given.when(acme.owner, AddToGroup{acme.id, una.id, Group::sales_rep});
    CHECK(given.when(acme.owner, asked).accepted());
    CHECK(given.held(una.id, lead) == leads);
  }
}

TEST_CASE("trap: a record assigned between preview and process") {
  World given;
  const auto acme = given.account("acme");
  const auto una = given.user(acme, "una@acme.example");
  given.records(una, contact, 2);
  const DeactivateUser asked{acme.id,
                             una.id,
                             RecordCounts{2, 0, 0},
                             given.member(una.id).ledger_version,
                             std::vector{hardcoded(contact, {{acme.owner.id, 2}})},
                             {}};
  CHECK(given.dry_run(acme.owner, asked).has_value());
  given.records(una, contact, 1);
  given.when(acme.owner, asked)
      .then(rejected(Code::assignment_counts_changed,
                     {detail("contacts", 3), detail("leads", 0), detail("tasks", 0), detail("ledger_version", 3)}));
  CHECK(given.member(una.id).open.contacts == 3);
  CHECK(given.member(una.id).status == MemberStatus::active);
}

}  // namespace
}  // namespace rollcall::testing
