// The ownership ledger: who holds which contact, lead and task.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/engine/decision.hpp"
#include "events/bounded.hpp"
#include "events/rights.hpp"

namespace rollcall {

class Deciding;

struct RegisterRecord {
  static constexpr std::string_view name = "RegisterRecord";
  static constexpr std::string_view summary = "Register a contact, lead or task";
  static constexpr Rule rule{Action::contact_add, true, true};
  static constexpr std::array<Code, 5> refusals{Code::record_exists, Code::target_other_account,
                                                Code::target_not_active, Code::reassignment_in_progress,
                                                Code::target_cannot_own_leads};
  static constexpr std::array fields{"account", "kind", "record", "owner"};
  static constexpr std::array help{"app id", "contact, lead or task", "its id in the CRM",
                                   "the user who owns it (usr_…)"};
  AccountId account;
  RecordKind kind{};
  RecordId record;
  std::optional<MembershipId> owner;
};
Decision decide_on(Deciding&, const RegisterRecord&);
std::optional<MembershipId> owner_of(const Deciding&, const RegisterRecord&);

struct ImportRecords {
  static constexpr std::string_view name = "ImportRecords";
  static constexpr std::string_view summary =
      "Register many records of one kind and owner; those known already are skipped";
  static constexpr Rule rule{Action::record_import};
  static constexpr std::array<Code, 5> refusals{Code::too_many_records, Code::target_other_account,
                                                Code::target_not_active, Code::reassignment_in_progress,
                                                Code::target_cannot_own_leads};
  static constexpr std::array fields{"account", "kind", "records", "owner", "status"};
  static constexpr std::array help{"app id", "contact, lead or task", "ids in the CRM, at most 5,000",
                                   "the user who owns them (usr_…)", "of tasks: open or completed; default open"};
  AccountId account;
  RecordKind kind{};
  std::vector<RecordId> records;
  std::optional<MembershipId> owner;
  std::optional<RecordStatus> status;
};
Decision decide_on(Deciding&, const ImportRecords&);

struct AssignRecord {
  static constexpr std::string_view name = "AssignRecord";
  static constexpr std::string_view summary = "Give a record to a user";
  static constexpr Rule rule{Action::contact_reassign, false, true};
  static constexpr std::array<Code, 6> refusals{
      Code::task_not_open,        Code::deactivation_in_progress, Code::reassignment_in_progress,
      Code::target_other_account, Code::target_not_active,        Code::target_cannot_own_leads};
  static constexpr std::array fields{"account", "kind", "record", "to"};
  static constexpr std::array help{"app id", "contact, lead or task", "its id in the CRM", "the user (usr_…)"};
  AccountId account;
  RecordKind kind{};
  RecordId record;
  MembershipId to;
};
Decision decide_on(Deciding&, const AssignRecord&);

struct UnassignRecords {
  static constexpr std::string_view name = "UnassignRecords";
  static constexpr std::string_view summary = "Unassign records from their owner";
  static constexpr Rule rule{Action::contact_reassign, false, true};
  static constexpr std::array<Code, 5> refusals{Code::too_many_records, Code::task_not_open, Code::record_not_assigned,
                                                Code::deactivation_in_progress, Code::reassignment_in_progress};
  static constexpr std::array fields{"account", "kind", "records"};
  static constexpr std::array help{"app id", "contact, lead or task",
                                   "ids in the CRM, all of one owner, at most 5,000"};
  AccountId account;
  RecordKind kind{};
  std::vector<RecordId> records;
};
Decision decide_on(Deciding&, const UnassignRecords&);

struct CompleteTask {
  static constexpr std::string_view name = "CompleteTask";
  static constexpr std::string_view summary = "Complete a task";
  static constexpr Rule rule{Action::task_edit, true};
  static constexpr std::array<Code, 3> refusals{Code::task_not_open, Code::deactivation_in_progress,
                                                Code::reassignment_in_progress};
  static constexpr std::array fields{"account", "record"};
  static constexpr std::array help{"app id", "the task's id in the CRM"};
  AccountId account;
  RecordId record;
};
Decision decide_on(Deciding&, const CompleteTask&);
std::optional<MembershipId> owner_of(const Deciding&, const CompleteTask&);
inline RecordKind kind_of_shared(const CompleteTask&) { return RecordKind::task; }

struct ReopenTask {
  static constexpr std::string_view name = "ReopenTask";
  static constexpr std::string_view summary = "Open a completed task again";
  static constexpr Rule rule{Action::task_edit, true};
  static constexpr std::array<Code, 3> refusals{Code::task_not_completed, Code::deactivation_in_progress,
                                                Code::reassignment_in_progress};
  static constexpr std::array fields{"account", "record"};
  static constexpr std::array help{"app id", "the task's id in the CRM"};
  AccountId account;
  RecordId record;
};
Decision decide_on(Deciding&, const ReopenTask&);
std::optional<MembershipId> owner_of(const Deciding&, const ReopenTask&);
inline RecordKind kind_of_shared(const ReopenTask&) { return RecordKind::task; }

struct AddNote {
  static constexpr std::string_view name = "AddNote";
  static constexpr std::string_view summary = "Register a note; it stays with its author";
  static constexpr Rule rule{Action::note_add, true};
  static constexpr std::array<Code, 3> refusals{Code::record_exists, Code::target_other_account,
                                                Code::target_not_active};
  static constexpr std::array fields{"account", "record", "author"};
  static constexpr std::array help{"app id", "the note's id in the CRM",
                                   "the user who wrote it (usr_…); default yourself"};
  AccountId account;
  RecordId record;
  std::optional<MembershipId> author;
};
Decision decide_on(Deciding&, const AddNote&);
std::optional<MembershipId> owner_of(const Deciding&, const AddNote&);

// Both hold already: nothing changes. A record is shared with at most 50, and at most 1,000 are with one of them.
constexpr std::size_t shared_with_max = 50, shared_of_one_max = 1'000;

struct ShareRecord {
  static constexpr std::string_view name = "ShareRecord";
  static constexpr std::string_view summary = "Share a record with a user, who then sees and edits it as their own";
  static constexpr Rule rule{Action::contact_edit, true, true};
  static constexpr std::array<Code, 3> refusals{Code::target_other_account, Code::target_not_active, Code::too_many};
  static constexpr std::array fields{"account", "kind", "record", "with"};
  static constexpr std::array help{"app id", "contact, lead, task or note", "its id in the CRM", "the user (usr_…)"};
  AccountId account;
  RecordKind kind{};
  RecordId record;
  MembershipId with;
};
Decision decide_on(Deciding&, const ShareRecord&);
std::optional<MembershipId> owner_of(const Deciding&, const ShareRecord&);

struct UnshareRecord {
  static constexpr std::string_view name = "UnshareRecord";
  static constexpr std::string_view summary = "Share a record with a user no longer";
  static constexpr Rule rule{Action::contact_edit, true, true};
  static constexpr std::array<Code, 0> refusals{};
  static constexpr std::array fields{"account", "kind", "record", "with"};
  static constexpr std::array help{"app id", "contact, lead, task or note", "its id in the CRM", "the user (usr_…)"};
  AccountId account;
  RecordKind kind{};
  RecordId record;
  MembershipId with;
};
Decision decide_on(Deciding&, const UnshareRecord&);
std::optional<MembershipId> owner_of(const Deciding&, const UnshareRecord&);

struct ReassignRecords {
  static constexpr std::string_view name = "ReassignRecords";
  static constexpr std::string_view summary = "Reassign the open records of a user by ratio or exact counts";
  static constexpr Rule rule{Action::user_reassign};
  static constexpr std::array<Code, 13> refusals{Code::map_digest_mismatch,
                                                 Code::deactivation_in_progress,
                                                 Code::not_active,
                                                 Code::reassignment_in_progress,
                                                 Code::assignment_counts_changed,
                                                 Code::reassignment_incomplete,
                                                 Code::reassignment_over_allocated,
                                                 Code::ratio_all_zero,
                                                 Code::duplicate_target,
                                                 Code::target_is_source,
                                                 Code::target_other_account,
                                                 Code::target_not_active,
                                                 Code::target_cannot_own_leads};
  static constexpr std::array fields{"account", "from", "basis", "ledger_version", "plan", "map_digest"};
  static constexpr std::array help{
      "app id",
      "the user who holds them (usr_…)",
      "the counts the plan was made on: {\"contacts\":n,\"leads\":n,\"tasks\":n}",
      "the ledger version the plan was made on",
      "for each kind: {\"kind\",\"mode\":\"ratio|hardcoded|unassign\",\"allocations\":[{\"to\",\"share\"}]}",
      "the digest of the map that was shown: nothing is moved when it would be another"};
  AccountId account;
  MembershipId from;
  RecordCounts basis;
  std::optional<std::uint64_t> ledger_version;
  std::vector<KindPlan> plan;
  std::optional<Digest> map_digest;
};
Decision decide_on(Deciding&, const ReassignRecords&);

}  // namespace rollcall
