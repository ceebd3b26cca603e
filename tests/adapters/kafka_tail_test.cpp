// What a topic's ends say of it, without a broker: whether it is this log's, and how far it is.
#include "adapters/kafka/tail.hpp"
#include "events/entry.hpp"
#include "tests/support/batches.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/filled.hpp"
#include "tests/support/memory_log.hpp"

using namespace rollcall;
using namespace rollcall::testing;

namespace {

constexpr std::int32_t partitions = 4;

// A log of notes in accounts a0 … a9 in turn, and the ends of a topic that holds the first `published` of them.
struct Given {
  explicit Given(Position size, Position published) {
    Batches batches;
    MemoryKeys keys;
    keys.issue_up_to(100);
    std::vector<std::string> entries;
    for (Position i = 0; i < size; ++i) {
      auto recorded = entry_of(filled<NoteAdded>());
      recorded.envelope.position = i;
      recorded.envelope.scope = {ScopeKind::account, account(i)};
      entries.push_back(encode_entry(recorded.envelope, recorded.event, keys));
    }
    log.append(batches.next(entries));
    for (Position i = 0; i < published; ++i) {
      const auto partition = partition_at(i);
      auto& tail = tails[static_cast<std::size_t>(partition)];
      tail.bounds.high += 2;
      tail.last = kafka::Claim{partition, tail.bounds.high - 2, account(i), i, hash_at(i)};
    }
  }

  static std::string account(Position i) { return "a" + std::to_string(i % 10); }
  static std::int32_t partition_at(Position i) { return kafka::partition_of(account(i), partitions); }
  std::string hash_at(Position i) const { return to_hex(bytes_of(leaf_hash(log.entry(i).value()))); }
  // The end of the partition that holds the last event published.
  kafka::Claim& last(Position i) { return *tails[static_cast<std::size_t>(partition_at(i))].last; }
  kafka::Published compared() const { return kafka::compare(tails, log); }
  std::string refusal() const {
    const auto published = compared();
    return published.mismatch ? published.mismatch->reason : "none";
  }

  MemoryLog log;
  std::vector<kafka::PartitionTail> tails = std::vector<kafka::PartitionTail>(partitions);
};

}  // namespace

TEST_CASE("keys are placed as Kafka's own clients place them") {
  // From the Java client: Utils.toPositive(Utils.murmur2(key)) % partitions.
  CHECK(kafka::partition_of("21", 1'000'000'007) == (-973932308 & 0x7fffffff) % 1'000'000'007);
  CHECK(kafka::partition_of("foobar", 1'000'000'007) == (-790332482 & 0x7fffffff) % 1'000'000'007);
}

TEST_CASE("an empty topic is a beginning") {
  const Given given(20, 0);
  CHECK(given.compared().size == 0);
  CHECK(given.refusal() == "none");
}

TEST_CASE("a topic is as far as the furthest of its partitions") {
  const Given given(200, 137);
  CHECK(given.refusal() == "none");
  CHECK(given.compared().size == 137);
}

TEST_CASE("what is not this log's is told with its position and both hashes") {
  Given given(200, 137);
  SECTION("another event") {
    given.last(136).leaf_hash = std::string(64, '0');
    const auto mismatch = given.compared().mismatch.value();
    CHECK(mismatch.position == 136);
    CHECK_THAT(mismatch.reason, Catch::Contains("holds another event 136 than the log"));
    CHECK(mismatch.topic_hash == std::string(64, '0'));
    CHECK(mismatch.log_hash == given.hash_at(136));
  }
  SECTION("no event at all") {
    given.last(136).position.reset();
    CHECK_THAT(given.refusal(), Catch::Contains("is no event of Rollcall"));
  }
  SECTION("an event behind the log's end") {
    given.last(136).position = 200;
    CHECK_THAT(given.refusal(), Catch::Contains("holds event 200, but the log ends at 200"));
  }
  SECTION("an event in a partition where it does not belong") {
    auto& here = given.tails[static_cast<std::size_t>(Given::partition_at(136))];
    auto& there = given.tails[static_cast<std::size_t>((Given::partition_at(136) + 1) % partitions)];
    std::swap(here, there);
    for (std::int32_t i = 0; i < partitions; ++i)
      if (auto& last = given.tails[static_cast<std::size_t>(i)].last) last->partition = i;
    CHECK_THAT(given.refusal(), Catch::Contains("number of partitions"));
  }
  SECTION("another key") {
    given.last(136).key = "a999";
    CHECK_THAT(given.refusal(), Catch::Contains("with the key a999"));
  }
}

TEST_CASE("a partition that ends too early is a loss") {
  Given given(200, 137);
  const auto lost = [&] {
    Position position = 136;
    while (Given::partition_at(position) == Given::partition_at(136)) --position;
    return position;
  }();
  auto& tail = given.tails[static_cast<std::size_t>(Given::partition_at(lost))];
  SECTION("with an earlier event") {
    auto earlier = lost - 1;
    while (Given::partition_at(earlier) != Given::partition_at(lost)) --earlier;
    tail.last->position = earlier;
    tail.last->key = Given::account(earlier);
    tail.last->leaf_hash = given.hash_at(earlier);
    CHECK_THAT(given.refusal(), Catch::Contains("event " + std::to_string(lost) + " belongs there"));
  }
  SECTION("empty, as if new") {
    tail = {};
    CHECK_THAT(given.refusal(), Catch::Contains("ends empty, but event " + std::to_string(lost)));
  }
  SECTION("but one whose time ran out is none") {
    tail.last.reset();
    tail.bounds.low = tail.bounds.high;
    CHECK(given.refusal() == "none");
  }
}

TEST_CASE("a record's claim is read from its headers, and is none without them") {
  kafka::Received record;
  record.headers = {{"ce_sequence", "00000000000000000042"}, {"ce_leafhash", "ab"}};
  CHECK(kafka::claim_of(record).position == 42);
  CHECK(kafka::claim_of(record).leaf_hash == "ab");
  record.headers = {{"ce_sequence", "42x"}};
  CHECK_FALSE(kafka::claim_of(record).position);
  record.headers = {{"ce_sequence", ""}};
  CHECK_FALSE(kafka::claim_of(record).position);
  record.headers = {};
  CHECK_FALSE(kafka::claim_of(record).position);
}
