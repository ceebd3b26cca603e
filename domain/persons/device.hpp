// With what somebody signs in, as far as it tells a new device from one that was updated.
#pragma once

#include <string>
#include <string_view>

namespace rollcall {

// A User-Agent without its numbers, which change with every update; never what an address could be. To say nothing is a
// kind of its own.
std::string kind_of_device(std::string_view user_agent);

}  // namespace rollcall
