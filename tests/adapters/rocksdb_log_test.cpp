// The log on disk when things go wrong: power loss, failing calls, torn tails, rot, and a second reader.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "adapters/rocksdb/log.hpp"
#include "tests/support/batches.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/every_nth.hpp"
#include "tests/support/faulty_file_system.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace rollcall;

namespace {

namespace fs = std::filesystem;
using Call = FaultyFileSystem::Call;

// What a writer would do with this log: batches of one to three entries and some state, so that a half of one shows.
// After it every batch is either stored whole or not at all, and `acknowledged` counts those that are.
class Story {
 public:
  explicit Story(std::size_t batches, std::size_t flush_before = 0, std::size_t entry_bytes = 40)
      : flush_before_(flush_before) {
    Batches made;
    Position position = 0;
    std::mt19937 random(1);
    for (std::size_t i = 0; i < batches; ++i) {
      std::vector<std::string> entries;
      for (std::size_t k = 0; k <= i % 3; ++k, ++position) {
        entries.push_back("entry " + std::to_string(position) + " ");
        while (entries.back().size() < entry_bytes)
          entries.back() += static_cast<char>(random());  // nothing compresses
      }
      batches_.push_back(made.next(entries, {{"size", std::to_string(position)},
                                             {"batch " + std::to_string(i), std::to_string(i)},
                                             {"batch " + std::to_string(i - 2), std::nullopt}}));
    }
  }

  // Appends until the end or the first error. Says how many batches were acknowledged.
  std::size_t tell(StoredLog& log) const {
    std::size_t acknowledged = 0;
    try {
      for (const auto& batch : batches_) {
        if (flush_before_ != 0 && acknowledged == flush_before_) log.flush();
        log.append(batch);
        ++acknowledged;
      }
    } catch (const StorageError&) {
    }
    return acknowledged;
  }

  // That the log holds some whole batches of the story, from the first on, and nothing else. Says how many.
  std::size_t told_in(const LogReader& log) const {
    std::size_t count = 0;
    std::vector<std::string> expected;
    MemoryRows rows;
    for (; count < batches_.size() && expected.size() < log.size(); ++count) {
      const auto& batch = batches_[count];
      expected.insert(expected.end(), batch.entries.begin(), batch.entries.end());
      rows.apply(batch.state);
    }
    CHECK(entries_from(log, 0) == expected);
    const auto state = log.state();
    CHECK(state.size == expected.size());
    CHECK(all_of(*state.rows) == all_of(rows));
    CHECK(state.digest == digest_of(rows));
    if (count > 0) CHECK(log.checkpoint() == batches_[count - 1].checkpoint);
    return count;
  }

  const std::vector<Batch>& batches() const { return batches_; }

 private:
  std::size_t flush_before_;
  std::vector<Batch> batches_;
};

LogOptions on(const std::shared_ptr<FaultyFileSystem>& disk) {
  return {.storage = {.cache = nullptr, .file_system = disk, .on_failure = [](std::string_view) {}}};
}

// The story told on a disk of its own that something happens to; opening may fail too.
struct Telling {
  TemporaryFolder folder;
  std::shared_ptr<FaultyFileSystem> disk = std::make_shared<FaultyFileSystem>();
  std::size_t acknowledged = 0;
  Position size = 0;  // that the log said it had in the end

  void tell(const Story& story) {
    try {
      const auto log = open_again();
      acknowledged = story.tell(*log);
      size = log->size();
    } catch (const StorageError&) {
    }
  }
  std::unique_ptr<StoredLog> open_again() const { return open_log(folder / "log", on(disk)); }
};

fs::path largest(const fs::path& folder, std::string_view extension) {
  fs::path found;
  for (const auto& file : fs::directory_iterator(folder))
    if (file.path().extension() == extension && (found.empty() || file.file_size() > fs::file_size(found)))
      found = file.path();
  REQUIRE(!found.empty());
  return found;
}

void flip_byte(const fs::path& path, std::uintmax_t offset) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(offset));
  const auto byte = static_cast<char>(file.get() ^ 0x20);
  file.seekp(static_cast<std::streamoff>(offset));
  file.put(byte);
  REQUIRE(file.good());
}

std::uintmax_t find_in(const fs::path& path, const std::string& text) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  const auto at = bytes.find(text);
  REQUIRE(at != bytes.npos);
  return at;
}

}  // namespace

TEST_CASE("every append is one sync, whatever is in it", "[rocksdb][log]") {
  TemporaryFolder folder;
  const auto disk = std::make_shared<FaultyFileSystem>();
  const auto log = open_log(folder / "log", on(disk));
  Batches batches;
  for (int i = 0; i < 20; ++i) {
    const auto before = disk->calls(Call::sync);
    const auto counted = log->statistics().syncs;
    log->append(batches.next(std::vector<std::string>(static_cast<std::size_t>(1 + i * 10), "entry"),
                             {{"row " + std::to_string(i), "value"}}));
    CHECK(disk->calls(Call::sync) - before == 1);
    CHECK(log->statistics().syncs - counted == 1);
  }
  CHECK(disk->syncs(".log") == 20);
}

TEST_CASE("the log belongs to one process at a time", "[rocksdb][log]") {
  TemporaryFolder folder;
  auto log = open_log(folder / "log");
  CHECK_THROWS_AS(open_log(folder / "log"), StorageError);
  log.reset();
  CHECK_NOTHROW(open_log(folder / "log"));
}

TEST_CASE("whenever the power goes, what was acknowledged is there and nothing is there in part", "[rocksdb][log]") {
  const Story story(9, 5);
  const auto loss = GENERATE(FaultyFileSystem::Loss::everything, FaultyFileSystem::Loss::half_the_bytes);
  for_every_nth(
      [&](std::uint64_t nth) {
        auto telling = std::make_unique<Telling>();
        telling->disk->cut_power(nth);
        telling->tell(story);
        return telling;
      },
      [&](std::uint64_t nth, Telling& telling) {
        CAPTURE(nth);
        const bool went_through = telling.disk->calls() < nth;
        if (went_through) CHECK(telling.acknowledged == story.batches().size());
        telling.disk->lose_unsynced(loss);

        const auto log = telling.open_again();
        const auto told = story.told_in(*log);
        CHECK(told >= telling.acknowledged);
        CHECK(told <= telling.acknowledged + 1);
        Batches later;
        for (std::size_t i = 0; i < told; ++i) (void)later.next(story.batches()[i].entries, story.batches()[i].state);
        log->append(later.next({"life goes on"}));
        CHECK(log->entry(log->size() - 1) == "life goes on");
        return !went_through;
      });
}

TEST_CASE("whichever call fails, nothing is acknowledged after it and nothing acknowledged is lost", "[rocksdb][log]") {
  const Story story(8, 4);
  const auto error =
      GENERATE(as<rocksdb::IOStatus>(), rocksdb::IOStatus::IOError("injected"), rocksdb::IOStatus::NoSpace("injected"));
  for_every_nth(
      [&](std::uint64_t nth) {
        auto telling = std::make_unique<Telling>();
        telling->disk->fail(nth, error);
        telling->tell(story);
        return telling;
      },
      [&](std::uint64_t nth, Telling& telling) {
        CAPTURE(nth);
        const bool went_through = telling.disk->calls() < nth;
        CHECK(telling.size == (telling.acknowledged == 0 ? 0 : story.batches()[telling.acknowledged - 1].end()));
        telling.disk->lose_unsynced();
        const auto told = story.told_in(*telling.open_again());
        CHECK(told >= telling.acknowledged);
        CHECK(told <= telling.acknowledged + 1);
        return !went_through;
      });
}

TEST_CASE("after a failed sync every further append is refused, and the failure is reported", "[rocksdb][log]") {
  TemporaryFolder folder;
  const Story story(6);
  const auto error = GENERATE(as<rocksdb::IOStatus>(), rocksdb::IOStatus::IOError("the platter fell off"),
                              rocksdb::IOStatus::NoSpace("the platter fell off"));
  const auto call = GENERATE(Call::sync, Call::append);
  const auto disk = std::make_shared<FaultyFileSystem>();
  std::atomic<int> reports = 0;
  std::string reported;
  auto options = on(disk);
  options.storage.on_failure = [&](std::string_view what) {
    if (reports++ == 0) reported = what;
  };
  auto log = open_log(folder / "log", options);
  log->append(story.batches()[0]);
  log->append(story.batches()[1]);
  const auto size = log->size();

  disk->fail(1, error, call);
  CHECK_THROWS_AS(log->append(story.batches()[2]), StorageError);
  CHECK(reports > 0);
  CHECK(reported.find("the platter fell off") != reported.npos);
  CHECK(log->size() == size);
  CHECK(story.told_in(*log) == 2);
  CHECK_THROWS_AS(log->append(story.batches()[2]), StorageError);
  CHECK_THROWS_AS(log->correct_state({{"a", "b"}}, {}), StorageError);
  CHECK(log->size() == size);

  log.reset();
  log = open_log(folder / "log", on(disk));
  CHECK(story.told_in(*log) >= 2);
}

TEST_CASE("a tail torn at any byte leaves whole batches", "[rocksdb][log]") {
  TemporaryFolder folder;
  const auto disk = std::make_shared<FaultyFileSystem>();
  const Story story(5);
  fs::path tail;
  std::uintmax_t before_last = 0;
  {
    const auto log = open_log(folder / "log", on(disk));
    for (const auto& batch : story.batches()) {
      tail = largest(folder / "log", ".log");
      before_last = fs::file_size(tail);
      log->append(batch);
    }
  }
  const auto whole = fs::file_size(tail);
  REQUIRE(whole > before_last);
  for (auto size = before_last; size <= whole; ++size) {
    CAPTURE(size, before_last, whole);
    TemporaryFolder copy;
    const auto other_disk = std::make_shared<FaultyFileSystem>();
    fs::copy(folder / "log", copy / "log");
    fs::resize_file(copy / "log" / tail.filename(), size);
    {
      const auto log = open_log(copy / "log", on(other_disk));
      CHECK(story.told_in(*log) == (size == whole ? 5 : 4));
      if (size < whole) log->append(story.batches()[4]);
    }
    CHECK(story.told_in(*open_log(copy / "log", on(other_disk))) == 5);
  }
}

TEST_CASE("a flipped byte in the write-ahead log is refused with the first position it takes", "[rocksdb][log]") {
  TemporaryFolder folder;
  const Story story(40);
  CHECK(story.tell(*open_log(folder / "log")) == 40);
  const Position damaged = 21;
  const auto batch = std::find_if(story.batches().begin(), story.batches().end(),
                                  [&](const Batch& each) { return each.end() > damaged; });
  const auto tail = largest(folder / "log", ".log");
  flip_byte(tail, find_in(tail, "entry 21 "));
  const auto refused = [&](const auto& open) {
    try {
      open();
      FAIL("it was opened");
    } catch (const StorageCorrupt& error) {
      INFO(error.what());
      CHECK(error.position() == batch->first);
      CHECK(std::string(error.what()).find(tail.filename()) != std::string::npos);
    }
  };
  refused([&] { open_log(folder / "log"); });
  refused([&] { open_log_beside(folder / "log", folder / "scratch"); });
  refused([&] { open_log(folder / "log"); });  // looking changed nothing
}

TEST_CASE("a flipped byte in a table is found when it is read, with entry and file", "[rocksdb][log]") {
  TemporaryFolder folder;
  const Story story(60, 0, 4000);
  {
    const auto log = open_log(folder / "log");
    CHECK(story.tell(*log) == 60);
    log->flush();
  }
  const auto table = largest(folder / "log", ".sst");
  flip_byte(table, fs::file_size(table) / 2);
  const auto log = open_log(folder / "log", on(std::make_shared<FaultyFileSystem>()));
  Position next = 0;
  try {
    log->read(0, [&](Position position, std::string_view) {
      next = position + 1;
      return true;
    });
    FAIL("it was read");
  } catch (const StorageCorrupt& error) {
    INFO(error.what());
    CHECK(error.position() == next);
    CHECK(next > 0);
    CHECK(std::string(error.what()).find(table.filename()) != std::string::npos);
  }
  try {
    log->entry(next);
    FAIL("it was read");
  } catch (const StorageCorrupt& error) {
    CHECK(error.position() == next);
    CHECK(std::string(error.what()).find(table.filename()) != std::string::npos);
  }
  CHECK(log->entry(0) == story.batches()[0].entries[0]);
}

TEST_CASE("a log that lost a file is refused with its name", "[rocksdb][log]") {
  TemporaryFolder folder;
  const Story story(20);
  {
    const auto log = open_log(folder / "log");
    CHECK(story.tell(*log) == 20);
    log->flush();
  }
  const auto table = largest(folder / "log", ".sst");
  fs::remove(table);
  try {
    open_log(folder / "log");
    FAIL("it was opened");
  } catch (const StorageError& error) {
    INFO(error.what());
    CHECK(std::string(error.what()).find("/" + table.stem().string() + ".") != std::string::npos);
  }
}

TEST_CASE("a reader beside the writer has the log as it was when it was opened", "[rocksdb][log]") {
  TemporaryFolder folder;
  const Story story(30);
  const auto log = open_log(folder / "log");
  for (std::size_t i = 0; i < 10; ++i) log->append(story.batches()[i]);
  log->flush();
  for (std::size_t i = 10; i < 20; ++i) log->append(story.batches()[i]);

  const auto beside = open_log_beside(folder / "log", folder / "scratch");
  CHECK(story.told_in(*beside) == 20);
  for (std::size_t i = 20; i < 30; ++i) log->append(story.batches()[i]);
  log->flush();
  CHECK(story.told_in(*beside) == 20);
  CHECK(beside->entry(beside->size()) == std::nullopt);
  CHECK(story.told_in(*open_log_beside(folder / "log", folder / "scratch-2")) == 30);
  CHECK(story.told_in(*log) == 30);
}

TEST_CASE("a reader may be opened beside a writer at any moment", "[rocksdb][log]") {
  TemporaryFolder folder;
  const Story story(400, 0, 2000);
  const auto log = open_log(folder / "log", {.storage = {}, .sync_every_append = false});
  log->append(story.batches()[0]);
  std::atomic<bool> done = false;
  std::jthread writer([&] {
    for (std::size_t i = 1; i < story.batches().size(); ++i) {
      log->append(story.batches()[i]);
      if (i % 40 == 0) log->flush();
    }
    done = true;
  });
  std::size_t last = 0;
  while (!done) {
    const auto told = story.told_in(*open_log_beside(folder / "log", folder / "scratch"));
    CHECK(told >= last);
    last = told;
  }
  writer.join();
  CHECK(story.told_in(*open_log_beside(folder / "log", folder / "scratch")) == 400);
}

TEST_CASE("there is nothing to read beside where no log is", "[rocksdb][log]") {
  TemporaryFolder folder;
  CHECK_THROWS_AS(open_log_beside(folder / "log", folder / "scratch"), StorageError);
  CHECK_FALSE(fs::exists(folder / "log"));
}

TEST_CASE("what was loaded without syncs is durable once it is flushed", "[rocksdb][log]") {
  TemporaryFolder folder;
  const Story story(12);
  const auto disk = std::make_shared<FaultyFileSystem>();
  auto options = on(disk);
  options.sync_every_append = false;
  {
    const auto log = open_log(folder / "log", options);
    CHECK(story.tell(*log) == 12);
    CHECK(disk->syncs(".log") == 0);
    log->flush();
    disk->cut_power();
  }
  disk->lose_unsynced();
  const auto log = open_log(folder / "log", on(disk));
  CHECK(story.told_in(*log) == 12);
  CHECK(log->statistics().entry_bytes > 0);
  CHECK(log->statistics().state_bytes > 0);
  CHECK(log->statistics().folder_bytes > log->statistics().entry_bytes);
}

TEST_CASE("decision state that was read outlives the log it came from", "[rocksdb][log]") {
  TemporaryFolder folder;
  Batches batches;
  auto log = open_log(folder / "log");
  log->append(batches.next({"one"}, {{"a", "1"}}));
  auto state = log->state();
  log.reset();
  CHECK(state.rows->find("a") == "1");
  state.rows.reset();
  CHECK_NOTHROW(open_log(folder / "log"));
}

TEST_CASE("a missing entry and a missing row of the tree are faults, not gaps", "[rocksdb][log]") {
  TemporaryFolder folder;
  auto log = open_log(folder / "log");
  Batch batch;
  batch.entries.assign(300, "no tile and no checkpoint came with these");
  log->append(batch);
  CHECK_THROWS_AS(log->tile(0, 0), StorageCorrupt);
  CHECK_THROWS_AS(log->frontier(), StorageCorrupt);
  CHECK_THROWS_AS(log->checkpoint(), StorageCorrupt);
}

TEST_CASE("free space is that of the disk a folder is on", "[rocksdb]") {
  TemporaryFolder folder;
  CHECK(free_bytes(folder.path()) > 0);
  CHECK_THROWS_AS(free_bytes(folder / "nowhere"), StorageError);
}
