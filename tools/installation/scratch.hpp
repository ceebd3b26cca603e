// A folder of our own for what RocksDB keeps while it reads beside a server; gone at the end.
#pragma once

#include <filesystem>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

namespace rollcall {

class Scratch {
 public:
  Scratch() : folder_(std::filesystem::temp_directory_path() / fmt::format("rollcall-{}", ::getpid())) {
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
