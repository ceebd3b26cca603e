// What was appended last is served from memory, and is what it was.
#include "adapters/rocksdb/recent_entries.hpp"

#include "tests/support/catch.hpp"

using namespace rollcall;

namespace {

Batch batch_of(Position first, std::initializer_list<std::string> entries) {
  Batch batch;
  batch.first = first;
  batch.entries = entries;
  return batch;
}

}  // namespace

TEST_CASE("recent entries are found by position, batch by batch") {
  RecentEntries recent(1'000'000);
  CHECK_FALSE(recent.holding(0));
  recent.add(batch_of(10, {"ten", "", "twelve"}));
  recent.add(batch_of(13, {}));
  recent.add(batch_of(13, {"thirteen"}));
  CHECK_FALSE(recent.holding(9));
  CHECK_FALSE(recent.holding(14));
  const auto first = recent.holding(12);
  REQUIRE(first);
  CHECK(first->first() == 10);
  CHECK(first->end() == 13);
  CHECK(first->entry(10) == "ten");
  CHECK(first->entry(11).empty());
  CHECK(first->entry(12) == "twelve");
  CHECK(recent.holding(13)->entry(13) == "thirteen");
}

TEST_CASE("recent entries are bounded, and whoever reads them keeps what they read") {
  RecentEntries recent(4'000);
  recent.add(batch_of(0, {std::string(1'000, 'a')}));
  const auto held = recent.holding(0);
  for (Position at = 1; at < 10; ++at) recent.add(batch_of(at, {std::string(1'000, 'b')}));
  CHECK_FALSE(recent.holding(0));
  CHECK_FALSE(recent.holding(5));
  CHECK(recent.holding(9));
  CHECK(held->entry(0) == std::string(1'000, 'a'));
  // The last batch stays, however large.
  recent.add(batch_of(10, {std::string(10'000, 'c')}));
  CHECK(recent.holding(10));
  CHECK_FALSE(recent.holding(9));
}
