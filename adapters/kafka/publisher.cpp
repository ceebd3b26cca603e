#include "adapters/kafka/publisher.hpp"

#include <algorithm>
#include <ctime>
#include <future>
#include <map>
#include <stdexcept>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "adapters/kafka/message.hpp"
#include "events/entry.hpp"
#include "projections/engine/projector.hpp"

namespace rollcall::kafka {

namespace views = projections;
using Clock = std::chrono::steady_clock;

namespace {

// Nothing more may be published until an operator has looked.
class Halt : public std::runtime_error {
 public:
  explicit Halt(Mismatch why) : std::runtime_error(why.reason), mismatch(std::move(why)) {}
  Mismatch mismatch;
};

constexpr std::chrono::milliseconds pause_least{250}, pause_most{5'000};
constexpr std::chrono::milliseconds idle_wait{1'000};
constexpr std::chrono::seconds farewell{3};  // to publish what is left when it is told to stop

// The cluster's clock goes on while this machine sleeps.
std::chrono::nanoseconds time_with_sleep() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

// With keys or without, the fold gives other rows: they are no newer version of each other.
std::uint32_t rows_version(PersonalData personal) {
  return views::users.version * 2 + (personal == PersonalData::clear ? 1 : 0);
}

}  // namespace

// From one connection to its loss: find out what the topic holds, then go on from there.
class Publisher::Session {
 public:
  explicit Session(Publisher& owner)
      : owner_(owner),
        log_(owner.log_),
        options_(owner.options_),
        keys_(options_.personal == PersonalData::clear ? &owner.keys_ : nullptr),
        wanted_([&stopping = owner.stopping_] { return !stopping; }),
        on_trouble_([&owner](const std::string& text) { owner.change([&](auto& status) { status.trouble = text; }); }),
        version_(rows_version(options_.personal)),
        cluster_(options_.settings, on_trouble_),
        producer_(options_.settings, "rollcall." + options_.origin, on_trouble_) {
    const std::lock_guard lock(owner_.producer_mutex_);
    owner_.producer_ = &producer_;
  }
  ~Session() {
    const std::lock_guard lock(owner_.producer_mutex_);
    owner_.producer_ = nullptr;
    owner_.let_go_.notify_one();
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void run() {
    store_ = owner_.rows_.open(version_);
    owner_.change(
        [&](auto& status) { status.published = std::max(status.published, store_->snapshot().progress.applied); });
    prepare_topics();
    events_ = producer_.topic(options_.topics.events);
    users_ = producer_.topic(options_.topics.users);
    producer_.init(wanted_);
    state(PublisherStatus::State::comparing);
    find_position();
    owner_.change([&](auto& status) {
      status.published = position_;
      status.compared = true;
    });
    align_rows();
    state(PublisherStatus::State::publishing);
    spdlog::info("publishing to {} from event {} on", options_.topics.events, position_);
    publish();
  }

  // How long the present transaction has been open; nothing when there is none.
  std::optional<std::chrono::nanoseconds> open_for() const {
    if (!begun_) return std::nullopt;
    return time_with_sleep() - *begun_;
  }

 private:
  void state(PublisherStatus::State now) {
    owner_.change([&](auto& status) {
      status.state = now;
      status.trouble.clear();
    });
  }

  bool published_before() const { return store_->snapshot().progress.applied > 0; }

  Halt gone(std::string how) const {
    return Halt(
        {store_->snapshot().progress.applied,
         fmt::format("{}, though {} events were published to it; to begin it anew, stop the server and remove {}", how,
                     store_->snapshot().progress.applied, owner_.rows_.where()),
         {},
         {}});
  }

  // ---- topics -----------------------------------------------------------------------------------------------------

  void prepare_topics() {
    const auto brokers = cluster_.brokers(wanted_);
    std::vector<std::string> warnings;
    partitions_ = prepare(brokers, options_.topics.events, Purpose::events, options_.topics.partitions, warnings);
    const auto beside = prepare(brokers, options_.topics.users, Purpose::users, partitions_, warnings);
    if (beside != partitions_)
      throw Halt(
          {0,
           fmt::format("{} has {} partitions and {} has {}: rows have to lie where the events of their account do",
                       options_.topics.users, beside, options_.topics.events, partitions_),
           {},
           {}});
    owner_.change([&](auto& status) {
      if (warnings != status.warnings)
        for (const auto& warning : warnings) spdlog::warn("kafka: {}", warning);
      status.warnings = warnings;
    });
  }

  std::int32_t prepare(std::size_t brokers, const std::string& name, Purpose purpose, std::int32_t partitions,
                       std::vector<std::string>& warnings) {
    auto topic = cluster_.topic(name);
    if (!topic) {
      if (purpose == Purpose::events && published_before()) throw gone("there is no topic " + name);
      const auto copies = static_cast<std::int32_t>(std::min<std::size_t>(brokers, 3));
      cluster_.create(name, partitions, copies, settings_for(purpose, options_.personal, copies));
      spdlog::info("kafka: created the topic {}: {} partitions, {} copies", name, partitions, copies);
      const auto until = Clock::now() + std::chrono::seconds(10);
      while (!topic || topic->partitions < partitions) {  // brokers tell each other of it first
        if (!wanted_()) throw Unwanted{};
        if (Clock::now() > until) throw Error("the topic " + name + " was created and is not there");
        owner_.pause(std::chrono::milliseconds(100));
        topic = cluster_.topic(name);
      }
    } else if (topic->partitions != partitions) {
      warnings.push_back(
          fmt::format("{} has {} partitions, not {}: they are taken as they are", name, topic->partitions, partitions));
    }
    const auto verdict = judge(name, *topic, purpose, options_.personal, brokers);
    if (verdict.refusal) throw Halt({0, *verdict.refusal, {}, {}});
    warnings.insert(warnings.end(), verdict.warnings.begin(), verdict.warnings.end());
    return topic->partitions;
  }

  // ---- where to go on ---------------------------------------------------------------------------------------------

  void find_position() {
    const auto tails = tails_of(events_);
    const auto published = compare(tails, log_);
    if (published.mismatch) throw Halt(*published.mismatch);
    position_ = published.size;
    const auto noted = store_->snapshot().progress.applied;
    if (position_ >= noted) return;
    if (forgotten(tails, noted)) {
      position_ = noted;
      return;
    }
    if (position_ == 0) throw gone(options_.topics.events + " is empty");
    spdlog::warn(
        "kafka: {} ends with event {}, though {} events were published to it: the others are lost there and "
        "published again",
        options_.topics.events, position_ - 1, noted);
  }

  // Whether the events from where the topic ends to this one lie in partitions whose time ran out. Offsets only grow:
  // one that has forgotten messages has had them.
  bool forgotten(const std::vector<PartitionTail>& tails, Position noted) const {
    bool all = true;
    log_.read(position_, [&](Position position, std::string_view entry) {
      if (position >= noted) return false;
      const auto& tail = tails[static_cast<std::size_t>(partition_of(key_of(entry), partitions_))];
      all = !tail.last && tail.bounds.low > 0;
      return all;
    });
    return all;
  }

  std::vector<PartitionTail> tails_of(Producer::Topic topic) {
    const auto& name = name_of_topic(topic);
    std::vector<Bounds> bounds;
    for (std::int32_t partition = 0; partition < partitions_; ++partition) {
      bounds.push_back(cluster_.bounds(name, partition));
      next_[{topic, partition}] = bounds.back().high;
    }
    Reader reader(options_.settings, name, on_trouble_);
    return read_tails(reader, bounds, wanted_, [&](std::int32_t partition) {
      on_trouble_(
          fmt::format("{}, partition {}, does not come to its end: somebody else's transaction is open there, or "
                      "its broker is away",
                      name, partition));
    });
  }

  // Brings our fold of the Users list to where the topic is, and the users topic with it.
  void align_rows() {
    const auto tails = tails_of(users_);
    const bool empty = std::none_of(tails.begin(), tails.end(), [](const auto& tail) { return tail.last.has_value(); });
    const auto progress = store_->snapshot().progress;
    // A store that knows of nothing was removed, or is that of another users topic.
    const bool filled = progress.version == version_ && (progress.applied > 0 || position_ == 0);
    const bool usable = (filled || progress.version == unfilled_) && progress.applied <= position_;
    if (usable) {
      fold_up_to(*store_);
    } else {
      store_ = owner_.rows_.begin_anew(unfilled_);
      fold_up_to(*store_);
      owner_.rows_.finish();
    }
    if (position_ > 0 && (empty || !usable || !filled)) {
      mark(unfilled_);
      fill_users(!empty);
      mark(version_);
    }
  }

  // A topic that was filled in part looks like any other: that it has to be filled is written down before.
  void mark(std::uint32_t version) {
    auto progress = store_->snapshot().progress;
    progress.version = version;
    store_->commit({}, progress);
  }

  void fold_up_to(ViewStore& store) {
    auto progress = store.snapshot().progress;
    while (progress.applied < position_) {
      if (!wanted_()) throw Unwanted{};
      const auto end = std::min(position_, progress.applied + 50'000);
      auto fold = Folding(*this, store.snapshot());
      log_.read(progress.applied, [&](Position position, std::string_view entry) {
        if (position >= end) return false;
        fold.take(entry);
        return true;
      });
      progress = fold.finish(end);
      store.commit(fold.changes(), progress);
    }
  }

  // Whatever the topic held before, these rows are what is so now, and those that have gone are gone.
  void fill_users(bool held_others) {
    state(PublisherStatus::State::filling);
    spdlog::info("kafka: filling {} with the rows as of event {}", options_.topics.users, position_ - 1);
    const auto rows = store_->snapshot().rows;
    std::string from;
    for (bool more = true; more;) {
      if (!wanted_()) throw Unwanted{};
      std::vector<UserMessage> messages;
      std::size_t seen = 0;
      more = false;
      rows->scan(from, {}, [&](std::string_view key, std::string_view value) {
        if (seen++ == options_.window.events) {
          from = key;
          more = true;
          return false;
        }
        if (auto row = views::published_row(key, std::string{value}, options_.personal);
            row && (row->json || held_others))
          messages.push_back(user_message(std::move(*row), position_, options_.origin, partitions_));
        return true;
      });
      if (messages.empty()) continue;
      begin();
      for (const auto& message : messages) producer_.send(users_, message.message(now_ms()));
      commit();
    }
  }

  // ---- publishing -------------------------------------------------------------------------------------------------

  // A stretch of our own fold of the Users list.
  class Folding {
   public:
    Folding(const Session& session, ViewStore::Snapshot before)
        : session_(session), before_(std::move(before)), fold_(views::users.fold(*before_.rows)) {}

    void take(std::string_view entry) {
      const auto number = views::event_number(peek_entry(entry).type);
      if (number && !views::users.types[*number]) return;
      if (session_.keys_)
        fold_->apply(views::decode_for_fold(entry, *session_.keys_));
      else
        fold_->apply(decode_entry(entry, nullptr));
    }
    ViewStore::Progress finish(Position end) {
      changes_ = fold_->changes();
      return {end, digest_after(before_.progress.digest, *before_.rows, changes_), before_.progress.version};
    }
    const RowChanges& changes() const { return changes_; }

   private:
    const Session& session_;
    ViewStore::Snapshot before_;
    std::unique_ptr<views::Fold> fold_;
    RowChanges changes_;
  };

  void publish() {
    auto next_start = Clock::now();
    for (;;) {
      if (log_.size() <= position_) {
        if (!wanted_()) return;  // whoever stops it has all published that it can
        owner_.wait(idle_wait);
        if (!owner_.status().trouble.empty() && cluster_.reachable())
          owner_.change([](auto& status) { status.trouble.clear(); });
        continue;
      }
      if (owner_.abandoned_) throw Unwanted{};
      if (const auto early = next_start - Clock::now(); early > Clock::duration::zero())
        std::this_thread::sleep_for(early);
      next_start = Clock::now() + options_.rest;
      publish_window();
    }
  }

  // What goes into one transaction, as far as it depends on the log alone.
  struct Window {
    std::vector<std::string> entries;
    std::vector<EventMessage> messages;
  };
  Window render(Position from) const {
    Window made{next_window(log_, from, options_.window), {}};
    made.messages.reserve(made.entries.size());
    for (const auto& entry : made.entries)
      made.messages.push_back(event_message(entry, options_.origin, keys_, partitions_));
    return made;
  }

  void publish_window() {
    const auto [entries, messages] = ahead_.valid() ? ahead_.get() : render(position_);
    const auto end = position_ + entries.size();
    // With much to do the next one is rendered while brokers store this one.
    if (log_.size() >= end + options_.window.events)
      ahead_ = std::async(std::launch::async, [this, end] { return render(end); });
    Folding folding(*this, store_->snapshot());
    begin();
    for (const auto& message : messages) producer_.send(events_, not_ahead(message.message()));
    for (const auto& entry : entries) folding.take(entry);
    const auto progress = folding.finish(end);
    const auto milliseconds = std::min(peek_entry(entries.back()).recorded_at.micros / 1000, now_ms());
    for (const auto& [key, change] : folding.changes())
      if (auto row = views::published_row(key, change.value, options_.personal))
        producer_.send(users_, user_message(std::move(*row), end, options_.origin, partitions_).message(milliseconds));
    commit();
    store_->commit(folding.changes(), progress);
    position_ = end;
    owner_.change([&](auto& status) {
      status.published = position_;
      status.trouble.clear();
    });
  }

  void begin() {
    producer_.begin();
    begun_ = time_with_sleep();
  }

  // Between the messages' storing and the transaction's commit: offsets only ever grow, unless the topic is another
  // one.
  void commit() {
    producer_.flush();
    for (const auto& placed : producer_.placed()) {
      const auto next = next_[{placed.topic, placed.partition}];
      if (placed.offset >= next && (next > 0 || !shrunk(placed.topic))) continue;
      if (placed.topic == users_) mark(unfilled_);  // rows are published again; history is not
      throw_replaced(placed.topic);
    }
    producer_.commit();
    begun_.reset();
    for (const auto& placed : producer_.placed()) next_[{placed.topic, placed.partition}] = placed.offset + 1;
    owner_.change([](auto& status) { ++status.transactions; });
  }

  // A partition that was never written to tells nothing: ask one that was.
  bool shrunk(Producer::Topic topic) {
    for (const auto& [place, next] : next_)
      if (place.first == topic && next > 0) return cluster_.bounds(name_of_topic(topic), place.second).high < next;
    return false;
  }

  const std::string& name_of_topic(Producer::Topic topic) const {
    return topic == events_ ? options_.topics.events : options_.topics.users;
  }

  [[noreturn]] void throw_replaced(Producer::Topic topic) const {
    const auto how = name_of_topic(topic) + " was deleted and made anew, or lost messages";
    if (topic == events_) throw gone(how);
    throw Error(how);
  }

  // Brokers refuse what comes from the future, as events do that were recorded while the clock was wrong.
  static Message not_ahead(Message message) {
    message.milliseconds = std::min(message.milliseconds, now_ms());
    return message;
  }

  static std::int64_t now_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
  }

  Publisher& owner_;
  const LogReader& log_;
  const PublisherOptions& options_;
  const KeyRing* const keys_;
  const Wanted wanted_;
  const OnTrouble on_trouble_;
  const std::uint32_t version_;
  const std::uint32_t unfilled_ = version_ | 1u << 31;
  Cluster cluster_;
  Producer producer_;
  Producer::Topic events_ = 0, users_ = 0;
  std::int32_t partitions_ = 0;  // of both topics
  std::shared_ptr<ViewStore> store_;
  Position position_ = 0;                                                  // events before it are on the topic
  std::map<std::pair<Producer::Topic, std::int32_t>, std::int64_t> next_;  // lowest offset that a message may get
  std::optional<std::chrono::nanoseconds> begun_;                          // by time_with_sleep()
  std::future<Window> ahead_;                                              // last: it uses what is above
};

// ---- Publisher ----------------------------------------------------------------------------------------------------

Publisher::Publisher(const LogReader& log, const KeyRing& keys, RowsStore& rows, PublisherOptions options)
    : log_(log), keys_(keys), rows_(rows), options_(std::move(options)), thread_([this] { run(); }) {}

Publisher::~Publisher() { stop(); }

void Publisher::wake() {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  wake_.notify_one();
}

void Publisher::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_one();
  }
  {
    std::unique_lock lock(producer_mutex_);
    abandoned_ = !let_go_.wait_for(lock, farewell, [&] { return !producer_; });
    if (producer_) producer_->abandon();
  }
  if (thread_.joinable()) thread_.join();
}

PublisherStatus Publisher::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

void Publisher::wait(std::chrono::milliseconds most) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, most, [&] { return woken_ || stopping_; });
  woken_ = false;
}

void Publisher::pause(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, time, [&] { return stopping_.load(); });
}

void Publisher::change(const std::function<void(PublisherStatus&)>& how) {
  const std::lock_guard lock(mutex_);
  how(status_);
}

// Whatever went wrong, the next session finds out from the topic itself what became of it.
void Publisher::run() {
  if (options_.on_thread) options_.on_thread();
  auto pause_now = pause_least;
  while (!stopping_) {
    const auto before = status().transactions;
    if (!hold_session()) return;
    if (stopping_) return;
    pause_now = status().transactions > before ? pause_least : std::min(pause_now * 2, pause_most);
    pause(pause_now);
  }
}

bool Publisher::hold_session() {
  change([](auto& status) { status.state = PublisherStatus::State::connecting; });
  std::unique_ptr<Session> session;
  try {
    session = std::make_unique<Session>(*this);
    session->run();
  } catch (const Unwanted&) {
  } catch (const Halt& halt) {
    stop_at(halt.mismatch);
    return false;
  } catch (const Error& error) {
    // A transaction that is open for too long is ended by the cluster, and its producer fenced: that was nobody else.
    const auto open = session ? session->open_for() : std::nullopt;
    if (error.fenced() && (!open || *open < transaction_timeout(options_.settings))) {
      stop_at({status().published,
               fmt::format("another Rollcall publishes this log ({}): end one of them, then restart the other",
                           error.what()),
               {},
               {}});
      return false;
    }
    trouble(error.what());
  } catch (const std::exception& error) {
    trouble(error.what());
  }
  return true;
}

void Publisher::stop_at(Mismatch why) {
  spdlog::error(
      "publishing stopped at event {}: {}{}", why.position, why.reason,
      why.topic_hash.empty() ? "" : fmt::format(" (leaf hash there {}, here {})", why.topic_hash, why.log_hash));
  change([&](auto& status) {
    status.state = PublisherStatus::State::stopped;
    status.trouble = why.reason;
    status.stop = std::move(why);
  });
}

void Publisher::trouble(const std::string& what) {
  if (stopping_) return;
  spdlog::warn("publishing: {}; trying again", what);
  change([&](auto& status) { status.trouble = what; });
}

}  // namespace rollcall::kafka
