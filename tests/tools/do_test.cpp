// `rollcall do`: what it sends, and what it makes of the answers.
#include <atomic>

#include "tests/support/catch.hpp"
#include "tests/tools/desk.hpp"
#include "tools/client/handing_on.hpp"

using namespace rollcall;
using namespace rollcall::testing;
using Catch::Contains;
using rollcall::tools::shell_word;
namespace json = boost::json;

TEST_CASE("do sends a command as its JSON and tells what happened, a line an event") {
  Desk desk(&invited);
  desk.folder.write("data/operator.key", "the-key\n");
  const auto outcome =
      desk.run({"do", "InvitePartner", "--account", "gx624", "--email", "p@agency.example", "--admin", "true", "--as",
                "owner@gx.example", "--reason", "ticket 7", "--idempotency-key", "k1"});
  CHECK(outcome.code == 0);
  CHECK(outcome.err.empty());
  CHECK(outcome.out ==
        "POSITION  EVENT                 SCOPE          FACTS\n"
        "      12  PartnerInvited        account gx624  invitation=inv_1 email=p@agency.example admin=true\n"
        "      13  InvitationMailQueued  account gx624  invitation=inv_1\n"
        "command cmd_1, log size 14\n");

  const auto requests = desk.server.requests();
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].method == "POST");
  CHECK(requests[0].target == "/v1/commands/InvitePartner");
  CHECK(json::parse(requests[0].body) == json::parse(R"({"account":"gx624","email":"p@agency.example","admin":true})"));
  CHECK(header(requests[0], "Authorization") == "Bearer the-key");
  CHECK(header(requests[0], "Rollcall-As") == "owner@gx.example");
  CHECK(header(requests[0], "Rollcall-Reason") == "ticket 7");
  CHECK(header(requests[0], "Idempotency-Key") == "k1");
  CHECK_THAT(header(requests[0], "User-Agent"), Contains("rollcall/"));
}

TEST_CASE("do --json prints the answer as it is") {
  Desk desk([](const http::Request&) { return reply(R"({"command":"cmd_1","size":3,"events":[]})"); });
  const auto outcome = desk.run({"do", "ChangeSeatLimit", "--account", "gx624", "--seat-limit", "5", "--json"});
  CHECK(outcome.code == 0);
  CHECK(json::parse(outcome.out) == json::parse(R"({"command":"cmd_1","size":3,"events":[]})"));
}

TEST_CASE("do says when nothing changed") {
  Desk desk([](const http::Request&) { return reply(R"({"command":"cmd_1","size":3,"events":[]})"); });
  CHECK(desk.run({"do", "ChangeSeatLimit", "--account", "gx624", "--seat-limit", "5"}).out ==
        "Nothing changed.\ncommand cmd_1, log size 3\n");
}

TEST_CASE("a dry run shows what would be recorded and who would get how much") {
  Desk desk([](const http::Request&) {
    return reply(R"({"dry_run":true,"events":[
      {"type":"UserDeactivated","scope":{"kind":"account","id":"gx624"},"data":{"membership":"usr_9"}}],
      "map":{"digest":"abcdef","records":20002,"truncated":true,"targets":[
        {"kind":"contact","to":"usr_1","records":20000},{"kind":"contact","to":"usr_2","records":1},
        {"kind":"task","to":null,"records":1}],"lines":[{"kind":"contact","record":"1","to":"usr_1"}]}})");
  });
  const auto outcome = desk.run({"do", "DeactivateUser", "--account", "gx624", "--user", partner, "--basis",
                                 R"({"contacts":20001,"leads":0,"tasks":1})", "--dry-run"});
  CHECK(outcome.code == 0);
  CHECK(outcome.out ==
        "Dry run: would record\n"
        "EVENT            SCOPE          FACTS\n"
        "UserDeactivated  account gx624  membership=usr_9\n"
        "\n"
        "KIND     RECORDS  TO\n"
        "contact   20,000  usr_1\n"
        "contact        1  usr_2\n"
        "task           1  nobody\n"
        "map of 20,002 records, digest abcdef\n"
        "\n"
        "The same for good:\n"
        "  rollcall do DeactivateUser --account gx624 --user " +
            std::string{partner} + " --basis '{\"contacts\":20001,\"leads\":0,\"tasks\":1}' --server " +
            desk.server.url() + "\n");
  CHECK(desk.server.requests().back().target == "/v1/commands/DeactivateUser?dry_run=true");
}

TEST_CASE("a dry run of a deactivation shows the invitations the user leaves open") {
  Desk desk([](const http::Request& request) {
    if (request.method == "POST") return reply(R"({"dry_run":true,"events":[],"map":null,"position":1,"size":2})");
    return reply(R"({"invitations":[{"email":"p@agency.example","role":"partner_admin",
      "sent_at":"2026-03-01T09:00:00.000000Z","expires_at":"2026-03-08T09:00:00.000000Z"}],"next":null})");
  });
  const std::vector<std::string> command{
      "do", "DeactivateUser", "--account", "gx624", "--user", rep, "--basis", R"({"contacts":0,"leads":0,"tasks":0})"};
  auto dry = command;
  dry.emplace_back("--dry-run");
  const auto outcome = desk.run(dry);
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK_THAT(outcome.out, Contains("Invitations that they sent, still open:\n"
                                   "E-MAIL            ROLE           SENT               EXPIRES\n"
                                   "p@agency.example  partner_admin  2026-03-01 09:00Z  2026-03-08 09:00Z\n"
                                   "They stay good unless revoked.\n"));
  REQUIRE(desk.server.requests().size() == 2);
  CHECK(desk.server.requests().front().target == "/v1/accounts/gx624/invitations?status=pending&inviter=" + rep);
  CHECK(desk.run(command).code == 0);
  CHECK(desk.server.requests().size() == 3);
}

TEST_CASE("users are named by address, records handed on by shares, and a dry run saves the command for it") {
  Desk desk([](const http::Request& request) {
    if (request.method == "POST") return reply(R"({"dry_run":true,"events":[],"map":null,"position":1,"size":2})");
    if (request.path.size() == 5)
      return reply(R"({"counts":{"contacts":13,"leads":0,"pending_tasks":3},"ledger_version":25})");
    return reply(R"({"users":[{"id":")" + rep + R"(","email":"rep@gx.example","status":"active"},{"id":")" + partner +
                 R"(","email":"p@agency.example","status":"active"}],"next":null})");
  });
  const auto dry = desk.run({"do", "DeactivateUser", "--account", "gx624", "--user", "P@agency.example", "--contacts",
                             "rep@gx.example:2," + partner, "--tasks", "nobody", "--dry-run", "--save", "plan.json"});
  INFO(dry.err);
  CHECK(dry.code == 0);
  CHECK_THAT(dry.out, Contains("rollcall do DeactivateUser --fields plan.json"));
  const auto wanted = json::parse(R"({"account":"gx624","user":")" + partner + R"(",
    "plan":[{"kind":"contact","mode":"ratio","allocations":[{"to":")" +
                                  rep + R"(","share":2},{"to":")" + partner +
                                  R"(","share":1}]},{"kind":"task","mode":"unassign","allocations":[]}],
    "basis":{"contacts":13,"leads":0,"tasks":3},"ledger_version":25})");
  CHECK(json::parse(desk.folder.read("plan.json")) == wanted);
  CHECK(json::parse(desk.server.requests().back().body) == wanted);

  const auto done = desk.run({"do", "DeactivateUser", "--fields", "plan.json", "--json"});
  CHECK(done.code == 0);
  CHECK(desk.server.requests().back().target == "/v1/commands/DeactivateUser");
  CHECK(json::parse(desk.server.requests().back().body) == wanted);

  const auto sent = desk.server.requests().size();
  const auto wrong = [&](const std::vector<std::string>& more) {
    std::vector<std::string> all{"do", "DeactivateUser", "--account", "gx624", "--user", rep};
    all.insert(all.end(), more.begin(), more.end());
    return desk.run(all);
  };
  CHECK(wrong({"--contacts", rep + ":2," + partner + "=3"}).code == 2);
  CHECK(wrong({"--contacts", rep + ":-1"}).code == 2);
  CHECK(wrong({"--contacts", ":2"}).code == 2);
  CHECK(wrong({"--contacts", rep, "--plan", "[]"}).code == 2);
  CHECK(wrong({"--save", "plan.json"}).code == 2);  // of what a dry run found only
  CHECK(wrong({"--contacts", rep, "--dry-run", "--save", "p.json", "--map", "./p.json"}).code == 2);
  CHECK(wrong({"--fields", "plan.json", "--dry-run", "--map", "plan.json"}).code == 2);
  CHECK(wrong({"--contacts", rep, "--dry-run", "--map", "-"}).code == 2);
  CHECK(wrong({"--contacts", rep, "--dry-run", "--map", "none/map.csv"}).code == 1);
  CHECK(json::parse(desk.folder.read("plan.json")) == wanted);
  CHECK(wrong({"--fields", "missing.json"}).code == 1);
  CHECK(desk.server.requests().size() == sent);
  CHECK_THAT(wrong({"--contacts", "who@gx.example"}).err, Contains("nobody in gx624 has the address who@gx.example"));
}

TEST_CASE("a command is carried out for every line of a table, and what was refused is told by line") {
  Desk desk([](const http::Request& request) {
    if (request.method == "POST")
      return reply(R"({"done":1,"refused":1,"items":[{"status":200,"answer":{"events":[]}},
        {"status":409,"problem":{"code":"is_owner","detail":"The owner stays."}}]})");
    return reply(R"({"users":[{"id":")" + rep + R"(","email":"rep@gx.example","status":"active"}],"next":null})");
  });
  desk.folder.write("users.csv", "user\r\n" + partner + "\r\nrep@gx.example\r\n");
  const std::vector<std::string> freeze{"do", "FreezeUser", "--account", "gx624", "--each", "users.csv"};
  const auto some = desk.run(freeze);
  INFO(some.out << some.err);
  CHECK(some.code == 1);
  CHECK_THAT(some.out, Contains("1 of 2 done") && Contains("is_owner") && Contains("rep@gx.example"));
  CHECK_THAT(some.err, Contains("1 of 2 were refused"));
  CHECK(desk.server.requests().back().target == "/v1/bulk");
  CHECK(json::parse(desk.server.requests().back().body) ==
        json::parse(R"({"command":"FreezeUser","each":[{"account":"gx624","user":")" + partner +
                    R"("},{"account":"gx624","user":")" + rep + R"("}]})"));

  const auto sent = desk.server.requests().size();
  const auto wrong = [&](std::string_view table, std::string_view why) {
    desk.folder.write("users.csv", std::string{table});
    const auto outcome = desk.run(freeze);
    INFO(outcome.err);
    CHECK(outcome.code == 1);
    CHECK_THAT(outcome.err, Contains(std::string{why}));
  };
  wrong("", "is empty");
  wrong("user\n", "no rows");
  wrong("account,user\nky667," + partner + "\n", "says what --account says for all lines");
  wrong("user,who\na,b\n", "no field \"who\", but account, user, until");
  wrong("user,user\na,b\n", "twice");
  wrong("user\n" + partner + "\n" + partner + "," + rep + "\n", "line 3");
  wrong("user\nnobody\n", "line 2");
  wrong("until\n2027-01-01T00:00:00Z\n", "line 2");  // nobody says who
  CHECK(desk.run({"do", "FreezeUser", "--account", "gx624"}).code == 2);
  CHECK(desk.run({"do", "ReassignRecords", "--account", "gx624", "--each", "users.csv", "--map", "m.csv"}).code == 2);
  CHECK(desk.server.requests().size() == sent);
}

TEST_CASE("the map of a dry run is written as a table, all of its pages") {
  Desk desk([](const http::Request& request) {
    if (request.method != "POST")
      return reply(R"({"counts":{"contacts":3,"leads":0,"pending_tasks":0},"ledger_version":3})");
    const bool first = request.target.find("map_from") == std::string::npos;
    const auto line = [](std::string_view record) {
      return R"({"kind":"contact","record":")" + std::string{record} + R"(","to":")" + rep + R"("})";
    };
    return reply(R"({"dry_run":true,"events":[],"position":1,"size":2,"map":{"digest":"d","records":3,"targets":[],)" +
                 std::string{first ? R"("truncated":true,"lines":[)" + line("a,1") + "," + line("b")
                                   : R"("truncated":false,"lines":[)" + line("c")} +
                 "]}}");
  });
  const auto dry = desk.run({"do", "ReassignRecords", "--account", "gx624", "--from", partner, "--contacts", rep,
                             "--dry-run", "--map", "map.csv"});
  INFO(dry.err);
  CHECK(dry.code == 0);
  CHECK(desk.folder.read("map.csv") ==
        "kind,record,to\r\ncontact,\"a,1\"," + rep + "\r\ncontact,b," + rep + "\r\ncontact,c," + rep + "\r\n");
  CHECK(desk.server.requests().back().target == "/v1/commands/ReassignRecords?dry_run=true&map_from=2");
}

TEST_CASE("a command for many that was refused for some ends with 1, and says for whom and why") {
  Desk desk([](const http::Request&) {
    return reply(R"({"command":"cmd","position":3,"size":4,"events":[{"type":"BulkActionCompleted","version":1,
      "scope":{"kind":"account","id":"gx624"},"data":{"action":"ForceLogout","done":[],"failed":[{"membership":")" +
                 rep +
                 R"(","code":"not_found"}]},"position":3,"id":"evt","recorded_at":"2026-03-03T09:00:00.000000Z"}]})");
  });
  const std::vector<std::string> asked{"do", "ForceLogout", "--account", "gx624", "--users", R"([")" + rep + R"("])"};
  const auto told = desk.run(asked);
  CHECK(told.code == 1);
  CHECK_THAT(told.out, Contains(rep) && Contains("not_found"));
  CHECK_THAT(told.err, Contains("it was refused for 1"));
  auto for_programs = asked;
  for_programs.emplace_back("--json");
  const auto json = desk.run(for_programs);
  CHECK(json.code == 1);
  CHECK(json::parse(json.out).at("size") == 4);
}

TEST_CASE("words are quoted where a shell would take them apart") {
  CHECK(shell_word("ben@gx.example:2") == "ben@gx.example:2");
  CHECK(shell_word("engagement ended") == "'engagement ended'");
  CHECK(shell_word("it's $HOME") == R"('it'\''s $HOME')");
  CHECK(shell_word("") == "''");
}

TEST_CASE("a refusal is told with its code and details, and ends with 1") {
  Desk desk([](const http::Request&) {
    return http::problem(409, "has_assigned_contacts", "Contacts are still assigned to you.", {{"contacts", 3}});
  });
  const auto outcome = desk.run({"do", "LeaveAccount", "--account", "gx624", "--confirm", "true"});
  CHECK(outcome.code == 1);
  CHECK(outcome.out.empty());
  CHECK(outcome.err == "rollcall: Contacts are still assigned to you. (has_assigned_contacts)\n  contacts: 3\n");

  const auto for_programs = desk.run({"do", "LeaveAccount", "--account", "gx624", "--confirm", "true", "--json"});
  CHECK(for_programs.code == 1);
  CHECK(json::parse(for_programs.out).at("code") == "has_assigned_contacts");
}

TEST_CASE("fields the server refuses are named") {
  std::atomic<bool> both{false};
  Desk desk([&](const http::Request&) {
    json::array errors{{{"pointer", "/email"}, {"detail", "must be a string"}}};
    if (both) errors.push_back({{"pointer", "/admin"}, {"detail", "must be true or false"}});
    return http::problem(422, "invalid_body", "/email must be a string.", {{"errors", std::move(errors)}});
  });
  const std::vector<std::string> invite{"do", "InvitePartner", "--account", "gx624", "--email", "x@y"};
  CHECK(desk.run(invite).err == "rollcall: /email must be a string. (invalid_body)\n");
  both = true;
  CHECK_THAT(desk.run(invite).err, Contains("\n  /email must be a string\n  /admin must be true or false\n"));
}

TEST_CASE("what is wrong with the options is found before the server is asked, and ends with 2") {
  Desk desk(&invited);
  const std::pair<std::vector<std::string>, std::string> cases[] = {
      {{"do", "InvitePartner", "--account", "gx624"}, "--email is required"},
      {{"do", "InvitePartner", "--account", "GX 624", "--email", "a@b.example"}, "--account: must be a string"},
      {{"do", "InvitePartner", "--account", "gx624", "--email", "a", "--admin", "yes"}, "must be true or false"},
      {{"do", "OpenAccount", "--account", "gx624", "--account-name", "G", "--owner-email", "a", "--seat-limit", "many"},
       "--seat-limit: must be a whole number"},
      {{"do", "AddToGroup", "--account", "gx624", "--user", rep, "--group", "Boss"}, "Admin, SalesRep"},
      {{"do", "UnassignRecords", "--account", "gx624", "--kind", "lead", "--records", "1,2"}, "--records: is not JSON"},
      {{"do", "InvitePartner", "--account", "gx624", "--email", "a", "--nickname", "x"}, "--nickname"},
      {{"do", "InvitePartner", "--account", "gx624", "--email", "a", "--reason", "two\nlines"},
       "rollcall: --reason must be one line"},
      {{"do", "InvitePartner", "--account", "gx624", "--email", "a", "--as", ""}, "rollcall: --as must not be empty"},
      {{"do", "InvitePartner", "--account", "gx624", "--email", "a", "--reason", ""},
       "rollcall: --reason must not be empty"},
      {{"do", "InvitePartner", "--account", "gx624", "--email", "a", "--server", ""},
       "rollcall: --server must not be empty"},
      {{"do", "InvitePartner", "--account", "gx624", "--email", "a", "--idempotency-key", ""}, "must not be empty"},
      {{"do", "ExpireInvitation"}, "ExpireInvitation"},
      {{"do"}, "the name of a command is required"},
      {{}, "required"}};
  for (const auto& [arguments, message] : cases) {
    CAPTURE(message);
    const auto outcome = desk.run(arguments);
    CHECK(outcome.code == 2);
    CHECK(outcome.out.empty());
    CHECK_THAT(outcome.err, Catch::StartsWith("rollcall: ") && Contains(message));
    CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
  }
  CHECK(desk.server.requests().empty());
}

TEST_CASE("records and plans are JSON on the command line or in a file") {
  Desk desk(&invited);
  desk.folder.write("ids.json", R"(["1","2"])");
  CHECK(desk.run({"do", "UnassignRecords", "--account", "gx624", "--kind", "lead", "--records", "@ids.json"}).code ==
        0);
  CHECK(desk.run({"do", "UnassignRecords", "--account", "gx624", "--kind", "lead", "--records", R"(["3"])"}).code == 0);
  const auto requests = desk.server.requests();
  CHECK(json::parse(requests.at(0).body).at("records") == json::value({"1", "2"}));
  CHECK(json::parse(requests.at(1).body).at("records") == json::array{"3"});
  CHECK(desk.run({"do", "UnassignRecords", "--account", "gx624", "--kind", "lead", "--records", "@none"}).code == 1);
}

TEST_CASE("a secret given as - comes from standard input, and who gives a password shows no bearer token") {
  Desk desk(&invited);
  desk.folder.write("data/operator.key", "the-key");
  const std::vector<std::string> accept{"do", "AcceptInvite", "--token", "t", "--accept-terms", "true"};
  auto with_password = accept;
  with_password.insert(with_password.end(), {"--password", "-"});
  CHECK(desk.run(with_password, "a long password\n").code == 0);
  CHECK(desk.run(accept).code == 0);
  const auto requests = desk.server.requests();
  CHECK(json::parse(requests.at(0).body).at("password") == "a long password");
  CHECK(!requests[0].header("Authorization"));
  CHECK(header(requests.at(1), "Authorization") == "Bearer the-key");
}

TEST_CASE("do --list names the commands people may ask for") {
  Desk desk(&invited);
  const auto outcome = desk.run({"do", "--list"});
  CHECK(outcome.code == 0);
  CHECK_THAT(outcome.out, Contains("InvitePartner ") && Contains("Invite a partner") && Contains("AcceptInvite"));
  CHECK_THAT(outcome.out, !Contains("ExpireInvitation"));
}
