#include "tests/support/where.hpp"

#include <cstdlib>

namespace rollcall::where {

std::filesystem::path source_folder() { return ROLLCALL_SOURCE_DIR; }

std::filesystem::path program() { return ROLLCALL_PROGRAM; }

std::vector<std::string> program_environment() {
  std::vector<std::string> settings;
  for (const std::string name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"})
    if (const auto* value = std::getenv(name.c_str())) settings.push_back(name + "=" + value);
  return settings;
}

}  // namespace rollcall::where
