#include "tests/support/kafka_cluster.hpp"

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <stdexcept>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/command.hpp"
#include "tests/support/where.hpp"

namespace rollcall::testing {
namespace {

namespace json = boost::json;

bool is_free(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool free = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return free;
}

// Below the ports that the system gives to others by itself.
int free_ports(int count) {
  for (int first = 20'000 + ::getpid() % 8'000; first < 31'000; first += count) {
    bool all = true;
    for (int port = first; port < first + count; ++port) all = all && is_free(port);
    if (all) return first;
  }
  throw std::runtime_error("no ports for a broker");
}

std::vector<std::string> environment() {
  std::vector<std::string> settings;
  for (const auto* name : {"PATH", "HOME", "JAVA_HOME", "MAVEN_OPTS", "http_proxy", "https_proxy", "no_proxy"})
    if (const auto* value = std::getenv(name)) settings.push_back(std::string{name} + "=" + value);
  return settings;
}

std::string run(std::vector<std::string> command) {
  const TemporaryFolder folder;
  const auto name = command.front() + " " + command.at(1);
  const auto outcome = testing::run_command(std::move(command), environment(), folder.path());
  if (outcome.code != 0)
    throw std::runtime_error(name + " ended with " + std::to_string(outcome.code) + ":\n" + outcome.out + outcome.err);
  return outcome.out;
}

Seen seen_in(const json::object& record) {
  Seen seen;
  seen.partition = record.at("partition").to_number<std::int32_t>();
  seen.offset = record.at("offset").to_number<std::int64_t>();
  if (record.at("key").is_string()) seen.key = record.at("key").as_string();
  if (record.at("payload").is_string()) seen.value = std::string{record.at("payload").as_string()};
  if (const auto* headers = record.if_contains("headers"); headers && headers->is_array())
    for (std::size_t i = 0; i + 1 < headers->as_array().size(); i += 2)
      seen.headers[std::string{headers->at(i).as_string()}] = std::string{headers->at(i + 1).as_string()};
  return seen;
}

}  // namespace

KafkaCluster& KafkaCluster::shared() {
  static KafkaCluster cluster(1);
  return cluster;
}

KafkaCluster::KafkaCluster(int brokers) {
  const auto said = tool({"start", "--brokers", std::to_string(brokers), "--port",
                          std::to_string(free_ports(2 * brokers)), "--while", std::to_string(::getpid())});
  brokers_ = said.substr(0, said.find('\n'));
}

KafkaCluster::~KafkaCluster() {
  try {
    tool({"stop"});
  } catch (const std::exception&) {  // they end with this process
  }
}

std::string KafkaCluster::tool(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), {"/bin/bash", (where::source_folder() / "tools" / "dev" / "kafka").string()});
  arguments.insert(arguments.end(), {"--data", (folder_ / "brokers").string()});
  return run(std::move(arguments));
}

void KafkaCluster::kill(int broker) { tool({"kill", std::to_string(broker)}); }
void KafkaCluster::resume(int broker) {
  tool({"resume", std::to_string(broker), "--while", std::to_string(::getpid())});
}

std::vector<Seen> KafkaCluster::read(const std::string& topic) const {
  std::istringstream lines(run({"/usr/bin/kcat", "-b", brokers_, "-C", "-t", topic, "-o", "beginning", "-e", "-q", "-J",
                                "-X", "isolation.level=read_committed"}));
  std::vector<Seen> records;
  for (std::string line; std::getline(lines, line);) records.push_back(seen_in(json::parse(line).as_object()));
  std::sort(records.begin(), records.end(), [](const Seen& a, const Seen& b) {
    return std::pair{a.partition, a.offset} < std::pair{b.partition, b.offset};
  });
  return records;
}

std::string KafkaCluster::consume(const std::string& runner, const std::string& example, const std::string& topic,
                                  std::size_t until) const {
  const auto program = runner.front() == '/' ? std::filesystem::path{runner} : where::source_folder() / runner;
  return run({"/usr/bin/timeout", "120", program.string(),
              (where::source_folder() / "tools" / "examples" / example).string(), "--bootstrap", brokers_, "--topic",
              topic, "--group", topic + "-" + example, "--until", std::to_string(until)});
}

std::string KafkaCluster::meddle(const std::vector<std::string>& arguments) const {
  std::vector<std::string> command{"/usr/bin/python3",
                                   (where::source_folder() / "tests" / "kafka" / "meddle.py").string(), brokers_};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run(std::move(command));
}

std::string new_topic(const std::string& name) {
  static int topics = 0;
  return name + "-" + std::to_string(++topics);
}

}  // namespace rollcall::testing
