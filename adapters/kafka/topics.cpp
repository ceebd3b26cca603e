#include "adapters/kafka/topics.hpp"

#include <charconv>

#include <fmt/format.h>

namespace rollcall::kafka {
namespace {

std::int64_t number(const TopicState& topic, const std::string& name, std::int64_t otherwise) {
  const auto found = topic.settings.find(name);
  if (found == topic.settings.end()) return otherwise;
  std::int64_t value = otherwise;
  std::from_chars(found->second.data(), found->second.data() + found->second.size(), value);
  return value;
}

std::string text(const TopicState& topic, const std::string& name) {
  const auto found = topic.settings.find(name);
  return found == topic.settings.end() ? std::string{} : found->second;
}

// Of a segment that is written to nothing is forgotten, so what is in one may stay for as long as it is open.
constexpr std::int64_t segment_ms = std::int64_t{24} * 60 * 60 * 1000;
constexpr std::int64_t default_segment_ms = 7 * segment_ms;

bool keeps_promise(std::int64_t milliseconds) { return milliseconds >= 0 && milliseconds <= erasure_promise_ms; }

constexpr std::int64_t days(std::int64_t milliseconds) { return milliseconds / (24 * 60 * 60 * 1000); }

}  // namespace

std::map<std::string, std::string> settings_for(Purpose purpose, PersonalData personal, std::int32_t copies) {
  std::map<std::string, std::string> settings{{"min.insync.replicas", copies >= 3 ? "2" : "1"},
                                              {"unclean.leader.election.enable", "false"}};
  const auto promise = std::to_string(erasure_promise_ms - segment_ms);
  if (purpose == Purpose::events) {
    settings["cleanup.policy"] = "delete";
    settings["retention.bytes"] = "-1";
    settings["retention.ms"] = personal == PersonalData::clear ? promise : "-1";
  } else {
    settings["cleanup.policy"] = "compact";
    if (personal == PersonalData::clear) settings["max.compaction.lag.ms"] = promise;
  }
  if (personal == PersonalData::clear) settings["segment.ms"] = std::to_string(segment_ms);
  return settings;
}

Verdict judge(const std::string& name, const TopicState& topic, Purpose purpose, PersonalData personal,
              std::size_t brokers) {
  Verdict verdict;
  const auto policy = text(topic, "cleanup.policy");
  const auto retention = number(topic, "retention.ms", -1);
  const bool deletes = policy.find("delete") != std::string::npos;
  if (purpose == Purpose::events) {
    if (policy.find("compact") != std::string::npos)
      verdict.refusal = fmt::format("{} is compacted: of each account only the last event would stay", name);
    if (personal == PersonalData::omit && retention >= 0)
      verdict.warnings.push_back(
          fmt::format("{} forgets events after {} days (retention.ms={})", name, days(retention), retention));
    if (number(topic, "retention.bytes", -1) >= 0)
      verdict.warnings.push_back(fmt::format("{} forgets events beyond a size (retention.bytes={})", name,
                                             number(topic, "retention.bytes", -1)));
    const auto segment = number(topic, "segment.ms", default_segment_ms);
    if (personal == PersonalData::clear && (retention < 0 || !keeps_promise(retention + segment)))
      verdict.refusal = fmt::format(
          "{} keeps events longer than the {} days within which a person is erased (retention.ms={}, segment.ms={}): "
          "clear personal data is not published to it",
          name, days(erasure_promise_ms), retention, segment);
  } else {
    if (policy.find("compact") == std::string::npos)
      verdict.refusal =
          fmt::format("{} is not compacted (cleanup.policy={}): rows would be lost or kept for ever", name, policy);
    if (deletes)
      verdict.warnings.push_back(fmt::format("{} forgets rows that do not change (cleanup.policy={})", name, policy));
    if (personal == PersonalData::clear && !keeps_promise(number(topic, "max.compaction.lag.ms", -1)))
      verdict.refusal = fmt::format(
          "{} may keep old rows longer than the {} days within which a person is erased (max.compaction.lag.ms={}): "
          "clear personal data is not published to it",
          name, days(erasure_promise_ms), number(topic, "max.compaction.lag.ms", -1));
  }
  if (brokers >= 3 && topic.copies < 3)
    verdict.warnings.push_back(
        fmt::format("{} has {} cop{} on {} brokers", name, topic.copies, topic.copies == 1 ? "y" : "ies", brokers));
  if (topic.copies >= 3 && number(topic, "min.insync.replicas", 1) < 2)
    verdict.warnings.push_back(fmt::format("{} takes events that a single broker has (min.insync.replicas=1)", name));
  if (text(topic, "unclean.leader.election.enable") == "true")
    verdict.warnings.push_back(
        fmt::format("{} may lose events when a broker fails (unclean.leader.election.enable=true)", name));
  return verdict;
}

}  // namespace rollcall::kafka
