// Where the project's files and the program under test are, for tests that read or run them.
#pragma once

#include <filesystem>

namespace rollcall::where {

// The root of the source tree.
std::filesystem::path source_folder();

// The `rollcall` program of this build.
std::filesystem::path program();

}  // namespace rollcall::where
