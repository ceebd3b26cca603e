#include "projections/engine/query.hpp"

#include <sodium.h>

#include "events/big_endian.hpp"

namespace rollcall::projections {
namespace {

// URL-safe, without padding (RFC 4648 §5).
constexpr int base64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

}  // namespace

std::string Cursor::text() const {
  std::string bytes = big_endian(list);
  bytes.append(big_endian(order));
  bytes.append(big_endian(spot.number));
  bytes.append(reinterpret_cast<const char*>(spot.id.data()), spot.id.size()).append(spot.text);
  std::string text(sodium_base64_encoded_len(bytes.size(), base64), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                    base64);
  text.pop_back();  // the terminating zero
  return text;
}

std::optional<Cursor> Cursor::parse(std::string_view text) {
  std::string bytes(text.size(), '\0');
  std::size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(), text.size(), nullptr,
                        &size, nullptr, base64) != 0)
    return std::nullopt;
  constexpr std::size_t fixed = 4 + 1 + 8 + sizeof(IdBytes);
  if (size < fixed) return std::nullopt;
  const std::string_view view{bytes.data(), size};
  Cursor cursor{from_big_endian<std::uint32_t>(view),
                from_big_endian<std::uint8_t>(view.substr(4)),
                {from_big_endian<std::uint64_t>(view.substr(5)), {}, {}}};
  std::copy_n(view.begin() + 13, cursor.spot.id.size(), cursor.spot.id.begin());
  cursor.spot.text = view.substr(fixed);
  return cursor;
}

std::optional<QueryError> open_cursor(Paging& paging, const std::optional<PageEnd>& cursor) {
  if (!cursor) return std::nullopt;
  auto parsed = Cursor::parse(cursor->text);
  if (!parsed) return QueryError{"cursor", "must be the `next` of a page before"};
  if (parsed->order != paging.order()) return QueryError{"cursor", "belongs to another sort"};
  if (parsed->list != paging.list) return QueryError{"cursor", "belongs to another list, or to other filters"};
  paging.after = std::move(parsed->spot);
  return std::nullopt;
}

}  // namespace rollcall::projections
