// UTF-8 (RFC 3629): what enters is checked, what leaves is valid. No overlong forms, no surrogates, nothing beyond
// U+10FFFF.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace rollcall::utf8 {

bool valid(std::string_view text);

// How many letters (code points) a valid text has, which is what JSON Schema's lengths count.
std::size_t letters(std::string_view text);

// The longest beginning of a valid text that has at most so many bytes and cuts no letter in two.
std::string_view cut(std::string_view text, std::size_t bytes);

// The text with U+FFFD for each byte that belongs to no letter: what an old log may hold, made readable.
std::string repaired(std::string_view text);

// Letters from the first to the last.
struct Letters {
  char32_t first, last;
};
// What ends a line or commands a terminal: C0, DEL, C1, and the separators of lines and paragraphs.
inline constexpr std::array controls{Letters{0, 0x1f}, Letters{0x7f, 0x9f}, Letters{0x2028, 0x2029}};
// Unicode's spaces (White_Space without the controls).
inline constexpr std::array spaces{Letters{' ', ' '},       Letters{0xa0, 0xa0},     Letters{0x1680, 0x1680},
                                   Letters{0x2000, 0x200a}, Letters{0x202f, 0x202f}, Letters{0x205f, 0x205f},
                                   Letters{0x3000, 0x3000}};
// Letters without a shape of their own that are no marks on another one either: those that set the direction, joiners
// and spaces of no width, fillers, tags (Unicode's Default_Ignorable_Code_Point, but for variation selectors).
inline constexpr std::array unseen{Letters{0xad, 0xad},     Letters{0x34f, 0x34f},    Letters{0x61c, 0x61c},
                                   Letters{0x115f, 0x1160}, Letters{0x17b4, 0x17b5},  Letters{0x180b, 0x180f},
                                   Letters{0x200b, 0x200f}, Letters{0x202a, 0x202e},  Letters{0x2060, 0x206f},
                                   Letters{0x3164, 0x3164}, Letters{0xfeff, 0xfeff},  Letters{0xffa0, 0xffa0},
                                   Letters{0xfff0, 0xfffb}, Letters{0xe0000, 0xe007f}};
bool is_unseen(char32_t letter);

// Is a text valid, and in one line?
bool one_line(std::string_view text);
// Does a valid text show nothing: none but spaces and unseen letters?
bool blank(std::string_view text);

}  // namespace rollcall::utf8
