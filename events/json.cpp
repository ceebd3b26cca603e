#include "events/json.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "events/utf8.hpp"

namespace rollcall {
namespace {

void append_indented(std::string& out, const json::value& value, std::size_t depth) {
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
      append_json_text(out, member.key());
      out.append(": ");
      append_indented(out, member.value(), depth + 1);
    });
  } else if (value.is_array() && !value.get_array().empty()) {
    list('[', ']', value.get_array(), [&](const json::value& member) { append_indented(out, member, depth + 1); });
  } else {
    out.append(json::serialize(value));
  }
}

}  // namespace

void append_json_text(std::string& out, std::string_view text) {
  // What entered was checked; an old log may hold what was not, and has to stay readable.
  if (!utf8::valid(text)) return append_json_text(out, utf8::repaired(text));
  const auto plain = [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\'; };
  out.push_back('"');
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto from = at;
    while (at < text.size() && plain(text[at])) ++at;
    out.append(text.substr(from, at - from));
    if (at == text.size()) break;
    const char c = text[at];
    switch (c) {
      case '"': out.append("\\\""); break;
      case '\\': out.append("\\\\"); break;
      case '\b': out.append("\\b"); break;
      case '\f': out.append("\\f"); break;
      case '\n': out.append("\\n"); break;
      case '\r': out.append("\\r"); break;
      case '\t': out.append("\\t"); break;
      default: out.append(fmt::format("\\u{:04x}", static_cast<unsigned>(c)));
    }
  }
  out.push_back('"');
}

void Json<double>::write(std::string& out, double value) { fmt::format_to(std::back_inserter(out), "{}", value); }

void append_json_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

std::optional<std::uint64_t> whole_number(const json::value& value) {
  const auto* number = value.if_double();
  if (!number || *number < 0 || *number > static_cast<double>(json_integer_max) || std::trunc(*number) != *number)
    return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

std::string indented_json(const json::value& document) {
  std::string text;
  append_indented(text, document, 0);
  return text + "\n";
}

}  // namespace rollcall
