// What every log promises (events/log.hpp), run over the one in memory and the one on disk.
#include <atomic>
#include <optional>
#include <thread>

#include "adapters/rocksdb/log.hpp"
#include "tests/support/batches.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/memory_log.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace rollcall;

namespace {

struct InMemory {
  MemoryLog log;
  Log& operator*() { return log; }
  Log* operator->() { return &log; }
  void open_again() {}
};

class OnDisk {
 public:
  OnDisk() { open_again(); }
  Log& operator*() { return *log_; }
  Log* operator->() { return log_.get(); }
  void open_again() {
    log_.reset();
    log_ = open_log(folder_ / "log");
  }

 private:
  TemporaryFolder folder_;
  std::unique_ptr<Log> log_;
};

std::vector<std::string> numbered(std::size_t count, std::size_t from = 0) {
  std::vector<std::string> entries;
  for (std::size_t i = from; i < from + count; ++i) entries.push_back("entry " + std::to_string(i));
  return entries;
}

}  // namespace

TEMPLATE_TEST_CASE("an empty log has nothing in it", "[log]", InMemory, OnDisk) {
  TestType log;
  CHECK(log->size() == 0);
  CHECK(entries_from(*log, 0).empty());
  CHECK(log->entry(0) == std::nullopt);
  CHECK(log->tile(0, 0) == std::nullopt);
  CHECK(log->frontier() == std::nullopt);
  CHECK(log->checkpoint() == std::nullopt);
  const auto state = log->state();
  CHECK(state.size == 0);
  CHECK(state.digest == RowsDigest{});
  CHECK(all_of(*state.rows).empty());
}

TEMPLATE_TEST_CASE("what is appended is there in order, and after opening again", "[log]", InMemory, OnDisk) {
  TestType log;
  Batches batches;
  log->append(batches.next({"first"}, {{"a", "1"}, {"b", "2"}}));
  log->append(batches.next({"second", std::string("\0\xff", 2), ""}, {{"a", std::nullopt}, {"c", "3"}}));

  const auto holds_all = [&] {
    CHECK(log->size() == 4);
    CHECK(entries_from(*log, 0) == std::vector<std::string>{"first", "second", std::string("\0\xff", 2), ""});
    CHECK(entries_from(*log, 2) == std::vector<std::string>{std::string("\0\xff", 2), ""});
    CHECK(entries_from(*log, 4).empty());
    CHECK(entries_from(*log, 5).empty());
    CHECK(log->entry(1) == "second");
    CHECK(log->entry(3) == "");
    CHECK(log->entry(4) == std::nullopt);
    CHECK(log->checkpoint() == Batches::checkpoint_of(4));
    const auto state = log->state();
    CHECK(state.size == 4);
    CHECK(state.digest == batches.digest());
    CHECK(all_of(*state.rows) == std::vector<std::pair<std::string, std::string>>{{"b", "2"}, {"c", "3"}});
    CHECK(digest_of(*state.rows) == state.digest);
  };
  holds_all();
  log.open_again();
  holds_all();
  log->append(batches.next({"third"}));
  CHECK(log->entry(4) == "third");
}

TEMPLATE_TEST_CASE("reading stops when the reader has enough", "[log]", InMemory, OnDisk) {
  TestType log;
  Batches batches;
  log->append(batches.next(numbered(10)));
  std::vector<Position> seen;
  log->read(3, [&](Position position, std::string_view) {
    seen.push_back(position);
    return seen.size() < 2;
  });
  CHECK(seen == std::vector<Position>{3, 4});
}

TEMPLATE_TEST_CASE("reading ends where the log ended when it began", "[log]", InMemory, OnDisk) {
  TestType log;
  Batches batches;
  log->append(batches.next(numbered(3)));
  std::size_t seen = 0;
  log->read(0, [&](Position, std::string_view) {
    log->append(batches.next({"later"}));
    return ++seen < 100;
  });
  CHECK(seen == 3);
  CHECK(log->size() == 6);
}

TEMPLATE_TEST_CASE("a tile is there once it is full, and the frontier of that moment", "[log]", InMemory, OnDisk) {
  TestType log;
  Batches batches;
  log->append(batches.next(numbered(255)));
  CHECK(log->tile(0, 0) == std::nullopt);
  CHECK(log->frontier() == std::nullopt);

  const auto completing = batches.next(numbered(45, 255));
  REQUIRE(completing.tiles.size() == 1);
  log->append(completing);
  log->append(batches.next(numbered(5, 300)));
  log.open_again();
  CHECK(log->tile(0, 0) == completing.tiles[0].bytes);
  CHECK(log->tile(0, 0)->size() == 8192);
  CHECK(log->tile(0, 1) == std::nullopt);
  CHECK(log->tile(1, 0) == std::nullopt);
  CHECK(log->tile(64, 0) == std::nullopt);
  CHECK(log->frontier() == completing.frontier);
  CHECK(log->checkpoint() == Batches::checkpoint_of(305));
}

TEMPLATE_TEST_CASE("a batch without entries changes decision state alone", "[log]", InMemory, OnDisk) {
  TestType log;
  Batches batches;
  log->append(batches.next({"one"}, {{"a", "1"}}));
  log->append(batches.next({}, {{"a", "2"}}));
  log.open_again();
  CHECK(log->size() == 1);
  CHECK(log->checkpoint() == Batches::checkpoint_of(1));
  CHECK(log->state().rows->find("a") == "2");
  CHECK(log->state().digest == batches.digest());
}

TEMPLATE_TEST_CASE("a log knows where its batches ended", "[log]", InMemory, OnDisk) {
  TestType log;
  CHECK(log->batch_end(0) == 0);
  CHECK(log->batch_end(9) == 0);
  Batches batches;
  log->append(batches.next(numbered(3)));
  log->append(batches.next({}, {{"state", "alone"}}));
  log->append(batches.next(numbered(300, 3)));  // with a full tile
  log->append(batches.next({"one"}));
  const auto ends = [&] {
    CHECK(log->batch_end(2) == 0);
    CHECK(log->batch_end(3) == 3);
    CHECK(log->batch_end(302) == 3);
    CHECK(log->batch_end(303) == 303);
    CHECK(log->batch_end(304) == 304);
    CHECK(log->batch_end(1'000'000) == 304);
  };
  ends();
  log.open_again();
  ends();
}

TEMPLATE_TEST_CASE("correcting decision state leaves the log as it is", "[log]", InMemory, OnDisk) {
  TestType log;
  Batches batches;
  log->append(batches.next({"one"}, {{"a", "wrong"}, {"b", "superfluous"}}));
  MemoryRows right;
  right.apply({{"a", "right"}});
  log->correct_state({{"a", "right"}, {"b", std::nullopt}}, digest_of(right));
  log.open_again();
  CHECK(log->size() == 1);
  const auto state = log->state();
  CHECK(state.size == 1);
  CHECK(all_of(*state.rows) == all_of(right));
  CHECK(state.digest == digest_of(right));
}

TEMPLATE_TEST_CASE("decision state once read does not change", "[log]", InMemory, OnDisk) {
  TestType log;
  Batches batches;
  log->append(batches.next({"one"}, {{"a", "1"}, {"b", "1"}}));
  const auto before = log->state();
  const auto digest = batches.digest();
  log->append(batches.next({"two"}, {{"a", "2"}, {"b", std::nullopt}, {"c", "2"}}));
  CHECK(before.size == 1);
  CHECK(before.digest == digest);
  CHECK(all_of(*before.rows) == std::vector<std::pair<std::string, std::string>>{{"a", "1"}, {"b", "1"}});
  CHECK(all_of(*log->state().rows) == std::vector<std::pair<std::string, std::string>>{{"a", "2"}, {"c", "2"}});
}

TEMPLATE_TEST_CASE("rows are found and scanned in the order of unsigned bytes", "[log]", InMemory, OnDisk) {
  TestType log;
  Batches batches;
  const std::string high = "\xff\xff";
  log->append(batches.next({}, {{"", "empty"}, {"a", "1"}, {"a/1", "2"}, {"b", "3"}, {"\x80", "4"}, {high, "5"}}));
  const auto state = log->state();
  const Rows& rows = *state.rows;
  const auto keys = [&](std::string_view from, std::string_view to) {
    std::vector<std::string> found;
    for (auto& [key, value] : all_of(rows, from, to)) found.push_back(key);
    return found;
  };
  CHECK(keys("", "") == std::vector<std::string>{"", "a", "a/1", "b", "\x80", high});
  CHECK(keys("a", "b") == std::vector<std::string>{"a", "a/1"});
  CHECK(keys("a/", "a0") == std::vector<std::string>{"a/1"});
  CHECK(keys("c", "") == std::vector<std::string>{"\x80", high});
  CHECK(keys("b", "b").empty());
  CHECK(keys("b", "a").empty());
  CHECK(rows.find("") == "empty");
  CHECK(rows.find(high) == "5");
  CHECK(rows.find("a/") == std::nullopt);
  int seen = 0;
  rows.scan("", "", [&](std::string_view, std::string_view) { return ++seen < 2; });
  CHECK(seen == 2);
}

TEMPLATE_TEST_CASE("a batch for another position is refused and nothing of it is kept", "[log]", InMemory, OnDisk) {
  TestType log;
  Batches batches;
  log->append(batches.next({"one"}));
  auto ahead = batches.next({"two"});
  ahead.first = 2;
  CHECK_THROWS_AS(log->append(ahead), std::logic_error);
  ahead.first = 0;
  CHECK_THROWS_AS(log->append(ahead), std::logic_error);
  CHECK(log->size() == 1);
  CHECK(log->entry(0) == "one");
}

TEMPLATE_TEST_CASE("readers beside the writer see whole batches in order", "[log]", InMemory, OnDisk) {
  TestType log;
  constexpr std::size_t batch_size = 5;
  constexpr std::size_t count = 60;
  std::atomic<bool> done = false;
  std::atomic<std::size_t> faults = 0;
  std::thread reader([&] {
    while (!done) {
      const auto size = log->size();
      if (size % batch_size != 0) ++faults;
      Position expected = 0;
      log->read(0, [&](Position position, std::string_view entry) {
        if (position != expected || entry != "entry " + std::to_string(position)) ++faults;
        ++expected;
        return true;
      });
      if (expected < size || expected % batch_size != 0) ++faults;
      const auto state = log->state();
      if (state.size < size || state.rows->find("size").value_or("0") != std::to_string(state.size)) ++faults;
      const auto checkpoint = log->checkpoint();
      if (size > 0 && !checkpoint) ++faults;
    }
  });
  Batches batches;
  for (std::size_t i = 0; i < count; ++i)
    log->append(batches.next(numbered(batch_size, i * batch_size), {{"size", std::to_string((i + 1) * batch_size)}}));
  done = true;
  reader.join();
  CHECK(faults == 0);
  CHECK(log->size() == count * batch_size);
}
