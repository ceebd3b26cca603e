#include "events/fold_case.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <optional>

#include <uninorm.h>

#include "events/utf8.hpp"

namespace rollcall {
namespace {

// Two-byte letters only: U+0080 to U+07FF. Cases lie 32 or 80 apart, or side by side.
unsigned lower(unsigned letter) {
  if (letter >= 0xC0 && letter <= 0xDE && letter != 0xD7) return letter + 32;  // Latin-1
  if (letter >= 0x100 && letter <= 0x17F) {                                    // Latin Extended-A
    if (letter == 0x130 || letter == 0x138 || letter == 0x149 || letter == 0x17F) return letter;
    if (letter == 0x178) return 0xFF;
    const bool odd_is_upper = (letter >= 0x139 && letter <= 0x148) || letter >= 0x179;
    return (letter % 2 == 1) == odd_is_upper ? letter + 1 : letter;
  }
  if (letter >= 0x391 && letter <= 0x3A9 && letter != 0x3A2) return letter + 32;  // Greek
  if (letter >= 0x410 && letter <= 0x42F) return letter + 32;                     // Cyrillic
  if (letter >= 0x400 && letter <= 0x40F) return letter + 80;
  return letter;
}

// Letters may come in parts, a letter and its accent. Parts begin at U+0300: before that there is nothing to be done.
std::optional<std::string> put_together(std::string_view text) {
  constexpr unsigned char first_part = 0xCC;
  if (std::all_of(text.begin(), text.end(), [](unsigned char byte) { return byte < first_part; })) return std::nullopt;
  if (!utf8::valid(text)) return std::nullopt;  // it stays as it is
  std::size_t size = 0;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const std::unique_ptr<std::uint8_t, decltype(&std::free)> together(
      ::u8_normalize(UNINORM_NFC, bytes, text.size(), nullptr, &size), &std::free);
  if (!together) throw std::bad_alloc();
  return std::string{reinterpret_cast<const char*>(together.get()), size};
}

bool continues(unsigned char byte) { return (byte & 0xC0) == 0x80; }

}  // namespace

std::string fold_case(std::string_view text) {
  const auto together = put_together(text);
  if (together) text = *together;
  std::string folded;
  folded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7F) continue;
    const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : '\0');
    if (byte >= 'A' && byte <= 'Z') {
      folded.push_back(static_cast<char>(byte + 32));
    } else if (byte >= 0xC2 && byte <= 0xDF && continues(next)) {
      const auto letter = lower((byte & 0x1Fu) << 6 | (next & 0x3Fu));
      folded.push_back(static_cast<char>(0xC0 | letter >> 6));
      folded.push_back(static_cast<char>(0x80 | (letter & 0x3F)));
      ++i;
    } else {
      folded.push_back(text[i]);
    }
  }
  return folded;
}

}  // namespace rollcall
