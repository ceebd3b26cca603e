#include "projections/views/views.hpp"

#include <algorithm>
#include <array>

#include "projections/views/scopes.hpp"

namespace rollcall::projections {
namespace {

constexpr std::array<const Projection*, 7> all{&users,       &account_central,   &profiles, &invitations,
                                               &assignments, &permission_matrix, &scopes};

}  // namespace

std::span<const Projection* const> all_projections() { return all; }

const Projection* projection_named(std::string_view name) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto* known) { return known->name == name; });
  return found == all.end() ? nullptr : *found;
}

}  // namespace rollcall::projections
