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

// A line that somebody types: `least` to `most` letters of valid UTF-8, none of them a control character.
template <std::size_t least, std::size_t most>
struct Typed {
  std::string value;

  Typed() = default;
  Typed(std::string text) : value(std::move(text)) {}
  Typed(const char* text) : value(text) {}
  operator std::string_view() const { return value; }

  bool within() const {
    const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
    if (!utf8::valid(value) || std::any_of(value.begin(), value.end(), control)) return false;
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
                             " characters, and no control characters");
  }
  static json::value schema() {
    // ECMA 262: neither C0 controls nor DEL.
    return {{"type", "string"}, {"minLength", least}, {"maxLength", most}, {"pattern", "^[^\\u0000-\\u001f\\u007f]*$"}};
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
