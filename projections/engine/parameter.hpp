// The parameters of queries: how each type is read from the text of a path or a query string, and how it is described
// as JSON Schema. A query's struct lists its parameters once; the interface, its document and the command line read
// that list. Reading is strict: what is unknown, repeated, empty or out of bounds is refused by name.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "events/bounded.hpp"
#include "events/expected.hpp"
#include "events/fields.hpp"
#include "events/json.hpp"
#include "events/values.hpp"

namespace rollcall::projections {

// Names and texts as they arrived, percent-decoded, e.g. {"status", "active,invited"}.
using Parameters = std::vector<std::pair<std::string, std::string>>;

// Which parameter is wrong and why. `account`: these rows know no such account.
struct QueryError {
  std::string parameter;
  std::string detail;
};

constexpr std::size_t search_letters_max = 200;
constexpr std::size_t cursor_bytes_max = 1'600;

// A set of values of an enumeration, given as words with commas; `all` is every one of them.
template <NamedEnum E>
struct SetOf {
  std::uint64_t bits = 0;

  static constexpr SetOf all() { return {~std::uint64_t{0}}; }
  static constexpr SetOf of(auto... values) { return {((std::uint64_t{1} << static_cast<unsigned>(values)) | ...)}; }
  constexpr bool has(E value) const { return (bits >> static_cast<unsigned>(value) & 1) != 0; }
  constexpr bool within(SetOf other) const { return (bits & ~other.bits) == 0; }
  friend constexpr bool operator==(SetOf, SetOf) = default;
};

// Some values in the order in which they are given, with commas between them.
template <class T, std::size_t most>
struct ListOf {
  std::vector<T> values;
};

// A part of a name or address that is searched for.
struct SearchText {
  std::string text;
};

// An e-mail address as it is typed; whether it is one is found out by looking it up.
struct TypedAddress {
  std::string text;
};

// A whole number in a range, with the one that is taken when none is given.
template <std::uint64_t least, std::uint64_t most, std::uint64_t otherwise = least>
struct Whole {
  std::uint64_t value = otherwise;
};

// Which list was asked for: a digest of the query and of all it was asked with but for the page. A cursor goes on with
// the list it came from, and with no other.
struct ListMark {
  std::uint32_t mark = 0;
};

// The order of a list: a word, with - in front for descending.
template <NamedEnum E>
struct SortBy {
  E order{};
  bool descending = false;
  ListMark list{};
};

// Where a page ended, opaque to those who hand it back.
struct PageEnd {
  std::string text;
};

// A moment of the past: a position of the log, inclusive, or an instant.
struct At {
  std::variant<Position, Time> moment;
};

// An instant, RFC 3339.
struct Instant {
  Time time;
};

// How a type is as a parameter: `read` fills the value or says what it must be, `schema` is its JSON Schema, `text` is
// a value as it would be given, or nothing where that says nothing.
template <class T>
struct Parameter;

namespace parameter {

inline std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool plain = !text.empty() && (text.size() == 1 || text.front() != '0');
  if (!plain || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string listed(std::span<const std::string_view> words);

}  // namespace parameter

// What reads the same as in a document: accounts, ids.
template <class T>
  requires requires(std::string_view text) { T::parse(text); }
struct Parameter<T> {
  static bool read(std::string_view text, T& value, std::string& why) {
    if (auto parsed = T::parse(text)) {
      value = std::move(*parsed);
      return true;
    }
    if constexpr (requires { T::rule; })
      why = "must be " + std::string{T::rule};
    else
      why = "must be " + std::string{T::prefix} + "_ and 26 letters and digits";
    return false;
  }
  static json::object schema() { return Json<T>::schema().as_object(); }
  static std::optional<std::string> text(const T&) { return std::nullopt; }
};

template <>
struct Parameter<bool> {
  static bool read(std::string_view text, bool& value, std::string& why) {
    value = text == "true";
    if (value || text == "false") return true;
    why = "must be true or false";
    return false;
  }
  static json::object schema() { return {{"type", "boolean"}}; }
  static std::optional<std::string> text(bool value) { return value ? "true" : "false"; }
};

template <NamedEnum E>
struct Parameter<E> {
  static bool read(std::string_view text, E& value, std::string& why) {
    constexpr auto& names = names_of<E>;
    const auto at = std::find(names.begin(), names.end(), text);
    if (at == names.end()) {
      why = "must be one of " + parameter::listed(names);
      return false;
    }
    value = static_cast<E>(at - names.begin());
    return true;
  }
  static json::object schema() { return Json<E>::schema().as_object(); }
  static std::optional<std::string> text(E value) { return std::string{name_of(value)}; }
};

template <NamedEnum E>
struct Parameter<SetOf<E>> {
  static bool read(std::string_view text, SetOf<E>& value, std::string& why) {
    constexpr auto& names = names_of<E>;
    value.bits = 0;
    for (bool more = true; more;) {
      const auto comma = text.find(',');
      const auto word = text.substr(0, comma);
      const auto at = std::find(names.begin(), names.end(), word);
      if (word == "all") {
        value = SetOf<E>::all();
      } else if (at != names.end()) {
        value.bits |= std::uint64_t{1} << (at - names.begin());
      } else {
        why = "\"" + std::string{word} + "\" is not one of all, " + parameter::listed(names);
        return false;
      }
      more = comma != text.npos;
      if (more) text.remove_prefix(comma + 1);
    }
    return true;
  }
  static json::object schema() {
    json::array words{"all"};
    for (const auto name : names_of<E>) words.emplace_back(name);
    return {{"type", "array"}, {"items", {{"type", "string"}, {"enum", std::move(words)}}}, {"minItems", 1}};
  }
  static std::optional<std::string> text(const SetOf<E>& value) {
    if (value == SetOf<E>::all()) return "all";
    std::string words;
    for (std::size_t i = 0; i < names_of<E>.size(); ++i)
      if (value.has(static_cast<E>(i))) words.append(words.empty() ? "" : ",").append(names_of<E>[i]);
    return words;
  }
};

template <class T, std::size_t most>
struct Parameter<ListOf<T, most>> {
  static bool read(std::string_view text, ListOf<T, most>& list, std::string& why) {
    list.values.clear();
    for (bool more = true; more;) {
      if (list.values.size() == most) {
        why = "must be " + std::to_string(most) + " at most";
        return false;
      }
      const auto comma = text.find(',');
      if (!Parameter<T>::read(text.substr(0, comma), list.values.emplace_back(), why)) return false;
      more = comma != text.npos;
      if (more) text.remove_prefix(comma + 1);
    }
    return true;
  }
  static json::object schema() {
    return {{"type", "array"}, {"items", Parameter<T>::schema()}, {"minItems", 1}, {"maxItems", most}};
  }
  static std::optional<std::string> text(const ListOf<T, most>&) { return std::nullopt; }
};

template <>
struct Parameter<SearchText> {
  static bool read(std::string_view text, SearchText& value, std::string& why);
  static json::object schema() {
    return {{"type", "string"}, {"minLength", 1}, {"maxLength", search_letters_max}, {"pattern", seen_line_pattern()}};
  }
  static std::optional<std::string> text(const SearchText&) { return std::nullopt; }
};

template <>
struct Parameter<TypedAddress> {
  static bool read(std::string_view text, TypedAddress& value, std::string& why);
  static json::object schema() { return {{"type", "string"}, {"minLength", 3}, {"maxLength", 254}}; }
  static std::optional<std::string> text(const TypedAddress&) { return std::nullopt; }
};

template <std::uint64_t least, std::uint64_t most, std::uint64_t otherwise>
struct Parameter<Whole<least, most, otherwise>> {
  using Number = Whole<least, most, otherwise>;
  static bool read(std::string_view text, Number& value, std::string& why) {
    const auto number = parameter::number_in(text);
    if (!number || *number < least || *number > most) {
      why = "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most);
      return false;
    }
    value.value = *number;
    return true;
  }
  static json::object schema() { return {{"type", "integer"}, {"minimum", least}, {"maximum", most}}; }
  static std::optional<std::string> text(const Number& number) { return std::to_string(number.value); }
};

template <NamedEnum E>
struct Parameter<SortBy<E>> {
  static bool read(std::string_view text, SortBy<E>& value, std::string& why) {
    value.descending = text.starts_with('-');
    if (value.descending) text.remove_prefix(1);
    if (Parameter<E>::read(text, value.order, why)) return true;
    why += ", or one of these with - in front";
    return false;
  }
  static json::object schema() {
    json::array words;
    for (const auto name : names_of<E>) {
      words.emplace_back(name);
      words.emplace_back("-" + std::string{name});
    }
    return {{"type", "string"}, {"enum", std::move(words)}};
  }
  static std::optional<std::string> text(const SortBy<E>& value) {
    return (value.descending ? "-" : "") + std::string{name_of(value.order)};
  }
};

template <>
struct Parameter<PageEnd> {
  static bool read(std::string_view text, PageEnd& value, std::string& why);
  static json::object schema() {
    return {{"type", "string"}, {"pattern", "^[A-Za-z0-9_-]+$"}, {"maxLength", cursor_bytes_max}};
  }
  static std::optional<std::string> text(const PageEnd&) { return std::nullopt; }
};

template <>
struct Parameter<At> {
  static bool read(std::string_view text, At& value, std::string& why);
  static json::object schema() {
    return {{"anyOf",
             {{{"type", "integer"}, {"minimum", 0}, {"maximum", json_integer_max}},
              {{"type", "string"}, {"format", "date-time"}}}}};
  }
  static std::optional<std::string> text(const At&) { return std::nullopt; }
};

template <>
struct Parameter<Instant> {
  static bool read(std::string_view text, Instant& value, std::string& why);
  static json::object schema() { return {{"type", "string"}, {"format", "date-time"}}; }
  static std::optional<std::string> text(const Instant&) { return std::nullopt; }
};

template <class T>
struct Parameter<std::optional<T>> {
  static bool read(std::string_view text, std::optional<T>& value, std::string& why) {
    return Parameter<T>::read(text, value.emplace(), why);
  }
  static json::object schema() { return Parameter<T>::schema(); }
  static std::optional<std::string> text(const std::optional<T>& value) {
    return value ? Parameter<T>::text(*value) : std::nullopt;
  }
};

// ---- a query's list of them --------------------------------------------------------------------------------------

// Parameters that several queries share, such as those of a page: their fields stand in for the group's.
template <class T>
concept ParameterGroup = Fielded<T> && requires { std::remove_const_t<T>::group; };

// Calls f(name, help, member) for each parameter of a query, those of its groups in their place.
template <class Q>
constexpr void for_each_parameter(Q& query, auto&& f) {
  std::size_t i = 0;
  for_each_field(query, [&]<class M>(std::string_view name, M& member) {
    if constexpr (ParameterGroup<M>)
      for_each_parameter(member, f);
    else
      f(name, std::string_view{std::remove_const_t<Q>::help[i]}, member);
    ++i;
  });
}

// Must it be given? A value without a text of its own, such as an account, has no default.
template <class M>
bool must_be_given(const M& otherwise) {
  if constexpr (is_optional<M>)
    return false;
  else
    return !Parameter<M>::text(otherwise);
}

// A digest of which list it is: FNV-1a over the query's name and what was given, in the order of the parameters.
template <class Q>
std::uint32_t mark_of(const Parameters& given) {
  std::uint32_t hash = 2'166'136'261u;
  const auto add = [&](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16'777'619u;
    hash = (hash ^ 0xFFu) * 16'777'619u;
  };
  if constexpr (requires { Q::name; }) add(Q::name);
  Q query{};
  for_each_parameter(query, [&](std::string_view name, std::string_view, auto&) {
    if (name == "cursor" || name == "limit") return;
    for (const auto& [one, text] : given)
      if (one == name) {
        add(name);
        add(text);
      }
  });
  return hash;
}

// Reads a query from the texts of its path and of its query string. Every name must be a parameter and come once, and
// what has no default must come.
template <class Q>
Expected<Q, QueryError> read_parameters(const Parameters& given) {
  Q query{};
  std::optional<QueryError> error;
  std::vector<bool> taken(given.size(), false);
  for_each_parameter(query, [&]<class M>(std::string_view name, std::string_view, M& member) {
    const std::string* text = nullptr;
    for (std::size_t i = 0; i < given.size(); ++i) {
      if (given[i].first != name) continue;
      if (text && !error) error = QueryError{std::string{name}, "is given twice"};
      taken[i] = true;
      text = &given[i].second;
    }
    if (error) return;
    if (!text) {
      if (must_be_given<std::remove_const_t<M>>(member)) error = QueryError{std::string{name}, "must be given"};
      return;
    }
    std::string why;
    if (!Parameter<std::remove_const_t<M>>::read(*text, member, why))
      error = QueryError{std::string{name}, std::move(why)};
  });
  for (std::size_t i = 0; i < given.size() && !error; ++i)
    if (!taken[i]) error = QueryError{given[i].first, "is not a parameter here"};
  if (error) return unexpected(std::move(*error));
  for_each_parameter(query, [&](std::string_view, std::string_view, auto& member) {
    if constexpr (requires { member.list.mark; }) member.list.mark = mark_of<Q>(given);
  });
  return query;
}

}  // namespace rollcall::projections
