// Text as people see it on a terminal: how wide it is, how it is cut, and numbers and times as they are read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace rollcall::tools {

// Terminal columns that UTF-8 text takes: letters one, CJK and emoji two, combining marks none.
std::size_t columns_of(std::string_view text);

// The text itself if it fits into so many columns, otherwise its beginning and "…".
std::string cut_to(std::string_view text, std::size_t columns);

// The text in one line, and harmless: names come from strangers. What would command the terminal (control characters,
// broken UTF-8) is shown as U+FFFD; what is not seen or turns the line around (zero-width and direction characters) by
// its number, <U+200B>, since two names that look alike may not be.
std::string printable(std::string_view text);

// 1234567 as 1,234,567.
std::string grouped(std::uint64_t number);

// Seconds as 0:07, 12:30 or 1:02:03, rounded.
std::string clock_text(double seconds);

enum class Precision { minutes, seconds };
// An RFC 3339 instant in UTC as 2026-03-03 09:00Z or 2026-03-03 09:00:00Z; any other text as it is.
std::string short_time(std::string_view instant, Precision precision = Precision::minutes);

// How many letters have to be put in, taken out or changed to make the one of the other: what was meant by a mistyped
// word is near.
std::size_t edit_distance(std::string_view from, std::string_view to);

}  // namespace rollcall::tools
