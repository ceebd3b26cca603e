// Decision state made anew from the log: to check the state that is stored, to put it right, and to bring state of
// another version to this one. Neither state nor log is ever in memory as a whole.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/rocksdb/log.hpp"
#include "adapters/rocksdb/views.hpp"
#include "domain/persons/address.hpp"
#include "tools/installation/folder.hpp"

namespace rollcall {

using ReplayProgress = std::function<void(Position done, Position total)>;

// A replay in a folder of its own. What an earlier one has done there is gone on with, if it was of this version and
// of this log.
class StateReplay {
 public:
  // Makes the folder, and has it alone: throws FolderInUse.
  explicit StateReplay(const std::filesystem::path& folder);
  // Folds the events before `up_to` that are not in yet. Throws when the storage fails or the log is damaged.
  void run(const LogReader& log, const KeyRing& keys, const Claims& claims, Position up_to,
           const ReplayProgress& progress);
  ViewStore::Snapshot state() const { return store_->snapshot(); }

 private:
  FolderLock lock_;
  Views stores_;
  std::shared_ptr<ViewStore> store_;
};

// Is the state that is stored of this version of the decision tables?
bool is_of_this_version(const LogReader& log);

// Changes the state that is stored to `wanted`, and says how many rows that were. Its version is written last: what was
// cut short is seen as state of another version.
std::size_t correct_state(StoredLog& log, const ViewStore::Snapshot& wanted);

// Both in one: replays in `folder`, corrects the stored state, and removes the folder. Killed in the middle it is gone
// on with by the next call.
void migrate_state(StoredLog& log, const KeyRing& keys, const Claims& claims, const std::filesystem::path& folder,
                   const ReplayProgress& progress);

// What to change so that `rows` become `wanted`, row by row: the key, and the value it is to have, or nothing where it
// has to go.
void for_each_difference(const Rows& rows, const Rows& wanted,
                         const std::function<void(std::string_view key, std::optional<std::string> value)>& differs);
// The first rows that differ, for people.
std::vector<std::string> first_differences(const Rows& rows, const Rows& wanted);

}  // namespace rollcall
