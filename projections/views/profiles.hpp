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

struct PlaceInTeam {
  static constexpr std::array fields{"team", "place"};
  TeamId team;
  TeamPlace place{};
};

struct Profile {
  static constexpr bool complete = true;
  static constexpr std::string_view title = "Profile";
  static constexpr std::array fields{
      "id",        "account",       "person",        "kind",           "partner",      "name",
      "email",     "role",          "admin",         "groups",         "status",       "permissions",
      "joined_at", "invitation",    "invited_at",    "invited_by",     "predecessor",  "access_ends_at",
      "ended_at",  "end_cause",     "last_sign_in",  "ledger_version", "bounced",      "counts",
      "sessions",  "live_sessions", "assigned_role", "teams",          "frozen_until", "hand_over_requested_at"};
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
  std::optional<MemberRole> assigned_role;  // while they have one, `permissions` rest
  std::vector<PlaceInTeam> teams;
  std::optional<Time> frozen_until;
  std::optional<Time> hand_over_requested_at;  // of a partner who still holds records
};

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
  Subject subject(const Asked&) const { return MemberOf{account, user}; }
  Expected<std::string, QueryError> answer(const Rows& rows, const Asked& asked) const;
};

// One stretch of time in which somebody was a member, and how it began and ended.
// While they were frozen they had no access.
struct FrozenSpan {
  static constexpr bool complete = true;
  static constexpr std::string_view title = "FrozenSpan";
  static constexpr std::array fields{"from", "to"};
  Time from;
  std::optional<Time> to;  // nothing: it has no end yet
};

struct AccessSpan {
  static constexpr bool complete = true;
  static constexpr std::string_view title = "AccessSpan";
  static constexpr std::array fields{"user",       "name", "email",       "partner",  "from",  "from_position",
                                     "granted_by", "to",   "to_position", "ended_by", "cause", "frozen"};
  MembershipId user;
  std::optional<std::string_view> name;
  std::optional<std::string_view> email;
  bool partner = false;
  Time from;
  Position from_position = 0;                // of the event by which it began
  std::optional<MembershipId> granted_by{};  // who invited or reactivated them; nothing: the operator
  std::optional<Time> to;
  std::optional<Position> to_position;
  std::optional<MembershipId> ended_by{};  // nothing: the clock or the operator, or it has not ended
  std::optional<EndCause> cause;
  std::vector<FrozenSpan> frozen;
};

struct AccessHistoryPage {
  static constexpr bool complete = true;
  static constexpr std::array fields{"spans", "next"};
  std::vector<AccessSpan> spans;
  std::optional<std::string> next;
};

enum class SpansOrder : std::uint8_t { from, name };
constexpr Names<2> enum_names(SpansOrder) { return {"from", "name"}; }

// Who had access when, and who gave it: with `on`, all who had it at that moment.
struct AccessHistory {
  static constexpr std::string_view name = "AccessHistory";
  static constexpr std::string_view path = "/v1/accounts/{account}/access";
  static constexpr std::string_view summary = "Tell who had access to an account when, who gave it, and how it ended";
  static constexpr Rule rule{Action::history_view};
  static constexpr std::array fields{"account", "on", "kind", "page", "as_of"};
  static constexpr std::array help{"app id", "only who had access at this instant (RFC 3339)", "standard or partner",
                                   "", ""};
  AccountId account;
  std::optional<Instant> on;
  std::optional<MemberKind> kind;
  PageOf<SpansOrder, SpansOrder::from> page;
  AsOf as_of;

  using Answer = AccessHistoryPage;
  static const Projection& view() { return profiles; }
  Subject subject(const Asked&) const { return account; }
  Expected<std::string, QueryError> answer(const Rows& rows, const Asked& asked) const;

  static constexpr std::string_view command = "access";
  static constexpr std::string_view listed = "spans";
  static constexpr std::array columns{ListColumn{"NAME", "name"},
                                      ListColumn{"P", "partner", ListColumn::Kind::whole, {}, "P"},
                                      ListColumn{"E-MAIL", "email"},
                                      ListColumn{"FROM", "from", ListColumn::Kind::time},
                                      ListColumn{"TO", "to", ListColumn::Kind::time},
                                      ListColumn{"ENDED", "cause", ListColumn::Kind::whole},
                                      ListColumn{"FROZEN", "frozen", ListColumn::Kind::number},
                                      ListColumn{"USER", "user", ListColumn::Kind::id}};
};

// A partner who asks to have taken over what they hold.
struct HandOverRequest {
  static constexpr bool complete = true;
  static constexpr std::string_view title = "HandOverRequest";
  static constexpr std::array fields{"user", "name", "email", "requested_at", "contacts", "leads", "pending_tasks"};
  MembershipId user;
  std::optional<std::string_view> name;
  std::optional<std::string_view> email;
  Time requested_at;
  std::uint64_t contacts = 0;
  std::uint64_t leads = 0;
  std::uint64_t pending_tasks = 0;
};

struct HandOversPage {
  static constexpr bool complete = true;
  static constexpr std::array fields{"requests", "next"};
  std::vector<HandOverRequest> requests;
  std::optional<std::string> next;
};

enum class HandOversOrder : std::uint8_t { requested };
constexpr Names<1> enum_names(HandOversOrder) { return {"requested"}; }

// Whoever holds nothing any more, or is out, asks no longer.
struct HandOvers {
  static constexpr std::string_view name = "HandOvers";
  static constexpr std::string_view path = "/v1/accounts/{account}/hand-overs";
  static constexpr std::string_view summary = "List the partners who ask to have taken over what they hold";
  static constexpr Rule rule{Action::handover_view};
  static constexpr std::array fields{"account", "page", "as_of"};
  static constexpr std::array help{"app id", "", ""};
  AccountId account;
  PageOf<HandOversOrder, HandOversOrder::requested> page;
  AsOf as_of;

  using Answer = HandOversPage;
  static const Projection& view() { return profiles; }
  Subject subject(const Asked&) const { return account; }
  Expected<std::string, QueryError> answer(const Rows& rows, const Asked& asked) const;

  static constexpr std::string_view command = "hand-overs";
  static constexpr std::string_view listed = "requests";
  static constexpr std::array columns{ListColumn{"NAME", "name"},
                                      ListColumn{"E-MAIL", "email"},
                                      ListColumn{"REQUESTED", "requested_at", ListColumn::Kind::time},
                                      ListColumn{"CONTACTS", "contacts", ListColumn::Kind::number},
                                      ListColumn{"LEADS", "leads", ListColumn::Kind::number},
                                      ListColumn{"PENDING", "pending_tasks", ListColumn::Kind::number},
                                      ListColumn{"USER", "user", ListColumn::Kind::id}};
};

}  // namespace rollcall::projections
