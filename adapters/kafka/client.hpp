// librdkafka with owners and exceptions: what Rollcall needs of it and nothing more. Each object is for one thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct rd_kafka_message_s;
struct rd_kafka_s;
struct rd_kafka_topic_s;
struct rd_kafka_queue_s;

namespace rollcall::kafka {

// Properties by librdkafka's names, later ones first.
using Settings = std::vector<std::pair<std::string, std::string>>;

// What Kafka answered. Whatever it was, a session that begins anew may do better, except against `fenced`: another
// producer has taken the transactional id.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& what, bool fenced = false) : std::runtime_error(what), fenced_(fenced) {}
  bool fenced() const { return fenced_; }

 private:
  bool fenced_;
};

// Somebody wants the caller to end.
struct Unwanted {};
// Asked between waits; false ends them by throwing Unwanted.
using Wanted = std::function<bool()>;

// What librdkafka tells of by itself, such as brokers that cannot be reached. Called on its threads.
using OnTrouble = std::function<void(const std::string&)>;

// Says what is wrong with settings that a user gave; nothing when they will do.
std::optional<std::string> refuse(const Settings& settings);
// After this long the cluster ends a transaction that is still open.
std::chrono::milliseconds transaction_timeout(const Settings& settings);

// A client of librdkafka and where it calls back. Not moved: librdkafka knows its address.
class Client {
 public:
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

 protected:
  enum class Kind : std::uint8_t { producer, consumer };
  // Our own settings first: where a user may have a word, his counts. Throws Error.
  Client(Kind kind, const Settings& ours, const Settings& settings, OnTrouble on_trouble);
  ~Client();

 private:
  struct Callbacks;
  // Called from within flush and commit, on the thread that called these.
  virtual void on_delivery(const rd_kafka_message_s&) {}

  void say(const std::string& facility, const char* text);

  const OnTrouble on_trouble_;
  std::mutex said_mutex_;
  std::map<std::string, std::chrono::steady_clock::time_point> said_;  // under said_mutex_

 protected:
  rd_kafka_s* const handle_;  // made last, destroyed first: it calls the others
};

// murmur2, as Kafka's own clients place a key.
std::int32_t partition_of(std::string_view key, std::int32_t partitions);

struct Bounds {
  std::int64_t low = 0;   // the first message that may be there
  std::int64_t high = 0;  // behind the last, whether its transaction is committed or not
};

struct TopicState {
  std::int32_t partitions = 0;
  std::int32_t copies = 0;
  std::map<std::string, std::string> settings;
};

// What brokers there are and what topics, asked through a client of its own.
class Cluster final : Client {
 public:
  Cluster(const Settings& settings, OnTrouble on_trouble);

  // Waits for a first broker. Throws Unwanted.
  std::size_t brokers(const Wanted& wanted);
  // Whether a broker answers now.
  bool reachable();
  // Nothing when there is no such topic. Throws Error.
  std::optional<TopicState> topic(const std::string& name);
  // Throws Error.
  Bounds bounds(const std::string& topic, std::int32_t partition);
  // Throws Error, not when somebody else was faster.
  void create(const std::string& name, std::int32_t partitions, std::int32_t copies,
              const std::map<std::string, std::string>& settings);

 private:
  std::map<std::string, std::string> settings_of(const std::string& name);
};

// A message to be sent.
struct Message {
  std::int32_t partition = 0;
  std::string_view key;
  std::optional<std::string_view> value;  // nothing is a tombstone
  std::vector<std::pair<std::string_view, std::string_view>> headers;
  std::int64_t milliseconds = 0;  // since 1970, UTC
};

// Sends messages in transactions.
class Producer final : Client {
 public:
  Producer(const Settings& settings, const std::string& transactional_id, OnTrouble on_trouble);
  ~Producer();

  // Fences whoever has used the transactional id before, and ends what they left open. Throws Error, Unwanted.
  void init(const Wanted& wanted);
  void begin();
  // A topic by the number it gets here. Not copied: message and topic are.
  using Topic = std::size_t;
  Topic topic(const std::string& name);
  void send(Topic topic, const Message& message);
  // Waits until all that was sent is stored, in no transaction's view yet. Throws Error, Unwanted once it is abandoned.
  void flush();
  // Throws Error: what became of the transaction is then for the next init() to find out.
  void commit();
  // From any thread: what the producer waits for ends soon, and it is good for nothing after that.
  void abandon();

  // The offset of the first message of this transaction in a partition, once flush() has returned.
  struct Placed {
    Topic topic;
    std::int32_t partition;
    std::int64_t offset;
  };
  const std::vector<Placed>& placed() const { return placed_; }

 private:
  void on_delivery(const rd_kafka_message_s& message) override;

  std::vector<Placed> placed_;
  std::string failed_;  // why a message was not stored
  std::atomic<bool> abandoned_{false};
  std::vector<rd_kafka_topic_s*> topics_;
  std::deque<Topic> numbers_;  // of topics_: reports come with the address of one
};

struct Received {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::string key;
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::string>> headers;

  // The last header of this name; nothing when it has none.
  std::optional<std::string_view> header(std::string_view name) const;
};

// Reads the committed messages of a topic's partitions, from offsets on.
class Reader final : Client {
 public:
  Reader(const Settings& settings, const std::string& topic, OnTrouble on_trouble);
  ~Reader();

  // Begins, or begins anew, reading a partition here.
  void start(std::int32_t partition, std::int64_t offset);
  void stop(std::int32_t partition);

  // All that may be read of a partition was: transactions before `offset` are committed or aborted.
  struct End {
    std::int32_t partition;
    std::int64_t offset;
  };
  // Calls one of both with each thing that came, for at most this long. Throws Error.
  void poll(std::chrono::milliseconds most, const std::function<void(Received&&)>& on_message,
            const std::function<void(End)>& on_end);

 private:
  rd_kafka_topic_s* topic_;
  rd_kafka_queue_s* queue_;
  std::vector<std::int32_t> started_;
};

}  // namespace rollcall::kafka
