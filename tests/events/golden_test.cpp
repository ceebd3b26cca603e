// The bytes of every event in every version ever written, kept in tests/golden/. Old bytes are read for ever: a file
// that was released is never changed, a new version gets new files. ROLLCALL_UPDATE_GOLDEN=1 writes those of today's
// events.
#include "tests/support/golden.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "events/catalogue.hpp"
#include "events/entry.hpp"
#include "events/hash.hpp"
#include "events/json.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/filled.hpp"

namespace rollcall::testing {
namespace {

const auto folder = golden::folder();
const golden::Keys keys;
using golden::file_of;
using golden::text_of;

// Hexadecimal, 32 bytes a line, so that a diff shows where bytes differ.
std::string in_lines(std::string_view bytes) {
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 32) text.append(to_hex(bytes.substr(at, 32))).push_back('\n');
  return text;
}

std::string as_json(const Recorded& entry) {
  json::object document{{"envelope", to_json(entry.envelope)}};
  document["data"] = visit([](const auto& event) { return to_json(event); }, entry.event);
  return indented_json(document);
}

bool updating() { return std::getenv("ROLLCALL_UPDATE_GOLDEN") != nullptr; }

TEST_CASE("today's events are written to their golden bytes, every field filled") {
  for (const auto& event : every_event_filled()) {
    const auto entry = entry_of(event);
    const auto& [type, version] = std::pair{entry.envelope.type, entry.envelope.version};
    const auto bytes = in_lines(encode_entry(entry.envelope, entry.event, keys));
    const auto hex_file = file_of(type, version, ".hex");
    const auto json_file = file_of(type, version, ".json");
    if (updating()) {
      std::ofstream(hex_file, std::ios::binary) << bytes;
      std::ofstream(json_file, std::ios::binary) << as_json(entry);
    }
    INFO("in " << folder.string() << ", for " << type << " version " << version);
    CHECK(text_of(hex_file) == bytes);
    CHECK(text_of(json_file) == as_json(entry));
  }
}

TEST_CASE("golden bytes of every version ever written are read, as today's events") {
  for (const auto& [type, version] : EventVersions::names) {
    INFO("for " << type << " version " << version);
    const auto bytes = golden::bytes_of(type, version);
    REQUIRE(bytes);
    CHECK(as_json(decode_entry(*bytes, &keys)) == text_of(file_of(type, version, ".json")));
  }
}

TEST_CASE("there are no golden bytes that nothing reads any more") {
  std::size_t files = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    const auto name = file.path().filename().string();
    const auto known = std::any_of(EventVersions::names.begin(), EventVersions::names.end(), [&](const auto& one) {
      return name == file_of(one.type, one.version, ".hex").filename() ||
             name == file_of(one.type, one.version, ".json").filename();
    });
    INFO(name);
    CHECK(known);
    ++files;
  }
  CHECK(files == 2 * EventVersions::names.size());
}

}  // namespace
}  // namespace rollcall::testing
