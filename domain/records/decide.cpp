// The ownership ledger: who holds which contact, lead and task. Fed by the CRM, changed by users.
#include <algorithm>
#include <set>

#include "domain/engine/deciding.hpp"
#include "domain/records/reassignment.hpp"

namespace rollcall {
namespace {

Decision invalid(std::string field) {
  return unexpected(rejected(Code::invalid_value, {detail("field", std::move(field))}));
}

// Records of somebody who is being relieved of them are locked.
std::optional<Rejection> refuse_locked(const Deciding& d, const std::optional<MembershipId>& owner) {
  if (!owner) return std::nullopt;
  const auto member = d.state.get<MembershipRow>(MembershipRow::key(*owner));
  if (member.status == MemberStatus::deactivating) return rejected(Code::deactivation_in_progress);
  if (member.reassigning) return rejected(Code::reassignment_in_progress);
  return std::nullopt;
}

std::optional<MembershipId> owner_now(const Deciding& d, const AccountId& account, RecordKind kind,
                                      const RecordId& record) {
  const auto row = d.state.find<RecordRow>(RecordRow::key(account, kind, record));
  return row ? row->owner : std::nullopt;
}

std::vector<MembershipId> shared_with(const Deciding& d, const AccountId& account, RecordKind kind,
                                      const RecordId& record) {
  return d.state.find<ShareRow>(ShareRow::key(account, kind, record)).value_or(ShareRow{}).with;
}

bool has_many_shared(const Deciding& d, const MembershipId& member) {
  std::size_t shared = 0;
  d.state.scan(SharedWithRow::all(member), {}, [&](auto) { return ++shared < shared_of_one_max; });
  return shared == shared_of_one_max;
}

}  // namespace

std::optional<MembershipId> owner_of(const Deciding& d, const RegisterRecord& c) {
  return c.owner ? c.owner : d.who.membership;
}
std::optional<MembershipId> owner_of(const Deciding& d, const CompleteTask& c) {
  return owner_now(d, c.account, RecordKind::task, c.record);
}
std::optional<MembershipId> owner_of(const Deciding& d, const ReopenTask& c) {
  return owner_now(d, c.account, RecordKind::task, c.record);
}
std::optional<MembershipId> owner_of(const Deciding& d, const ShareRecord& c) {
  return owner_now(d, c.account, c.kind, c.record);
}
std::optional<MembershipId> owner_of(const Deciding& d, const UnshareRecord& c) {
  return owner_now(d, c.account, c.kind, c.record);
}
std::optional<MembershipId> owner_of(const Deciding& d, const AddNote& c) {
  return c.author ? c.author : d.who.membership;
}

Decision decide_on(Deciding& d, const RegisterRecord& c) {
  if (c.kind == RecordKind::note) return invalid("kind");
  if (d.state.find<RecordRow>(RecordRow::key(c.account, c.kind, c.record)))
    return unexpected(rejected(Code::record_exists));
  if (c.owner)
    if (auto no = refuse_owner(d, c.account, *c.owner, c.kind)) return unexpected(*no);
  return Facts{{Scope::of(c.account), RecordRegistered{c.kind, c.record, c.owner}}};
}

Decision decide_on(Deciding& d, const ImportRecords& c) {
  const auto status = c.status.value_or(RecordStatus::open);
  if (c.kind == RecordKind::note) return invalid("kind");
  if (status == RecordStatus::completed && c.kind != RecordKind::task) return invalid("status");
  if (c.records.size() > records_per_command_max)
    return unexpected(rejected(Code::too_many_records, {detail("records", c.records.size())}));
  if (c.owner)
    if (auto no = refuse_owner(d, c.account, *c.owner, c.kind)) return unexpected(*no);

  std::vector<RecordId> fresh;
  std::set<std::string_view> seen;
  for (const auto& record : c.records)
    if (seen.insert(record.str()).second && !d.state.find<RecordRow>(RecordRow::key(c.account, c.kind, record)))
      fresh.push_back(record);
  Facts facts;
  for (auto& records : cut(std::move(fresh)))
    facts.push_back({Scope::of(c.account), RecordsImported{c.kind, status, c.owner, std::move(records)}});
  return facts;
}

Decision decide_on(Deciding& d, const AssignRecord& c) {
  if (c.kind == RecordKind::note) return invalid("kind");
  const auto row = d.state.find<RecordRow>(RecordRow::key(c.account, c.kind, c.record));
  if (!row) return unexpected(not_there("record", c.record));
  if (row->status != RecordStatus::open) return unexpected(rejected(Code::task_not_open));
  if (auto no = refuse_locked(d, row->owner)) return unexpected(*no);
  if (auto no = refuse_owner(d, c.account, c.to, c.kind)) return unexpected(*no);
  if (row->owner == c.to) return Facts{};
  return Facts{{Scope::of(c.account), RecordAssigned{c.kind, c.record, row->owner, c.to}}};
}

Decision decide_on(Deciding& d, const UnassignRecords& c) {
  if (c.kind == RecordKind::note) return invalid("kind");
  if (c.records.empty()) return invalid("records");
  if (c.records.size() > records_per_command_max)
    return unexpected(rejected(Code::too_many_records, {detail("records", c.records.size())}));
  std::optional<MembershipId> owner;
  std::set<std::string_view> seen;
  std::vector<RecordId> records;
  for (const auto& record : c.records) {
    const auto row = d.state.find<RecordRow>(RecordRow::key(c.account, c.kind, record));
    const auto named = [&](Code code) { return unexpected(rejected(code, {detail("record", record.str())})); };
    if (!row) return named(Code::not_found);
    if (row->status != RecordStatus::open) return named(Code::task_not_open);
    if (!row->owner) return named(Code::record_not_assigned);
    if (owner && row->owner != owner) return invalid("records");
    owner = row->owner;
    if (seen.insert(record.str()).second) records.push_back(record);
  }
  if (auto no = refuse_locked(d, owner)) return unexpected(*no);
  Facts facts;
  for (auto& piece : cut(std::move(records)))
    facts.push_back({Scope::of(c.account), RecordsUnassigned{c.kind, *owner, std::move(piece), std::nullopt}});
  return facts;
}

Decision decide_on(Deciding& d, const CompleteTask& c) {
  const auto row = d.state.find<RecordRow>(RecordRow::key(c.account, RecordKind::task, c.record));
  if (!row) return unexpected(not_there("record", c.record));
  if (row->status != RecordStatus::open) return unexpected(rejected(Code::task_not_open));
  if (auto no = refuse_locked(d, row->owner)) return unexpected(*no);
  return Facts{{Scope::of(c.account), TaskCompleted{c.record, row->owner}}};
}

Decision decide_on(Deciding& d, const ReopenTask& c) {
  const auto row = d.state.find<RecordRow>(RecordRow::key(c.account, RecordKind::task, c.record));
  if (!row) return unexpected(not_there("record", c.record));
  if (row->status != RecordStatus::completed) return unexpected(rejected(Code::task_not_completed));
  if (auto no = refuse_locked(d, row->owner)) return unexpected(*no);
  const auto scope = Scope::of(c.account);
  Facts facts{{scope, TaskReopened{c.record, row->owner}}};
  if (!row->owner) return facts;
  const auto no = refuse_owner(d, c.account, *row->owner, RecordKind::task);
  if (no && no->code != Code::target_not_active) return unexpected(*no);
  // Of somebody who has no access any more it becomes nobody's, and can be assigned.
  if (no) facts.push_back({scope, RecordsUnassigned{RecordKind::task, *row->owner, {c.record}, std::nullopt}});
  return facts;
}

Decision decide_on(Deciding& d, const ShareRecord& c) {
  const auto row = d.state.find<RecordRow>(RecordRow::key(c.account, c.kind, c.record));
  if (!row) return unexpected(not_there("record", c.record));
  const auto member = d.member(c.account, c.with);
  if (!member) return unexpected(rejected(Code::target_other_account, {detail("user", c.with.text())}));
  if (!gives_access(*member, d.now()))
    return unexpected(rejected(Code::target_not_active, {detail("user", c.with.text())}));
  if (row->owner == c.with) return Facts{};
  const auto shared = shared_with(d, c.account, c.kind, c.record);
  if (std::find(shared.begin(), shared.end(), c.with) != shared.end()) return Facts{};
  if (shared.size() >= shared_with_max) return unexpected(rejected(Code::too_many, {detail("users", shared_with_max)}));
  if (has_many_shared(d, c.with)) return unexpected(rejected(Code::too_many, {detail("records", shared_of_one_max)}));
  return Facts{{Scope::of(c.account), RecordShared{c.kind, c.record, c.with}}};
}

Decision decide_on(Deciding& d, const UnshareRecord& c) {
  if (!d.state.find<RecordRow>(RecordRow::key(c.account, c.kind, c.record)))
    return unexpected(not_there("record", c.record));
  const auto shared = shared_with(d, c.account, c.kind, c.record);
  if (std::find(shared.begin(), shared.end(), c.with) == shared.end()) {
    // Whoever mistypes an id shall not believe that something has ended.
    if (!d.member(c.account, c.with)) return unexpected(not_there("user", c.with));
    return Facts{};
  }
  return Facts{{Scope::of(c.account), RecordUnshared{c.kind, c.record, c.with}}};
}

Decision decide_on(Deciding& d, const AddNote& c) {
  const auto author = c.author ? c.author : d.who.membership;
  if (!author) return invalid("author");
  const auto member = d.member(c.account, *author);
  if (!member) return unexpected(rejected(Code::target_other_account));
  if (!gives_access(*member, d.now())) return unexpected(rejected(Code::target_not_active));
  if (d.state.find<RecordRow>(RecordRow::key(c.account, RecordKind::note, c.record)))
    return unexpected(rejected(Code::record_exists));
  return Facts{{Scope::of(c.account), NoteAdded{c.record, *author}}};
}

}  // namespace rollcall
