// The read models there are, and the queries they answer: one line each. The interface, its document, the command line
// and the rebuilds read these lists.
#pragma once

#include <span>
#include <string_view>
#include <tuple>

#include "projections/engine/projection.hpp"
#include "projections/views/account_central.hpp"
#include "projections/views/assignments.hpp"
#include "projections/views/invitations.hpp"
#include "projections/views/permission_matrix.hpp"
#include "projections/views/profiles.hpp"
#include "projections/views/users.hpp"

namespace rollcall::projections {

// In the order in which they are shown.
std::span<const Projection* const> all_projections();
// The one with this name, or nothing.
const Projection* projection_named(std::string_view name);

using ViewQueries = std::tuple<Users, UserProfile, Invitations, Assignments, AccountCentral, AccountsOf,
                               UserPermissions, PermissionMatrix, Roles, Teams, AccessHistory, HandOvers>;

}  // namespace rollcall::projections
