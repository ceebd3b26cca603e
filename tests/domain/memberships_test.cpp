// The end of a membership: others deactivate, partners leave. And the label a member gives his account.
#include "tests/support/catch.hpp"
#include "tests/support/given.hpp"

namespace rollcall::testing {
namespace {

using Plan = std::vector<KindPlan>;
constexpr auto contact = RecordKind::contact;
constexpr auto lead = RecordKind::lead;
constexpr auto task = RecordKind::task;

DeactivateUser deactivating(const Member& member) { return {member.account, member.id, {}, {}, {}, {}}; }

DeactivateUser deactivating(const Member& member, RecordCounts basis, Plan plan) {
  return {member.account, member.id, basis, {}, std::move(plan), {}};
}

Rejection invalid(std::string field) { return rejected(Code::invalid_value, {detail("field", std::move(field))}); }

// ---- DeactivateUser -----------------------------------------------------------------------------------------------

TEST_CASE("a user who holds nothing is deactivated: his seat is free, his sessions end") {
  World given;
  const auto acme = given.account("acme");
  const auto una = given.user(acme, "una@acme.example");
  given.when(acme.owner, deactivating(una))
      .then({UserDeactivated{una.id, una.person, MemberKind::standard, EndCause::deactivated, false, true, {}},
             SeatFreed{una.id, 1, 10}, SessionsRevoked{una.person, una.id, {una.session}}});
  CHECK(given.member(una.id).status == MemberStatus::inactive);
  CHECK(given.row(acme).seats_used == 1);
  CHECK(given.sessions_of(una.person).empty());
  given.when(una, ConfigureAccount{acme.id, "mine"}).then(Code::not_authenticated);
}

TEST_CASE("a partner's end frees no seat and is for good") {
  World given;
  const auto acme = given.account("acme");
  const auto pat = given.partner(acme, "pat@agency.example");
  auto asked = deactivating(pat);
  asked.confirm_irreversible = true;
  given.when(acme.owner, asked)
      .then({UserDeactivated{pat.id, pat.person, MemberKind::partner, EndCause::deactivated, true, false, {}},
             SessionsRevoked{pat.person, pat.id, {pat.session}}});
  CHECK(given.member(pat.id).status == MemberStatus::ended);
  CHECK(given.row(acme).seats_used == 1);
}

TEST_CASE("what a deactivated user holds goes where the plan says, in one append with his end") {
  World given;
  const auto acme = given.account("acme");
  const auto una = given.sales_rep(acme, "una@acme.example");
  const auto ben = given.sales_rep(acme, "ben@acme.example");
  const auto contacts = given.records(una, contact, 3);
  const auto leads = given.records(una, lead, 2);
  const auto tasks = given.records(una, task, 1);
  const auto done = given.records(una, task, 2, RecordStatus::completed);
  given.notes(una, 4);

  const auto asked =
      deactivating(una, {3, 2, 1},
                   {ratio(contact, {{acme.owner.id, 1}, {ben.id, 1}}), hardcoded(lead, {{ben.id, 2}}), unassign(task)});
  const auto ended = given.when(acme.owner, asked);
  const auto& completed = ended.the<ReassignmentCompleted>();
  const auto id = completed.reassignment;
  constexpr auto by_ratio = ReassignmentMode::ratio;
  ended.then({RecordsReassigned{id, contact, by_ratio, una.id, acme.owner.id, 3, 1, {contacts[0], contacts[1]}},
              RecordsReassigned{id, contact, by_ratio, una.id, ben.id, 3, 1, {contacts[2]}},
              RecordsReassigned{id, lead, ReassignmentMode::hardcoded, una.id, ben.id, 2, 2, leads},
              RecordsUnassigned{task, una.id, tasks, id},
              ReassignmentCompleted{id, una.id, {3, 2, 1}, completed.map_digest}, CompletedTasksRemoved{una.id, done},
              UserDeactivated{una.id, una.person, MemberKind::standard, EndCause::deactivated, false, true,
                              completed.map_digest},
              SeatFreed{una.id, 2, 10}, SessionsRevoked{una.person, una.id, {una.session}}});

  const auto left = given.member(una.id);
  CHECK(left.open == RecordCounts{});
  CHECK(left.completed_tasks == 0);
  CHECK(left.notes == 4);
  CHECK(given.held(una.id, RecordKind::note).size() == 4);
  CHECK(given.held(ben.id, lead) == leads);
  CHECK(given.record(acme, task, tasks[0])->owner == std::nullopt);
  CHECK_FALSE(given.record(acme, task, done[0]));
}

TEST_CASE("with the last active membership all sessions of a person end, before that those of the account") {
  World given;
  const auto acme = given.account("acme");
  const auto other = given.account("other");
  const auto here = given.partner(acme, "pat@agency.example");
  const auto there = given.partner(other, "pat@agency.example");
  const auto only_here = given.sign_in(here.person, acme.id);
  const auto only_there = given.sign_in(here.person, other.id);
  CHECK(given.sessions_of(here.person).size() == 5);  // with the one he accepted the second invitation in

  auto asked = deactivating(here);
  asked.confirm_irreversible = true;
  CHECK(given.when(acme.owner, asked).the<SessionsRevoked>().sessions == std::vector{only_here});
  asked = deactivating(there);
  asked.confirm_irreversible = true;
  const auto revoked = given.when(other.owner, asked).the<SessionsRevoked>().sessions;
  CHECK(revoked.size() == 4);
  CHECK(std::count(revoked.begin(), revoked.end(), only_there) == 1);
  CHECK(given.sessions_of(here.person).empty());
}

TEST_CASE("a membership that is being ended in slices does not keep a person's other sessions alive") {
  World given;
  const auto acme = given.account("acme");
  const auto other = given.account("other");
  const auto here = given.partner(acme, "pat@agency.example");
  const auto there = given.partner(other, "pat@agency.example");
  given.records(here, contact, 2'001);
  auto asked = deactivating(here, {2'001, 0, 0}, {unassign(contact)});
  asked.confirm_irreversible = true;
  given.when(acme.owner, asked).then<DeactivationStarted>();
  asked = deactivating(there);
  asked.confirm_irreversible = true;
  given.when(other.owner, asked).then<UserDeactivated, SessionsRevoked>();
  CHECK(given.sessions_of(here.person).empty());
}

TEST_CASE("hundreds of sessions end in events of 256") {
  World given;
  const auto acme = given.account("acme");
  const auto una = given.user(acme, "una@acme.example");
  given.batching = true;
  const auto credential = given.credential_of(una.person);
  for (int i = 0; i < 299; ++i)
    given.when(nobody().knowing(credential), StartSession{una.email, Secret{"a good password"}, {}});
  given.batching = false;
  const auto ended = given.when(acme.owner, deactivating(una));
  ended.then<UserDeactivated, SeatFreed, SessionsRevoked, SessionsRevoked>();
  CHECK(ended.all<SessionsRevoked>()[0].sessions.size() == 256);
  CHECK(ended.all<SessionsRevoked>()[1].sessions.size() == 44);
}

TEST_CASE("a partner whose access has lapsed by itself can still be ended properly") {
  World given;
  const auto acme = given.account("acme");
  const auto pat = given.partner(acme, "pat@agency.example", false, given.now + hours(1));
  given.records(pat, contact, 1);
  given.pass(hours(1));
  auto asked = deactivating(pat, {1, 0, 0}, {ratio(contact, {{acme.owner.id, 1}})});
  asked.confirm_irreversible = true;
  CHECK(given.when(acme.owner, asked).accepted());
}

TEST_CASE("deactivation is refused for one reason after the other: who") {
  World given;
  const auto acme = given.account("acme");
  const auto other = given.account("other");
  const auto adam = given.admin(acme, "adam@acme.example");
  const auto una = given.user(acme, "una@acme.example");
  const auto pat = given.partner(acme, "pat@agency.example");
  given.when(adam, DeactivateUser{acme.id, MembershipId{}, {}, {}, {}, {}}).then(Code::not_found);
  given.when(adam, DeactivateUser{acme.id, other.owner.id, {}, {}, {}, {}}).then(Code::not_found);
  given.when(adam, deactivating(acme.owner)).then(Code::cannot_deactivate_owner);
  given.when(acme.owner, deactivating(acme.owner)).then(Code::cannot_deactivate_owner);
  given.when(adam, deactivating(adam)).then(Code::cannot_deactivate_self);
  given.when(adam, deactivating(una)).then<UserDeactivated, SeatFreed, SessionsRevoked>();
  given.when(adam, deactivating(una)).then(Code::not_active);
  given.when(adam, deactivating(pat)).then(Code::irreversible_not_confirmed);

  given.when(adam, RemoveFromGroup{acme.id, acme.owner.id, Group::admin});
  given.when(acme.owner, deactivating(adam)).then(Code::last_admin);
}

TEST_CASE("the end of a partner has to be confirmed before anything else is looked at") {
  World given;
  const auto acme = given.account("acme");
  const auto pat = given.partner(acme, "pat@agency.example");
  given.records(pat, contact, 1);
  auto asked = deactivating(pat);
  asked.confirm_irreversible = false;
  given.when(acme.owner, asked).then(Code::irreversible_not_confirmed);
  asked.confirm_irreversible = true;
  given.when(acme.owner, asked).then(Code::reassignment_required);
}

TEST_CASE("deactivation is refused for one reason after the other: what he holds") {
  World given;
  const auto acme = given.account("acme");
  const auto una = given.sales_rep(acme, "una@acme.example");
  given.records(una, contact, 2);
  given.records(una, lead, 1);
  auto asked = deactivating(una);
  const std::vector now{detail("contacts", 2), detail("leads", 1), detail("tasks", 0), detail("ledger_version", 3)};
  given.when(acme.owner, asked).then(rejected(Code::reassignment_required, now));
  asked.plan = Plan{};
  given.when(acme.owner, asked).then(Code::invalid_value);
  asked.basis = RecordCounts{2, 0, 0};
  given.when(acme.owner, asked).then(rejected(Code::assignment_counts_changed, now));
  asked.basis = RecordCounts{2, 1, 0};
  asked.ledger_version = 2;
  given.when(acme.owner, asked).then(rejected(Code::assignment_counts_changed, now));
  asked.ledger_version = 3;
  given.when(acme.owner, asked)
      .then(rejected(Code::reassignment_incomplete, {detail("kind", std::string{"contact"}), detail("missing", 2)}));
  asked.plan = Plan{unassign(contact)};
  given.when(acme.owner, asked)
      .then(rejected(Code::reassignment_incomplete, {detail("kind", std::string{"lead"}), detail("missing", 1)}));
  asked.plan = Plan{unassign(contact), unassign(lead)};
  CHECK(given.when(acme.owner, asked).accepted());
}

TEST_CASE("a user who holds nothing needs no plan, but a plan that is sent has to be right") {
  World given;
  const auto acme = given.account("acme");
  const auto una = given.user(acme, "una@acme.example");
  auto asked = deactivating(una, {1, 0, 0}, {});
  given.when(acme.owner, asked).then(Code::assignment_counts_changed);
  asked = deactivating(una, {}, {hardcoded(contact, {{acme.owner.id, 1}})});
  given.when(acme.owner, asked).then(Code::reassignment_over_allocated);
  asked = deactivating(una, {}, {ratio(contact, {{acme.owner.id, 1}})});
  given.when(acme.owner, asked).then<UserDeactivated, SeatFreed, SessionsRevoked>();
}

// ---- LeaveAccount -------------------------------------------------------------------------------------------------

TEST_CASE("a partner who leaves lets go of leads and tasks, and of this membership only") {
  World given;
  const auto acme = given.account("acme");
  const auto other = given.account("other");
  const auto pat = given.partner(acme, "pat@agency.example");
  const auto elsewhere = given.partner(other, "pat@agency.example");
  given.when(acme.owner, AddToGroup{acme.id, pat.id, Group::sales_rep});
  const auto leads = given.records(pat, lead, 2);
  const auto tasks = given.records(pat, task, 1);
  given.notes(pat, 1);
  const auto here = given.sign_in(pat.person, acme.id);

  const auto left = given.when(pat, LeaveAccount{acme.id, true});
  left.then<RecordsUnassigned, RecordsUnassigned, PartnerLeft, SessionsRevoked>();
  CHECK(left.all<RecordsUnassigned>()[0].records == leads);
  CHECK(left.all<RecordsUnassigned>()[1].records == tasks);
  CHECK(left.the<PartnerLeft>() == PartnerLeft{pat.id, pat.person, true});
  CHECK(left.the<SessionsRevoked>().sessions == std::vector{here});

  CHECK(given.member(pat.id).status == MemberStatus::ended);
  CHECK(given.member(pat.id).open == RecordCounts{});
  CHECK(given.member(pat.id).notes == 1);
  CHECK_FALSE(given.record(acme, lead, leads[0])->owner);
  CHECK(given.member(elsewhere.id).status == MemberStatus::active);
  given.when(pat, ConfigureAccount{acme.id, "mine"}).then(Code::not_authorized);
  given.when(pat, ConfigureAccount{other.id, "mine"}).then<AccountConfigured>();
}

TEST_CASE("leaving is refused for one reason after the other") {
  World given;
  const auto acme = given.account("acme");
  const auto una = given.user(acme, "una@acme.example");
  const auto pat = given.partner(acme, "pat@agency.example");
  given.when(una, LeaveAccount{acme.id, {}}).then(Code::not_a_partner);
  given.when(acme.owner, LeaveAccount{acme.id, true}).then(Code::not_a_partner);
  const auto contacts = given.records(pat, contact, 3);
  given.when(pat, LeaveAccount{acme.id, {}}).then(rejected(Code::has_assigned_contacts, {detail("contacts", 3)}));
  given.when(acme.owner, UnassignRecords{acme.id, contact, contacts});
  given.when(pat, LeaveAccount{acme.id, {}}).then(Code::confirmation_required);
  given.when(pat, LeaveAccount{acme.id, false}).then(Code::confirmation_required);
  given.when(pat, LeaveAccount{acme.id, true}).then<PartnerLeft, SessionsRevoked>();
  given.when(pat, LeaveAccount{acme.id, true}).then(Code::not_authenticated);
}

// ---- ExpireAccess -------------------------------------------------------------------------------------------------

TEST_CASE("access for a time ends at its instant, and the membership with it where nothing is held") {
  World given;
  const auto acme = given.account("acme");
  const auto ends = given.now + days(1);
  const auto pat = given.partner(acme, "pat@agency.example", true, ends);
  const auto here = given.sign_in(pat.person, acme.id);
  given.when(the_clock(), ExpireAccess{acme.id, pat.id}).then(Code::not_due);
  given.now = ends;
  const auto ended = given.when(the_clock(), ExpireAccess{acme.id, pat.id});
  ended.then<AccessExpired, SessionsRevoked, UserDeactivated>();
  CHECK(ended.the<AccessExpired>() == AccessExpired{pat.id, pat.person, ends, {}});
  const auto revoked = ended.the<SessionsRevoked>().sessions;
  CHECK(std::count(revoked.begin(), revoked.end(), here) == 1);
  CHECK(ended.the<UserDeactivated>().cause == EndCause::expired);
  CHECK(ended.the<UserDeactivated>().terminal);
  CHECK(given.member(pat.id).status == MemberStatus::ended);
  given.when(the_clock(), ExpireAccess{acme.id, pat.id}).then(Code::not_active);
  given.when(the_clock(), ExpireAccess{acme.id, MembershipId{}}).then(Code::not_found);
  given.when(the_clock(), ExpireAccess{acme.id, acme.owner.id}).then(Code::not_due);
  given.when(given.signed_in_again(acme.owner), InvitePartner{acme.id, "pat@agency.example", {}, {}, {}})
      .then<PartnerInvited, InvitationMailQueued>();
}

TEST_CASE("what somebody still holds whose access is over is others' to reassign, then they may come again") {
  World given;
  const auto acme = given.account("acme");
  const auto una = given.user(acme, "una@acme.example");
  const auto ends = given.now + days(1);
  const auto pat = given.partner(acme, "pat@agency.example", false, ends);
  given.records(pat, contact, 2);
  given.records(pat, task, 1);
  given.pass(days(1));
  const auto owner = given.signed_in_again(acme.owner);
  const InvitePartner again{acme.id, "pat@agency.example", {}, {}, {}};
  const auto holds = rejected(Code::expired_member_holds_records,
                              {detail("user", pat.id.text()), detail("contacts", 2), detail("leads", 0),
                               detail("tasks", 1), detail("ledger_version", 3)});

  if (GENERATE(true, false)) {  // whether or not the clock has come by
    given.when(the_clock(), ExpireAccess{acme.id, pat.id}).then<AccessExpired, SessionsRevoked>();
    CHECK(given.member(pat.id).status == MemberStatus::expired);
    given.when(the_clock(), ExpireAccess{acme.id, pat.id}).then(Code::not_active);
  }
  given.when(owner, again).then(holds);
  given.when(owner, InviteUser{acme.id, "pat@agency.example", "Pat", {}}).then(holds);
  given.when(owner, DeactivateUser{acme.id, pat.id, {}, {}, {}, true}).then(Code::reassignment_required);
  const auto done =
      given.when(owner, DeactivateUser{acme.id,
                                       pat.id,
                                       given.member(pat.id).open,
                                       {},
                                       std::vector{ratio(contact, {{una.id, 1}}), ratio(task, {{una.id, 1}})},
                                       true});
  CHECK(done.the<UserDeactivated>().cause == EndCause::expired);
  CHECK(given.member(pat.id).status == MemberStatus::ended);
  CHECK(given.member(una.id).open == RecordCounts{2, 0, 1});
  const auto invited = given.when(owner, again).the<PartnerInvited>();
  CHECK(invited.predecessor == pat.id);
}

TEST_CASE("a new invitation works from the instant on, even when the clock has not come by") {
  World given;
  const auto acme = given.account("acme");
  const auto ends = given.now + hours(1);
  const auto pat = given.partner(acme, "pat@agency.example", false, ends);
  const InvitePartner again{acme.id, "pat@agency.example", {}, {}, {}};
  given.now = ends - microseconds(1);
  given.when(acme.owner, again).then(rejected(Code::already_member, {detail("user", pat.id.text())}));
  given.now = ends;
  given.when(acme.owner, again)
      .then<AccessExpired, SessionsRevoked, UserDeactivated, PartnerInvited, InvitationMailQueued>();
  CHECK(given.member(pat.id).status == MemberStatus::ended);
}

// ---- ConfigureAccount ----------------------------------------------------------------------------------------------

TEST_CASE("a member labels an account for himself, and takes the label away") {
  World given;
  const auto acme = given.account("acme");
  const auto pat = given.partner(acme, "pat@agency.example");
  const auto set = given.when(pat, ConfigureAccount{acme.id, "My best client"}).the<AccountConfigured>();
  CHECK(set.membership == pat.id);
  CHECK(set.person == pat.person);
  CHECK(set.label == Personal(given.row(pat.person).key_number, "My best client"));
  given.when(pat, ConfigureAccount{acme.id, ""}).then<AccountConfigured>();
  given.when(pat, ConfigureAccount{acme.id, std::string(101, 'a')}).then(invalid("label"));
  given.when(pat, ConfigureAccount{acme.id, "a\ttab"}).then(invalid("label"));
}

}  // namespace
}  // namespace rollcall::testing
