// What happens to the records of an account, and how they are handed on. See events/facts.hpp.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "events/fields.hpp"
#include "events/values.hpp"
#include "events/words.hpp"

namespace rollcall {

// Open records of one membership, by kind: contacts, leads and pending tasks.
struct RecordCounts {
  static constexpr std::array fields{"contacts", "leads", "tasks"};
  std::uint64_t contacts = 0;
  std::uint64_t leads = 0;
  std::uint64_t tasks = 0;

  constexpr std::uint64_t of(RecordKind kind) const {
    switch (kind) {
      case RecordKind::contact: return contacts;
      case RecordKind::lead: return leads;
      case RecordKind::task: return tasks;
      case RecordKind::note: break;
    }
    return 0;
  }
  bool operator==(const RecordCounts&) const = default;
};

// One target and its share: a weight in Ratio, a number of records in Hardcoded.
struct Allocation {
  static constexpr std::array fields{"to", "share"};
  MembershipId to;
  std::uint32_t share = 0;
  bool operator==(const Allocation&) const = default;
};

// How the open records of one kind are handed on.
struct KindPlan {
  static constexpr std::array fields{"kind", "mode", "allocations"};
  RecordKind kind{};
  ReassignmentMode mode{};
  std::vector<Allocation> allocations;
  bool operator==(const KindPlan&) const = default;
};

// Lists of ids are cut at 256 ids or 16 KiB, so that an entry stays small; the rest follows in further events.

struct RecordsImported {
  static constexpr std::string_view type = "RecordsImported";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"kind", "status", "owner", "records"};
  RecordKind kind{};
  RecordStatus status{};
  std::optional<MembershipId> owner;
  std::vector<RecordId> records;
  bool operator==(const RecordsImported&) const = default;
};

struct RecordRegistered {
  static constexpr std::string_view type = "RecordRegistered";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"kind", "record", "owner"};
  RecordKind kind{};
  RecordId record;
  std::optional<MembershipId> owner;
  bool operator==(const RecordRegistered&) const = default;
};

struct RecordAssigned {
  static constexpr std::string_view type = "RecordAssigned";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"kind", "record", "from", "to"};
  RecordKind kind{};
  RecordId record;
  std::optional<MembershipId> from;
  MembershipId to;
  bool operator==(const RecordAssigned&) const = default;
};

// From now on this user sees the record and edits it as if it were their own.
struct RecordShared {
  static constexpr std::string_view type = "RecordShared";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"kind", "record", "with"};
  RecordKind kind{};
  RecordId record;
  MembershipId with;
  bool operator==(const RecordShared&) const = default;
};

// No longer. Sharing also ends, without this, when the record becomes theirs, with the record, and with their
// membership.
struct RecordUnshared {
  static constexpr std::string_view type = "RecordUnshared";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"kind", "record", "with"};
  RecordKind kind{};
  RecordId record;
  MembershipId with;
  bool operator==(const RecordUnshared&) const = default;
};

struct RecordsUnassigned {
  static constexpr std::string_view type = "RecordsUnassigned";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"kind", "from", "records", "reassignment"};
  RecordKind kind{};
  MembershipId from;
  std::vector<RecordId> records;
  std::optional<ReassignmentId> reassignment;
  bool operator==(const RecordsUnassigned&) const = default;
};

struct TaskCompleted {
  static constexpr std::string_view type = "TaskCompleted";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"record", "owner"};
  RecordId record;
  std::optional<MembershipId> owner;
  bool operator==(const TaskCompleted&) const = default;
};

struct TaskReopened {
  static constexpr std::string_view type = "TaskReopened";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"record", "owner"};
  RecordId record;
  std::optional<MembershipId> owner;
  bool operator==(const TaskReopened&) const = default;
};

// A note stays with its author for ever; it is counted, never moved.
struct NoteAdded {
  static constexpr std::string_view type = "NoteAdded";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"record", "author"};
  RecordId record;
  MembershipId author;
  bool operator==(const NoteAdded&) const = default;
};

// A reassignment too large for one append goes in slices; the source's records are locked until it is completed.
struct ReassignmentStarted {
  static constexpr std::string_view type = "ReassignmentStarted";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"reassignment", "from", "basis", "plan"};
  ReassignmentId reassignment;
  MembershipId from;
  RecordCounts basis;
  std::vector<KindPlan> plan;
  bool operator==(const ReassignmentStarted&) const = default;
};

// `basis` is the number of records of this kind the plan was drawn on, `share` the target's weight or count in it.
struct RecordsReassigned {
  static constexpr std::string_view type = "RecordsReassigned";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"reassignment", "kind", "mode", "from", "to", "basis", "share", "records"};
  ReassignmentId reassignment;
  RecordKind kind{};
  ReassignmentMode mode{};
  MembershipId from;
  MembershipId to;
  std::uint64_t basis = 0;
  std::uint32_t share = 0;
  std::vector<RecordId> records;
  bool operator==(const RecordsReassigned&) const = default;
};

// `map_digest` proves which record went to whom: for every target a chain over its records in order, from 32 zero
// bytes, d = SHA-256(d ‖ record id); then SHA-256 over kind (u8) ‖ target (16 bytes, zeros for nobody) ‖ d of each
// target in the order of the plan.
struct ReassignmentCompleted {
  static constexpr std::string_view type = "ReassignmentCompleted";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"reassignment", "from", "moved", "map_digest"};
  ReassignmentId reassignment;
  MembershipId from;
  RecordCounts moved;
  Digest map_digest;
  bool operator==(const ReassignmentCompleted&) const = default;
};

struct CompletedTasksRemoved {
  static constexpr std::string_view type = "CompletedTasksRemoved";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"membership", "records"};
  MembershipId membership;
  std::vector<RecordId> records;
  bool operator==(const CompletedTasksRemoved&) const = default;
};

}  // namespace rollcall
