// Many commands in one request over HTTP, records that are shared, and the map of a reassignment page by page.
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/system/replies.hpp"
#include "tests/system/server_process.hpp"

using namespace rollcall;
using namespace rollcall::testing;

namespace {

std::string bulk(std::string_view command, json::array each) {
  return json::serialize(json::object{{"command", command}, {"each", std::move(each)}});
}
json::object user_of(const std::string& account, const std::string& id) { return {{"account", account}, {"user", id}}; }
const json::object& item(const Reply& reply, std::size_t i) {
  return reply.body.at("items").as_array().at(i).as_object();
}

}  // namespace

TEST_CASE("many users are frozen in one request, and what cannot be done keeps nothing else back", "[process]") {
  const TemporaryFolder folder;
  ServerProcess server(folder / "data");
  Office office(server);
  const auto una = office.user("una@gx624.example"), uma = office.user("uma@gx624.example");
  const json::array each{user_of("gx624", una.id), user_of("gx624", office.owner_id), user_of("gx624", uma.id),
                         user_of("gx624", "una"), user_of("nowhere", una.id)};
  const auto size = office.operator_.get("/v1/status").number_of("size");

  const auto thought = office.owner.post("/v1/bulk?dry_run=true", bulk("FreezeUser", each));
  REQUIRE_DONE(thought);
  CHECK(thought.number_of("done") == 2);
  CHECK(item(thought, 0).at("answer").at("dry_run").as_bool());
  CHECK(office.operator_.get("/v1/status").number_of("size") == size);

  // A map is shown of one command at a time: of many there are the counts.
  office.operator_.must("ImportRecords",
                        {{"account", "gx624"}, {"kind", "contact"}, {"records", records(3)}, {"owner", una.id}});
  const json::object hand_on{
      {"account", "gx624"},
      {"from", una.id},
      {"basis", {{"contacts", 3}, {"leads", 0}, {"tasks", 0}}},
      {"plan", {{{"kind", "contact"}, {"mode", "ratio"}, {"allocations", {{{"to", uma.id}, {"share", 1}}}}}}}};
  const auto maps = office.owner.post("/v1/bulk?dry_run=true", bulk("ReassignRecords", {hand_on}));
  REQUIRE_DONE(maps);
  const auto& map = item(maps, 0).at("answer").at("map");
  CHECK(map.at("records").as_int64() == 3);
  CHECK(map.at("lines").as_array().empty());

  const http::Headers key{{"Idempotency-Key", "once"}};
  const auto done = office.owner.post("/v1/bulk", bulk("FreezeUser", each), key);
  REQUIRE_DONE(done);
  CHECK(done.number_of("done") == 2);
  CHECK(done.number_of("refused") == 3);
  CHECK(item(done, 0).at("answer").at("events").at(0).at("type").as_string() == "UserFrozen");
  CHECK(item(done, 1).at("problem").at("code").as_string() == "cannot_freeze_owner");
  CHECK(item(done, 2).at("status").as_int64() == 200);
  CHECK(item(done, 3).at("problem").at("code").as_string() == "invalid_body");
  CHECK(item(done, 4).at("status").as_int64() == 403);

  const auto again = office.owner.post("/v1/bulk", bulk("FreezeUser", each), {{"Idempotency-Key", "\"once\""}});
  REQUIRE_DONE(again);
  CHECK(item(again, 0) == item(done, 0));
  CHECK(item(again, 2) == item(done, 2));
}

TEST_CASE("who may ask for many, and for what, is as strict as for one", "[process]") {
  const TemporaryFolder folder;
  ServerProcess server(folder / "data");
  Office office(server);
  const auto una = office.user("una@gx624.example");
  const auto order = bulk("FreezeUser", {user_of("gx624", una.id)});
  CHECK_REFUSED(Guest(server.url()).post("/v1/bulk", order), 401, "not_authenticated");
  CHECK_REFUSED(Guest(server.url()).post("/v1/bulk", "{"), 401, "not_authenticated");
  Guest session(server.url(), una.token);
  const auto refused = session.post("/v1/bulk", order);
  REQUIRE_DONE(refused);
  CHECK(item(refused, 0).at("problem").at("code").as_string() == "not_authorized");

  const auto wrong = [&](const std::string& body, const std::string& pointer) {
    const auto reply = office.owner.post("/v1/bulk", body);
    INFO(body);
    CHECK_REFUSED(reply, 422, "invalid_body");
    CHECK(reply.body.at("errors").at(0).at("pointer").as_string() == pointer);
  };
  wrong("[]", "");
  wrong(R"({"each":[{}]})", "/command");
  wrong(R"({"command":1,"each":[{}]})", "/command");
  wrong(R"({"command":"StartSession","each":[{}]})", "/command");
  wrong(R"({"command":"ChangePassword","each":[{}]})", "/command");
  wrong(R"({"command":"Bulk","each":[{}]})", "/command");
  wrong(R"({"command":"Users","each":[{}]})", "/command");
  wrong(R"({"command":"FreezeUser"})", "/each");
  wrong(R"({"command":"FreezeUser","each":[]})", "/each");
  wrong(R"({"command":"FreezeUser","each":[{},1]})", "/each/1");
  wrong(R"({"command":"FreezeUser","each":[{}],"all":true})", "/all");
  wrong(bulk("FreezeUser", json::array(501, json::object{})), "/each");
  CHECK_REFUSED(office.owner.post("/v1/bulk", R"({"command":"A","command":"B"})"), 400, "malformed_json");
  CHECK_REFUSED(office.owner.post("/v1/bulk?dryrun=true", order), 422, "invalid_parameter");
  CHECK_REFUSED(office.owner.post("/v1/bulk?dry_run=true&map_from=1", order), 422, "invalid_parameter");
  const std::string as_another = "olga@gx624.example";
  CHECK_REFUSED(office.owner.post("/v1/bulk", order, {{"Rollcall-As", as_another}}), 403, "not_authorized");
  CHECK_REFUSED(
      Guest(server.url(), server.operator_key()).post("/v1/bulk", order, {{"Rollcall-As", "no@body.example"}}), 404,
      "not_found");
  for (const auto& key : {std::string{}, std::string("\"\""), std::string(251, 'k')})
    CHECK_REFUSED(office.owner.post("/v1/bulk", order, {{"Idempotency-Key", key}}), 400, "invalid_header");
}

TEST_CASE("a record that is shared is seen by whom it is shared with, as long as it is", "[process]") {
  const TemporaryFolder folder;
  ServerProcess server(folder / "data");
  Office office(server);
  const auto una = office.user("una@gx624.example"), uma = office.user("uma@gx624.example");
  office.operator_.must("ImportRecords",
                        {{"account", "gx624"}, {"kind", "contact"}, {"records", records(5)}, {"owner", una.id}});
  Guest owner(server.url(), una.token), other(server.url(), uma.token);
  const std::string list = "/v1/accounts/gx624/records/contact";
  const auto seen = [&] { return other.get(list).body.at("records").as_array(); };
  CHECK(seen().empty());
  const auto id = owner.get(list).body.at("records").at(2).at("record").as_string();
  const json::object share{{"account", "gx624"}, {"kind", "contact"}, {"record", id}, {"with", uma.id}};
  CHECK_REFUSED(other.ask("ShareRecord", share), 403, "not_authorized");
  REQUIRE_DONE(owner.ask("ShareRecord", share));
  REQUIRE(seen().size() == 1);
  CHECK(seen()[0].at("record").as_string() == id);
  CHECK(seen()[0].at("owner").as_string() == una.id);
  CHECK(seen()[0].at("shared_with").at(0).as_string() == uma.id);
  CHECK(other.get(list + "?from=" + std::string{id}).body.at("records").as_array().size() == 1);
  CHECK(other.get(list + "?from=z").body.at("records").as_array().empty());
  CHECK_REFUSED(other.ask("UnshareRecord", share), 403, "not_authorized");
  // Whom else it is shared with is not theirs to know.
  const json::object more{{"account", "gx624"}, {"kind", "contact"}, {"record", id}, {"with", office.owner_id}};
  REQUIRE_DONE(owner.ask("ShareRecord", more));
  CHECK(seen()[0].at("shared_with").as_array().size() == 1);
  CHECK(owner.get(list).body.at("records").at(2).at("shared_with").as_array().size() == 2);
  REQUIRE_DONE(owner.ask("UnshareRecord", share));
  CHECK(seen().empty());
}

TEST_CASE("a large map is read page by page, and its pages are of one map", "[process]") {
  const TemporaryFolder folder;
  ServerProcess server(folder / "data");
  Office office(server);
  const auto una = office.user("una@gx624.example");
  constexpr std::size_t all = 12'000;
  for (std::size_t done = 0; done < all; done += 4'000)
    office.operator_.must("ImportRecords", {{"account", "gx624"},
                                            {"kind", "contact"},
                                            {"records", records(4'000, "r" + std::to_string(done))},
                                            {"owner", una.id}});
  const json::object order{
      {"account", "gx624"},
      {"from", una.id},
      {"basis", {{"contacts", all}, {"leads", 0}, {"tasks", 0}}},
      {"plan", {{{"kind", "contact"}, {"mode", "ratio"}, {"allocations", {{{"to", office.owner_id}, {"share", 1}}}}}}}};
  const auto first = office.owner.ask("ReassignRecords?dry_run=true", order);
  REQUIRE_DONE(first);
  const auto& map = first.body.at("map");
  CHECK(map.at("records").as_int64() == all);
  CHECK(map.at("lines").as_array().size() == 10'000);
  CHECK(map.at("truncated").as_bool());
  const auto second = office.owner.ask("ReassignRecords?dry_run=true&map_from=10000", order);
  REQUIRE_DONE(second);
  const auto& rest = second.body.at("map");
  CHECK(rest.at("digest") == map.at("digest"));
  CHECK(rest.at("targets") == map.at("targets"));
  CHECK(rest.at("lines").as_array().size() == 2'000);
  CHECK_FALSE(rest.at("truncated").as_bool());
  CHECK_FALSE(rest.at("lines").at(0) == map.at("lines").at(9'999));
  const auto among_many =
      office.owner.post("/v1/bulk?dry_run=true",
                        json::serialize(json::object{{"command", "ReassignRecords"}, {"each", json::array{order}}}));
  REQUIRE_DONE(among_many);
  const auto& without_lines = item(among_many, 0).at("answer").at("map");
  CHECK(without_lines.at("digest") == map.at("digest"));
  CHECK(without_lines.at("lines").as_array().empty());
  CHECK(without_lines.at("truncated").as_bool());
  // Well formed, and without sense; and of a command that shows no map, not known at all.
  CHECK_REFUSED(office.owner.ask("ReassignRecords?map_from=1", order), 422, "invalid_value");
  const json::object freeze{{"account", "gx624"}, {"user", una.id}};
  CHECK_REFUSED(office.owner.ask("FreezeUser?dry_run=true&map_from=1", freeze), 422, "invalid_parameter");
}
