// A folder of our own, empty at first and gone at the end.
#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

namespace rollcall {

class Scratch {
 public:
  // Below TMPDIR or /tmp.
  Scratch() : Scratch(std::filesystem::temp_directory_path() / fmt::format("rollcall-{}", ::getpid())) {}
  explicit Scratch(std::filesystem::path folder) : folder_(std::move(folder)) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~Scratch() {
    std::error_code ignored;  // a folder left behind in /tmp is no reason to fail
    std::filesystem::remove_all(folder_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }

 private:
  std::filesystem::path folder_;
};

}  // namespace rollcall
