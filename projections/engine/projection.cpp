#include "projections/engine/projection.hpp"

#include <unordered_map>

#include "events/archive.hpp"

namespace rollcall::projections {
namespace {

template <class T>
constexpr bool is_personal = std::same_as<T, Personal> || std::same_as<T, std::optional<Personal>>;

template <Fielded E>
constexpr bool has_personal_field = []<std::size_t... i>(std::index_sequence<i...>) {
  return (is_personal<boost::pfr::tuple_element_t<i, E>> || ...);
}(std::make_index_sequence<boost::pfr::tuple_size_v<E>>{});

constexpr auto personal = []<class... E>(Types<E...>) { return EventTypes{has_personal_field<E>...}; }(AllEvents{});

constexpr auto type_names = []<class... E>(Types<E...>) { return std::array{E::type...}; }(AllEvents{});

}  // namespace

std::optional<std::size_t> event_number(std::string_view type) {
  static const auto numbers = [] {
    std::unordered_map<std::string_view, std::size_t> by_name;
    for (std::size_t i = 0; i < type_names.size(); ++i) by_name.emplace(type_names[i], i);
    return by_name;
  }();
  const auto found = numbers.find(type);
  if (found == numbers.end()) return std::nullopt;
  return found->second;
}

Recorded decode_for_fold(std::string_view entry, const KeyRing& keys) {
  const auto number = event_number(peek_entry(entry).type);
  return decode_entry(entry, nullptr, number && personal.at(*number) ? &keys : nullptr);
}

}  // namespace rollcall::projections
