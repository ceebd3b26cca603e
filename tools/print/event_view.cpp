#include "tools/print/event_view.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "tools/print/json_view.hpp"
#include "tools/print/text.hpp"

namespace rollcall::tools {
namespace {

constexpr std::size_t listed_max = 3;

std::string value_text(const json::value& value) {
  if (value.is_string()) return std::string{text_of(value)};
  const auto* array = value.if_array();
  if (array && array->size() > listed_max) return fmt::format("{}×", array->size());
  if (array && std::all_of(array->begin(), array->end(), [](const auto& e) { return e.is_string(); })) {
    std::string list;
    for (const auto& element : *array) list.append(list.empty() ? "" : ",").append(text_of(element));
    return list.empty() ? "none" : list;
  }
  return json::serialize(value);
}

std::string line(std::string_view position, std::string_view time, std::string_view type, std::string_view scope,
                 std::string_view rest) {
  return printable(fmt::format("{:>9}  {:<20}  {:<21}  {:<14}  {}", position, time, type, scope, rest)) + "\n";
}

}  // namespace

std::string facts_text(const json::value& data) {
  std::string facts;
  if (const auto* object = data.if_object()) {
    const bool everything = member(*object, "admin") == true;
    for (const auto& entry : *object) {
      if (entry.value().is_null()) continue;
      // Who has every right has no list of rights: "none" would say the contrary.
      if (everything && entry.key() == "permissions" && entry.value().is_array() && entry.value().get_array().empty())
        continue;
      facts +=
          fmt::format("{}{}={}", facts.empty() ? "" : " ", std::string_view{entry.key()}, value_text(entry.value()));
    }
  }
  return facts;
}

std::string scope_text(const json::value& scope) {
  const auto kind = shown(scope, "kind");
  const auto id = shown(scope, "id");
  if (id.empty() || kind == "log") return kind;
  return kind + " " + id;
}

std::string actor_text(const json::value& actor) {
  const auto kind = shown(actor, "kind");
  const auto person = shown(actor, "person");
  const auto for_whom = shown(actor, "on_behalf_of");
  if (!for_whom.empty()) return kind + " for " + for_whom;
  return person.empty() ? kind : person;
}

std::string event_line(const json::value& event) {
  auto rest = facts_text(member(event, "data"));
  rest += fmt::format("{}by {}", rest.empty() ? "" : "  ", actor_text(member(event, "actor")));
  const auto& reason = member(event, "reason");
  if (reason.is_string()) rest += fmt::format(": {}", text_of(reason));
  return line(fmt::to_string(number_of(member(event, "position"))),
              short_time(text_of(member(event, "recorded_at")), Precision::seconds), text_of(member(event, "type")),
              scope_text(member(event, "scope")), rest);
}

std::string event_line_titles() { return line("POSITION", "TIME", "EVENT", "SCOPE", "FACTS, WHO AND WHY"); }

}  // namespace rollcall::tools
