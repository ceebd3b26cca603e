// What events of several aggregates do to the same rows.
#pragma once

#include "domain/engine/state.hpp"
#include "events/entry.hpp"

namespace rollcall {

// The account an event belongs to. Throws Malformed when its scope is another.
AccountId account_of(const Envelope& envelope);

// Numbers of data keys that are in use are never issued again.
void issue_key(State& state, KeyNumber number);
// A person appears with the first event that names their address. True when that is now: nothing else is known of them.
bool meet(State& state, const PersonId& person, const Personal& email, const std::optional<Personal>& name);

void change_member(State& state, const MembershipId& id, auto&& how) {
  state.change<MembershipRow>(MembershipRow::key(id), how);
}
void change_account(State& state, const AccountId& account, auto&& how) {
  state.change<AccountRow>(AccountRow::key(account), how);
}

// A role of the account's own is held by one member more or less; one that every account has is not counted.
void count_holder(State& state, const std::optional<MemberRole>& role, int more);

// Nothing is shared with this membership any more.
void end_shares(State& state, const AccountId& account, const MembershipId& id);

// A reassignment in slices begins: its source's records are locked, its targets known to receive.
void start_work(State& state, const ReassignmentId& id, const WorkRow& work);

}  // namespace rollcall
