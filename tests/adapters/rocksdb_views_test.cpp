// Generations of read models on disk: rebuilding beside a reader, swapping, and what a crash leaves of it.
#include <filesystem>
#include <fstream>
#include <set>

#include "adapters/rocksdb/views.hpp"
#include "tests/support/batches.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/every_nth.hpp"
#include "tests/support/faulty_file_system.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace rollcall;

namespace {

namespace fs = std::filesystem;

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.insert(entry.path().filename());
  return names;
}

// Commits `applied` to a view in which every row says so too.
void commit(ViewStore& store, Position applied, const std::string& kind = "first") {
  store.commit({{"kind", kind}, {"applied", std::to_string(applied)}}, {applied, {}, 1});
}

// How far a view is, once it is checked that rows and progress agree.
Position applied_in(const ViewStore::Snapshot& view, const std::string& kind = "first") {
  const auto applied = view.progress.applied;
  if (applied > 0) {
    CHECK(view.rows->find("applied") == std::to_string(applied));
    CHECK(view.rows->find("kind") == kind);
  }
  return applied;
}

}  // namespace

TEST_CASE("a view is rebuilt beside its readers and then takes their place", "[rocksdb][views]") {
  TemporaryFolder folder;
  {
    Views views(folder / "views");
    auto store = views.open("users", 1);
    commit(*store, 10);
    auto reading = store->snapshot();

    const auto rebuilt = views.begin_generation("users", 2);
    CHECK(rebuilt->snapshot().progress == ViewStore::Progress{0, {}, 2});
    commit(*rebuilt, 5, "second");
    CHECK(views.current("users") == store);
    CHECK(applied_in(views.current("users")->snapshot()) == 10);
    commit(*store, 11);
    commit(*rebuilt, 11, "second");

    views.swap("users");
    CHECK(views.current("users") == rebuilt);
    CHECK(applied_in(views.current("users")->snapshot(), "second") == 11);
    CHECK(applied_in(reading) == 10);
    CHECK(names_in(folder / "views") == std::set<std::string>{"users-0001", "users-0002", "users.current"});
    store.reset();
    CHECK(applied_in(reading) == 10);
    reading = {};
    CHECK(names_in(folder / "views") == std::set<std::string>{"users-0002", "users.current"});
    commit(*rebuilt, 12, "second");
  }
  Views views(folder / "views");
  CHECK(applied_in(views.open("users", 2)->snapshot(), "second") == 12);
}

TEST_CASE("a rebuild that was given up leaves nothing", "[rocksdb][views]") {
  TemporaryFolder folder;
  Views views(folder / "views");
  commit(*views.open("users", 1), 3);
  commit(*views.begin_generation("users", 1), 1, "given up");
  commit(*views.begin_generation("users", 1), 1, "given up too");
  views.discard("users");
  views.discard("users");
  CHECK(names_in(folder / "views") == std::set<std::string>{"users-0001", "users.current"});
  CHECK(applied_in(views.current("users")->snapshot()) == 3);
  CHECK_THROWS_AS(views.swap("users"), std::logic_error);
}

TEST_CASE("a rebuild that a crash cut short is removed when the view is opened", "[rocksdb][views]") {
  TemporaryFolder folder;
  {
    Views views(folder / "views");
    commit(*views.open("users", 1), 3);
    commit(*views.open("users-archived", 1), 4);
    commit(*views.begin_generation("users", 1), 1, "cut short");
  }
  CHECK(fs::exists(folder / "views" / "users-0002"));
  Views views(folder / "views");
  CHECK(applied_in(views.open("users", 1)->snapshot()) == 3);
  CHECK(applied_in(views.open("users-archived", 1)->snapshot()) == 4);
  CHECK(names_in(folder / "views") ==
        std::set<std::string>{"users-0001", "users.current", "users-archived-0001", "users-archived.current"});
}

TEST_CASE("whenever the power goes during a rebuild, the view is the old one or the new one", "[rocksdb][views]") {
  struct Rebuild {
    TemporaryFolder folder;
    std::shared_ptr<FaultyFileSystem> disk = std::make_shared<FaultyFileSystem>();
    bool swapped = false;

    Views views() const {
      return Views(folder / "views", {.cache = nullptr, .file_system = disk, .on_failure = nullptr});
    }
  };
  const auto loss = GENERATE(FaultyFileSystem::Loss::everything, FaultyFileSystem::Loss::half_the_bytes);
  for_every_nth(
      [&](std::uint64_t nth) {
        auto rebuild = std::make_unique<Rebuild>();
        rebuild->disk->cut_power(nth);
        try {
          auto views = rebuild->views();
          const auto store = views.open("users", 1);
          for (Position applied = 1; applied <= 4; ++applied) commit(*store, applied);
          const auto next = views.begin_generation("users", 1);
          for (Position applied = 1; applied <= 4; ++applied) commit(*next, applied, "second");
          views.swap("users");
          rebuild->swapped = true;
          commit(*next, 5, "second");
        } catch (const StorageError&) {
        }
        return rebuild;
      },
      [&](std::uint64_t nth, Rebuild& rebuild) {
        CAPTURE(nth);
        const bool went_through = rebuild.disk->calls() < nth;
        rebuild.disk->lose_unsynced(loss);
        auto views = rebuild.views();
        const auto store = views.open("users", 1);
        const auto kind = store->snapshot().rows->find("kind").value_or("first");
        const auto applied = applied_in(store->snapshot(), kind);
        if (rebuild.swapped) CHECK(kind == "second");
        if (kind == "second") CHECK(applied >= 4);
        CHECK(applied <= 5);
        commit(*store, 6, kind);
        CHECK(applied_in(store->snapshot(), kind) == 6);
        return !went_through;
      });
}

TEST_CASE("a view that is damaged can be replaced by a new generation", "[rocksdb][views]") {
  TemporaryFolder folder;
  {
    Views views(folder / "views");
    commit(*views.open("users", 1), 3);
  }
  std::ofstream(folder / "views" / "users-0001" / "CURRENT", std::ios::trunc) << "MANIFEST-999999\n";
  Views views(folder / "views");
  CHECK_THROWS_AS(views.open("users", 1), StorageError);
  CHECK_THROWS_AS(views.current("users"), std::logic_error);
  commit(*views.begin_generation("users", 1), 3, "second");
  views.swap("users");
  CHECK(applied_in(views.open("users", 1)->snapshot(), "second") == 3);
  CHECK(views.sizes().size() == 1);
  CHECK(views.sizes()[0].bytes > 0);
}

TEST_CASE("views that were deleted begin again", "[rocksdb][views]") {
  TemporaryFolder folder;
  for (const auto deleted : {"views", "views/users-0001", "views/users.current"}) {
    CAPTURE(deleted);
    {
      Views views(folder / "views");
      commit(*views.open("users", 1), 3);
    }
    fs::remove_all(folder / deleted);
    Views views(folder / "views");
    CHECK(views.open("users", 4)->snapshot().progress == ViewStore::Progress{0, {}, 4});
  }
}

TEST_CASE("a snapshot of a view may outlive everything else", "[rocksdb][views]") {
  TemporaryFolder folder;
  ViewStore::Snapshot snapshot;
  {
    Views views(folder / "views");
    const auto store = views.open("users", 1);
    commit(*store, 3);
    snapshot = store->snapshot();
    (void)views.begin_generation("users", 1);
    views.swap("users");
  }
  CHECK(applied_in(snapshot) == 3);
  snapshot = {};
  CHECK(names_in(folder / "views") == std::set<std::string>{"users-0002", "users.current"});
}

TEST_CASE("a view is read beside its writer as it is at that moment", "[rocksdb][views]") {
  TemporaryFolder folder;
  CHECK_THROWS_AS(read_view_beside(folder / "views", "users", folder / "scratch"), StorageError);
  Views views(folder / "views");
  const auto store = views.open("users", 1);
  commit(*store, 3);
  const auto beside = read_view_beside(folder / "views", "users", folder / "scratch");
  commit(*store, 4);
  CHECK(applied_in(beside) == 3);
  commit(*views.begin_generation("users", 1), 9, "second");
  views.swap("users");
  CHECK(applied_in(read_view_beside(folder / "views", "users", folder / "scratch"), "second") == 9);
  CHECK_THROWS_AS(read_view_beside(folder / "views", "central", folder / "scratch"), StorageError);
}
