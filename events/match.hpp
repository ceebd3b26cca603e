// One lambda for each alternative of a variant; leaving one out does not compile.
#pragma once

#include <utility>
#include <variant>

namespace rollcall {

template <class... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};

template <class Variant, class... Fs>
constexpr decltype(auto) match(Variant&& variant, Fs&&... cases) {
  using std::visit;  // events/one_of.hpp has one of its own
  return visit(Overloaded<std::decay_t<Fs>...>{std::forward<Fs>(cases)...}, std::forward<Variant>(variant));
}

}  // namespace rollcall
