// The follower that publishes the log to Kafka: every event once and in order, and the Users list as it is, in the same
// transactions. It cannot slow or fail a command: it has a thread of its own and holds one window of the log at a time.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "adapters/kafka/client.hpp"
#include "adapters/kafka/tail.hpp"
#include "adapters/kafka/topics.hpp"
#include "adapters/kafka/window.hpp"
#include "events/log.hpp"

namespace rollcall::kafka {

// Where the publisher keeps its own fold of the Users list, as far as it is published: disposable, unlike the topic.
// Empty, it says that this log was never published to this topic.
class RowsStore {
 public:
  virtual ~RowsStore() = default;
  // The present one; a new one's progress has `version` as long as it is empty.
  virtual std::shared_ptr<ViewStore> open(std::uint32_t version) = 0;
  // An empty one, which takes the place of the present one with finish().
  virtual std::shared_ptr<ViewStore> begin_anew(std::uint32_t version) = 0;
  virtual void finish() = 0;
  // For people: what to remove so that a topic is begun anew.
  virtual std::string where() const = 0;
};

struct PublisherOptions {
  Settings settings;  // with bootstrap.servers
  Topics topics;
  PersonalData personal = PersonalData::omit;
  std::string origin;   // the log's; names the transactional id as well
  WindowBounds window;  // of one transaction
  // Transactions begin no closer to each other: what comes meanwhile shares one.
  std::chrono::milliseconds rest{10};
  std::function<void()> on_thread;  // called first on the publisher's thread
};

struct PublisherStatus {
  enum class State : std::uint8_t { connecting, comparing, filling, publishing, stopped };
  State state = State::connecting;
  bool compared = false;   // the topic's end was held against the log since the start
  Position published = 0;  // events before this are on the topic, as far as is known
  std::uint64_t transactions = 0;
  std::string trouble;                // why it does not get on; empty when it does
  std::vector<std::string> warnings;  // about topics and their settings
  std::optional<Mismatch> stop;       // it goes on after an operator has done something, and a restart
};
constexpr std::array<std::string_view, 5> enum_names(PublisherStatus::State) {
  return {"connecting", "comparing", "filling", "publishing", "stopped"};
}

class Publisher {
 public:
  // All must outlive it. Publishes at once, from where the topic ends.
  Publisher(const LogReader& log, const KeyRing& keys, RowsStore& rows, PublisherOptions options);
  ~Publisher();
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  // Tells that the log has grown.
  void wake();
  // Publishes what is left, if that takes no more than a few seconds, and ends.
  void stop();
  PublisherStatus status() const;
  const PublisherOptions& options() const { return options_; }

 private:
  class Session;

  void run();
  bool hold_session();                        // false: nothing is published until a restart
  void wait(std::chrono::milliseconds most);  // for the log to grow
  void pause(std::chrono::milliseconds time);
  void stop_at(Mismatch why);
  void trouble(const std::string& what);
  void change(const std::function<void(PublisherStatus&)>& how);

  const LogReader& log_;
  const KeyRing& keys_;
  RowsStore& rows_;
  const PublisherOptions options_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool woken_ = false;  // under mutex_
  std::atomic<bool> stopping_{false};
  PublisherStatus status_;  // under mutex_

  std::mutex producer_mutex_;  // never held by what librdkafka calls back
  std::condition_variable let_go_;
  std::atomic<bool> abandoned_{false};
  Producer* producer_ = nullptr;  // under producer_mutex_: what may have to be abandoned

  std::thread thread_;
};

}  // namespace rollcall::kafka
