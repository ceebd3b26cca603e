// What every view store promises (events/log.hpp), run over the one in memory and the one on disk.
#include <atomic>
#include <thread>

#include "adapters/rocksdb/views.hpp"
#include "tests/support/batches.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/memory_log.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace rollcall;

namespace {

constexpr std::uint32_t version = 7;

struct InMemory {
  MemoryViewStore store{version};
  ViewStore* operator->() { return &store; }
  void open_again() {}
};

class OnDisk {
 public:
  OnDisk() { open_again(); }
  ViewStore* operator->() { return store_.get(); }
  void open_again() {
    store_.reset();
    views_.reset();
    views_ = std::make_unique<Views>(folder_ / "views");
    store_ = views_->open("users", version);
  }

 private:
  TemporaryFolder folder_;
  std::unique_ptr<Views> views_;
  std::shared_ptr<ViewStore> store_;
};

using Pairs = std::vector<std::pair<std::string, std::string>>;

}  // namespace

TEMPLATE_TEST_CASE("a new view has applied nothing, with the version it was begun by", "[views]", InMemory, OnDisk) {
  TestType store;
  const auto [rows, progress] = store->snapshot();
  CHECK(progress == ViewStore::Progress{0, {}, version});
  CHECK(all_of(*rows).empty());
}

TEMPLATE_TEST_CASE("rows and progress of a view are committed together, and kept", "[views]", InMemory, OnDisk) {
  TestType store;
  store->commit({{"a", "1"}, {"b", "2"}, {"", "nameless"}}, {10, {3, 4, 5}, version});
  store->commit({{"a", std::nullopt}, {"b", "3"}}, {12, {2, 6, 7}, version});
  store->commit({}, {20, {2, 6, 7}, 8});
  const auto holds = [&] {
    const auto [rows, progress] = store->snapshot();
    CHECK(progress == ViewStore::Progress{20, {2, 6, 7}, 8});
    CHECK(all_of(*rows) == Pairs{{"", "nameless"}, {"b", "3"}});
    CHECK(all_of(*rows, "a", "b").empty());
    CHECK(rows->find("b") == "3");
    CHECK(rows->find("a") == std::nullopt);
  };
  holds();
  store.open_again();
  holds();
}

TEMPLATE_TEST_CASE("a view once read does not change", "[views]", InMemory, OnDisk) {
  TestType store;
  store->commit({{"a", "1"}}, {1, {}, version});
  const auto before = store->snapshot();
  const auto same = store->snapshot();
  store->commit({{"a", "2"}, {"b", "2"}}, {2, {}, version});
  CHECK(before.progress.applied == 1);
  CHECK(all_of(*before.rows) == Pairs{{"a", "1"}});
  CHECK(all_of(*same.rows) == Pairs{{"a", "1"}});
  CHECK(store->snapshot().progress.applied == 2);
  CHECK(all_of(*store->snapshot().rows) == Pairs{{"a", "2"}, {"b", "2"}});
}

TEMPLATE_TEST_CASE("readers of a view see whole commits", "[views]", InMemory, OnDisk) {
  TestType store;
  std::atomic<bool> done = false;
  std::atomic<std::size_t> faults = 0;
  const auto read = [&] {
    Position last = 0;
    while (!done) {
      const auto [rows, progress] = store->snapshot();
      const auto text = std::to_string(progress.applied);
      if (progress.applied < last) ++faults;
      if (progress.applied > 0 && (rows->find("a") != text || rows->find("b") != text)) ++faults;
      last = progress.applied;
    }
  };
  std::thread one(read);
  std::thread two(read);
  for (Position applied = 1; applied <= 500; ++applied) {
    const auto text = std::to_string(applied);
    store->commit({{"a", text}, {"b", text}}, {applied, {}, version});
  }
  done = true;
  one.join();
  two.join();
  CHECK(faults == 0);
}
