// The subcommands that talk to a server: what they ask it, what they make of its answers, and their exit codes.
#include <atomic>
#include <map>
#include <set>

#include <sys/stat.h>

#include "tests/support/catch.hpp"
#include "tests/tools/fake_server.hpp"
#include "tests/tools/program.hpp"
#include "tools/client/handing_on.hpp"

using namespace rollcall;
using namespace rollcall::tests;
using Catch::Contains;
using rollcall::tools::shell_word;
namespace json = boost::json;

namespace {

const std::string partner = "usr_00000000000000000000000001";
const std::string rep = "usr_00000000000000000000000002";

// A program in its folder and a server for it.
struct Desk {
  Folder folder;
  FakeServer server;
  Program program{folder};

  explicit Desk(FakeServer::Answer answer) : server(std::move(answer)) {
    program.environment["ROLLCALL_SERVER"] = server.url();
  }
  Outcome run(const std::vector<std::string>& arguments, const std::string& input = {}) {
    return program.run(arguments, input);
  }
};

http::Response invited(const http::Request&) {
  return reply(R"({"command":"cmd_1","position":13,"size":14,"events":[
    {"position":12,"type":"PartnerInvited","scope":{"kind":"account","id":"gx624"},
     "data":{"invitation":"inv_1","email":"p@agency.example","admin":true}},
    {"position":13,"type":"InvitationMailQueued","scope":{"kind":"account","id":"gx624"},
     "data":{"invitation":"inv_1"}}]})");
}

std::string header(const http::Request& request, std::string_view name) {
  return std::string{request.header(name).value_or("")};
}

}  // namespace

// ---- do -----------------------------------------------------------------------------------------------------------

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
  CHECK(desk.server.requests().at(0).target == "/v1/commands/DeactivateUser?dry_run=true");
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
  CHECK(wrong({"--fields", "missing.json"}).code == 1);
  CHECK(desk.server.requests().size() == sent);
  CHECK_THAT(wrong({"--contacts", "who@gx.example"}).err, Contains("nobody in gx624 has the address who@gx.example"));
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
      {{"do", "InvitePartner", "--account", "gx624", "--email", "a", "--reason", "two\nlines"}, "one line"},
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

TEST_CASE("a secret given as - comes from standard input, and who gives a password shows no other credential") {
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

TEST_CASE("help and version are no failures") {
  Desk desk(&invited);
  CHECK_THAT(desk.run({"--help"}).out, Contains("import") && Contains("Exit codes"));
  CHECK_THAT(desk.run({"do", "InvitePartner", "--help"}).out,
             Contains("--access-ends-at") && Contains("the partner's e-mail address"));
  const auto version = desk.run({"--version"});
  CHECK(version.code == 0);
  CHECK_THAT(version.out, Catch::StartsWith("rollcall "));
}

// ---- the way to the server ----------------------------------------------------------------------------------------

TEST_CASE("a server that cannot be reached is said in one line, with what to do") {
  const Folder folder;
  const auto outcome = Program{folder}.run({"status", "--server", "http://127.0.0.1:1"});
  CHECK(outcome.code == 1);
  CHECK_THAT(outcome.err,
             Catch::StartsWith("rollcall: cannot connect to http://127.0.0.1:1") && Contains("rollcall serve"));
}

TEST_CASE("what is no Rollcall server is told apart from a refusal") {
  Desk desk([](const http::Request&) { return reply("<html>", 502); });
  const auto outcome = desk.run({"status"});
  CHECK(outcome.code == 1);
  CHECK_THAT(outcome.err, Contains("502"));
}

TEST_CASE("somebody who is not known is told how to sign in") {
  Desk desk([](const http::Request&) { return http::problem(401, "not_authenticated", "Sign in first."); });
  const auto outcome = desk.run({"central", "me"});
  CHECK(outcome.code == 1);
  CHECK_THAT(outcome.err, Contains("Sign in first. (not_authenticated)") && Contains("rollcall login"));
}

TEST_CASE("a busy server is asked again when it says when") {
  std::atomic<int> calls{0};
  Desk desk([&](const http::Request&) {
    if (++calls > 1) return reply(R"({"size":1})");
    auto busy = http::problem(503, "busy", "The queue is full.");
    busy.headers.emplace_back("Retry-After", "1");
    return busy;
  });
  CHECK(desk.run({"status"}).code == 0);
  CHECK(calls == 2);
}

TEST_CASE("login keeps a session that later subcommands use, and logout ends it") {
  Desk desk([](const http::Request& request) {
    if (request.path.back() == "StartSession")
      return reply(R"({"command":"cmd_1","size":9,"session":"ses_1","token":"secret-token","events":[
        {"position":8,"type":"SessionStarted","data":{"expires_at":"2026-03-03T17:00:00.000000Z"}}]})");
    return reply(R"({"accounts":[],"next":null,"events":[]})");
  });
  const auto login = desk.run({"login", "--email", "ada@gx.example", "--account", "gx624", "--password-stdin"},
                              "correct horse\nnot this\n");
  CHECK(login.code == 0);
  CHECK_THAT(login.out, Contains("signed in as ada@gx.example for gx624 until 2026-03-03 17:00Z"));
  CHECK_THAT(login.out, !Contains("secret-token"));
  struct stat file {};
  REQUIRE(::stat((desk.folder.path() / "config/rollcall/session.json").c_str(), &file) == 0);
  CHECK((file.st_mode & 0777) == 0600);

  CHECK(desk.run({"central", "me"}).code == 0);
  CHECK(desk.run({"logout"}).out == "signed out\n");
  const auto again = desk.run({"logout"});
  CHECK(again.code == 1);
  CHECK_THAT(again.err, Contains("no session"));

  const auto requests = desk.server.requests();
  REQUIRE(requests.size() == 3);
  CHECK(json::parse(requests[0].body) ==
        json::parse(R"({"email":"ada@gx.example","password":"correct horse","account":"gx624"})"));
  CHECK(!requests[0].header("Authorization"));
  CHECK(header(requests[1], "Authorization") == "Bearer secret-token");
  CHECK(requests[2].target == "/v1/commands/EndSession");
  CHECK(header(requests[2], "Authorization") == "Bearer secret-token");
}

TEST_CASE("a wrong password is said, without advice to sign in") {
  Desk desk([](const http::Request&) {
    return http::problem(401, "bad_credentials", "The address or the password is wrong.");
  });
  const auto outcome = desk.run({"login", "--email", "ada@gx.example", "--password-stdin"}, "wrong\n");
  CHECK(outcome.code == 1);
  CHECK(outcome.err == "rollcall: The address or the password is wrong. (bad_credentials)\n");
  CHECK(!std::filesystem::exists(desk.folder.path() / "config/rollcall/session.json"));
}

TEST_CASE("logout forgets a session the server has ended already, and keeps it when the server fails") {
  std::atomic<unsigned> status{500};
  Desk desk([&](const http::Request& request) {
    if (request.path.back() == "StartSession") return reply(R"({"session":"ses_1","token":"t","events":[]})");
    return http::problem(status, "a_code", "words");
  });
  REQUIRE(desk.run({"login", "--email", "a@b.example", "--password-stdin"}, "p\n").code == 0);
  CHECK(desk.run({"logout"}).code == 1);
  status = 401;
  CHECK(desk.run({"logout"}).out == "the session had ended already\n");
}

// ---- queries ------------------------------------------------------------------------------------------------------

TEST_CASE("users shows seats, partners and a row for each, with filters on their way as they were typed") {
  Desk desk([](const http::Request&) {
    return reply(R"({"users":[
      {"id":"usr_1","name":"Ada Owner","partner":false,"email":"ada@gx.example","role":"owner","status":"active",
       "last_sign_in":"2026-03-03T09:00:00.000000Z","access_ends_at":null,"invitation":null},
      {"id":"inv_2","name":null,"partner":true,"email":"p@agency.example","role":"partner_admin","status":"invited",
       "last_sign_in":null,"access_ends_at":null,"invitation":"expired"}],
      "next":"00ff","seats":{"used":1,"limit":5},"partners":2,"pending_invitations":3})");
  });
  const auto outcome = desk.run({"users", "gx624", "--status", "active,invited", "--q", "a&b c", "--sort", "-name",
                                 "--limit", "2", "--min-position", "12"});
  CHECK(outcome.code == 0);
  CHECK(outcome.out ==
        "seats 1 of 5 used · 2 partners (no seat) · 3 invitations pending\n"
        "\n"
        "NAME       P  E-MAIL            ROLE           STATUS             LAST SIGN-IN       ACCESS ENDS\n"
        "Ada Owner     ada@gx.example    owner          active             2026-03-03 09:00Z\n"
        "           P  p@agency.example  partner_admin  invited (expired)\n"
        "\n"
        "There is more: --all shows everything, --cursor 00ff the next page.\n");
  const auto request = desk.server.requests().at(0);
  CHECK(request.target == "/v1/accounts/gx624/users?status=active%2Cinvited&q=a%26b%20c&sort=-name&limit=2");
  CHECK(header(request, "Rollcall-Min-Position") == "12");
}

TEST_CASE("who mistypes a subcommand is told which one was meant, and programs get failures as JSON") {
  Desk desk([](const http::Request&) {
    return http::Response{.status = 403,
                          .content_type = "application/problem+json",
                          .headers = {},
                          .body = R"({"code":"not_authorized","title":"no","detail":"You may not.","status":403})"};
  });
  CHECK_THAT(desk.run({"usres", "gx624"}).err, Contains("did you mean users?"));
  CHECK_THAT(desk.run({"zebra"}).err, !Contains("did you mean"));
  CHECK(desk.run({"usres"}).code == 2);
  const auto refused = desk.run({"users", "gx624", "--json"});
  CHECK(refused.code == 1);
  CHECK(json::parse(refused.out).at("code") == "not_authorized");
  desk.program.environment["ROLLCALL_SERVER"] = "http://127.0.0.1:1";
  const auto nobody = desk.run({"status", "--json"});
  CHECK(nobody.code == 1);
  CHECK(json::parse(nobody.out).at("code") == "failed");
}

TEST_CASE("what one command did, the next one waits to show") {
  std::atomic<int> asked{0};
  Desk desk([&](const http::Request& request) {
    if (request.method == "POST") return reply(R"({"command":"cmd_1","events":[],"position":41,"size":42})");
    if (++asked == 2)
      return http::Response{.status = 409,
                            .content_type = "application/problem+json",
                            .headers = {},
                            .body = R"({"code":"ahead_of_log","title":"no","detail":"another log","status":409})"};
    return reply(R"({"users":[],"next":null,"seats":{"used":1,"limit":5},"partners":0,"pending_invitations":0})");
  });
  desk.folder.write("data/operator.key", "the-key\n");
  CHECK(desk.run({"do", "ChangeSeatLimit", "--account", "gx624", "--seat-limit", "5"}).code == 0);
  CHECK(desk.run({"users", "gx624"}).code == 0);
  CHECK(header(desk.server.requests().at(1), "Rollcall-Min-Position") == "41");
  // A log that does not have the position is another one: what it has is shown, and the position forgotten.
  CHECK(desk.run({"users", "gx624"}).code == 0);
  CHECK(desk.run({"users", "gx624"}).code == 0);
  for (const std::size_t without : {3u, 4u})
    CHECK(header(desk.server.requests().at(without), "Rollcall-Min-Position").empty());
}

TEST_CASE("--all joins the pages") {
  Desk desk([](const http::Request& request) {
    const auto cursor = request.parameter("cursor").value_or("");
    if (cursor.empty()) return reply(R"({"invitations":[{"id":"inv_1"}],"next":"aa"})");
    if (cursor == "aa") return reply(R"({"invitations":[{"id":"inv_2"}],"next":"bb"})");
    return reply(R"({"invitations":[{"id":"inv_3"}],"next":null})");
  });
  const auto outcome = desk.run({"invitations", "gx624", "--all", "--json"});
  CHECK(json::parse(outcome.out) ==
        json::parse(R"({"invitations":[{"id":"inv_1"},{"id":"inv_2"},{"id":"inv_3"}],"next":null})"));
  CHECK(desk.server.requests().at(0).target == "/v1/accounts/gx624/invitations?limit=200");
}

TEST_CASE("every query asks its own resource") {
  Desk desk([](const http::Request&) {
    return reply(
        R"({"users":[],"accounts":[],"assignments":[],"invitations":[],"events":[],"before":null,"next":null})");
  });
  const std::pair<std::vector<std::string>, std::string> cases[] = {
      {{"user", "gx624", rep, "--at", "2026-03-03T09:00:00+01:00"},
       "/v1/accounts/gx624/users/" + rep + "?at=2026-03-03T09%3A00%3A00%2B01%3A00"},
      {{"central", "me"}, "/v1/me/accounts"},
      {{"central", "p+x@agency.example", "--q", "gx"}, "/v1/people/p%2Bx%40agency.example/accounts?q=gx"},
      {{"assignments", "gx624", "--non-zero", "--at", "12"}, "/v1/accounts/gx624/assignments?non_zero=true&at=12"},
      {{"invitations", "gx624", "--status", "pending"}, "/v1/accounts/gx624/invitations?status=pending"},
      {{"history", "gx624", rep}, "/v1/accounts/gx624/users/" + rep + "/history?limit=1000&names=true"},
      {{"history", "gx624", rep, "--at", "12", "--json"},
       "/v1/accounts/gx624/users/" + rep + "/history?limit=1000&at=12"},
      {{"whoami"}, "/v1/me"},
      {{"status"}, "/v1/status"}};
  for (const auto& [arguments, target] : cases) {
    CAPTURE(target);
    CHECK(desk.run(arguments).code == 0);
    CHECK(desk.server.requests().back().target == target);
  }
}

TEST_CASE("history is put together from the latest page back to the first event") {
  Desk desk([](const http::Request& request) {
    if (request.parameter("before"))
      return reply(R"({"events":[{"position":1,"type":"PartnerInvited"}],"before":null})");
    return reply(
        R"({"events":[{"position":7,"type":"MembershipActivated"},{"position":9,"type":"PartnerLeft"}],"before":7})");
  });
  const auto all = json::parse(desk.run({"history", "gx624", rep, "--json"}).out);
  REQUIRE(all.at("events").as_array().size() == 3);
  CHECK(all.at("events").at(0).at("position") == 1);
  CHECK(all.at("events").at(2).at("position") == 9);
  CHECK_THAT(desk.run({"history", "gx624", rep, "--limit", "2"}).out, Contains("--before 7"));
}

TEST_CASE("log reads page after page until the end of the log") {
  Desk desk([](const http::Request& request) {
    if (request.parameter("from") == "3")
      return reply(R"({"events":[{"position":3,"type":"SeatTaken"}],"next":4,"size":9,"at_end":false})");
    if (request.parameter("from") == "4") return reply(R"({"events":[],"next":8,"size":9,"at_end":false})");
    return reply(R"({"events":[{"position":8,"type":"SeatFreed"}],"next":9,"size":9,"at_end":true})");
  });
  const auto outcome = desk.run({"log", "--from", "3", "--account", "gx624", "--type", "SeatTaken", "--json"});
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "{\"position\":3,\"type\":\"SeatTaken\"}\n{\"position\":8,\"type\":\"SeatFreed\"}\n");
  const auto requests = desk.server.requests();
  REQUIRE(requests.size() == 3);
  CHECK(requests[0].target == "/v1/events?from=3&account=gx624&type=SeatTaken&limit=500");
}

TEST_CASE("log --follow waits for what is to come") {
  std::atomic<int> calls{0};
  Desk desk([&](const http::Request& request) {
    CHECK(request.parameter("wait") == "25");
    if (++calls == 1) return reply(R"({"events":[],"next":5,"size":5})");
    return reply(R"({"events":[{"position":5,"type":"SeatTaken"}],"next":6,"size":6})");
  });
  CHECK(desk.run({"log", "--from", "5", "--follow", "--limit", "1", "--json"}).out ==
        "{\"position\":5,\"type\":\"SeatTaken\"}\n");
  CHECK(calls == 2);
}

// ---- rebuild ------------------------------------------------------------------------------------------------------

TEST_CASE("rebuild starts one, waits for it and tells that both are the same") {
  std::atomic<int> polls{0};
  Desk desk([&](const http::Request& request) {
    if (request.method == "POST") return reply(R"({"events":[{"type":"RebuildOrdered"}],"position":3,"size":4})");
    if (++polls == 1)
      return reply(
          R"({"rebuilds":[{"view":"users","state":"failed"},{"view":"users","state":"running","done":5,"total":10}]})");
    return reply(
        R"({"rebuilds":[{"view":"users","state":"failed"},{"view":"users","state":"swapped","done":10,"total":10,
      "digest_old":"aa","digest_new":"aa","differences":[],"note":""}]})");
  });
  const auto outcome = desk.run({"rebuild", "users"});
  CHECK(outcome.code == 0);
  CHECK_THAT(outcome.err, Catch::StartsWith("rebuilding users: 10 in "));
  CHECK(outcome.out ==
        "VIEW   RESULT   EVENTS  DIGEST BEFORE  DIGEST NOW\n"
        "users  swapped      10  aa             aa\n");
  CHECK(json::parse(desk.server.requests().at(0).body) ==
        json::parse(R"({"view":"users","accept_differences":false})"));
}

TEST_CASE("a rebuilt view that differs is said to be kept, with what differed, and ends with 1") {
  Desk desk([](const http::Request& request) {
    if (request.method == "POST") return reply(R"({"events":[{"type":"RebuildOrdered"}],"position":3,"size":4})");
    std::string rebuilds = R"({"view":"users","state":"kept","done":3,"total":3,"differences":["user gx624 usr_1"]})";
    for (const std::string view : {"account-central", "profiles", "invitations", "assignments", "scopes", "state"})
      rebuilds += R"(,{"view":")" + view + R"(","state":"swapped","done":3,"total":3})";
    return reply(R"({"rebuilds":[)" + rebuilds + "]}");
  });
  const auto outcome = desk.run({"rebuild", "all"});
  CHECK(outcome.code == 1);
  CHECK_THAT(outcome.out, Contains("users differed in:\n  user gx624 usr_1\n"));
  CHECK_THAT(outcome.err, Contains("--accept-differences"));
}

// ---- import -------------------------------------------------------------------------------------------------------

namespace {

// Knows two users and the records it was told of, as the real one passes over what it knows.
class Crm {
 public:
  std::set<std::string> known() const {
    const std::lock_guard lock(mutex_);
    std::set<std::string> names;
    for (const auto& [name, record] : known_) names.insert(name);
    return names;
  }
  // What happened here since an import.
  void change(const std::string& name, const json::value& owner, std::string_view status) {
    const std::lock_guard lock(mutex_);
    known_.at(name) = {{"owner", owner}, {"status", status}};
  }
  std::set<std::string> keys() const {
    const std::lock_guard lock(mutex_);
    return keys_;
  }

  http::Response operator()(const http::Request& request) {
    const std::lock_guard lock(mutex_);
    if (request.method == "GET" && request.path.size() == 5 && request.path[3] == "records") {
      const auto& kind = request.path.back();
      json::array records;
      for (const auto& [name, record] : known_)
        if (name.starts_with(kind + " ")) {
          records.push_back(record);
          records.back().as_object()["record"] = name.substr(kind.size() + 1);
        }
      return reply(json::serialize(json::object{{"records", std::move(records)}, {"next", nullptr}}));
    }
    if (request.method == "GET") {
      if (request.parameter("cursor"))
        return reply(R"({"users":[{"id":")" + rep + R"(","email":"rep@gx.example"}],"next":null})");
      return reply(R"({"users":[{"id":")" + partner + R"(","email":"p@agency.example"}],"next":"aa"})");
    }
    keys_.insert(header(request, "Idempotency-Key"));
    const auto body = json::parse(request.body);
    if (body.at("kind") == "lead") return http::problem(409, "target_cannot_own_leads", "Only SalesRep own leads.");
    json::array fresh;
    for (const auto& record : body.at("records").as_array()) {
      const auto name = std::string{body.at("kind").as_string()} + " " + std::string{record.as_string()};
      const bool is_new = !known_.contains(name);
      const auto* status = body.as_object().if_contains("status");
      const auto* owner = body.as_object().if_contains("owner");
      if (is_new && !request.parameter("dry_run"))
        known_[name] = {{"owner", owner ? *owner : nullptr}, {"status", status ? *status : "open"}};
      if (is_new) fresh.push_back(record);
    }
    json::array events;
    if (!fresh.empty()) events.push_back({{"type", "RecordsImported"}, {"data", {{"records", std::move(fresh)}}}});
    return reply(json::serialize(json::object{{"events", std::move(events)}}));
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, json::object> known_;
  std::set<std::string> keys_;
};

constexpr auto exported =
    "\xEF\xBB\xBF"
    "Contact Id,Name,Owner Email,Kind,Status\r\n"
    "1,\"Joe\r\nSmith\",rep@gx.example,contact,\r\n"
    "2,Ann,REP@gx.example,contact,\r\n"
    "3,Bob,p@agency.example,task,completed\r\n"
    "4,Eve,nobody@gx.example,contact,\r\n"
    "5,Lee,rep@gx.example,lead,\r\n";

}  // namespace

TEST_CASE("an export is imported in batches, each rejected line is told with its reason, and twice changes nothing") {
  Crm crm;
  Desk desk([&](const http::Request& request) { return crm(request); });
  desk.folder.write("contacts.csv", exported);
  const std::vector<std::string> import{"import", "records", "gx624", "contacts.csv", "--rejected", "rejected.csv"};

  const auto first = desk.run(import);
  CHECK(first.code == 1);
  CHECK(first.out ==
        "imported 3 · already there 0 · rejected 2 of 5 lines\n"
        "  line 6: no active user has the address nobody@gx.example\n"
        "  line 7: Only SalesRep own leads. (target_cannot_own_leads)\n");
  CHECK_THAT(first.err, Catch::StartsWith("importing: 4 in "));
  CHECK(crm.known() == std::set<std::string>{"contact 1", "contact 2", "task 3"});
  CHECK_THAT(desk.folder.read("rejected.csv"), Contains("4,Eve,nobody@gx.example,contact,,6,no active user"));

  const auto second = desk.run(import);
  CHECK_THAT(second.out, Catch::StartsWith("imported 0 · already there 3 · rejected 2 of 5 lines\n"));

  // Every batch had a key of its own, also in the second run: what was refused then may be possible now.
  CHECK(crm.keys().size() == 6);
  const auto requests = desk.server.requests();
  CHECK(requests.at(0).target == "/v1/accounts/gx624/users?status=active&limit=200");
  const auto task = json::parse(requests.at(4).body);
  CHECK(task == json::parse(R"({"account":"gx624","kind":"task","records":["3"],"owner":")" + partner +
                            R"(","status":"completed"})"));
}

TEST_CASE("importing again tells what is not here any more as the file says, and changes nothing for it") {
  Crm crm;
  Desk desk([&](const http::Request& request) { return crm(request); });
  desk.folder.write("contacts.csv", exported);
  const std::vector<std::string> import{"import", "records", "gx624", "contacts.csv", "--rejected", "rejected.csv"};
  CHECK_THAT(desk.run(import).out, !Contains("already there belong"));
  crm.change("contact 1", json::value(partner), "open");
  crm.change("contact 2", nullptr, "open");
  crm.change("task 3", json::value(partner), "open");
  const auto again = desk.run(import);
  CHECK_THAT(again.out, Contains("imported 0 · already there 3 · rejected 2 of 5 lines\n") &&
                            Contains("2 already there belong to somebody else than in the file") &&
                            Contains("1 already there are open here and completed in the file") &&
                            Contains("nothing was changed for them\n"));
  CHECK_THAT(desk.folder.read("rejected.csv"),
             Contains("Smith\",rep@gx.example,contact,,2,belongs to " + std::string{partner} + " by now") &&
                 Contains("2,Ann,REP@gx.example,contact,,4,is nobody's by now") &&
                 Contains("3,Bob,p@agency.example,task,completed,5,is open here"));
}

TEST_CASE("an import never writes over what it reads, and finds out before it begins where it cannot write") {
  Crm crm;
  Desk desk([&](const http::Request& request) { return crm(request); });
  desk.folder.write("contacts.csv", exported);
  std::filesystem::create_hard_link(desk.folder.path() / "contacts.csv", desk.folder.path() / "same.csv");
  std::filesystem::create_symlink("contacts.csv", desk.folder.path() / "link.csv");
  for (const std::string rejected : {"contacts.csv", "./contacts.csv", "same.csv", "link.csv"}) {
    CAPTURE(rejected);
    const auto outcome = desk.run({"import", "records", "gx624", "contacts.csv", "--rejected", rejected});
    CHECK(outcome.code == 2);
    CHECK_THAT(outcome.err, Contains("--rejected"));
  }
  CHECK(desk.folder.read("contacts.csv") == exported);
  CHECK(desk.run({"import", "records", "gx624", "contacts.csv", "--rejected", "nowhere/rejected.csv"}).code == 1);
  CHECK(desk.server.requests().empty());
}

TEST_CASE("an import without rejected lines ends with 0, and --json reports it for programs") {
  Crm crm;
  Desk desk([&](const http::Request& request) { return crm(request); });
  desk.folder.write("tasks.csv", "number,who\n1,rep@gx.example\n2,\n");
  const auto outcome = desk.run({"import", "records", "gx624", "tasks.csv", "--kind", "task", "--map",
                                 "id=number,owner=who", "--batch", "1", "--json"});
  CHECK(outcome.code == 0);
  CHECK(json::parse(outcome.out) ==
        json::parse(
            R"({"dry_run":false,"lines":2,"imported":2,"already_there":0,"differing":[],"rejected":[],"assumed":[]})"));
}

TEST_CASE("a dry run of an import records nothing") {
  Crm crm;
  Desk desk([&](const http::Request& request) { return crm(request); });
  desk.folder.write("contacts.csv", exported);
  const auto outcome = desk.run({"import", "records", "gx624", "contacts.csv", "--dry-run"});
  CHECK_THAT(outcome.out, Catch::StartsWith("dry run: would import 3 · already there 0 · rejected 2"));
  CHECK(crm.known().empty());
}

TEST_CASE("a file that is no export is refused before anything is imported") {
  Crm crm;
  Desk desk([&](const http::Request& request) { return crm(request); });
  desk.folder.write("broken.csv", "id,kind,owner\n1,contact,\n\"2,contact,\n");
  const auto broken = desk.run({"import", "records", "gx624", "broken.csv"});
  CHECK(broken.code == 1);
  CHECK_THAT(broken.err, Contains("broken.csv, line 3: the quote that opens here is never closed"));
  CHECK(desk.run({"import", "records", "gx624", "missing.csv"}).code == 1);
  CHECK(desk.run({"import", "records", "gx624", "broken.csv", "--map", "nr=x"}).code == 2);
  CHECK(crm.known().empty());
}

TEST_CASE("who may not import is told at once, with how far it came") {
  Desk desk([](const http::Request& request) {
    if (request.method == "GET") return reply(R"({"users":[],"next":null})");
    return http::problem(403, "not_authorized", "You may not do this here.");
  });
  desk.folder.write("contacts.csv", "id,kind,owner\n1,contact,\n");
  const auto outcome = desk.run({"import", "records", "gx624", "contacts.csv"});
  CHECK(outcome.code == 1);
  CHECK_THAT(outcome.err, Contains("(not_authorized)") && Contains("0 records were imported") && Contains("safe"));
}
