#include "projections/views/assignments.hpp"

#include "tests/projections/story.hpp"
#include "tests/support/catch.hpp"

using namespace rollcall;
using namespace rollcall::projections;

namespace {

struct AssignmentsList {
  Story story;
  LiveView view{assignments};

  json::value page(const Parameters& parameters = {}) {
    const auto text = ask<Assignments>(view.rows(story), story.here, parameters, story.now);
    REQUIRE(text.has_value());
    return json::parse(*text);
  }
  Words names(const Parameters& parameters = {}) { return column(page(parameters), "assignments", "name"); }
};

}  // namespace

TEST_CASE("assignments count what each member holds") {
  AssignmentsList list;
  list.story.open_account("gx624", "Olga");
  const auto user = list.story.user("ulla@firm.example", "Ulla");
  list.story.gets(user, RecordKind::contact, "C1");
  list.story.gets(user, RecordKind::task, "T1");
  list.story.happens(TaskCompleted{Story::record("T1"), user.id});
  list.story.happens(NoteAdded{Story::record("N1"), user.id});

  CHECK(json::serialize(list.page({{"non_zero", "true"}}).at("assignments")) ==
        R"([{"id":")" + user.id.text() +
            R"(","kind":"standard","partner":false,"name":"Ulla","email":"ulla@firm.example","role":"user",)"
            R"("admin":false,"groups":[],"status":"active","contacts":1,"leads":0,"pending_tasks":0,)"
            R"("completed_tasks":1,"notes":1,"ledger_version":4}])");
}

TEST_CASE("assignments are filtered by what is held, by kind and by status") {
  AssignmentsList list;
  list.story.open_account("gx624", "Olga");
  const auto user = list.story.user("ulla@firm.example", "Ulla");
  const auto partner = list.story.partner("paula@agency.example", "Paula");
  list.story.gets(partner, RecordKind::lead, "L1");

  CHECK(list.names() == Words{"Olga", "Paula", "Ulla"});
  CHECK(list.names({{"non_zero", "true"}}) == Words{"Paula"});
  CHECK(list.names({{"non_zero", "false"}}).size() == 3);
  CHECK(list.names({{"kind", "standard"}}) == Words{"Olga", "Ulla"});
  list.story.deactivate(user);
  CHECK(list.names({{"status", "inactive"}}) == Words{"Ulla"});
  CHECK(list.names({{"status", "active"}}) == Words{"Olga", "Paula"});
}

TEST_CASE("assignments are sorted by name and by each count, and cut into pages") {
  AssignmentsList list;
  const auto owner = list.story.open_account("gx624", "Olga");
  const auto user = list.story.user("ulla@firm.example", "Ulla");
  const auto partner = list.story.partner("paula@agency.example", "Paula");
  for (const auto* id : {"1", "2"}) {
    list.story.gets(user, RecordKind::contact, std::string{"C"} + id);
    list.story.gets(partner, RecordKind::lead, std::string{"L"} + id);
    list.story.gets(owner, RecordKind::task, std::string{"T"} + id);
  }
  list.story.happens(TaskCompleted{Story::record("T1"), owner.id});
  list.story.happens(NoteAdded{Story::record("N1"), user.id});

  CHECK(list.names({{"sort", "-contacts"}}).front() == "Ulla");
  CHECK(list.names({{"sort", "-leads"}}).front() == "Paula");
  CHECK(list.names({{"sort", "-pending_tasks"}}).front() == "Olga");
  CHECK(list.names({{"sort", "-completed_tasks"}}).front() == "Olga");
  CHECK(list.names({{"sort", "-notes"}}).front() == "Ulla");
  CHECK(list.names({{"sort", "-name"}}) == Words{"Ulla", "Paula", "Olga"});

  for (const auto* sort : {"name", "-name", "contacts", "-contacts"}) {
    CAPTURE(sort);
    const auto page = list.page({{"sort", sort}, {"limit", "2"}});
    auto walked = column(page, "assignments", "name");
    const auto next = std::string{page.at("next").as_string()};
    for (const auto& name : list.names({{"sort", sort}, {"limit", "2"}, {"cursor", next}})) walked.push_back(name);
    CHECK(walked == list.names({{"sort", sort}}));
  }
}

TEST_CASE("assignments of an unknown account and unknown filters are refused by name") {
  AssignmentsList list;
  list.story.open_account("gx624");
  const auto wrong = [&](const AccountId& of, const Parameters& parameters) {
    return ask<Assignments>(list.view.rows(list.story), of, parameters, list.story.now).error();
  };
  CHECK(wrong(account("nowhere"), {}).parameter == "account");
  CHECK(wrong(list.story.here, {{"non_zero", "yes"}}).detail == "must be true or false");
  CHECK(wrong(list.story.here, {{"sort", "weight"}}).parameter == "sort");
}

TEST_CASE("the assignments of an erased person still count") {
  AssignmentsList list;
  list.story.open_account("gx624");
  const auto user = list.story.user("ulla@firm.example", "Ulla");
  list.story.gets(user, RecordKind::contact, "C1");
  list.story.keys.destroy(user.key);
  CHECK(list.names({{"non_zero", "true"}}) == Words{"[erased]"});
}
