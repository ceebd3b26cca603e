// Publishing to Kafka as a part of a server: where the publisher's own rows are, and the options that make one.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "adapters/kafka/publisher.hpp"
#include "adapters/rocksdb/views.hpp"
#include "tools/installation/installation.hpp"
#include "tools/server/followers/report.hpp"

namespace rollcall::tools {

struct KafkaOptions {
  std::string brokers;  // empty: nothing is published
  kafka::Topics topics;
  std::string personal_data = "omit";
  std::vector<std::string> settings;  // name=value, by librdkafka's names
};

// --kafka-topic and what else tells how to find and read the topics.
void add_topic_options(CLI::App& command, KafkaOptions& options);
// librdkafka's settings from options. Throws std::invalid_argument with what is wrong with them.
kafka::Settings kafka_settings(const KafkaOptions& options);
PersonalData personal_data_of(const KafkaOptions& options);

// The publisher's fold of the Users list, in a folder of its own for each pair of topics.
class PublishedRows final : public kafka::RowsStore {
 public:
  PublishedRows(const DataFolder& folder, const kafka::Topics& topics);
  std::shared_ptr<ViewStore> open(std::uint32_t version) override;
  std::shared_ptr<ViewStore> begin_anew(std::uint32_t version) override;
  void finish() override;
  std::string where() const override { return folder_.string(); }

 private:
  std::filesystem::path folder_;
  Views views_;
};

// A publisher with all it needs; stopped first, destroyed last of its parts.
class Publishing {
 public:
  // Throws std::invalid_argument.
  Publishing(const Installation& installation, const KafkaOptions& options);

  kafka::Publisher& publisher() { return publisher_; }
  const kafka::Publisher& publisher() const { return publisher_; }
  PublisherReport report(const LogReader& log, Time now) const;
  // Waits until the topic's end was held against the log, or that cannot be done now: a broker that is away holds up no
  // start for longer than this.
  void wait_until_compared(std::chrono::seconds at_most) const;
  // Why this log is not the one that the topic is of: it lacks events of the topic, or has others. Nothing as long as
  // no such thing is known.
  std::optional<std::string> fork() const;

 private:
  PublishedRows rows_;
  kafka::Publisher publisher_;
};

}  // namespace rollcall::tools
