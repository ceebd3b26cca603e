#include "projections/engine/projection.hpp"

#include <algorithm>
#include <unordered_map>

#include "events/archive.hpp"
#include "projections/views/account_central.hpp"
#include "projections/views/assignments.hpp"
#include "projections/views/invitations.hpp"
#include "projections/views/profiles.hpp"
#include "projections/views/scopes.hpp"
#include "projections/views/users.hpp"

namespace rollcall::projections {
namespace {

constexpr std::array<const Projection*, 6> all{&users,       &account_central, &profiles,
                                               &invitations, &assignments,     &scopes};

template <class T>
constexpr bool is_personal = std::same_as<T, Personal> || std::same_as<T, std::optional<Personal>>;

template <Record E>
constexpr bool has_personal_field = []<std::size_t... i>(std::index_sequence<i...>) {
  return (is_personal<boost::pfr::tuple_element_t<i, E>> || ...);
}(std::make_index_sequence<boost::pfr::tuple_size_v<E>>{});

constexpr auto personal = []<class... E>(std::type_identity<std::variant<E...>>) {
  return EventTypes{has_personal_field<E>...};
}(std::type_identity<Event>{});

constexpr auto type_names = []<class... E>(std::type_identity<std::variant<E...>>) {
  return std::array{E::type...};
}(std::type_identity<Event>{});

}  // namespace

std::span<const Projection* const> all_projections() { return all; }

const Projection* projection_named(std::string_view name) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto* known) { return known->name == name; });
  return found == all.end() ? nullptr : *found;
}

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
