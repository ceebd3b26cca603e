// The keys of an installation, taken away and brought back: the key store, and the three files beside the data.
#pragma once

#include <filesystem>
#include <functional>

#include "events/proof/note.hpp"
#include "tools/installation/folder.hpp"

namespace rollcall::tools {

// Copies the keys, beside the process that writes them or without one, in the place of the copy that is there: after a
// crash `to` has the one or the other. `fits` throws when the signing key that was copied is not the one it should be:
// then the copy before stays, as it does when keys and what wraps them do not fit, since they were rotated meanwhile.
// `scratch` as for open_keys_beside. Throws Failure or StorageError.
void copy_keys(const DataFolder& data, const std::filesystem::path& to, const std::filesystem::path& scratch,
               const std::function<void(const SigningKey& copied)>& fits);
// Throws Failure when what is there is no copy of keys, or lacks a part of one. Writes nothing.
void check_copy_of_keys(const std::filesystem::path& from);
// Puts a copy into a folder that has none. Throws Failure when the copy lacks a part.
void bring_back_keys(const std::filesystem::path& from, const DataFolder& data);

}  // namespace rollcall::tools
