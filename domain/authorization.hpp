// Who may do what: one table for all commands and queries, decided on the same state as everything else.
#pragma once

#include <cstdint>
#include <string_view>

#include "domain/commands.hpp"
#include "domain/context.hpp"
#include "domain/rejection.hpp"
#include "domain/state.hpp"
#include "events/expected.hpp"

namespace rollcall {

// What a caller can be towards an account. Bits, since a rule names several.
enum class Role : std::uint16_t {
  operator_ = 1,       // our own staff, with the operator key and for nobody else
  clock = 2,           // the system itself
  owner = 4,           // of the account
  admin = 8,           // in its Admin group
  partner_admin = 16,  // a partner with Admin = Yes acts as an admin
  partner = 32,        // a partner without
  user = 64,           // an ordinary user
  link_holder = 128,   // holds the link of a mail
  person = 256,        // anybody who is signed in, whatever he is in the account
  anyone = 512,        // even the unknown
};

class Roles {
 public:
  constexpr Roles() = default;
  constexpr Roles(Role role) : bits_(static_cast<std::uint16_t>(role)) {}
  constexpr bool includes(Roles others) const { return (bits_ & others.bits_) != 0; }
  friend constexpr Roles operator|(Roles a, Roles b) {
    a.bits_ = static_cast<std::uint16_t>(a.bits_ | b.bits_);
    return a;
  }

 private:
  std::uint16_t bits_ = 0;
};
constexpr Roles operator|(Role a, Role b) { return Roles{a} | Roles{b}; }

constexpr Roles admins = Role::owner | Role::admin | Role::partner_admin;
constexpr Roles members = admins | Role::partner | Role::user;

// One rule: these roles may; the others may when it is about their own, or when they hold the right named.
struct Rule {
  std::string_view action;  // a command's or a query's name
  Roles roles;
  bool own = false;             // members: what is theirs (own task, own profile, own session)
  std::string_view right = {};  // members: this verb on the kind of record concerned, e.g. reassign
};

constexpr Rule rules[] = {
    // accounts
    {"OpenAccount", Role::operator_},
    {"ChangeSeatLimit", Role::operator_},
    {"AddToGroup", admins},
    {"RemoveFromGroup", admins},
    // invitations
    {"InviteUser", admins},
    {"InvitePartner", admins},
    {"ResendInvitation", admins},
    {"RevokeInvitation", admins},
    {"ExpireInvitation", Role::clock},
    {"DeclineInvitation", Role::link_holder},
    {"AcceptInvite", Role::link_holder},
    {"CompleteSetup", Role::link_holder},
    // memberships
    {"DeactivateUser", admins},
    {"LeaveAccount", members},  // who is no partner is told so
    {"SetAccountLabel", members},
    // records: the CRM feeds them with the operator key
    {"RegisterRecord", admins | Role::operator_, true},
    {"ImportRecords", admins | Role::operator_},
    {"AssignRecord", admins | Role::operator_, false, "reassign"},
    {"UnassignRecords", admins | Role::operator_, false, "reassign"},
    {"CompleteTask", admins | Role::operator_, true},
    {"ReopenTask", admins | Role::operator_, true},
    {"AddNote", admins | Role::operator_, true},
    {"ReassignRecords", admins},
    // sessions
    {"StartSession", Role::anyone},
    {"EndSession", Role::operator_ | Role::clock, true},
    {"RecordFailedSignIns", Role::clock},
    // queries
    {"Users", admins | Role::operator_},
    {"UserProfile", admins | Role::operator_, true},
    {"UserHistory", admins | Role::operator_, true},
    {"Invitations", admins | Role::operator_},
    {"Assignments", admins | Role::operator_},
    {"AccountCentral", Role::operator_, true},
    {"OfferedInvitation", Role::link_holder},
    {"Event", Role::operator_},
    {"Events", Role::operator_},
    {"Status", Role::operator_},
};

// The rule of an action. A command or query without one does not compile.
consteval Rule rule_of(std::string_view action) {
  for (const auto& rule : rules)
    if (rule.action == action) return rule;
  throw "this action has no rule in domain/authorization.hpp";
}

// Who the caller is in this account, once his session and membership have been checked.
struct Standing {
  Roles roles;
  std::optional<PersonId> person;  // whose rights are used: the caller, or the one he acts for
  std::optional<MembershipId> membership;
  std::optional<MembershipRow> member;
};

// Checks the caller's session and, where an account is named, his membership in it, both at `now`.
// not_authenticated: the session is unknown, ended or expired. not_authorized: it is for another account.
Expected<Standing, Rejection> standing_of(const State& state, const Caller& caller, const Proofs& proofs, Time now,
                                          const std::optional<AccountId>& account);

// An ended, deactivating or lapsed membership gives no access, whatever tokens say.
bool gives_access(const MembershipRow& member, Time now);

// Does the rule allow it? `own`: it is about what is the caller's; `right`: the permission that would do instead.
bool allows(const Rule& rule, const Standing& who, bool own, std::string_view right_area);

}  // namespace rollcall
