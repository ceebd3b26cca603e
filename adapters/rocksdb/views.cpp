#include "adapters/rocksdb/views.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <rocksdb/write_batch.h>

#include "adapters/rocksdb/database.hpp"
#include "events/big_endian.hpp"

namespace rollcall {
namespace {

namespace fs = std::filesystem;

// One family, so that rows and progress are flushed and recovered together. Rows: r ‖ key; p the progress.
constexpr Database::Index rows = 0;
constexpr std::string_view row_prefix = "r";
constexpr std::string_view progress_key = "p";
constexpr std::size_t cached_bytes = std::size_t{4} << 20;

std::vector<Family> families() {
  return {{.name = rocksdb::kDefaultColumnFamilyName, .write_buffer_bytes = std::size_t{8} << 20, .filtered = true}};
}

std::string encode(const ViewStore::Progress& progress) {
  auto bytes = big_endian(progress.applied) + encode_digest(progress.digest) + big_endian(progress.version);
  return progress.leaf ? bytes + big_endian(*progress.leaf) : bytes;
}

std::optional<ViewStore::Progress> progress_in(const Snapshot& snapshot) {
  const auto bytes = snapshot.find(rows, progress_key);
  if (!bytes) return std::nullopt;
  if (bytes->size() != 36 && bytes->size() != 40)
    throw StorageCorrupt(snapshot.database().folder().native() + ": the progress is malformed");
  const std::string_view all = *bytes;
  ViewStore::Progress progress{from_big_endian<Position>(all), decode_digest(all.substr(8)),
                               from_big_endian<std::uint32_t>(all.substr(32))};
  if (all.size() == 40) progress.leaf = from_big_endian<std::uint32_t>(all.substr(36));
  return progress;
}

// Where one generation is.
struct Place {
  fs::path folder;
  std::string name;

  fs::path generation(std::uint64_t number) const { return folder / fmt::format("{}-{:04}", name, number); }
  fs::path pointer() const { return folder / (name + ".current"); }

  // All that are on disk.
  std::vector<std::uint64_t> generations() const {
    std::vector<std::uint64_t> found;
    for (const auto& entry : fs::directory_iterator(folder)) {
      const auto file = entry.path().filename().string();
      if (!file.starts_with(name + "-")) continue;
      if (const auto generation = number(std::string_view{file}.substr(name.size() + 1))) found.push_back(*generation);
    }
    return found;
  }
  // The generation that counts; nothing if none was ever finished.
  std::optional<std::uint64_t> current() const {
    std::ifstream file(pointer());
    std::string text;
    std::getline(file, text);
    return number(text);
  }
  // Durable on return, and after a crash the one or the other.
  void make_current(std::uint64_t number) const {
    auto next = pointer();
    next += ".next";
    {
      std::ofstream file(next, std::ios::trunc);
      fmt::print(file, "{:04}\n", number);
      file.close();
      if (!file) throw StorageError("writing " + next.native() + " failed");
    }
    sync_path(next);
    std::error_code error;
    fs::rename(next, pointer(), error);
    if (error) throw StorageError(fmt::format("renaming {}: {}", next.native(), error.message()));
    sync_path(folder);
  }

  void remove(std::uint64_t number) const {
    std::error_code error;
    fs::remove_all(generation(number), error);
    if (error) throw StorageError(fmt::format("removing {}: {}", generation(number).native(), error.message()));
  }

 private:
  static std::optional<std::uint64_t> number(std::string_view digits) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return value;
  }
};

}  // namespace

// One generation: its store, which removes its folder when it was replaced and nobody reads it any more.
class Generation final : public ViewStore {
 public:
  Generation(const fs::path& folder, std::uint64_t number, std::uint32_t version, const StorageOptions& options)
      : number_(number), version_(version), files_(std::make_shared<Files>(folder, options)) {}

  std::uint64_t number() const { return number_; }
  std::uint64_t folder_bytes() const { return files_->database->folder_bytes(); }
  // Until make_durable(). Before the first commit only.
  void keep_commits_in_memory() { sync_ = Database::Sync::without_log; }
  void make_durable() {
    const std::lock_guard lock(writing_);
    files_->database->flush();
    sync_ = Database::Sync::later;
  }
  // From now on the folder goes with its last reader.
  void retire() { files_->retired = true; }

  // Many readers between two commits share one snapshot: taking one costs more than most of what is read with it.
  ViewStore::Snapshot snapshot() const override {
    const std::lock_guard lock(mutex_);
    if (!latest_) {
      auto taken = std::make_shared<const rollcall::Snapshot>(files_->database);
      const auto progress = progress_in(*taken).value_or(Progress{0, {}, version_});
      auto all = std::make_shared<const Reading>(files_, std::move(taken), cache_);
      latest_ = ViewStore::Snapshot{std::move(all), progress};
    }
    return *latest_;
  }

  void commit(const RowChanges& changes, const Progress& progress) override {
    rocksdb::WriteBatch batch;
    std::string full{row_prefix};
    for (const auto& [key, change] : changes) {
      full.replace(row_prefix.size(), full.npos, key);
      if (change.value)
        batch.Put(full, *change.value);
      else
        batch.Delete(full);
    }
    batch.Put(slice(progress_key), encode(progress));
    {
      const std::lock_guard lock(writing_);
      RowCache::Change change(*cache_, changes);
      files_->database->write(batch, sync_);
      change.done(files_->database->last_change());
    }
    const std::lock_guard lock(mutex_);
    latest_.reset();
  }

 private:
  // The database and what becomes of its folder.
  struct Files {
    Files(const fs::path& path, const StorageOptions& options)
        : folder(path), database(Database::open(path, families(), Kind::derived, options)) {}
    ~Files() {
      database.reset();
      std::error_code left_over;  // then it goes the next time the views are opened
      if (retired) fs::remove_all(folder, left_over);
    }
    fs::path folder;
    std::shared_ptr<Database> database;
    std::atomic<bool> retired = false;
  };

  // Rows that keep the files.
  class Reading final : public Rows {
   public:
    Reading(std::shared_ptr<const Files> files, std::shared_ptr<const rollcall::Snapshot> snapshot,
            std::shared_ptr<RowCache> cache)
        : files_(std::move(files)),
          rows_(std::move(snapshot), rollcall::rows, std::string(row_prefix), std::move(cache)) {}
    std::optional<std::string> find(std::string_view key) const override { return rows_.find(key); }
    std::optional<std::string> find_once(std::string_view key) const override { return rows_.find_once(key); }
    void scan(std::string_view from, std::string_view to, const Visit& visit) const override {
      rows_.scan(from, to, visit);
    }

   private:
    std::shared_ptr<const Files> files_;  // released after the snapshot
    StoredRows rows_;
  };

  std::uint64_t number_;
  std::uint32_t version_;
  std::shared_ptr<Files> files_;
  std::shared_ptr<RowCache> cache_ = std::make_shared<RowCache>(cached_bytes);
  std::mutex writing_;
  Database::Sync sync_ = Database::Sync::later;  // guarded by writing_
  mutable std::mutex mutex_;
  mutable std::optional<ViewStore::Snapshot> latest_;  // guarded by mutex_; nothing when something was committed since
};

Views::Views(fs::path folder, StorageOptions options) : folder_(std::move(folder)), options_(std::move(options)) {
  make_folder(folder_);
}

Views::~Views() = default;

Views::Slot Views::slot(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto at = slots_.find(name);
  return at == slots_.end() ? Slot{} : at->second;
}

void Views::set(std::string_view name, Slot slot) {
  const std::lock_guard lock(mutex_);
  std::swap(slots_[std::string(name)], slot);  // what it held is let go after the lock is
}

std::shared_ptr<ViewStore> Views::open(std::string_view name, std::uint32_t version) {
  const std::lock_guard lock(changing_);
  auto [current, begun] = slot(name);
  if (current) return current;
  const Place place{folder_, std::string(name)};
  const auto counts = place.current();
  for (const auto number : place.generations())
    if (number != counts && !(begun && begun->number() == number)) place.remove(number);
  const auto number = counts.value_or(1);
  current = std::make_shared<Generation>(place.generation(number), number, version, options_);
  if (!counts) place.make_current(number);
  set(name, {current, begun});
  return current;
}

std::shared_ptr<ViewStore> Views::current(std::string_view name) const {
  auto current = slot(name).current;
  if (!current) throw std::logic_error(fmt::format("view {} is not open", name));
  return current;
}

std::shared_ptr<ViewStore> Views::begin_generation(std::string_view name, std::uint32_t version) {
  discard(name);
  const std::lock_guard lock(changing_);
  const Place place{folder_, std::string(name)};
  std::uint64_t highest = place.current().value_or(0);
  for (const auto number : place.generations()) highest = std::max(highest, number);
  auto begun = std::make_shared<Generation>(place.generation(highest + 1), highest + 1, version, options_);
  begun->keep_commits_in_memory();
  set(name, {slot(name).current, begun});
  return begun;
}

void Views::swap(std::string_view name) {
  const std::lock_guard lock(changing_);
  const auto [current, begun] = slot(name);
  if (!begun) throw std::logic_error(fmt::format("no generation of view {} was begun", name));
  begun->make_durable();
  Place{folder_, std::string(name)}.make_current(begun->number());
  if (current) current->retire();
  set(name, {begun, nullptr});
}

void Views::discard(std::string_view name) {
  const std::lock_guard lock(changing_);
  const auto [current, begun] = slot(name);
  if (begun) begun->retire();
  set(name, {current, nullptr});
}

std::vector<Views::Size> Views::sizes() const {
  std::vector<Size> sizes;
  const std::lock_guard lock(mutex_);
  for (const auto& [name, slot] : slots_)
    if (slot.current) sizes.push_back({name, slot.current->folder_bytes()});
  return sizes;
}

ViewStore::Snapshot read_view_beside(const fs::path& folder, std::string_view name, const fs::path& scratch,
                                     const StorageOptions& options) {
  const Place place{folder, std::string(name)};
  for (;;) {
    const auto number = place.current();
    if (!number) throw StorageError(fmt::format("{} holds no view {}", folder.native(), name));
    try {
      const auto taken = std::make_shared<const Snapshot>(
          Database::open_beside(place.generation(*number), scratch, families(), Kind::derived, options));
      const auto progress = progress_in(*taken).value_or(ViewStore::Progress{});
      return {std::make_shared<const StoredRows>(taken, rows, std::string(row_prefix)), progress};
    } catch (const StorageError&) {
      if (place.current() == number) throw;  // else it was replaced and removed meanwhile
    }
  }
}

}  // namespace rollcall
