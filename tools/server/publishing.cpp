#include "tools/server/publishing.hpp"

#include <stdexcept>
#include <thread>

#include <spdlog/spdlog.h>

#include "tools/server/followers/followers.hpp"

namespace rollcall::tools {
namespace {

constexpr std::string_view rows_name = "users";

kafka::PublisherOptions publisher_options(const Installation& installation, const KafkaOptions& options) {
  kafka::PublisherOptions out;
  out.settings = kafka_settings(options);
  out.topics = options.topics;
  out.personal = personal_data_of(options);
  out.origin = installation.signer().verifying_key().name();
  out.on_thread = let_commands_go_first;
  return out;
}

}  // namespace

void add_topic_options(CLI::App& command, KafkaOptions& options) {
  const auto option = [&](const std::string& name, auto& value, const std::string& environment,
                          const std::string& help) {
    return command.add_option(name, value, help)->envname(environment)->capture_default_str();
  };
  option("--kafka-topic", options.topics.events, "ROLLCALL_KAFKA_TOPIC", "the topic of the events");
  option("--kafka-users-topic", options.topics.users, "ROLLCALL_KAFKA_USERS_TOPIC",
         "the compacted topic of the Users list's rows");
  option("--kafka-personal-data", options.personal_data, "ROLLCALL_KAFKA_PERSONAL_DATA",
         "omit: names, addresses and reasons are null; clear: on topics that forget within 30 days only")
      ->check(CLI::IsMember({"omit", "clear"}));
  command
      .add_option("--kafka-set", options.settings,
                  "name=value, a setting of librdkafka, such as security.protocol=SASL_SSL; may be given again")
      ->envname("ROLLCALL_KAFKA_SET")
      ->delimiter(' ');
}

kafka::Settings kafka_settings(const KafkaOptions& options) {
  kafka::Settings settings;
  for (const auto& setting : options.settings) {
    if (setting.empty()) continue;  // as a printed configuration says that there are none
    const auto equals = setting.find('=');
    if (equals == std::string::npos || equals == 0)
      throw std::invalid_argument("--kafka-set " + setting + ": must be name=value");
    settings.emplace_back(setting.substr(0, equals), setting.substr(equals + 1));
  }
  if (const auto why = kafka::refuse(settings)) throw std::invalid_argument("--kafka-set: " + *why);
  settings.emplace_back("bootstrap.servers", options.brokers);
  return settings;
}

PersonalData personal_data_of(const KafkaOptions& options) {
  return options.personal_data == name_of(PersonalData::clear) ? PersonalData::clear : PersonalData::omit;
}

PublishedRows::PublishedRows(const DataFolder& folder, const kafka::Topics& topics)
    : folder_(folder.root / "kafka" / topics.events), views_(folder_ / topics.users) {}

std::shared_ptr<ViewStore> PublishedRows::open(std::uint32_t version) { return views_.open(rows_name, version); }
std::shared_ptr<ViewStore> PublishedRows::begin_anew(std::uint32_t version) {
  return views_.begin_generation(rows_name, version);
}
void PublishedRows::finish() { views_.swap(rows_name); }

Publishing::Publishing(const Installation& installation, const KafkaOptions& options)
    : rows_(installation.folder(), options.topics),
      publisher_(installation.log(), installation.keys(), rows_, publisher_options(installation, options)) {}

void Publishing::wait_until_compared(std::chrono::seconds at_most) const {
  const auto until = std::chrono::steady_clock::now() + at_most;
  while (true) {
    const auto status = publisher_.status();
    if (status.compared || status.stop) return;
    if (!status.trouble.empty() || std::chrono::steady_clock::now() > until) {
      spdlog::warn("kafka: serving before the topic was held against the log: {}",
                   status.trouble.empty() ? "it takes long" : status.trouble);
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

std::optional<std::string> Publishing::fork() const {
  const auto stop = publisher_.status().stop;
  if (!stop || stop->topic_hash.empty() || stop->topic_hash == stop->log_hash) return std::nullopt;
  return stop->reason;
}

PublisherReport Publishing::report(const LogReader& log, Time now) const {
  const auto status = publisher_.status();
  const auto& options = publisher_.options();
  PublisherReport report;
  report.state = name_of(status.state);
  report.published = status.published;
  if (const auto size = log.size(); status.published < size) {
    report.lag_events = size - status.published;
    if (const auto entry = log.entry(status.published))
      report.lag_seconds =
          static_cast<double>(std::max<std::int64_t>(0, (now - peek_entry(*entry).recorded_at).micros)) / 1e6;
  }
  report.transactions = status.transactions;
  report.topic = options.topics.events;
  report.users_topic = options.topics.users;
  report.personal_data = name_of(options.personal);
  if (!status.trouble.empty()) report.trouble = status.trouble;
  report.warnings = status.warnings;
  if (const auto& stop = status.stop)
    report.stopped = PublisherReport::Stopped{stop->position, stop->reason, stop->topic_hash, stop->log_hash};
  return report;
}

}  // namespace rollcall::tools
