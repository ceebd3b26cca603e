// A real Kafka cluster for tests, and strangers that speak to it: kcat, which reads as any consumer would, and a script
// that does what nobody should.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "tests/support/temporary_folder.hpp"

namespace rollcall::testing {

// A record as a consumer sees it.
struct Seen {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::string key;
  std::optional<std::string> value;
  std::map<std::string, std::string> headers;

  std::uint64_t position() const { return std::stoull(headers.at("ce_sequence")); }
};

class KafkaCluster {
 public:
  // One broker for all tests that do not hurt it, started when first asked for, ended with the tests.
  static KafkaCluster& shared();

  // Throws when the brokers do not start, with what they said.
  explicit KafkaCluster(int brokers);
  ~KafkaCluster();
  KafkaCluster(const KafkaCluster&) = delete;
  KafkaCluster& operator=(const KafkaCluster&) = delete;

  const std::string& brokers() const { return brokers_; }
  void kill(int broker);
  void resume(int broker);

  // All committed records, by partition and offset.
  std::vector<Seen> read(const std::string& topic) const;
  // What an example of tools/examples prints of the first so many events. Throws when it fails.
  std::string consume(const std::string& runner, const std::string& example, const std::string& topic,
                      std::size_t until) const;
  // tests/kafka/meddle.py. Throws when it fails.
  std::string meddle(const std::vector<std::string>& arguments) const;

 private:
  std::string tool(std::vector<std::string> arguments) const;

  TemporaryFolder folder_;
  std::string brokers_;
};

// A name that no other test has.
std::string new_topic(const std::string& name);

}  // namespace rollcall::testing
