// Read models as they were: the same folds, in memory, over the history of one account, person or membership. The cost
// is that history's, whatever the size of the log.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <variant>
#include <vector>

#include "events/expected.hpp"
#include "events/log.hpp"
#include "projections/engine/projection.hpp"

namespace rollcall::projections {

// More events than this are not folded for one question.
constexpr std::uint64_t as_of_events_max = 200'000;

// A moment of the past: the events before `size` had happened, and invitations lapse against `time`.
struct Moment {
  Position size = 0;
  Time time;
};
// All that was recorded up to the last event that was at `time` or before. `steps` are the positions at which the log's
// time may have gone back (clock_steps of scopes.hpp). Reads about as many entries as the size of the log has bits.
Moment moment_at(const LogReader& log, Time time, const std::vector<Position>& steps = {});
// Up to this event and including it; nothing when the log has no such event.
std::optional<Moment> moment_at(const LogReader& log, Position position);

// A membership and the account it is of.
struct MemberOf {
  AccountId account;
  MembershipId membership;
};
// Whose history: `users`, `invitations` and `assignments` are asked of an account, `profiles` of a membership,
// `account_central` of a person.
using Subject = std::variant<AccountId, MemberOf, PersonId>;

struct AsOfError {
  enum class Kind : std::uint8_t {
    too_large,     // as_of_too_large: more than as_of_events_max events
    index_behind,  // the view `scopes` has not reached the moment yet
  };
  Kind kind{};
  std::uint64_t limit = 0;  // as_of_events_max, or how far the index is
};

// Calls `apply` for the events of these types in the subject's history before the moment, in their order. `index` is a
// snapshot of the view `scopes`. Throws when the log cannot be read.
std::optional<AsOfError> read_history(const EventTypes& types, const Subject& subject, const Moment& moment,
                                      const LogReader& log, const KeyRing& keys, const ViewStore::Snapshot& index,
                                      std::uint64_t events_max, const std::function<void(const Recorded&)>& apply);

// The rows of this view, as far as they are about the subject, to be queried like the view itself with moment.time as
// `now`.
Expected<Overlay, AsOfError> rows_as_of(const Projection& projection, const Subject& subject, const Moment& moment,
                                        const LogReader& log, const KeyRing& keys, const ViewStore::Snapshot& index,
                                        std::uint64_t events_max = as_of_events_max);

}  // namespace rollcall::projections
