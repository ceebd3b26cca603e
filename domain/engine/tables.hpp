// The tables of decision state: one row struct each, its prefix and its key. All of it is derived from the log; rows
// are stored through the same archive as entries, and nothing here outlives a change without a rebuild. Those of the
// aggregates lie with them; here are those of the log as a whole.
#pragma once

#include <algorithm>
#include <array>

#include "domain/access_keys/tables.hpp"
#include "domain/accounts/tables.hpp"
#include "domain/invitations/tables.hpp"
#include "domain/memberships/tables.hpp"
#include "domain/operations/tables.hpp"
#include "domain/permissions/tables.hpp"
#include "domain/persons/tables.hpp"
#include "domain/records/tables.hpp"
#include "domain/teams/tables.hpp"
#include "events/one_of.hpp"

namespace rollcall {

// Raise it whenever a row or its meaning changes: a log with another version rebuilds its state on start.
constexpr std::uint32_t state_version = 8;

// Which version of these tables the rows are of.
struct VersionRow {
  static constexpr char table = 'v';
  static constexpr std::array fields{"version"};
  std::uint32_t version = state_version;
  static Key key() { return Key{table}; }
};

// The one row about the log as a whole.
struct MetaRow {
  static constexpr char table = 'm';
  static constexpr std::array fields{"log", "origin", "staff_key", "keys", "recorded_at", "works"};
  LogId log;
  std::string origin;
  KeyNumber staff_key = 0;
  KeyNumber keys = 0;       // the highest key number given out
  Time recorded_at;         // of the last event
  std::uint32_t works = 0;  // reassignments under way in slices
  static Key key() { return Key{table}; }
};

struct ScopeRow {
  static constexpr char table = 'q';
  static constexpr std::array fields{"next"};
  std::uint64_t next = 0;
  static Key key(const Scope& scope) { return Key{table} << scope; }
};

// Where the answer to a request with an idempotency key begins, and how many events it is.
struct OutcomeRow {
  static constexpr char table = 'o';
  static constexpr std::array fields{"digest", "first", "count"};
  Digest digest;
  Position first = 0;
  std::uint64_t count = 0;
  static Key key(const CommandId& command) { return Key{table} << command; }
};

struct OutcomeDueRow {
  static constexpr char table = 'O';
  static constexpr NoFields fields{};
  static Key key(Time at, const CommandId& command) { return Key{table} << at << command; }
};

// Every table there is. Each has a letter of its own.
struct AllRows
    : Types<VersionRow, MetaRow, ScopeRow, OutcomeRow, OutcomeDueRow, AccountRow, FactorDemandRow, CertifiedRow,
            InvitationRow, InvitationOfRow, InvitationDueRow, MembershipRow, PlaceRow, AccessDueRow, FreezeDueRow,
            HandOverRow, RoleRow, RoleNameRow, TeamRow, TeamNameRow, TeamPlaceRow, TeamMemberRow, RecordRow, HoldingRow,
            ShareRow, SharedWithRow, WorkRow, PersonRow, ClaimRow, SignerRow, SessionRow, SessionOfRow, SessionDueRow,
            DeviceRow, AccessKeyRow, AccessKeyOfRow> {};
static_assert([]<class... Row>(Types<Row...>) {
  std::array letters{Row::table...};
  std::sort(letters.begin(), letters.end());
  return std::adjacent_find(letters.begin(), letters.end()) == letters.end();
}(AllRows{}));

}  // namespace rollcall
