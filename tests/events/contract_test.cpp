// The contract with consumers, kept in tests/contract/: a schema that was released changes in no way that breaks them.
// ROLLCALL_UPDATE_CONTRACT=1 writes what is new or changed without harm.
#include "events/contract.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "events/catalogue.hpp"
#include "events/facts.hpp"
#include "projections/views/members.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/where.hpp"

namespace rollcall::testing {
namespace {

const std::filesystem::path folder = where::source_folder() / "tests" / "contract";

std::filesystem::path file_of(const Schema& schema) { return folder / (schema.name() + ".json"); }

std::string text_of(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return std::move(text).str();
}

// What is wrong with changing the file to this schema; the file is written when nothing is and that was asked for.
std::vector<std::string> changes_of(const Schema& schema) {
  const auto file = file_of(schema);
  const auto now = indented_json(schema.document);
  const auto before = text_of(file);
  if (before == now) return {};
  if (!before.empty()) {
    auto broken = breaking_changes(json::parse(before), schema.document);
    if (!broken.empty()) {
      broken.emplace_back("consumers rely on this: leave it as it is, and make the change a new version");
      return broken;
    }
  }
  if (std::getenv("ROLLCALL_UPDATE_CONTRACT") == nullptr)
    return {"the file is not as the schema, and nothing breaks: run this with ROLLCALL_UPDATE_CONTRACT=1"};
  std::ofstream(file, std::ios::binary) << now;
  return {};
}

TEST_CASE("no schema changed in a way that breaks consumers, and each is as its file") {
  for (const auto& schema : contract()) {
    const auto changes = changes_of(schema);
    for (const auto& change : changes) UNSCOPED_INFO(file_of(schema).filename().string() << " " << change);
    CHECK(changes.empty());
  }
}

TEST_CASE("what was promised once is still there") {
  std::set<std::string> known;
  for (const auto& schema : contract()) known.insert(file_of(schema).filename().string());
  std::size_t files = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (file.path().extension() != ".json") continue;
    INFO(file.path().filename().string() << ": consumers have events of this type and version for ever");
    CHECK(known.contains(file.path().filename().string()));
    ++files;
  }
  CHECK(files == known.size());
}

// ---- what breaks --------------------------------------------------------------------------------------------------

json::value shape() {
  return json::parse(R"({
    "$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:rollcall:schema:Painted:1",
    "title": "Painted.v1", "description": "A wall",
    "type": "object",
    "properties": {
      "colour": {"type": "string", "enum": ["red", "blue"]},
      "coats": {"type": "integer", "minimum": 0, "maximum": 255},
      "wall": {"type": "string", "pattern": "^wall_[0-9]$"},
      "at": {"type": "string", "format": "date-time", "description": "when"},
      "painter": {"type": ["string", "null"], "x-personal-data": true},
      "layers": {"type": "array", "items": {
        "type": "object", "properties": {"name": {"type": "string"}, "a/b": {"type": "boolean"}}, "required": ["name"]}}
    },
    "required": ["colour", "coats"]})");
}

// What is found when this is put into the shape at a pointer.
std::vector<std::string> after(std::string_view pointer, const json::value& value) {
  const auto before = shape();
  auto changed = before;
  const auto slash = pointer.rfind('/');
  changed.at_pointer(pointer.substr(0, slash)).as_object()[pointer.substr(slash + 1)] = value;
  return breaking_changes(before, changed);
}

std::vector<std::string> after_removing(std::string_view pointer, std::string_view name) {
  auto changed = shape();
  changed.at_pointer(pointer).as_object().erase(name);
  return breaking_changes(shape(), changed);
}

using Found = std::vector<std::string>;

TEST_CASE("a change that breaks a consumer is found, with a pointer to it") {
  CHECK(after_removing("/properties", "at") == Found{"/properties/at: is gone"});
  CHECK(after_removing("/properties/layers/items/properties", "a/b") ==
        Found{"/properties/layers/items/properties/a~1b: is gone"});
  CHECK(after_removing("", "properties").size() == 6);
  CHECK(after("/required", {"colour"}) == Found{R"(/required: "coats" is no longer always there)"});
  CHECK(after("/required", {"colour", "coats", "wall"}) == Found{R"(/required: "wall" was not always there)"});
  CHECK(after_removing("", "required").size() == 2);
  CHECK(after_removing("/properties/layers/items", "required") ==
        Found{R"(/properties/layers/items/required: "name" is no longer always there)"});
  CHECK(after("/properties/coats/type", {"integer", "null"}) ==
        Found{R"(/properties/coats/type: "null" is new among them)"});
  CHECK(after("/properties/coats/type", "string") ==
        Found{R"(/properties/coats/type: "integer" is no longer among them)",
              R"(/properties/coats/type: "string" is new among them)"});
  CHECK(after("/properties/painter/type", "string") ==
        Found{R"(/properties/painter/type: "null" is no longer among them)"});
  CHECK(after_removing("/properties/coats", "type") ==
        Found{R"(/properties/coats/type: was "integer" and is nothing)"});
  CHECK(after("/properties/colour/enum", {"red", "blue", "green"}) ==
        Found{R"(/properties/colour/enum: "green" is new among them)"});
  CHECK(after("/properties/colour/enum", {"red"}) ==
        Found{R"(/properties/colour/enum: "blue" is no longer among them)"});
  CHECK(after_removing("/properties/colour", "enum").size() == 1);
  CHECK(after("/properties/wall/enum", {"wall_1"}).size() == 1);
  CHECK(after("/properties/wall/pattern", "^wall_[0-9]+$").size() == 1);
  CHECK(after("/properties/at/format", "date").size() == 1);
  CHECK(after_removing("/properties/at", "format").size() == 1);
  CHECK(after("/properties/coats/maximum", 65'535) == Found{"/properties/coats/maximum: was 255 and is 65535"});
  CHECK(after_removing("/properties/coats", "maximum").size() == 1);
  CHECK(after("/properties/wall/maxLength", 6).size() == 1);
  CHECK(after("/properties/wall", {{"anyOf", {{{"type", "string"}}, {{"type", "null"}}}}}).size() == 3);
  CHECK(after("/properties/layers/items/properties/name/type", "integer").size() == 2);
  CHECK(after_removing("/properties/layers", "items").size() == 1);
  CHECK(after_removing("/properties/painter", "x-personal-data").size() == 1);
  CHECK(after("/additionalProperties", false).size() == 1);
  CHECK(after("/$id", "urn:rollcall:schema:Painted:2").size() == 1);
  CHECK(breaking_changes(shape(), true).size() == 1);
}

TEST_CASE("an enumeration may get further words, and loses none") {
  json::value before = {{"type", "string"}, {"x-extensible-enum", {"red", "blue"}}};
  json::value more = {{"type", "string"}, {"x-extensible-enum", {"red", "blue", "green"}}};
  CHECK(breaking_changes(before, more).empty());
  CHECK(breaking_changes(more, before) == Found{R"(/x-extensible-enum: "green" is no longer among them)"});
  CHECK(find_schema("CommandRejected"));
  CHECK(json::serialize(find_schema("PartnerInvited")->document).find("\"enum\"") == std::string::npos);
}

TEST_CASE("prose, an order, and a member that need not be there break nobody") {
  CHECK(breaking_changes(shape(), shape()).empty());
  CHECK(after("/description", "Another wall").empty());
  CHECK(after("/title", "Wall").empty());
  CHECK(after("/properties/at/description", "when it was dry").empty());
  CHECK(after("/properties/wall/description", "which").empty());
  CHECK(after("/properties/wall/examples", {"wall_1"}).empty());
  CHECK(after_removing("/properties/at", "description").empty());
  CHECK(after("/properties/price", {{"type", "integer"}}).empty());
  CHECK(after("/properties/layers/items/properties/price", {{"type", "integer"}}).empty());
  CHECK(after("/required", {"coats", "colour"}).empty());
  CHECK(after("/properties/colour/enum", {"blue", "red"}).empty());
  CHECK(after("/properties/painter/type", {"null", "string"}).empty());
  CHECK(after("/properties/coats/type", json::array{"integer"}).empty());
}

// ---- what is said -------------------------------------------------------------------------------------------------

TEST_CASE("there is a schema of every version of every event, under its name and its URN") {
  CHECK(contract().size() == EventVersions::names.size() + 1);
  for (const auto& name : EventVersions::names) {
    const auto* schema = find_schema(std::string{name.type} + ".v" + std::to_string(name.version));
    REQUIRE(schema);
    CHECK(schema->document.at("$id") == json::value(schema->urn()));
    CHECK(find_schema(schema->urn()) == schema);
    CHECK(find_schema(name.type)->version >= name.version);
  }
  CHECK(find_schema("UserRow") == find_schema("UserRow.v1"));
  CHECK_FALSE(find_schema("Painted"));
  CHECK_FALSE(find_schema(""));
}

TEST_CASE("what goes out may get more members, and is left out where it is absent") {
  const auto& invited = find_schema("PartnerInvited")->document;
  CHECK_FALSE(invited.contains("additionalProperties"));
  CHECK(invited.at("properties").at("invited_by").at("type") == "string");
  CHECK(invited.at("properties").at("email").at("type") == json::array{"string", "null"});
  CHECK(invited.at("properties").at("email").at("x-personal-data") == true);
  for (const auto& schema : contract())
    CHECK(json::serialize(schema.document).find("additionalProperties") == std::string::npos);
}

TEST_CASE("a row of the users topic has the words of the Users list") {
  const auto& properties = find_schema(user_row_type)->document.at("properties");
  const auto words_of = [&](std::string_view name) { return properties.at(name).at("x-extensible-enum"); };
  CHECK(words_of("status") == Json<projections::Status>::schema().at("enum"));
  CHECK(words_of("role") == Json<projections::Role>::schema().at("enum"));
  CHECK(words_of("kind") == Json<MemberKind>::schema().at("enum"));
  CHECK(words_of("invitation") == json::array{"pending", "expired"});
  constexpr std::size_t came_later = 2;  // frozen_until, teams
  CHECK(find_schema(user_row_type)->document.at("required").as_array().size() + came_later ==
        properties.as_object().size());
}

}  // namespace
}  // namespace rollcall::testing
