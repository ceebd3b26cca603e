// Where things are in the log: the positions of each scope, the history of each membership, and where a person has ever
// been a member. As-of views and `rollcall history` read the log by it instead of from its beginning.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "events/entry.hpp"
#include "events/rows.hpp"
#include "projections/engine/projection.hpp"

namespace rollcall::projections {

extern const Projection scopes;

// Called for each event in order; `tag` is tag_of() its type. False ends the reading.
using VisitPosition = std::function<bool(Position position, std::uint8_t tag)>;

// A byte that stands for a type: types with different tags are different, so most entries need not be read to see that
// they are about something else.
std::uint8_t tag_of(std::string_view type);

// The events of a scope, by sequence number.
void scan_scope(const Rows& rows, const Scope& scope, const VisitPosition& visit);
// The events in an account that name this membership, its invitation's before, what it was refused and what was refused
// on it, its person's registration, the terms accepted with it and the passwords set since.
void scan_history(const Rows& rows, const MembershipId& membership, const VisitPosition& visit);
// What happened elsewhere to persons while they were members of this account and shows in it: their registrations.
void scan_registrations(const Rows& rows, const AccountId& account, const VisitPosition& visit);

// What holds for everybody in this account: its opening, policies and roles.
void scan_settings(const Rows& rows, const AccountId& account, const VisitPosition& visit);

// Of each member of this account the last sign-in before this position, wherever that was: for the account or for all
// of the person's. All that the lists of users show of sign-ins, and as many events as there are members.
void scan_last_sign_ins(const Rows& rows, const AccountId& account, Position before, const VisitPosition& visit);
// The same of one member.
void scan_last_sign_in(const Rows& rows, const AccountId& account, const MembershipId& membership, Position before,
                       const VisitPosition& visit);
// Whether an event with this tag in the scope of an account is a sign-in for certain.
bool surely_sign_in(std::uint8_t tag);

// The last `limit` events of a history before position `before`, latest first.
std::vector<Position> latest_in_history(const Rows& rows, const MembershipId& membership, Position before,
                                        std::size_t limit);

// Where the account was opened, which is what tells its name.
std::optional<Position> opening_of(const Rows& rows, const AccountId& account);

// Where the log's time may have gone back: the events that confirmed the clock, and others perhaps, in order.
std::vector<Position> clock_steps(const Rows& rows);

// Every membership a person has ever had, the first one first.
struct Place {
  static constexpr std::array fields{"account", "membership"};
  AccountId account;
  MembershipId membership;
};
std::vector<Place> places_of(const Rows& rows, const PersonId& person);

}  // namespace rollcall::projections
