#include "events/mark.hpp"

#include <charconv>
#include <stdexcept>

#include <fmt/format.h>

#include "events/big_endian.hpp"
#include "events/hash.hpp"

namespace rollcall {
namespace {

constexpr std::size_t leaf_digits = 8;

}  // namespace

EventMark EventMark::of(Position position, std::string_view entry) {
  const auto hash = leaf_hash(entry);
  return {position, from_big_endian<std::uint32_t>(bytes_of(hash))};
}

std::string EventMark::text() const {
  return leaf ? fmt::format("{}-{:08x}", position, *leaf) : fmt::format("{}", position);
}

std::optional<EventMark> EventMark::parse(std::string_view text) {
  EventMark mark;
  const auto dash = text.find('-');
  const auto digits = text.substr(0, dash);
  const auto* end = digits.data() + digits.size();
  const auto [read, error] = std::from_chars(digits.data(), end, mark.position);
  const bool plain = !digits.empty() && (digits.size() == 1 || digits.front() != '0');
  if (!plain || error != std::errc{} || read != end) return std::nullopt;
  if (dash == text.npos) return mark;
  const auto leaf = text.substr(dash + 1);
  if (leaf.size() != leaf_digits || leaf.find_first_not_of("0123456789abcdef") != leaf.npos) return std::nullopt;
  std::from_chars(leaf.data(), leaf.data() + leaf.size(), mark.leaf.emplace(), 16);
  return mark;
}

EventMark mark_at(const LogReader& log, Position position) {
  const auto entry = log.entry(position);
  if (!entry) throw std::runtime_error(fmt::format("the log lacks event {}", position));
  return EventMark::of(position, *entry);
}

MarkFit fit(const EventMark& mark, const LogReader& log) {
  const auto entry = log.entry(mark.position);
  if (!entry) return MarkFit::ahead;
  return !mark.leaf || EventMark::of(mark.position, *entry) == mark ? MarkFit::fits : MarkFit::forked;
}

std::optional<std::string> misfit(const EventMark& mark, const LogReader& log) {
  switch (fit(mark, log)) {
    case MarkFit::fits: return std::nullopt;
    case MarkFit::ahead:
      return fmt::format("is ahead of the log: it has event {}, and the log ends with {} events", mark.position,
                         log.size());
    case MarkFit::forked:
      return fmt::format("belongs to another history: the log has another event {} than it followed", mark.position);
  }
  return std::nullopt;
}

}  // namespace rollcall
