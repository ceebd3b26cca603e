#include "tools/server/followers/view_host.hpp"

#include <algorithm>
#include <chrono>

#include <pthread.h>
#include <spdlog/spdlog.h>

#include "events/mark.hpp"
#include "projections/views/views.hpp"
#include "tools/server/followers/followers.hpp"
#include "tools/server/followers/report.hpp"

namespace rollcall {

namespace views = projections;

namespace {
constexpr std::size_t differences_shown = 20;

views::Projector::View not_read_yet(const views::Projection& projection, const ViewStore& store) {
  return {projection.name, store.snapshot().progress, std::nullopt};
}
}  // namespace

ViewHost::ViewHost(const LogReader& log, const KeyRing& keys, const std::filesystem::path& folder,
                   CheckState check_state)
    : log_(log), keys_(keys), views_(folder), check_state_(std::move(check_state)), projector_(log, keys) {
  size_ = log_.size();
  for (const auto* projection : views::all_projections()) {
    try {
      auto store = views_.open(projection->name, projection->version);
      projector_.feed(*projection, *store);
      status_.push_back(not_read_yet(*projection, *store));
      stores_[projection->name] = std::move(store);
    } catch (const StorageCorrupt& error) {
      throw StorageCorrupt(std::string{error.what()} + ": the read model " + std::string{projection->name} +
                           " is damaged; with the folder " + folder.string() + " deleted all are made anew");
    }
  }
  keep_status(projector_.views());
  // Views see only what is durable: one that is ahead knows of events that the log has lost.
  for (const auto& view : status_)
    if (const auto& done = view.progress; done.applied > 0)
      if (const auto why = misfit({done.applied - 1, done.leaf}, log_))
        throw FollowerMisfit("the read model " + std::string{view.name}, *why);
  // A view that another version of its fold wrote is made anew; there is nothing to compare it with.
  for (const auto* projection : views::all_projections())
    if (stores_[projection->name]->snapshot().progress.version != projection->version)
      orders_.push_back({std::string{projection->name}, true});
  for (const auto& order : orders_) rebuilds_.push_back({.view = order.view});
  follower_ = std::thread([this] { follow(); });
  rebuilder_ = std::thread([this] { rebuild_ordered(); });
}

ViewHost::~ViewHost() { stop(); }

void ViewHost::wake(Position size) {
  const std::lock_guard lock(mutex_);
  size_ = std::max(size_, size);
  if (!between_passes_) wake_.notify_one();
}

void ViewHost::hurry() {
  const std::lock_guard lock(mutex_);
  hurried_ = true;
  wake_.notify_one();
}

void ViewHost::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    stop_now_ = true;
    wake_.notify_all();
    ordered_.notify_all();
  }
  if (follower_.joinable()) follower_.join();
  if (rebuilder_.joinable()) rebuilder_.join();
}

ViewStore::Snapshot ViewHost::snapshot(const views::Projection& projection) const {
  std::shared_ptr<ViewStore> store;
  {
    const std::lock_guard lock(stores_mutex_);
    store = stores_.at(projection.name);
  }
  return store->snapshot();
}

std::vector<views::Projector::View> ViewHost::status() const {
  const std::lock_guard lock(status_mutex_);
  return status_;
}

void ViewHost::keep_status(std::vector<views::Projector::View> now) {
  const std::lock_guard lock(status_mutex_);
  any_stopped_ = std::any_of(now.begin(), now.end(), [](const auto& view) { return view.stop.has_value(); });
  status_ = std::move(now);
}

std::optional<views::Stop> ViewHost::stop_of(const views::Projection& projection) const {
  if (!any_stopped_) return std::nullopt;
  for (const auto& view : status())
    if (view.name == projection.name) return view.stop;
  return std::nullopt;
}

void ViewHost::follow() {
  ::pthread_setname_np(::pthread_self(), "views");
  let_commands_go_first();
  // While nobody waits for them, the views leave the processor to commands for twice the time that they took it. Short
  // passes hold up no command for long; under load they grow longer, and rows that many events change are written once.
  constexpr std::chrono::nanoseconds pause_min = std::chrono::milliseconds(5),
                                     pause_max = std::chrono::milliseconds(50);
  Position reached = 0;
  auto next_pass = std::chrono::steady_clock::now();
  while (true) {
    Position size;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return stopping_ || size_ > reached; });
      between_passes_ = true;
      wake_.wait_until(lock, next_pass, [&] { return stopping_ || hurried_; });
      between_passes_ = false;
      hurried_ = false;
      if (stopping_) return;
      size = size_;
    }
    const auto began = std::chrono::steady_clock::now();
    {
      const std::lock_guard running(projector_mutex_);
      const auto before = projector_.views();
      projector_.catch_up(size, [&](Position) { return !stop_now_; });
      auto now = projector_.views();
      for (std::size_t i = 0; i < now.size(); ++i)
        if (now[i].stop && now[i].stop != before[i].stop)
          spdlog::error("view {} stopped at {}: {}", now[i].name, now[i].stop->position, now[i].stop->reason);
      keep_status(std::move(now));
    }
    const auto ended = std::chrono::steady_clock::now();
    next_pass = ended + std::clamp<std::chrono::nanoseconds>(2 * (ended - began), pause_min, pause_max);
    auto least = size;
    for (const auto& view : status())
      if (!view.stop) least = std::min(least, view.progress.applied);
    applied_.store(least, std::memory_order_release);
    reached = size;
  }
}

const std::vector<std::string>& ViewHost::rebuildable() {
  static const auto names = [] {
    std::vector<std::string> all;
    for (const auto* projection : views::all_projections()) all.emplace_back(projection->name);
    all.emplace_back("state");
    return all;
  }();
  return names;
}

bool ViewHost::rebuild(const std::string& view, bool accept_differences) {
  const auto& known = rebuildable();
  if (std::find(known.begin(), known.end(), view) == known.end()) return false;
  const std::lock_guard lock(mutex_);
  orders_.push_back({view, accept_differences});
  rebuilds_.push_back({.view = view, .total = size_});
  ordered_.notify_one();
  return true;
}

std::vector<RebuildStatus> ViewHost::rebuilds() const {
  const std::lock_guard lock(mutex_);
  return rebuilds_;
}

void ViewHost::report(std::size_t slot, const std::function<void(RebuildStatus&)>& change) {
  const std::lock_guard lock(mutex_);
  change(rebuilds_[slot]);
}

void ViewHost::rebuild_ordered() {
  ::pthread_setname_np(::pthread_self(), "rebuild");
  let_commands_go_first();
  for (std::size_t slot = 0;; ++slot) {
    Order order;
    {
      std::unique_lock lock(mutex_);
      ordered_.wait(lock, [&] { return stopping_ || orders_.size() > slot; });
      if (stopping_) return;
      order = orders_[slot];
    }
    RebuildStatus result;
    try {
      if (const auto* projection = views::projection_named(order.view)) {
        result = rebuild_view(*projection, order.accept_differences, slot);
      } else {
        result = check_state_([&](Position done, Position total) {
          report(slot, [&](RebuildStatus& status) {
            status.done = done;
            status.total = total;
          });
        });
      }
    } catch (const std::exception& error) {
      result.state = RebuildStatus::State::failed;
      result.note = error.what();
    }
    result.view = order.view;
    spdlog::info("rebuild of {}: {} {}", order.view, name_of(result.state), result.note);
    report(slot, [&](RebuildStatus& status) { status = std::move(result); });
  }
}

RebuildStatus ViewHost::rebuild_view(const views::Projection& projection, bool accept_differences, std::size_t slot) {
  RebuildStatus result;
  const auto show = [&](Position total) {
    return [this, slot, total](Position done) {
      report(slot, [&](RebuildStatus& status) {
        status.done = done;
        status.total = total;
      });
      return !stop_now_;
    };
  };
  const auto store = views_.begin_generation(projection.name, projection.version);
  const auto fail = [&](std::string note) {
    views_.discard(projection.name);
    result.state = RebuildStatus::State::failed;
    result.note = std::move(note);
    return result;
  };

  // What the rows are, and not what was written down when they were written: a byte may have changed since.
  const auto before = snapshot(projection);
  const bool rotten = digest_of(*before.rows) != before.progress.digest;

  const auto size = log_.size();
  const auto built = views::rebuild(projection, log_, keys_, *store, size, show(size));
  if (!built) return fail("stopped at " + std::to_string(built.error().position) + ": " + built.error().reason);
  if (built->applied < size) return fail("the server stopped");

  // The rest is short: with the live view at rest both are brought to the same event, compared and swapped.
  const std::lock_guard at_rest(projector_mutex_);
  const auto end = log_.size();
  projector_.catch_up(end, show(end));
  views::Projector beside(log_, keys_);
  beside.feed(projection, *store);
  beside.catch_up(end, show(end));

  const auto old = snapshot(projection);
  const auto fresh = store->snapshot();
  result.done = fresh.progress.applied;
  result.total = end;
  result.digest_old = old.progress.digest.text();
  result.digest_new = fresh.progress.digest.text();
  const auto comparison = views::compare(old.progress, fresh.progress);
  if (comparison == views::Comparison::incomparable)
    result.note = "not compared: the old one was at " + std::to_string(old.progress.applied) + " in version " +
                  std::to_string(old.progress.version);
  if (rotten || comparison == views::Comparison::different) {
    for (const auto& one : views::differences(*old.rows, *fresh.rows, differences_shown))
      result.differences.push_back(projection.row_name(one.key) +
                                   (one.kind == views::Difference::Kind::only_in_first    ? ": only in the old one"
                                    : one.kind == views::Difference::Kind::only_in_second ? ": only in the new one"
                                                                                          : ": differs"));
    if (!accept_differences) {
      views_.discard(projection.name);
      result.state = RebuildStatus::State::kept;
      result.note =
          rotten ? "the old one was kept, though its rows are not those that were written" : "the old one was kept";
      return result;
    }
  }
  views_.swap(projection.name);
  projector_.feed(projection, *store);
  {
    const std::lock_guard lock(stores_mutex_);
    stores_[projection.name] = store;
  }
  keep_status(projector_.views());
  result.state = RebuildStatus::State::swapped;
  return result;
}

}  // namespace rollcall
