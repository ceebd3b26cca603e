// How much of the log goes into one transaction.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "events/log.hpp"

namespace rollcall::kafka {

struct WindowBounds {
  std::size_t events = 5'000;
  std::size_t bytes = std::size_t{1} << 20;  // of entries
};

// The entries from `from` on, up to the bounds: whole batches of the log. Of a batch that is larger in bytes by itself
// a part comes; one that only has more events than the bounds comes whole. None when the log ends at `from`.
std::vector<std::string> next_window(const LogReader& log, Position from, const WindowBounds& bounds);

}  // namespace rollcall::kafka
