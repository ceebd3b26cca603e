// The server's answers as people read them.
#include "tools/print/json_view.hpp"

#include "tests/support/catch.hpp"
#include "tools/print/event_view.hpp"

using namespace rollcall;
using namespace rollcall::tools;
using Catch::Contains;

TEST_CASE("a cell shows a value in few characters") {
  CHECK(shown(json::value(nullptr)).empty());
  CHECK(shown(json::value(true)) == "yes");
  CHECK(shown(json::value(false)) == "no");
  CHECK(shown(json::value(1234567)) == "1,234,567");
  CHECK(shown(json::value(-3)) == "-3");
  CHECK(shown(json::value(0.25)) == "0.25");
  CHECK(shown(json::value("2026-03-03T09:00:00.000000Z")) == "2026-03-03 09:00Z");
  CHECK(shown(json::value({"Admin", "SalesRep"})) == "Admin, SalesRep");
  CHECK(shown(json::parse(R"({"a":1})")) == R"({"a":1})");
}

TEST_CASE("what is missing reads as nothing") {
  const auto row = json::parse(R"({"name":null,"size":7,"list":[1]})");
  CHECK(shown(row, "name").empty());
  CHECK(shown(row, "email").empty());
  CHECK(shown(json::value("text"), "name").empty());
  CHECK(number_of(member(row, "size")) == 7);
  CHECK(number_of(member(row, "other")) == 0);
  CHECK(elements(row, "list").size() == 1);
  CHECK(elements(row, "size").empty());
}

TEST_CASE("a document is outlined with its members aligned, what is nested indented, lists as tables") {
  const auto status = json::parse(R"({
    "size": 1200, "checkpoint": "rollcall.local\n1200", "disk": {"log_bytes": 4096, "free": 7},
    "followers": [{"name": "users", "lag": 0}, {"name": "scopes", "lag": 12}], "permissions": [], "ready": true})");
  CHECK(outline(status.as_object(), 80) ==
        "size         1,200\n"
        "checkpoint\n"
        "  rollcall.local\n"
        "  1200\n"
        "disk\n"
        "  log bytes  4,096\n"
        "  free       7\n"
        "followers\n"
        "  name    lag\n"
        "  users   0\n"
        "  scopes  12\n"
        "permissions\n"
        "ready        yes\n");
}

TEST_CASE("an event's facts are its ids and values, long lists counted") {
  CHECK(facts_text(json::parse(R"({"invitation":"inv_1","admin":false,"seat_limit":12345,"predecessor":null,
      "sessions":["ses_1","ses_2"],"records":["1","2","3","4"],"permissions":[],"moved":{"contacts":3}})")) ==
        "invitation=inv_1 admin=false seat_limit=12345 sessions=ses_1,ses_2 records=4× permissions=none "
        "moved={\"contacts\":3}");
  CHECK(facts_text(json::parse(R"({"admin":true,"permissions":[]})")) == "admin=true");  // who has every right
}

namespace {

constexpr auto paula = "per_01m1kbc182j2yd5m1yaay23aad", olga = "per_01m1bgr0m1aad6qvg6a7e6ss59",
               paulas_user = "usr_01m1kbc182j2yd5m1yaay23abb";

// An event of the operator for Olga, in gx624.
json::value event(std::string_view type, json::object data, const json::value& reason = nullptr) {
  return {{"position", 12},
          {"type", type},
          {"recorded_at", "2026-03-03T09:00:07.000000Z"},
          {"scope", {{"kind", "account"}, {"id", "gx624"}}},
          {"actor", {{"kind", "operator"}, {"on_behalf_of", olga}}},
          {"reason", reason},
          {"data", std::move(data)}};
}

const Names names(json::value{{"names",
                               {{{"id", paula}, {"name", "Paula Partner"}},
                                {{"id", paulas_user}, {"name", "Paula Partner"}},
                                {{"id", olga}, {"name", "Olga Owner"}}}}});

std::string card(const json::value& one, const EventLook& look) { return event_card(one, names, look); }

}  // namespace

TEST_CASE("an event is a line that says when, what, to whom, by whom, where and why, in names") {
  const auto left =
      event("UserDeactivated", {{"membership", paulas_user}, {"person", paula}, {"terminal", true}}, "ticket\n7");
  CHECK(card(left, {.width = 200}) ==
        "      12  2026-03-03 09:00:07Z  UserDeactivated → Paula Partner  by the operator for Olga Owner in gx624  "
        "“ticket\uFFFD7”  terminal true\n");
  CHECK(card(left, {.width = 80}) ==
        "      12  2026-03-03 09:00:07Z  UserDeactivated → Paula Partner\n"
        "          by the operator for Olga Owner in gx624  “ticket\uFFFD7”  terminal true\n");
  CHECK(card(left, {.width = 40}) ==
        "      12  2026-03-03 09:00:07Z\n"
        "          UserDeactivated → Paula\n"
        "          Partner\n"
        "          by the operator for Olga Owner\n"
        "          in gx624  “ticket\uFFFD7”\n"
        "          terminal true\n");
  const std::string ids = card(left, {.width = 400, .ids = true});
  CHECK_THAT(ids, Contains(paulas_user) && Contains(paula) && Contains("Olga Owner (" + std::string{olga} + ")"));
  CHECK(scope_text(json::parse(R"({"kind":"log","id":"log_1"})")) == "log");
}

TEST_CASE("who acted on themselves is named once, and an id that nobody has a name for says nothing") {
  auto one = event("SessionStarted", {{"session", "ses_01m1kbc182j2yd5m1yaay23acc"}, {"person", paula}});
  one.as_object()["actor"] = {{"kind", "person"}, {"person", paula}};
  CHECK(card(one, {.width = 200}) == "      12  2026-03-03 09:00:07Z  SessionStarted  by Paula Partner in gx624\n");
  one.as_object()["actor"] = {{"kind", "system"}};
  CHECK_THAT(card(one, {.width = 200}), Contains("SessionStarted → Paula Partner  by the clock in gx624"));
  const auto moved =
      event("RecordAssigned", {{"kind", "contact"}, {"record", "C1"}, {"from", paulas_user}, {"to", olga}});
  CHECK_THAT(card(moved, {.width = 200}), Contains("kind contact, record C1, from Paula Partner, to Olga Owner"));
}

TEST_CASE("what was refused says what, on whom and why, and stands out where there are colours") {
  const auto refused =
      event("CommandRejected", {{"command", "LeaveAccount"},
                                {"code", "has_assigned_contacts"},
                                {"details", {{{"name", "contacts"}, {"number", 3}, {"text", nullptr}}}},
                                {"membership", paulas_user}});
  CHECK(card(refused, {.width = 200}) ==
        "      12  2026-03-03 09:00:07Z  LeaveAccount refused: has_assigned_contacts, contacts 3 → Paula Partner  "
        "by the operator for Olga Owner in gx624\n");
  CHECK_THAT(card(refused, {.width = 200, .colours = true}),
             Contains("\x1b[31mLeaveAccount refused: has_assigned_contacts, contacts 3 → Paula Partner\x1b[0m"));
}

TEST_CASE("a name that hides characters or turns the line shows them") {
  const auto one = event("UserInvited", {{"email", "a\u200Bb@x.example"}}, "\u202Egnp.exe");
  CHECK_THAT(card(one, {.width = 200}), Contains("a<U+200B>b@x.example") && Contains("“<U+202E>gnp.exe”"));
}
