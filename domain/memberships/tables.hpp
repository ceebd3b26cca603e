// Rows of decision state: memberships, and what one person is in one account.
#pragma once

#include <optional>

#include "domain/engine/key.hpp"
#include "events/rights.hpp"

namespace rollcall {

// `expired`: time-boxed access is over, and somebody has to reassign what they hold before the membership ends.
enum class MemberStatus : std::uint8_t { active, deactivating, inactive, ended, expired, frozen };
constexpr Names<6> enum_names(MemberStatus) {
  return {"active", "deactivating", "inactive", "ended", "expired", "frozen"};
}

struct MembershipRow {
  static constexpr char table = 'u';
  static constexpr std::array fields{
      "account",         "person",      "kind",           "status",         "owner",        "admin",
      "sales_rep",       "grants",      "role",           "access_ends_at", "frozen_until", "open",
      "completed_tasks", "notes",       "ledger_version", "reassigning",    "receiving",    "began",
      "admin_since",     "owner_since", "role_since",     "manages",        "unlinked"};
  AccountId account;
  PersonId person;
  MemberKind kind{};
  MemberStatus status{};
  bool owner = false;
  bool admin = false;
  bool sales_rep = false;
  Grants grants;  // their own permissions; they rest while there is a role
  std::optional<MemberRole> role;
  std::optional<Time> access_ends_at;
  std::optional<Time> frozen_until;
  RecordCounts open;
  std::uint64_t completed_tasks = 0;
  std::uint64_t notes = 0;
  std::uint64_t ledger_version = 0;  // grows with every record that comes or goes
  bool reassigning = false;          // its records are locked: a reassignment in slices is under way
  std::uint32_t receiving = 0;       // how many of those give records to it
  Position began = 0;                // of the event by which they became a member, or one again
  Position admin_since = 0;          // of the event by which they became an admin, while they are one
  Position owner_since = 0;          // of the event by which they became the owner, while they are
  Position role_since = 0;           // of the event by which they got their role, while they have one
  std::uint32_t manages = 0;         // how many teams
  bool unlinked = false;             // the person can become another user, and this one is never active again
  static Key key(const MembershipId& membership) { return Key{table} << membership; }
};

// Time-boxed access by when it ends.
struct AccessDueRow {
  static constexpr char table = 'X';
  static constexpr NoFields fields{};
  static Key key(Time at, const MembershipId& membership) { return Key{table} << at << membership; }
};

// Who is frozen until when.
struct FreezeDueRow {
  static constexpr char table = 'F';
  static constexpr NoFields fields{};
  static Key key(Time at, const MembershipId& membership) { return Key{table} << at << membership; }
};

// When a partner asked last to have their records taken over.
struct HandOverRow {
  static constexpr char table = 'H';
  static constexpr std::array fields{"at"};
  Time at;
  static Key key(const MembershipId& membership) { return Key{table} << membership; }
};

// What one person is in one account: unique by construction.
struct PlaceRow {
  static constexpr char table = 'l';
  static constexpr std::array fields{"live", "last", "invitation", "inactive"};
  std::optional<MembershipId> live{};
  std::optional<MembershipId> last{};        // the most recent membership, live or not
  std::optional<InvitationId> invitation{};  // the pending one
  std::optional<MembershipId> inactive{};    // as a standard user, to be reactivated
  static Key key(const AccountId& account, const PersonId& person) { return Key{table} << account << person; }
};

}  // namespace rollcall
