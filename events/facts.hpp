// What can have happened: one struct per fact, its stored name and version, its fields in the order of the stored
// bytes. A released struct is never edited. A change is a new version beside it with an `upcast`
// (events/catalogue.hpp), and tests/golden/ keeps the bytes of every version ever written. Personal data is `Personal`,
// sealed under the key of the person it is about.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "events/personal.hpp"
#include "events/record.hpp"
#include "events/values.hpp"
#include "events/words.hpp"

namespace rollcall {

// ---- the log itself ---------------------------------------------------------------------------------------------

// Entry 0. `staff_key` seals what is personal about operators, who are no persons of this installation.
struct LogCreated {
  static constexpr std::string_view type = "LogCreated";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"log", "origin", "vkey", "format", "staff_key"};
  LogId log;
  std::string origin;
  std::string vkey;
  std::uint32_t format = 0;
  KeyNumber staff_key = 0;
  bool operator==(const LogCreated&) const = default;
};

// A number or an identifier that explains a refusal, e.g. contacts = 3. Never free text.
struct RejectionDetail {
  static constexpr std::array fields{"name", "number", "text"};
  std::string name;
  std::optional<std::uint64_t> number;
  std::optional<std::string> text;
  bool operator==(const RejectionDetail&) const = default;
};

struct CommandRejectedV1 {
  static constexpr std::string_view type = "CommandRejected";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"command", "code", "details"};
  std::string command;
  std::string code;
  std::vector<RejectionDetail> details;
  bool operator==(const CommandRejectedV1&) const = default;
};

// An authenticated caller was refused. Auditors ask for what was denied, on whom and on what: `account` where the event
// is in the history of who tried, the others as far as they are of that account. `person` is whose address was given.
struct CommandRejected {
  static constexpr std::string_view type = "CommandRejected";
  static constexpr std::uint16_t version = 2;
  static constexpr std::array fields{"command", "code",       "details", "account", "membership",
                                     "person",  "invitation", "kind",    "record"};
  std::string command;
  std::string code;
  std::vector<RejectionDetail> details;
  std::optional<AccountId> account{};
  std::optional<MembershipId> membership{};
  std::optional<PersonId> person{};
  std::optional<InvitationId> invitation{};
  std::optional<RecordKind> kind{};
  std::optional<RecordId> record{};
  bool operator==(const CommandRejected&) const = default;
};
inline CommandRejected upcast(CommandRejectedV1 old) {
  return {std::move(old.command), std::move(old.code), std::move(old.details)};
}

// The operator said that the clock is right. It may be behind the log's time, which goes back here and nowhere else.
struct ClockConfirmed {
  static constexpr std::string_view type = "ClockConfirmed";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"clock", "log_time"};
  Time clock;
  Time log_time;  // until then
  bool operator==(const ClockConfirmed&) const = default;
};

// A read model is made anew; `accept_differences`: also when it differs from the one in use.
struct RebuildOrdered {
  static constexpr std::string_view type = "RebuildOrdered";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"view", "accept_differences"};
  std::string view;
  bool accept_differences = false;
  bool operator==(const RebuildOrdered&) const = default;
};

// ---- accounts ---------------------------------------------------------------------------------------------------

struct AccountOpened {
  static constexpr std::string_view type = "AccountOpened";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"name",       "owner",      "owner_person", "owner_email",
                                     "owner_name", "seat_limit", "time_zone",    "partner_permissions"};
  std::string name;
  MembershipId owner;
  PersonId owner_person;
  Personal owner_email;
  std::optional<Personal> owner_name;
  std::uint32_t seat_limit = 0;
  std::string time_zone;
  std::vector<Permission> partner_permissions;
  bool operator==(const AccountOpened&) const = default;
};

struct SeatLimitChanged {
  static constexpr std::string_view type = "SeatLimitChanged";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"from", "to"};
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  bool operator==(const SeatLimitChanged&) const = default;
};

struct SeatTaken {
  static constexpr std::string_view type = "SeatTaken";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"membership", "used", "limit"};
  MembershipId membership;
  std::uint32_t used = 0;
  std::uint32_t limit = 0;
  bool operator==(const SeatTaken&) const = default;
};

struct SeatFreed {
  static constexpr std::string_view type = "SeatFreed";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"membership", "used", "limit"};
  MembershipId membership;
  std::uint32_t used = 0;
  std::uint32_t limit = 0;
  bool operator==(const SeatFreed&) const = default;
};

// ---- invitations ------------------------------------------------------------------------------------------------

struct UserInvited {
  static constexpr std::string_view type = "UserInvited";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"invitation", "person",     "email",      "first_name",
                                     "admin",      "expires_at", "invited_by", "predecessor"};
  InvitationId invitation;
  PersonId person;
  Personal email;
  Personal first_name;
  bool admin = false;
  Time expires_at;
  std::optional<MembershipId> invited_by;
  std::optional<MembershipId> predecessor;
  bool operator==(const UserInvited&) const = default;
};

// `permissions` is the snapshot the partner gets on accepting; `predecessor` the ended membership this one follows.
struct PartnerInvited {
  static constexpr std::string_view type = "PartnerInvited";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"invitation", "person",     "email",          "admin",      "permissions",
                                     "expires_at", "invited_by", "access_ends_at", "predecessor"};
  InvitationId invitation;
  PersonId person;
  Personal email;
  bool admin = false;
  std::vector<Permission> permissions;
  Time expires_at;
  std::optional<MembershipId> invited_by;
  std::optional<Time> access_ends_at;
  std::optional<MembershipId> predecessor;
  bool operator==(const PartnerInvited&) const = default;
};

// The mailer follows this one: the token in the mail is derived from invitation and attempt, never stored.
struct InvitationMailQueued {
  static constexpr std::string_view type = "InvitationMailQueued";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"invitation", "person", "email", "attempt", "expires_at"};
  InvitationId invitation;
  PersonId person;
  Personal email;
  std::uint32_t attempt = 0;
  Time expires_at;
  bool operator==(const InvitationMailQueued&) const = default;
};

struct InvitationResent {
  static constexpr std::string_view type = "InvitationResent";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"invitation", "attempt", "expires_at"};
  InvitationId invitation;
  std::uint32_t attempt = 0;
  Time expires_at;
  bool operator==(const InvitationResent&) const = default;
};

struct InvitationRevoked {
  static constexpr std::string_view type = "InvitationRevoked";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"invitation"};
  InvitationId invitation;
  bool operator==(const InvitationRevoked&) const = default;
};

struct InvitationDeclined {
  static constexpr std::string_view type = "InvitationDeclined";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"invitation"};
  InvitationId invitation;
  bool operator==(const InvitationDeclined&) const = default;
};

struct InvitationExpired {
  static constexpr std::string_view type = "InvitationExpired";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"invitation"};
  InvitationId invitation;
  bool operator==(const InvitationExpired&) const = default;
};

struct InvitationAccepted {
  static constexpr std::string_view type = "InvitationAccepted";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"invitation", "person"};
  InvitationId invitation;
  PersonId person;
  bool operator==(const InvitationAccepted&) const = default;
};

// ---- memberships ------------------------------------------------------------------------------------------------

struct MembershipActivated {
  static constexpr std::string_view type = "MembershipActivated";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"membership", "person",      "email",      "name",           "kind",       "owner",
                                     "admin",      "permissions", "invitation", "access_ends_at", "predecessor"};
  MembershipId membership;
  PersonId person;
  Personal email;
  std::optional<Personal> name;
  MemberKind kind{};
  bool owner = false;
  bool admin = false;
  std::vector<Permission> permissions;
  std::optional<InvitationId> invitation;
  std::optional<Time> access_ends_at;
  std::optional<MembershipId> predecessor;
  bool operator==(const MembershipActivated&) const = default;
};

struct GroupJoined {
  static constexpr std::string_view type = "GroupJoined";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"membership", "group"};
  MembershipId membership;
  Group group{};
  bool operator==(const GroupJoined&) const = default;
};

struct GroupLeft {
  static constexpr std::string_view type = "GroupLeft";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"membership", "group"};
  MembershipId membership;
  Group group{};
  bool operator==(const GroupLeft&) const = default;
};

struct AccountLabelSet {
  static constexpr std::string_view type = "AccountLabelSet";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"membership", "person", "label"};
  MembershipId membership;
  PersonId person;
  Personal label;
  bool operator==(const AccountLabelSet&) const = default;
};

// Open records of one membership, by kind: contacts, leads and pending tasks.
struct RecordCounts {
  static constexpr std::array fields{"contacts", "leads", "tasks"};
  std::uint64_t contacts = 0;
  std::uint64_t leads = 0;
  std::uint64_t tasks = 0;

  constexpr std::uint64_t of(RecordKind kind) const {
    switch (kind) {
      case RecordKind::contact: return contacts;
      case RecordKind::lead: return leads;
      case RecordKind::task: return tasks;
      case RecordKind::note: break;
    }
    return 0;
  }
  bool operator==(const RecordCounts&) const = default;
};

// One target and its share: a weight in Ratio, a number of records in Hardcoded.
struct Allocation {
  static constexpr std::array fields{"to", "share"};
  MembershipId to;
  std::uint32_t share = 0;
  bool operator==(const Allocation&) const = default;
};

// How the open records of one kind are handed on.
struct KindPlan {
  static constexpr std::array fields{"kind", "mode", "allocations"};
  RecordKind kind{};
  ReassignmentMode mode{};
  std::vector<Allocation> allocations;
  bool operator==(const KindPlan&) const = default;
};

// The end of time-boxed access has come: it gives no access any more. What they hold is others' to reassign; the
// membership ends (UserDeactivated) when nothing open is left.
struct AccessExpired {
  static constexpr std::string_view type = "AccessExpired";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"membership", "person", "access_ended_at", "open"};
  MembershipId membership;
  PersonId person;
  Time access_ended_at;
  RecordCounts open;
  bool operator==(const AccessExpired&) const = default;
};

// A membership is being ended in slices: access and sessions end here, its records are locked until UserDeactivated.
struct DeactivationStarted {
  static constexpr std::string_view type = "DeactivationStarted";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"reassignment", "membership", "person", "cause", "basis", "plan"};
  ReassignmentId reassignment;
  MembershipId membership;
  PersonId person;
  EndCause cause{};
  RecordCounts basis;
  std::vector<KindPlan> plan;
  bool operator==(const DeactivationStarted&) const = default;
};

// `terminal`: no later event can make this membership active again. `plan_digest` is that of the map of the records
// moved.
struct UserDeactivated {
  static constexpr std::string_view type = "UserDeactivated";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"membership", "person", "kind", "cause", "terminal", "seat_freed", "plan_digest"};
  MembershipId membership;
  PersonId person;
  MemberKind kind{};
  EndCause cause{};
  bool terminal = false;
  bool seat_freed = false;
  std::optional<Digest> plan_digest;
  bool operator==(const UserDeactivated&) const = default;
};

// A partner who holds many leads or tasks leaves in slices: access ends here, PartnerLeft follows with the last one.
struct LeavingStarted {
  static constexpr std::string_view type = "LeavingStarted";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"reassignment", "membership", "person", "basis"};
  ReassignmentId reassignment;
  MembershipId membership;
  PersonId person;
  RecordCounts basis;
  bool operator==(const LeavingStarted&) const = default;
};

struct PartnerLeft {
  static constexpr std::string_view type = "PartnerLeft";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"membership", "person", "terminal"};
  MembershipId membership;
  PersonId person;
  bool terminal = true;
  bool operator==(const PartnerLeft&) const = default;
};

// ---- records ----------------------------------------------------------------------------------------------------
// Lists of ids are cut at 256 ids or 16 KiB, so that an entry stays small; the rest follows in further events.

struct RecordsImported {
  static constexpr std::string_view type = "RecordsImported";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"kind", "status", "owner", "records"};
  RecordKind kind{};
  RecordStatus status{};
  std::optional<MembershipId> owner;
  std::vector<RecordId> records;
  bool operator==(const RecordsImported&) const = default;
};

struct RecordRegistered {
  static constexpr std::string_view type = "RecordRegistered";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"kind", "record", "owner"};
  RecordKind kind{};
  RecordId record;
  std::optional<MembershipId> owner;
  bool operator==(const RecordRegistered&) const = default;
};

struct RecordAssigned {
  static constexpr std::string_view type = "RecordAssigned";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"kind", "record", "from", "to"};
  RecordKind kind{};
  RecordId record;
  std::optional<MembershipId> from;
  MembershipId to;
  bool operator==(const RecordAssigned&) const = default;
};

struct RecordsUnassigned {
  static constexpr std::string_view type = "RecordsUnassigned";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"kind", "from", "records", "reassignment"};
  RecordKind kind{};
  MembershipId from;
  std::vector<RecordId> records;
  std::optional<ReassignmentId> reassignment;
  bool operator==(const RecordsUnassigned&) const = default;
};

struct TaskCompleted {
  static constexpr std::string_view type = "TaskCompleted";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"record", "owner"};
  RecordId record;
  std::optional<MembershipId> owner;
  bool operator==(const TaskCompleted&) const = default;
};

struct TaskReopened {
  static constexpr std::string_view type = "TaskReopened";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"record", "owner"};
  RecordId record;
  std::optional<MembershipId> owner;
  bool operator==(const TaskReopened&) const = default;
};

// A note stays with its author for ever; it is counted, never moved.
struct NoteAdded {
  static constexpr std::string_view type = "NoteAdded";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"record", "author"};
  RecordId record;
  MembershipId author;
  bool operator==(const NoteAdded&) const = default;
};

// A reassignment too large for one append goes in slices; the source's records are locked until it is completed.
struct ReassignmentStarted {
  static constexpr std::string_view type = "ReassignmentStarted";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"reassignment", "from", "basis", "plan"};
  ReassignmentId reassignment;
  MembershipId from;
  RecordCounts basis;
  std::vector<KindPlan> plan;
  bool operator==(const ReassignmentStarted&) const = default;
};

// `basis` is the number of records of this kind the plan was drawn on, `share` the target's weight or count in it.
struct RecordsReassigned {
  static constexpr std::string_view type = "RecordsReassigned";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"reassignment", "kind", "mode", "from", "to", "basis", "share", "records"};
  ReassignmentId reassignment;
  RecordKind kind{};
  ReassignmentMode mode{};
  MembershipId from;
  MembershipId to;
  std::uint64_t basis = 0;
  std::uint32_t share = 0;
  std::vector<RecordId> records;
  bool operator==(const RecordsReassigned&) const = default;
};

// `map_digest` proves which record went to whom: for every target a chain over its records in order, from 32 zero
// bytes, d = SHA-256(d ‖ record id); then SHA-256 over kind (u8) ‖ target (16 bytes, zeros for nobody) ‖ d of each
// target in the order of the plan.
struct ReassignmentCompleted {
  static constexpr std::string_view type = "ReassignmentCompleted";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"reassignment", "from", "moved", "map_digest"};
  ReassignmentId reassignment;
  MembershipId from;
  RecordCounts moved;
  Digest map_digest;
  bool operator==(const ReassignmentCompleted&) const = default;
};

struct CompletedTasksRemoved {
  static constexpr std::string_view type = "CompletedTasksRemoved";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"membership", "records"};
  MembershipId membership;
  std::vector<RecordId> records;
  bool operator==(const CompletedTasksRemoved&) const = default;
};

// ---- persons and sessions ---------------------------------------------------------------------------------------

struct SetupLinkIssued {
  static constexpr std::string_view type = "SetupLinkIssued";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"person", "email", "attempt", "expires_at"};
  PersonId person;
  Personal email;
  std::uint32_t attempt = 0;
  Time expires_at;
  bool operator==(const SetupLinkIssued&) const = default;
};

struct IdentityRegistered {
  static constexpr std::string_view type = "IdentityRegistered";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"person", "name"};
  PersonId person;
  std::optional<Personal> name;
  bool operator==(const IdentityRegistered&) const = default;
};

struct TermsAccepted {
  static constexpr std::string_view type = "TermsAccepted";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"person", "terms"};
  PersonId person;
  std::string terms;
  bool operator==(const TermsAccepted&) const = default;
};

struct PasswordSet {
  static constexpr std::string_view type = "PasswordSet";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"person", "credential", "verifier"};
  PersonId person;
  CredentialId credential;
  Verifier verifier;
  bool operator==(const PasswordSet&) const = default;
};

// In the account's scope when it is for one account, otherwise in the person's.
struct SessionStarted {
  static constexpr std::string_view type = "SessionStarted";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"session", "person", "membership", "expires_at"};
  SessionId session;
  PersonId person;
  std::optional<MembershipId> membership;
  Time expires_at;
  bool operator==(const SessionStarted&) const = default;
};

struct SessionEnded {
  static constexpr std::string_view type = "SessionEnded";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"session", "person", "membership", "cause"};
  SessionId session;
  PersonId person;
  std::optional<MembershipId> membership;
  SessionEndCause cause{};
  bool operator==(const SessionEnded&) const = default;
};

// The live sessions of a membership end with it, in the same append.
struct SessionsRevoked {
  static constexpr std::string_view type = "SessionsRevoked";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"person", "membership", "sessions"};
  PersonId person;
  std::optional<MembershipId> membership;
  std::vector<SessionId> sessions;
  bool operator==(const SessionsRevoked&) const = default;
};

// Failed sign-ins of a known person within one minute, which begins at `minute`.
struct SignInsFailed {
  static constexpr std::string_view type = "SignInsFailed";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"person", "minute", "count"};
  PersonId person;
  Time minute;
  std::uint32_t count = 0;
  bool operator==(const SignInsFailed&) const = default;
};

// Every fact, in its current version. Stored by name, so the order here means nothing.
using Event =
    std::variant<LogCreated, CommandRejected, AccountOpened, SeatLimitChanged, SeatTaken, SeatFreed, UserInvited,
                 PartnerInvited, InvitationMailQueued, InvitationResent, InvitationRevoked, InvitationDeclined,
                 InvitationExpired, InvitationAccepted, MembershipActivated, GroupJoined, GroupLeft, AccountLabelSet,
                 DeactivationStarted, UserDeactivated, LeavingStarted, PartnerLeft, RecordsImported, RecordRegistered,
                 RecordAssigned, RecordsUnassigned, TaskCompleted, TaskReopened, NoteAdded, ReassignmentStarted,
                 RecordsReassigned, ReassignmentCompleted, CompletedTasksRemoved, SetupLinkIssued, IdentityRegistered,
                 TermsAccepted, PasswordSet, SessionStarted, SessionEnded, SessionsRevoked, SignInsFailed,
                 AccessExpired, ClockConfirmed, RebuildOrdered>;

// Every version ever written: today's facts, and the structs they took the place of.
template <class Current, class... Old>
class Catalogue;
using EventVersions = Catalogue<Event, CommandRejectedV1>;

}  // namespace rollcall
