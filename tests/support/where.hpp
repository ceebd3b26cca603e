// Where the project's files and the program under test are, for tests that read or run them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace rollcall::where {

// The root of the source tree.
std::filesystem::path source_folder();

// The `rollcall` program of this build.
std::filesystem::path program();
// Its environment, as far as tests leave it one: how the sanitizers it may be built with behave.
std::vector<std::string> program_environment();

}  // namespace rollcall::where
