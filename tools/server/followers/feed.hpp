// The feed: the events of the log as server-sent events, to any number of subscribers, each from where it left off.
//
// One thread renders what is new, once for all, into a ring of recent events. Who is further behind than the ring reads
// the log itself, on another. Both let commands go first, and neither does anything while nobody listens.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/thread_pool.hpp>

#include "adapters/http/stream.hpp"
#include "events/entry.hpp"
#include "events/log.hpp"
#include "events/mark.hpp"
#include "tools/server/followers/followers.hpp"

namespace rollcall {

namespace net = boost::asio;

struct FeedOptions {
  Duration heartbeat = seconds(15);  // the longest silence
  std::size_t ring_events_max = 4'096;
  std::size_t ring_bytes_max = 8 * 1024 * 1024;
  Duration ring_age_max = minutes(1);  // it holds names in clear, and keys may be destroyed meanwhile
};

// Which events a subscriber wants; an empty filter takes all.
struct FeedFilter {
  std::optional<AccountId> account;
  std::vector<std::string> types;

  bool takes(std::string_view type, ScopeKind scope_kind, std::string_view scope_id) const;
};

class Feed {
 public:
  // Log and keys must outlive it.
  Feed(const LogReader& log, const KeyRing& keys, std::string origin, FeedOptions options = {});
  ~Feed();
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  // The log has grown. Costs a look at a number while nobody listens.
  void wake();
  // Posts to no executor and reads no log any more.
  void stop();

  // The events from `from` on, which may be beyond the log's end. The stream lives on `executor` and may outlive
  // stop(), but not the feed. Before each piece, and each heartbeat, it is asked whether they may still have it: then,
  // or never again.
  std::shared_ptr<http::Stream> subscribe(Position from, FeedFilter filter, const net::any_io_executor& executor,
                                          std::function<bool()> may_have = {});

  std::size_t subscribers() const { return count_; }
  std::uint64_t cut_off() const { return cut_off_; }  // because they did not read
  std::uint64_t sent() const { return sent_; }        // events, by subscriber
  // Why new events do not come; empty when they do.
  std::string trouble() const { return following_.trouble(); }

 private:
  class Subscriber;
  struct Rendered {
    std::string type;
    ScopeKind scope_kind;
    std::string scope_id;
    EventMark mark;
    std::string text;
    std::chrono::steady_clock::time_point at;
  };
  // What a subscriber gets next: the events that pass its filter among those from one position to another.
  struct Piece {
    std::string text;
    std::size_t events = 0;
    Position next = 0;
    std::optional<EventMark> last{};  // of the event before `next`; nothing when it is where it was
  };

  std::string render(std::string_view entry) const;
  void follow();
  void shorten_ring();
  void publish(Position first, std::vector<std::shared_ptr<const Rendered>> rendered);
  void enter(Subscriber& subscriber);
  void leave(Subscriber& subscriber);
  // Nothing when the ring no longer has `from`.
  std::optional<Piece> from_ring(Position from, const FeedFilter& filter);
  Piece from_log(Position from, const FeedFilter& filter) const;
  // Has it woken by the next event; false when that is there already.
  bool wait(Subscriber& subscriber, Position next);

  const LogReader& log_;
  const KeyRing& keys_;
  const std::string origin_;
  const FeedOptions options_;
  std::atomic<std::size_t> count_{0};
  std::atomic<std::uint64_t> cut_off_{0}, sent_{0};

  std::mutex mutex_;
  std::set<Subscriber*> subscribers_;                   // under mutex_, as all that follows
  std::deque<std::shared_ptr<const Rendered>> ring_{};  // the events before end_
  std::size_t ring_bytes_ = 0;
  Position end_ = 0;

  net::thread_pool readers_{1};
  Repeating following_;
};

}  // namespace rollcall
