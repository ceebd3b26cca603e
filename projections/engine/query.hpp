// A query, described once: its name and path, who may ask it, its parameters with a word about each, and its answer.
// The route, its parsing and authorization, `?at=`, the OpenAPI document and the command line all come from that.
// A query of a read model looks like this (assignments.hpp is a short one):
//
//   struct Assignments {
//     static constexpr std::string_view name = "Assignments";  // also its operationId
//     static constexpr std::string_view path = "/v1/accounts/{account}/assignments";
//     static constexpr std::string_view summary = "...";
//     static constexpr Rule rule{Action::user_view};
//
//     // Parameters, those of the path too.
//     static constexpr std::array fields{"account", "kind", "page", "as_of"};
//     static constexpr std::array help{"app id", "standard or partner", "", ""};
//     AccountId account;
//     ...
//
//     using Answer = AssignmentsPage;       // writes the JSON, and its schema
//     static const Projection& view();      // whose rows it reads
//     Subject subject(const Asked&) const;  // whose history `?at=` folds
//     Expected<std::string, QueryError> answer(const Rows&, const Asked&) const;
//   };
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/rights.hpp"
#include "events/rows.hpp"
#include "events/values.hpp"
#include "projections/engine/as_of.hpp"
#include "projections/engine/parameter.hpp"

namespace rollcall::projections {

// What an answer depends on besides the rows: the moment it is given for, and the person it is about where a query is
// about one (About::person).
struct Asked {
  Time now;
  std::optional<PersonId> person;
  std::optional<MembershipId> member{};  // who asks, where they are a member of the account
  // The members a list tells of, sorted, for somebody who does not see all of them. Nothing: all.
  std::optional<std::vector<MembershipId>> sight{};

  bool sees(const MembershipId& whom) const { return !sight || std::binary_search(sight->begin(), sight->end(), whom); }
};

constexpr std::size_t page_rows_default = 50;
constexpr std::size_t page_rows_max = 200;

// `?at=` of every query of a read model.
struct AsOf {
  static constexpr bool group = true;
  static constexpr std::array fields{"at"};
  static constexpr std::array help{"as it was then: a position of the log or an RFC 3339 instant, inclusive"};
  std::optional<At> at;
};

// Where a row stands in a sorted list: by number, then by text, then by id.
struct Spot {
  std::uint64_t number = 0;
  std::string text;
  IdBytes id{};
  friend auto operator<=>(const Spot&, const Spot&) = default;
};

// Where the last page ended, by itself: what becomes of that row meanwhile moves nobody out of the next page.
struct Cursor {
  std::uint32_t list = 0;  // of which list: what it was asked with, see ListMark
  std::uint8_t order = 0;  // the order it was made in
  Spot spot;

  std::string text() const;
  static std::optional<Cursor> parse(std::string_view text);
};

// How a list is sorted and which part of it is asked for.
struct Paging {
  std::uint32_t list = 0;
  std::uint8_t sort = 0;  // place in the list of orders
  bool descending = false;
  std::size_t limit = page_rows_default;
  std::optional<Spot> after;  // the rows behind it

  std::uint8_t order() const { return static_cast<std::uint8_t>(sort * 2 + (descending ? 1 : 0)); }
  bool before(const Spot& a, const Spot& b) const { return descending ? b < a : a < b; }
  // Missing values come last in either direction.
  std::uint64_t number(std::optional<std::uint64_t> value) const {
    return value.value_or(descending ? 0 : ~std::uint64_t{0});
  }
};

// Fills `after` from a cursor's text. What is wrong with it, if something is.
std::optional<QueryError> open_cursor(Paging& paging, const std::optional<PageEnd>& cursor);

// sort, limit and cursor of a list with these orders.
template <NamedEnum Order, Order first, bool descending = false>
struct PageOf {
  static constexpr bool group = true;
  static constexpr std::array fields{"sort", "limit", "cursor"};
  static constexpr std::array help{"the order of the list; with - in front the other way round", "rows of a page",
                                   "`next` of the page before"};
  SortBy<Order> sort{first, descending};
  Whole<1, page_rows_max, page_rows_default> limit;
  std::optional<PageEnd> cursor;

  Expected<Paging, QueryError> paging() const {
    Paging paging{sort.list.mark, static_cast<std::uint8_t>(sort.order), sort.descending, limit.value, {}};
    if (auto error = open_cursor(paging, cursor)) return unexpected(std::move(*error));
    return paging;
  }
};

// Sorts items that have a `spot`, leaves those behind `paging.after`, and at most limit of them. The cursor for what
// comes behind the last of these; nothing where nothing does.
template <class Item>
std::optional<std::string> cut_page(std::vector<Item>& items, const Paging& paging) {
  const auto before = [&](const Item& a, const Item& b) { return paging.before(a.spot, b.spot); };
  if (paging.after) std::erase_if(items, [&](const Item& item) { return !paging.before(*paging.after, item.spot); });
  const auto shown = std::min(paging.limit, items.size());
  std::partial_sort(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(shown), items.end(), before);
  const bool more = items.size() > shown;
  items.resize(shown);
  if (!more) return std::nullopt;
  return Cursor{paging.list, paging.order(), items.back().spot}.text();
}

// ---- how a list is shown on a terminal ---------------------------------------------------------------------------

// A column: the member of a row it shows. `note` is another member, shown in brackets behind it when it says something:
// a text as it is, true as `note_word`.
struct ListColumn {
  enum class Kind : std::uint8_t { text, whole, number, time, id };  // an id is shown to who asks for ids
  std::string_view title;
  std::string_view member;
  Kind kind = Kind::text;  // see tools/print/table.hpp
  std::string_view note = {};
  std::string_view note_word = {};
};

// A query that answers with a list: `listed` names the member that holds it, `command` the subcommand that prints it.
template <class Q>
concept ListQuery = requires {
  Q::command;
  Q::listed;
  Q::columns;
};

}  // namespace rollcall::projections
