#include "tools/server/followers/feed.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "events/cloud_event.hpp"

namespace rollcall {
namespace {

// A piece is closed beyond this: what a subscriber that reads slowly holds in memory.
constexpr std::size_t piece_bytes = 64 * 1024;
// Entries looked at for one piece, whether they match or not: others want to read too.
constexpr Position examined_max = 10'000;
// Rendered before subscribers are told.
constexpr std::size_t rendered_bytes = 512 * 1024;

}  // namespace

bool FeedFilter::takes(std::string_view type, ScopeKind scope_kind, std::string_view scope_id) const {
  if (!types.empty() && std::find(types.begin(), types.end(), type) == types.end()) return false;
  return !account || (scope_kind == ScopeKind::account && scope_id == account->str());
}

// ---- a subscriber -------------------------------------------------------------------------------------------------

class Feed::Subscriber final : public http::Stream, public std::enable_shared_from_this<Subscriber> {
 public:
  Subscriber(Feed& feed, Position from, FeedFilter filter, const net::any_io_executor& executor,
             std::function<bool()> may_have)
      : feed_(feed), next_(from), filter_(std::move(filter)), timer_(executor), may_have_(std::move(may_have)) {
    feed_.enter(*this);
    if (from > 0 && from <= feed_.log_.size()) last_ = mark_at(feed_.log_, from - 1);
  }
  ~Subscriber() override { feed_.leave(*this); }
  Subscriber(const Subscriber&) = delete;
  Subscriber& operator=(const Subscriber&) = delete;

  net::awaitable<std::optional<std::string>> next() override {
    if (!std::exchange(greeted_, true)) co_return "retry: 2000\n\n";
    const auto silence = std::chrono::microseconds(feed_.options_.heartbeat.micros);
    const auto beat_at = std::chrono::steady_clock::now() + silence;
    while (!ended_) {
      auto piece = feed_.from_ring(next_, filter_);
      if (!piece) piece = co_await read_log();
      next_ = piece->next;
      if (piece->last) last_ = piece->last;
      const bool beats = std::chrono::steady_clock::now() >= beat_at;
      if ((piece->events > 0 || beats) && may_have_ && !may_have_()) break;
      if (piece->events > 0) {
        feed_.sent_ += piece->events;
        co_return std::move(piece->text);
      }
      if (beats) co_return heartbeat();
      const bool waits = feed_.wait(*this, next_);
      if (waits) co_await woken_or(beat_at);
    }
    co_return std::nullopt;
  }

  void end(http::StreamEnd why) override {
    if (why == http::StreamEnd::too_slow) ++feed_.cut_off_;
    ended_ = true;
    timer_.cancel();
  }

  // From any thread.
  void wake() {
    net::post(timer_.get_executor(), [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->timer_.cancel();
    });
  }

  bool waiting = false;  // under the feed's mutex

 private:
  net::awaitable<Piece> read_log() {
    auto read = [this]() -> net::awaitable<Piece> { co_return feed_.from_log(next_, filter_); };
    co_return co_await net::co_spawn(feed_.readers_, std::move(read), net::use_awaitable);
  }

  net::awaitable<void> woken_or(std::chrono::steady_clock::time_point until) {
    boost::system::error_code woken;
    timer_.expires_at(until);
    co_await timer_.async_wait(net::redirect_error(net::use_awaitable, woken));
  }

  // An id without data is no event, but where to resume: behind all that the filter left out.
  std::string heartbeat() const {
    std::string text = ": still here\n";
    if (last_) text.append("id: ").append(last_->text()).append("\n");
    return text.append("\n");
  }

  Feed& feed_;
  Position next_;
  std::optional<EventMark> last_;  // of the event before next_
  const FeedFilter filter_;
  net::steady_timer timer_;
  const std::function<bool()> may_have_;
  bool greeted_ = false;
  bool ended_ = false;
};

// ---- the feed -----------------------------------------------------------------------------------------------------

Feed::Feed(const LogReader& log, const KeyRing& keys, std::string origin, FeedOptions options)
    : log_(log), keys_(keys), origin_(std::move(origin)), options_(options), following_("feed", seconds(1), [this] {
        follow();
      }) {
  net::post(readers_, let_commands_go_first);
}

Feed::~Feed() { stop(); }

void Feed::wake() {
  if (count_ > 0) following_.wake();
}

void Feed::stop() {
  following_.stop();
  readers_.join();
}

std::shared_ptr<http::Stream> Feed::subscribe(Position from, FeedFilter filter, const net::any_io_executor& executor,
                                              std::function<bool()> may_have) {
  return std::make_shared<Subscriber>(*this, from, std::move(filter), executor, std::move(may_have));
}

void Feed::enter(Subscriber& subscriber) {
  const std::lock_guard lock(mutex_);
  subscribers_.insert(&subscriber);
  // Counted before the size is read: an event that is not in this size finds a subscriber to wake for.
  if (++count_ == 1) end_ = log_.size();
}

void Feed::leave(Subscriber& subscriber) {
  const std::lock_guard lock(mutex_);
  subscribers_.erase(&subscriber);
  if (--count_ > 0) return;
  ring_.clear();
  ring_bytes_ = 0;
}

std::string Feed::render(std::string_view entry) const {
  const auto event = cloud_event(entry, origin_, &keys_);
  const auto data = structured(event);
  std::string text;
  text.reserve(data.size() + 100);
  text.append("id: ").append(EventMark::of(peek_entry(entry).position, entry).text());
  text.append("\nevent: ").append(event.attribute("type"));
  text.append("\ndata: ").append(data).append("\n\n");
  return text;
}

void Feed::follow() {
  bool more = true;
  while (more && count_ > 0) {
    Position first = 0;
    {
      const std::lock_guard lock(mutex_);
      shorten_ring();
      first = end_;
    }
    std::vector<std::shared_ptr<const Rendered>> rendered;
    std::size_t bytes = 0;
    const auto now = std::chrono::steady_clock::now();
    log_.read(first, [&](Position position, std::string_view entry) {
      const auto header = peek_entry(entry);
      Rendered one{std::string{header.type},       header.scope_kind, std::string{header.scope_id},
                   EventMark::of(position, entry), render(entry),     now};
      bytes += one.text.size();
      rendered.push_back(std::make_shared<const Rendered>(std::move(one)));
      return bytes < rendered_bytes;
    });
    more = bytes >= rendered_bytes;
    publish(first, std::move(rendered));
  }
}

void Feed::publish(Position first, std::vector<std::shared_ptr<const Rendered>> rendered) {
  const std::lock_guard lock(mutex_);
  if (rendered.empty() || count_ == 0 || first != end_) return;  // all have left since, others may have come
  end_ += rendered.size();
  for (auto& one : rendered) {
    ring_bytes_ += one->text.size();
    ring_.push_back(std::move(one));
  }
  shorten_ring();
  for (auto* subscriber : subscribers_)
    if (std::exchange(subscriber->waiting, false)) subscriber->wake();
}

void Feed::shorten_ring() {
  const auto oldest = std::chrono::steady_clock::now() - std::chrono::microseconds(options_.ring_age_max.micros);
  while (!ring_.empty() && (ring_.size() > options_.ring_events_max || ring_bytes_ > options_.ring_bytes_max ||
                            ring_.front()->at < oldest)) {
    ring_bytes_ -= ring_.front()->text.size();
    ring_.pop_front();
  }
}

std::optional<Feed::Piece> Feed::from_ring(Position from, const FeedFilter& filter) {
  Piece piece;
  std::vector<std::shared_ptr<const Rendered>> taken;
  {
    const std::lock_guard lock(mutex_);
    if (from < end_ - ring_.size()) return std::nullopt;
    piece.next = from;
    for (std::size_t bytes = 0; piece.next < end_ && bytes < piece_bytes; ++piece.next) {
      const auto& one = ring_[ring_.size() - (end_ - piece.next)];
      piece.last = one->mark;
      if (!filter.takes(one->type, one->scope_kind, one->scope_id)) continue;
      bytes += one->text.size();
      taken.push_back(one);
    }
  }
  for (const auto& one : taken) piece.text.append(one->text);
  piece.events = taken.size();
  return piece;
}

Feed::Piece Feed::from_log(Position from, const FeedFilter& filter) const {
  Piece piece;
  piece.next = from;
  std::string last;
  log_.read(from, [&](Position position, std::string_view entry) {
    if (position - from == examined_max || piece.text.size() >= piece_bytes) return false;
    piece.next = position + 1;
    last.assign(entry);
    const auto header = peek_entry(entry);
    if (!filter.takes(header.type, header.scope_kind, header.scope_id)) return true;
    piece.text.append(render(entry));
    ++piece.events;
    return true;
  });
  if (piece.next > from) piece.last = EventMark::of(piece.next - 1, last);
  return piece;
}

bool Feed::wait(Subscriber& subscriber, Position next) {
  const std::lock_guard lock(mutex_);
  subscriber.waiting = next >= end_;
  return subscriber.waiting;
}

}  // namespace rollcall
