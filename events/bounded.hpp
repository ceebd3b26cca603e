// Values with bounds of their own, as commands carry them: JSON Schema says the bounds, reading JSON refuses what is
// beyond them by name, and `within` tells for whoever did not come through JSON.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "events/json.hpp"
#include "events/utf8.hpp"

namespace rollcall {

// The ECMA 262 pattern of a line, and of one that shows something (see utf8::one_line, utf8::blank).
std::string line_pattern();
std::string seen_line_pattern();

// A line that somebody types: `least` to `most` letters of valid UTF-8, none of them a control character, and where
// there has to be one, not only such as nobody sees.
template <std::size_t least, std::size_t most>
struct Typed {
  std::string value;

  Typed() = default;
  Typed(std::string text) : value(std::move(text)) {}
  Typed(const char* text) : value(text) {}
  operator std::string_view() const { return value; }

  bool within() const {
    if (!utf8::one_line(value) || (least > 0 && utf8::blank(value))) return false;
    const auto letters = utf8::letters(value);
    return letters >= least && letters <= most;
  }
  friend bool operator==(const Typed&, const Typed&) = default;
};

// A whole number from `least` to `most`.
template <std::uint64_t least, std::uint64_t most>
struct Bounded {
  std::uint64_t value = least;

  Bounded() = default;
  Bounded(std::uint64_t number) : value(number) {}

  bool within() const { return value >= least && value <= most; }
  friend bool operator==(const Bounded&, const Bounded&) = default;
};

template <std::size_t least, std::size_t most>
struct Json<Typed<least, most>> {
  static void write(std::string& out, const Typed<least, most>& text) { append_json_text(out, text.value); }
  static bool read(const json::value& from, Typed<least, most>& text, JsonError& error) {
    if (!Json<std::string>::read(from, text.value, error)) return false;
    if (text.within()) return true;
    return refuse(error, "must have " + std::to_string(least) + " to " + std::to_string(most) +
                             " characters, no control characters" + (least > 0 ? " and not only blank ones" : ""));
  }
  static json::value schema() {
    return {{"type", "string"},
            {"minLength", least},
            {"maxLength", most},
            {"pattern", least > 0 ? seen_line_pattern() : line_pattern()}};
  }
};

template <std::uint64_t least, std::uint64_t most>
struct Json<Bounded<least, most>> {
  static void write(std::string& out, const Bounded<least, most>& number) { append_json_number(out, number.value); }
  static bool read(const json::value& from, Bounded<least, most>& number, JsonError& error) {
    if (!Json<std::uint64_t>::read(from, number.value, error)) return false;
    if (number.within()) return true;
    return refuse(error, "must be from " + std::to_string(least) + " to " + std::to_string(most));
  }
  static json::value schema() { return {{"type", "integer"}, {"minimum", least}, {"maximum", most}}; }
};

// The first field of a struct that is out of its bounds; empty when none is.
template <Fielded T>
std::string_view out_of_bounds(const T& object) {
  std::string_view found;
  for_each_field(object, [&]<class M>(std::string_view name, const M& member) {
    if (!found.empty()) return;
    if constexpr (requires { member.within(); }) {
      if (!member.within()) found = name;
    } else if constexpr (requires { member->within(); }) {
      if (member && !member->within()) found = name;
    }
  });
  return found;
}

}  // namespace rollcall
