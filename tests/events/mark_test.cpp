// Marks: who is ahead of a log, or followed another one, is found by four bytes.
#include "events/mark.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/memory_log.hpp"

using namespace rollcall;

namespace {

void append(MemoryLog& log, std::vector<std::string> entries) {
  Batch batch;
  batch.first = log.size();
  batch.entries = std::move(entries);
  log.append(batch);
}

}  // namespace

TEST_CASE("a mark is a position and eight hexadecimal digits, or a position alone") {
  for (const std::string text : {"0", "4711", "4711-1a2b3c4d", "0-00000000", "18446744073709551615-ffffffff"}) {
    const auto mark = EventMark::parse(text);
    REQUIRE(mark.has_value());
    CHECK(mark->text() == text);
  }
  for (const std::string text : {"", "-", "-1a2b3c4d", "4711-", "4711-1a2b3c4", "4711-1a2b3c4d5", "4711-1A2B3C4D",
                                 "04711", "4711 ", "+1", "18446744073709551616", "4711-1a2b3c4d-1"}) {
    INFO(text);
    CHECK_FALSE(EventMark::parse(text).has_value());
  }
}

TEST_CASE("a mark fits the log it is of, and tells a shorter one and another one") {
  MemoryLog log, restored, forked;
  append(log, {"a", "b", "c"});
  append(restored, {"a", "b"});
  append(forked, {"a", "b", "d", "e"});
  const auto mark = mark_at(log, 2);
  CHECK(fit(mark, log) == MarkFit::fits);
  CHECK(fit(mark, restored) == MarkFit::ahead);
  CHECK(fit(mark, forked) == MarkFit::forked);
  CHECK(fit({2, std::nullopt}, forked) == MarkFit::fits);
  CHECK(fit({4, std::nullopt}, forked) == MarkFit::ahead);
  CHECK(fit(mark_at(log, 1), forked) == MarkFit::fits);
  CHECK_FALSE(misfit(mark, log).has_value());
  CHECK_THAT(misfit(mark, restored).value(), Catch::Contains("ahead of the log"));
  CHECK_THAT(misfit(mark, forked).value(), Catch::Contains("another history"));
  CHECK_THROWS_AS(mark_at(log, 3), std::runtime_error);
}
