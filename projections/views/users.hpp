// The Users list of an account: a row for each membership and each open invitation, stored as it is shown, so that a
// page is a short range of rows copied one after the other.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/cloud_event.hpp"
#include "projections/engine/projection.hpp"
#include "projections/engine/query.hpp"
#include "projections/views/members.hpp"

namespace rollcall::projections {

extern const Projection users;

// What a listed invitation is: one that is expired, or that gave way to a newer one, can come back by Resend.
enum class InvitationState : std::uint8_t { pending, expired, replaced, closed };
constexpr Names<4> enum_names(InvitationState) { return {"pending", "expired", "replaced", "closed"}; }

// A row of the list: a member, or an invitation that is open or can be sent again.
struct UserRow {
  static constexpr bool complete = true;
  static constexpr std::string_view title = "UserRow";
  static constexpr std::array fields{
      "id",    "kind",       "partner",    "name",         "email",          "role",
      "admin", "groups",     "status",     "last_sign_in", "access_ends_at", "frozen_until",
      "teams", "invited_at", "invited_by", "expires_at",   "invitation"};
  // usr_… of a member, inv_… of an invitation.
  struct RowId {
    std::string text;
  };
  RowId id;
  MemberKind kind{};
  bool partner = false;
  std::optional<std::string_view> name;
  std::optional<std::string_view> email;
  Role role{};
  bool admin = false;
  std::vector<Group> groups{};
  Status status{};
  std::optional<Time> last_sign_in;
  std::optional<Time> access_ends_at;
  std::optional<Time> frozen_until;
  std::vector<TeamId> teams{};
  std::optional<Time> invited_at;
  std::optional<MembershipId> invited_by;
  std::optional<Time> expires_at;             // of an invitation
  std::optional<InvitationState> invitation;  // last: see append_shown in users_query.cpp
};

struct Seats {
  static constexpr std::array fields{"used", "limit"};
  std::uint32_t used = 0;
  std::uint32_t limit = 0;
};

// Rows are stored as they are shown; this says of what they are.
struct UsersPage {
  static constexpr bool complete = true;
  static constexpr std::array fields{"users", "next", "seats", "partners", "pending_invitations"};
  std::vector<UserRow> users;
  std::optional<std::string> next;
  Seats seats;
  std::uint64_t partners = 0;             // with access or frozen; they take no seat
  std::uint64_t pending_invitations = 0;  // not lapsed
};

enum class UsersOrder : std::uint8_t { name, status, last_sign_in, access_end };
constexpr Names<4> enum_names(UsersOrder) { return {"name", "status", "last_sign_in", "access_end"}; }

// Invitations whose time has run out at that moment read as expired, whether or not the clock wrote that down.
struct Users {
  static constexpr SetOf<Status> status_default = SetOf<Status>::of(Status::active, Status::invited);

  static constexpr std::string_view name = "Users";
  static constexpr std::string_view path = "/v1/accounts/{account}/users";
  static constexpr std::string_view summary = "List the users, partners and open invitations of an account";
  static constexpr Rule rule{.action = Action::user_view, .by_reach = true};
  static constexpr std::array fields{"account",     "status",         "kind", "role", "team",
                                     "ends_within", "no_sign_in_for", "q",    "page", "as_of"};
  static constexpr std::array help{"app id",
                                   "only rows of these states",
                                   "standard or partner",
                                   "only these roles",
                                   "only managers and users of this team (tea_…)",
                                   "only those whose access ends within so many days",
                                   "only members who have not signed in for so many days, or never",
                                   "part of the name or address",
                                   "",
                                   ""};
  AccountId account;
  SetOf<Status> status = status_default;
  std::optional<MemberKind> kind;
  SetOf<Role> role = SetOf<Role>::all();
  std::optional<TeamId> team;
  std::optional<Whole<1, 3'650>> ends_within;
  std::optional<Whole<1, 3'650>> no_sign_in_for;
  std::optional<SearchText> q;
  PageOf<UsersOrder, UsersOrder::name> page;
  AsOf as_of;

  using Answer = UsersPage;
  static const Projection& view() { return users; }
  Subject subject(const Asked&) const { return account; }
  Expected<std::string, QueryError> answer(const Rows& rows, const Asked& asked) const;

  static constexpr std::string_view command = "users";
  static constexpr std::string_view listed = "users";
  static constexpr std::array columns{ListColumn{"NAME", "name"},
                                      ListColumn{"P", "partner", ListColumn::Kind::whole, {}, "P"},
                                      ListColumn{"E-MAIL", "email"},
                                      ListColumn{"ROLE", "role", ListColumn::Kind::whole},
                                      ListColumn{"STATUS", "status", ListColumn::Kind::whole, "invitation"},
                                      ListColumn{"LAST SIGN-IN", "last_sign_in", ListColumn::Kind::time},
                                      ListColumn{"ACCESS ENDS", "access_ends_at", ListColumn::Kind::time},
                                      ListColumn{"ID", "id", ListColumn::Kind::id}};
};

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

// How a row's id is in JSON.
template <>
struct rollcall::Json<rollcall::projections::UserRow::RowId> {
  static void write(std::string& out, const projections::UserRow::RowId& id) { append_json_text(out, id.text); }
  static json::value schema() { return {{"type", "string"}, {"pattern", "^(usr|inv)_[0-7][0-9a-hjkmnp-tv-z]{25}$"}}; }
};
