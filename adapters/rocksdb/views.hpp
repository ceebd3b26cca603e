// The read models, each generation of each in a RocksDB of its own: rebuilding makes a new one beside the one that is
// being read, and then they change places.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/rocksdb/storage.hpp"
#include "events/log.hpp"

namespace rollcall {

class Generation;

// A folder of read models: <name>-<generation>, four digits at least, and <name>.current, which says which one counts.
// Thread-safe. A store, and every snapshot of it, may be kept for longer than its generation is current, and than
// this: a generation that was replaced goes from the disk when the last of them does.
class Views {
 public:
  explicit Views(std::filesystem::path folder, StorageOptions options = {});
  ~Views();
  Views(const Views&) = delete;
  Views& operator=(const Views&) = delete;

  // The current generation; an empty first one if there is none. Its progress has `version` as long as it is empty.
  // Removes what a crash has left of other generations. Throws StorageError; when the current one is damaged, a new one
  // can still be begun and put in its place.
  std::shared_ptr<ViewStore> open(std::string_view name, std::uint32_t version);
  // The current generation as last opened or swapped. It must have been.
  std::shared_ptr<ViewStore> current(std::string_view name) const;

  // A new, empty generation beside the current one, replacing another that was begun and not swapped. Commits to it are
  // kept in memory until they fill a buffer, or swap: it is lost in a crash. Throws StorageError.
  std::shared_ptr<ViewStore> begin_generation(std::string_view name, std::uint32_t version);
  // Makes all of the generation that was begun durable, then puts it in the place of the current one: after a crash it
  // is one or the other. Throws StorageError, and then nothing has changed.
  void swap(std::string_view name);
  // Removes the generation that was begun, if there is one.
  void discard(std::string_view name);

  struct Size {
    std::string name;
    std::uint64_t bytes = 0;  // on disk, of the current generation
  };
  std::vector<Size> sizes() const;

 private:
  struct Slot {
    std::shared_ptr<Generation> current;
    std::shared_ptr<Generation> begun;
  };
  Slot slot(std::string_view name) const;
  void set(std::string_view name, Slot slot);

  std::filesystem::path folder_;
  StorageOptions options_;
  std::mutex changing_;  // held while a database is opened or flushed, so that current() need not wait for that
  mutable std::mutex mutex_;
  std::map<std::string, Slot, std::less<>> slots_;  // guarded by mutex_
};

// Reads the current generation of a read model as it is now, beside the process that writes it or without one. To
// compare it with a log open the log after it: then the log is not behind. `scratch` as for open_log_beside.
ViewStore::Snapshot read_view_beside(const std::filesystem::path& folder, std::string_view name,
                                     const std::filesystem::path& scratch, const StorageOptions& options = {});

}  // namespace rollcall
