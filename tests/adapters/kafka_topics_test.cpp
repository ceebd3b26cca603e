// How topics are made, and what is said of those that are there.
#include "adapters/kafka/topics.hpp"
#include "tests/support/catch.hpp"

using namespace rollcall;
using namespace rollcall::kafka;

namespace {

TopicState made(Purpose purpose, PersonalData personal, std::int32_t copies) {
  return {12, copies, settings_for(purpose, personal, copies)};
}

std::string refusal(const TopicState& topic, Purpose purpose, PersonalData personal) {
  return judge("topic", topic, purpose, personal, 1).refusal.value_or("none");
}

}  // namespace

TEST_CASE("what is made is never complained about") {
  for (const auto purpose : {Purpose::events, Purpose::users})
    for (const auto personal : {PersonalData::omit, PersonalData::clear})
      for (const std::int32_t copies : {1, 2, 3}) {
        const auto verdict =
            judge("topic", made(purpose, personal, copies), purpose, personal, static_cast<std::size_t>(copies));
        CHECK_FALSE(verdict.refusal);
        CHECK(verdict.warnings.empty());
      }
}

TEST_CASE("events are kept for ever, unless they name people") {
  CHECK(settings_for(Purpose::events, PersonalData::omit, 1).at("retention.ms") == "-1");
  CHECK(settings_for(Purpose::events, PersonalData::clear, 1).at("retention.ms") ==
        "2505600000");  // 29 days, and a segment's one
  CHECK(settings_for(Purpose::events, PersonalData::omit, 3).at("min.insync.replicas") == "2");
  CHECK(settings_for(Purpose::users, PersonalData::omit, 3).at("cleanup.policy") == "compact");
}

TEST_CASE("people are not named where they would stay for ever") {
  const auto events = made(Purpose::events, PersonalData::omit, 1);
  CHECK_THAT(refusal(events, Purpose::events, PersonalData::clear), Catch::Contains("retention.ms=-1"));
  auto longer = made(Purpose::events, PersonalData::clear, 1);
  longer.settings["segment.ms"] = "604800000";
  CHECK_THAT(refusal(longer, Purpose::events, PersonalData::clear), Catch::Contains("longer than the 30 days"));
  CHECK_THAT(refusal(made(Purpose::users, PersonalData::omit, 1), Purpose::users, PersonalData::clear),
             Catch::Contains("max.compaction.lag.ms"));
}

TEST_CASE("a topic of the other kind is refused") {
  const auto events = made(Purpose::events, PersonalData::omit, 1), users = made(Purpose::users, PersonalData::omit, 1);
  CHECK_THAT(refusal(users, Purpose::events, PersonalData::omit), Catch::Contains("is compacted"));
  CHECK_THAT(refusal(events, Purpose::users, PersonalData::omit), Catch::Contains("is not compacted"));
}

TEST_CASE("settings that lose events are reported one by one") {
  auto topic = made(Purpose::events, PersonalData::omit, 3);
  topic.settings["retention.ms"] = "604800000";
  topic.settings["retention.bytes"] = "1000000";
  topic.settings["min.insync.replicas"] = "1";
  topic.settings["unclean.leader.election.enable"] = "true";
  const auto warnings = judge("topic", topic, Purpose::events, PersonalData::omit, 3).warnings;
  REQUIRE(warnings.size() == 4);
  CHECK_THAT(warnings[0], Catch::Contains("after 7 days"));
  CHECK_THAT(warnings[1], Catch::Contains("retention.bytes=1000000"));
  CHECK_THAT(warnings[2], Catch::Contains("min.insync.replicas=1"));
  CHECK_THAT(warnings[3], Catch::Contains("unclean.leader.election.enable"));

  const auto single =
      judge("topic", made(Purpose::events, PersonalData::omit, 1), Purpose::events, PersonalData::omit, 3);
  REQUIRE(single.warnings.size() == 1);
  CHECK_THAT(single.warnings[0], Catch::Contains("1 copy on 3 brokers"));
}

TEST_CASE("settings of librdkafka pass, but for those that exactly-once stands on, and unknown ones") {
  CHECK_FALSE(refuse({{"security.protocol", "SASL_SSL"}, {"sasl.mechanism", "PLAIN"}, {"compression.type", "lz4"}}));
  CHECK_THAT(refuse({{"enable.idempotence", "false"}}).value(), Catch::Contains("is set by Rollcall"));
  CHECK_THAT(refuse({{"auto.offset.reset", "latest"}}).value(), Catch::Contains("is set by Rollcall"));
  CHECK_THAT(refuse({{"transactional.id", "mine"}}).value(), Catch::Contains("is set by Rollcall"));
  CHECK_THAT(refuse({{"no.such.setting", "1"}}).value(), Catch::Contains("no.such.setting"));
  CHECK_THAT(refuse({{"socket.keepalive.enable", "perhaps"}}).value(), Catch::Contains("socket.keepalive.enable"));
  CHECK(transaction_timeout({}) == std::chrono::seconds(30));
  CHECK(transaction_timeout({{"transaction.timeout.ms", "5000"}}) == std::chrono::seconds(5));
}
