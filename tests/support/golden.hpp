// The golden files: the bytes of every event in every version ever written, each with what it is as JSON today.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "events/hash.hpp"
#include "events/personal.hpp"
#include "tests/support/where.hpp"

namespace rollcall::testing::golden {

// Fixed for ever, as the files are.
class Keys final : public KeyRing {
 public:
  std::optional<DataKey> find(KeyNumber number) const override {
    return sha256("golden key " + std::to_string(number));
  }
};

inline std::filesystem::path folder() { return where::source_folder() / "tests" / "golden"; }

inline std::filesystem::path file_of(std::string_view type, unsigned version, std::string_view ending) {
  return folder() / (std::string{type} + ".v" + std::to_string(version) + std::string{ending});
}

inline std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return "there is no " + file.filename().string() + "\n";
  return {std::istreambuf_iterator<char>(in), {}};
}

// The bytes of an entry; nothing when the file is not there.
inline std::optional<std::string> bytes_of(std::string_view type, unsigned version) {
  auto text = text_of(file_of(type, version, ".hex"));
  std::erase(text, '\n');
  return from_hex(text);
}

}  // namespace rollcall::testing::golden
