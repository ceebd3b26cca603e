// Questions to read models as they arrive, name by name and text by text, and how lists are cut into pages.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "events/expected.hpp"
#include "events/record.hpp"
#include "events/values.hpp"

namespace rollcall::projections {

// The parameters of a query as the edge read them, e.g. {"status", "active,invited"}.
using Parameters = std::vector<std::pair<std::string, std::string>>;

// Which parameter is wrong and why. `account`: these rows know no such account.
struct QueryError {
  std::string parameter;
  std::string detail;
};

constexpr std::size_t page_rows_default = 50;
constexpr std::size_t page_rows_max = 200;
constexpr std::size_t search_bytes_max = 200;

// Where a row stands in a sorted list: by number, then by text, then by id.
struct Spot {
  std::uint64_t number = 0;
  std::string text;
  IdBytes id{};
  friend auto operator<=>(const Spot&, const Spot&) = default;
};

// Where the last page ended. It names no text, since cursors end up in logs: the text is the row's own.
struct Cursor {
  std::uint8_t sort = 0;  // the order it was made in
  std::uint64_t number = 0;
  bool invitation = false;  // which kind of row `id` is of
  IdBytes id{};

  std::string text() const;
  static std::optional<Cursor> parse(std::string_view text);
};

// How a list is sorted and which part of it is asked for.
struct Paging {
  std::uint8_t sort = 0;  // place in the list of orders
  bool descending = false;
  std::size_t limit = page_rows_default;
  std::optional<Cursor> cursor;

  std::uint8_t order() const { return static_cast<std::uint8_t>(sort * 2 + (descending ? 1 : 0)); }
  bool before(const Spot& a, const Spot& b) const { return descending ? b < a : a < b; }
  // Missing values come last in either direction.
  std::uint64_t number(std::optional<std::uint64_t> value) const {
    return value.value_or(descending ? 0 : ~std::uint64_t{0});
  }
};

// Takes parameters by name. The first thing wrong, a parameter nobody took included, is what error() says.
class ParameterReader {
 public:
  explicit ParameterReader(const Parameters& parameters);

  std::optional<std::string> text(std::string_view name, std::size_t bytes_max = search_bytes_max);
  std::optional<bool> yes_or_no(std::string_view name);
  // One of these words.
  std::optional<std::size_t> word(std::string_view name, std::span<const std::string_view> words);
  // A list of them with commas, or `all`; bit i is word i. Nothing when it is not given.
  std::optional<std::uint64_t> words(std::string_view name, std::span<const std::string_view> words);
  // limit, cursor, and sort: one of these orders, with - in front for descending.
  Paging paging(std::span<const std::string_view> orders, std::string_view order_default);
  std::optional<QueryError> error() const;

 private:
  const std::string* take(std::string_view name);
  void refuse(std::string_view name, std::string detail);

  const Parameters& parameters_;
  std::vector<bool> taken_;
  std::optional<QueryError> error_;
};

template <NamedEnum E>
std::optional<E> one_of(ParameterReader& reader, std::string_view name) {
  constexpr auto names = enum_names(E{});
  const auto number = reader.word(name, names);
  if (!number) return std::nullopt;
  return static_cast<E>(*number);
}

// A set of values of an enumeration.
template <NamedEnum E>
struct SetOf {
  std::uint64_t bits = 0;

  static constexpr SetOf all() { return {~std::uint64_t{0}}; }
  static constexpr SetOf of(auto... values) { return {((std::uint64_t{1} << static_cast<unsigned>(values)) | ...)}; }
  constexpr bool has(E value) const { return (bits >> static_cast<unsigned>(value) & 1) != 0; }
  constexpr bool within(SetOf other) const { return (bits & ~other.bits) == 0; }
};

template <NamedEnum E>
std::optional<SetOf<E>> some_of(ParameterReader& reader, std::string_view name) {
  constexpr auto names = enum_names(E{});
  const auto bits = reader.words(name, names);
  if (!bits) return std::nullopt;
  return SetOf<E>{*bits};
}

// Sorts items that have a `spot`, leaves those behind `after`, and at most limit of them. Whether there are more.
template <class Item>
bool cut_page(std::vector<Item>& items, const Paging& paging, const std::optional<Spot>& after) {
  const auto before = [&](const Item& a, const Item& b) { return paging.before(a.spot, b.spot); };
  if (after) std::erase_if(items, [&](const Item& item) { return !paging.before(*after, item.spot); });
  const auto shown = std::min(paging.limit, items.size());
  std::partial_sort(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(shown), items.end(), before);
  const bool more = items.size() > shown;
  items.resize(shown);
  return more;
}

// The cursor for what comes behind the last of these items; nothing where nothing does.
template <class Item>
std::optional<std::string> next_page(const std::vector<Item>& items, const Paging& paging, bool more, bool invitation) {
  if (!more) return std::nullopt;
  const auto& last = items.back().spot;
  return Cursor{paging.order(), last.number, invitation, last.id}.text();
}

}  // namespace rollcall::projections
