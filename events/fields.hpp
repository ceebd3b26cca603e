// The fields of a struct in wire order: a plain aggregate with one line of wire names.
// Everything that reads or writes commands and events is written in terms of this.
#pragma once

#include <array>
#include <concepts>
#include <optional>
#include <string_view>
#include <type_traits>

#include <boost/pfr/core.hpp>

namespace rollcall {

template <class T>
concept Fielded = std::is_aggregate_v<std::remove_const_t<T>> && requires { std::remove_const_t<T>::fields; };

// Calls f(name, member) for each field, in the order of declaration, which is the order of the stored bytes.
template <Fielded T>
constexpr void for_each_field(T& object, auto&& f) {
  constexpr auto& names = std::remove_const_t<T>::fields;
  static_assert(names.size() == boost::pfr::tuple_size_v<std::remove_const_t<T>>, "one wire name for each field");
  boost::pfr::for_each_field(object, [&](auto& member, std::size_t i) { f(std::string_view{names[i]}, member); });
}

// A struct without fields still says so: `static constexpr NoFields fields{};`
using NoFields = std::array<std::string_view, 0>;

// An enumeration on the wire: values 0..n-1 in the bytes, `enum_names(E)` (found beside the enum) everywhere else.
template <class E>
concept NamedEnum = std::is_enum_v<E> && requires(E e) { enum_names(e); };

// They lie in memory once; a constexpr local would be copied onto the stack by every call.
template <NamedEnum E>
inline constexpr auto names_of = enum_names(E{});

template <NamedEnum E>
constexpr std::string_view name_of(E value) {
  constexpr auto& names = names_of<E>;
  const auto i = static_cast<std::size_t>(value);
  return i < names.size() ? names[i] : std::string_view{"?"};
}

template <NamedEnum E>
constexpr std::optional<E> value_named(std::string_view name) {
  constexpr auto& names = names_of<E>;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) return static_cast<E>(i);
  return std::nullopt;
}

}  // namespace rollcall
