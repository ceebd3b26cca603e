// Rows of decision state: memberships, and what one person is in one account.
#pragma once

#include <optional>

#include "domain/engine/key.hpp"
#include "events/rights.hpp"

namespace rollcall {

// `expired`: time-boxed access is over, and somebody has to reassign what they hold before the membership ends.
enum class MemberStatus : std::uint8_t { active, deactivating, inactive, ended, expired };
constexpr Names<5> enum_names(MemberStatus) { return {"active", "deactivating", "inactive", "ended", "expired"}; }

struct MembershipRow {
  static constexpr char table = 'u';
  static constexpr std::array fields{"account",         "person",     "kind",           "status",         "owner",
                                     "admin",           "sales_rep",  "permissions",    "access_ends_at", "open",
                                     "completed_tasks", "notes",      "ledger_version", "reassigning",    "receiving",
                                     "began",           "admin_since"};
  AccountId account;
  PersonId person;
  MemberKind kind{};
  MemberStatus status{};
  bool owner = false;
  bool admin = false;
  bool sales_rep = false;
  ActionSet permissions;
  std::optional<Time> access_ends_at;
  RecordCounts open;
  std::uint64_t completed_tasks = 0;
  std::uint64_t notes = 0;
  std::uint64_t ledger_version = 0;  // grows with every record that comes or goes
  bool reassigning = false;          // its records are locked: a reassignment in slices is under way
  std::uint32_t receiving = 0;       // how many of those give records to it
  Position began = 0;                // of the event by which they became a member
  Position admin_since = 0;          // of the event by which they became an admin, while they are one
  static Key key(const MembershipId& membership) { return Key{table} << membership; }
};

// Time-boxed access by when it ends.
struct AccessDueRow {
  static constexpr char table = 'X';
  static constexpr NoFields fields{};
  static Key key(Time at, const MembershipId& membership) { return Key{table} << at << membership; }
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
