// What events do to the ownership ledger.
#include "domain/engine/evolve.hpp"

#include "domain/engine/rows.hpp"
#include "domain/records/reassignment.hpp"

namespace rollcall {
namespace {

std::uint64_t& open_count(MembershipRow& member, RecordKind kind) {
  switch (kind) {
    case RecordKind::contact: return member.open.contacts;
    case RecordKind::lead: return member.open.leads;
    case RecordKind::task: return member.open.tasks;
    case RecordKind::note: return member.notes;
  }
  throw std::logic_error("unknown kind of record");
}

std::uint64_t& count(MembershipRow& member, RecordKind kind, RecordStatus status) {
  return status == RecordStatus::completed ? member.completed_tasks : open_count(member, kind);
}

// Changes how many records of a kind a membership holds, once for a whole event.
void change_count(State& state, const MembershipId& id, RecordKind kind, RecordStatus status, std::size_t n,
                  bool more) {
  change_member(state, id, [&](MembershipRow& member) {
    auto& held = count(member, kind, status);
    held = more ? held + n : held - n;
    member.ledger_version += n;
  });
}

void add_record(State& state, const AccountId& account, RecordKind kind, RecordStatus status, const RecordId& record,
                const std::optional<MembershipId>& owner) {
  state.add(RecordRow::key(account, kind, record), RecordRow{owner, status});
  if (owner) state.add(HoldingRow::key(*owner, kind, status, record), HoldingRow{});
}

// The record's owner or status changes; counts are the caller's.
void move_record(State& state, const AccountId& account, RecordKind kind, const RecordId& record, const RecordRow& from,
                 const RecordRow& to) {
  if (from.owner) state.remove(HoldingRow::key(*from.owner, kind, from.status, record), HoldingRow{});
  state.replace(RecordRow::key(account, kind, record), from, to);
  if (to.owner) state.add(HoldingRow::key(*to.owner, kind, to.status, record), HoldingRow{});
}

void unshare(State& state, const AccountId& account, RecordKind kind, const RecordId& record,
             const MembershipId& member) {
  const auto key = ShareRow::key(account, kind, record);
  state.erase(SharedWithRow::key(member, kind, record));
  auto shared = state.find<ShareRow>(key);
  if (!shared) return;
  std::erase(shared->with, member);
  if (shared->with.empty())
    state.erase(key);
  else
    state.put(key, *shared);
}

// What becomes somebody's own is shared with them no longer.
void end_shares_of(State& state, const AccountId& account, RecordKind kind, const std::vector<RecordId>& records,
                   const MembershipId& owner) {
  bool any = false;
  state.scan(SharedWithRow::all(owner, kind), {}, [&](auto) {
    any = true;
    return false;
  });
  if (!any) return;
  for (const auto& record : records)
    if (state.find<SharedWithRow>(SharedWithRow::key(owner, kind, record)))
      unshare(state, account, kind, record, owner);
}

void hand_on(State& state, const AccountId& account, RecordKind kind, const RecordId& record,
             const std::optional<MembershipId>& from, const std::optional<MembershipId>& to) {
  move_record(state, account, kind, record, {from, RecordStatus::open}, {to, RecordStatus::open});
}

void change_task(State& state, const AccountId& account, const RecordId& record,
                 const std::optional<MembershipId>& owner, RecordStatus from, RecordStatus to) {
  move_record(state, account, RecordKind::task, record, {owner, from}, {owner, to});
  if (!owner) return;
  change_member(state, *owner, [&](MembershipRow& member) {
    --count(member, RecordKind::task, from);
    ++count(member, RecordKind::task, to);
    ++member.ledger_version;
  });
}

void progress_work(State& state, const ReassignmentId& id, RecordKind kind, const std::optional<MembershipId>& to,
                   const std::vector<RecordId>& records) {
  auto work = state.find<WorkRow>(WorkRow::key(id));
  if (!work) return;  // it was small enough for one append
  deal_recorded(*work, kind, to, records);
  state.put(WorkRow::key(id), *work);
}

void finish_work(State& state, const ReassignmentId& id) {
  const auto work = state.find<WorkRow>(WorkRow::key(id));
  if (!work) return;
  state.erase(WorkRow::key(id));
  change_member(state, work->membership, [](MembershipRow& member) { member.reassigning = false; });
  for (const auto& target : targets_of(*work))
    change_member(state, target, [](MembershipRow& member) { --member.receiving; });
  auto meta = state.meta();
  --meta.works;
  state.put(MetaRow::key(), meta);
}

class RecordsFold {
 public:
  explicit RecordsFold(State& state) : state_(state) {}

  void on(const Envelope& at, const RecordsImported& e) {
    const auto of = account_of(at);
    for (const auto& record : e.records) add_record(state_, of, e.kind, e.status, record, e.owner);
    if (e.owner) change_count(state_, *e.owner, e.kind, e.status, e.records.size(), true);
  }
  void on(const Envelope& at, const RecordRegistered& e) {
    add_record(state_, account_of(at), e.kind, RecordStatus::open, e.record, e.owner);
    if (e.owner) change_count(state_, *e.owner, e.kind, RecordStatus::open, 1, true);
  }
  void on(const Envelope& at, const RecordAssigned& e) {
    hand_on(state_, account_of(at), e.kind, e.record, e.from, e.to);
    end_shares_of(state_, account_of(at), e.kind, {e.record}, e.to);
    if (e.from) change_count(state_, *e.from, e.kind, RecordStatus::open, 1, false);
    change_count(state_, e.to, e.kind, RecordStatus::open, 1, true);
  }
  void on(const Envelope& at, const RecordsUnassigned& e) {
    const auto of = account_of(at);
    for (const auto& record : e.records) hand_on(state_, of, e.kind, record, e.from, std::nullopt);
    change_count(state_, e.from, e.kind, RecordStatus::open, e.records.size(), false);
    if (e.reassignment) progress_work(state_, *e.reassignment, e.kind, std::nullopt, e.records);
  }
  void on(const Envelope& at, const TaskCompleted& e) {
    change_task(state_, account_of(at), e.record, e.owner, RecordStatus::open, RecordStatus::completed);
  }
  void on(const Envelope& at, const TaskReopened& e) {
    change_task(state_, account_of(at), e.record, e.owner, RecordStatus::completed, RecordStatus::open);
  }
  void on(const Envelope& at, const NoteAdded& e) {
    add_record(state_, account_of(at), RecordKind::note, RecordStatus::open, e.record, e.author);
    change_count(state_, e.author, RecordKind::note, RecordStatus::open, 1, true);
  }
  void on(const Envelope& at, const RecordShared& e) {
    const auto key = ShareRow::key(account_of(at), e.kind, e.record);
    auto shared = state_.find<ShareRow>(key).value_or(ShareRow{});
    shared.with.push_back(e.with);
    state_.put(key, shared);
    state_.put(SharedWithRow::key(e.with, e.kind, e.record), SharedWithRow{});
  }
  void on(const Envelope& at, const RecordUnshared& e) { unshare(state_, account_of(at), e.kind, e.record, e.with); }
  void on(const Envelope& at, const ReassignmentStarted& e) {
    start_work(state_, e.reassignment, work_of(e, at, account_of(at)));
  }
  void on(const Envelope& at, const RecordsReassigned& e) {
    const auto of = account_of(at);
    for (const auto& record : e.records) hand_on(state_, of, e.kind, record, e.from, e.to);
    end_shares_of(state_, of, e.kind, e.records, e.to);
    change_count(state_, e.from, e.kind, RecordStatus::open, e.records.size(), false);
    change_count(state_, e.to, e.kind, RecordStatus::open, e.records.size(), true);
    progress_work(state_, e.reassignment, e.kind, e.to, e.records);
  }
  void on(const Envelope&, const ReassignmentCompleted& e) { finish_work(state_, e.reassignment); }
  void on(const Envelope& at, const CompletedTasksRemoved& e) {
    const auto of = account_of(at);
    for (const auto& record : e.records) {
      constexpr auto completed = RecordStatus::completed;
      state_.remove(RecordRow::key(of, RecordKind::task, record), RecordRow{e.membership, completed});
      state_.remove(HoldingRow::key(e.membership, RecordKind::task, completed, record), HoldingRow{});
      const auto shared = ShareRow::key(of, RecordKind::task, record);
      const auto row = state_.find<ShareRow>(shared);
      if (!row) continue;
      for (const auto& member : row->with) state_.erase(SharedWithRow::key(member, RecordKind::task, record));
      state_.erase(shared);
    }
    change_count(state_, e.membership, RecordKind::task, RecordStatus::completed, e.records.size(), false);
  }

 private:
  State& state_;
};

}  // namespace

void end_shares(State& state, const AccountId& account, const MembershipId& id) {
  std::vector<std::pair<RecordKind, RecordId>> shared;
  state.scan(SharedWithRow::all(id), {}, [&](std::string_view rest) {
    shared.emplace_back(static_cast<RecordKind>(rest.front()), RecordId::parse(rest.substr(1)).value());
    return true;
  });
  for (const auto& [kind, record] : shared) unshare(state, account, kind, record, id);
}

constinit const Evolution records_evolution = evolution_of<RecordsFold>();

}  // namespace rollcall
