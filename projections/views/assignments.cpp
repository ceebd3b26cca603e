#include "projections/views/assignments.hpp"

#include "projections/engine/table.hpp"
#include "projections/views/counts.hpp"
#include "projections/views/text.hpp"

namespace rollcall::projections {
namespace {

// ---- rows --------------------------------------------------------------------------------------------------------
// a ACCOUNT              that it is there
// m ACCOUNT MEMBERSHIP   a member and his counts
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
  void on(const Envelope&, const IdentityRegistered& e) { members_.rename(e); }
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

constinit const Projection assignments{"assignments", 1, types_of<AssignmentsView>(), &fold_of<AssignmentsView>,
                                       &row_name};

Expected<AssignmentsQuery, QueryError> AssignmentsQuery::parse(const Parameters& parameters) {
  ParameterReader reader(parameters);
  AssignmentsQuery query;
  query.kind = one_of<MemberKind>(reader, "kind");
  query.status = some_of<Status>(reader, "status").value_or(SetOf<Status>::all());
  query.non_zero = reader.yes_or_no("non_zero").value_or(false);
  query.paging = reader.paging(enum_names(AssignmentsOrder{}), "name");
  if (auto error = reader.error()) return unexpected(std::move(*error));
  return query;
}

Expected<std::string, QueryError> assignments_page(const Rows& rows, const AccountId& account,
                                                   const AssignmentsQuery& query) {
  if (!rows.find(row_key('a', account))) return unexpected(QueryError{"account", "is not known here"});
  std::optional<Spot> after;
  if (const auto& cursor = query.paging.cursor) {
    const auto row = find_row<AssignmentsRow>(rows, member_key(account, MembershipId{cursor->id}));
    if (!row) return unexpected(QueryError{"cursor", "belongs to another list"});
    after = Spot{cursor->number, sort_name(row->member), cursor->id};
  }

  struct Item {
    Spot spot;
    AssignmentsRow row;
  };
  std::vector<Item> items;
  const auto prefix = row_key('m', account);
  rows.scan(prefix, behind_prefix(prefix), [&](std::string_view key, std::string_view value) {
    auto row = decode_row<AssignmentsRow>(value);
    const bool asked = query.status.has(row.member.status) && (!query.kind || *query.kind == row.member.kind) &&
                       !(query.non_zero && row.counts.none());
    if (!asked) return true;
    const auto number = sort_number(row.counts, static_cast<AssignmentsOrder>(query.paging.sort));
    items.push_back({{number, sort_name(row.member), id_at_end<MembershipId>(key).bytes}, std::move(row)});
    return true;
  });
  const bool more = cut_page(items, query.paging, after);

  std::string text;
  {
    JsonObject page(text);
    {
      JsonArray shown_rows(page.begin("assignments"));
      for (const auto& [spot, row] : items) {
        JsonObject out(shown_rows.begin());
        out.add("id", MembershipId{spot.id});
        describe(out, row.member);
        out.add("status", row.member.status);
        for_each_field(row.counts, [&](std::string_view name, std::uint64_t count) { out.add(name, count); });
      }
    }
    page.add("next", next_page(items, query.paging, more, false));
  }
  return text;
}

}  // namespace rollcall::projections
