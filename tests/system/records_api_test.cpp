// Records over HTTP: imported, listed, handed on; and the seats' ledger.
#include <set>
#include <string>

#include "domain/commands.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/system/replies.hpp"
#include "tests/system/server_process.hpp"

using namespace rollcall;
using namespace rollcall::testing;

TEST_CASE("a user is deactivated exactly as the dry run showed", "[process]") {
  const TemporaryFolder folder;
  ServerProcess server(folder / "data");
  Office office(server);
  const auto una = office.user("una@gx624.example"), uma = office.user("uma@gx624.example");
  Guest session(server.url(), una.token);
  REQUIRE(session.get("/v1/me/accounts").status == 200);
  office.operator_.must("ImportRecords",
                        {{"account", "gx624"}, {"kind", "contact"}, {"records", records(7)}, {"owner", una.id}});

  json::object order{{"account", "gx624"}, {"user", una.id}};
  const auto refused = office.owner.ask("DeactivateUser", order);
  CHECK_REFUSED(refused, 409, "reassignment_required");
  CHECK(refused.number_of("contacts") == 7);
  order["basis"] = {{"contacts", 7}, {"leads", 0}, {"tasks", 0}};
  order["plan"] = {{{"kind", "contact"},
                    {"mode", "ratio"},
                    {"allocations", {{{"to", office.owner_id}, {"share", 2}}, {{"to", uma.id}, {"share", 1}}}}}};

  const auto size = office.operator_.get("/v1/status").number_of("size");
  const auto thought = office.owner.ask("DeactivateUser?dry_run=true", order);
  REQUIRE_DONE(thought);
  CHECK(thought.body.at("dry_run").as_bool());
  CHECK(office.operator_.get("/v1/status").number_of("size") == size);
  const auto& map = thought.body.at("map");
  CHECK(map.at("records").as_int64() == 7);
  CHECK_FALSE(map.at("truncated").as_bool());

  const auto done = office.owner.ask("DeactivateUser", order);
  REQUIRE_DONE(done);
  CHECK(done.event("ReassignmentCompleted").at("map_digest") == map.at("digest"));
  std::set<std::pair<std::string, std::string>> shown_map, real_map;
  for (const auto& line : map.at("lines").as_array())
    shown_map.emplace(line.at("record").as_string(), line.at("to").as_string());
  for (const auto& event : done.body.at("events").as_array())
    if (event.at("type").as_string() == "RecordsReassigned")
      for (const auto& record : event.at("data").at("records").as_array())
        real_map.emplace(record.as_string(), event.at("data").at("to").as_string());
  CHECK(real_map == shown_map);
  CHECK(real_map.size() == 7);

  const auto users = office.owner.get_after(done, "/v1/accounts/gx624/users");
  CHECK(emails_in(users) == std::set<std::string>{"olga@gx624.example", "uma@gx624.example"});
  CHECK(emails_in(office.owner.get("/v1/accounts/gx624/users?status=inactive")) ==
        std::set<std::string>{"una@gx624.example"});
  CHECK_REFUSED(session.get("/v1/accounts/gx624/users"), 401, "not_authenticated");
  CHECK_REFUSED(session.ask("CompleteTask", {{"account", "gx624"}, {"record", "task-1"}}), 401, "not_authenticated");
  CHECK_REFUSED(office.owner.ask("DeactivateUser", order), 409, "not_active");
}

TEST_CASE("records are imported twice without harm", "[process]") {
  const TemporaryFolder folder;
  ServerProcess server(folder / "data");
  Office office(server);
  const json::object import{
      {"account", "gx624"}, {"kind", "contact"}, {"records", records(300)}, {"owner", office.owner_id}};
  const auto imported = office.operator_.ask("ImportRecords", import);
  REQUIRE_DONE(imported);
  std::size_t known = 0;
  for (const auto& event : imported.body.at("events").as_array())
    known += event.at("data").at("records").as_array().size();
  CHECK(known == 300);
  const auto again = office.operator_.ask("ImportRecords", import);
  REQUIRE_DONE(again);
  CHECK(again.event_types().empty());
  const auto assignments = office.owner.get_after(imported, "/v1/accounts/gx624/assignments?non_zero=true");
  REQUIRE_DONE(assignments);
  CHECK(assignments.text.find("300") != std::string::npos);
  CHECK_REFUSED(
      office.operator_.ask("ImportRecords", {{"account", "gx624"}, {"kind", "contact"}, {"records", records(5'001)}}),
      422, "too_many_records");
}

TEST_CASE("the records of a kind are listed by their ids with owner and state, to those who may", "[process]") {
  const TemporaryFolder folder;
  ServerProcess server(folder / "data");
  Office office(server);
  const auto una = office.user("una@gx624.example");
  office.operator_.must("ImportRecords",
                        {{"account", "gx624"}, {"kind", "contact"}, {"records", records(5)}, {"owner", una.id}});
  office.owner.must("UnassignRecords", {{"account", "gx624"}, {"kind", "contact"}, {"records", records(1)}});
  const std::string path = "/v1/accounts/gx624/records/contact";
  const auto first = office.owner.get(path + "?limit=2");
  REQUIRE_DONE(first);
  const auto& rows = first.body.at("records").as_array();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].at("record").as_string() == "contact-10000");
  CHECK(rows[0].at("owner").is_null());
  CHECK(rows[0].at("status").as_string() == "open");
  CHECK(rows[1].at("owner").as_string() == una.id);
  CHECK(first.text_of("next") == "contact-10002");
  const auto rest = office.owner.get(path + "?from=contact-10002");
  CHECK(rest.body.at("records").as_array().size() == 3);
  CHECK(rest.body.at("next").is_null());
  CHECK(office.owner.get(path + "?from=contact-1").body.at("records").as_array().size() == 5);
  CHECK(office.operator_.get("/v1/accounts/gx624/records/lead").body.at("records").as_array().empty());
  // Whoever does not see all of them sees their own.
  const auto own = Guest(server.url(), una.token).get(path);
  REQUIRE_DONE(own);
  for (const auto& row : own.body.at("records").as_array()) CHECK(row.at("owner").as_string() == una.id);
  CHECK(own.body.at("records").as_array().size() == 4);
  Guest stranger(server.url());
  CHECK_REFUSED(stranger.get(path), 401, "not_authenticated");
  CHECK_REFUSED(office.operator_.get("/v1/accounts/nowhere/records/contact"), 404, "not_found");
  CHECK_REFUSED(office.owner.get("/v1/accounts/gx624/records/contacts"), 422, "invalid_parameter");
}

TEST_CASE("the seat ledger is made for those who may, over a part of the log, and made again it is the same",
          "[process]") {
  const TemporaryFolder folder;
  ServerProcess server(folder / "data");
  REQUIRE(server.serving());
  Office office(server);
  const std::string ledger = "/v1/reports/seat-ledger";
  const auto first = office.owner.get(ledger + "?account=gx624");
  REQUIRE_DONE(first);
  const auto& header = first.body.at("report");
  const auto size = header.at("size").to_number<std::uint64_t>();
  CHECK(first.body.at("rows").as_array().size() == 2);
  REQUIRE_DONE(office.operator_.ask("ChangeSeatLimit", {{"account", "gx624"}, {"seat_limit", 9}}));
  const auto until = "&to=" + std::to_string(size - 1);
  CHECK(office.operator_.get(ledger + "?account=gx624" + until).text == first.text);
  const auto since = office.operator_.get(ledger + "?account=gx624&from=" + std::to_string(size));
  CHECK(only_row(since, "rows").at("limit") == 9);

  Guest nobody(server.url());
  CHECK_REFUSED(nobody.get(ledger + "?account=gx624"), 401, "not_authenticated");
  CHECK_REFUSED(nobody.get(ledger + "?account=gx624&to=999999"), 401, "not_authenticated");
  CHECK_REFUSED(office.owner.get(ledger + "?account=other"), 403, "not_authorized");
  CHECK_REFUSED(office.operator_.get(ledger), 422, "invalid_parameter");
  CHECK_REFUSED(office.operator_.get(ledger + "?account=other"), 404, "not_found");
  CHECK_REFUSED(office.operator_.get(ledger + "?account=gx624&to=999999"), 409, "ahead_of_log");
  CHECK_REFUSED(office.operator_.get(ledger + "?account=gx624&from=999999"), 409, "ahead_of_log");
  CHECK_REFUSED(office.operator_.get(ledger + "?account=gx624&from=5&to=2"), 422, "invalid_parameter");
  CHECK_REFUSED(office.operator_.get(ledger + "?account=gx624&from=2999-01-01T00:00:00Z"), 422, "invalid_parameter");
}
