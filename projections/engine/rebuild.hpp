// A read model anew from the first event, and what to hold it against: both are how we know that a view is right.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "events/expected.hpp"
#include "events/log.hpp"
#include "projections/engine/projection.hpp"
#include "projections/engine/projector.hpp"

namespace rollcall::projections {

// Folds the events before `up_to` into an empty store, in few large commits. Returns where it came to: less than
// `up_to` only when on_progress said no. Throws std::logic_error when the store is not empty.
Expected<ViewStore::Progress, Stop> rebuild(const Projection& projection, const LogReader& log, const KeyRing& keys,
                                            ViewStore& store, Position up_to,
                                            const Projector::OnProgress& on_progress = {});

enum class Comparison : std::uint8_t {
  equal,
  different,
  incomparable,  // other sizes of the log, or other versions of the projection
};
constexpr Names<3> enum_names(Comparison) { return {"equal", "different", "incomparable"}; }
Comparison compare(const ViewStore::Progress& a, const ViewStore::Progress& b);

struct Difference {
  enum class Kind : std::uint8_t { only_in_first, only_in_second, other_value };
  std::string key;
  Kind kind{};
  bool operator==(const Difference&) const = default;
};
// The rows in which two generations differ, in order of their keys, at most `limit`. Projection::row_name says what a
// key is.
std::vector<Difference> differences(const Rows& first, const Rows& second, std::size_t limit);

}  // namespace rollcall::projections
