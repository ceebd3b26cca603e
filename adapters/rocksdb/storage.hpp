// What the stores in this folder have in common for those who open them: options, the errors they throw, disk space.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "events/values.hpp"

namespace rocksdb {
class Cache;
class FileSystem;
}  // namespace rocksdb

namespace rollcall {

// The storage failed, or does not hold what it must. The text names the folder or file and what RocksDB said.
class StorageError : public std::runtime_error {
 public:
  explicit StorageError(const std::string& what, std::optional<Position> position = std::nullopt)
      : std::runtime_error(what), position_(position) {}

  // The first entry that is missing or cannot be read, when the error is about entries.
  std::optional<Position> position() const { return position_; }

 private:
  std::optional<Position> position_;
};

// What is stored is not what was written: rot, not a failing call. Trying again does not help.
class StorageCorrupt : public StorageError {
 public:
  using StorageError::StorageError;
};

// The exit code of a process whose disk failed it, EX_TEMPFAIL of <sysexits.h>. Restarting in a loop cures nothing.
inline constexpr int storage_failed_exit_code = 75;
// What is stored is damaged: starting again is of no help.
inline constexpr int storage_damaged_exit_code = 78;

struct StorageOptions {
  // For blocks read; one cache for all stores bounds them together. Without it a store has its own of 64 MiB.
  std::shared_ptr<rocksdb::Cache> cache = {};
  // The way to the disk; tests count and fail calls here. Without it the operating system's.
  std::shared_ptr<rocksdb::FileSystem> file_system = {};
  // Told, from any thread, the moment a write or a sync of what must not be lost has failed. Nothing may be answered
  // after it. Without it the process says why on stderr and ends with storage_failed_exit_code, running no destructors.
  std::function<void(std::string_view what)> on_failure = {};
};

// A cache to share between stores.
std::shared_ptr<rocksdb::Cache> block_cache(std::size_t bytes);

// Bytes that may still be written to the disk that holds `path`. Throws StorageError.
std::uint64_t free_bytes(const std::filesystem::path& path);

}  // namespace rollcall
