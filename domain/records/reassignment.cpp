#include "domain/records/reassignment.hpp"

#include <algorithm>
#include <numeric>

#include "domain/engine/authorization.hpp"
#include "events/hash.hpp"

namespace rollcall {
namespace {

KindProgress progress_of(const KindPlan& plan, const RecordCounts& basis) {
  KindProgress progress;
  progress.kind = plan.kind;
  progress.mode = plan.mode;
  progress.basis = basis.of(plan.kind);
  if (plan.mode == ReassignmentMode::unassign) {
    progress.targets.push_back({std::nullopt, 0, progress.basis, {}});
    return progress;
  }
  const auto gets = quotas(plan.mode, progress.basis, plan.allocations);
  for (std::size_t i = 0; i < gets.size(); ++i)
    progress.targets.push_back({plan.allocations[i].to, plan.allocations[i].share, gets[i], {}});
  return progress;
}

std::vector<KindProgress> progress_of(const std::vector<KindPlan>& plan, const RecordCounts& basis) {
  std::vector<KindProgress> kinds;
  for (const auto& kind : plan)
    if (basis.of(kind.kind) > 0) kinds.push_back(progress_of(kind, basis));
  return kinds;
}

WorkRow begin(WorkKind kind, const MembershipId& member, const RecordCounts& basis, const std::vector<KindPlan>& plan,
              const Envelope& envelope, const AccountId& account) {
  WorkRow work;
  work.kind = kind;
  work.membership = member;
  work.account = account;
  work.basis = basis;
  work.kinds = progress_of(plan, basis);
  work.actor = envelope.actor;
  work.reason = envelope.reason;
  work.correlation = envelope.correlation;
  work.started = envelope.id;
  return work;
}

std::uint64_t left(const KindProgress& kind) {
  return std::accumulate(kind.targets.begin(), kind.targets.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const TargetProgress& target) { return sum + target.left; });
}

// The target with the most quota left; of equals the first.
std::size_t next_target(const KindProgress& kind) {
  const auto most = std::max_element(kind.targets.begin(), kind.targets.end(),
                                     [](const auto& a, const auto& b) { return a.left < b.left; });
  return static_cast<std::size_t>(most - kind.targets.begin());
}

void give(TargetProgress& target, const RecordId& record) {
  --target.left;
  std::string link{reinterpret_cast<const char*>(target.chain.bytes.data()), target.chain.bytes.size()};
  target.chain = Digest{sha256(link.append(record.str()))};
}

std::optional<Rejection> refuse_target(const State& state, const AccountId& account, const MembershipId& source,
                                       RecordKind kind, const MembershipId& to, Time now) {
  const auto named = [&](Code code) { return rejected(code, {detail("user", to.text())}); };
  if (to == source) return named(Code::target_is_source);
  const auto member = state.find<MembershipRow>(MembershipRow::key(to));
  if (!member || member->account != account) return named(Code::target_other_account);
  if (!gives_access(*member, now)) return named(Code::target_not_active);
  if (member->reassigning) return named(Code::reassignment_in_progress);
  if (kind == RecordKind::lead && !member->sales_rep) return named(Code::target_cannot_own_leads);
  return std::nullopt;
}

std::optional<Rejection> refuse_kind(const State& state, const AccountId& account, const MembershipId& source,
                                     std::uint64_t records, const KindPlan& plan, Time now) {
  const std::string kind{name_of(plan.kind)};
  if (plan.mode == ReassignmentMode::unassign) {
    if (!plan.allocations.empty())
      return rejected(Code::invalid_value, {detail("field", std::string{"allocations"}), detail("kind", kind)});
    return std::nullopt;
  }
  std::uint64_t shares = 0;
  for (std::size_t i = 0; i < plan.allocations.size(); ++i) {
    const auto& to = plan.allocations[i].to;
    for (std::size_t j = 0; j < i; ++j)
      if (plan.allocations[j].to == to) return rejected(Code::duplicate_target, {detail("user", to.text())});
    if (auto no = refuse_target(state, account, source, plan.kind, to, now)) return no;
    shares += plan.allocations[i].share;
  }
  if (plan.mode == ReassignmentMode::ratio) {
    if (records > 0 && shares == 0) return rejected(Code::ratio_all_zero, {detail("kind", kind)});
    return std::nullopt;
  }
  if (shares < records)
    return rejected(Code::reassignment_incomplete, {detail("kind", kind), detail("missing", records - shares)});
  if (shares > records)
    return rejected(Code::reassignment_over_allocated, {detail("kind", kind), detail("excess", shares - records)});
  return std::nullopt;
}

// Deals from `kind` and hands each record to `take(target index, record)`.
std::size_t deal_kind(const State& state, const MembershipId& source, KindProgress& kind, std::size_t limit,
                      const std::function<void(std::size_t, const RecordId&)>& take) {
  std::size_t dealt = 0;
  auto remaining = left(kind);
  if (remaining == 0 || limit == 0) return 0;
  state.scan(HoldingRow::all(source, kind.kind, RecordStatus::open), kind.last.str(), [&](std::string_view rest) {
    const auto record = RecordId::parse(rest);
    if (!record) throw std::logic_error("a record is held under an id that is none");
    const auto target = next_target(kind);
    give(kind.targets[target], *record);
    kind.last = *record;
    take(target, *record);
    --remaining;
    return ++dealt < limit && remaining > 0;
  });
  if (remaining > 0 && dealt < limit) throw std::logic_error("fewer records are held than were counted");
  return dealt;
}

}  // namespace

std::vector<std::uint64_t> quotas(ReassignmentMode mode, std::uint64_t records,
                                  const std::vector<Allocation>& targets) {
  std::vector<std::uint64_t> gets;
  if (mode == ReassignmentMode::hardcoded) {
    for (const auto& target : targets) gets.push_back(target.share);
    return gets;
  }
  std::uint64_t weights = 0;
  for (const auto& target : targets) weights += target.share;
  if (weights == 0) return std::vector<std::uint64_t>(targets.size(), 0);

  std::vector<std::uint64_t> fractions;
  std::uint64_t given = 0;
  for (const auto& target : targets) {
    gets.push_back(records * target.share / weights);
    fractions.push_back(records * target.share % weights);
    given += gets.back();
  }
  std::vector<std::size_t> order(targets.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return fractions[a] > fractions[b]; });
  for (std::size_t i = 0; given < records; ++i, ++given) ++gets[order[i]];
  return gets;
}

std::optional<Rejection> refuse_plan(const State& state, const AccountId& account, const MembershipId& source,
                                     const RecordCounts& open, const std::vector<KindPlan>& plan, Time now) {
  for (std::size_t i = 0; i < plan.size(); ++i) {
    const std::string kind{name_of(plan[i].kind)};
    if (plan[i].kind == RecordKind::note)
      return rejected(Code::invalid_value, {detail("field", std::string{"kind"}), detail("kind", kind)});
    for (std::size_t j = 0; j < i; ++j)
      if (plan[j].kind == plan[i].kind) return rejected(Code::duplicate_target, {detail("kind", kind)});
    if (plan[i].allocations.size() > allocations_max)
      return rejected(Code::invalid_value, {detail("field", std::string{"allocations"}), detail("kind", kind),
                                            detail("most", allocations_max)});
    if (auto no = refuse_kind(state, account, source, open.of(plan[i].kind), plan[i], now)) return no;
  }
  return std::nullopt;
}

WorkRow work_of(const ReassignmentStarted& e, const Envelope& envelope, const AccountId& account) {
  return begin(WorkKind::reassignment, e.from, e.basis, e.plan, envelope, account);
}

WorkRow work_of(const DeactivationStarted& e, const Envelope& envelope, const AccountId& account) {
  auto work = begin(WorkKind::deactivation, e.membership, e.basis, e.plan, envelope, account);
  work.person = e.person;
  work.cause = e.cause;
  return work;
}

WorkRow work_of(const LeavingStarted& e, const Envelope& envelope, const AccountId& account) {
  const std::vector<KindPlan> nobody{{RecordKind::lead, ReassignmentMode::unassign, {}},
                                     {RecordKind::task, ReassignmentMode::unassign, {}}};
  auto work = begin(WorkKind::leaving, e.membership, e.basis, nobody, envelope, account);
  work.person = e.person;
  work.cause = EndCause::left;
  return work;
}

std::vector<MembershipId> targets_of(const WorkRow& work) {
  std::vector<MembershipId> targets;
  for (const auto& kind : work.kinds)
    for (const auto& target : kind.targets)
      if (target.to) targets.push_back(*target.to);
  std::sort(targets.begin(), targets.end());
  targets.erase(std::unique(targets.begin(), targets.end()), targets.end());
  return targets;
}

std::vector<Event> deal(const State& state, const ReassignmentId& id, WorkRow& work, std::size_t limit) {
  std::vector<Event> events;
  for (auto& kind : work.kinds) {
    std::vector<std::vector<RecordId>> got(kind.targets.size());
    limit -= deal_kind(state, work.membership, kind, limit,
                       [&](std::size_t target, const RecordId& record) { got[target].push_back(record); });
    for (std::size_t i = 0; i < got.size(); ++i) {
      const auto& target = kind.targets[i];
      for (auto& records : cut(std::move(got[i]))) {
        if (target.to)
          events.push_back(RecordsReassigned{id, kind.kind, kind.mode, work.membership, *target.to, kind.basis,
                                             target.share, std::move(records)});
        else
          events.push_back(RecordsUnassigned{kind.kind, work.membership, std::move(records), id});
      }
    }
  }
  return events;
}

void deal_recorded(WorkRow& work, RecordKind kind, const std::optional<MembershipId>& to,
                   const std::vector<RecordId>& records) {
  for (auto& progress : work.kinds) {
    if (progress.kind != kind) continue;
    for (auto& target : progress.targets) {
      if (target.to != to) continue;
      for (const auto& record : records) {
        give(target, record);
        progress.last = std::max(progress.last, record);
      }
    }
  }
}

bool dealt_out(const WorkRow& work) {
  return std::all_of(work.kinds.begin(), work.kinds.end(), [](const KindProgress& kind) { return left(kind) == 0; });
}

Digest map_digest(const WorkRow& work) {
  std::string bytes;
  for (const auto& kind : work.kinds) {
    for (const auto& target : kind.targets) {
      bytes.push_back(static_cast<char>(kind.kind));
      bytes.append(target.to.value_or(MembershipId{}).raw());
      bytes.append(reinterpret_cast<const char*>(target.chain.bytes.data()), target.chain.bytes.size());
    }
  }
  return Digest{sha256(bytes)};
}

std::vector<Event> remove_completed_tasks(const State& state, const MembershipId& member, std::size_t limit) {
  std::vector<RecordId> tasks;
  if (limit > 0)
    state.scan(HoldingRow::all(member, RecordKind::task, RecordStatus::completed), {}, [&](std::string_view rest) {
      const auto record = RecordId::parse(rest);
      if (!record) throw std::logic_error("a record is held under an id that is none");
      tasks.push_back(*record);
      return tasks.size() < limit;
    });
  std::vector<Event> events;
  for (auto& records : cut(std::move(tasks))) events.push_back(CompletedTasksRemoved{member, std::move(records)});
  return events;
}

void map_records(const State& state, WorkRow work,
                 const std::function<void(RecordKind, const RecordId&, const std::optional<MembershipId>&)>& visit) {
  for (auto& kind : work.kinds)
    deal_kind(state, work.membership, kind, std::numeric_limits<std::size_t>::max(),
              [&](std::size_t target, const RecordId& record) { visit(kind.kind, record, kind.targets[target].to); });
}

std::vector<std::vector<RecordId>> cut(std::vector<RecordId> records) {
  std::vector<std::vector<RecordId>> pieces;
  std::size_t bytes = 0;
  for (auto& record : records) {
    const auto size = record.str().size() + sizeof(std::uint32_t);
    if (pieces.empty() || pieces.back().size() == event_records_max || bytes + size > event_record_bytes_max) {
      pieces.emplace_back();
      bytes = 0;
    }
    bytes += size;
    pieces.back().push_back(std::move(record));
  }
  return pieces;
}

}  // namespace rollcall
