#include "tests/support/faulty_file_system.hpp"

#include <algorithm>
#include <utility>

namespace rollcall {

namespace fs = std::filesystem;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

class FaultyFileSystem::File final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  File(FaultyFileSystem& disk, std::shared_ptr<Content> content, std::unique_ptr<rocksdb::FSWritableFile> file)
      : FSWritableFileOwnerWrapper(std::move(file)), disk_(disk), content_(std::move(content)) {}

  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options, IODebugContext* debug) override {
    const std::lock_guard lock(disk_.mutex_);
    const auto status = disk_.step(Call::append);
    const bool dead = disk_.power_cut_at_ && disk_.total_ >= *disk_.power_cut_at_;
    const rocksdb::Slice written(data.data(), status.ok() ? data.size() : dead ? 0 : data.size() / 2);
    const auto real = target()->Append(written, options, debug);
    if (!real.ok()) return real;
    content_->size += written.size();
    return status;
  }
  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus Truncate(std::uint64_t size, const IOOptions& options, IODebugContext* debug) override {
    const std::lock_guard lock(disk_.mutex_);
    if (auto failed = disk_.step(Call::truncate); !failed.ok()) return failed;
    content_->size = size;
    content_->synced = std::min(content_->synced, size);
    return target()->Truncate(size, options, debug);
  }
  IOStatus Sync(const IOOptions&, IODebugContext*) override {
    const std::lock_guard lock(disk_.mutex_);
    if (auto failed = disk_.step(Call::sync); !failed.ok()) return failed;
    ++disk_.syncs_[content_->path];
    content_->synced = content_->size;
    return IOStatus::OK();
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override { return Sync(options, debug); }

 private:
  FaultyFileSystem& disk_;
  std::shared_ptr<Content> content_;
};

class FaultyFileSystem::Folder final : public rocksdb::FSDirectoryWrapper {
 public:
  Folder(FaultyFileSystem& disk, fs::path path, std::unique_ptr<rocksdb::FSDirectory> folder)
      : FSDirectoryWrapper(std::move(folder)), disk_(disk), path_(std::move(path)) {}

  IOStatus Fsync(const IOOptions&, IODebugContext*) override {
    const std::lock_guard lock(disk_.mutex_);
    if (auto failed = disk_.step(Call::sync_folder); !failed.ok()) return failed;
    std::erase_if(disk_.unsynced_names_, [&](const auto& name) {
      if (fs::path(name.first).parent_path() != path_) return false;
      disk_.forget_before(name.second);
      return true;
    });
    return IOStatus::OK();
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* debug,
                               const rocksdb::DirFsyncOptions&) override {
    return Fsync(options, debug);
  }

 private:
  FaultyFileSystem& disk_;
  fs::path path_;
};

namespace {

// RocksDB writes some paths with a double slash.
std::string normal(const std::string& path) { return fs::path(path).lexically_normal(); }

}  // namespace

std::uint64_t FaultyFileSystem::calls() const {
  const std::lock_guard lock(mutex_);
  return total_;
}

std::uint64_t FaultyFileSystem::calls(Call call) const {
  const std::lock_guard lock(mutex_);
  const auto at = calls_.find(call);
  return at == calls_.end() ? 0 : at->second;
}

std::uint64_t FaultyFileSystem::syncs(std::string_view suffix) const {
  const std::lock_guard lock(mutex_);
  std::uint64_t sum = 0;
  for (const auto& [path, count] : syncs_)
    if (std::string_view{path}.ends_with(suffix)) sum += count;
  return sum;
}

void FaultyFileSystem::fail(std::uint64_t nth, IOStatus error, std::optional<Call> only) {
  const std::lock_guard lock(mutex_);
  planned_ = Planned{nth, only, std::move(error)};
}

void FaultyFileSystem::cut_power(std::uint64_t nth) {
  const std::lock_guard lock(mutex_);
  power_cut_at_ = total_ + nth;
}

void FaultyFileSystem::lose_unsynced(Loss loss) {
  const std::lock_guard lock(mutex_);
  for (auto& [path, before] : unsynced_names_) {
    const bool folder_is_gone = !fs::exists(fs::path(path).parent_path());  // which this disk is not asked for
    if (loss == Loss::half_the_bytes || folder_is_gone) {
      forget_before(before);
      continue;
    }
    fs::remove(path);
    contents_.erase(path);
    if (before.copy.empty()) continue;
    fs::rename(before.copy, path);
    contents_[path] = before.content;
  }
  unsynced_names_.clear();
  for (auto& [path, content] : contents_) {
    const auto kept = loss == Loss::everything ? 0 : (content->size - content->synced) / 2;
    content->size = content->synced += kept;
    content->path = path;
    if (fs::exists(path)) fs::resize_file(path, content->size);
  }
  power_cut_at_.reset();
  planned_.reset();
}

IOStatus FaultyFileSystem::step(Call call) {
  ++total_;
  ++calls_[call];
  if (power_cut_at_ && total_ >= *power_cut_at_) return IOStatus::IOError("the power is cut");
  if (!planned_ || (planned_->only && *planned_->only != call) || --planned_->countdown > 0) return IOStatus::OK();
  const auto error = planned_->error;
  planned_.reset();
  return error;
}

std::shared_ptr<FaultyFileSystem::Content> FaultyFileSystem::content(const std::string& path) {
  auto& content = contents_[path];
  if (!content) {
    // Not written through this disk: it was there before.
    content = std::make_shared<Content>(Content{path});
    if (fs::exists(path)) content->size = content->synced = fs::file_size(path);
  }
  return content;
}

void FaultyFileSystem::remember(const std::string& path) {
  if (unsynced_names_.contains(path)) return;
  Before before;
  if (fs::exists(path)) {
    before.content = content(path);
    // Beside the folder, since RocksDB tidies up in it.
    const fs::path folder = fs::path(path).parent_path().native() + ".before";
    fs::create_directories(folder);
    before.copy = folder / std::to_string(++links_);
    fs::create_hard_link(path, before.copy);
  }
  unsynced_names_[path] = before;
}

void FaultyFileSystem::forget_before(const Before& before) {
  if (!before.copy.empty()) fs::remove(before.copy);
}

IOStatus FaultyFileSystem::NewWritableFile(const std::string& file, const rocksdb::FileOptions& options,
                                           std::unique_ptr<rocksdb::FSWritableFile>* result, IODebugContext* debug) {
  const std::lock_guard lock(mutex_);
  if (auto failed = step(Call::create); !failed.ok()) return failed;
  const auto path = normal(file);
  remember(path);
  fs::remove(path);  // a new file under the name, should it be taken: the one before may come back
  std::unique_ptr<rocksdb::FSWritableFile> real;
  if (auto failed = target()->NewWritableFile(path, options, &real, debug); !failed.ok()) return failed;
  contents_[path] = std::make_shared<Content>(Content{path});
  *result = std::make_unique<File>(*this, contents_[path], std::move(real));
  return IOStatus::OK();
}

IOStatus FaultyFileSystem::ReopenWritableFile(const std::string& file, const rocksdb::FileOptions& options,
                                              std::unique_ptr<rocksdb::FSWritableFile>* result, IODebugContext* debug) {
  const std::lock_guard lock(mutex_);
  if (auto failed = step(Call::create); !failed.ok()) return failed;
  const auto path = normal(file);
  if (!fs::exists(path)) remember(path);
  const auto known = content(path);
  std::unique_ptr<rocksdb::FSWritableFile> real;
  if (auto failed = target()->ReopenWritableFile(path, options, &real, debug); !failed.ok()) return failed;
  *result = std::make_unique<File>(*this, known, std::move(real));
  return IOStatus::OK();
}

IOStatus FaultyFileSystem::NewDirectory(const std::string& path, const IOOptions& options,
                                        std::unique_ptr<rocksdb::FSDirectory>* result, IODebugContext* debug) {
  std::unique_ptr<rocksdb::FSDirectory> real;
  if (auto failed = target()->NewDirectory(path, options, &real, debug); !failed.ok()) return failed;
  *result = std::make_unique<Folder>(*this, normal(path), std::move(real));
  return IOStatus::OK();
}

IOStatus FaultyFileSystem::DeleteFile(const std::string& file, const IOOptions& options, IODebugContext* debug) {
  const std::lock_guard lock(mutex_);
  if (auto failed = step(Call::remove); !failed.ok()) return failed;
  const auto path = normal(file);
  if (!fs::exists(path)) return target()->DeleteFile(path, options, debug);
  remember(path);
  contents_.erase(path);
  return target()->DeleteFile(path, options, debug);
}

IOStatus FaultyFileSystem::RenameFile(const std::string& old_file, const std::string& new_file,
                                      const IOOptions& options, IODebugContext* debug) {
  const std::lock_guard lock(mutex_);
  if (auto failed = step(Call::rename); !failed.ok()) return failed;
  const auto from = normal(old_file);
  const auto to = normal(new_file);
  remember(from);
  remember(to);
  const auto moved = content(from);
  contents_.erase(from);
  moved->path = to;
  contents_[to] = moved;
  return target()->RenameFile(from, to, options, debug);
}

}  // namespace rollcall
