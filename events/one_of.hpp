// A value that is one of many types. It keeps std::variant's promises and names; what it does not do is to have every
// file that holds one compile its copying, moving, comparing and destroying anew, alternative by alternative: for a sum
// of a hundred types that was two thirds of the time the whole program took to build. These are compiled once, where
// one_of_members.hpp is included.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace rollcall {

// A list of types, to be gone over: `[]<class... E>(Types<E...>) {…}(AllEvents{})`.
template <class... Ts>
struct Types {
  using All = Types;
  static constexpr std::size_t count = sizeof...(Ts);
  static constexpr std::size_t size = std::max({sizeof(Ts)...}), alignment = std::max({alignof(Ts)...});
  template <class T>
  static constexpr bool have = (std::same_as<T, Ts> || ...);
  static constexpr bool are_comparable() { return (std::equality_comparable<Ts> && ...); }
  // The place of T among them.
  template <class T>
  static constexpr std::uint16_t number_of = [] {
    const std::array<bool, count> same{std::same_as<T, Ts>...};
    return static_cast<std::uint16_t>(std::find(same.begin(), same.end(), true) - same.begin());
  }();
  template <std::size_t I>
  using At = std::tuple_element_t<I, std::tuple<Ts...>>;
};

// `Listed` derives from Types<…>; its name is all that other names are made of. Holds the first of the types when made
// of nothing. No alternative's move may throw, so it always holds one.
template <class Listed>
class OneOf {
 public:
  OneOf();
  OneOf(const OneOf& other);
  OneOf(OneOf&& other) noexcept;
  OneOf& operator=(const OneOf& other);
  OneOf& operator=(OneOf&& other) noexcept;
  ~OneOf();
  bool operator==(const OneOf& other) const
    requires(Listed::are_comparable());

  template <class T>
    requires(Listed::template have<std::remove_cvref_t<T>>)
  OneOf(T&& value) : number_(Listed::template number_of<std::remove_cvref_t<T>>) {
    std::construct_at(static_cast<std::remove_cvref_t<T>*>(address()), std::forward<T>(value));
  }

  // The place among the types of what it holds. Never stored.
  std::size_t index() const noexcept { return number_; }
  const void* address() const noexcept { return bytes_; }
  void* address() noexcept { return bytes_; }

 private:
  alignas(Listed::alignment) std::byte bytes_[Listed::size];
  std::uint16_t number_;
};

template <class T, class Listed>
bool holds_alternative(const OneOf<Listed>& one) noexcept {
  static_assert(Listed::template have<T>);
  return one.index() == Listed::template number_of<T>;
}
template <class T, class Listed>
const T* get_if(const OneOf<Listed>* one) noexcept {
  return holds_alternative<T>(*one) ? static_cast<const T*>(one->address()) : nullptr;
}
template <class T, class Listed>
T* get_if(OneOf<Listed>* one) noexcept {
  return holds_alternative<T>(*one) ? static_cast<T*>(one->address()) : nullptr;
}
// Throws std::bad_variant_access when it holds another.
template <class T, class Listed>
const T& get(const OneOf<Listed>& one) {
  if (const auto* value = get_if<T>(&one)) return *value;
  throw std::bad_variant_access{};
}
template <class T, class Listed>
T& get(OneOf<Listed>& one) {
  if (auto* value = get_if<T>(&one)) return *value;
  throw std::bad_variant_access{};
}
template <class T, class Listed>
T get(OneOf<Listed>&& one) {
  return std::move(get<T>(one));
}

namespace sum {

template <class T, class Result, class Visitor>
Result visit_as(Visitor& visitor, void* at) {
  return visitor(*static_cast<T*>(at));
}
template <class T, class Result, class Visitor>
Result visit_as_const(Visitor& visitor, const void* at) {
  return visitor(*static_cast<const T*>(at));
}

}  // namespace sum

// Calls the visitor with what is held; its answer has the same type for all alternatives.
template <class Visitor, class Listed>
decltype(auto) visit(Visitor&& visitor, const OneOf<Listed>& one) {
  return [&]<class First, class... Ts>(Types<First, Ts...>) -> decltype(auto) {
    using Result = std::invoke_result_t<Visitor&, const First&>;
    using V = std::remove_reference_t<Visitor>;
    static constexpr std::array<Result (*)(V&, const void*), sizeof...(Ts) + 1> cases{
        &sum::visit_as_const<First, Result, V>, &sum::visit_as_const<Ts, Result, V>...};
    return cases[one.index()](visitor, one.address());
  }(Listed{});
}
template <class Visitor, class Listed>
decltype(auto) visit(Visitor&& visitor, OneOf<Listed>& one) {
  return [&]<class First, class... Ts>(Types<First, Ts...>) -> decltype(auto) {
    using Result = std::invoke_result_t<Visitor&, First&>;
    using V = std::remove_reference_t<Visitor>;
    static constexpr std::array<Result (*)(V&, void*), sizeof...(Ts) + 1> cases{&sum::visit_as<First, Result, V>,
                                                                                &sum::visit_as<Ts, Result, V>...};
    return cases[one.index()](visitor, one.address());
  }(Listed{});
}

}  // namespace rollcall
