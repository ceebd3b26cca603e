#include "projections/engine/query.hpp"

#include <charconv>

#include "events/big_endian.hpp"
#include "events/hash.hpp"

namespace rollcall::projections {
namespace {

std::string joined(std::span<const std::string_view> words) {
  std::string list;
  for (const auto word : words) list.append(list.empty() ? "" : ", ").append(word);
  return list;
}

std::optional<std::size_t> place_of(std::string_view word, std::span<const std::string_view> words) {
  const auto at = std::find(words.begin(), words.end(), word);
  if (at == words.end()) return std::nullopt;
  return static_cast<std::size_t>(at - words.begin());
}

}  // namespace

std::string Cursor::text() const {
  std::string bytes = big_endian(sort);
  bytes.append(big_endian(number)).append(1, invitation ? '\1' : '\0');
  bytes.append(reinterpret_cast<const char*>(id.data()), id.size());
  return to_hex(bytes);
}

std::optional<Cursor> Cursor::parse(std::string_view text) {
  const auto bytes = from_hex(text);
  if (!bytes || bytes->size() != 10 + sizeof(IdBytes) || (*bytes)[9] < 0 || (*bytes)[9] > 1) return std::nullopt;
  const std::string_view view = *bytes;
  Cursor cursor{from_big_endian<std::uint8_t>(view), from_big_endian<std::uint64_t>(view.substr(1)), view[9] == 1, {}};
  std::copy(view.begin() + 10, view.end(), cursor.id.begin());
  return cursor;
}

ParameterReader::ParameterReader(const Parameters& parameters)
    : parameters_(parameters), taken_(parameters.size(), false) {}

const std::string* ParameterReader::take(std::string_view name) {
  const std::string* found = nullptr;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    if (parameters_[i].first != name) continue;
    if (found) refuse(name, "is given twice");
    taken_[i] = true;
    found = &parameters_[i].second;
  }
  return found;
}

void ParameterReader::refuse(std::string_view name, std::string detail) {
  if (!error_) error_ = QueryError{std::string{name}, std::move(detail)};
}

std::optional<std::string> ParameterReader::text(std::string_view name, std::size_t bytes_max) {
  const auto* value = take(name);
  if (!value || value->empty()) return std::nullopt;
  if (value->size() > bytes_max) {
    refuse(name, "has at most " + std::to_string(bytes_max) + " bytes");
    return std::nullopt;
  }
  return *value;
}

std::optional<bool> ParameterReader::yes_or_no(std::string_view name) {
  constexpr std::array<std::string_view, 2> names{"false", "true"};
  const auto place = word(name, names);
  if (!place) return std::nullopt;
  return *place == 1;
}

std::optional<std::size_t> ParameterReader::word(std::string_view name, std::span<const std::string_view> words) {
  const auto* value = take(name);
  if (!value) return std::nullopt;
  const auto place = place_of(*value, words);
  if (!place) refuse(name, "\"" + *value + "\" is not one of " + joined(words));
  return place;
}

std::optional<std::uint64_t> ParameterReader::words(std::string_view name, std::span<const std::string_view> words) {
  const auto* value = take(name);
  if (!value) return std::nullopt;
  if (*value == "all") return ~std::uint64_t{0};
  std::uint64_t bits = 0;
  for (std::string_view rest = *value;;) {
    const auto comma = rest.find(',');
    const auto one = rest.substr(0, comma);
    if (const auto place = place_of(one, words))
      bits |= std::uint64_t{1} << *place;
    else
      refuse(name, "\"" + std::string{one} + "\" is not one of all, " + joined(words));
    if (comma == std::string_view::npos) return bits;
    rest.remove_prefix(comma + 1);
  }
}

Paging ParameterReader::paging(std::span<const std::string_view> orders, std::string_view order_default) {
  Paging paging;
  const auto* sort = take("sort");
  std::string_view order = sort ? std::string_view{*sort} : order_default;
  paging.descending = order.starts_with('-');
  if (paging.descending) order.remove_prefix(1);
  if (const auto place = place_of(order, orders))
    paging.sort = static_cast<std::uint8_t>(*place);
  else
    refuse("sort", "\"" + std::string{order} + "\" is not one of " + joined(orders) + ", or one with - in front");

  if (const auto* limit = take("limit")) {
    const auto [end, error] = std::from_chars(limit->data(), limit->data() + limit->size(), paging.limit);
    if (error != std::errc{} || end != limit->data() + limit->size() || paging.limit == 0 ||
        paging.limit > page_rows_max) {
      paging.limit = page_rows_default;
      refuse("limit", "must be a number from 1 to " + std::to_string(page_rows_max));
    }
  }
  if (const auto* cursor = take("cursor")) {
    paging.cursor = Cursor::parse(*cursor);
    if (!paging.cursor)
      refuse("cursor", "must be the `next` of a page before");
    else if (paging.cursor->sort != paging.order())
      refuse("cursor", "belongs to another sort");
  }
  return paging;
}

std::optional<QueryError> ParameterReader::error() const {
  if (error_) return error_;
  for (std::size_t i = 0; i < parameters_.size(); ++i)
    if (!taken_[i]) return QueryError{parameters_[i].first, "is not a parameter of this query"};
  return std::nullopt;
}

}  // namespace rollcall::projections
