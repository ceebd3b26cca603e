// The Users list of an account: a row for each membership and each open invitation, stored as it is shown, so that a
// page is a short range of rows copied one after the other.
#pragma once

#include <optional>
#include <string>

#include "events/expected.hpp"
#include "events/rows.hpp"
#include "projections/members.hpp"
#include "projections/projection.hpp"
#include "projections/query.hpp"

namespace rollcall::projections {

extern const Projection users;

enum class UsersOrder : std::uint8_t { name, status, last_sign_in, access_end };
constexpr Names<4> enum_names(UsersOrder) { return {"name", "status", "last_sign_in", "access_end"}; }

// status (words of Status, or `all`; default active,invited), kind, role, q (in name or address), sort, limit, cursor.
struct UsersQuery {
  static constexpr SetOf<Status> status_default = SetOf<Status>::of(Status::active, Status::invited);
  SetOf<Status> status = status_default;
  std::optional<MemberKind> kind;
  SetOf<Role> role = SetOf<Role>::all();
  std::optional<std::string> q;
  Paging paging;

  static Expected<UsersQuery, QueryError> parse(const Parameters& parameters);
};

// {"users": [row…], "next": cursor or null, "seats": {"used", "limit"}, "partners", "pending_invitations"}. Invitations
// whose time has run out at `now` read as expired, whether or not the clock wrote that down.
Expected<std::string, QueryError> users_page(const Rows& rows, const AccountId& account, const UsersQuery& query,
                                             Time now);

}  // namespace rollcall::projections
