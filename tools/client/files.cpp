#include "tools/client/files.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "tools/failure.hpp"

namespace rollcall::tools {

namespace fs = std::filesystem;

std::string read_file(const std::string& file) {
  std::ostringstream text;
  if (file == "-") {
    text << std::cin.rdbuf();
    if (std::cin.bad()) throw Failure("cannot read standard input");
    return std::move(text).str();
  }
  if (fs::is_directory(file)) throw Failure(fmt::format("{} is a folder", file));
  std::ifstream in(file, std::ios::binary);
  if (in) text << in.rdbuf();
  if (!in || in.bad()) throw Failure(fmt::format("cannot read {}", file));
  return std::move(text).str();
}

void check_target(const std::string& option, const std::string& file, std::initializer_list<std::string> read) {
  if (file.empty() || file == "-") throw CLI::ValidationError(option, "names a file");
  std::error_code ignored;
  for (const auto& other : read)
    if (fs::path{file}.lexically_normal() == fs::path{other}.lexically_normal() || fs::equivalent(file, other, ignored))
      throw CLI::ValidationError(option, file + " is named by another option as well: name another file");
  const bool was_there = fs::exists(file, ignored);
  errno = 0;
  if (!std::ofstream(file, std::ios::binary | std::ios::app))
    throw Failure(fmt::format("cannot write {}: {}", file, std::strerror(errno)));
  if (!was_there) fs::remove(file, ignored);
}

}  // namespace rollcall::tools
