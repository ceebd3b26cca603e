// What happens to a membership: it begins, changes and ends. See events/facts.hpp.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/facts/records.hpp"
#include "events/fields.hpp"
#include "events/personal.hpp"
#include "events/values.hpp"
#include "events/words.hpp"

namespace rollcall {

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

// What a partner calls an account, how its name reads to them, and which of their apps they connected with it; all that
// they save on the Configure screen, whether or not it changed. Nothing: as the account has it.
struct AccountConfigured {
  static constexpr std::string_view type = "AccountConfigured";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"membership", "person", "label", "account_name", "connected_apps"};
  MembershipId membership;
  PersonId person;
  std::optional<Personal> label;
  std::optional<Personal> account_name;
  std::vector<std::string> connected_apps;
  bool operator==(const AccountConfigured&) const = default;
};

struct OwnershipTransferred {
  static constexpr std::string_view type = "OwnershipTransferred";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"from", "to"};
  MembershipId from;
  MembershipId to;
  bool operator==(const OwnershipTransferred&) const = default;
};

// A deactivated user is back with what they were last allowed; records and places in teams are not.
struct UserReactivated {
  static constexpr std::string_view type = "UserReactivated";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"membership", "person", "email", "name", "admin", "role", "permissions"};
  MembershipId membership;
  PersonId person;
  Personal email;
  std::optional<Personal> name;
  bool admin = false;
  std::optional<MemberRole> role;
  std::vector<Permission> permissions;
  bool operator==(const UserReactivated&) const = default;
};

// No access for a while; seat, records and permissions stay.
struct UserFrozen {
  static constexpr std::string_view type = "UserFrozen";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"membership", "person", "until"};
  MembershipId membership;
  PersonId person;
  std::optional<Time> until;
  bool operator==(const UserFrozen&) const = default;
};

struct UserUnfrozen {
  static constexpr std::string_view type = "UserUnfrozen";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"membership", "person"};
  MembershipId membership;
  PersonId person;
  bool operator==(const UserUnfrozen&) const = default;
};

// `to` is when access ends by itself from now on, nothing: it does not.
struct AccessEndChanged {
  static constexpr std::string_view type = "AccessEndChanged";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"membership", "from", "to"};
  MembershipId membership;
  std::optional<Time> from;
  std::optional<Time> to;
  bool operator==(const AccessEndChanged&) const = default;
};

// The person's address can become another user of the account; this membership is never active again.
struct IdentityUnlinked {
  static constexpr std::string_view type = "IdentityUnlinked";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"membership", "person", "ticket"};
  MembershipId membership;
  PersonId person;
  std::string ticket;
  bool operator==(const IdentityUnlinked&) const = default;
};

// A partner who wants to leave asks the owner to take over what they hold.
struct HandOverRequested {
  static constexpr std::string_view type = "HandOverRequested";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"membership", "person", "open"};
  MembershipId membership;
  PersonId person;
  RecordCounts open;
  bool operator==(const HandOverRequested&) const = default;
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

// What became of each of the many that one command was about: `action` is its name, a code says why one was refused.
struct BulkFailure {
  static constexpr std::array fields{"membership", "code"};
  MembershipId membership;
  std::string code;
  bool operator==(const BulkFailure&) const = default;
};
struct BulkActionCompleted {
  static constexpr std::string_view type = "BulkActionCompleted";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"action", "done", "failed"};
  std::string action;
  std::vector<MembershipId> done;
  std::vector<BulkFailure> failed;
  bool operator==(const BulkActionCompleted&) const = default;
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

}  // namespace rollcall
