#include "adapters/kafka/message.hpp"

#include <map>

namespace rollcall::kafka {
namespace {

constexpr std::pair<std::string_view, std::string_view> json_content{"content-type", "application/json"};

// Trace context goes by its own name, where tracing libraries look for it; all other attributes are ce_….
std::string_view header_of(std::string_view attribute) {
  static const auto names = [] {
    std::map<std::string_view, std::string> all;
    for (const auto& known : cloud_event_attributes())
      all[known.name] = known.name == "traceparent" ? "traceparent" : "ce_" + std::string{known.name};
    return all;
  }();
  return names.at(attribute);
}

}  // namespace

std::vector<std::pair<std::string_view, std::string_view>> EventMessage::headers() const {
  std::vector<std::pair<std::string_view, std::string_view>> headers;
  headers.reserve(event.attributes.size() + 1);
  headers.push_back(json_content);
  for (const auto& [name, value] : event.attributes) headers.emplace_back(header_of(name), value);
  return headers;
}

EventMessage event_message(std::string_view entry, std::string_view origin, const KeyRing* keys,
                           std::int32_t partitions) {
  EventMessage message{cloud_event(entry, origin, keys), 0, peek_entry(entry).recorded_at.micros / 1000};
  message.partition = partition_of(message.key(), partitions);
  return message;
}

std::vector<std::pair<std::string_view, std::string_view>> UserMessage::headers() const {
  return {json_content, {"rollcall_position", position}, {"rollcall_logorigin", origin}};
}

Message UserMessage::message(std::int64_t milliseconds) const {
  return {partition, key, row.json ? std::optional<std::string_view>{*row.json} : std::nullopt, headers(),
          milliseconds};
}

UserMessage user_message(projections::PublishedRow row, Position size, std::string_view origin,
                         std::int32_t partitions) {
  UserMessage message;
  message.key = row.account + "/" + row.id;
  message.position = sequence_text(size - 1);
  message.origin = origin;
  message.partition = partition_of(row.account, partitions);
  message.row = std::move(row);
  return message;
}

}  // namespace rollcall::kafka
