// UTF-8 (RFC 3629): what enters is checked, what leaves is valid. No overlong forms, no surrogates, nothing beyond
// U+10FFFF.
#pragma once

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

}  // namespace rollcall::utf8
