// A backup's folder: what it holds, read and added to. See README.md for its layout.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/log.hpp"
#include "events/proof/merkle.hpp"

namespace rollcall::tools {

class BackupFolder {
 public:
  // What is whole in it.
  struct Head {
    Frontier frontier;       // of the tree over its entries
    std::string cursor;      // the mailer's, as its file had it; may be empty
    std::string checkpoint;  // signed note over frontier.size() entries
  };

  explicit BackupFolder(std::filesystem::path root) : root_(std::move(root)) {}

  const std::filesystem::path& root() const { return root_; }
  // Nothing when the folder is empty or not there. Throws Failure when it is something else, or damaged.
  std::optional<Head> head() const;
  // Durable on return: from now on the backup is this.
  void write_head(const Head& head) const;

  // The first `size` entries in order; false ends the reading. Throws Failure when one is missing.
  void read(std::uint64_t size, const LogReader::Visit& visit) const;
  // Of the first `size` entries those in the last file; that the files before it are there. Throws Failure likewise.
  void read_last_file(std::uint64_t size, const LogReader::Visit& visit) const;

 private:
  std::filesystem::path root_;
};

// Adds entries behind those that a backup has. What was written behind these before is cut off.
class BackupWriter {
 public:
  // Gets what was written, piece by piece: entries as append_to_bundle puts them together.
  using Written = std::function<void(std::string bundle)>;
  // Throws Failure when the entries that should be there are not.
  BackupWriter(const std::filesystem::path& root, std::uint64_t size, Written written);
  ~BackupWriter();
  BackupWriter(const BackupWriter&) = delete;
  BackupWriter& operator=(const BackupWriter&) = delete;

  void add(std::string_view entry);
  // Makes all of it durable.
  void finish();

 private:
  void open_segment(std::uint64_t keep_entries);
  void write_out();
  void close_segment();

  std::filesystem::path entries_;
  std::uint64_t size_;
  Written written_;
  std::string buffer_;
  int descriptor_ = -1;
  std::int64_t on_its_way_ = 0;                  // up to where the file is on its way to the disk
  std::vector<std::filesystem::path> unsynced_;  // files that are not durable yet
};

// One process at a time in this folder, which is made if it is not there. Throws Failure.
class BackupLock {
 public:
  explicit BackupLock(const std::filesystem::path& root);
  ~BackupLock();
  BackupLock(const BackupLock&) = delete;
  BackupLock& operator=(const BackupLock&) = delete;

 private:
  int descriptor_ = -1;
};

}  // namespace rollcall::tools
