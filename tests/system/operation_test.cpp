// A server in operation: read models rebuilt while it serves, asked to stop, overloaded, started twice.
#include <atomic>
#include <chrono>
#include <memory>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "adapters/http/load.hpp"
#include "domain/commands.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/system/replies.hpp"
#include "tests/system/server_process.hpp"

using namespace rollcall;
using namespace rollcall::testing;

TEST_CASE("every read model is rebuilt while the server serves and writes", "[process]") {
  const TemporaryFolder folder;
  ServerProcess server(folder / "data");
  Office office(server);
  // Several write all the time: the read models never come to rest by themselves.
  std::atomic<bool> over{false};
  std::atomic<std::size_t> written{0};
  std::vector<std::thread> writers;
  for (int i = 0; i < 4; ++i)
    writers.emplace_back([&, i, guest = std::make_shared<Guest>(operator_of(server))] {
      for (std::size_t n = 0; !over && n < 100'000; ++n) {
        const auto record = "c-" + std::to_string(i) + "-" + std::to_string(n);
        const auto reply =
            guest->ask("RegisterRecord",
                       {{"account", "gx624"}, {"kind", "contact"}, {"record", record}, {"owner", office.owner_id}});
        if (reply.status != 200) return;
        ++written;
      }
    });
  while (written < 100) std::this_thread::yield();

  const auto ordered = office.operator_.ask("OrderRebuild", {{"view", "all"}});
  const auto unknown = office.operator_.ask("OrderRebuild", {{"view", "weather"}});
  const auto running = [](const Reply& reply) {
    std::size_t count = 0;
    for (const auto& one : reply.body.at("rebuilds").as_array()) count += one.at("state").as_string() == "running";
    return count;
  };
  Reply rebuilds;
  const auto before = written.load();
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(120);
  do {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    rebuilds = office.operator_.get("/v1/rebuilds");
  } while (running(rebuilds) > 0 && std::chrono::steady_clock::now() < give_up);
  const auto meanwhile = written.load() - before;
  over = true;
  for (auto& writer : writers) writer.join();

  CHECK(ordered.event_types() == std::vector<std::string>{"RebuildOrdered"});
  CHECK_REFUSED(office.owner.ask("OrderRebuild", {{"view", "weather"}}), 403, "not_authorized");
  CHECK_REFUSED(unknown, 404, "not_found");
  CHECK(meanwhile > 0);
  CHECK(rebuilds.body.at("rebuilds").as_array().size() == 8);  // six read models, and state
  for (const auto& one : rebuilds.body.at("rebuilds").as_array()) {
    INFO(json::serialize(one));
    const auto& state = one.at("state").as_string();
    CHECK((state == "swapped" || state == "equal"));
    CHECK(one.at("digest_old") == one.at("digest_new"));
    CHECK(one.at("differences").as_array().empty());
  }
  const auto last =
      office.operator_.must("RegisterRecord", {{"account", "gx624"}, {"kind", "contact"}, {"record", "the-last"}});
  const auto users = office.owner.get_after(last, "/v1/accounts/gx624/users");
  CHECK(emails_in(users) == std::set<std::string>{"olga@gx624.example"});
  const auto profile = office.owner.get("/v1/accounts/gx624/users/" + office.owner_id);
  CHECK_THAT(profile.text, Catch::Contains("\"contacts\":" + std::to_string(written)));
}

TEST_CASE("who waits for what may come is answered when the server is asked to stop", "[process]") {
  const TemporaryFolder folder;
  ServerProcess server(folder / "data");
  Office office(server);
  const auto size = office.operator_.get("/v1/status").number_of("size");
  Reply reply;
  std::thread waiting([&] {
    auto guest = operator_of(server);
    reply = guest.get("/v1/events?wait=30&from=" + std::to_string(size));
  });
  while (office.operator_.get("/metrics").text.find("rollcall_http_requests_in_flight 2") == std::string::npos)
    std::this_thread::yield();
  server.ask_to_stop();
  waiting.join();
  CHECK(server.exit_code() == 0);
  INFO(shown(reply));
  CHECK(reply.status == 200);
  CHECK(reply.body.at("at_end").as_bool());
  CHECK_THAT(server.said(), !Catch::Contains("were not answered"));
}

TEST_CASE("a server that is asked to stop answers what it has accepted", "[process]") {
  const TemporaryFolder folder;
  auto server = std::make_unique<ServerProcess>(folder / "data");
  Office office(*server);

  // Each thread asks until it is turned away; what was answered must be there afterwards, once.
  constexpr std::size_t threads = 4;
  std::vector<std::vector<std::string>> answered(threads);
  std::atomic<std::size_t> done{0};
  std::vector<std::thread> guests;
  for (std::size_t i = 0; i < threads; ++i)
    guests.emplace_back([&, i, guest = std::make_shared<Guest>(operator_of(*server))] {
      try {
        for (std::size_t n = 0; n < 100'000; ++n) {
          const auto record = "c-" + std::to_string(i) + "-" + std::to_string(n);
          const auto reply =
              guest->ask("RegisterRecord", {{"account", "gx624"}, {"kind", "contact"}, {"record", record}});
          if (reply.status != 200) break;
          answered[i].push_back(record);
          ++done;
        }
      } catch (const http::ClientError&) {
        // Turned away at the door.
      }
    });
  while (done < 50) std::this_thread::yield();
  server->ask_to_stop();
  for (auto& guest : guests) guest.join();
  CHECK(server->exit_code() == 0);
  CHECK_THAT(server->said(), Catch::Contains("stopped"));

  server = std::make_unique<ServerProcess>(folder / "data");
  auto guest = operator_of(*server);
  std::multiset<std::string> there;
  for (const auto& event : events_of(guest))
    if (event.at("type").as_string() == "RecordRegistered") there.emplace(event.at("data").at("record").as_string());
  std::size_t acknowledged = 0;
  for (const auto& some : answered)
    for (const auto& record : some) {
      INFO(record);
      CHECK(there.count(record) == 1);
      ++acknowledged;
    }
  // Nothing was accepted that nobody heard of: a graceful end answers all of it.
  CHECK(there.size() == acknowledged);
}

TEST_CASE("a command that finds the queue full is told to come back, and nothing of it happened", "[process]") {
  const TemporaryFolder folder;
  const ServerProcess server(folder / "data", {"--queue", "1"});
  Office office(server);
  const http::Headers headers{{"Authorization", "Bearer " + server.operator_key()},
                              {"Content-Type", "application/json"}};
  std::set<std::string> accepted;
  std::uint64_t turned_away = 0;
  // A crowd before a queue of one: until some were turned away, which may take more than one attempt.
  for (int attempt = 0; attempt < 50 && turned_away == 0; ++attempt) {
    http::LoadOptions load;
    load.address = server.url().substr(server.url().rfind('/') + 1);
    load.connections = 64;
    load.max_requests = 640;
    const auto record_of = [&](std::uint64_t n) { return fmt::format("c-{}-{}", attempt, n); };
    http::generate_load(
        load,
        [&](std::size_t, std::uint64_t n) {
          const auto body = fmt::format(R"({{"account":"gx624","kind":"contact","record":"{}"}})", record_of(n));
          return http::render("POST", "/v1/commands/RegisterRecord", headers, body);
        },
        [&](std::size_t, std::uint64_t n, unsigned status, std::string_view body) {
          if (status == 200) {
            accepted.insert(record_of(n));
          } else {
            CHECK(status == 503);
            CHECK_THAT(std::string{body}, Catch::Contains("\"code\":\"busy\""));
            ++turned_away;
          }
        });
  }
  CHECK(turned_away > 0);
  std::set<std::string> there;
  for (const auto& event : events_of(office.operator_))
    if (event.at("type").as_string() == "RecordRegistered") there.emplace(event.at("data").at("record").as_string());
  CHECK(there == accepted);
}

TEST_CASE("a second server on the same folder is refused with a sentence", "[process]") {
  const TemporaryFolder folder;
  ServerProcess server(folder / "data");
  REQUIRE(server.serving());
  ServerProcess second(folder / "data");
  CHECK_FALSE(second.serving());
  CHECK(second.exit_code() == 75);
  CHECK_THAT(second.said(), Catch::Contains("is in use by process "));
  CHECK(Guest(server.url()).get("/livez").status == 200);
}
