// The profile of a user: all there is to know about one membership.
#pragma once

#include <optional>
#include <string>

#include "events/rows.hpp"
#include "projections/engine/projection.hpp"

namespace rollcall::projections {

extern const Projection profiles;

// At most this many of the sessions are listed, the oldest first; `live_sessions` counts all.
constexpr std::size_t profile_sessions_max = 50;

// The profile as JSON, its sessions those that are live at `now`; nothing for a membership that is not of this account.
std::optional<std::string> profile_of(const Rows& rows, const AccountId& account, const MembershipId& membership,
                                      Time now);

}  // namespace rollcall::projections
