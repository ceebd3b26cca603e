// One RocksDB as the log, the keys and the views use it: its settings, its column families, snapshots, and rows in
// them. RocksDB's own types stay behind this header and the .cpp files of this folder.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <rocksdb/db.h>

#include "adapters/rocksdb/row_cache.hpp"
#include "adapters/rocksdb/storage.hpp"
#include "events/rows.hpp"

namespace rollcall {

// Throws StorageError, or StorageCorrupt, with RocksDB's own words unless the status is OK.
void ok(const rocksdb::Status& status, std::string_view doing);

// A column family and the settings that differ between them.
struct Family {
  std::string name;
  std::size_t write_buffer_bytes = std::size_t{4} << 20;
  std::size_t block_bytes = 4096;
  bool filtered = false;   // keep Bloom filters: point reads often ask for what is not there
  bool compressed = true;  // with LZ4
};

// What losing it would mean; see README.md for the settings this stands for.
enum class Kind {
  original,  // must never be lost: the first failed write ends it, and rot is refused when it is opened
  derived,   // can be built again: opens as it was at some earlier commit when the end was lost
};

// An open RocksDB, closed with its last reference. Thread-safe. Families are named by their index in what was opened.
class Database {
 public:
  using Index = std::size_t;

  // Opens it for one process alone, creating folder and families that are missing. Throws StorageError.
  static std::shared_ptr<Database> open(const std::filesystem::path& folder, const std::vector<Family>& families,
                                        Kind kind, const StorageOptions& options);
  // Opens it for reading as it is now, also while another process writes it. Later writes are never seen.
  // `scratch` is a folder for RocksDB's diagnostics that nobody else uses.
  static std::shared_ptr<Database> open_beside(const std::filesystem::path& folder,
                                               const std::filesystem::path& scratch,
                                               const std::vector<Family>& families, Kind kind,
                                               const StorageOptions& options);
  // Opens a damaged one for reading as it was before the damage, if RocksDB can, and changes nothing. Puts into
  // `damage`, also when it throws, the file and place where opening it went wrong.
  static std::shared_ptr<Database> open_damaged(const std::filesystem::path& folder,
                                                const std::vector<Family>& families, const StorageOptions& options,
                                                std::string& damage);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  rocksdb::ColumnFamilyHandle* family(Index index) const { return handles_[index]; }
  const std::filesystem::path& folder() const { return folder_; }

  // The value, or nothing; of the present state unless the options name a snapshot.
  std::optional<std::string> find(Index family, std::string_view key, const rocksdb::ReadOptions& options = {}) const;
  std::unique_ptr<rocksdb::Iterator> iterate(Index family, const rocksdb::ReadOptions& options) const;

  enum class Sync { now, later, without_log };  // without_log: kept in memory only until flush()
  // Atomic; with Sync::now durable on return.
  void write(rocksdb::WriteBatch& batch, Sync sync);
  // The number of the last change that was written.
  RowCache::Moment last_change() const;
  // Makes all that was written durable, however it was.
  void flush();
  // All tables are written anew: what was overwritten or deleted is in no file any more.
  void rewrite();

  // Throws what the status says. Damage that is met is remembered, whoever met it.
  void check(const rocksdb::Status& status, std::string_view doing) const;
  // The same for what its owner finds out.
  void remember_damage(std::string what) const;
  // The first damage that anybody met since it was opened.
  std::optional<std::string> damage() const;

  // Bytes on disk in a family's tables.
  std::uint64_t table_bytes(Index family) const;
  // Bytes of everything in the folder.
  std::uint64_t folder_bytes() const;
  // fsyncs of the write-ahead log so far.
  std::uint64_t log_syncs() const;

 private:
  friend class Snapshot;
  struct Opening;
  Database(std::filesystem::path folder, Opening opening);

  std::filesystem::path folder_;
  std::unique_ptr<rocksdb::Env> env_;
  std::shared_ptr<rocksdb::Statistics> statistics_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
  mutable std::mutex damage_mutex_;
  mutable std::optional<std::string> damage_;
  bool still_ = false;  // never changes: snapshots are neither needed nor offered
};

// All of a database at one moment; keeps it open. Thread-safe.
class Snapshot {
 public:
  explicit Snapshot(std::shared_ptr<const Database> database);
  ~Snapshot();
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  std::optional<std::string> find(Database::Index family, std::string_view key) const;
  // Options to iterate or to find with.
  rocksdb::ReadOptions options() const;
  // The number of the last change it shows; nothing of a database that never changes.
  std::optional<RowCache::Moment> last_change() const;
  const Database& database() const { return *database_; }

 private:
  std::shared_ptr<const Database> database_;
  const rocksdb::Snapshot* snapshot_ = nullptr;
};

// The rows of one family that begin with a prefix, which their readers don't see. Thread-safe. `cache`, if any, is of
// these rows, by their keys without the prefix.
class StoredRows final : public Rows {
 public:
  StoredRows(std::shared_ptr<const Snapshot> snapshot, Database::Index family, std::string prefix = {},
             std::shared_ptr<RowCache> cache = {})
      : snapshot_(std::move(snapshot)), family_(family), prefix_(std::move(prefix)), cache_(std::move(cache)) {}

  std::optional<std::string> find(std::string_view key) const override;
  std::optional<std::string> find_once(std::string_view key) const override;
  void scan(std::string_view from, std::string_view to, const Visit& visit) const override;

 private:
  std::shared_ptr<const Snapshot> snapshot_;
  Database::Index family_;
  std::string prefix_;
  std::shared_ptr<RowCache> cache_;
};

// rocksdb::Slice and std::string_view are the same thing.
inline rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
inline std::string_view view(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

// Creates a folder, readable to its owner alone, so that it is still there after a power loss. Throws StorageError.
void make_folder(const std::filesystem::path& folder);
// Makes the bytes of a file, or the names in a folder, durable, unless there is none. Throws StorageError.
void sync_path(const std::filesystem::path& path);

// How a RowsDigest is kept: its three numbers, big endian.
std::string encode_digest(const RowsDigest& digest);
// The inverse of 24 such bytes.
RowsDigest decode_digest(std::string_view bytes);

}  // namespace rollcall
