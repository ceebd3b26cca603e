// Other programs run by tests, as people run them.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::testing {

struct CommandResult {
  int code = -1;  // 128 and more: ended by a signal
  std::string out;
  std::string err;
};

// Runs it in this folder, where it leaves what went in and came out, with this environment ("NAME=value") and no other.
// It never outlives the tests.
CommandResult run_command(std::vector<std::string> command, std::vector<std::string> environment,
                          const std::filesystem::path& folder, std::string_view input = {});

}  // namespace rollcall::testing
