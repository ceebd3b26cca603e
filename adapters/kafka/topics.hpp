// The two topics: how they are made when they are missing, and what is dangerous about those that are there.
#pragma once

#include "adapters/kafka/client.hpp"
#include "events/cloud_event.hpp"

namespace rollcall::kafka {

struct Topics {
  std::string events = "rollcall.events";
  std::string users = "rollcall.users";
  std::int32_t partitions = 12;  // of topics that are made; those that are there keep theirs
};

// How long a person's data may be found after it was erased. Clear personal data may be on topics only that let go of
// it by then.
constexpr std::int64_t erasure_promise_ms = std::int64_t{30} * 24 * 60 * 60 * 1000;

// What a topic must be for: all history, or the present rows.
enum class Purpose : std::uint8_t { events, users };

// Settings of a topic that is made. A cluster of three or more brokers keeps three copies, and takes nothing that fewer
// than two have.
std::map<std::string, std::string> settings_for(Purpose purpose, PersonalData personal, std::int32_t copies);

struct Verdict {
  std::optional<std::string> refusal;  // nothing may be published to it
  std::vector<std::string> warnings;   // what may lose events, or keep them longer than is good
};
Verdict judge(const std::string& name, const TopicState& topic, Purpose purpose, PersonalData personal,
              std::size_t brokers);

}  // namespace rollcall::kafka
