// The server's answers as people read them.
#include "tools/print/json_view.hpp"

#include "tests/support/catch.hpp"
#include "tools/print/event_view.hpp"

using namespace rollcall;
using namespace rollcall::tools;

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

TEST_CASE("an event is one line with who did it, where and why") {
  const auto event = json::parse(R"({"position":12,"type":"PartnerLeft","recorded_at":"2026-03-03T09:00:07.000000Z",
      "scope":{"kind":"account","id":"gx624"},"actor":{"kind":"operator","on_behalf_of":"per_1"},
      "reason":"ticket\n7","data":{"membership":"usr_1"}})");
  CHECK(event_line(event) ==
        "       12  2026-03-03 09:00:07Z  PartnerLeft            account gx624   membership=usr_1  "
        "by operator for per_1: ticket\uFFFD7\n");
  CHECK(scope_text(json::parse(R"({"kind":"log","id":"log_1"})")) == "log");
  CHECK(actor_text(json::parse(R"({"kind":"person","person":"per_1"})")) == "per_1");
  CHECK(actor_text(json::parse(R"({"kind":"system"})")) == "system");
}
