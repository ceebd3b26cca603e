// What OneOf does alternative by alternative. The one file that says `template class OneOf<…>` of a sum includes it,
// nobody else.
#pragma once

#include "events/one_of.hpp"

namespace rollcall {
namespace sum {

struct Handling {
  void (*copy)(void* to, const void* from);
  void (*move)(void* to, void* from) noexcept;
  void (*destroy)(void* at) noexcept;
  bool (*equal)(const void* one, const void* other);
};

template <class T>
constexpr Handling handling() {
  static_assert(std::is_nothrow_move_constructible_v<T>);
  return {
      [](void* to, const void* from) { std::construct_at(static_cast<T*>(to), *static_cast<const T*>(from)); },
      [](void* to, void* from) noexcept { std::construct_at(static_cast<T*>(to), std::move(*static_cast<T*>(from))); },
      [](void* at) noexcept { std::destroy_at(static_cast<T*>(at)); },
      [](const void* one, const void* other) {
        if constexpr (std::equality_comparable<T>)
          return *static_cast<const T*>(one) == *static_cast<const T*>(other);
        else
          return false;  // nobody asks: the sum has no comparison then
      }};
}

template <class Listed>
constexpr auto handling_of =
    []<class... Ts>(Types<Ts...>) { return std::array<Handling, sizeof...(Ts)>{handling<Ts>()...}; }(Listed{});

}  // namespace sum

template <class Listed>
OneOf<Listed>::OneOf() : number_(0) {
  std::construct_at(static_cast<typename Listed::template At<0>*>(address()));
}
template <class Listed>
OneOf<Listed>::OneOf(const OneOf& other) : number_(other.number_) {
  sum::handling_of<Listed>[number_].copy(bytes_, other.bytes_);
}
template <class Listed>
OneOf<Listed>::OneOf(OneOf&& other) noexcept : number_(other.number_) {
  sum::handling_of<Listed>[number_].move(bytes_, other.bytes_);
}
template <class Listed>
OneOf<Listed>& OneOf<Listed>::operator=(const OneOf& other) {
  if (this != &other) *this = OneOf(other);  // the copy may throw, what follows does not
  return *this;
}
template <class Listed>
OneOf<Listed>& OneOf<Listed>::operator=(OneOf&& other) noexcept {
  if (this == &other) return *this;
  std::destroy_at(this);
  std::construct_at(this, std::move(other));
  return *this;
}
template <class Listed>
OneOf<Listed>::~OneOf() {
  sum::handling_of<Listed>[number_].destroy(bytes_);
}
template <class Listed>
bool OneOf<Listed>::operator==(const OneOf& other) const
  requires(Listed::are_comparable())
{
  return number_ == other.number_ && sum::handling_of<Listed>[number_].equal(bytes_, other.bytes_);
}

}  // namespace rollcall
