#include "events/values.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

#include <fmt/format.h>

namespace rollcall {
namespace {

__extension__ using Wide = unsigned __int128;  // 128 bits, which both compilers have and the standard lacks

constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz";  // Crockford: no i, l, o, u

std::optional<int> number(std::string_view text, std::size_t at, std::size_t digits) {
  if (text.size() < at + digits) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(at, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

bool all(std::string_view text, auto&& allowed) { return std::all_of(text.begin(), text.end(), allowed); }

}  // namespace

std::string Time::text() const {
  using namespace std::chrono;
  const sys_time<std::chrono::microseconds> at{std::chrono::microseconds{micros}};
  const auto day = floor<std::chrono::days>(at);
  const year_month_day date{day};
  const auto in_day = static_cast<std::uint64_t>((at - day).count());
  const auto year = static_cast<int>(date.year());
  if (year < 0 || year > 9'999)
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", year, static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()), in_day / 3'600'000'000, in_day / 60'000'000 % 60,
                       in_day / 1'000'000 % 60, in_day % 1'000'000);
  // Every row that is shown has some of these: digit by digit is five times as fast.
  std::string text = "0000-00-00T00:00:00.000000Z";
  const auto put = [&](std::size_t end, std::uint64_t value) {
    for (; value > 0; value /= 10) text[--end] = static_cast<char>('0' + value % 10);
  };
  put(4, static_cast<std::uint64_t>(year));
  put(7, static_cast<unsigned>(date.month()));
  put(10, static_cast<unsigned>(date.day()));
  put(13, in_day / 3'600'000'000);
  put(16, in_day / 60'000'000 % 60);
  put(19, in_day / 1'000'000 % 60);
  put(26, in_day % 1'000'000);
  return text;
}

std::optional<Time> Time::parse(std::string_view text) {
  const auto year = number(text, 0, 4), month = number(text, 5, 2), day = number(text, 8, 2);
  const auto hour = number(text, 11, 2), minute = number(text, 14, 2), second = number(text, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  if (text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != 't') || text[13] != ':' || text[16] != ':')
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;

  std::size_t at = 19;
  std::int64_t fraction = 0;
  if (at < text.size() && text[at] == '.') {
    const auto from = ++at;
    std::int64_t scale = 100'000;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
      fraction += (text[at] - '0') * scale;
      scale /= 10;
      ++at;
    }
    if (at == from) return std::nullopt;
  }

  std::int64_t offset_minutes = 0;
  const auto zone = text.substr(at);
  if (zone == "Z" || zone == "z") {
  } else if (zone.size() == 6 && (zone[0] == '+' || zone[0] == '-') && zone[3] == ':') {
    const auto hours_off = number(zone, 1, 2), minutes_off = number(zone, 4, 2);
    if (!hours_off || !minutes_off || *hours_off > 23 || *minutes_off > 59) return std::nullopt;
    offset_minutes = (*hours_off * 60 + *minutes_off) * (zone[0] == '+' ? 1 : -1);
  } else {
    return std::nullopt;
  }

  const auto days = std::chrono::sys_days{date}.time_since_epoch().count();
  const auto in_day = (*hour * 60 + *minute - offset_minutes) * 60 + *second;
  return Time{(static_cast<std::int64_t>(days) * 86'400 + in_day) * 1'000'000 + fraction};
}

std::string Digest::text() const {
  std::string hex;
  hex.reserve(64);
  for (const auto byte : bytes) {
    hex.push_back("0123456789abcdef"[byte >> 4]);
    hex.push_back("0123456789abcdef"[byte & 15]);
  }
  return hex;
}

std::optional<Digest> Digest::parse(std::string_view text) {
  Digest digest;
  // One digest has one spelling.
  if (text.size() != 64 || !all(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }))
    return std::nullopt;
  for (std::size_t i = 0; i < 32; ++i) {
    const auto* from = text.data() + 2 * i;
    const auto [end, error] = std::from_chars(from, from + 2, digest.bytes[i], 16);
    if (error != std::errc{} || end != from + 2) return std::nullopt;
  }
  return digest;
}

std::string id_text(std::string_view prefix, const IdBytes& bytes) {
  // 128 bits as 26 letters: the first carries the top 3 bits, so that the text sorts as the bytes do.
  std::string text;
  text.reserve(prefix.size() + 27);
  text.append(prefix).push_back('_');
  Wide value = 0;
  for (const auto byte : bytes) value = value << 8 | byte;
  for (int shift = 125; shift >= 0; shift -= 5) text.push_back(alphabet[static_cast<std::size_t>(value >> shift) & 31]);
  return text;
}

std::optional<IdBytes> parse_id(std::string_view prefix, std::string_view text) {
  if (text.size() != prefix.size() + 27 || !text.starts_with(prefix) || text[prefix.size()] != '_') return std::nullopt;
  const auto letters = text.substr(prefix.size() + 1);
  if (letters[0] > '7') return std::nullopt;
  Wide value = 0;
  for (const char c : letters) {
    const auto digit = alphabet.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    value = value << 5 | digit;
  }
  IdBytes bytes;
  for (std::size_t i = bytes.size(); i-- > 0; value >>= 8) bytes[i] = static_cast<std::uint8_t>(value);
  return bytes;
}

bool AccountIdTag::valid(std::string_view text) {
  return text.size() >= 2 && text.size() <= 32 &&
         all(text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

bool RecordIdTag::valid(std::string_view text) {
  return !text.empty() && text.size() <= 40 && text.front() != ' ' && text.back() != ' ' &&
         all(text, [](char c) { return c >= ' ' && c <= '~'; });
}

bool MemberRoleTag::valid(std::string_view text) {
  return text == "limited_admin" || text == "manager" || text == "staff" || RoleId::parse(text).has_value();
}
bool PermissionTag::valid(std::string_view text) {
  const auto dot = text.find('.');
  return text.size() <= 64 && dot != 0 && dot != std::string_view::npos && dot + 1 < text.size() &&
         text.find('.', dot + 1) == std::string_view::npos &&
         all(text, [](char c) { return (c >= 'a' && c <= 'z') || c == '_' || c == '.'; });
}

}  // namespace rollcall
