#include "tests/support/where.hpp"

namespace rollcall::where {

std::filesystem::path source_folder() { return ROLLCALL_SOURCE_DIR; }

std::filesystem::path program() { return ROLLCALL_PROGRAM; }

}  // namespace rollcall::where
