// How what Rollcall publishes looks on a topic: CloudEvents' binary mode (Kafka protocol binding 1.0.2), and rows of
// the Users list. Written by the publisher, checked by the verification: from the same lines.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "adapters/kafka/client.hpp"
#include "events/cloud_event.hpp"
#include "projections/views/users.hpp"

namespace rollcall::kafka {

// An entry of the log on the events topic.
struct EventMessage {
  CloudEvent event;
  std::int32_t partition = 0;
  std::int64_t milliseconds = 0;

  std::string_view key() const { return event.attribute("partitionkey"); }
  std::vector<std::pair<std::string_view, std::string_view>> headers() const;
  // Refers to this.
  Message message() const { return {partition, key(), event.data, headers(), milliseconds}; }
};
// Throws Malformed.
EventMessage event_message(std::string_view entry, std::string_view origin, const KeyRing* keys,
                           std::int32_t partitions);

// A row of the Users list on the users topic, as of the log's first `size` events.
struct UserMessage {
  projections::PublishedRow row;
  std::string key;
  std::string position;
  std::string origin;
  std::int32_t partition = 0;  // that of the account's events

  std::vector<std::pair<std::string_view, std::string_view>> headers() const;
  Message message(std::int64_t milliseconds) const;
};
UserMessage user_message(projections::PublishedRow row, Position size, std::string_view origin,
                         std::int32_t partitions);

}  // namespace rollcall::kafka
