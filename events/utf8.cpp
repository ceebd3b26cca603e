#include "events/utf8.hpp"

#include <algorithm>
#include <span>

namespace rollcall::utf8 {
namespace {

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// The bytes of the letter that `text` begins with; 0 when it begins with none. By the table of RFC 3629 §4.
std::size_t letter_at(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto first = byte(0), second = byte(1);
  if (first < 0x80) return 1;
  const auto rest = [&](std::size_t from, std::size_t size) {
    if (text.size() < size) return std::size_t{0};
    return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(from),
                       text.begin() + static_cast<std::ptrdiff_t>(size), continues)
               ? size
               : std::size_t{0};
  };
  if (first >= 0xC2 && first <= 0xDF) return rest(1, 2);
  if (first >= 0xE0 && first <= 0xEF) {
    const auto least = first == 0xE0 ? 0xA0u : 0x80u;  // no overlong form
    const auto most = first == 0xED ? 0x9Fu : 0xBFu;   // no surrogate
    return second >= least && second <= most ? rest(2, 3) : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const auto least = first == 0xF0 ? 0x90u : 0x80u;
    const auto most = first == 0xF4 ? 0x8Fu : 0xBFu;  // up to U+10FFFF
    return second >= least && second <= most ? rest(2, 4) : 0;
  }
  return 0;
}

bool ascii(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

// The letter that a valid text begins with.
char32_t first_of(std::string_view text) {
  const auto size = letter_at(text);
  auto letter = static_cast<char32_t>(static_cast<unsigned char>(text[0]));
  if (size > 1) letter &= 0x7fu >> size;
  for (std::size_t i = 1; i < size; ++i) letter = letter << 6 | (static_cast<unsigned char>(text[i]) & 0x3fu);
  return letter;
}

bool in(std::span<const Letters> all, char32_t letter) {
  return std::any_of(all.begin(), all.end(),
                     [&](const Letters& some) { return some.first <= letter && letter <= some.last; });
}

template <class Predicate>
bool every_letter(std::string_view text, Predicate is) {
  for (; !text.empty(); text.remove_prefix(std::max<std::size_t>(letter_at(text), 1)))
    if (!is(first_of(text))) return false;
  return true;
}

}  // namespace

bool is_unseen(char32_t letter) { return in(unseen, letter); }

bool one_line(std::string_view text) {
  return valid(text) && every_letter(text, [](char32_t letter) { return !in(controls, letter); });
}

bool blank(std::string_view text) {
  return every_letter(text, [](char32_t letter) { return in(spaces, letter) || in(unseen, letter); });
}

bool valid(std::string_view text) {
  if (ascii(text)) return true;
  while (!text.empty()) {
    const auto size = letter_at(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

std::size_t letters(std::string_view text) {
  return text.size() - static_cast<std::size_t>(std::count_if(text.begin(), text.end(), continues));
}

std::string_view cut(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && continues(text[bytes])) --bytes;
  return text.substr(0, bytes);
}

std::string repaired(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto size = letter_at(text);
    out.append(size == 0 ? std::string_view{"\xEF\xBF\xBD"} : text.substr(0, size));
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return out;
}

}  // namespace rollcall::utf8
