#include "projections/engine/projector.hpp"

#include <algorithm>

#include "events/archive.hpp"
#include "events/mark.hpp"

namespace rollcall::projections {
namespace {

constexpr Position progress_events = 16'384;

}  // namespace

// One stretch of the log for the views that are behind: read, folded, committed.
class Projector::Pass {
 public:
  Pass(Projector& projector, Position up_to, const OnProgress& on_progress)
      : log_(projector.log_), keys_(projector.keys_), pace_(projector.pace_), up_to_(up_to), on_progress_(on_progress) {
    for (auto& feed : projector.feeds_)
      if (feed.behind(up_to)) feeds_.push_back(&feed);
  }

  // False when there was nothing to do, or the caller wants no more.
  bool run() {
    if (feeds_.empty()) return false;
    next_ = up_to_;
    for (auto* feed : feeds_) {
      feed->before = feed->store->snapshot();
      feed->fold = feed->projection->fold(*feed->before.rows);
      feed->next = feed->before.progress.applied;
      next_ = std::min(next_, feed->next);
    }
    first_ = next_;
    try {
      log_.read(next_, [&](Position position, std::string_view entry) { return take(position, entry); });
      if (wanted_ && !stopped_ && !done())
        stop_all("the log ends here though its size is " + std::to_string(log_.size()));
    } catch (const std::exception& error) {
      stop_all(error.what());
    }
    for (auto* feed : feeds_) commit(*feed);
    return wanted_;
  }

 private:
  bool take(Position position, std::string_view entry) {
    if (position != next_) {
      stop_all("the log goes on with event " + std::to_string(position));
      return false;
    }
    if (done()) return false;
    offer(entry);
    ++next_;
    if (next_ % progress_events == 0 && on_progress_ && !on_progress_(next_)) wanted_ = false;
    return wanted_ && !stopped_ && !done();
  }

  // Enough for one commit, or all there is to do.
  bool done() {
    if (next_ >= up_to_ || next_ - first_ >= pace_.events) return true;
    if (next_ % progress_events != 0) return false;
    std::size_t held = 0;
    for (const auto* feed : feeds_)
      if (feed->fold) held += feed->fold->held();
    return held >= pace_.rows;
  }

  void offer(std::string_view entry) {
    std::optional<std::size_t> number;
    try {
      const auto header = peek_entry(entry);
      if (header.position != next_) throw Malformed("the entry says it is event " + std::to_string(header.position));
      number = event_number(header.type);
    } catch (const std::exception& error) {
      stop_all(error.what());
    }

    std::optional<Recorded> recorded;
    for (auto* feed : feeds_) {
      if (feed->next != next_ || feed->next >= feed->target(up_to_)) continue;
      if (number && !feed->projection->types[*number]) {
        ++feed->next;
        continue;
      }
      try {
        if (!recorded) recorded = decode_for_fold(entry, keys_);
      } catch (const std::exception& error) {
        stop(*feed, error.what());
        continue;
      }
      try {
        feed->fold->apply(*recorded);
        ++feed->next;
      } catch (const std::exception& error) {
        stop(*feed, error.what());
        feed->fold.reset();  // half an event is in it: the next pass folds up to here again
      }
    }
  }

  // The pass ends with this event: the others go on in the next one.
  void stop(Feed& feed, const std::string& reason) {
    feed.stop = Stop{next_, reason};
    stopped_ = true;
  }
  void stop_all(const std::string& reason) {
    for (auto* feed : feeds_)
      if (feed->next == next_ && feed->next < feed->target(up_to_)) stop(*feed, reason);
  }

  void commit(Feed& feed) {
    const auto fold = std::move(feed.fold);
    if (!fold || feed.next == feed.before.progress.applied) return;
    try {
      const auto changes = fold->changes();
      const ViewStore::Progress progress{feed.next,
                                         digest_after(feed.before.progress.digest, *feed.before.rows, changes),
                                         feed.projection->version, mark_before(feed.next).leaf};
      feed.store->commit(changes, progress);
      feed.before.progress = progress;
    } catch (const std::exception& error) {
      // Where it is now, since nothing of this was written.
      feed.stop = Stop{feed.before.progress.applied, error.what()};
    }
    feed.before.rows.reset();
  }

  // Of the last event applied, mostly the same for all views.
  const EventMark& mark_before(Position next) {
    if (!mark_ || mark_->position != next - 1) mark_ = mark_at(log_, next - 1);
    return *mark_;
  }

  const LogReader& log_;
  const KeyRing& keys_;
  const Pace pace_;
  const Position up_to_;
  const OnProgress& on_progress_;
  std::vector<Feed*> feeds_;
  std::optional<EventMark> mark_;
  Position first_ = 0;
  Position next_ = 0;
  bool wanted_ = true;
  bool stopped_ = false;
};

void Projector::feed(const Projection& projection, ViewStore& store) {
  std::erase_if(feeds_, [&](const Feed& known) { return known.projection->name == projection.name; });
  Feed feed{&projection, &store, {nullptr, store.snapshot().progress}, nullptr, 0, std::nullopt};
  const auto& progress = feed.before.progress;
  if (of_other_version(feed))
    feed.stop = Stop{progress.applied, "its rows are of version " + std::to_string(progress.version) +
                                           ", this program writes version " + std::to_string(projection.version) +
                                           ": rebuild it"};
  else if (progress.applied > 0)
    if (const auto why = misfit({progress.applied - 1, progress.leaf}, log_))
      feed.stop = Stop{progress.applied, "it " + *why + ": rebuild it"};
  feeds_.push_back(std::move(feed));
}

void Projector::catch_up(Position up_to, const OnProgress& on_progress) {
  up_to = std::min(up_to, log_.size());
  while (Pass(*this, up_to, on_progress).run()) {
  }
}

void Projector::retry(std::string_view name) {
  for (auto& feed : feeds_)
    if (feed.projection->name == name && !of_other_version(feed) && feed.before.progress.applied <= log_.size())
      feed.stop.reset();
}

std::vector<Projector::View> Projector::views() const {
  std::vector<View> views;
  for (const auto& feed : feeds_) views.push_back({feed.projection->name, feed.before.progress, feed.stop});
  return views;
}

}  // namespace rollcall::projections
