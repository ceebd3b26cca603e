#include "adapters/kafka/window.hpp"

#include <limits>

namespace rollcall::kafka {
namespace {

std::vector<std::string> read_entries(const LogReader& log, Position from, const WindowBounds& bounds) {
  std::vector<std::string> entries;
  std::size_t bytes = 0;
  log.read(from, [&](Position, std::string_view entry) {
    if (!entries.empty() && bytes + entry.size() > bounds.bytes) return false;
    entries.emplace_back(entry);
    bytes += entry.size();
    return entries.size() < bounds.events;
  });
  return entries;
}

}  // namespace

std::vector<std::string> next_window(const LogReader& log, Position from, const WindowBounds& bounds) {
  auto entries = read_entries(log, from, bounds);
  auto whole = log.batch_end(from + entries.size());
  if (whole <= from) {
    entries = read_entries(log, from, {std::numeric_limits<std::size_t>::max(), bounds.bytes});
    whole = log.batch_end(from + entries.size());
  }
  if (whole > from) entries.resize(static_cast<std::size_t>(whole - from));
  return entries;
}

}  // namespace rollcall::kafka
