// The data keys in a RocksDB of their own, wrapped under a key that is kept elsewhere: destroying one here erases a
// person, and neither the log nor its proofs notice.
#pragma once

#include <filesystem>
#include <memory>

#include "adapters/rocksdb/storage.hpp"
#include "events/log.hpp"

namespace rollcall {

// Begins an empty key store under `wrapping`, or opens the one that was begun. Only here secrets are made: everywhere
// else one that is missing is a damage. Throws StorageError.
std::unique_ptr<KeyStore> begin_keys(const std::filesystem::path& folder, const DataKey& wrapping,
                                     const StorageOptions& options = {});

// Opens the key store in `folder` for this process alone. Throws StorageError; also when it is wrapped under another
// key, and StorageCorrupt when it lacks what each begins with: a file of it is gone.
std::unique_ptr<KeyStore> open_keys(const std::filesystem::path& folder, const DataKey& wrapping,
                                    const StorageOptions& options = {});

// Opens it for reading as it is now, beside the process that writes it or without one. What would change it throws.
// To read a log with it open the log first: then all keys it needs are here. `scratch` as for open_log_beside.
std::unique_ptr<KeyStore> open_keys_beside(const std::filesystem::path& folder, const std::filesystem::path& scratch,
                                           const DataKey& wrapping, const StorageOptions& options = {});

// Copies the store as it is now, wrapped as it is, beside the process that writes it or without one. `to` must not be
// there; it is durable on return. `scratch` as for open_log_beside. Throws StorageError.
void copy_key_store_beside(const std::filesystem::path& folder, const std::filesystem::path& scratch,
                           const std::filesystem::path& to, const StorageOptions& options = {});

}  // namespace rollcall
