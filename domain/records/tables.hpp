// Rows of decision state: records, who holds them, and reassignments under way.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/engine/key.hpp"

namespace rollcall {

struct RecordRow {
  static constexpr char table = 'r';
  static constexpr std::array fields{"owner", "status"};
  std::optional<MembershipId> owner;
  RecordStatus status{};
  static Key key(const AccountId& account, RecordKind kind, const RecordId& record) {
    return Key{table} << account << kind << record;
  }
  static Key all(const AccountId& account, RecordKind kind) { return Key{table} << account << kind; }
};

// The records of a membership, in the order in which they are dealt out.
struct HoldingRow {
  static constexpr char table = 'h';
  static constexpr NoFields fields{};
  static Key key(const MembershipId& membership, RecordKind kind, RecordStatus status, const RecordId& record) {
    return Key{table} << membership << kind << status << record;
  }
  static Key all(const MembershipId& membership, RecordKind kind, RecordStatus status) {
    return Key{table} << membership << kind << status;
  }
};

// Whom a record is shared with.
struct ShareRow {
  static constexpr char table = 'z';
  static constexpr std::array fields{"with"};
  std::vector<MembershipId> with;
  static Key key(const AccountId& account, RecordKind kind, const RecordId& record) {
    return Key{table} << account << kind << record;
  }
};

// The same from the other side: the records that are shared with a membership.
struct SharedWithRow {
  static constexpr char table = 'Z';
  static constexpr NoFields fields{};
  static Key key(const MembershipId& membership, RecordKind kind, const RecordId& record) {
    return Key{table} << membership << kind << record;
  }
  static Key all(const MembershipId& membership) { return Key{table} << membership; }
  static Key all(const MembershipId& membership, RecordKind kind) { return Key{table} << membership << kind; }
};

enum class WorkKind : std::uint8_t { reassignment, deactivation, leaving };
constexpr Names<3> enum_names(WorkKind) { return {"reassignment", "deactivation", "leaving"}; }

// What one target still gets, and the chain over the records it got.
struct TargetProgress {
  static constexpr std::array fields{"to", "share", "left", "chain"};
  std::optional<MembershipId> to;  // nobody: the records become unassigned
  std::uint32_t share = 0;
  std::uint64_t left = 0;
  Digest chain;
};

struct KindProgress {
  static constexpr std::array fields{"kind", "mode", "basis", "targets", "last"};
  RecordKind kind{};
  ReassignmentMode mode{};
  std::uint64_t basis = 0;
  std::vector<TargetProgress> targets;
  RecordId last;  // the last record dealt, empty before the first
};

// A reassignment under way: all that is needed to go on after a restart.
struct WorkRow {
  static constexpr char table = 'w';
  static constexpr std::array fields{"kind",  "membership", "account", "person",      "cause",  "basis",
                                     "kinds", "actor",      "reason",  "correlation", "started"};
  WorkKind kind{};
  MembershipId membership;
  AccountId account;
  PersonId person;
  EndCause cause{};
  RecordCounts basis;
  std::vector<KindProgress> kinds;
  Actor actor;
  std::optional<Personal> reason;
  CommandId correlation;
  EventId started;
  static Key key(const ReassignmentId& reassignment) { return Key{table} << reassignment; }
};

}  // namespace rollcall
