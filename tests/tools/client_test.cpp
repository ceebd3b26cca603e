// The subcommands that talk to a server: what they ask it, what they make of its answers, and their exit codes.
#include <atomic>
#include <map>
#include <sstream>

#include <sys/stat.h>

#include "tests/support/catch.hpp"
#include "tests/tools/desk.hpp"
#include "tools/print/text.hpp"

using namespace rollcall;
using namespace rollcall::testing;
using Catch::Contains;
namespace json = boost::json;

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
  CHECK(outcome.code == 75);  // later it may go
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
  CHECK(nobody.code == 75);
  CHECK(json::parse(nobody.out).at("code") == "failed");
}

TEST_CASE("who mistypes an option is told which one was meant, whatever else is missing") {
  const Folder folder;
  const Program program{folder};
  const auto said = [&](std::vector<std::string> words) {
    const auto outcome = program.run(words);
    CHECK(outcome.code == 2);
    return outcome.err;
  };
  CHECK_THAT(said({"users", "--jsn"}), Contains("there is no option --jsn of users; did you mean --json?"));
  CHECK_THAT(said({"users", "gx624", "--serer=http://127.0.0.1:1"}), Contains("did you mean --server?"));
  CHECK_THAT(said({"do", "InvitePartner", "--account", "gx624", "--emial", "a@b.example"}),
             Contains("there is no option --emial of InvitePartner; did you mean --email?"));
  CHECK_THAT(said({"users", "--elephant"}), Contains("there is no option --elephant") && !Contains("did you mean"));
  // What belongs to an option is never taken for another.
  CHECK_THAT(said({"users", "--q", "--jsn"}), !Contains("--jsn of users; did"));
}

TEST_CASE("a setting of the environment that no option reads is refused by name") {
  const Folder folder;
  Program program{folder};
  program.environment["ROLLCALL_SERVRE"] = "http://127.0.0.1:1";
  const auto outcome = program.run({"version", "--json"});
  CHECK(outcome.code == 2);
  CHECK_THAT(outcome.err, Contains("ROLLCALL_SERVRE") && Contains("did you mean ROLLCALL_SERVER?"));
  CHECK(json::parse(outcome.out).at("code") == "usage");
  program.environment.clear();
  program.environment["ROLLCALL_SERVER"] = "http://127.0.0.1:1";
  program.environment["ROLLCALL"] = "of somebody else";
  // As Kubernetes sets them beside a Service of that name.
  program.environment["ROLLCALL_PORT"] = "tcp://10.0.0.1:80";
  program.environment["ROLLCALL_PORT_80_TCP_ADDR"] = "10.0.0.1";
  program.environment["ROLLCALL_SERVICE_HOST"] = "10.0.0.1";
  CHECK(program.run({"version"}).code == 0);
}

TEST_CASE("the help of every subcommand fits 80 columns, as far as its words do, and every one can answer with JSON",
          "[process]") {
  const Folder folder;
  const Program program{folder};
  std::map<std::string, std::string> words_of;  // by path, as the shell completes it
  std::istringstream lines(program.run({"completion", "bash"}).out);
  for (std::string line; std::getline(lines, line);)
    if (const auto end = line.find("') words='");  // but for those of an option's values
        line.starts_with("    'rollcall") && end != std::string::npos && line.find(" -") > end)
      words_of.emplace(line.substr(5, end - 5), line.substr(end));
  CHECK(words_of.size() > 80);
  for (const auto& [path, words] : words_of) {
    CAPTURE(path);
    const auto inner = words_of.lower_bound(path + " ");
    const bool group = inner != words_of.end() && inner->first.starts_with(path + " ");
    if (!group) CHECK(words.find("--json") != std::string::npos);
    if (path.starts_with("rollcall do ") && path > "rollcall do B") continue;  // made alike
    std::istringstream shown_words(path);
    std::vector<std::string> arguments;
    for (std::string word; shown_words >> word;) arguments.push_back(word);
    arguments.erase(arguments.begin());
    arguments.emplace_back("--help");
    std::istringstream help(program.run(arguments).out);
    for (std::string shown; std::getline(help, shown);) {
      const auto text = shown.find_first_not_of(' ');
      const bool one_word = text == std::string::npos || shown.find(' ', text) == std::string::npos;
      CHECK((tools::columns_of(shown) <= 80 || one_word));
    }
  }
}

TEST_CASE("lists of the contract can be had as JSON") {
  const Folder folder;
  const Program program{folder};
  CHECK(json::parse(program.run({"do", "--list", "--json"}).out).at("commands").as_array().size() > 40);
  CHECK(json::parse(program.run({"schema", "--json"}).out).at("schemas").as_array().size() > 40);
  CHECK(json::parse(program.run({"completion", "zsh", "--json"}).out).at("shell") == "zsh");
  CHECK(json::parse(program.run({"man", "users", "--json"}).out).at("command") == "rollcall users");
  CHECK(json::parse(program.run({"docs", "--json"}).out).at("page").as_string().starts_with("<!doctype html>"));
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
    for (const std::string view :
         {"account-central", "profiles", "invitations", "assignments", "permission-matrix", "scopes", "state"})
      rebuilds += R"(,{"view":")" + view + R"(","state":"swapped","done":3,"total":3})";
    return reply(R"({"rebuilds":[)" + rebuilds + "]}");
  });
  const auto outcome = desk.run({"rebuild", "all"});
  CHECK(outcome.code == 1);
  CHECK_THAT(outcome.out, Contains("users differed in:\n  user gx624 usr_1\n"));
  CHECK_THAT(outcome.err, Contains("--accept-differences"));
}
