// Access keys over the wire: a program's, an auditor's, and after each has ended.
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/system/replies.hpp"
#include "tests/system/server_process.hpp"
#include "tests/tools/program.hpp"

using namespace rollcall;
using namespace rollcall::testing;
using Catch::Contains;

namespace {

json::object key_for(std::string_view name, json::array scopes) {
  return {{"key_name", name}, {"scopes", std::move(scopes)}};
}

std::string id_of(const Reply& made) { return std::string{made.event("AccessKeyCreated").at("key").as_string()}; }

}  // namespace

TEST_CASE("a program works with a key of its holder, is told apart from them, and ends with them", "[process]") {
  const TemporaryFolder folder;
  const ServerProcess server(folder / "data");
  Office office(server);
  const auto petra = office.partner("petra@agency.example", true);
  Guest session(server.url(), petra.token);
  const http::Headers once{{"Idempotency-Key", "the key of the import"}};
  const auto made = session.ask("CreateAccessKey", key_for("import", {"read", "write"}), once);
  REQUIRE_DONE(made);
  const auto token = made.text_of("token");
  CHECK_THAT(token, Catch::StartsWith("rck_"));
  // The secret is told once: not in a repeat, not in the log.
  const auto again = session.ask("CreateAccessKey", key_for("import", {"read", "write"}), once);
  REQUIRE_DONE(again);
  CHECK_FALSE(again.body.as_object().contains("token"));
  CHECK(id_of(again) == id_of(made));
  CHECK(office.operator_.get("/v1/events?limit=1000").text.find(token.substr(31, 64)) == std::string::npos);

  Guest program(server.url(), token);
  const auto me = program.get("/v1/me");
  CHECK(me.text_of("kind") == "key");
  CHECK(me.text_of("email") == "petra@agency.example");
  CHECK(me.text_of("key") == id_of(made));
  const auto invited = program.must("InvitePartner", {{"account", "gx624"}, {"email", "paul@agency.example"}});
  const auto told = office.operator_.get("/v1/events/" + std::to_string(invited.number_of("position")));
  CHECK(told.body.at("actor").at("kind").as_string() == "key");
  CHECK(told.body.at("actor").at("key").as_string() == id_of(made));
  CHECK(program.get_after(invited, "/v1/accounts/gx624/users").status == 200);
  CHECK_REFUSED(program.get("/v1/sessions"), 403, "not_authorized");
  CHECK_REFUSED(program.get("/v1/keys"), 403, "not_authorized");
  CHECK_REFUSED(program.get("/v1/events"), 403, "not_authorized");
  CHECK_REFUSED(program.ask("CreateAccessKey", key_for("another", {"read"})), 403, "not_authorized");
  CHECK_REFUSED(program.get("/v1/me", {{"Rollcall-As", "olga@gx624.example"}}), 403, "not_authorized");

  const auto listed = session.get("/v1/keys");
  const auto& row = only_row(listed, "keys");
  CHECK(row.at("name").as_string() == "import");
  CHECK(row.at("live").as_bool());
  CHECK(row.at("last_used").is_string());
  CHECK(only_row(office.operator_.get("/v1/keys?email=petra@agency.example"), "keys") == row);
  CHECK_REFUSED(office.owner.get("/v1/keys?email=petra@agency.example"), 403, "not_authorized");

  auto forged = token;
  forged[40] = forged[40] == '0' ? '1' : '0';
  CHECK_REFUSED(Guest(server.url(), forged).get("/v1/me"), 401, "not_authenticated");
  CHECK_REFUSED(Guest(server.url(), "rck_nonsense").get("/v1/me"), 401, "not_authenticated");
  office.owner.must("DeactivateUser", {{"account", "gx624"}, {"user", petra.id}, {"confirm_irreversible", true}});
  CHECK_REFUSED(program.get("/v1/me"), 401, "not_authenticated");
}

TEST_CASE("an auditor reads everything, changes nothing, and is recorded", "[process]") {
  const TemporaryFolder folder;
  std::string key;
  {
    ServerProcess server(folder / "data");
    Office office(server);
    const auto made = office.operator_.must("CreateAccessKey", key_for("audit 2026", {"audit"}));
    key = id_of(made);
    Guest auditor(server.url(), made.text_of("token"));
    CHECK(auditor.get("/v1/me").text_of("kind") == "auditor");
    for (const auto* target :
         {"/v1/events", "/v1/events/0", "/v1/status", "/v1/rebuilds", "/v1/accounts/gx624/users",
          "/v1/accounts/gx624/invitations", "/v1/accounts/gx624/assignments", "/v1/accounts/gx624/records/contact",
          "/v1/reports/seat-ledger?account=gx624", "/v1/people/olga@gx624.example/accounts",
          "/v1/sessions?email=olga@gx624.example", "/v1/keys?email=olga@gx624.example", "/v1/installation/keys"}) {
      INFO(target);
      const auto reply = auditor.get(target);
      INFO(shown(reply));
      CHECK(reply.status == 200);
    }
    CHECK_REFUSED(
        auditor.ask(
            "OpenAccount",
            {{"account", "mine"}, {"account_name", "Mine"}, {"owner_email", "me@mine.example"}, {"seat_limit", 1}}),
        403, "not_authorized");
    CHECK_REFUSED(auditor.ask("OrderRebuild", {{"view", "users"}}), 403, "not_authorized");
    CHECK_REFUSED(auditor.ask("RevokeAccessKey", {{"key", key}}), 403, "not_authorized");
    CHECK_REFUSED(auditor.get("/v1/me", {{"Rollcall-As", "olga@gx624.example"}}), 403, "not_authorized");
    CHECK(server.stop() == 0);
  }
  const ServerProcess server(folder / "data");
  auto operator_ = operator_of(server);
  const auto used = operator_.get("/v1/events?type=AccessKeyUsed");
  const auto& data = only_row(used, "events").at("data");
  CHECK(data.at("key").as_string() == key);
  CHECK_THAT(json::serialize(data.at("uses")), Contains(R"({"action":"Users","count":1})"));
  CHECK_THAT(json::serialize(data.at("uses")), Contains(R"({"action":"OpenAccount","count":1})"));
  const auto refused = operator_.get("/v1/events?type=CommandRejected");
  CHECK_THAT(refused.text, Contains(R"("kind":"auditor")"));
}

TEST_CASE("a key to operate does what the operator's does, until another takes its place", "[process]") {
  const TemporaryFolder folder;
  const ServerProcess server(folder / "data");
  Office office(server);
  const auto made = office.operator_.must("CreateAccessKey", key_for("on call", {"operate"}));
  Guest on_call(server.url(), made.text_of("token"));
  on_call.must("ChangeSeatLimit", {{"account", "gx624"}, {"seat_limit", 7}});
  CHECK(on_call.get("/v1/accounts/gx624/users", {{"Rollcall-As", "olga@gx624.example"}, {"Rollcall-Reason", "asked"}})
            .status == 200);
  const auto turned = on_call.must("RotateAccessKey", {{"key", id_of(made)}, {"overlap_hours", 0}});
  CHECK_REFUSED(on_call.get("/v1/status"), 401, "not_authenticated");
  Guest next(server.url(), turned.text_of("token"));
  CHECK(next.get("/v1/status").status == 200);
  const auto keys = next.get("/v1/installation/keys");
  REQUIRE(keys.body.at("keys").as_array().size() == 2);
  CHECK_FALSE(keys.body.at("keys").at(0).at("live").as_bool());
  CHECK(keys.body.at("keys").at(1).at("live").as_bool());
}

TEST_CASE("keys on the command line: made, shown once, listed, used, ended", "[process]") {
  const testing::Folder home;
  const ServerProcess server(home.path() / "data");
  REQUIRE(server.serving());
  testing::Program program(home);
  const auto run = [&](std::vector<std::string> words) {
    words.insert(words.end(), {"--server", server.url()});
    return program.run(words);
  };
  const std::vector<std::string> as_operator{"--operator-key", (server.data() / "operator.key").string()};
  const auto with = [&](std::vector<std::string> words) {
    words.insert(words.end(), as_operator.begin(), as_operator.end());
    return run(words);
  };
  const auto made = with({"keys", "--create", "audit 2026", "--scope", "audit", "--days", "30"});
  INFO(made.err);
  REQUIRE(made.code == 0);
  const auto at = made.out.find("rck_");
  REQUIRE(at != std::string::npos);
  const auto token = made.out.substr(at, made.out.find('\n', at) - at);
  home.write("audit.key", token + "\n");
  const auto listed = with({"keys", "--installation"});
  CHECK_THAT(listed.out, Contains("audit 2026") && Contains("audit"));
  CHECK(listed.out.find(token.substr(31, 64)) == std::string::npos);
  const auto key = listed.out.substr(listed.out.find("key_"), 30);
  const auto whoami = run({"whoami", "--operator-key", (home.path() / "audit.key").string()});
  CHECK_THAT(whoami.out + whoami.err, Contains("auditor"));
  CHECK(with({"keys", "--create", "x", "--scope", "nonsense"}).code == 2);
  CHECK(with({"keys", "--revoke", key}).code == 0);
  CHECK(run({"whoami", "--operator-key", (home.path() / "audit.key").string()}).code == 1);
}
