// Every fold is total on the erased: a log whose keys are lost, some or all, is replayed without a complaint.
#include <set>

#include "events/catalogue.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/given.hpp"

namespace rollcall::testing {
namespace {

constexpr auto contact = RecordKind::contact;

// The keys of a world, of which some are lost.
class LostKeys final : public KeyRing {
 public:
  LostKeys(const KeyRing& all, std::set<KeyNumber> lost) : all_(all), lost_(std::move(lost)) {}
  std::optional<DataKey> find(KeyNumber number) const override {
    if (lost_.contains(number)) return std::nullopt;
    return all_.find(number);
  }

 private:
  const KeyRing& all_;
  std::set<KeyNumber> lost_;
};

// A story in which every event there is comes to pass.
void tell(World& given) {
  const auto acme = given.account("acme");
  const auto adam = given.admin(acme, "adam@acme.example");
  const auto rep = given.sales_rep(acme, "rep@acme.example");
  given.when(acme.owner, RemoveFromGroup{acme.id, adam.id, Group::admin});
  given.when(the_operator(), ChangeSeatLimit{acme.id, 20});

  const auto declined = given.invited_partner(acme, "declining@agency.example");
  given.when(nobody().holding(link_of(declined)), DeclineInvitation{Secret{"token"}});
  const auto revoked = given.invited_partner(acme, "revoked@agency.example");
  given.when(acme.owner, RevokeInvitation{acme.id, revoked});
  const auto late = given.invited_user(acme, "late@acme.example");
  given.pass(minutes(2));
  given.when(acme.owner, ResendInvitation{acme.id, late});

  given.when(the_operator_for(acme.owner.person), RegisterRecord{acme.id, contact, record_id("c1"), adam.id});
  given.when(acme.owner, AssignRecord{acme.id, contact, record_id("c1"), rep.id});
  given.when(acme.owner, UnassignRecords{acme.id, contact, {record_id("c1")}});
  given.notes(rep, 1);
  const auto task = given.records(rep, RecordKind::task, 1)[0];
  given.when(rep, ShareRecord{acme.id, RecordKind::task, task, adam.id});
  given.when(adam, CompleteTask{acme.id, task});
  given.when(rep, UnshareRecord{acme.id, RecordKind::task, task, adam.id});
  given.when(rep, ReopenTask{acme.id, task});
  given.when(rep, CompleteTask{acme.id, task});

  // A large end of a user and a large reassignment, with reasons to be sealed in the work under way.
  given.records(rep, contact, 2'050);
  given.when(Asker(acme.owner).because("too many for her"),
             ReassignRecords{acme.id, rep.id, given.member(rep.id).open, {}, {ratio(contact, {{adam.id, 1}})}});
  given.work_to_the_end();
  auto plan = std::vector{hardcoded(contact, {{acme.owner.id, 2'050}})};
  given.when(Asker(acme.owner).because("he has left us"),
             DeactivateUser{acme.id, adam.id, given.member(adam.id).open, {}, plan, {}});
  given.work_to_the_end();
  given.when(acme.owner, DeactivateUser{acme.id, rep.id, {}, {}, {}, {}});

  const auto pat = given.partner(acme, "pat@agency.example", true);
  given.when(pat, ConfigureAccount{acme.id, "My best client"});
  given.when(acme.owner, AddToGroup{acme.id, pat.id, Group::sales_rep});
  given.records(pat, RecordKind::lead, 2'050);
  given.when(pat, LeaveAccount{acme.id, true});
  given.work_to_the_end();

  given.when(the_clock(), RecordFailedSignIns{pat.person, given.now, 3});
  given.when(the_clock(), RecordRefusals{pat.person, given.now, 7});
  given.when(Asker(acme.owner).because("a mistake"), InviteUser{acme.id, acme.owner.email, "Olga", {}});
  const auto tim = given.partner(acme, "tim@agency.example", false, given.now + days(1));
  given.when(acme.owner, EndSession{});
  given.when(nobody(), RequestPasswordReset{tim.email});
  given.when(nobody().holding({LinkKind::reset, tim.person.bytes, 1}).choosing_a_password(),
             ResetPassword{Secret{"token"}, Secret{"another good password"}});
  const auto again = given.signed_in_again(acme.owner);
  const auto tim_in = Asker::signed_in(given.sign_in(tim.person)).knowing(given.credential_of(tim.person));
  given.when(tim_in, ChangeName{"Timothy"});
  given.when(tim_in, ChangeEmail{"timothy@agency.example", Secret{"another good password"}});
  given.when(nobody().holding({LinkKind::email, tim.person.bytes, 1}), ConfirmEmail{Secret{"token"}});
  given.when(the_operator(), DemandPasswordChange{"timothy@agency.example"});
  given.sign_in(tim.person);
  given.when(again, ForceLogout{acme.id, {tim.id, MembershipId{}}});
  auto owner = acme.owner;
  owner.session = *again.caller.session;
  given.second_factor(owner);
  const auto knowing = again.knowing(given.credential_of(owner.person));
  given.when(again, SetPolicy{acme.id, Policy::require_second_factor, "admins"});
  given.when(again, SetPolicy{acme.id, Policy::require_second_factor, "nobody"});
  given.when(knowing.showing(11), ConfirmSession{Secret{"a good password"}, Secret{"123456"}});
  given.when(knowing.showing(12), RemoveSecondFactor{Secret{"a good password"}, Secret{"123456"}});
  given.when(again, SetPolicy{acme.id, Policy::language, "de"});
  given.when(the_clock(), RecordMail{1, MailOutcome::deferred, 450U, pat.person, {}});
  given.when(the_clock(), RecordMail{1, MailOutcome::sent, {}, pat.person, {}});
  given.when(the_clock(), RecordMail{2, MailOutcome::refused, {}, pat.person, late});
  given.when(the_operator(), ReportBounce{acme.owner.email, {}});
  for (const auto* device : {"Firefox/121.0", "curl/8.5"}) {
    auto from = nobody().knowing(given.credential_of(owner.person)).showing(device[0] == 'F' ? 13 : 14);
    from.caller.user_agent = device;
    given.when(from, StartSession{owner.email, Secret{"a good password"}, {}, Secret{"123456"}});
  }
  const std::vector some{Permission::parse("contact.view").value()};
  Account here = acme;
  here.owner = owner;
  const auto zoe = given.user(here, "zoe@acme.example"), mia = given.user(here, "mia@acme.example");
  const auto last = given.partner(here, "last@agency.example", false, given.now + days(300));
  given.when(again, SetGlobalPermissions{acme.id, some});
  given.when(again, EditUserPermissions{acme.id, zoe.id, some, {}});
  given.when(again, ClonePermissions{acme.id, zoe.id, {mia.id}});
  const auto role = given.when(again, CreateRole{acme.id, "Seller", some}).the<RoleCreated>().role;
  given.when(again, ChangeRole{acme.id, role, "Buyer", {}});
  given.when(again, AssignRole{acme.id, zoe.id, MemberRole::parse("staff")});
  given.when(again, RetireRole{acme.id, role});
  const auto team = given.when(again, CreateTeam{acme.id, "North"}).the<TeamCreated>().team;
  given.when(again, AddTeamManager{acme.id, team, zoe.id});
  given.when(again, RenameTeam{acme.id, team, "South"});
  given.when(again, DissolveTeam{acme.id, team});
  given.when(again, FreezeUser{acme.id, mia.id, {}});
  given.when(again, UnfreezeUser{acme.id, mia.id});
  given.when(again, ShortenAccess{acme.id, last.id, given.now + days(200)});
  given.records(last, contact, 1);
  given.when(last, RequestHandOver{acme.id});
  given.when(again, DeactivateUser{acme.id, zoe.id, {}, {}, {}, {}});
  given.when(again, ReactivateUser{acme.id, zoe.id});
  given.when(again, DeactivateUser{acme.id, zoe.id, {}, {}, {}, {}});
  given.when(the_operator(), UnlinkIdentity{acme.id, zoe.id, "T-1"});
  given.when(the_operator(), CertifyPartner{"certified@agency.example"});
  given.when(the_operator(), EndCertification{"certified@agency.example"});
  const auto key = given.key(again, {KeyScope::read});
  given.when(the_clock(), RecordKeyUse{key, given.now, given.now, {{"Users", 1}}});
  given.when(again.making_a_key(), RotateAccessKey{key, {}, {}});
  given.when(again, RevokeAccessKey{key});
  given.pass(days(8));
  given.when(the_clock(), ExpireInvitation{acme.id, late});
  given.when(the_clock(), ExpireAccess{acme.id, tim.id});
  given.when(the_operator(), TransferOwnership{acme.id, mia.id});
  given.when(the_operator(), OrderRebuild{"users", true});
  given.when(the_clock(), RecordSigningKey{"one", "other", "— one AAAA"});
  given.when(the_clock(), RecordWrappingKey{3});
  given.when(the_operator(), ConfirmClock{});
}

TEST_CASE("the story that is told here has every event there is") {
  World given;
  tell(given);
  std::set<std::string> told;
  for (Position position = 0; position < given.log.size(); ++position)
    told.insert(given.recorded(position).envelope.type);
  for (const auto& [type, version] : EventVersions::names) {
    if (type == AccountLabelSet::type) continue;  // AccountConfigured took its place: only old logs have it
    INFO(type);
    CHECK(told.contains(std::string{type}));
  }
}

TEST_CASE("whichever key is lost, the log is replayed, and the rows that are not about a person are the same") {
  World given;
  tell(given);
  const auto keys = given.state().meta().keys;
  const auto row_of = [&](const MemoryRows& rows, const KeyRing& with, const AccountId& account) {
    return State(rows, with, given.claims()).get<AccountRow>(AccountRow::key(account));
  };
  const auto acme = AccountId::parse("acme").value();
  std::vector<std::set<KeyNumber>> losses{{}};
  for (KeyNumber number = 1; number <= keys; ++number) {
    losses.push_back({number});
    losses.front().insert(number);  // the first: all of them
  }
  for (const auto& lost : losses) {
    CAPTURE(*lost.begin(), lost.size());
    const LostKeys left(given.keys, lost);
    const auto rows = given.replayed(left);
    CHECK(row_of(rows, left, acme).seats_used == given.state().get<AccountRow>(AccountRow::key(acme)).seats_used);
    CHECK(row_of(rows, left, acme).admins == 2);
    const auto meta = State(rows, left, given.claims()).meta();
    CHECK(meta.keys == keys);
    CHECK(meta.works == 0);
  }
}

TEST_CASE("an erased person is found no more by his address, and his rows read as erased") {
  World given;
  const auto acme = given.account("acme");
  const auto pat = given.partner(acme, "pat@agency.example");
  const LostKeys left(given.keys, {given.row(pat.person).key_number});
  const auto rows = given.replayed(left);
  const State state(rows, left, given.claims());
  CHECK_FALSE(state.person_with("pat@agency.example"));
  CHECK(state.get<PersonRow>(PersonRow::key(pat.person)).email.shown() == "[erased]");
  CHECK(state.get<MembershipRow>(MembershipRow::key(pat.id)).status == MemberStatus::active);
}

TEST_CASE("without any key at all the log is replayed too") {
  World given;
  tell(given);
  const MemoryRows empty;
  State state(empty, given.keys, given.claims());
  given.log.read(0, [&](Position, std::string_view entry) {
    evolve(state, decode_entry(entry, nullptr));
    return true;
  });
  CHECK(state.meta().keys == given.state().meta().keys);
}

}  // namespace
}  // namespace rollcall::testing
