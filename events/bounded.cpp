#include "events/bounded.hpp"

#include <span>

#include <fmt/format.h>

namespace rollcall {
namespace {

// Of the basic plane: what is beyond it takes another kind of escape, and is refused when it is read.
std::string in_pattern(std::span<const utf8::Letters> all) {
  std::string text;
  for (const auto& [first, last] : all) {
    if (last > 0xffff) continue;
    text += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(first));
    if (last > first) text += fmt::format("-\\u{:04x}", static_cast<std::uint32_t>(last));
  }
  return text;
}

}  // namespace

std::string line_pattern() { return "^[^" + in_pattern(utf8::controls) + "]*$"; }

std::string seen_line_pattern() {
  const auto controls = in_pattern(utf8::controls);
  return "^[^" + controls + "]*[^" + controls + in_pattern(utf8::spaces) + in_pattern(utf8::unseen) + "][^" + controls +
         "]*$";
}

}  // namespace rollcall
