// The enumerations of the business, with the words they go by on the wire. Their numbers are in the stored bytes:
// a new value goes to the end, none is ever renumbered.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace rollcall {

template <std::size_t N>
using Names = std::array<std::string_view, N>;

// Why an event is where it is in the story: whose history it belongs to.
enum class ScopeKind : std::uint8_t { log, account, person, portal };
constexpr Names<4> enum_names(ScopeKind) { return {"log", "account", "person", "portal"}; }

// Who acted: our own staff with the installation's key, a person, the clock, a program with a key of its own, a user of
// a portal, or an auditor.
enum class ActorKind : std::uint8_t { operator_, person, system, key, portal_user, auditor };
constexpr Names<6> enum_names(ActorKind) { return {"operator", "person", "system", "key", "portal_user", "auditor"}; }

enum class MemberKind : std::uint8_t { standard, partner };
constexpr Names<2> enum_names(MemberKind) { return {"standard", "partner"}; }

// Admin has every right in the account; only SalesRep may own leads.
enum class Group : std::uint8_t { admin, sales_rep };
constexpr Names<2> enum_names(Group) { return {"Admin", "SalesRep"}; }

enum class RecordKind : std::uint8_t { contact, lead, task, note };
constexpr Names<4> enum_names(RecordKind) { return {"contact", "lead", "task", "note"}; }

// Tasks are completed; contacts and leads stay open.
enum class RecordStatus : std::uint8_t { open, completed };
constexpr Names<2> enum_names(RecordStatus) { return {"open", "completed"}; }

// How the records of one kind are handed on: by shares, by exact counts, or to nobody.
enum class ReassignmentMode : std::uint8_t { ratio, hardcoded, unassign };
constexpr Names<3> enum_names(ReassignmentMode) { return {"ratio", "hardcoded", "unassign"}; }

// What an access key is good for: asking and telling in its holder's name; reading everything; all that the operator
// may; following the events.
enum class KeyScope : std::uint8_t { read, write, audit, operate, subscribe };
constexpr Names<5> enum_names(KeyScope) { return {"read", "write", "audit", "operate", "subscribe"}; }

// Why a membership ended.
enum class EndCause : std::uint8_t { deactivated, left, expired, review };
constexpr Names<4> enum_names(EndCause) { return {"deactivated", "left", "expired", "review"}; }

// Why a password was set: the person had none, or changed it knowing the one before, or followed a reset link; or it is
// the same, and costs a guesser more from now on.
enum class PasswordOccasion : std::uint8_t { first, changed, reset, upgraded };
constexpr Names<4> enum_names(PasswordOccasion) { return {"first", "changed", "reset", "upgraded"}; }

enum class SessionEndCause : std::uint8_t { signed_out, expired, ended_by_operator, idle };
constexpr Names<4> enum_names(SessionEndCause) { return {"signed_out", "expired", "ended_by_operator", "idle"}; }

// What an account decides for itself.
enum class Policy : std::uint8_t {
  require_second_factor,
  language,
  require_certified_partner,    // only certified partners are invited
  partner_admins_manage_users,  // partners with Admin = Yes invite, change and end users
  leave_blocks,                 // what keeps a partner from leaving
  revoke_on_inviter_exit,       // open invitations end with the membership of who sent them
  reserve_seat_on_invite,       // an invited user holds a seat
};
constexpr Names<7> enum_names(Policy) {
  return {"require_second_factor",       "language",     "require_certified_partner",
          "partner_admins_manage_users", "leave_blocks", "revoke_on_inviter_exit",
          "reserve_seat_on_invite"};
}

// What keeps a partner from leaving: contacts they hold, or whatever they hold.
enum class LeaveBlocks : std::uint8_t { contacts, all };
constexpr Names<2> enum_names(LeaveBlocks) { return {"contacts", "all"}; }

// Whose records somebody in a team has to do with: a manager's are those of the team's users.
enum class TeamPlace : std::uint8_t { manager, user };
constexpr Names<2> enum_names(TeamPlace) { return {"manager", "user"}; }

// In which mails are written (ISO 639-1).
enum class Language : std::uint8_t { en, de, es };
constexpr Names<3> enum_names(Language) { return {"en", "de", "es"}; }

// Why a mail does not arrive: the next mail server would not take it until it was of no use any more; what it said had
// been replaced or withdrawn before it could go; or it was taken, and came back.
enum class MailTrouble : std::uint8_t { refused, outdated, bounced };
constexpr Names<3> enum_names(MailTrouble) { return {"refused", "outdated", "bounced"}; }

// Of whom an account demands a second factor. Its owner is among the admins, and so are partners with Admin = Yes.
enum class FactorDemand : std::uint8_t { nobody, admins, admins_and_partners, everybody };
constexpr Names<4> enum_names(FactorDemand) { return {"nobody", "admins", "admins_and_partners", "everybody"}; }

}  // namespace rollcall
