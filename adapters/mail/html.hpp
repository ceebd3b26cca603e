// A letter's text as a page: for mail programs that show nothing else well.
#pragma once

#include <string>
#include <string_view>

#include "events/words.hpp"

namespace rollcall {

// Paragraphs are divided by empty lines. A line that is an address of the web and nothing else becomes a link; one that
// is a command of ours, or a single long word such as a token, is set as code. Nothing else is: a name that looks like
// a link or a tag is text. Asks nobody for anything.
std::string html_of(std::string_view subject, std::string_view text, Language language);

}  // namespace rollcall
