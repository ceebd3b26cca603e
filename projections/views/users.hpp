// The Users list of an account: a row for each membership and each open invitation, stored as it is shown, so that a
// page is a short range of rows copied one after the other.
#pragma once

#include <optional>
#include <string>

#include "events/cloud_event.hpp"
#include "events/expected.hpp"
#include "events/rows.hpp"
#include "projections/engine/projection.hpp"
#include "projections/engine/query.hpp"
#include "projections/views/members.hpp"

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

// A row of the list as it is told outside: by account and id of the membership or invitation. Nothing is left of a row
// that has gone, such as an invitation that was accepted.
struct PublishedRow {
  std::string account;
  std::string id;
  std::optional<std::string> json;
};
// What a row of this view says of the list, given its key and what it is now; nothing for rows that say nothing.
std::optional<PublishedRow> published_row(std::string_view key, const std::optional<std::string>& value,
                                          PersonalData personal);

}  // namespace rollcall::projections
