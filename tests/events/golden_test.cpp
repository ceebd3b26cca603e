// The bytes of every event in every version ever written, kept in tests/golden/. Old bytes are read for ever: a file
// that was released is never changed, a new version gets new files. ROLLCALL_UPDATE_GOLDEN=1 writes those of today's
// events.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "events/catalogue.hpp"
#include "events/entry.hpp"
#include "events/hash.hpp"
#include "events/json.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/filled.hpp"
#include "tests/support/where.hpp"

namespace rollcall::testing {
namespace {

// Fixed for ever, as the files are.
class GoldenKeys final : public KeyRing {
 public:
  std::optional<DataKey> find(KeyNumber number) const override {
    return sha256("golden key " + std::to_string(number));
  }
};
const GoldenKeys keys;

const std::filesystem::path folder = where::source_folder() / "tests" / "golden";

std::filesystem::path file_of(std::string_view type, unsigned version, std::string_view ending) {
  return folder / (std::string{type} + ".v" + std::to_string(version) + std::string{ending});
}

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return "there is no " + file.filename().string() + "\n";
  return {std::istreambuf_iterator<char>(in), {}};
}

// Hexadecimal, 32 bytes a line, so that a diff shows where bytes differ.
std::string in_lines(std::string_view bytes) {
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 32) text.append(to_hex(bytes.substr(at, 32))).push_back('\n');
  return text;
}

std::optional<std::string> from_lines(std::string text) {
  std::erase(text, '\n');
  return from_hex(text);
}

void write_indented(std::string& out, const json::value& value, std::size_t depth) {
  const auto list = [&](char open, char close, const auto& members, auto&& write) {
    out.push_back(open);
    bool first = true;
    for (const auto& member : members) {
      out.append(first ? "\n" : ",\n").append(2 * depth + 2, ' ');
      write(member);
      first = false;
    }
    out.append("\n").append(2 * depth, ' ').push_back(close);
  };
  if (value.is_object() && !value.get_object().empty()) {
    list('{', '}', value.get_object(), [&](const json::key_value_pair& member) {
      out.append(json::serialize(json::value(member.key()))).append(": ");
      write_indented(out, member.value(), depth + 1);
    });
  } else if (value.is_array() && !value.get_array().empty()) {
    list('[', ']', value.get_array(), [&](const json::value& member) { write_indented(out, member, depth + 1); });
  } else {
    out.append(json::serialize(value));
  }
}

std::string as_json(const Recorded& entry) {
  json::object document{{"envelope", to_json(entry.envelope)}};
  document["data"] = std::visit([](const auto& event) { return to_json(event); }, entry.event);
  std::string text;
  write_indented(text, document, 0);
  return text + "\n";
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
  for (const auto& [type, version] : Catalogue<Event>::names) {
    INFO("for " << type << " version " << version);
    const auto bytes = from_lines(text_of(file_of(type, version, ".hex")));
    REQUIRE(bytes);
    CHECK(as_json(decode_entry(*bytes, &keys)) == text_of(file_of(type, version, ".json")));
  }
}

TEST_CASE("there are no golden bytes that nothing reads any more") {
  std::size_t files = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    const auto name = file.path().filename().string();
    const auto known =
        std::any_of(Catalogue<Event>::names.begin(), Catalogue<Event>::names.end(), [&](const auto& one) {
          return name == file_of(one.type, one.version, ".hex").filename() ||
                 name == file_of(one.type, one.version, ".json").filename();
        });
    INFO(name);
    CHECK(known);
    ++files;
  }
  CHECK(files == 2 * Catalogue<Event>::names.size());
}

}  // namespace
}  // namespace rollcall::testing
