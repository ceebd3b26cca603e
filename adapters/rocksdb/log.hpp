// The book of record in RocksDB: entries, Merkle tree, checkpoints and decision state, one synced batch an append.
// How it is laid out and why it is set so: README.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "adapters/rocksdb/storage.hpp"
#include "events/log.hpp"

namespace rollcall {

struct LogOptions {
  StorageOptions storage = {};
  // False is for loading generated data only: what was appended is durable after flush(), and lost in part before it.
  bool sync_every_append = true;
};

// What `rollcall status` says of it. Bytes are those of tables; what is in memory and in the write-ahead log comes on
// top in the whole folder.
struct LogStatistics {
  std::uint64_t entry_bytes = 0;
  std::uint64_t tree_bytes = 0;
  std::uint64_t state_bytes = 0;
  std::uint64_t folder_bytes = 0;
  std::uint64_t syncs = 0;  // of the write-ahead log, since it was opened
};

class StoredLog : public Log {
 public:
  virtual LogStatistics statistics() const = 0;
  // Makes everything appended durable, also without sync_every_append. Throws StorageError.
  virtual void flush() = 0;
  // The first damage that anybody met who read it or its decision state, since it was opened.
  virtual std::optional<std::string> damage() const = 0;
};

// Opens the log in `folder` for this process alone, or begins an empty one. Throws StorageError when another process
// has it, StorageCorrupt when it is damaged, with the position of the first entry that is lost if that can be told.
std::unique_ptr<StoredLog> open_log(const std::filesystem::path& folder, const LogOptions& options = {});

// Opens it for reading as it is now, beside the process that writes it or without one: appends after this are not seen.
// It may have a batch whose sync was still under way. `scratch` is a folder nobody else uses; it may go afterwards.
std::unique_ptr<LogReader> open_log_beside(const std::filesystem::path& folder, const std::filesystem::path& scratch,
                                           const StorageOptions& options = {});

}  // namespace rollcall
