// Which bearer token a subcommand shows to a server, and how sessions are kept.
#include "tools/client/bearer.hpp"

#include <fstream>

#include <sys/stat.h>

#include "tests/support/catch.hpp"
#include "tests/tools/folder.hpp"
#include "tools/failure.hpp"

using namespace rollcall::tools;
using rollcall::testing::Folder;

namespace {

constexpr auto here = "http://127.0.0.1:8080";

// A folder with all there could be: a named key, a kept session, a server's own key.
struct Everything {
  Folder folder;
  BearerSources sources;

  Everything() {
    sources.operator_key = folder.write("named.key", "named-key\n");
    sources.local_operator_key = folder.write("data/operator.key", "local-key\n");
    sources.sessions = folder.path() / "config" / "session.json";
    KeptSessions{sources.sessions}.keep({here, "ada@gx.example", "", "ses_1", "session-token", ""});
  }
};

}  // namespace

TEST_CASE("the operator's key that was named comes first") {
  const Everything all;
  const auto bearer = choose_bearer(here, false, all.sources);
  CHECK(bearer.kind == Bearer::Kind::operator_key);
  CHECK(bearer.token == "named-key");
}

TEST_CASE("a key that was named and is not there is an error, not a reason to use another") {
  Everything all;
  all.sources.operator_key = all.folder.path() / "missing.key";
  CHECK_THROWS_AS(choose_bearer(here, false, all.sources), Failure);
  all.sources.operator_key = all.folder.write("empty.key", "\n");
  CHECK_THROWS_AS(choose_bearer(here, false, all.sources), Failure);
}

TEST_CASE("then comes the session kept for this server, and for no other") {
  Everything all;
  all.sources.operator_key.reset();
  CHECK(choose_bearer(here, false, all.sources).token == "session-token");
  CHECK(choose_bearer("http://127.0.0.1:8080/", false, all.sources).token == "session-token");
  CHECK(choose_bearer("http://127.0.0.1:9090", false, all.sources).token == "local-key");
}

TEST_CASE("to act for somebody takes the operator's key, not a session") {
  Everything all;
  all.sources.operator_key.reset();
  CHECK(choose_bearer(here, true, all.sources).token == "local-key");
}

TEST_CASE("the key of a server that keeps its data here is shown to servers on this machine only") {
  Everything all;
  all.sources.operator_key.reset();
  all.sources.sessions = all.folder.path() / "none.json";
  for (const auto* server : {here, "http://localhost:80", "https://[::1]:8443"})
    CHECK(choose_bearer(server, false, all.sources).token == "local-key");
  for (const auto* server : {"http://10.0.0.1:8080", "https://rollcall.example", "http://127.evil.example",
                             "http://localhost.evil.example", "?"}) {
    CAPTURE(server);
    CHECK(choose_bearer(server, false, all.sources).kind == Bearer::Kind::none);
  }
}

TEST_CASE("with nothing to show nothing is shown") {
  const Folder folder;
  const BearerSources sources{{}, folder.path() / "session.json", folder.path() / "operator.key"};
  const auto bearer = choose_bearer(here, false, sources);
  CHECK(bearer.kind == Bearer::Kind::none);
  CHECK(bearer.token.empty());
}

TEST_CASE("sessions are kept one a server, for the owner's eyes only") {
  const Folder folder;
  const auto file = folder.path() / "rollcall" / "session.json";
  const KeptSessions sessions{file};
  CHECK(!sessions.find(here));
  CHECK(!sessions.forget(here));

  sessions.keep({here, "ada@gx.example", "gx624", "ses_1", "first", "2026-03-03T17:00:00.000000Z"});
  sessions.keep({"https://other.example", "ada@gx.example", "", "ses_2", "other", ""});
  sessions.keep({here, "ben@gx.example", "", "ses_3", "second", ""});

  const auto kept = sessions.find(here);
  REQUIRE(kept);
  CHECK(kept->email == "ben@gx.example");
  CHECK(kept->token == "second");
  CHECK(sessions.find("https://other.example")->token == "other");

  struct stat status {};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  REQUIRE(::stat(file.parent_path().c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0700);

  CHECK(sessions.forget(here));
  CHECK(!sessions.find(here));
  CHECK(sessions.find("https://other.example"));
}

TEST_CASE("a damaged session file is said, not guessed at") {
  const Folder folder;
  const auto file = folder.write("session.json", "{\"sessions\":");
  CHECK_THROWS_AS(KeptSessions{file}.find(here), Failure);
  CHECK_THROWS_AS(KeptSessions{folder.write("other.json", "[]")}.find(here), Failure);
}
