// The invitations of an account, open and closed, with who sent them.
#pragma once

#include <optional>
#include <string>

#include "events/expected.hpp"
#include "events/rows.hpp"
#include "projections/engine/projection.hpp"
#include "projections/engine/query.hpp"

namespace rollcall::projections {

extern const Projection invitations;

enum class InvitationStatus : std::uint8_t { pending, accepted, declined, revoked, expired };
constexpr Names<5> enum_names(InvitationStatus) { return {"pending", "accepted", "declined", "revoked", "expired"}; }

enum class InvitationsOrder : std::uint8_t { sent, expires };
constexpr Names<2> enum_names(InvitationsOrder) { return {"sent", "expires"}; }

// status (words of InvitationStatus, or `all`, which is the default), kind, q (in name or address), sort (-sent unless
// told otherwise), limit, cursor.
struct InvitationsQuery {
  SetOf<InvitationStatus> status = SetOf<InvitationStatus>::all();
  std::optional<MemberKind> kind;
  std::optional<std::string> q;
  Paging paging;

  static Expected<InvitationsQuery, QueryError> parse(const Parameters& parameters);
};

// {"invitations": [row…], "next": cursor or null}. A pending invitation whose time has run out at `now` is expired, and
// `lapsed` tells that the clock has not written that down yet.
Expected<std::string, QueryError> invitations_page(const Rows& rows, const AccountId& account,
                                                   const InvitationsQuery& query, Time now);

}  // namespace rollcall::projections
