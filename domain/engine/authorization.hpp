// Who may do what: one table for all commands and queries, decided on the same state as everything else.
#pragma once

#include <cstdint>
#include <string_view>

#include "domain/commands.hpp"
#include "domain/engine/context.hpp"
#include "domain/engine/rejection.hpp"
#include "domain/engine/state.hpp"
#include "events/expected.hpp"
#include "events/rights.hpp"

namespace rollcall {

// The rule of a command or query, by its name.
struct NamedRule {
  std::string_view action;
  Rule rule;
};

constexpr NamedRule rules[] = {
    // accounts
    {"OpenAccount", {About::log, Party::operator_}},
    {"ChangeSeatLimit", {About::account, Party::operator_}},
    {"AddToGroup", {About::account, admins}},
    {"RemoveFromGroup", {About::account, admins}},
    // invitations
    {"InviteUser", {About::account, admins}},
    {"InvitePartner", {About::account, admins}},
    {"ResendInvitation", {About::account, admins}},
    {"RevokeInvitation", {About::account, admins}},
    {"ExpireInvitation", {About::account, Party::clock}},
    {"DeclineInvitation", {About::link, Party::link_holder}},
    {"AcceptInvite", {About::link, Party::link_holder}},
    {"CompleteSetup", {About::person, Party::link_holder}},
    // memberships
    {"DeactivateUser", {About::account, admins}},
    {"LeaveAccount", {About::account, members}},  // who is no partner is told so
    {"SetAccountLabel", {About::account, members}},
    // records: the CRM feeds them with the operator key
    {"RegisterRecord", {About::account, admins | Party::operator_, true}},
    {"ImportRecords", {About::account, admins | Party::operator_}},
    {"AssignRecord", {About::account, admins | Party::operator_, false, "reassign"}},
    {"UnassignRecords", {About::account, admins | Party::operator_, false, "reassign"}},
    {"CompleteTask", {About::account, admins | Party::operator_, true}},
    {"ReopenTask", {About::account, admins | Party::operator_, true}},
    {"AddNote", {About::account, admins | Party::operator_, true}},
    {"ReassignRecords", {About::account, admins}},
    // sessions
    {"StartSession", {About::person, Party::anyone}},
    {"EndSession", {About::own, Party::operator_ | Party::clock, true}},
    {"RecordFailedSignIns", {About::person, Party::clock}},
    // queries
    {"Users", {About::account, admins | Party::operator_}},
    {"UserProfile", {About::account, admins | Party::operator_, true}},
    {"UserHistory", {About::account, admins | Party::operator_, true}},
    {"Invitations", {About::account, admins | Party::operator_}},
    {"Assignments", {About::account, admins | Party::operator_}},
    {"AccountCentral", {About::person, Party::operator_, true}},
    {"OfferedInvitation", {About::link, Party::link_holder}},
    {"Event", {About::log, Party::operator_}},
    {"Events", {About::log, Party::operator_}},
    {"Status", {About::log, Party::operator_}},
};

// The rule of an action. A command or query without one does not compile.
consteval Rule rule_of(std::string_view action) {
  for (const auto& rule : rules)
    if (rule.action == action) return rule.rule;
  throw "this action has no rule in domain/authorization.hpp";
}

// Who the caller is in this account, once his session and membership have been checked.
struct Standing {
  Parties parties;
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
