// The key store on disk: what wrapping protects from, what survives a power loss, and a reader beside it.
#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include <rocksdb/write_batch.h>

#include "adapters/rocksdb/database.hpp"
#include "adapters/rocksdb/keys.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/every_nth.hpp"
#include "tests/support/faulty_file_system.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace rollcall;

namespace {

namespace fs = std::filesystem;
using Call = FaultyFileSystem::Call;

constexpr DataKey wrapping{7, 7, 7};

StorageOptions on(const std::shared_ptr<FaultyFileSystem>& disk) {
  return {.cache = nullptr, .file_system = disk, .on_failure = [](std::string_view) {}};
}

// The stored rows, behind the key store's back.
std::shared_ptr<Database> raw(const fs::path& folder) {
  return Database::open(folder, {{.name = rocksdb::kDefaultColumnFamilyName}}, Kind::original, {});
}
std::string row_of(char number) { return std::string("k\0\0\0\0\0\0\0", 8) + number; }

bool anywhere_in(const fs::path& folder, const DataKey& key) {
  const std::string wanted(key.begin(), key.end());
  for (const auto& path : fs::directory_iterator(folder)) {
    std::ifstream file(path.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    if (bytes.find(wanted) != bytes.npos) return true;
  }
  return false;
}

std::string what_finding_says(const KeyStore& keys, KeyNumber number) {
  try {
    (void)keys.find(number);
  } catch (const StorageCorrupt& error) {
    return error.what();
  }
  return "nothing wrong";
}

}  // namespace

TEST_CASE("keys wrapped under another key are refused when they are opened", "[rocksdb][keys]") {
  TemporaryFolder folder;
  begin_keys(folder / "keys", wrapping)->issue_up_to(3);
  CHECK_THROWS_AS(begin_keys(folder / "keys", DataKey{8}), StorageError);
  CHECK_THROWS_AS(open_keys_beside(folder / "keys", folder / "scratch", DataKey{8}), StorageError);
  CHECK(begin_keys(folder / "keys", wrapping)->find(3).has_value());
}

TEST_CASE("no key is on the disk as it is", "[rocksdb][keys]") {
  TemporaryFolder folder;
  DataKey key;
  DataKey secret;
  {
    const auto keys = begin_keys(folder / "keys", wrapping);
    keys->issue_up_to(1);
    key = keys->find(1).value();
    secret = keys->secret("claims");
  }
  raw(folder / "keys")->flush();
  CHECK_FALSE(anywhere_in(folder / "keys", key));
  CHECK_FALSE(anywhere_in(folder / "keys", secret));
  CHECK_FALSE(anywhere_in(folder / "keys", wrapping));
}

TEST_CASE("a key that was altered, moved or taken away is refused with its number", "[rocksdb][keys]") {
  TemporaryFolder folder;
  begin_keys(folder / "keys", wrapping)->issue_up_to(5);
  {
    const auto rows = raw(folder / "keys");
    auto altered = rows->find(0, row_of(2)).value();
    altered.back() ^= 1;
    rocksdb::WriteBatch batch;
    batch.Put(row_of(2), altered);
    batch.Put(row_of(3), rows->find(0, row_of(1)).value());
    batch.Delete(row_of(4));
    rows->write(batch, Database::Sync::now);
  }
  const auto keys = begin_keys(folder / "keys", wrapping);
  CHECK(keys->find(1).has_value());
  CHECK(what_finding_says(*keys, 2).find("key 2") == 0);
  CHECK(what_finding_says(*keys, 3).find("key 3") == 0);
  CHECK(what_finding_says(*keys, 4).find("key 4") == 0);
  CHECK(keys->find(5).has_value());
}

TEST_CASE("keys without the check of what wraps them are refused", "[rocksdb][keys]") {
  TemporaryFolder folder;
  begin_keys(folder / "keys", wrapping)->issue_up_to(5);
  {
    rocksdb::WriteBatch batch;
    batch.Delete("w");
    raw(folder / "keys")->write(batch, Database::Sync::now);
  }
  CHECK_THROWS_AS(open_keys(folder / "keys", wrapping), StorageCorrupt);
  CHECK_THROWS_AS(open_keys_beside(folder / "keys", folder / "scratch", wrapping), StorageCorrupt);
}

TEST_CASE("a secret that is gone is not made anew", "[rocksdb][keys]") {
  TemporaryFolder folder;
  DataKey made;
  {
    const auto keys = begin_keys(folder / "keys", wrapping);
    keys->issue_up_to(1);
    made = keys->secret("tokens");
  }
  CHECK(open_keys(folder / "keys", wrapping)->secret("tokens") == made);
  CHECK_THROWS_AS(open_keys(folder / "keys", wrapping)->secret("claims"), StorageCorrupt);
}

TEST_CASE("issuing many keys costs one sync, finding them none", "[rocksdb][keys]") {
  TemporaryFolder folder;
  const auto disk = std::make_shared<FaultyFileSystem>();
  const auto keys = begin_keys(folder / "keys", wrapping, on(disk));
  const auto before = disk->calls(Call::sync);
  keys->issue_up_to(1000);
  CHECK(disk->calls(Call::sync) - before == 1);
  keys->issue_up_to(1000);
  (void)keys->find(1000);
  CHECK(disk->calls(Call::sync) - before == 1);
}

TEST_CASE("keys are found right when there are more than are kept in memory", "[rocksdb][keys]") {
  TemporaryFolder folder;
  const auto keys = begin_keys(folder / "keys", wrapping);
  constexpr KeyNumber many = 70'000;
  keys->issue_up_to(many);
  std::vector<DataKey> first;
  for (KeyNumber number = 1; number <= many; ++number) first.push_back(keys->find(number).value());
  bool same = true;
  for (KeyNumber number = 1; number <= many; number += 7) same = same && keys->find(number) == first[number - 1];
  CHECK(same);
}

TEST_CASE("a key is never found again once its destruction was acknowledged", "[rocksdb][keys]") {
  TemporaryFolder folder;
  const auto disk = std::make_shared<FaultyFileSystem>();
  const auto keys = begin_keys(folder / "keys", wrapping, on(disk));
  constexpr KeyNumber many = 300;
  keys->issue_up_to(many);
  std::atomic<KeyNumber> destroyed = 0;
  std::atomic<int> faults = 0;
  std::thread reader([&] {
    while (destroyed < many) {
      const KeyNumber gone = destroyed;
      for (KeyNumber number = gone > 3 ? gone - 3 : 1; number <= std::min(gone + 3, many); ++number)
        if (keys->find(number) && number <= gone) ++faults;
    }
  });
  for (KeyNumber number = 1; number <= many; ++number) {
    keys->destroy(number);
    destroyed = number;
  }
  reader.join();
  CHECK(faults == 0);
}

TEST_CASE("whenever the power goes, keys that were acknowledged are there and destroyed ones are not",
          "[rocksdb][keys]") {
  struct Use {
    TemporaryFolder folder;
    std::shared_ptr<FaultyFileSystem> disk = std::make_shared<FaultyFileSystem>();
    KeyNumber issued = 0;
    std::optional<DataKey> third;
    std::optional<DataKey> secret;
    bool destroyed = false;

    std::unique_ptr<KeyStore> open() const { return begin_keys(folder / "keys", wrapping, on(disk)); }
  };
  for_every_nth(
      [&](std::uint64_t nth) {
        auto use = std::make_unique<Use>();
        use->disk->cut_power(nth);
        try {
          const auto keys = use->open();
          keys->issue_up_to(4), use->issued = 4;
          use->third = keys->find(3);
          use->secret = keys->secret("claims");
          keys->destroy(2), use->destroyed = true;
          keys->issue_up_to(8), use->issued = 8;
        } catch (const StorageError&) {
        }
        return use;
      },
      [&](std::uint64_t nth, Use& use) {
        CAPTURE(nth);
        const bool went_through = use.disk->calls() < nth;
        use.disk->lose_unsynced();
        const auto keys = use.open();
        CHECK(keys->issued() >= use.issued);
        CHECK(keys->issued() % 4 == 0);
        if (use.third) CHECK(keys->find(3) == use.third);
        if (use.secret) CHECK(keys->secret("claims") == use.secret);
        if (use.destroyed) CHECK(keys->find(2) == std::nullopt);
        for (KeyNumber number = 3; number <= keys->issued(); ++number) CHECK(keys->find(number).has_value());
        return !went_through;
      });
}

TEST_CASE("a reader beside the key store finds its keys and changes nothing", "[rocksdb][keys]") {
  TemporaryFolder folder;
  const auto keys = begin_keys(folder / "keys", wrapping);
  keys->issue_up_to(5);
  keys->destroy(4);
  const auto claims = keys->secret("claims");

  const auto beside = open_keys_beside(folder / "keys", folder / "scratch", wrapping);
  CHECK(beside->issued() == 5);
  CHECK(beside->find(5) == keys->find(5));
  CHECK(beside->find(4) == std::nullopt);
  CHECK(beside->secret("claims") == claims);
  CHECK_NOTHROW(beside->issue_up_to(5));
  CHECK_THROWS_AS(beside->issue_up_to(6), StorageError);
  CHECK_THROWS_AS(beside->destroy(5), StorageError);
  CHECK_THROWS_AS(beside->secret("tokens"), StorageError);
  CHECK(beside->find(5).has_value());
  CHECK(keys->issued() == 5);
}
