// Another key for what wraps the data keys.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "adapters/rocksdb/storage.hpp"
#include "events/log.hpp"

namespace rollcall {

// Wraps every row of the key store under `to`, which was wrapped under `from`: durable on return, however often it was
// cut short before, and nothing of what was wrapped before is left in the store's files. Until it has returned the
// store is open under neither of them alone. How many rows there are. Throws StorageError; StorageCorrupt when a row is
// wrapped under neither.
std::uint64_t rewrap_keys(const std::filesystem::path& folder, const DataKey& from, const DataKey& to,
                          const std::function<void(std::uint64_t done, std::uint64_t total)>& progress = {},
                          const StorageOptions& options = {});

}  // namespace rollcall
