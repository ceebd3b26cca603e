#include "adapters/rocksdb/log.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <rocksdb/write_batch.h>

#include "adapters/rocksdb/database.hpp"
#include "adapters/rocksdb/recent_entries.hpp"
#include "events/big_endian.hpp"
#include "events/proof/tiles.hpp"

namespace rollcall {
namespace {

constexpr Database::Index heads = 0;
constexpr Database::Index entries = 1;
constexpr Database::Index tree = 2;
constexpr Database::Index state_rows = 3;

std::vector<Family> families() {
  // The bound on the write-ahead log makes them all flush before one buffer is full. A buffer that was too small for
  // all of that log would be flushed, synced, in the middle of replaying it.
  constexpr std::size_t buffer = std::size_t{32} << 20;
  return {{.name = rocksdb::kDefaultColumnFamilyName, .write_buffer_bytes = buffer},
          {.name = "entries", .write_buffer_bytes = buffer, .block_bytes = 8192},
          {.name = "tree", .write_buffer_bytes = buffer, .compressed = false},
          {.name = "state", .write_buffer_bytes = buffer, .filtered = true}};
}

// Of entries kept in memory for followers: a second or two of the heaviest load.
constexpr std::size_t recent_bytes = std::size_t{16} << 20;

// Of decision state: what is asked for with each request, session, person, place, membership and account, of some ten
// thousand people.
constexpr std::size_t cached_bytes = std::size_t{16} << 20;

constexpr std::string_view head_key = "head";
constexpr std::string_view frontier_key = "f";
std::string tile_key(unsigned level, std::uint64_t index) {
  return "t" + big_endian(static_cast<std::uint8_t>(level)) + big_endian(index);
}
std::string checkpoint_key(Position size) { return "c" + big_endian(size); }

// The size of the log and the digest of its decision state: written with every batch, in the default family.
struct Head {
  Position size = 0;
  RowsDigest digest;
};

std::string encode(const Head& head) { return big_endian(head.size) + encode_digest(head.digest); }

Head head_in(const Snapshot& snapshot) {
  const auto bytes = snapshot.find(heads, head_key);
  if (!bytes) return {};
  if (bytes->size() != 32) throw StorageCorrupt("the log's head row is malformed");
  return {from_big_endian<Position>(*bytes), decode_digest(std::string_view{*bytes}.substr(8))};
}

// One past the last entry stored.
Position end_of_entries(const Database& database) {
  const auto at = database.iterate(entries, {});
  at->SeekToLast();
  ok(at->status(), "finding the last entry");
  return at->Valid() ? from_big_endian<Position>(view(at->key())) + 1 : 0;
}

// Entries and head are written together, so they differ only when a part of the write-ahead log is gone.
Position checked_size(const std::shared_ptr<Database>& database) {
  const Position end = end_of_entries(*database);
  const Position size = head_in(Snapshot(database)).size;
  if (size != end)
    throw StorageCorrupt(
        fmt::format("{}: the entries end at {}, but the head says {}", database->folder().native(), end, size),
        std::min(size, end));
  return size;
}

// Opens with `open`; when the log is damaged, finds out where and says so.
template <class Open>
std::shared_ptr<Database> open_or_locate(const std::filesystem::path& folder, const StorageOptions& options,
                                         Open open) {
  try {
    return open();
  } catch (const StorageCorrupt& error) {
    std::string what = error.what();
    std::string damage;
    std::optional<Position> readable;
    try {
      readable = end_of_entries(*Database::open_damaged(folder, families(), options, damage));
    } catch (const StorageError&) {
      // Then the position is not known, but perhaps the file.
    }
    if (!damage.empty()) what += fmt::format(" ({})", damage);
    if (readable) what += fmt::format("; entries from {} on cannot be read", *readable);
    throw StorageCorrupt(what, readable);
  }
}

class RocksLog final : public StoredLog {
 public:
  RocksLog(std::shared_ptr<Database> database, Database::Sync sync)
      : database_(std::move(database)), sync_(sync), size_(checked_size(database_)) {}

  Position size() const override { return size_; }

  void read(Position from, const Visit& visit) const override {
    const Position end = size_;
    if (from >= end) return;
    Position next = from;
    // Followers come for what was just committed: it is still in memory, unless they are behind.
    while (const auto recent = recent_.holding(next)) {
      for (const auto last = std::min(recent->end(), end); next < last; ++next)
        if (!visit(next, recent->entry(next))) return;
      if (next == end) return;
    }
    rocksdb::ReadOptions options;
    options.fill_cache = false;  // a long scan must not push out what decisions are made on
    options.adaptive_readahead = true;
    const auto at = database_->iterate(entries, options);
    for (at->Seek(big_endian(next)); next < end; at->Next(), ++next) {
      if (!at->Valid() || at->key() != slice(big_endian(next))) throw lost(next, at->status());
      if (!visit(next, view(at->value()))) return;
    }
  }

  std::optional<std::string> entry(Position position) const override {
    if (position >= size_) return std::nullopt;
    return must_have(entries, big_endian(position), position, [&] { return fmt::format("entry {}", position); });
  }

  std::optional<std::string> tile(unsigned level, std::uint64_t index) const override {
    if (width_at(level, index, size_) < tile_width) return std::nullopt;
    return must_have(tree, tile_key(level, index), std::nullopt, [&] {
      return path_of(TileAddress{level, index, tile_width});
    });
  }

  std::optional<std::string> frontier() const override {
    if (size_ < tile_width) return std::nullopt;
    return must_have(tree, frontier_key, std::nullopt, [] { return std::string("the tree's frontier"); });
  }

  std::optional<std::string> checkpoint() const override {
    const Position size = size_;
    if (size == 0) return std::nullopt;
    return must_have(tree, checkpoint_key(size), std::nullopt,
                     [&] { return fmt::format("the checkpoint of size {}", size); });
  }

  // Each batch left its checkpoint under the size it made.
  Position batch_end(Position size) const override {
    const auto at = database_->iterate(tree, {});
    at->SeekForPrev(checkpoint_key(std::min<Position>(size, size_)));
    database_->check(at->status(), "finding the end of a batch");
    return at->Valid() && view(at->key()).starts_with('c') ? from_big_endian<Position>(view(at->key()).substr(1)) : 0;
  }

  State state() const override {
    // Many readers between two batches share one snapshot: taking one costs more than most of what is read with it.
    const std::lock_guard lock(latest_mutex_);
    if (!latest_) {
      auto snapshot = std::make_shared<const Snapshot>(database_);
      const auto head = head_in(*snapshot);
      latest_ = {std::move(snapshot), head};
    }
    return {std::make_unique<StoredRows>(latest_->snapshot, state_rows, std::string{}, cache_), latest_->head.size,
            latest_->head.digest};
  }

  void append(const Batch& batch) override {
    if (batch.first != size_)
      throw std::logic_error(fmt::format("a batch for position {} of a log of {}", batch.first, size()));
    rocksdb::WriteBatch write;
    Position position = batch.first;
    for (const auto& entry : batch.entries) write.Put(database_->family(entries), big_endian(position++), entry);
    for (const auto& tile : batch.tiles)
      write.Put(database_->family(tree), tile_key(tile.level, tile.index), tile.bytes);
    if (!batch.frontier.empty()) write.Put(database_->family(tree), slice(frontier_key), batch.frontier);
    if (!batch.checkpoint.empty()) write.Put(database_->family(tree), checkpoint_key(batch.end()), batch.checkpoint);
    write_with_state(write, batch.state, {batch.end(), batch.state_digest}, &batch);
  }

  void correct_state(const RowChanges& changes, const RowsDigest& digest) override {
    rocksdb::WriteBatch write;
    write_with_state(write, changes, {size_, digest});
  }

  LogStatistics statistics() const override {
    return {database_->table_bytes(entries), database_->table_bytes(tree), database_->table_bytes(state_rows),
            database_->folder_bytes(), database_->log_syncs()};
  }

  void flush() override { database_->flush(); }
  std::optional<std::string> damage() const override { return database_->damage(); }

 private:
  void write_with_state(rocksdb::WriteBatch& write, const RowChanges& changes, const Head& head,
                        const Batch* appended = nullptr) {
    if (failed_) throw StorageError("an earlier write failed: what is stored is known only after opening it again");
    for (const auto& [key, change] : changes) {
      if (change.value)
        write.Put(database_->family(state_rows), key, *change.value);
      else
        write.Delete(database_->family(state_rows), key);
    }
    write.Put(database_->family(heads), slice(head_key), encode(head));
    failed_ = true;
    RowCache::Change change(*cache_, changes);
    database_->write(write, sync_);
    change.done(database_->last_change());
    failed_ = false;
    {
      const std::lock_guard lock(latest_mutex_);
      latest_.reset();
    }
    if (appended != nullptr) recent_.add(*appended);
    size_ = head.size;
  }

  template <class Name>
  std::string must_have(Database::Index family, std::string_view key, std::optional<Position> position,
                        Name name) const {
    try {
      if (auto found = database_->find(family, key)) return *std::move(found);
    } catch (const StorageCorrupt& error) {
      throw StorageCorrupt(fmt::format("{} cannot be read: {}", name(), error.what()), position);
    }
    const auto what = fmt::format("{} is missing in {}", name(), database_->folder().native());
    database_->remember_damage(what);
    throw StorageCorrupt(what, position);
  }

  StorageCorrupt lost(Position position, const rocksdb::Status& status) const {
    const auto what = status.ok() ? fmt::format("entry {} is missing in {}", position, database_->folder().native())
                                  : fmt::format("entry {} cannot be read: {}", position, status.ToString());
    if (status.ok() || status.IsCorruption()) database_->remember_damage(what);
    return StorageCorrupt(what, position);
  }

  std::shared_ptr<Database> database_;
  Database::Sync sync_;
  RecentEntries recent_{recent_bytes};
  std::atomic<Position> size_;
  bool failed_ = false;
  std::shared_ptr<RowCache> cache_ = std::make_shared<RowCache>(cached_bytes);
  struct Latest {
    std::shared_ptr<const Snapshot> snapshot;
    Head head;
  };
  mutable std::mutex latest_mutex_;
  mutable std::optional<Latest> latest_;  // guarded by latest_mutex_; nothing when something was written since
};

}  // namespace

std::unique_ptr<StoredLog> open_log(const std::filesystem::path& folder, const LogOptions& options) {
  auto database = open_or_locate(folder, options.storage,
                                 [&] { return Database::open(folder, families(), Kind::original, options.storage); });
  return std::make_unique<RocksLog>(std::move(database),
                                    options.sync_every_append ? Database::Sync::now : Database::Sync::later);
}

std::unique_ptr<LogReader> open_log_beside(const std::filesystem::path& folder, const std::filesystem::path& scratch,
                                           const StorageOptions& options) {
  auto database = open_or_locate(
      folder, options, [&] { return Database::open_beside(folder, scratch, families(), Kind::original, options); });
  return std::make_unique<RocksLog>(std::move(database), Database::Sync::now);
}

}  // namespace rollcall
