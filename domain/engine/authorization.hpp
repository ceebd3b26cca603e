// Who is asking, and what they hold (events/rights.hpp), decided on the same state as everything else.
#pragma once

#include <optional>
#include <vector>

#include "domain/commands.hpp"
#include "domain/engine/context.hpp"
#include "domain/engine/rejection.hpp"
#include "domain/engine/state.hpp"
#include "events/expected.hpp"
#include "events/rights.hpp"

namespace rollcall {

// Who the caller is in this account, and what they hold there, once their session and membership have been checked.
struct Standing {
  std::vector<Held> held;
  std::optional<PersonId> person;  // whose rights are used: the caller, or the one they act for
  std::optional<MembershipId> membership;
  std::optional<MembershipRow> member;
  std::optional<Time> confirmed_at{};  // when the person showed last that it is they, where they ask in a session
  std::optional<Code> barred{};        // why they hold less than they would

  bool may(Action action, Reach reach) const { return allows(held, action, reach); }
};

// Nobody here, and who they are elsewhere if that is known: a session used on a foreign account tells a lot.
struct NoStanding {
  Rejection rejection;
  std::optional<PersonId> person{};
};

// Checks the caller's session and, where an account is named, their membership in it, both at `now`.
// not_authenticated: the session or key is unknown, ended or expired. not_authorized: it is for one account and this is
// about something else, by what the command or query says it is about.
Expected<Standing, NoStanding> standing_of(const State& state, const Caller& caller, const Proofs& proofs, Time now,
                                           About about, const std::optional<AccountId>& account);

// How far the caller's reach has to go for what belongs to this member: their own, their teams', or all there is.
Reach reach_over(const State& state, const Standing& who, const std::optional<MembershipId>& member);
// Is this record shared with whoever asks? Then it is as their own.
bool is_shared_with(const State& state, const Standing& who, RecordKind kind, const RecordId& record);
// The members a caller sees who does not see all: themselves, and the users of the teams they manage.
std::vector<MembershipId> members_in_reach(const State& state, const Standing& who);

// An ended, deactivating, frozen or lapsed membership gives no access, whatever tokens say.
bool gives_access(const MembershipRow& member, Time now);
// Is time-boxed access over, whether or not the clock has written it down? False once the membership is ended.
bool access_over(const MembershipRow& member, Time now);

// Does the account demand a second factor of this member, and have they none?
bool lacks_factor(const State& state, const AccountId& account, const MembershipRow& member);

// The part of a membership that tells what it gives.
MemberRights rights_of(const State& state, const MembershipId& id, const MembershipRow& member);

}  // namespace rollcall
