#include "projections/views/assignments.hpp"

#include "events/fold_case.hpp"
#include "projections/engine/table.hpp"
#include "projections/views/counts.hpp"

namespace rollcall::projections {
namespace {

// ---- rows --------------------------------------------------------------------------------------------------------
// a ACCOUNT              that it is there
// m ACCOUNT MEMBERSHIP   a member and their counts
// p PERSON               where this person is a member

struct AccountRow {
  static constexpr NoFields fields{};
};

struct AssignmentsRow {
  static constexpr std::array fields{"member", "counts"};
  Member member;
  Counts counts;
};

class AssignmentsView {
 public:
  explicit AssignmentsView(const Rows& before) : accounts_(before), members_(before) {}

  void on(const Envelope& at, const AccountOpened&) { accounts_.add(row_key('a', account_of(at)), {}); }
  void on(const Envelope& at, const MembershipActivated& e) { members_.join(at, e); }
  template <ChangesMember E>
  void on(const Envelope& at, const E& e) {
    if (auto* row = members_.change(at, e.membership)) change(row->member, e);
  }
  void on(const Envelope& at, const OwnershipTransferred& e) { members_.transfer(at, e); }
  template <ChangesPerson E>
  void on(const Envelope&, const E& e) {
    members_.change_person(e);
  }
  template <MovesRecords E>
  void on(const Envelope& at, const E& e) {
    recount(e, [&](const MembershipId& id) -> Counts* {
      auto* row = members_.change(at, id);
      return row ? &row->counts : nullptr;
    });
  }

  std::size_t held() const { return accounts_.held() + members_.held(); }

  RowChanges changes() {
    RowChanges out;
    accounts_.write(out);
    members_.write(out);
    return out;
  }

 private:
  Table<AccountRow> accounts_;
  Members<AssignmentsRow> members_;
};

std::string row_name(std::string_view key) {
  if (key.front() == 'p') return "person " + id_at_end<PersonId>(key).text();
  const auto account = std::string{key.substr(1, key.find('\0') - 1)};
  return key.front() == 'a' ? "account " + account : "user " + account + " " + id_at_end<MembershipId>(key).text();
}

std::uint64_t sort_number(const Counts& counts, AssignmentsOrder order) {
  switch (order) {
    case AssignmentsOrder::contacts: return counts.contacts;
    case AssignmentsOrder::leads: return counts.leads;
    case AssignmentsOrder::pending_tasks: return counts.pending_tasks;
    case AssignmentsOrder::completed_tasks: return counts.completed_tasks;
    case AssignmentsOrder::notes: return counts.notes;
    case AssignmentsOrder::name: break;
  }
  return 0;
}

std::string sort_name(const Member& member) { return fold_case(display_name(member.name, member.email)); }

}  // namespace

constinit const Projection assignments{"assignments", 4, types_of<AssignmentsView>(), &fold_of<AssignmentsView>,
                                       &row_name};

Expected<std::string, QueryError> Assignments::answer(const Rows& rows, const Asked& asked) const {
  if (!rows.find(row_key('a', account))) return unexpected(QueryError{"account", "is not known here"});
  const auto paging = page.paging();
  if (!paging) return unexpected(paging.error());

  struct Item {
    Spot spot;
    AssignmentsRow row;
  };
  std::vector<Item> items;
  const auto prefix = row_key('m', account);
  rows.scan(prefix, behind_prefix(prefix), [&](std::string_view key, std::string_view value) {
    auto row = decode_row<AssignmentsRow>(value);
    const bool wanted = status.has(status_at(row.member, asked.now)) && (!kind || *kind == row.member.kind) &&
                        !(non_zero && row.counts.none()) && asked.sees(id_at_end<MembershipId>(key));
    if (!wanted) return true;
    const auto number = sort_number(row.counts, page.sort.order);
    items.push_back({{number, sort_name(row.member), id_at_end<MembershipId>(key).bytes}, std::move(row)});
    return true;
  });

  AssignmentsPage out;
  out.next = cut_page(items, *paging);
  for (const auto& [spot, row] : items) {
    auto& shown = out.assignments.emplace_back();
    shown.id = MembershipId{spot.id};
    describe(shown, row.member);
    shown.status = status_at(row.member, asked.now);
    shown.contacts = row.counts.contacts;
    shown.leads = row.counts.leads;
    shown.pending_tasks = row.counts.pending_tasks;
    shown.completed_tasks = row.counts.completed_tasks;
    shown.notes = row.counts.notes;
    shown.ledger_version = row.counts.ledger_version;
  }
  return json_text(out);
}

}  // namespace rollcall::projections
