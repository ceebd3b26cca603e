// The ownership ledger: records come, change hands, are completed; notes stay with their author.
#include "domain/records/reassignment.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/given.hpp"

namespace rollcall::testing {
namespace {

constexpr auto contact = RecordKind::contact;
constexpr auto lead = RecordKind::lead;
constexpr auto task = RecordKind::task;
constexpr auto note = RecordKind::note;

Rejection invalid(std::string field) { return rejected(Code::invalid_value, {detail("field", std::move(field))}); }
Rejection about(Code code, const Member& member) { return rejected(code, {detail("user", member.id.text())}); }

// An account with members of every standing that an owner of records can have.
struct Ledger {
  World given;
  Account acme = given.account("acme");
  Account other = given.account("other");
  Member una = given.user(acme, "una@acme.example");
  Member rep = given.sales_rep(acme, "rep@acme.example");
  Member pat = given.partner(acme, "pat@agency.example", false, given.now + hours(1));
  Member gone = given.user(acme, "gone@acme.example");

  Ledger() {
    given.when(acme.owner, DeactivateUser{acme.id, gone.id, {}, {}, {}, {}})
        .then<UserDeactivated, SeatFreed, SessionsRevoked>();
  }
};

// ---- RegisterRecord -----------------------------------------------------------------------------------------------

TEST_CASE("the CRM tells of a new record, with an owner or without") {
  Ledger ledger;
  auto& given = ledger.given;
  given.when(the_operator(), RegisterRecord{ledger.acme.id, contact, record_id("c1"), ledger.una.id})
      .then({RecordRegistered{contact, record_id("c1"), ledger.una.id}});
  given.when(the_operator(), RegisterRecord{ledger.acme.id, task, record_id("c1"), {}})
      .then({RecordRegistered{task, record_id("c1"), {}}});  // ids are per kind
  CHECK(given.member(ledger.una.id).open == RecordCounts{1, 0, 0});
  CHECK(given.member(ledger.una.id).ledger_version == 1);
}

TEST_CASE("registering is refused for one reason after the other") {
  Ledger ledger;
  auto& given = ledger.given;
  RegisterRecord asked{ledger.acme.id, note, record_id("c1"), ledger.other.owner.id};
  given.when(the_operator(), asked).then(invalid("kind"));
  asked.kind = lead;
  given.when(the_operator(), RegisterRecord{ledger.acme.id, lead, record_id("c1"), {}});
  given.when(the_operator(), asked).then(Code::record_exists);
  asked.record = record_id("c2");
  given.when(the_operator(), asked).then(about(Code::target_other_account, ledger.other.owner));
  asked.owner = ledger.gone.id;
  given.when(the_operator(), asked).then(about(Code::target_not_active, ledger.gone));
  asked.owner = ledger.una.id;
  given.when(the_operator(), asked).then(about(Code::target_cannot_own_leads, ledger.una));
  asked.owner = ledger.rep.id;
  CHECK(given.when(the_operator(), asked).accepted());
}

TEST_CASE("a partner whose access has lapsed gets no records") {
  Ledger ledger;
  ledger.given.pass(hours(1));
  ledger.given.when(the_operator(), RegisterRecord{ledger.acme.id, contact, record_id("c1"), ledger.pat.id})
      .then(about(Code::target_not_active, ledger.pat));
}

// ---- ImportRecords ------------------------------------------------------------------------------------------------

TEST_CASE("an import is cut into events of 256 and passes over what is known or named twice") {
  Ledger ledger;
  auto& given = ledger.given;
  auto ids = record_ids("c", 600);
  ids.push_back(ids.front());
  const ImportRecords asked{ledger.acme.id, contact, ids, ledger.una.id, {}};
  const auto done = given.when(the_operator(), asked);
  done.then<RecordsImported, RecordsImported, RecordsImported>();
  std::vector<RecordId> imported;
  for (const auto& event : done.all<RecordsImported>()) {
    CHECK(event.records.size() <= event_records_max);
    imported.insert(imported.end(), event.records.begin(), event.records.end());
  }
  CHECK(imported == record_ids("c", 600));
  CHECK(given.member(ledger.una.id).open.contacts == 600);
  given.when(the_operator(), asked).then_nothing_new();
}

TEST_CASE("completed tasks can be imported as such") {
  Ledger ledger;
  auto& given = ledger.given;
  given
      .when(the_operator(),
            ImportRecords{ledger.acme.id, task, {record_id("t1")}, ledger.una.id, RecordStatus::completed})
      .then({RecordsImported{task, RecordStatus::completed, ledger.una.id, {record_id("t1")}}});
  CHECK(given.member(ledger.una.id).open.tasks == 0);
  CHECK(given.member(ledger.una.id).completed_tasks == 1);
}

TEST_CASE("an import is refused for one reason after the other") {
  Ledger ledger;
  auto& given = ledger.given;
  ImportRecords asked{ledger.acme.id, note, record_ids("c", 5'001), ledger.other.owner.id, RecordStatus::completed};
  given.when(the_operator(), asked).then(invalid("kind"));
  asked.kind = lead;
  given.when(the_operator(), asked).then(invalid("status"));
  asked.status = RecordStatus::open;
  given.when(the_operator(), asked).then(Code::too_many_records);
  asked.records.pop_back();
  given.when(the_operator(), asked).then(about(Code::target_other_account, ledger.other.owner));
  asked.owner = ledger.gone.id;
  given.when(the_operator(), asked).then(about(Code::target_not_active, ledger.gone));
  asked.owner = ledger.una.id;
  given.when(the_operator(), asked).then(about(Code::target_cannot_own_leads, ledger.una));
  asked.owner.reset();
  CHECK(given.when(the_operator(), asked).accepted());
}

// ---- ShareRecord --------------------------------------------------------------------------------------------------

TEST_CASE("a record that is shared is edited as one's own, until it is shared no longer") {
  Ledger ledger;
  auto& given = ledger.given;
  const auto id = given.records(ledger.una, task, 1)[0];
  given.when(ledger.rep, CompleteTask{ledger.acme.id, id}).then(Code::not_authorized);
  const ShareRecord asked{ledger.acme.id, task, id, ledger.rep.id};
  given.when(ledger.una, asked).then({RecordShared{task, id, ledger.rep.id}});
  given.when(ledger.una, asked).then_nothing_new();
  given.when(ledger.rep, CompleteTask{ledger.acme.id, id}).then({TaskCompleted{id, ledger.una.id}});
  // It is shared with them, and not theirs to share.
  given.when(ledger.rep, ShareRecord{ledger.acme.id, task, id, ledger.acme.owner.id}).then(Code::not_authorized);
  given.when(ledger.rep, UnshareRecord{ledger.acme.id, task, id, ledger.rep.id}).then(Code::not_authorized);
  const UnshareRecord back{ledger.acme.id, task, id, ledger.rep.id};
  given.when(ledger.una, back).then({RecordUnshared{task, id, ledger.rep.id}});
  given.when(ledger.una, back).then_nothing_new();
  given.when(ledger.rep, ReopenTask{ledger.acme.id, id}).then(Code::not_authorized);
}

TEST_CASE("what is shared follows the record to its next owner, and ends with whom it is shared with") {
  Ledger ledger;
  auto& given = ledger.given;
  const auto id = given.records(ledger.una, task, 1)[0];
  given.when(ledger.una, ShareRecord{ledger.acme.id, task, id, ledger.rep.id}).then<RecordShared>();
  given.when(ledger.acme.owner, AssignRecord{ledger.acme.id, task, id, ledger.pat.id});
  given.when(ledger.rep, CompleteTask{ledger.acme.id, id}).then<TaskCompleted>();
  given.when(ledger.rep, ReopenTask{ledger.acme.id, id}).then<TaskReopened>();
  given.when(ledger.acme.owner, DeactivateUser{ledger.acme.id, ledger.rep.id, {}, {}, {}, {}});
  given.when(ledger.acme.owner, ReactivateUser{ledger.acme.id, ledger.rep.id}).then<UserReactivated, SeatTaken>();
  CHECK_FALSE(given.state().find<ShareRow>(ShareRow::key(ledger.acme.id, task, id)));
  CHECK_FALSE(given.state().find<SharedWithRow>(SharedWithRow::key(ledger.rep.id, task, id)));
}

TEST_CASE("what becomes somebody's own is shared with them no longer") {
  Ledger ledger;
  auto& given = ledger.given;
  const auto id = given.records(ledger.una, task, 1)[0];
  given.when(ledger.una, ShareRecord{ledger.acme.id, task, id, ledger.rep.id}).then<RecordShared>();
  given.when(ledger.acme.owner, AssignRecord{ledger.acme.id, task, id, ledger.rep.id}).then<RecordAssigned>();
  given.when(ledger.acme.owner, AssignRecord{ledger.acme.id, task, id, ledger.una.id}).then<RecordAssigned>();
  given.when(ledger.rep, CompleteTask{ledger.acme.id, id}).then(Code::not_authorized);
  CHECK_FALSE(given.state().find<ShareRow>(ShareRow::key(ledger.acme.id, task, id)));
}

TEST_CASE("completed tasks that go with their owner are shared with nobody any more") {
  Ledger ledger;
  auto& given = ledger.given;
  const auto id = given.records(ledger.una, task, 1, RecordStatus::completed)[0];
  given.when(ledger.una, ShareRecord{ledger.acme.id, task, id, ledger.rep.id}).then<RecordShared>();
  given.when(ledger.acme.owner, DeactivateUser{ledger.acme.id, ledger.una.id, {}, {}, {}, {}});
  CHECK_FALSE(given.state().find<ShareRow>(ShareRow::key(ledger.acme.id, task, id)));
  CHECK_FALSE(given.state().find<SharedWithRow>(SharedWithRow::key(ledger.rep.id, task, id)));
}

TEST_CASE("sharing is refused for one reason after the other") {
  Ledger ledger;
  auto& given = ledger.given;
  ShareRecord asked{ledger.acme.id, contact, record_id("c1"), ledger.other.owner.id};
  const auto ask = [&] { return given.when(ledger.acme.owner, asked); };
  ask().then(Code::not_found);
  given.when(ledger.acme.owner, UnshareRecord{ledger.acme.id, contact, record_id("c1"), ledger.una.id})
      .then(Code::not_found);
  const auto ids = given.records(ledger.una, contact, shared_of_one_max + 1);
  given.when(ledger.acme.owner, UnshareRecord{ledger.acme.id, contact, ids[0], ledger.other.owner.id})
      .then(Code::not_found);
  asked.record = ids[0];
  ask().then(about(Code::target_other_account, ledger.other.owner));
  asked.with = ledger.gone.id;
  ask().then(about(Code::target_not_active, ledger.gone));
  asked.with = ledger.una.id;
  ask().then_nothing_new();
  asked.with = ledger.rep.id;
  for (std::size_t i = 0; i < shared_of_one_max; ++i) {
    asked.record = ids[i];
    REQUIRE(ask().accepted());
  }
  asked.record = ids.back();
  ask().then(rejected(Code::too_many, {detail("records", shared_of_one_max)}));
  for (std::size_t i = 0; i < shared_with_max; ++i) {
    asked.with = given.partner(ledger.acme, "p" + std::to_string(i) + "@agency.example").id;
    REQUIRE(ask().accepted());
  }
  asked.with = ledger.pat.id;
  ask().then(rejected(Code::too_many, {detail("users", shared_with_max)}));
}

// ---- AssignRecord -------------------------------------------------------------------------------------------------

TEST_CASE("a record changes hands, and what each holds is counted") {
  Ledger ledger;
  auto& given = ledger.given;
  const auto id = given.records(ledger.una, contact, 1)[0];
  given.when(ledger.acme.owner, AssignRecord{ledger.acme.id, contact, id, ledger.pat.id})
      .then({RecordAssigned{contact, id, ledger.una.id, ledger.pat.id}});
  CHECK(given.member(ledger.una.id).open.contacts == 0);
  CHECK(given.held(ledger.una.id, contact).empty());
  CHECK(given.member(ledger.pat.id).open.contacts == 1);
  CHECK(given.held(ledger.pat.id, contact) == std::vector{id});
  given.when(ledger.acme.owner, AssignRecord{ledger.acme.id, contact, id, ledger.pat.id}).then_nothing_new();
}

TEST_CASE("assigning is refused for one reason after the other") {
  Ledger ledger;
  auto& given = ledger.given;
  AssignRecord asked{ledger.acme.id, note, record_id("t1"), ledger.other.owner.id};
  given.when(ledger.acme.owner, asked).then(invalid("kind"));
  asked.kind = task;
  given.when(ledger.acme.owner, asked).then(Code::not_found);
  asked.record = given.records(ledger.una, task, 1, RecordStatus::completed)[0];
  given.when(ledger.acme.owner, asked).then(Code::task_not_open);
  asked.kind = lead;
  asked.record = given.records(ledger.rep, lead, 1)[0];
  given.when(ledger.acme.owner, asked).then(about(Code::target_other_account, ledger.other.owner));
  asked.to = ledger.gone.id;
  given.when(ledger.acme.owner, asked).then(about(Code::target_not_active, ledger.gone));
  asked.to = ledger.una.id;
  given.when(ledger.acme.owner, asked).then(about(Code::target_cannot_own_leads, ledger.una));
}

TEST_CASE("who holds the right to re-assign a kind may, for that kind") {
  Ledger ledger;
  auto& given = ledger.given;
  const auto id = given.records(ledger.una, contact, 1)[0];
  const AssignRecord asked{ledger.acme.id, contact, id, ledger.pat.id};
  given.when(ledger.pat, asked).then(Code::not_authorized);

  const std::vector right{Permission::parse("contact.reassign").value()};
  given.when(ledger.acme.owner, EditUserPermissions{ledger.acme.id, ledger.pat.id, right, {}});
  auto other_kind = asked;
  other_kind.kind = task;
  given.when(ledger.pat, other_kind).then(Code::not_authorized);
  given.when(ledger.pat, asked).then<RecordAssigned>();
}

// ---- UnassignRecords ----------------------------------------------------------------------------------------------

TEST_CASE("records are taken from their owner in events of 256, each once") {
  Ledger ledger;
  auto& given = ledger.given;
  auto ids = given.records(ledger.una, contact, 300);
  ids.push_back(ids.front());
  const auto done = given.when(ledger.acme.owner, UnassignRecords{ledger.acme.id, contact, ids});
  done.then<RecordsUnassigned, RecordsUnassigned>();
  CHECK(done.all<RecordsUnassigned>()[0].from == ledger.una.id);
  CHECK_FALSE(done.all<RecordsUnassigned>()[0].reassignment);
  CHECK(given.member(ledger.una.id).open.contacts == 0);
  CHECK_FALSE(given.record(ledger.acme, contact, ids[0])->owner);
}

TEST_CASE("unassigning is refused for one reason after the other") {
  Ledger ledger;
  auto& given = ledger.given;
  const auto named = [](Code code, const RecordId& id) { return rejected(code, {detail("record", id.str())}); };
  UnassignRecords asked{ledger.acme.id, note, {}};
  given.when(ledger.acme.owner, asked).then(invalid("kind"));
  asked.kind = task;
  given.when(ledger.acme.owner, asked).then(invalid("records"));
  asked.records = record_ids("t", 5'001);
  given.when(ledger.acme.owner, asked).then(Code::too_many_records);
  asked.records = {record_id("t1")};
  given.when(ledger.acme.owner, asked).then(named(Code::not_found, record_id("t1")));
  asked.records = given.records(ledger.una, task, 1, RecordStatus::completed);
  given.when(ledger.acme.owner, asked).then(named(Code::task_not_open, asked.records[0]));
  given.when(the_operator(), RegisterRecord{ledger.acme.id, task, record_id("t1"), {}});
  asked.records = {record_id("t1")};
  given.when(ledger.acme.owner, asked).then(named(Code::record_not_assigned, record_id("t1")));
  asked.records = {given.records(ledger.una, task, 1)[0], given.records(ledger.rep, task, 1)[0]};
  given.when(ledger.acme.owner, asked).then(invalid("records"));
}

// ---- CompleteTask, ReopenTask -------------------------------------------------------------------------------------

TEST_CASE("a task is completed and opened again by the one who has it") {
  Ledger ledger;
  auto& given = ledger.given;
  const auto id = given.records(ledger.una, task, 1)[0];
  given.when(ledger.una, ReopenTask{ledger.acme.id, id}).then(Code::task_not_completed);
  given.when(ledger.una, CompleteTask{ledger.acme.id, id}).then({TaskCompleted{id, ledger.una.id}});
  CHECK(given.member(ledger.una.id).open.tasks == 0);
  CHECK(given.member(ledger.una.id).completed_tasks == 1);
  CHECK(given.held(ledger.una.id, task, RecordStatus::completed) == std::vector{id});
  given.when(ledger.una, CompleteTask{ledger.acme.id, id}).then(Code::task_not_open);
  given.when(ledger.una, ReopenTask{ledger.acme.id, id}).then({TaskReopened{id, ledger.una.id}});
  CHECK(given.member(ledger.una.id).open.tasks == 1);
  CHECK(given.held(ledger.una.id, task) == std::vector{id});
}

TEST_CASE("tasks that do not exist are neither completed nor opened; those of nobody are") {
  Ledger ledger;
  auto& given = ledger.given;
  given.when(the_operator(), CompleteTask{ledger.acme.id, record_id("t1")}).then(Code::not_found);
  given.when(the_operator(), ReopenTask{ledger.acme.id, record_id("t1")}).then(Code::not_found);
  given.when(the_operator(), RegisterRecord{ledger.acme.id, task, record_id("t1"), {}});
  given.when(the_operator(), CompleteTask{ledger.acme.id, record_id("t1")}).then({TaskCompleted{record_id("t1"), {}}});
  given.when(the_operator(), ReopenTask{ledger.acme.id, record_id("t1")}).then({TaskReopened{record_id("t1"), {}}});
}

TEST_CASE(
    "a task of somebody whose access has lapsed, or who has left, is opened again for nobody, and can be assigned") {
  Ledger ledger;
  auto& given = ledger.given;
  const auto id = given.records(ledger.pat, task, 1, RecordStatus::completed)[0];
  if (GENERATE(true, false))
    given.pass(hours(1));
  else
    given.when(ledger.pat, LeaveAccount{ledger.acme.id, true}).then<PartnerLeft, SessionsRevoked>();
  given.when(ledger.acme.owner, ReopenTask{ledger.acme.id, id})
      .then({TaskReopened{id, ledger.pat.id}, RecordsUnassigned{task, ledger.pat.id, {id}, std::nullopt}});
  CHECK_FALSE(given.record(ledger.acme, task, id)->owner);
  CHECK(given.member(ledger.pat.id).open == RecordCounts{});
  given.when(ledger.acme.owner, AssignRecord{ledger.acme.id, task, id, ledger.una.id}).then<RecordAssigned>();
}

// ---- AddNote ------------------------------------------------------------------------------------------------------

TEST_CASE("a note belongs to its author: oneself, or the one the CRM names") {
  Ledger ledger;
  auto& given = ledger.given;
  given.when(ledger.una, AddNote{ledger.acme.id, record_id("n1"), {}})
      .then({NoteAdded{record_id("n1"), ledger.una.id}});
  given.when(the_operator(), AddNote{ledger.acme.id, record_id("n2"), ledger.una.id})
      .then({NoteAdded{record_id("n2"), ledger.una.id}});
  CHECK(given.member(ledger.una.id).notes == 2);
  CHECK(given.member(ledger.una.id).open == RecordCounts{});
}

TEST_CASE("a note is refused for one reason after the other") {
  Ledger ledger;
  auto& given = ledger.given;
  given.when(ledger.una, AddNote{ledger.acme.id, record_id("n1"), {}});
  AddNote asked{ledger.acme.id, record_id("n1"), {}};
  given.when(the_operator(), asked).then(invalid("author"));
  asked.author = ledger.other.owner.id;
  given.when(the_operator(), asked).then(Code::target_other_account);
  asked.author = ledger.gone.id;
  given.when(the_operator(), asked).then(Code::target_not_active);
  asked.author = ledger.una.id;
  given.when(the_operator(), asked).then(Code::record_exists);
}

}  // namespace
}  // namespace rollcall::testing
