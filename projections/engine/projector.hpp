// Feeds read models from the log: each entry is read once and decoded at most once for all of them, and the rows of a
// view are committed together with how far it is. Synchronous; whoever owns a Projector owns its thread.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/log.hpp"
#include "projections/engine/projection.hpp"

namespace rollcall::projections {

// Why a view does not go on: the event at `position` cannot be applied. Nothing is ever skipped.
struct Stop {
  Position position = 0;
  std::string reason;
  bool operator==(const Stop&) const = default;
};

// How much is folded in memory before it is committed.
struct Pace {
  std::uint64_t events = 1'000;
  std::size_t rows = 100'000;
};

class Projector {
 public:
  // Called now and then with the position reached; false ends the run after what was read so far is committed.
  using OnProgress = std::function<bool(Position reached)>;

  struct View {
    std::string_view name;
    ViewStore::Progress progress;
    std::optional<Stop> stop;
  };

  // `log` and `keys` must outlive it.
  Projector(const LogReader& log, const KeyRing& keys, Pace pace = {}) : log_(log), keys_(keys), pace_(pace) {}

  // Feeds this view from where its store is; takes the place of a view of that name, which is how a new generation is
  // swapped in. A store that another version of the projection wrote is stopped until it is rebuilt. `store` must
  // outlive the Projector or its replacement.
  void feed(const Projection& projection, ViewStore& store);
  // Applies the events before `up_to` (or the end of the log) to all views that are not stopped. What one view cannot
  // take stops that view alone, with all before it committed.
  void catch_up(Position up_to, const OnProgress& on_progress = {});
  // Lets a stopped view try again.
  void retry(std::string_view name);

  std::vector<View> views() const;

 private:
  struct Feed {
    const Projection* projection;
    ViewStore* store;
    ViewStore::Snapshot before;
    std::unique_ptr<Fold> fold;
    Position next;  // the event it takes next
    std::optional<Stop> stop;

    Position target(Position up_to) const { return stop ? std::min(stop->position, up_to) : up_to; }
    bool behind(Position up_to) const { return before.progress.applied < target(up_to); }
  };
  static bool of_other_version(const Feed& feed) {
    return feed.before.progress.applied > 0 && feed.before.progress.version != feed.projection->version;
  }
  class Pass;

  const LogReader& log_;
  const KeyRing& keys_;
  Pace pace_;
  std::vector<Feed> feeds_;
};

}  // namespace rollcall::projections
