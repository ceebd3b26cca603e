#include "adapters/rocksdb/database.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/snapshot.h>
#include <rocksdb/statistics.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>
#include <unistd.h>

#include "events/big_endian.hpp"

namespace rollcall {
namespace {

constexpr std::size_t mebibyte = std::size_t{1} << 20;
constexpr std::size_t own_cache_bytes = 64 * mebibyte;
// Of a database with several families; when it is reached, all of them are flushed. It is what is replayed when a
// killed process starts again, so it bounds the time that takes, and the memory of what is not flushed yet.
constexpr std::size_t write_ahead_log_bytes = 16 * mebibyte;

[[noreturn]] void fail(std::string_view doing, const std::filesystem::path& path) {
  throw StorageError(fmt::format("{} {}: {}", doing, path.native(), std::generic_category().message(errno)));
}

// What a killed process had written and not yet synced will be read, and shown, as if it were durable: so let it be.
void sync_write_ahead_log(const std::filesystem::path& folder) {
  for (const auto& file : std::filesystem::directory_iterator(folder))
    if (file.path().extension() == ".log") sync_path(file);
  sync_path(folder);
}

void end_process(std::string_view what) {
  fmt::print(stderr, "rollcall: the storage failed and nothing more can be recorded: {}\n", what);
  std::fflush(stderr);
  std::_Exit(what.starts_with("Corruption") ? storage_damaged_exit_code : storage_failed_exit_code);
}

// RocksDB would retry by itself, for a full disk in particular. But what it could not sync may be half there, and only
// opening it again finds out what is.
class FailureListener final : public rocksdb::EventListener {
 public:
  explicit FailureListener(std::function<void(std::string_view)> on_failure)
      : on_failure_(on_failure ? std::move(on_failure) : end_process) {}

  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* error) override {
    on_failure_(error->ToString());
  }
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status error, bool* auto_recovery) override {
    *auto_recovery = false;
    on_failure_(error.ToString());
  }

 private:
  std::function<void(std::string_view)> on_failure_;
};

// The write-ahead log of what is not synced goes to disk in the order in which it was written: the file before is
// durable before anything is in the next one, so that what a power loss takes is an end and never a part in the middle.
class InOrder final : public rocksdb::EventListener {
 public:
  explicit InOrder(std::filesystem::path folder) : folder_(std::move(folder)) {}
  void OnMemTableSealed(const rocksdb::MemTableInfo&) override {
    try {
      sync_write_ahead_log(folder_);
    } catch (const std::exception&) {
      // RocksDB has no exceptions. A disk that syncs nothing fails what comes next as well, and a view is built again.
    }
  }

 private:
  std::filesystem::path folder_;
};

// RocksDB tells in its diagnostics what it says in statuses, too. Its own file for them aborts the process on a full
// disk (an assertion of its writer), so it has none.
class NoDiagnostics final : public rocksdb::Logger {
 public:
  NoDiagnostics() : Logger(rocksdb::HEADER_LEVEL) {}
  using Logger::Logv;
  void Logv(const char*, va_list) override {}
};

// RocksDB names the damaged file and place in its diagnostics only. Keeps the first line that does.
class FirstDamage final : public rocksdb::Logger {
 public:
  FirstDamage() : Logger(rocksdb::WARN_LEVEL) {}

  using Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    std::array<char, 512> line{};
    std::vsnprintf(line.data(), line.size(), format, arguments);
    std::string_view text = line.data();
    if (!text_.empty() || text.find("Corruption") == text.npos) return;
    while (text.starts_with('[') && text.find("] ") != text.npos) text.remove_prefix(text.find("] ") + 2);  // source
    text_ = text;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// Where a default decides about durability it is spelled out, also when it is what we want.
rocksdb::Options database_options(Kind kind, const StorageOptions& storage) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.create_missing_column_families = true;

  options.paranoid_checks = true;
  options.max_bgerror_resume_count = 0;
  options.manual_wal_flush = false;
  options.two_write_queues = false;
  options.enable_pipelined_write = false;
  options.unordered_write = false;
  options.allow_2pc = false;
  options.recycle_log_file_num = 0;
  options.wal_compression = rocksdb::kNoCompression;
  if (kind == Kind::original) {
    options.track_and_verify_wals_in_manifest = true;
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
    options.listeners = {std::make_shared<FailureListener>(storage.on_failure)};
  } else {
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  }

  options.max_total_wal_size = write_ahead_log_bytes;
  // What was recovered is made a table at once: a log file of an earlier run is in no list, and nobody would notice
  // that it is gone.
  options.avoid_flush_during_recovery = false;
  options.max_open_files = 512;
  options.max_file_opening_threads = 2;
  options.skip_stats_update_on_db_open = true;
  options.bytes_per_sync = mebibyte;
  options.info_log = std::make_shared<NoDiagnostics>();
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  return options;
}

// The table format is pinned, so that every RocksDB from 7.8 on reads what any other wrote.
rocksdb::ColumnFamilyOptions family_options(const Family& family, const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.format_version = 5;
  table.checksum = rocksdb::kXXH3;
  table.block_size = family.block_bytes;
  table.block_cache = cache;
  table.cache_index_and_filter_blocks = true;
  // In small partitions: whole ones of big tables would push each other out of the cache.
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.partition_filters = true;
  table.metadata_block_size = std::uint64_t{64} << 10;
  table.pin_top_level_index_and_filter = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  if (family.filtered) table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));

  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = family.write_buffer_bytes;
  options.max_write_buffer_number = 3;
  // Each merge of level 0 rewrites the level below it: a dozen files at a time are a third of that work, and the
  // filters keep reads from looking into most of them.
  options.level0_file_num_compaction_trigger = 12;
  options.level0_slowdown_writes_trigger = 32;
  options.level0_stop_writes_trigger = 48;
  if (family.filtered) {
    // Most rows that are looked for are not there: for them a buffer is otherwise the slowest part of the way.
    options.memtable_prefix_bloom_size_ratio = 0.05;
    options.memtable_whole_key_filtering = true;
  }
  options.compression = family.compressed ? rocksdb::kLZ4Compression : rocksdb::kNoCompression;
  options.level_compaction_dynamic_level_bytes = true;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

std::vector<rocksdb::ColumnFamilyDescriptor> describe(const std::vector<Family>& families,
                                                      const StorageOptions& storage) {
  const auto cache = storage.cache ? storage.cache : block_cache(own_cache_bytes);
  std::vector<rocksdb::ColumnFamilyDescriptor> described;
  for (const auto& family : families) described.emplace_back(family.name, family_options(family, cache));
  return described;
}

// The bytes RocksDB's list of files has by now. It grows with every file that is added or dropped.
std::uintmax_t manifest_bytes(const std::filesystem::path& folder) {
  std::uintmax_t bytes = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    std::error_code gone;
    const auto size = file.file_size(gone);
    if (!gone && file.path().filename().string().starts_with("MANIFEST-")) bytes += size;
  }
  return bytes;
}

}  // namespace

void ok(const rocksdb::Status& status, std::string_view doing) {
  if (status.ok()) return;
  const auto what = fmt::format("{}: {}", doing, status.ToString());
  if (status.IsCorruption()) throw StorageCorrupt(what);
  throw StorageError(what);
}

std::shared_ptr<rocksdb::Cache> block_cache(std::size_t bytes) { return rocksdb::NewLRUCache(bytes); }

std::uint64_t free_bytes(const std::filesystem::path& path) {
  std::error_code error;
  const auto space = std::filesystem::space(path, error);
  if (error) throw StorageError(fmt::format("free space of {}: {}", path.native(), error.message()));
  return space.available;
}

void sync_path(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0 && errno == ENOENT) return;  // removed meanwhile: there is nothing left to lose
  if (file < 0) fail("opening", path);
  const bool synced = ::fsync(file) == 0;
  ::close(file);
  if (!synced) fail("syncing", path);
}

void make_folder(const std::filesystem::path& folder) {
  if (std::filesystem::exists(folder)) return;
  const auto parent = folder.parent_path();
  if (!parent.empty()) make_folder(parent);
  std::error_code error;
  std::filesystem::create_directory(folder, error);
  if (!error) std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
  if (error) throw StorageError(fmt::format("creating {}: {}", folder.native(), error.message()));
  sync_path(parent.empty() ? "." : parent);
}

std::string encode_digest(const RowsDigest& digest) {
  return big_endian(digest.rows) + big_endian(digest.low) + big_endian(digest.high);
}

RowsDigest decode_digest(std::string_view bytes) {
  return {from_big_endian<std::uint64_t>(bytes), from_big_endian<std::uint64_t>(bytes.substr(8)),
          from_big_endian<std::uint64_t>(bytes.substr(16))};
}

struct Database::Opening {
  std::unique_ptr<rocksdb::Env> env;
  rocksdb::Options options;
  rocksdb::DB* db = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;

  Opening(Kind kind, const StorageOptions& storage) : options(database_options(kind, storage)) {
    if (storage.file_system) {
      env = rocksdb::NewCompositeEnv(storage.file_system);
      options.env = env.get();
    }
    // Nobody waits for merges. For a flush commands wait once their buffers are full, so it is never without a share.
    const auto lower = [&](rocksdb::Env::Priority pool, rocksdb::CpuPriority to) {
      ok(options.env->LowerThreadPoolCPUPriority(pool, to), "setting priorities");
    };
    lower(rocksdb::Env::Priority::HIGH, rocksdb::CpuPriority::kLow);
    lower(rocksdb::Env::Priority::LOW, rocksdb::CpuPriority::kIdle);
  }
};

Database::Database(std::filesystem::path folder, Opening opening)
    : folder_(std::move(folder)),
      env_(std::move(opening.env)),
      statistics_(std::move(opening.options.statistics)),
      db_(opening.db),
      handles_(std::move(opening.handles)) {}

Database::~Database() {
  for (auto* handle : handles_) db_->DestroyColumnFamilyHandle(handle);
  db_->Close().PermitUncheckedError();  // what matters was synced when it was written
}

std::shared_ptr<Database> Database::open(const std::filesystem::path& folder, const std::vector<Family>& families,
                                         Kind kind, const StorageOptions& storage) {
  make_folder(folder);
  Opening opening(kind, storage);
  if (kind == Kind::original) {
    sync_write_ahead_log(folder);
    opening.options.statistics = rocksdb::CreateDBStatistics();
    opening.options.statistics->set_stats_level(rocksdb::StatsLevel::kExceptHistogramOrTimers);
  }
  if (kind == Kind::derived) opening.options.listeners.push_back(std::make_shared<InOrder>(folder));
  ok(rocksdb::DB::Open(opening.options, folder, describe(families, storage), &opening.handles, &opening.db),
     fmt::format("opening {}", folder.native()));
  return std::shared_ptr<Database>(new Database(folder, std::move(opening)));
}

std::shared_ptr<Database> Database::open_beside(const std::filesystem::path& folder,
                                                const std::filesystem::path& scratch,
                                                const std::vector<Family>& families, Kind kind,
                                                const StorageOptions& storage) {
  constexpr int attempts = 50;
  if (!std::filesystem::exists(folder / "CURRENT"))
    throw StorageCorrupt(fmt::format("{} holds no database, or lacks a part of it", folder.native()));
  make_folder(scratch);
  rocksdb::Status status;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    std::this_thread::sleep_for(std::chrono::milliseconds(attempt));  // a burst of flushes passes
    // First RocksDB reads which tables there are, then the write-ahead log. When a table was made in between, the part
    // of the log that it took over may be gone: neither was read, and there is a hole. Then the list has grown.
    const auto before = manifest_bytes(folder);
    Opening opening(kind, storage);
    opening.options.listeners.clear();
    opening.options.create_if_missing = false;
    opening.options.max_open_files = -1;  // keeps the files that the writer removes
    status = rocksdb::DB::OpenAsSecondary(opening.options, folder, scratch, describe(families, storage),
                                          &opening.handles, &opening.db);
    if (status.ok()) {
      auto database = std::shared_ptr<Database>(new Database(folder, std::move(opening)));
      database->still_ = true;
      if (manifest_bytes(folder) == before) return database;
    } else if (manifest_bytes(folder) == before) {
      break;
    }
  }
  ok(status, fmt::format("reading {} beside its writer", folder.native()));
  throw StorageError(fmt::format("{} changes too fast to be read beside its writer", folder.native()));
}

std::shared_ptr<Database> Database::open_damaged(const std::filesystem::path& folder,
                                                 const std::vector<Family>& families, const StorageOptions& storage,
                                                 std::string& damage) {
  Opening opening(Kind::original, storage);
  opening.options.listeners.clear();
  opening.options.create_if_missing = false;
  opening.options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  const auto found = std::make_shared<FirstDamage>();
  opening.options.info_log = found;
  const auto status =
      rocksdb::DB::OpenForReadOnly(opening.options, folder, describe(families, storage), &opening.handles, &opening.db);
  damage = found->text();
  ok(status, fmt::format("reading what is left of {}", folder.native()));
  auto database = std::shared_ptr<Database>(new Database(folder, std::move(opening)));
  database->still_ = true;
  return database;
}

std::optional<std::string> Database::find(Index family, std::string_view key,
                                          const rocksdb::ReadOptions& options) const {
  std::string value;
  const auto status = db_->Get(options, handles_[family], slice(key), &value);
  if (status.IsNotFound()) return std::nullopt;
  check(status, "reading a row");
  return value;
}

std::unique_ptr<rocksdb::Iterator> Database::iterate(Index family, const rocksdb::ReadOptions& options) const {
  return std::unique_ptr<rocksdb::Iterator>(db_->NewIterator(options, handles_[family]));
}

void Database::write(rocksdb::WriteBatch& batch, Sync sync) {
  rocksdb::WriteOptions options;
  options.sync = sync == Sync::now;
  options.disableWAL = sync == Sync::without_log;
  ok(db_->Write(options, &batch), fmt::format("writing to {}", folder_.native()));
}

RowCache::Moment Database::last_change() const { return db_->GetLatestSequenceNumber(); }

void Database::rewrite() {
  flush();
  rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
  for (auto* handle : handles_) ok(db_->CompactRange(options, handle, nullptr, nullptr), "writing tables anew");
}

void Database::flush() {
  // Not SyncWAL: together with track_and_verify_wals_in_manifest it makes 7.8 miss log files (RocksDB #10892).
  ok(db_->Flush(rocksdb::FlushOptions(), handles_), fmt::format("flushing {}", folder_.native()));
}

void Database::check(const rocksdb::Status& status, std::string_view doing) const {
  if (status.IsCorruption()) remember_damage(fmt::format("{}: {}", folder_.native(), status.ToString()));
  ok(status, doing);
}

void Database::remember_damage(std::string what) const {
  const std::lock_guard lock(damage_mutex_);
  if (!damage_) damage_ = std::move(what);
}

std::optional<std::string> Database::damage() const {
  const std::lock_guard lock(damage_mutex_);
  return damage_;
}

std::uint64_t Database::table_bytes(Index family) const {
  std::uint64_t bytes = 0;
  db_->GetIntProperty(handles_[family], rocksdb::DB::Properties::kTotalSstFilesSize, &bytes);
  return bytes;
}

std::uint64_t Database::folder_bytes() const {
  std::uint64_t bytes = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder_)) {
    std::error_code gone;
    const auto size = file.file_size(gone);
    if (!gone) bytes += size;
  }
  return bytes;
}

std::uint64_t Database::log_syncs() const {
  return statistics_ ? statistics_->getTickerCount(rocksdb::WAL_FILE_SYNCED) : 0;
}

Snapshot::Snapshot(std::shared_ptr<const Database> database)
    : database_(std::move(database)), snapshot_(database_->still_ ? nullptr : database_->db_->GetSnapshot()) {}

Snapshot::~Snapshot() {
  if (snapshot_ != nullptr) database_->db_->ReleaseSnapshot(snapshot_);
}

rocksdb::ReadOptions Snapshot::options() const {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot_;
  return options;
}

std::optional<RowCache::Moment> Snapshot::last_change() const {
  return snapshot_ == nullptr ? std::nullopt : std::optional{snapshot_->GetSequenceNumber()};
}

std::optional<std::string> Snapshot::find(Database::Index family, std::string_view key) const {
  return database_->find(family, key, options());
}

std::optional<std::string> StoredRows::find(std::string_view key) const {
  const auto at = cache_ ? snapshot_->last_change() : std::nullopt;
  if (at)
    if (auto known = cache_->find(key, *at)) return std::move(*known);
  auto value = find_once(key);
  if (at) cache_->keep(key, value, *at);
  return value;
}

std::optional<std::string> StoredRows::find_once(std::string_view key) const {
  return prefix_.empty() ? snapshot_->find(family_, key) : snapshot_->find(family_, prefix_ + std::string{key});
}

void StoredRows::scan(std::string_view from, std::string_view to, const Visit& visit) const {
  const std::string begin = prefix_ + std::string(from);
  const std::string end = to.empty() ? behind_prefix(prefix_) : prefix_ + std::string(to);
  const rocksdb::Slice bound(end);
  auto options = snapshot_->options();
  if (!end.empty()) options.iterate_upper_bound = &bound;
  const auto at = snapshot_->database().iterate(family_, options);
  for (at->Seek(begin); at->Valid(); at->Next())
    if (!visit(view(at->key()).substr(prefix_.size()), view(at->value()))) break;
  snapshot_->database().check(at->status(), "scanning rows");
}

}  // namespace rollcall
