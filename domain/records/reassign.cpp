// Handing on the records of a member, in one append or in slices with other commands in between.
#include <algorithm>

#include "domain/engine/deciding.hpp"
#include "domain/records/reassignment.hpp"

namespace rollcall {

std::uint64_t total(const RecordCounts& counts) { return counts.contacts + counts.leads + counts.tasks; }

std::vector<RejectionDetail> counts_now(const MembershipRow& member) {
  return {detail("contacts", member.open.contacts), detail("leads", member.open.leads),
          detail("tasks", member.open.tasks), detail("ledger_version", member.ledger_version)};
}

std::optional<Rejection> refuse_busy(const MembershipRow& member) {
  if (member.status == MemberStatus::deactivating) return rejected(Code::deactivation_in_progress);
  if (member.status == MemberStatus::inactive || member.status == MemberStatus::ended)
    return rejected(Code::not_active);
  if (member.reassigning || member.receiving > 0) return rejected(Code::reassignment_in_progress);
  return std::nullopt;
}

std::optional<Rejection> refuse_basis(const MembershipRow& member, const RecordCounts& basis,
                                      const std::optional<std::uint64_t>& ledger_version) {
  if (basis != member.open || (ledger_version && *ledger_version != member.ledger_version))
    return rejected(Code::assignment_counts_changed, counts_now(member));
  return std::nullopt;
}

std::optional<Rejection> refuse_map(const State& state, const WorkRow& work, const std::optional<Digest>& shown) {
  if (!shown) return std::nullopt;
  auto dealt = work;
  deal(state, ReassignmentId{}, dealt, all_of_it);
  const auto now = map_digest(dealt);
  if (now == *shown) return std::nullopt;
  return rejected(Code::map_digest_mismatch, {detail("map_digest", now.text())});
}

RecordCounts planned(const WorkRow& work) {
  RecordCounts moved;
  for (const auto& kind : work.kinds) {
    if (kind.kind == RecordKind::contact) moved.contacts = kind.basis;
    if (kind.kind == RecordKind::lead) moved.leads = kind.basis;
    if (kind.kind == RecordKind::task) moved.tasks = kind.basis;
  }
  return moved;
}

void append(Facts& facts, const Scope& scope, std::vector<Event> events) {
  for (auto& event : events) facts.push_back({scope, std::move(event)});
}

Decision decide_on(Deciding& d, const ReassignRecords& c) {
  const auto member = d.member(c.account, c.from);
  if (!member) return unexpected(not_there("user", c.from));
  if (auto no = refuse_busy(*member)) return unexpected(*no);
  if (auto no = refuse_basis(*member, c.basis, c.ledger_version)) return unexpected(*no);
  if (auto no = refuse_plan(d.state, c.account, c.from, member->open, c.plan, d.now())) return unexpected(*no);

  const auto id = d.fresh<ReassignmentId>();
  const auto scope = Scope::of(c.account);
  const ReassignmentStarted started{id, c.from, member->open, c.plan};
  auto work = work_of(started, Envelope{}, c.account);
  const auto moving = total(planned(work));
  if (moving == 0) return Facts{};
  if (auto no = refuse_map(d.state, work, c.map_digest)) return unexpected(*no);
  if (moving > small_plan_records) return Facts{{scope, started}};
  Facts facts;
  append(facts, scope, deal(d.state, id, work, all_of_it));
  facts.push_back({scope, ReassignmentCompleted{id, c.from, planned(work), map_digest(work)}});
  return facts;
}

Facts continue_work(const State& state, const ReassignmentId& id) {
  auto work = state.get<WorkRow>(WorkRow::key(id));
  const auto scope = Scope::of(work.account);
  Facts facts;
  if (!dealt_out(work)) append(facts, scope, deal(state, id, work, slice_records));
  if (!dealt_out(work)) return facts;

  const auto member = state.get<MembershipRow>(MembershipRow::key(work.membership));
  const bool ending = work.kind == WorkKind::deactivation;
  if (ending) {
    append(facts, scope, remove_completed_tasks(state, work.membership, slice_records));
    if (member.completed_tasks > slice_records) return facts;
  }
  const auto digest = map_digest(work);
  facts.push_back({scope, ReassignmentCompleted{id, work.membership, planned(work), digest}});
  if (work.kind != WorkKind::reassignment)
    end_membership(state, facts, work.account, work.membership, member, work.cause, digest);
  return facts;
}

WorkContext context_of_work(const State& state, const ReassignmentId& id) {
  const auto work = state.get<WorkRow>(WorkRow::key(id));
  return {work.actor, work.reason, work.correlation, work.started};
}

}  // namespace rollcall
