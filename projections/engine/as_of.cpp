#include "projections/engine/as_of.hpp"

#include <algorithm>
#include <bitset>
#include <stdexcept>
#include <vector>

#include "projections/views/scopes.hpp"

namespace rollcall::projections {
namespace {

std::string entry_at(const LogReader& log, Position position) {
  auto entry = log.entry(position);
  if (!entry) throw std::runtime_error("the log lacks event " + std::to_string(position));
  return std::move(*entry);
}

// Each of these entries in their order. Where they lie close together the log is read through: what one leaps over
// costs a tenth of finding the next.
void read_entries(const LogReader& log, const std::vector<Position>& positions, auto&& visit) {
  constexpr std::size_t few = 16;
  constexpr Position close = 8;
  for (std::size_t i = 0; i < positions.size();) {
    auto end = i + 1;
    while (end < positions.size() && positions[end] - positions[end - 1] <= close) ++end;
    if (end - i < few) {
      for (; i < end; ++i) visit(entry_at(log, positions[i]));
      continue;
    }
    log.read(positions[i], [&](Position position, std::string_view entry) {
      if (position == positions[i]) {
        visit(entry);
        ++i;
      }
      return i < end;
    });
    if (i < end) throw std::runtime_error("the log ends before event " + std::to_string(positions[i]));
  }
}

std::bitset<256> tags_of(const EventTypes& types) {
  std::bitset<256> tags;
  [&]<class... E>(Types<E...>) {
    std::size_t i = 0;
    ((types[i++] ? void(tags.set(tag_of(E::type))) : void()), ...);
  }(AllEvents{});
  return tags;
}

// Collects the positions to be read, without those that are about something else.
class Reading {
 public:
  Reading(const EventTypes& types, const Moment& moment, const Rows& index, std::uint64_t events_max)
      : tags_(tags_of(types)), size_(moment.size), index_(index), events_max_(events_max) {}

  void of(const AccountId& account) {
    // Whoever signs in all day makes the past no longer: what is shown of it is the last time.
    scan_scope(index_, Scope::of(account), [&](Position position, std::uint8_t tag) {
      return surely_sign_in(tag) ? position < size_ : add(position, tag);
    });
    scan_last_sign_ins(index_, account, size_, adding());
    scan_registrations(index_, account, adding());
  }
  void of(const MembershipId& membership) { scan_history(index_, membership, adding()); }
  void of(const MemberOf& member) {
    of(member.membership);
    scan_last_sign_in(index_, member.account, member.membership, size_, adding());
  }
  void of(const PersonId& person) {
    for (const auto& [account, membership] : places_of(index_, person)) {
      // Of what happened in an account their own part, and what holds for everybody there.
      scan_settings(index_, account, adding());
      of(membership);
    }
  }

  bool too_large() const { return positions_.size() > events_max_; }
  std::vector<Position> positions() {
    std::sort(positions_.begin(), positions_.end());
    positions_.erase(std::unique(positions_.begin(), positions_.end()), positions_.end());
    return std::move(positions_);
  }

 private:
  VisitPosition adding() {
    return [this](Position position, std::uint8_t tag) { return add(position, tag); };
  }
  bool add(Position position, std::uint8_t tag) {
    if (position >= size_ || too_large()) return false;
    if (tags_[tag]) positions_.push_back(position);
    return true;
  }

  std::bitset<256> tags_;
  Position size_;
  const Rows& index_;
  std::uint64_t events_max_;
  std::vector<Position> positions_;
};

}  // namespace

Moment moment_at(const LogReader& log, Time time, const std::vector<Position>& steps) {
  // From step to step time only grows: the last stretch that has an event so early is looked for, the latest one first.
  auto stretch_end = log.size();
  for (std::size_t i = steps.size() + 1; i-- > 0;) {
    const auto begin = i == 0 ? 0 : steps[i - 1];
    if (begin >= stretch_end) continue;
    auto known = begin, end = stretch_end;  // events before `known` are not later than `time`, those from `end` on are
    while (known < end) {
      const auto middle = known + (end - known) / 2;
      if (peek_entry(entry_at(log, middle)).recorded_at <= time)
        known = middle + 1;
      else
        end = middle;
    }
    if (known > begin) return {known, time};
    stretch_end = begin;
  }
  return {0, time};
}

std::optional<Moment> moment_at(const LogReader& log, Position position) {
  const auto entry = log.entry(position);
  if (!entry) return std::nullopt;
  return Moment{position + 1, peek_entry(*entry).recorded_at};
}

std::optional<AsOfError> read_history(const EventTypes& types, const Subject& subject, const Moment& moment,
                                      const LogReader& log, const KeyRing& keys, const ViewStore::Snapshot& index,
                                      std::uint64_t events_max, const std::function<void(const Recorded&)>& apply) {
  if (index.progress.applied < moment.size) return AsOfError{AsOfError::Kind::index_behind, index.progress.applied};
  Reading reading(types, moment, *index.rows, events_max);
  std::visit([&](const auto& whose) { reading.of(whose); }, subject);
  if (reading.too_large()) return AsOfError{AsOfError::Kind::too_large, events_max};
  read_entries(log, reading.positions(), [&](std::string_view entry) {
    const auto number = event_number(peek_entry(entry).type);
    if (!number || types[*number]) apply(decode_for_fold(entry, keys));
  });
  return std::nullopt;
}

Expected<Overlay, AsOfError> rows_as_of(const Projection& projection, const Subject& subject, const Moment& moment,
                                        const LogReader& log, const KeyRing& keys, const ViewStore::Snapshot& index,
                                        std::uint64_t events_max) {
  static const MemoryRows nothing;
  const auto fold = projection.fold(nothing);
  const auto apply = [&](const Recorded& recorded) { fold->apply(recorded); };
  if (auto error = read_history(projection.types, subject, moment, log, keys, index, events_max, apply))
    return unexpected(*error);
  Overlay rows(nothing);
  rows.adopt(fold->changes());
  return rows;
}

}  // namespace rollcall::projections
