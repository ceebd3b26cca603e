// A server that publishes to a real broker, and the records that strangers read there.
#pragma once

#include <atomic>
#include <chrono>
#include <fstream>
#include <memory>
#include <random>
#include <set>
#include <sstream>
#include <thread>

#include "tests/support/catch.hpp"
#include "tests/support/kafka_cluster.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/system/server_process.hpp"
#include "tests/tools/program.hpp"

namespace rollcall::testing {

using std::chrono::milliseconds;

using std::chrono::steady_clock;

template <class Condition>
bool comes_true(Condition condition, std::chrono::seconds within = std::chrono::seconds(90)) {
  const auto until = steady_clock::now() + within;
  while (!condition()) {
    if (steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(milliseconds(20));
  }
  return true;
}

// A data folder and the topics that are its own.
struct Published {
  explicit Published(const KafkaCluster& to) : cluster(to), data(folder / "data") {}

  std::vector<std::string> arguments(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all{
        "--kafka", cluster.brokers(), "--kafka-topic", events, "--kafka-users-topic", users, "--kafka-partitions", "4"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  std::unique_ptr<ServerProcess> serve(const std::vector<std::string>& more = {}) const {
    auto server = std::make_unique<ServerProcess>(data, arguments(more));
    if (!server->serving()) throw std::runtime_error(server->said());
    return server;
  }
  testing::CommandResult verify(const std::vector<std::string>& more = {}) const {
    const testing::Folder scratch;
    std::vector<std::string> command{
        "verify", "--data", data.string(), "--kafka", cluster.brokers(), "--kafka-users-topic", users};
    if (more.empty() || more.front() != "--kafka-topic") command.insert(command.end(), {"--kafka-topic", events});
    command.insert(command.end(), more.begin(), more.end());
    return testing::Program(scratch).run(command);
  }
  void must_verify() const {
    const auto verified = verify();
    INFO(verified.out << verified.err);
    REQUIRE(verified.code == 0);
  }

  const KafkaCluster& cluster;
  TemporaryFolder folder;
  std::filesystem::path data;
  std::string events = new_topic("events");
  std::string users = new_topic("users");
};

inline json::object kafka_of(const ServerProcess& server) {
  return operator_of(server).get("/v1/status").body.at("kafka").as_object();
}

std::uint64_t size_of(const ServerProcess& server) { return operator_of(server).get("/v1/status").number_of("size"); }

inline bool caught_up(const ServerProcess& server) {
  return comes_true([&] { return kafka_of(server).at("published") == json::value(size_of(server)); });
}

inline std::string stop_of(const ServerProcess& server) {
  std::string reason;
  comes_true([&] {
    const auto kafka = kafka_of(server);
    if (const auto* stopped = kafka.if_contains("stopped")) reason = stopped->at("reason").as_string();
    return !reason.empty();
  });
  return reason;
}

inline void invite(Guest& owner, const std::string& name) {
  owner.must("InvitePartner", {{"account", "gx624"}, {"email", name + "@agency.example"}});
}

inline void invite_as_owner(const ServerProcess& server, const std::string& name) {
  const auto token = Guest(server.url())
                         .must("StartSession", {{"email", "olga@gx624.example"}, {"password", good_password}})
                         .text_of("token");
  Guest owner(server.url(), token);
  invite(owner, name);
}

// Every event of the log once, in the order of its key, with the log's own words: what a stranger holds against it.
inline void check_records(const std::vector<Seen>& records, const std::vector<json::object>& log) {
  CHECK(records.size() == log.size());
  std::set<std::uint64_t> positions;
  std::map<std::string, std::int32_t> partition_of;
  std::map<std::int32_t, std::uint64_t> last;
  std::size_t wrong = 0;
  for (const auto& record : records) {
    const auto position = record.position();
    REQUIRE(position < log.size());
    const auto& event = log[position];
    positions.insert(position);
    const auto known = last.find(record.partition);
    wrong += known != last.end() && known->second >= position;
    last[record.partition] = position;
    wrong += partition_of.emplace(record.key, record.partition).first->second != record.partition;
    wrong += record.headers.at("ce_id") != event.at("id").as_string();
    wrong += record.headers.at("ce_type") !=
             "rollcall." + std::string{event.at("type").as_string()} + ".v" + json::serialize(event.at("version"));
    wrong += record.headers.at("ce_time") != event.at("recorded_at").as_string();
    wrong += record.headers.at("ce_commandid") != event.at("command").as_string();
    wrong += record.headers.at("content-type") != "application/json";
    const auto data = json::parse(record.value.value()).as_object();
    wrong += data.size() != event.at("data").as_object().size();
    for (const auto& [name, value] : data) wrong += !value.is_null() && value != event.at("data").at(name);
  }
  CHECK(positions.size() == log.size());
  CHECK(wrong == 0);
}

}  // namespace rollcall::testing
