#include "adapters/kafka/record.hpp"

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

std::vector<std::pair<std::string_view, std::string_view>> EventRecord::headers() const {
  std::vector<std::pair<std::string_view, std::string_view>> headers;
  headers.reserve(event.attributes.size() + 1);
  headers.push_back(json_content);
  for (const auto& [name, value] : event.attributes) headers.emplace_back(header_of(name), value);
  return headers;
}

EventRecord event_record(std::string_view entry, std::string_view origin, const KeyRing* keys,
                         std::int32_t partitions) {
  EventRecord record{cloud_event(entry, origin, keys), 0, peek_entry(entry).recorded_at.micros / 1000};
  record.partition = partition_of(record.key(), partitions);
  return record;
}

std::vector<std::pair<std::string_view, std::string_view>> UserRecord::headers() const {
  return {json_content, {"rollcall_position", position}, {"rollcall_logorigin", origin}};
}

Record UserRecord::record(std::int64_t milliseconds) const {
  return {partition, key, row.json ? std::optional<std::string_view>{*row.json} : std::nullopt, headers(),
          milliseconds};
}

UserRecord user_record(projections::PublishedRow row, Position size, std::string_view origin, std::int32_t partitions) {
  UserRecord record;
  record.key = row.account + "/" + row.id;
  record.position = sequence_text(size - 1);
  record.origin = origin;
  record.partition = partition_of(row.account, partitions);
  record.row = std::move(row);
  return record;
}

}  // namespace rollcall::kafka
