#include "tools/print/event_view.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

#include "tools/print/json_view.hpp"
#include "tools/print/terminal.hpp"
#include "tools/print/text.hpp"

namespace rollcall::tools {
namespace {

constexpr std::size_t listed_max = 3;
constexpr std::string_view gap = "  ";
constexpr std::string_view refusal = "CommandRejected";

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

// A part of a card: how it reads, and in which ink.
struct Piece {
  std::string text;
  Ink ink = Ink::plain;
};

// Ids are a short prefix and 26 letters and digits.
bool is_id(std::string_view text) {
  constexpr std::size_t prefix = 4, letters = 26;
  return text.size() == prefix + letters && text[prefix - 1] == '_' &&
         std::all_of(text.begin() + prefix, text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'); });
}

std::string named(std::string_view id, const Names& names, bool ids) {
  const auto name = names.of(id);
  if (name.empty()) return std::string{id};
  return ids ? fmt::format("{} ({})", name, id) : std::string{name};
}

// Whom it happened to, as far as the event says.
struct Subject {
  std::string id;
  std::string name;
};
Subject subject_of(const json::value& data, const Names& names) {
  constexpr std::array<std::string_view, 3> members{"membership", "invitation", "person"};
  Subject subject;
  for (const auto one : members) {
    const auto id = text_of(member(data, one));
    if (id.empty()) continue;
    if (subject.id.empty()) subject.id = id;
    if (subject.name.empty()) subject.name = names.of(id);
  }
  if (subject.name.empty()) subject.name = text_of(member(data, "email"));
  return subject;
}

std::string actor_of(const json::value& actor, const Names& names, bool ids) {
  const auto kind = text_of(member(actor, "kind"));
  const auto person = text_of(member(actor, "person"));
  const auto for_whom = text_of(member(actor, "on_behalf_of"));
  if (!for_whom.empty()) return fmt::format("the {} for {}", kind, named(for_whom, names, ids));
  if (kind == "system") return "the clock";
  return person.empty() ? fmt::format("the {}", kind) : named(person, names, ids);
}

// "has_assigned_contacts, contacts 3": why a command was refused.
std::string refusal_text(const json::value& data) {
  auto text = fmt::format("{} refused: {}", text_of(member(data, "command")), text_of(member(data, "code")));
  for (const auto& detail : elements(data, "details")) {
    const auto& number = member(detail, "number");
    text += fmt::format(", {} {}", text_of(member(detail, "name")),
                        number.is_null() ? shown(detail, "text") : shown(number));
  }
  return text;
}

// What else the event has: values, and ids by what they are called. An id that has no name says nothing to people.
std::string other_facts(const json::value& data, const Subject& subject, std::string_view actor, const Names& names) {
  const auto* object = data.if_object();
  if (!object) return {};
  const bool everything = member(*object, "admin") == true;
  std::string facts;
  for (const auto& entry : *object) {
    const auto& value = entry.value();
    const auto text = text_of(value);
    if (value.is_null() || (value.is_array() && value.get_array().empty() && everything)) continue;
    std::string told;
    if (is_id(text)) {
      told = names.of(text);
      if (text == subject.id || told.empty() || told == subject.name || told == actor) continue;
    } else if (text == subject.name && !text.empty()) {
      continue;
    } else {
      told = value.is_string() ? short_time(text) : value_text(value);
    }
    std::string name{entry.key()};
    std::replace(name.begin(), name.end(), '_', ' ');
    facts += fmt::format("{}{} {}", facts.empty() ? "" : ", ", name, told);
  }
  return facts;
}

std::vector<Piece> pieces_of(const json::value& event, const Names& names, bool ids) {
  const auto type = text_of(member(event, "type"));
  const auto& data = member(event, "data");
  const auto& scope = member(event, "scope");
  const bool refused = type == refusal;
  const auto subject = subject_of(data, names);
  const auto actor = actor_of(member(event, "actor"), names, ids);

  std::vector<Piece> pieces;
  auto what = refused ? refusal_text(data) : std::string{type};
  if (!subject.name.empty() && subject.name != actor) what += " → " + subject.name;
  pieces.push_back({std::move(what), refused ? Ink::red : Ink::bold});
  auto who = "by " + actor;
  if (text_of(member(scope, "kind")) == "account") {
    const auto account = text_of(member(scope, "id"));
    who += fmt::format(" in {}", account);
  }
  pieces.push_back({std::move(who), Ink::plain});
  if (const auto& reason = member(event, "reason"); reason.is_string())
    pieces.push_back({fmt::format("“{}”", text_of(reason)), Ink::yellow});
  auto facts = ids ? facts_text(data) : refused ? std::string{} : other_facts(data, subject, actor, names);
  if (!facts.empty()) pieces.push_back({std::move(facts), Ink::faint});
  return pieces;
}

// Cut into lines between words, but a word that is longer than a line.
std::vector<std::string> lines_of(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  while (columns_of(text) > width) {
    std::size_t end = 0;
    for (auto space = text.find(' '); space != text.npos && columns_of(text.substr(0, space)) <= width;
         space = text.find(' ', space + 1))
      end = space;
    if (end == 0) end = std::min(text.find(' '), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (text.empty()) return lines;
  }
  lines.emplace_back(text);
  return lines;
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

Names::Names(const json::value& page) {
  for (const auto& one : elements(page, "names"))
    names_.emplace(text_of(member(one, "id")), text_of(member(one, "name")));
}

std::string_view Names::of(std::string_view id) const {
  const auto known = names_.find(id);
  return known == names_.end() ? std::string_view{} : known->second;
}

std::string event_card(const json::value& event, const Names& names, const EventLook& look) {
  const auto when = fmt::format("{:>8}  {:<20}", number_of(member(event, "position")),
                                short_time(text_of(member(event, "recorded_at")), Precision::seconds));
  constexpr std::size_t indent = 10;  // under the time
  std::string out = inked(printable(when), Ink::faint, look.colours);
  auto used = columns_of(when);
  for (const auto& piece : pieces_of(event, names, look.ids)) {
    const auto text = printable(piece.text);
    if (used + gap.size() + columns_of(text) <= look.width) {
      out.append(gap).append(inked(text, piece.ink, look.colours));
      used += gap.size() + columns_of(text);
      continue;
    }
    for (const auto& line : lines_of(text, std::max<std::size_t>(look.width, indent + 20) - indent)) {
      out.append("\n").append(indent, ' ').append(inked(line, piece.ink, look.colours));
      used = indent + columns_of(line);
    }
  }
  return out + "\n";
}

}  // namespace rollcall::tools
