// Keys of an installation that take the place of others: where they lie while they do, and that nobody works on the
// folder meanwhile.
#pragma once

#include <filesystem>

#include "tools/installation/folder.hpp"

namespace rollcall {

// The key to come, from before the first thing that is done with it until everything is.
inline std::filesystem::path next_signing_key(const DataFolder& folder) { return folder.root / "signing.next"; }
inline std::filesystem::path next_wrapping_key(const DataFolder& folder) { return folder.root / "wrapping.next"; }

// The key in such a file, or in wrapping.key. Throws std::runtime_error when it is none.
DataKey wrapping_key_in(const std::filesystem::path& file);

// Throws UnfitFolder when a rotation was cut short: the keys do not fit what they are for.
void refuse_half_rotated(const DataFolder& folder);

}  // namespace rollcall
