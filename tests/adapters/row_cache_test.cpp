// What the cache of rows promises: it never answers otherwise than the snapshot it is asked for would.
#include "adapters/rocksdb/row_cache.hpp"

#include <atomic>
#include <map>
#include <thread>
#include <tuple>
#include <vector>

#include <rapidcheck.h>

#include "tests/support/catch.hpp"

namespace rollcall {
namespace {

constexpr std::size_t roomy = std::size_t{1} << 20;

RowChanges one(const std::string& key, std::optional<std::string> value) {
  RowChanges changes;
  changes.insert_or_assign(key, RowChange(std::move(value)));
  return changes;
}

void write(RowCache& cache, const RowChanges& changes, RowCache::Moment now) {
  RowCache::Change change(cache, changes);
  change.done(now);
}

TEST_CASE("a row is known from the moment on that it was read at, also that there is none") {
  RowCache cache(roomy);
  CHECK_FALSE(cache.find("a", 5));
  cache.keep("a", "1", 5);
  cache.keep("b", std::nullopt, 5);
  CHECK(cache.find("a", 5) == std::optional{std::optional<std::string>{"1"}});
  CHECK(cache.find("b", 9) == RowChange::absent());
  CHECK_FALSE(cache.find("a", 4));
}

TEST_CASE("a row that is changed is known as it is now, and to older snapshots not at all") {
  RowCache cache(roomy);
  cache.keep("a", "1", 5);
  write(cache, one("a", "2"), 6);
  CHECK(cache.find("a", 6) == std::optional{std::optional<std::string>{"2"}});
  CHECK_FALSE(cache.find("a", 5));
  write(cache, one("a", std::nullopt), 7);
  CHECK(cache.find("a", 7) == RowChange::absent());
  // Nobody asked for it.
  write(cache, one("c", "1"), 8);
  CHECK_FALSE(cache.find("c", 8));
}

TEST_CASE("what an older snapshot has is not kept, and nothing while a change is being written") {
  RowCache cache(roomy);
  write(cache, one("a", "2"), 6);
  cache.keep("a", "1", 5);
  CHECK_FALSE(cache.find("a", 6));
  const auto changes = one("a", "3");
  RowCache::Change change(cache, changes);
  cache.keep("a", "2", 6);
  CHECK_FALSE(cache.find("a", 7));
  cache.keep("b", "1", 6);
  CHECK_FALSE(cache.find("b", 7));
}

TEST_CASE("what nobody asks for is forgotten, what is asked for stays") {
  RowCache cache(std::size_t{64} << 10);
  cache.keep("hot", "1", 1);
  for (int i = 0; i < 10'000; ++i) {
    cache.keep("cold " + std::to_string(i), "1", 1);
    if (i % 8 == 0) REQUIRE(cache.find("hot", 1));
  }
  CHECK_FALSE(cache.find("cold 1", 1));
  CHECK(cache.find("cold 9999", 1));
  cache.keep("huge", std::string(roomy, 'x'), 1);
  CHECK_FALSE(cache.find("huge", 1));
}

TEST_CASE("whatever is written, read and kept, what is known is what a snapshot has") {
  using Step = std::tuple<std::uint8_t, std::uint8_t, std::uint8_t>;
  CHECK(rc::check([](const std::vector<Step>& steps) {
    RowCache cache(std::size_t{16} << 10);
    std::vector<std::map<std::string, std::string>> moments(1);
    const auto value_at = [&](const std::string& key, std::size_t at) {
      const auto row = moments[at].find(key);
      return row == moments[at].end() ? std::nullopt : std::optional{row->second};
    };
    for (const auto& [choice, key, back] : steps) {
      const auto name = std::string(1, static_cast<char>('a' + key % 12));
      const auto at = moments.size() - 1 - std::min<std::size_t>(back % 4, moments.size() - 1);
      if (choice % 3 == 0) {
        auto next = moments.back();
        std::optional<std::string> value;
        if (back % 3 == 0)
          next.erase(name);
        else
          value = next[name] = std::to_string(moments.size());
        const auto changes = one(name, value);
        RowCache::Change change(cache, changes);
        if (back % 5 == 0) cache.keep(name, value_at(name, at), at);  // a reader in the middle of it
        moments.push_back(std::move(next));
        change.done(moments.size() - 1);
      } else if (const auto known = cache.find(name, at)) {
        RC_ASSERT(*known == value_at(name, at));
      } else {
        cache.keep(name, value_at(name, at), at);
      }
    }
  }));
}

TEST_CASE("readers beside a writer see what their moment has") {
  RowCache cache(roomy);
  // The row's value is the moment of its last change.
  std::atomic<RowCache::Moment> written = 0;
  std::atomic<bool> wrong = false, over = false;
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i)
    readers.emplace_back([&] {
      while (!over) {
        const auto at = written.load();
        const auto truth = std::to_string(at);
        if (const auto known = cache.find("a", at))
          wrong = wrong || *known != truth;
        else
          cache.keep("a", truth, at);
      }
    });
  for (RowCache::Moment now = 1; now <= 20'000; ++now) {
    const auto changes = one("a", std::to_string(now));
    RowCache::Change change(cache, changes);
    written = now;  // visible to whoever takes a snapshot from now on
    change.done(now);
  }
  over = true;
  for (auto& reader : readers) reader.join();
  CHECK_FALSE(wrong);
}

}  // namespace
}  // namespace rollcall
