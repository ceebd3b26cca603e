// Decision state of another version, or of another length than the log, brought to what the log says.
#pragma once

#include <filesystem>
#include <functional>

#include "adapters/rocksdb/log.hpp"
#include "domain/persons/address.hpp"

namespace rollcall {

// Replays the log into a store of its own below `scratch`, which is removed before and after, then changes the state
// that is stored to what came out. Neither is ever in memory as a whole. Killed in the middle it begins anew at the
// next start, since the version of the state is written last. Throws when the storage fails or the log is damaged.
void migrate_state(StoredLog& log, const KeyRing& keys, const Claims& claims, const std::filesystem::path& scratch,
                   const std::function<void(Position done, Position total)>& progress);

}  // namespace rollcall
