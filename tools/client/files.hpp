// Files that a subcommand reads, and those it writes.
#pragma once

#include <initializer_list>
#include <string>

namespace rollcall::tools {

// All of it; "-" is what comes on standard input. Throws Failure.
std::string read_file(const std::string& file);

// Before anything is asked for: can this file, which `option` names, be written, and is it none of those that are read?
// Throws CLI::ValidationError, or Failure.
void check_target(const std::string& option, const std::string& file, std::initializer_list<std::string> read);

}  // namespace rollcall::tools
