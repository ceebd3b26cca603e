// The profile of a user: all there is to know about one membership.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "projections/engine/projection.hpp"
#include "projections/engine/query.hpp"
#include "projections/views/members.hpp"

namespace rollcall::projections {

extern const Projection profiles;

// At most this many of the sessions are listed, the oldest first; `live_sessions` counts all.
constexpr std::size_t profile_sessions_max = 50;

struct HeldRecords {
  static constexpr std::array fields{"contacts", "leads", "pending_tasks", "completed_tasks", "notes"};
  std::uint64_t contacts = 0;
  std::uint64_t leads = 0;
  std::uint64_t pending_tasks = 0;
  std::uint64_t completed_tasks = 0;
  std::uint64_t notes = 0;
};

struct LiveSession {
  static constexpr std::array fields{"id", "started_at", "expires_at"};
  SessionId id;
  Time started_at;
  Time expires_at;
};

struct Profile {
  static constexpr bool complete = true;
  static constexpr std::string_view title = "Profile";
  static constexpr std::array fields{"id",           "account",        "person",         "kind",       "partner",
                                     "name",         "email",          "role",           "admin",      "groups",
                                     "status",       "permissions",    "joined_at",      "invitation", "invited_at",
                                     "invited_by",   "predecessor",    "access_ends_at", "ended_at",   "end_cause",
                                     "last_sign_in", "ledger_version", "bounced",        "counts",     "sessions",
                                     "live_sessions"};
  MembershipId id;
  AccountId account;
  PersonId person;
  MemberKind kind{};
  bool partner = false;
  std::optional<std::string_view> name;
  std::optional<std::string_view> email;
  Role role{};
  bool admin = false;
  std::vector<Group> groups{};
  Status status{};
  std::vector<Permission> permissions;
  Time joined_at;
  std::optional<InvitationId> invitation;
  std::optional<Time> invited_at;
  std::optional<MembershipId> invited_by;
  std::optional<MembershipId> predecessor;
  std::optional<Time> access_ends_at;
  std::optional<Time> ended_at;
  std::optional<EndCause> end_cause;
  std::optional<Time> last_sign_in;
  std::uint64_t ledger_version = 0;
  bool bounced = false;  // mails to their address come back
  HeldRecords counts;
  std::vector<LiveSession> sessions;
  std::uint64_t live_sessions = 0;
};

// What a member may by these rows; nothing when their membership gives no access at this moment, or is not known.
std::optional<MemberRights> rights_at(const Rows& rows, const AccountId& account, const MembershipId& user, Time now);

// Its sessions are those that are live at the moment it is asked for.
struct UserProfile {
  static constexpr std::string_view name = "UserProfile";
  static constexpr std::string_view path = "/v1/accounts/{account}/users/{user}";
  static constexpr std::string_view summary = "Show the profile of a user: rights, records, sessions, where from";
  static constexpr Rule rule{Action::user_view, true};
  static constexpr std::array fields{"account", "user", "as_of"};
  static constexpr std::array help{"app id", "the user (usr_…)", ""};
  AccountId account;
  MembershipId user;
  AsOf as_of;

  using Answer = Profile;
  static const Projection& view() { return profiles; }
  Subject subject(const Asked&) const { return user; }
  Expected<std::string, QueryError> answer(const Rows& rows, const Asked& asked) const;
};

}  // namespace rollcall::projections
