// How many records a membership has, and which events change that: the same numbers the domain decides on.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "events/facts.hpp"

namespace rollcall::projections {

struct Counts {
  static constexpr std::array fields{"contacts",        "leads", "pending_tasks",
                                     "completed_tasks", "notes", "ledger_version"};
  std::uint64_t contacts = 0;
  std::uint64_t leads = 0;
  std::uint64_t pending_tasks = 0;
  std::uint64_t completed_tasks = 0;
  std::uint64_t notes = 0;
  std::uint64_t ledger_version = 0;  // grows by one with each record that comes, goes, is completed or reopened
  bool operator==(const Counts&) const = default;

  bool nothing_open() const { return contacts + leads + pending_tasks == 0; }
  bool none() const { return contacts + leads + pending_tasks + completed_tasks + notes == 0; }
  void come(RecordKind kind, RecordStatus status, std::size_t records) {
    of(kind, status) += records;
    ledger_version += records;
  }
  void go(RecordKind kind, RecordStatus status, std::size_t records) {
    auto& held = of(kind, status);
    held -= std::min<std::uint64_t>(held, records);
    ledger_version += records;
  }
  void turn(RecordStatus from, RecordStatus to) {
    go(RecordKind::task, from, 1);
    ++of(RecordKind::task, to);
  }

 private:
  std::uint64_t& of(RecordKind kind, RecordStatus status) {
    switch (kind) {
      case RecordKind::contact: return contacts;
      case RecordKind::lead: return leads;
      case RecordKind::task: return status == RecordStatus::completed ? completed_tasks : pending_tasks;
      case RecordKind::note: break;
    }
    return notes;
  }
};

// Each of these calls counts(membership), which is a `Counts*` or null, for the memberships whose records it moves.
void recount(const RecordsImported& e, auto&& counts) {
  if (!e.owner) return;
  if (Counts* owner = counts(*e.owner)) owner->come(e.kind, e.status, e.records.size());
}
void recount(const RecordRegistered& e, auto&& counts) {
  if (!e.owner) return;
  if (Counts* owner = counts(*e.owner)) owner->come(e.kind, RecordStatus::open, 1);
}
void recount(const RecordAssigned& e, auto&& counts) {
  if (e.from)
    if (Counts* from = counts(*e.from)) from->go(e.kind, RecordStatus::open, 1);
  if (Counts* to = counts(e.to)) to->come(e.kind, RecordStatus::open, 1);
}
void recount(const RecordsUnassigned& e, auto&& counts) {
  if (Counts* from = counts(e.from)) from->go(e.kind, RecordStatus::open, e.records.size());
}
void recount(const TaskCompleted& e, auto&& counts) {
  if (!e.owner) return;
  if (Counts* owner = counts(*e.owner)) owner->turn(RecordStatus::open, RecordStatus::completed);
}
void recount(const TaskReopened& e, auto&& counts) {
  if (!e.owner) return;
  if (Counts* owner = counts(*e.owner)) owner->turn(RecordStatus::completed, RecordStatus::open);
}
void recount(const NoteAdded& e, auto&& counts) {
  if (Counts* author = counts(e.author)) author->come(RecordKind::note, RecordStatus::open, 1);
}
void recount(const RecordsReassigned& e, auto&& counts) {
  if (Counts* from = counts(e.from)) from->go(e.kind, RecordStatus::open, e.records.size());
  if (Counts* to = counts(e.to)) to->come(e.kind, RecordStatus::open, e.records.size());
}
void recount(const CompletedTasksRemoved& e, auto&& counts) {
  if (Counts* owner = counts(e.membership)) owner->go(RecordKind::task, RecordStatus::completed, e.records.size());
}

template <class E>
concept MovesRecords = requires(const E& event, Counts* (*counts)(const MembershipId&)) { recount(event, counts); };

}  // namespace rollcall::projections
