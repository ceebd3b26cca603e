// Where somebody is in a log, and in which one: every follower, subscriber and restored copy is held against the log by
// its mark.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "events/log.hpp"

namespace rollcall {

// An event by its position and the first four bytes of its leaf hash (RFC 6962 §2.1). Logs that agree on a mark have
// one history up to there; a log that was restored from an older copy and went on is found by it.
struct EventMark {
  Position position = 0;
  std::optional<std::uint32_t> leaf;  // nothing: known by its position alone, which proves no more than that

  static EventMark of(Position position, std::string_view entry);
  // "4711-1a2b3c4d", or "4711".
  std::string text() const;
  static std::optional<EventMark> parse(std::string_view text);

  friend bool operator==(const EventMark&, const EventMark&) = default;
};

// The mark of an event of this log. Throws std::runtime_error when it has none at this position.
EventMark mark_at(const LogReader& log, Position position);

enum class MarkFit : std::uint8_t {
  fits,
  ahead,   // the log ends before it: it was restored from an older copy, or is another one
  forked,  // the log has another event there
};
MarkFit fit(const EventMark& mark, const LogReader& log);

// For people: why somebody who is there cannot follow this log, e.g. "is at event 4711, ahead of the log, which has
// 12"; nothing when they can. `mark` is the last event they have.
std::optional<std::string> misfit(const EventMark& mark, const LogReader& log);

}  // namespace rollcall
