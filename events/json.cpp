#include "events/json.hpp"

#include <array>
#include <charconv>

#include <fmt/format.h>

namespace rollcall {

void append_json_text(std::string& out, std::string_view text) {
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

void append_json_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

}  // namespace rollcall
