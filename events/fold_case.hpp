// Names as they are sorted and searched: without regard to case.
#pragma once

#include <string>
#include <string_view>

namespace rollcall {

// Lower case for Latin, Greek and Cyrillic letters of UTF-8, put together from their parts first (Unicode's form C), so
// that José is found however it was typed; other letters stay, control characters go. A table of our own, since sort
// keys are stored: they must not change with the machine's locale.
std::string fold_case(std::string_view text);

}  // namespace rollcall
