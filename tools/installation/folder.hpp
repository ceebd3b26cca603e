// The data folder: what lies where in it, that it is whole before anything is opened, and that one process has it.
#pragma once

#include <filesystem>
#include <functional>
#include <stdexcept>

#include "events/personal.hpp"

namespace rollcall {

// The folder's layout. The keys are files of mode 0600.
struct DataFolder {
  std::filesystem::path root;
  std::filesystem::path format() const { return root / "FORMAT"; }        // written last when a folder begins
  std::filesystem::path beginning() const { return root / "BEGINNING"; }  // there only while it does
  std::filesystem::path restoring() const { return root / "RESTORING"; }  // there only while a backup is brought back
  std::filesystem::path lock() const { return root / "LOCK"; }
  std::filesystem::path signing_key() const { return root / "signing.key"; }
  std::filesystem::path wrapping_key() const { return root / "wrapping.key"; }
  std::filesystem::path operator_key() const { return root / "operator.key"; }
  std::filesystem::path log() const { return root / "log"; }
  std::filesystem::path keys() const { return root / "keys"; }
  std::filesystem::path views() const { return root / "views"; }
  // Decision state as a replay makes it: of a version to come, until it counts, and to compare with the one there is.
  std::filesystem::path migrating() const { return root / "migrating"; }
  std::filesystem::path checking() const { return root / "checking"; }
  std::filesystem::path mailer_cursor() const { return root / "mailer.cursor"; }
  std::filesystem::path mailer_parked() const { return root / "mailer.parked"; }
  std::filesystem::path outbox() const { return root / "outbox"; }
};

// The key that wraps the key store, from its file. Throws std::runtime_error when it is none.
DataKey read_wrapping_key(const DataFolder& folder);

// The folder is not what it should be: not there, another thing, of another format, or without a part. It will not be
// by itself: somebody has to look.
struct UnfitFolder : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Another process has the folder.
struct FolderInUse : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The folder is this process's alone until the end of it.
class FolderLock {
 public:
  // Throws FolderInUse, which names the other process, when there is one.
  explicit FolderLock(const DataFolder& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_ = -1;
};

// What can be said of a folder before it is touched. Each throws UnfitFolder with a sentence for people.

// An installation of this format, with all its parts? False when it is none; throws when it lacks a part, or is of
// another format.
bool is_installation(const DataFolder& folder);
// Throws when it is none, too.
void require_installation(const DataFolder& folder);
// May an installation begin here: in an empty folder, or with `create` in one that is not there?
void check_beginning(const DataFolder& folder, bool create);

// Removes whatever of an installation is there.
void clear(const DataFolder& folder);
// The folder is one: the last thing that is written of it.
void write_format(const DataFolder& folder);

// Takes the note of a beginning or a restore away from a folder that is whole: what was cut short just before that is
// done, and the note would let the next one clear it.
void finish_beginning(const DataFolder& folder);

// Begins one: `make` makes all parts, the format is written behind it. A beginning that was cut short left nothing that
// anybody was told of, and is cleared away by the next one.
void begin_installation(const DataFolder& folder, const std::function<void()>& make);

}  // namespace rollcall
