#include "events/contract.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <tuple>
#include <utility>

#include "events/catalogue.hpp"
#include "events/cloud_event.hpp"
#include "events/facts.hpp"

namespace rollcall {
namespace {

using Events = EventVersions;

// ---- events -------------------------------------------------------------------------------------------------------

// A generated schema says what is read, strictly. What goes out may get further members one day, and its enumerations
// further words; what is absent is left out instead of being null.
// An enumeration that may get further words: validators take any text, readers see the words there are.
constexpr std::string_view open_words = "x-extensible-enum";

json::object with_open_words(json::object schema) {
  if (const auto* closed = schema.if_contains("enum")) {
    schema[open_words] = *closed;
    schema.stable_erase("enum");
  }
  return schema;
}

json::object as_published(json::object schema) {
  if (const auto* choice = schema.if_contains("anyOf")) {
    auto present = choice->as_array().at(0).as_object();
    for (const auto& [keyword, value] : schema)
      if (keyword != "anyOf") present[keyword] = value;
    schema = std::move(present);
  }
  schema.stable_erase("additionalProperties");
  schema = with_open_words(std::move(schema));
  if (auto* properties = schema.if_contains("properties"))
    for (auto& property : properties->as_object())
      property.value() = as_published(std::move(property.value().as_object()));
  if (auto* items = schema.if_contains("items")) *items = as_published(std::move(items->as_object()));
  return schema;
}

constexpr std::string_view later =
    "Further members may come, and further words of an enumeration: pass over members that are not named here, and "
    "take "
    "a word that is not named here for one of another kind.";

Schema make_schema(std::string_view type, std::uint16_t version, const std::string& description,
                   const json::object& shape) {
  Schema schema{std::string{type}, version, {}};
  schema.document = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                     {"$id", schema.urn()},
                     {"title", schema.name()},
                     {"description", description + ' ' + std::string{later}}};
  for (const auto& [keyword, value] : shape) schema.document[keyword] = value;
  return schema;
}

Schema schema_of_event(const Events::Name& name) {
  return make_schema(name.type, name.version,
                     "Data of events of type " + cloud_event_type(name.type, name.version) + ".",
                     as_published(Events::schema(name).as_object()));
}

// ---- rows of the users topic --------------------------------------------------------------------------------------

json::object nullable(json::value schema) {
  auto& object = schema.as_object();
  object["type"] = json::array{object.at("type"), "null"};
  return std::move(object);
}

json::value words(std::initializer_list<std::string_view> all) {
  return {{"type", "string"}, {open_words, json::array(all.begin(), all.end())}};
}

Schema schema_of_user_row() {
  const auto time = nullable(Json<Time>::schema());
  const auto personal = Json<Personal>::schema();
  json::object properties;
  json::array required;
  const auto add = [&](std::string_view name, json::value schema, std::string_view description) {
    schema.as_object()["description"] = description;
    properties.emplace(name, std::move(schema));
    required.emplace_back(name);
  };
  // What was not always there is not in rows that were published before.
  const auto add_later = [&](std::string_view name, json::value schema, std::string_view description) {
    add(name, std::move(schema), description);
    required.pop_back();
  };
  json::value id = {{"type", "string"}, {"pattern", "^(usr|inv)_[0-7][0-9a-hjkmnp-tv-z]{25}$"}};
  add("account", Json<AccountId>::schema(), "App id of the account");
  add("id", std::move(id), "The membership, or the invitation while nobody has accepted it");
  add("person", Json<PersonId>::schema(), "The person, the same in every account");
  add("kind", with_open_words(Json<MemberKind>::schema().as_object()), "Partners take no seat");
  add("partner", Json<bool>::schema(), "Whether the kind is partner");
  add("name", personal, "Null when it is unknown, erased or not published");
  add("email", personal, "Null when it is erased or not published");
  add("role", words({"owner", "admin", "user", "partner_admin", "partner"}), "Their role in the account");
  add("admin", Json<bool>::schema(), "Whether they have every right in the account");
  add("groups", {{"type", "array"}, {"items", with_open_words(Json<Group>::schema().as_object())}},
      "The groups they are in");
  add("status", words({"active", "invited", "deactivating", "inactive", "ended", "expired", "frozen"}),
      "Where the membership or invitation stands");
  add("last_sign_in", time, "Null before the first one");
  add("access_ends_at", time, "When access ends by itself, if it does");
  add_later("frozen_until", time, "When freezing ends by itself, if it does");
  add_later("teams", {{"type", "array"}, {"items", Json<TeamId>::schema()}}, "The teams they have a place in");
  add("invited_at", time, "Null for those who were never invited");
  add("invited_by", nullable(Json<MembershipId>::schema()), "The membership that invited them");
  add("expires_at", time, "When the open invitation expires");
  add("invitation", nullable(words({"pending", "expired"})), "Where the open invitation stands");
  return make_schema(user_row_type, 1, "A row of an account's Users list, as of one position of the log.",
                     {{"type", "object"}, {"properties", std::move(properties)}, {"required", std::move(required)}});
}

// ---- changes ------------------------------------------------------------------------------------------------------

constexpr std::array prose{"title", "description", "examples", "$comment"};

json::array as_set(const json::value* value) {
  if (!value) return {};
  return value->is_array() ? value->get_array() : json::array{*value};
}

class Comparison {
 public:
  void schemas(const std::string& pointer, const json::value& before, const json::value& after) {
    if (!before.is_object() || !after.is_object()) return constants(pointer, &before, &after);
    const auto &old = before.get_object(), &now = after.get_object();
    for (const auto& [keyword, value] : old) keywords(pointer, keyword, &value, now.if_contains(keyword));
    for (const auto& [keyword, value] : now)
      if (!old.contains(keyword)) keywords(pointer, keyword, nullptr, &value);
  }

  std::vector<std::string> found;

 private:
  void keywords(const std::string& pointer, std::string_view keyword, const json::value* before,
                const json::value* after) {
    const auto here = pointer + pointer_to(keyword);
    if (std::find(prose.begin(), prose.end(), keyword) != prose.end()) return;
    if (keyword == "properties")
      properties(here, before, after);
    else if (keyword == "required")
      sets(here, before, after, "is no longer always there", "was not always there");
    else if (keyword == open_words && before && after)
      sets(here, before, after, "is no longer among them", {});  // further words break nobody
    else if ((keyword == "type" || keyword == "enum") && before && after)
      sets(here, before, after, "is no longer among them", "is new among them");
    else if (keyword == "items" && before && after)
      schemas(here, *before, *after);
    else
      constants(here, before, after);
  }

  void properties(const std::string& pointer, const json::value* before, const json::value* after) {
    if (!before) return;
    for (const auto& [name, schema] : before->as_object()) {
      const auto here = pointer + pointer_to(name);
      const auto* now = after ? after->as_object().if_contains(name) : nullptr;
      if (now)
        schemas(here, schema, *now);
      else
        find(here, "is gone");
    }
  }

  void sets(const std::string& pointer, const json::value* before, const json::value* after, std::string_view lost,
            std::string_view won) {
    const auto old = as_set(before), now = as_set(after);
    const auto report = [&](const json::array& from, const json::array& in, std::string_view what) {
      for (const auto& value : from)
        if (std::find(in.begin(), in.end(), value) == in.end())
          find(pointer, json::serialize(value) + ' ' + std::string{what});
    };
    report(old, now, lost);
    if (!won.empty()) report(now, old, won);
  }

  void constants(const std::string& pointer, const json::value* before, const json::value* after) {
    if (before && after && *before == *after) return;
    const auto text = [](const json::value* value) { return value ? json::serialize(*value) : std::string{"nothing"}; };
    find(pointer, "was " + text(before) + " and is " + text(after));
  }

  void find(const std::string& pointer, const std::string& what) { found.push_back(pointer + ": " + what); }
};

}  // namespace

std::string Schema::name() const { return type + ".v" + std::to_string(version); }
std::string Schema::urn() const { return schema_urn(type, version); }

const std::vector<Schema>& contract() {
  static const auto all = [] {
    std::vector<Schema> schemas;
    for (const auto& name : Events::names) schemas.push_back(schema_of_event(name));
    schemas.push_back(schema_of_user_row());
    std::sort(schemas.begin(), schemas.end(),
              [](const auto& a, const auto& b) { return std::tie(a.type, a.version) < std::tie(b.type, b.version); });
    return schemas;
  }();
  return all;
}

const Schema* find_schema(std::string_view name) {
  const auto& all = contract();
  const auto found = std::find_if(all.rbegin(), all.rend(), [&](const Schema& schema) {
    return schema.type == name || schema.name() == name || schema.urn() == name;
  });
  return found == all.rend() ? nullptr : &*found;
}

std::vector<std::string> breaking_changes(const json::value& before, const json::value& after) {
  Comparison comparison;
  comparison.schemas("", before, after);
  return comparison.found;
}

}  // namespace rollcall
