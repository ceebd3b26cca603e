// The terminal the program was started on: whether there is one, how wide it is, and asking for a secret.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rollcall::tools {

enum class Stream { input = 0, output = 1, error = 2 };

bool is_terminal(Stream stream);

// How many columns a line may have: the terminal's, or any number when the stream is a file or a pipe.
std::size_t columns_available(Stream stream);

// Whether what is printed may be coloured: on a terminal that can, unless NO_COLOR is set (no-color.org).
bool has_colours(Stream stream);

enum class Ink { plain, bold, faint, red, yellow };
// The text between the sequences that colour it; as it is without colours.
std::string inked(std::string_view text, Ink ink, bool colours);

// Asks on the terminal without showing what is typed; takes a line of standard input when that is no terminal.
// Throws Failure when there is nobody to ask.
std::string ask_secret(const std::string& prompt);

// A line of standard input without its end. Throws Failure when there is none.
std::string read_secret_line();

}  // namespace rollcall::tools
