// Who gets which record when one user's records are handed on: quotas, the deal, and its progress in slices.
// The same functions make the dry run, the small reassignment in one append and every slice of a large one.
#pragma once

#include <optional>
#include <vector>

#include "domain/engine/decision.hpp"
#include "domain/engine/state.hpp"

namespace rollcall {

// What fits into one append; beyond it the work goes in slices with other commands in between.
constexpr std::size_t allocations_max = 500;  // of a kind
constexpr std::size_t small_plan_records = 2'000;
constexpr std::size_t slice_records = 256;
// A record event holds at most this many ids, and at most this many bytes of them.
constexpr std::size_t event_records_max = 256;
constexpr std::size_t event_record_bytes_max = 16 * 1024;

// How many records each target gets. Ratio: quota n·w/W rounded down, what is left goes one each to the largest
// fractions, ties in the order of the list (largest remainder, Hamilton). Hardcoded: the shares themselves.
std::vector<std::uint64_t> quotas(ReassignmentMode mode, std::uint64_t records, const std::vector<Allocation>& targets);

// Checks a plan against the counts it must cover and the members it names. Kinds without records may be left out.
std::optional<Rejection> refuse_plan(const State& state, const AccountId& account, const MembershipId& source,
                                     const RecordCounts& open, const std::vector<KindPlan>& plan, Time now);

// The work that a started reassignment, deactivation or leaving is.
WorkRow work_of(const ReassignmentStarted& e, const Envelope& envelope, const AccountId& account);
WorkRow work_of(const DeactivationStarted& e, const Envelope& envelope, const AccountId& account);
WorkRow work_of(const LeavingStarted& e, const Envelope& envelope, const AccountId& account);

// The members who receive, each once.
std::vector<MembershipId> targets_of(const WorkRow& work);

// Deals the next records of the source, in the order of their ids, each to the target with the most quota left (ties in
// the order of the plan), at most `limit` of them, and says so as events. `work` moves on with them.
std::vector<Event> deal(const State& state, const ReassignmentId& id, WorkRow& work, std::size_t limit);
// Moves `work` on by records that an event says were dealt.
void deal_recorded(WorkRow& work, RecordKind kind, const std::optional<MembershipId>& to,
                   const std::vector<RecordId>& records);
// Every record has its new owner.
bool dealt_out(const WorkRow& work);
Digest map_digest(const WorkRow& work);

// Completed tasks of the ended user go, at most `limit` in one call.
std::vector<Event> remove_completed_tasks(const State& state, const MembershipId& member, std::size_t limit);

// Calls visit(kind, record, to) for every record in the order in which it would be dealt, without changing anything.
void map_records(const State& state, WorkRow work,
                 const std::function<void(RecordKind, const RecordId&, const std::optional<MembershipId>&)>& visit);

// ---- what ending a membership and handing on records have in common ------------------------------------------------

constexpr std::size_t all_of_it = static_cast<std::size_t>(-1);

std::uint64_t total(const RecordCounts& counts);
// What a plan has to be drawn on, told with a refusal.
std::vector<RejectionDetail> counts_now(const MembershipRow& member);
// Nothing can be done to a member who is ending, or whose records are on their way.
std::optional<Rejection> refuse_busy(const MembershipRow& member);
// The map that was shown must be the one that is carried out.
std::optional<Rejection> refuse_map(const State& state, const WorkRow& work, const std::optional<Digest>& shown);
// The counts a plan was drawn on must still hold.
std::optional<Rejection> refuse_basis(const MembershipRow& member, const RecordCounts& basis,
                                      const std::optional<std::uint64_t>& ledger_version);
// How many records of each kind the work moves.
RecordCounts planned(const WorkRow& work);
void append(Facts& facts, const Scope& scope, std::vector<Event> events);
// The facts with which a membership ends, when nothing open is left. See memberships/decide.cpp.
void end_membership(const State& state, Facts& facts, const AccountId& account, const MembershipId& id,
                    const MembershipRow& member, EndCause cause, const std::optional<Digest>& plan_digest);

// Lists of records cut into what fits in one event.
std::vector<std::vector<RecordId>> cut(std::vector<RecordId> records);

}  // namespace rollcall
