// A disk for RocksDB that counts what is done to it, fails on request, and can lose power: then it forgets every byte
// that was not synced, and every name in a folder that was not.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <rocksdb/file_system.h>

namespace rollcall {

// Lies over the real disk, whose syncs it only pretends to do: what the file system holds back is what the rules below
// say, not what this machine happens to have written. Thread-safe. Folders themselves are never lost.
class FaultyFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  // Everything that changes the disk.
  enum class Call : std::uint8_t { create, append, truncate, sync, sync_folder, rename, remove };

  FaultyFileSystem() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  static const char* kClassName() { return "FaultyFileSystem"; }
  const char* Name() const override { return kClassName(); }

  // Calls so far, failed ones included.
  std::uint64_t calls() const;
  std::uint64_t calls(Call call) const;
  // Syncs of files whose names end so.
  std::uint64_t syncs(std::string_view suffix) const;

  // Fails the `nth` call from now (1 is the next), of this kind if one is named. Half of a failed append is written.
  void fail(std::uint64_t nth, rocksdb::IOStatus error, std::optional<Call> only = std::nullopt);
  // From the `nth` call on nothing reaches the disk any more: this one and all after it fail.
  void cut_power(std::uint64_t nth = 1);

  enum class Loss : std::uint8_t {
    everything,      // all that was not synced, names too
    half_the_bytes,  // of each file the second half of what was not synced; names are kept
  };
  // What a machine finds when its power is back. Nothing may be open on this disk.
  void lose_unsynced(Loss loss = Loss::everything);

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* result,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* result,
                                       rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewDirectory(const std::string& path, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* result,
                                 rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;

 private:
  class File;
  class Folder;

  struct Content {
    std::string path;
    std::uint64_t size = 0;
    std::uint64_t synced = 0;
  };
  // What a name stood for when its folder was last synced.
  struct Before {
    std::filesystem::path copy;  // a link to it; empty when there was no such name
    std::shared_ptr<Content> content;
  };

  // Counts a call and decides whether it fails. With the mutex held.
  rocksdb::IOStatus step(Call call);
  // To be called before a name is made, replaced or removed. With the mutex held.
  void remember(const std::string& path);
  std::shared_ptr<Content> content(const std::string& path);
  void forget_before(const Before& before);

  mutable std::mutex mutex_;
  std::map<Call, std::uint64_t> calls_;
  std::map<std::string, std::uint64_t> syncs_;  // by path
  std::uint64_t total_ = 0;
  std::optional<std::uint64_t> power_cut_at_;
  struct Planned {
    std::uint64_t countdown;
    std::optional<Call> only;
    rocksdb::IOStatus error;
  };
  std::optional<Planned> planned_;
  std::map<std::string, std::shared_ptr<Content>> contents_;  // by path
  std::map<std::string, Before> unsynced_names_;              // by path
  std::uint64_t links_ = 0;
};

}  // namespace rollcall
