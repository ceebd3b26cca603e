#include <cassert>

#include "events/fold_case.hpp"
#include "projections/views/users_rows.hpp"

namespace rollcall::projections {

namespace users_rows {

// As it is at this moment.
Status status_at(const Listed& row, Time now) {
  const auto time = [](std::int64_t micros) {
    return micros == Listed::never ? std::nullopt : std::optional{Time{micros}};
  };
  return status_at(row.status, time(row.access_ends_at), time(row.frozen_until), now);
}

namespace {

// The status in the JSON of a member. A quotation mark within a text has a backslash in front.
std::string status_json(Status status) { return R"("status":")" + std::string{name_of(status)} + '"'; }

// How the JSON of a pending invitation ends, and how it ends once it has lapsed.
constexpr std::string_view pending_end = R"("invitation":"pending"})";
constexpr std::string_view lapsed_end = R"("invitation":"expired"})";

}  // namespace

void append_shown(std::string& out, const Listed& row, Time now) {
  if (const auto status = status_at(row, now); row.status != status) {
    const auto written = status_json(row.status);
    const auto at = row.json.find(written);
    assert(at != row.json.npos);
    out.append(row.json.substr(0, at)).append(status_json(status)).append(row.json.substr(at + written.size()));
    return;
  }
  if (row.lapses_at > now.micros) {
    out.append(row.json);
    return;
  }
  assert(row.json.ends_with(pending_end));
  out.append(row.json.substr(0, row.json.size() - pending_end.size())).append(lapsed_end);
}

}  // namespace users_rows

namespace {

using namespace users_rows;

// Filters of a query, its text folded once.
class Filter {
 public:
  Filter(const Users& query, Time now)
      : query_(query),
        now_(now),
        q_(fold_case(query.q.value_or(SearchText{}).text)),
        team_(query.team ? query.team->text() : std::string{}) {}
  bool passes(const Listed& row) const {
    return query_.status.has(status_at(row, now_)) && query_.role.has(row.role) &&
           (!query_.kind || *query_.kind == row.kind) && in_team(row) && ends_soon(row) && is_quiet(row) &&
           (q_.empty() || row.search.find(q_) != std::string_view::npos);
  }

 private:
  const Users& query_;
  Time now_;
  std::string q_;
  // A quotation mark within a text has a backslash in front: this is the member `teams`, and nothing in a name.
  bool in_team(const Listed& row) const {
    if (team_.empty()) return true;
    const auto teams = row.json.substr(row.json.find(R"("teams":[)"));
    return teams.substr(0, teams.find(']')).find(team_) != teams.npos;
  }

  bool ends_soon(const Listed& row) const {
    if (!query_.ends_within) return true;
    return row.access_ends_at != Listed::never && now_ < Time{row.access_ends_at} &&
           Time{row.access_ends_at} <= now_ + days(static_cast<std::int64_t>(query_.ends_within->value));
  }
  bool is_quiet(const Listed& row) const {
    if (!query_.no_sign_in_for) return true;
    const auto since = now_ + days(-static_cast<std::int64_t>(query_.no_sign_in_for->value));
    return !row.invitation && (row.last_sign_in == Listed::never || Time{row.last_sign_in} <= since);
  }

  std::string team_;
};

std::optional<std::uint64_t> sort_number(const Listed& row, UsersOrder order, Time now) {
  const auto time = [](std::int64_t micros) {
    return micros == Listed::never ? std::nullopt : std::optional{static_cast<std::uint64_t>(micros)};
  };
  switch (order) {
    case UsersOrder::status: return static_cast<std::uint64_t>(status_at(row, now));
    case UsersOrder::last_sign_in: return time(row.last_sign_in);
    case UsersOrder::access_end: return time(row.access_ends_at);
    case UsersOrder::name: break;
  }
  return 0;
}

IdBytes id_in(std::string_view list_key) { return id_at_end<MembershipId>(list_key).bytes; }

// The name a row is sorted by, as it stands in its key.
std::string_view name_in(std::string_view list_key, std::size_t prefix) {
  return list_key.substr(prefix, list_key.size() - prefix - 1 - sizeof(IdBytes));
}

class Page {
 public:
  Page(const Paging& paging, Time now) : paging_(paging), now_(now) {
    out_.reserve(paging.limit * 512);
    out_ = R"({"users":[)";
  }
  bool full() const { return rows_ == paging_.limit; }
  void add(const Listed& row) {
    if (rows_++ > 0) out_.push_back(',');
    append_shown(out_, row, now_);
  }
  std::string finish(const std::optional<std::string>& next, const AccountRow& counts, std::uint64_t lapsed,
                     std::uint64_t expired) {
    out_.append(R"(],"next":)");
    Json<std::optional<std::string>>::write(out_, next);
    out_.append(R"(,"seats":)");
    Json<Seats>::write(out_, {counts.seats_used, counts.seat_limit});
    out_.append(R"(,"partners":)").append(std::to_string(counts.partners - expired));
    out_.append(R"(,"pending_invitations":)").append(std::to_string(counts.pending - lapsed)).append(1, '}');
    return std::move(out_);
  }

 private:
  const Paging& paging_;
  Time now_;
  std::string out_;
  std::size_t rows_ = 0;
};

// By name and within one part of the list the rows lie in order: read until the page is full. Where it ended, if there
// is more.
std::optional<std::string> fill_in_order(Page& page, const Rows& rows, const Users& query, const Paging& paging,
                                         Time now) {
  const auto part = query.status.within(Users::status_default) ? part_default : part_others;
  const auto prefix = row_key('u', query.account, part);
  auto from = prefix;
  if (paging.after) {
    append_part(from, std::string_view{paging.after->text});
    from.append(reinterpret_cast<const char*>(paging.after->id.data()), paging.after->id.size()).push_back('\0');
  }
  const Filter filter(query, now);
  std::string last;
  bool more = false;
  rows.scan(from, behind_prefix(prefix), [&](std::string_view key, std::string_view value) {
    const auto row = Listed::in(value);
    if (!filter.passes(row)) return true;
    more = page.full();
    if (more) return false;
    page.add(row);
    if (page.full()) last = key;
    return true;
  });
  if (!more) return std::nullopt;
  return Cursor{paging.list, paging.order(), {0, std::string{name_in(last, prefix.size())}, id_in(last)}}.text();
}

// Any other order: find out where all rows stand, then read those of the page.
std::optional<std::string> fill_sorted(Page& page, const Rows& rows, const Users& query, const Paging& paging,
                                       Time now) {
  struct Item {
    Spot spot;
    std::string key;
  };
  std::vector<Item> items;
  const Filter filter(query, now);
  const auto prefix = row_key('u', query.account);
  rows.scan(prefix, behind_prefix(prefix), [&](std::string_view key, std::string_view value) {
    const auto row = Listed::in(value);
    if (!filter.passes(row)) return true;
    const auto number = paging.number(sort_number(row, query.page.sort.order, now));
    items.push_back({{number, std::string{name_in(key, prefix.size() + 1)}, id_in(key)}, std::string{key}});
    return true;
  });
  auto next = cut_page(items, paging);
  for (const auto& item : items)
    if (const auto value = rows.find(item.key)) page.add(Listed::in(*value));
  return next;
}

// Whoever sees only some: those are looked up one by one. Invitations are not among them.
std::optional<std::string> fill_in_sight(Page& page, const Rows& rows, const Users& query, const Paging& paging,
                                         const Asked& asked) {
  struct Item {
    Spot spot;
    std::string listed;
  };
  std::vector<Item> items;
  const Filter filter(query, asked.now);
  const auto prefix = row_key('u', query.account);
  for (const auto& member : *asked.sight) {
    const auto row = find_row<MemberRow>(rows, member_key(query.account, member));
    if (!row || row->listed.empty()) continue;
    auto listed = rows.find(row->listed);
    if (!listed || !filter.passes(Listed::in(*listed))) continue;
    const auto number = paging.number(sort_number(Listed::in(*listed), query.page.sort.order, asked.now));
    items.push_back({{number, std::string{name_in(row->listed, prefix.size() + 1)}, member.bytes}, std::move(*listed)});
  }
  auto next = cut_page(items, paging);
  for (const auto& item : items) page.add(Listed::in(item.listed));
  return next;
}

// What the header counts, for somebody who sees only some: of those.
AccountRow counts_in_sight(const Rows& rows, const AccountRow& all, const AccountId& account, const Asked& asked) {
  AccountRow counts{all.seats_used, all.seat_limit, 0, 0};
  for (const auto& member : *asked.sight)
    if (const auto row = find_row<MemberRow>(rows, member_key(account, member));
        row && row->member.kind == MemberKind::partner && is_there(status_at(row->member, asked.now)))
      ++counts.partners;
  return counts;
}

bool lies_in_order(const Users& query) {
  return query.page.sort.order == UsersOrder::name && !query.page.sort.descending &&
         (query.status.within(Users::status_default) ||
          (query.status.within({~Users::status_default.bits}) && !query.status.has(Status::expired) &&
           !query.status.has(Status::frozen)));
}

// How much of what is counted is over by now: invitations that lapsed ('e'), partners whose access ended ('x').
std::uint64_t over(char table, const Rows& rows, const AccountId& account, Time now) {
  std::uint64_t count = 0;
  rows.scan(row_key(table, account), row_key(table, account, now + microseconds(1)), [&](auto, auto) {
    ++count;
    return true;
  });
  return count;
}

}  // namespace

Expected<std::string, QueryError> Users::answer(const Rows& rows, const Asked& asked) const {
  const auto counts = find_row<AccountRow>(rows, row_key('a', account));
  if (!counts) return unexpected(QueryError{"account", "is not known here"});
  const auto paging = page.paging();
  if (!paging) return unexpected(paging.error());
  Page shown(*paging, asked.now);
  if (asked.sight) {
    const auto end = fill_in_sight(shown, rows, *this, *paging, asked);
    return shown.finish(end, counts_in_sight(rows, *counts, account, asked), 0, 0);
  }
  const auto next = lies_in_order(*this) ? fill_in_order(shown, rows, *this, *paging, asked.now)
                                         : fill_sorted(shown, rows, *this, *paging, asked.now);
  const auto over_now = [&](char table, std::uint64_t counted) {
    return counted == 0 ? 0 : over(table, rows, account, asked.now);
  };
  return shown.finish(next, *counts, over_now('e', counts->pending), over_now('x', counts->partners));
}

}  // namespace rollcall::projections
