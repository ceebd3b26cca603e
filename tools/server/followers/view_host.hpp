// The read models of a running server: a thread that keeps them up with the log, snapshots for queries, and rebuilds
// beside the generation in use.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "adapters/rocksdb/views.hpp"
#include "projections/engine/projector.hpp"
#include "projections/engine/rebuild.hpp"

namespace rollcall {

// How a rebuild goes, or how it went.
struct RebuildStatus {
  enum class State : std::uint8_t { running, swapped, equal, kept, failed };
  std::string view;
  State state = State::running;
  Position done = 0;
  Position total = 0;
  std::string digest_old;
  std::string digest_new;
  std::vector<std::string> differences;  // the first few, for people
  std::string note;                      // why it failed, or why nothing was compared
};
constexpr Names<5> enum_names(RebuildStatus::State) { return {"running", "swapped", "equal", "kept", "failed"}; }

class ViewHost {
 public:
  // Compares decision state with a replay at one size of the log; gives the names of what differs.
  using CheckState = std::function<RebuildStatus(const std::function<void(Position, Position)>& progress)>;

  // `log` and `keys` must outlive it. Opens or begins every view.
  ViewHost(const LogReader& log, const KeyRing& keys, const std::filesystem::path& folder, CheckState check_state);
  ~ViewHost();
  ViewHost(const ViewHost&) = delete;
  ViewHost& operator=(const ViewHost&) = delete;

  // Tells that the log has grown to this size.
  void wake(Position size);
  // Tells that somebody waits for what was recorded last: it is folded at once, however much the views have to do.
  void hurry();
  void stop();

  // The rows of a view and how far they are.
  ViewStore::Snapshot snapshot(const projections::Projection& projection) const;
  // The size all views have reached.
  Position applied() const { return applied_.load(std::memory_order_acquire); }
  std::vector<projections::Projector::View> status() const;
  // Why a view does not go on, if it does not.
  std::optional<projections::Stop> stop_of(const projections::Projection& projection) const;

  // Begins a rebuild; several go one after the other. An unknown name is false.
  bool rebuild(const std::string& view, bool accept_differences);
  std::vector<RebuildStatus> rebuilds() const;

  static const std::vector<std::string>& rebuildable();

 private:
  struct Order {
    std::string view;
    bool accept_differences = false;
  };

  void follow();
  void keep_status(std::vector<projections::Projector::View> now);
  void rebuild_ordered();
  RebuildStatus rebuild_view(const projections::Projection& projection, bool accept_differences, std::size_t slot);
  void report(std::size_t slot, const std::function<void(RebuildStatus&)>& change);

  const LogReader& log_;
  const KeyRing& keys_;
  Views views_;
  CheckState check_state_;

  mutable std::mutex stores_mutex_;
  std::map<std::string_view, std::shared_ptr<ViewStore>> stores_;  // under stores_mutex_

  std::mutex projector_mutex_;  // held while the projector runs
  projections::Projector projector_;
  mutable std::mutex status_mutex_;
  std::vector<projections::Projector::View> status_;  // under status_mutex_
  std::atomic<bool> any_stopped_{false};              // one look for all queries while none is

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  Position size_ = 0;                    // under mutex_
  bool hurried_ = false;                 // under mutex_
  bool between_passes_ = false;          // under mutex_: new events need not wake it
  bool stopping_ = false;                // under mutex_
  std::vector<Order> orders_;            // under mutex_
  std::vector<RebuildStatus> rebuilds_;  // under mutex_: one for each order ever given
  std::condition_variable ordered_;
  std::atomic<Position> applied_{0};
  std::atomic<bool> stop_now_{false};

  std::thread follower_;
  std::thread rebuilder_;
};

}  // namespace rollcall
