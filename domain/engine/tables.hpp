// The tables of decision state: one row struct each, its prefix and its key. All of it is derived from the log;
// rows are stored through the same archive as entries, and nothing here outlives a change without a rebuild.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/entry.hpp"
#include "events/facts.hpp"
#include "events/record.hpp"

namespace rollcall {

// Raise it whenever a row or its meaning changes: a log with another version rebuilds its state on start.
constexpr std::uint32_t state_version = 1;

// A key made of parts, so that it sorts by them: numbers big-endian, accounts closed with a zero byte.
class Key {
 public:
  explicit Key(char table) : bytes_(1, table) {}
  Key& operator<<(std::uint64_t number) {
    for (int shift = 56; shift >= 0; shift -= 8) bytes_.push_back(static_cast<char>(number >> shift));
    return *this;
  }
  Key& operator<<(Time time) { return *this << static_cast<std::uint64_t>(time.micros); }
  Key& operator<<(const Digest& digest) {
    bytes_.append(reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size());
    return *this;
  }
  template <class Tag>
  Key& operator<<(const Id<Tag>& id) {
    bytes_.append(id.raw());
    return *this;
  }
  Key& operator<<(const AccountId& account) {
    bytes_.append(account.str()).push_back('\0');
    return *this;
  }
  Key& operator<<(const RecordId& record) {  // only ever the last part
    bytes_.append(record.str());
    return *this;
  }
  template <NamedEnum E>
  Key& operator<<(E value) {
    bytes_.push_back(static_cast<char>(value));
    return *this;
  }
  Key& operator<<(const Scope& scope) {
    bytes_.push_back(static_cast<char>(scope.kind));
    bytes_.append(scope.id);
    return *this;
  }
  const std::string& str() const { return bytes_; }

 private:
  std::string bytes_;
};

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

struct AccountRow {
  static constexpr char table = 'a';
  static constexpr std::array fields{"name",   "owner",     "seat_limit",         "seats_used",
                                     "admins", "time_zone", "partner_permissions"};
  std::string name;
  MembershipId owner;
  std::uint32_t seat_limit = 0;
  std::uint32_t seats_used = 0;
  std::uint32_t admins = 0;  // active standard members of the Admin group
  std::string time_zone;
  std::vector<Permission> partner_permissions;
  static Key key(const AccountId& account) { return Key{table} << account; }
};

struct Credential {
  static constexpr std::array fields{"id", "verifier"};
  CredentialId id;
  Verifier verifier;
};

struct SetupLink {
  static constexpr std::array fields{"attempt", "expires_at", "used"};
  std::uint32_t attempt = 0;
  Time expires_at;
  bool used = false;
};

struct PersonRow {
  static constexpr char table = 'p';
  static constexpr std::array fields{"key_number",        "email", "name", "registered", "credential", "setup",
                                     "active_memberships"};
  KeyNumber key_number = 0;
  Personal email;
  std::optional<Personal> name;
  bool registered = false;
  std::optional<Credential> credential;
  std::optional<SetupLink> setup;
  std::uint32_t active_memberships = 0;
  static Key key(const PersonId& person) { return Key{table} << person; }
};

// Which person an address belongs to.
struct ClaimRow {
  static constexpr char table = 'c';
  static constexpr std::array fields{"person"};
  PersonId person;
  static Key key(const Digest& claim) { return Key{table} << claim; }
};

enum class MemberStatus : std::uint8_t { active, deactivating, inactive, ended };
constexpr Names<4> enum_names(MemberStatus) { return {"active", "deactivating", "inactive", "ended"}; }

struct MembershipRow {
  static constexpr char table = 'u';
  static constexpr std::array fields{"account",         "person",    "kind",           "status",         "owner",
                                     "admin",           "sales_rep", "permissions",    "access_ends_at", "open",
                                     "completed_tasks", "notes",     "ledger_version", "reassigning",    "receiving"};
  AccountId account;
  PersonId person;
  MemberKind kind{};
  MemberStatus status{};
  bool owner = false;
  bool admin = false;
  bool sales_rep = false;
  std::vector<Permission> permissions;
  std::optional<Time> access_ends_at;
  RecordCounts open;
  std::uint64_t completed_tasks = 0;
  std::uint64_t notes = 0;
  std::uint64_t ledger_version = 0;  // grows with every record that comes or goes
  bool reassigning = false;          // its records are locked: a reassignment in slices is under way
  std::uint32_t receiving = 0;       // how many of those give records to it
  static Key key(const MembershipId& membership) { return Key{table} << membership; }
};

// What one person is in one account: unique by construction.
struct PlaceRow {
  static constexpr char table = 'l';
  static constexpr std::array fields{"live", "last", "invitation"};
  std::optional<MembershipId> live;
  std::optional<MembershipId> last;        // the most recent membership, live or not
  std::optional<InvitationId> invitation;  // the pending one
  static Key key(const AccountId& account, const PersonId& person) { return Key{table} << account << person; }
};

enum class InvitationStatus : std::uint8_t { pending, accepted, declined, revoked, expired };
constexpr Names<5> enum_names(InvitationStatus) { return {"pending", "accepted", "declined", "revoked", "expired"}; }

struct InvitationRow {
  static constexpr char table = 'i';
  static constexpr std::array fields{"account",        "person",      "kind",       "status",  "admin",
                                     "permissions",    "attempt",     "expires_at", "sent_at", "invited_by",
                                     "access_ends_at", "predecessor", "first_name"};
  AccountId account;
  PersonId person;
  MemberKind kind{};
  InvitationStatus status{};
  bool admin = false;
  std::vector<Permission> permissions;
  std::uint32_t attempt = 1;
  Time expires_at;
  Time sent_at;
  std::optional<MembershipId> invited_by;
  std::optional<Time> access_ends_at;
  std::optional<MembershipId> predecessor;
  std::optional<Personal> first_name;
  static Key key(const InvitationId& invitation) { return Key{table} << invitation; }
};

// A row without fields only says that its key is there.
// Pending invitations by when they lapse.
struct InvitationDueRow {
  static constexpr char table = 'd';
  static constexpr NoFields fields{};
  static Key key(Time at, const InvitationId& invitation) { return Key{table} << at << invitation; }
};

struct RecordRow {
  static constexpr char table = 'r';
  static constexpr std::array fields{"owner", "status"};
  std::optional<MembershipId> owner;
  RecordStatus status{};
  static Key key(const AccountId& account, RecordKind kind, const RecordId& record) {
    return Key{table} << account << kind << record;
  }
};

// The records of a membership, in the order in which they are dealt out.
struct HoldingRow {
  static constexpr char table = 'h';
  static constexpr NoFields fields{};
  static Key key(const MembershipId& membership, RecordKind kind, RecordStatus status, const RecordId& record) {
    return Key{table} << membership << kind << status << record;
  }
  static Key all(const MembershipId& membership, RecordKind kind, RecordStatus status) {
    return Key{table} << membership << kind << status;
  }
};

struct SessionRow {
  static constexpr char table = 's';
  static constexpr std::array fields{"person", "account", "membership", "expires_at"};
  PersonId person;
  std::optional<AccountId> account;
  std::optional<MembershipId> membership;
  Time expires_at;
  static Key key(const SessionId& session) { return Key{table} << session; }
};

struct SessionOfRow {
  static constexpr char table = 'S';
  static constexpr NoFields fields{};
  static Key key(const PersonId& person, const SessionId& session) { return Key{table} << person << session; }
  static Key all(const PersonId& person) { return Key{table} << person; }
};

struct SessionDueRow {
  static constexpr char table = 'x';
  static constexpr NoFields fields{};
  static Key key(Time at, const SessionId& session) { return Key{table} << at << session; }
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

enum class WorkKind : std::uint8_t { reassignment, deactivation, leaving };
constexpr Names<3> enum_names(WorkKind) { return {"reassignment", "deactivation", "leaving"}; }

// What one target still gets, and the chain over the records it got.
struct TargetProgress {
  static constexpr std::array fields{"to", "share", "left", "chain"};
  std::optional<MembershipId> to;  // nobody: the records become unassigned
  std::uint32_t share = 0;
  std::uint64_t left = 0;
  Digest chain;
};

struct KindProgress {
  static constexpr std::array fields{"kind", "mode", "basis", "targets", "last"};
  RecordKind kind{};
  ReassignmentMode mode{};
  std::uint64_t basis = 0;
  std::vector<TargetProgress> targets;
  RecordId last;  // the last record dealt, empty before the first
};

// A reassignment under way: all that is needed to go on after a restart.
struct WorkRow {
  static constexpr char table = 'w';
  static constexpr std::array fields{"kind",  "membership", "account", "person",      "cause",  "basis",
                                     "kinds", "actor",      "reason",  "correlation", "started"};
  WorkKind kind{};
  MembershipId membership;
  AccountId account;
  PersonId person;
  EndCause cause{};
  RecordCounts basis;
  std::vector<KindProgress> kinds;
  Actor actor;
  std::optional<Personal> reason;
  CommandId correlation;
  EventId started;
  static Key key(const ReassignmentId& reassignment) { return Key{table} << reassignment; }
};

}  // namespace rollcall
