// Who may do what. Commands and queries say it of themselves (events/rights.hpp); it is decided here, on the same state
// as everything else.
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

// Who the caller is in this account, once their session and membership have been checked.
struct Standing {
  Parties parties;
  std::optional<PersonId> person;  // whose rights are used: the caller, or the one they act for
  std::optional<MembershipId> membership;
  std::optional<MembershipRow> member;
  bool reads = true;   // may ask queries; a key may be for commands alone
  bool writes = true;  // may ask commands; a key may be for queries alone
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

// An ended, deactivating or lapsed membership gives no access, whatever tokens say.
bool gives_access(const MembershipRow& member, Time now);
// Is time-boxed access over, whether or not the clock has written it down? False once the membership is ended.
bool access_over(const MembershipRow& member, Time now);

// Does the rule allow it? `own`: it is about what is the caller's own; `right`: the permission that would do instead.
bool allows(const Rule& rule, const Standing& who, bool own, std::string_view right_area);

}  // namespace rollcall
