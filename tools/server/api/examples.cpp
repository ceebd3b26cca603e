#include "tools/server/api/examples.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace rollcall::api {
namespace {

// What a pattern or a length cannot say. The account is one of the demo's.
constexpr std::array<std::pair<std::string_view, std::string_view>, 17> words{{
    {"account", "gx624"},
    {"account_name", "Lakeside Fitness"},
    {"email", "nina@newcoach.example"},
    {"first_name", "Nina"},
    {"label", "The gym at the lake"},
    {"name", "PartnerInvited"},
    {"owner_email", "olga@customer.example"},
    {"password", "a long pass phrase"},
    {"reason", "season support"},
    {"record", "4711"},
    {"records", "4711"},
    {"permissions", "contact.view"},
    {"give", "contact.view"},
    {"take", "lead.edit"},
    {"token", "the-token-of-the-link"},
    {"user", "usr_01m1kbc182j2yd5m1yaay23aad"},
    {"view", "users"},
}};

std::string text_of(std::string_view name, const json::object& schema) {
  if (const auto* format = schema.if_contains("format"); format && *format == "date-time")
    return "2027-03-31T17:00:00Z";
  // An id: its prefix, and 26 letters as good as any.
  if (const auto* pattern = schema.if_contains("pattern")) {
    const std::string_view text{pattern->as_string()};
    if (text.starts_with("^(")) return std::string{text.substr(2, text.find_first_of("|)") - 2)};  // the first of some
    if (const auto end = text.find("_[0-7]"); text.starts_with('^') && end != text.npos)
      return std::string{text.substr(1, end)} + "01m1kbc182j2yd5m1yaay23aad";
  }
  const auto known = std::find_if(words.begin(), words.end(), [&](const auto& one) { return one.first == name; });
  return std::string{known == words.end() ? name : known->second};
}

}  // namespace

json::value example_of(std::string_view name, const json::value& schema) {
  const auto& is = schema.as_object();
  if (const auto* given = is.if_contains("examples")) return given->as_array().front();
  for (const auto* choices : {"anyOf", "oneOf"})
    if (const auto* all = is.if_contains(choices)) return example_of(name, all->as_array().front());
  if (const auto* only = is.if_contains("const")) return *only;
  if (const auto* all = is.if_contains("enum")) return all->as_array().front();
  std::string_view kind = "object";
  if (const auto* type = is.if_contains("type")) {
    const auto& first = type->is_array() ? type->as_array().front() : *type;
    kind = first.as_string();
  }
  if (kind == "array") return json::array{example_of(name, is.at("items"))};
  if (kind == "boolean") return true;
  if (kind == "integer" || kind == "number") {
    const auto* least = is.if_contains("minimum");
    return least && *least != 0 ? *least : json::value(1);
  }
  if (kind == "string") return json::value(text_of(name, is));
  json::object object;
  if (const auto* required = is.if_contains("required"))
    for (const auto& member : required->as_array())
      object[member.as_string()] = example_of(member.as_string(), is.at("properties").at(member.as_string()));
  return object;
}

}  // namespace rollcall::api
