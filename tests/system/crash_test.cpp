// SIGKILL under load: whatever was acknowledged is there once, nothing is there by halves, and the proof holds.
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <thread>

#include "adapters/rocksdb/log.hpp"
#include "events/entry.hpp"
#include "events/facts.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/system/server_process.hpp"
#include "tests/tools/program.hpp"

using namespace rollcall;
using namespace rollcall::testing;

namespace {

constexpr std::size_t connections = 6;
constexpr std::size_t imported_at_once = 600;  // three events: a half of them would show

// A command as it was sent: with its key it may be sent again when nobody knows what became of it.
struct Order {
  std::string command;
  json::object body;
  std::string key;
};

struct Acknowledged {
  Order order;
  Reply reply;
};

// One connection that always has one command under way, until the server is gone.
class Load {
 public:
  Load(const ServerProcess& server, std::size_t number, const std::string& owner_token)
      : number_(number), guest_(server.url(), owner_token), nobody_(server.url()) {
    thread_ = std::thread([this] { run(); });
  }
  ~Load() {
    if (thread_.joinable()) thread_.join();
  }
  void join() { thread_.join(); }

  std::size_t done() const { return done_; }
  // To be read after join() only.
  std::vector<Acknowledged> acknowledged;
  std::optional<Order> in_doubt;  // sent, and the connection broke before the answer
  std::string trouble;            // an answer nobody expected

 private:
  Order next() {
    static std::atomic<std::uint64_t> orders{0};
    const auto id = std::to_string(++orders);
    switch (std::stoull(id) % 4) {
      case 0: {
        json::array records;
        for (std::size_t i = 0; i < imported_at_once; ++i)
          records.emplace_back("contact-" + id + "-" + std::to_string(i));
        return {"ImportRecords", {{"account", "gx624"}, {"kind", "contact"}, {"records", std::move(records)}}, id};
      }
      case 1:
        if (number_ == 0) return {"StartSession", {{"email", "olga@gx624.example"}, {"password", good_password}}, id};
        [[fallthrough]];
      default: return {"InvitePartner", {{"account", "gx624"}, {"email", "partner" + id + "@agency.example"}}, id};
    }
  }

  void run() {
    while (true) {
      in_doubt = next();
      try {
        auto& who = in_doubt->command == "StartSession" ? nobody_ : guest_;
        auto reply = who.ask(in_doubt->command, in_doubt->body, {{"Idempotency-Key", in_doubt->key}});
        if (reply.status != 200) {
          trouble = shown(reply);
          return;
        }
        acknowledged.push_back({*in_doubt, std::move(reply)});
        in_doubt.reset();
        ++done_;
      } catch (const http::ClientError&) {
        return;
      }
    }
  }

  std::size_t number_;
  Guest guest_, nobody_;
  std::atomic<std::size_t> done_{0};
  std::thread thread_;
};

void must_verify(const std::filesystem::path& data) {
  const testing::Folder folder;
  const auto verified = testing::Program(folder).run({"verify", "--data", data.string()});
  INFO(verified.out << verified.err);
  REQUIRE(verified.code == 0);
}

// Everything in the log against everything that was acknowledged.
void check_history(const std::vector<json::object>& events, const std::vector<Acknowledged>& acknowledged) {
  std::map<std::string, std::vector<std::uint64_t>> positions_of;
  std::map<std::string, std::multiset<std::string>> types_of;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const auto command = std::string{events[i].at("command").as_string()};
    REQUIRE(events[i].at("position").to_number<std::uint64_t>() == i);
    positions_of[command].push_back(i);
    types_of[command].emplace(events[i].at("type").as_string());
  }
  std::size_t lost = 0, different = 0;
  for (const auto& [order, reply] : acknowledged) {
    std::vector<std::uint64_t> told;
    for (const auto& event : reply.body.at("events").as_array())
      told.push_back(event.at("position").to_number<std::uint64_t>());
    const auto found = positions_of.find(reply.text_of("command"));
    if (found == positions_of.end())
      ++lost;
    else if (found->second != told)
      ++different;
  }
  CHECK(lost == 0);
  CHECK(different == 0);
  std::size_t halves = 0;
  for (const auto& [command, types] : types_of) {
    if (types.count("PartnerInvited") != types.count("InvitationMailQueued")) ++halves;
    if (const auto imported = types.count("RecordsImported"); imported != 0 && imported != 3) ++halves;
  }
  CHECK(halves == 0);
  // Once each: an address is invited once, a record imported once, whatever was sent again.
  std::set<std::string> invited, records;
  std::size_t twice = 0;
  for (const auto& event : events) {
    const auto& type = event.at("type").as_string();
    if (type == "PartnerInvited") twice += !invited.emplace(event.at("data").at("email").as_string()).second;
    if (type == "RecordsImported")
      for (const auto& record : event.at("data").at("records").as_array())
        twice += !records.emplace(record.as_string()).second;
  }
  CHECK(twice == 0);
}

// Kills a server under load so many times.
void crash_and_check(int crashes) {
  const TemporaryFolder folder;
  const auto data = folder / "data";
  auto server = std::make_unique<ServerProcess>(data);
  const auto owner_token = Office(*server).signed_in("olga@gx624.example");
  std::mt19937 random(std::random_device{}());
  std::vector<Acknowledged> acknowledged;

  for (int crash = 1; crash <= crashes; ++crash) {
    INFO("crash " << crash);
    const auto patience = std::chrono::milliseconds(std::uniform_int_distribution(0, 200)(random));
    CAPTURE(patience.count());
    std::vector<std::unique_ptr<Load>> loads;
    for (std::size_t i = 0; i < connections; ++i) loads.push_back(std::make_unique<Load>(*server, i, owner_token));
    const auto under_way = [&] {
      std::size_t done = 0;
      for (const auto& load : loads) done += load->done();
      return done >= connections;
    };
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!under_way() && std::chrono::steady_clock::now() < give_up)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::this_thread::sleep_for(patience);
    server->kill();
    std::vector<Order> in_doubt;
    for (auto& load : loads) {
      load->join();
      CHECK(load->trouble == "");
      std::move(load->acknowledged.begin(), load->acknowledged.end(), std::back_inserter(acknowledged));
      if (load->in_doubt) in_doubt.push_back(std::move(*load->in_doubt));
    }
    must_verify(data);

    server = std::make_unique<ServerProcess>(data);
    INFO(server->said());
    REQUIRE(server->serving());
    // What nobody knows of is sent again under its key: it was done or is done now, and not twice.
    for (auto& order : in_doubt) {
      Guest guest = order.command == "StartSession" ? Guest(server->url()) : Guest(server->url(), owner_token);
      auto reply = guest.ask(order.command, order.body, {{"Idempotency-Key", order.key}});
      INFO(shown(reply));
      REQUIRE(reply.status == 200);
      acknowledged.push_back({std::move(order), std::move(reply)});
    }
  }
  auto reader = operator_of(*server);
  CHECK(acknowledged.size() >= static_cast<std::size_t>(crashes) * connections);
  check_history(events_of(reader), acknowledged);
  must_verify(data);  // beside the running server
  CHECK(server->stop() == 0);
  must_verify(data);
}

}  // namespace

TEST_CASE("a server that is killed under load keeps all it has acknowledged, once", "[process][crash]") {
  crash_and_check(10);
}

TEST_CASE("a server that is killed fifty times keeps all it has acknowledged, once", "[.long][process][crash]") {
  crash_and_check(50);
}

TEST_CASE("the proof and all that follows from the log are checked beside a server that writes", "[process][crash]") {
  const TemporaryFolder folder;
  const auto data = folder / "data";
  ServerProcess server(data);
  const auto owner_token = Office(server).signed_in("olga@gx624.example");
  std::vector<std::unique_ptr<Load>> loads;
  for (std::size_t i = 0; i < connections; ++i) loads.push_back(std::make_unique<Load>(server, i, owner_token));
  for (int i = 0; i < 5; ++i) {
    const auto before = loads.front()->done();
    must_verify(data);
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (loads.front()->done() == before && std::chrono::steady_clock::now() < give_up)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    CHECK(loads.front()->done() > before);
  }
  server.kill();
  for (auto& load : loads) {
    load->join();
    CHECK(load->trouble == "");
  }
}

TEST_CASE("a large deactivation that is killed in its slices ends with the map the dry run showed",
          "[process][crash]") {
  const TemporaryFolder folder;
  const auto data = folder / "data";
  auto server = std::make_unique<ServerProcess>(data);
  auto office = std::make_unique<Office>(*server);
  constexpr std::size_t contacts = 8'000;
  const auto una = office->user("una@gx624.example"), uma = office->user("uma@gx624.example"),
             ute = office->user("ute@gx624.example");
  for (std::size_t from = 0; from < contacts; from += 4'000) {
    json::array records;
    for (std::size_t i = from; i < from + 4'000; ++i) records.emplace_back("contact-" + std::to_string(100'000 + i));
    office->operator_.must(
        "ImportRecords",
        {{"account", "gx624"}, {"kind", "contact"}, {"records", std::move(records)}, {"owner", una.id}});
  }
  const json::object order{{"account", "gx624"},
                           {"user", una.id},
                           {"basis", {{"contacts", contacts}, {"leads", 0}, {"tasks", 0}}},
                           {"plan",
                            {{{"kind", "contact"},
                              {"mode", "ratio"},
                              {"allocations",
                               {{{"to", uma.id}, {"share", 3}},
                                {{"to", ute.id}, {"share", 2}},
                                {{"to", office->owner_id}, {"share", 1}}}}}}}};
  const auto thought = office->owner.must("DeactivateUser?dry_run=true", order);
  const auto& map = thought.body.at("map");
  REQUIRE(map.at("records").as_int64() == static_cast<std::int64_t>(contacts));
  REQUIRE_FALSE(map.at("truncated").as_bool());

  const auto started = office->owner.must("DeactivateUser", order);
  CHECK(started.event_types().front() == "DeactivationStarted");
  const auto first = started.number_of("position");
  // Killed at once, and again as soon as it has come back. The slices left are many: it is in the middle of them.
  server->kill();
  {
    const auto log = open_log_beside(data / "log", folder / "scratch");
    bool over = false;
    log->read(first, [&](Position, std::string_view entry) {
      over = over || peek_entry(entry).type == UserDeactivated::type;
      return true;
    });
    REQUIRE_FALSE(over);
  }
  must_verify(data);
  server = std::make_unique<ServerProcess>(data);
  REQUIRE(server->serving());
  server->kill();
  must_verify(data);
  server = std::make_unique<ServerProcess>(data);
  REQUIRE(server->serving());

  auto reader = operator_of(*server);
  auto events = events_of(reader, first);
  const auto is_over = [&] {
    for (const auto& event : events)
      if (event.at("type").as_string() == "UserDeactivated") return true;
    return false;
  };
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!is_over() && std::chrono::steady_clock::now() < give_up) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    events = events_of(reader, first);
  }
  REQUIRE(is_over());

  std::map<std::string, std::string> shown_map, real_map;
  for (const auto& line : map.at("lines").as_array())
    shown_map.emplace(line.at("record").as_string(), line.at("to").as_string());
  std::size_t moves = 0;
  json::value digest;
  for (const auto& event : events) {
    const auto& record_data = event.at("data").as_object();
    if (event.at("type").as_string() == "RecordsReassigned")
      for (const auto& record : record_data.at("records").as_array()) {
        ++moves;
        real_map.emplace(record.as_string(), record_data.at("to").as_string());
      }
    if (event.at("type").as_string() == "ReassignmentCompleted") digest = record_data.at("map_digest");
  }
  CHECK(moves == contacts);
  CHECK((real_map == shown_map));
  CHECK(digest == map.at("digest"));
  const auto session =
      Guest(server->url())
          .ask("StartSession", {{"email", una.email}, {"password", good_password}, {"account", "gx624"}});
  CHECK(session.code() == "not_active");
  CHECK(server->stop() == 0);
  must_verify(data);
}
