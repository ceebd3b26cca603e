#include "adapters/kafka/client.hpp"

#include <algorithm>
#include <array>
#include <span>

#include <librdkafka/rdkafka.h>
#include <spdlog/spdlog.h>

namespace rollcall::kafka {
namespace {

constexpr int step_ms = 250;  // between questions whether the caller is still wanted
constexpr int answer_ms = 10'000;

struct DestroyConfig {
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
};
using Config = std::unique_ptr<rd_kafka_conf_t, DestroyConfig>;

struct DestroyError {
  void operator()(rd_kafka_error_t* error) const { rd_kafka_error_destroy(error); }
};
using OwnedError = std::unique_ptr<rd_kafka_error_t, DestroyError>;

struct DestroyMetadata {
  void operator()(const rd_kafka_metadata_t* metadata) const { rd_kafka_metadata_destroy(metadata); }
};
using Metadata = std::unique_ptr<const rd_kafka_metadata_t, DestroyMetadata>;

struct DestroyEvent {
  void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
};
using Event = std::unique_ptr<rd_kafka_event_t, DestroyEvent>;

struct DestroyQueue {
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
};
using Queue = std::unique_ptr<rd_kafka_queue_t, DestroyQueue>;

bool is_fence(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__FENCED || code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
         code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH;
}

[[noreturn]] void fail(const std::string& doing, rd_kafka_resp_err_t code) {
  throw Error(doing + ": " + rd_kafka_err2str(code), is_fence(code));
}

// A fatal error hides the one that was the cause; that is what tells a fenced producer.
void check(rd_kafka_t* handle, const std::string& doing, rd_kafka_error_t* raw) {
  if (!raw) return;
  const OwnedError error(raw);
  std::array<char, 512> text{};
  auto code = rd_kafka_error_code(error.get());
  const auto fatal = rd_kafka_fatal_error(handle, text.data(), text.size());
  std::string what = rd_kafka_error_string(error.get());
  if (fatal != RD_KAFKA_RESP_ERR_NO_ERROR) {
    code = fatal;
    what = text.data();
  }
  throw Error(doing + ": " + what, is_fence(code));
}

void set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
  std::array<char, 512> text{};
  if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), text.data(), text.size()) != RD_KAFKA_CONF_OK)
    throw Error(text.data());
}

Config config(const Settings& ours, const Settings& settings) {
  Config conf(rd_kafka_conf_new());
  for (const auto& [name, value] : ours) set(conf.get(), name, value);
  for (const auto& [name, value] : settings) set(conf.get(), name, value);
  return conf;
}

const Settings common{{"client.id", "rollcall"},
                      {"socket.nagle.disable", "true"},
                      {"log.connection.close", "false"},
                      {"reconnect.backoff.max.ms", "2000"},
                      {"topic.metadata.propagation.max.ms", "5000"}};

const Settings of_producer{{"transaction.timeout.ms", "30000"},
                           {"linger.ms", "100"},  // whole windows at once: flush does not wait for it
                           {"queue.buffering.max.kbytes", "32768"}};

// What exactly-once publication stands on is no matter of taste.
constexpr std::array reserved{"transactional.id",
                              "enable.idempotence",
                              "acks",
                              "request.required.acks",
                              "isolation.level",
                              "partitioner",
                              "group.id",
                              "bootstrap.servers",
                              "metadata.broker.list",
                              "enable.partition.eof",
                              "auto.offset.reset",
                              "delivery.report.only.error",
                              "allow.auto.create.topics"};

Settings transactional(const std::string& id) {
  auto settings = of_producer;
  settings.emplace_back("transactional.id", id);
  return settings;
}

Settings with_common(Settings ours) {
  ours.insert(ours.begin(), common.begin(), common.end());
  return ours;
}

}  // namespace

std::optional<std::string> refuse(const Settings& settings) {
  for (const auto& [name, value] : settings)
    if (std::find(reserved.begin(), reserved.end(), name) != reserved.end()) return name + " is set by Rollcall";
  try {
    (void)config(common, settings);
  } catch (const Error& error) {
    return error.what();
  }
  return std::nullopt;
}

std::chrono::milliseconds transaction_timeout(const Settings& settings) {
  const auto conf = config(of_producer, settings);
  std::array<char, 32> text{};
  std::size_t size = text.size();
  if (rd_kafka_conf_get(conf.get(), "transaction.timeout.ms", text.data(), &size) != RD_KAFKA_CONF_OK)
    throw Error("librdkafka knows no transactions");
  return std::chrono::milliseconds(std::stoll(text.data()));
}

std::int32_t partition_of(std::string_view key, std::int32_t partitions) {
  return rd_kafka_msg_partitioner_murmur2(nullptr, key.data(), key.size(), partitions, nullptr, nullptr);
}

// ---- Client -------------------------------------------------------------------------------------------------------

struct Client::Callbacks {
  static Client& client(void* opaque) { return *static_cast<Client*>(opaque); }

  static void on_log(const rd_kafka_t* handle, int level, const char* facility, const char* text) {
    constexpr int warning = 4;                                                // as syslog counts
    if (level > warning || std::string_view{facility} == "CONFWARN") return;  // a setting of the other kind of client
    auto& here = client(rd_kafka_opaque(handle));
    here.on_trouble_(text);
    here.say(facility, text);
  }
  // All of it was logged before, when it happened.
  static void on_error(rd_kafka_t*, int, const char*, void*) {}
  static void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
    client(opaque).on_delivery(*message);
  }
  static rd_kafka_t* make(Kind kind, const Settings& ours, const Settings& settings, Client* client) {
    auto conf = config(with_common(ours), settings);
    rd_kafka_conf_set_opaque(conf.get(), client);
    rd_kafka_conf_set_log_cb(conf.get(), &on_log);
    rd_kafka_conf_set_error_cb(conf.get(), &on_error);
    if (kind == Kind::producer) rd_kafka_conf_set_dr_msg_cb(conf.get(), &on_delivery);
    std::array<char, 512> text{};
    auto* handle = rd_kafka_new(kind == Kind::producer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER, conf.get(), text.data(),
                                text.size());
    if (!handle) throw Error(text.data());
    (void)conf.release();  // it is the handle's now
    return handle;
  }
};

// on_trouble_ is set before the handle that calls it is made.
Client::Client(Kind kind, const Settings& ours, const Settings& settings, OnTrouble on_trouble)
    : on_trouble_(std::move(on_trouble)), handle_(Callbacks::make(kind, ours, settings, this)) {}

Client::~Client() { rd_kafka_destroy(handle_); }

// librdkafka may say the same a thousand times a second.
void Client::say(const std::string& facility, const char* text) {
  constexpr std::chrono::seconds apart{10};
  const auto now = std::chrono::steady_clock::now();
  {
    const std::lock_guard lock(said_mutex_);
    const auto [at, first] = said_.try_emplace(facility, now);
    if (!first && now - at->second < apart) return;
    at->second = now;
  }
  spdlog::warn("kafka {}: {}", facility, text);
}

// ---- Cluster ------------------------------------------------------------------------------------------------------

Cluster::Cluster(const Settings& settings, OnTrouble on_trouble)
    : Client(Kind::consumer,
             {{"isolation.level", "read_uncommitted"}},  // where a topic ends, open transactions included
             settings, std::move(on_trouble)) {}

std::size_t Cluster::brokers(const Wanted& wanted) {
  for (;;) {
    if (!wanted()) throw Unwanted{};
    const rd_kafka_metadata_t* raw = nullptr;
    const auto code = rd_kafka_metadata(handle_, 0, nullptr, &raw, step_ms);
    const Metadata metadata(raw);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR && metadata->broker_cnt > 0)
      return static_cast<std::size_t>(metadata->broker_cnt);
  }
}

bool Cluster::reachable() {
  const rd_kafka_metadata_t* raw = nullptr;
  const auto code = rd_kafka_metadata(handle_, 0, nullptr, &raw, step_ms);
  const Metadata metadata(raw);
  return code == RD_KAFKA_RESP_ERR_NO_ERROR;
}

std::optional<TopicState> Cluster::topic(const std::string& name) {
  auto* topic = rd_kafka_topic_new(handle_, name.c_str(), nullptr);
  const rd_kafka_metadata_t* raw = nullptr;
  const auto code = rd_kafka_metadata(handle_, 0, topic, &raw, answer_ms);
  const Metadata metadata(raw);
  rd_kafka_topic_destroy(topic);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) fail("asking about the topic " + name, code);
  if (metadata->topic_cnt != 1) throw Error("asking about the topic " + name + ": no answer about it");
  const auto& found = metadata->topics[0];
  if (found.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || found.err == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC)
    return std::nullopt;
  if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR) fail("asking about the topic " + name, found.err);
  TopicState state;
  state.partitions = found.partition_cnt;
  if (found.partition_cnt > 0) state.copies = found.partitions[0].replica_cnt;
  state.settings = settings_of(name);
  return state;
}

std::map<std::string, std::string> Cluster::settings_of(const std::string& name) {
  auto* resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name.c_str());
  const Queue queue(rd_kafka_queue_new(handle_));
  rd_kafka_DescribeConfigs(handle_, &resource, 1, nullptr, queue.get());
  rd_kafka_ConfigResource_destroy(resource);
  const Event event(rd_kafka_queue_poll(queue.get(), answer_ms));
  if (!event) throw Error("asking for the settings of " + name + ": no answer");
  if (const auto code = rd_kafka_event_error(event.get())) fail("asking for the settings of " + name, code);
  std::size_t count = 0;
  const auto** answers =
      rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event.get()), &count);
  std::map<std::string, std::string> settings;
  for (std::size_t i = 0; i < count; ++i) {
    if (const auto code = rd_kafka_ConfigResource_error(answers[i])) fail("asking for the settings of " + name, code);
    std::size_t entries = 0;
    const auto** configs = rd_kafka_ConfigResource_configs(answers[i], &entries);
    for (std::size_t k = 0; k < entries; ++k)
      if (const auto* value = rd_kafka_ConfigEntry_value(configs[k]))
        settings[rd_kafka_ConfigEntry_name(configs[k])] = value;
  }
  return settings;
}

Bounds Cluster::bounds(const std::string& topic, std::int32_t partition) {
  Bounds bounds;
  const auto code =
      rd_kafka_query_watermark_offsets(handle_, topic.c_str(), partition, &bounds.low, &bounds.high, answer_ms);
  if (code) fail("asking how far " + topic + ", partition " + std::to_string(partition) + " goes", code);
  return bounds;
}

void Cluster::create(const std::string& name, std::int32_t partitions, std::int32_t copies,
                     const std::map<std::string, std::string>& settings) {
  std::array<char, 512> text{};
  auto* topic = rd_kafka_NewTopic_new(name.c_str(), partitions, copies, text.data(), text.size());
  if (!topic) throw Error("creating the topic " + name + ": " + text.data());
  for (const auto& [setting, value] : settings) rd_kafka_NewTopic_set_config(topic, setting.c_str(), value.c_str());
  const Queue queue(rd_kafka_queue_new(handle_));
  rd_kafka_CreateTopics(handle_, &topic, 1, nullptr, queue.get());
  rd_kafka_NewTopic_destroy(topic);
  const Event event(rd_kafka_queue_poll(queue.get(), answer_ms));
  if (!event) throw Error("creating the topic " + name + ": no answer");
  if (const auto code = rd_kafka_event_error(event.get())) fail("creating the topic " + name, code);
  std::size_t count = 0;
  const auto** answers = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto code = rd_kafka_topic_result_error(answers[i]);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) continue;
    const auto* why = rd_kafka_topic_result_error_string(answers[i]);
    throw Error("creating the topic " + name + ": " + (why ? why : rd_kafka_err2str(code)));
  }
}

// ---- Producer -----------------------------------------------------------------------------------------------------

Producer::Producer(const Settings& settings, const std::string& transactional_id, OnTrouble on_trouble)
    : Client(Kind::producer, transactional(transactional_id), settings, std::move(on_trouble)) {}

Producer::~Producer() {
  for (auto* topic : topics_) rd_kafka_topic_destroy(topic);
}

void Producer::on_delivery(const rd_kafka_message_s& message) {
  if (message.err) {
    if (failed_.empty()) failed_ = rd_kafka_err2str(message.err);
    return;
  }
  const auto topic = *static_cast<const Topic*>(message._private);
  for (auto& known : placed_) {
    if (known.topic != topic || known.partition != message.partition) continue;
    known.offset = std::min(known.offset, message.offset);
    return;
  }
  placed_.push_back({topic, message.partition, message.offset});
}

void Producer::init(const Wanted& wanted) {
  for (;;) {
    if (!wanted()) throw Unwanted{};
    OwnedError error(rd_kafka_init_transactions(handle_, step_ms));
    if (!error) return;
    if (rd_kafka_error_is_retriable(error.get())) continue;
    check(handle_, "beginning to publish", error.release());
  }
}

void Producer::begin() {
  placed_.clear();
  failed_.clear();
  check(handle_, "beginning a transaction", rd_kafka_begin_transaction(handle_));
}

Producer::Topic Producer::topic(const std::string& name) {
  topics_.push_back(rd_kafka_topic_new(handle_, name.c_str(), nullptr));
  if (!topics_.back()) {
    topics_.pop_back();
    fail("using the topic " + name, rd_kafka_last_error());
  }
  return numbers_.emplace_back(topics_.size() - 1);
}

void Producer::send(Topic topic, const Message& message) {
  auto* headers = rd_kafka_headers_new(message.headers.size());
  for (const auto& [name, value] : message.headers)
    rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), value.data(),
                        static_cast<ssize_t>(value.size()));
  std::array<rd_kafka_vu_t, 8> parts{};
  parts[0].vtype = RD_KAFKA_VTYPE_RKT;
  parts[0].u.rkt = topics_[topic];
  parts[1].vtype = RD_KAFKA_VTYPE_PARTITION;
  parts[1].u.i32 = message.partition;
  parts[2].vtype = RD_KAFKA_VTYPE_KEY;
  parts[2].u.mem = {const_cast<char*>(message.key.data()), message.key.size()};
  parts[3].vtype = RD_KAFKA_VTYPE_VALUE;
  if (message.value) parts[3].u.mem = {const_cast<char*>(message.value->data()), message.value->size()};
  parts[4].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  parts[4].u.i = RD_KAFKA_MSG_F_COPY;
  parts[5].vtype = RD_KAFKA_VTYPE_TIMESTAMP;
  parts[5].u.i64 = message.milliseconds;
  parts[6].vtype = RD_KAFKA_VTYPE_OPAQUE;
  parts[6].u.ptr = &numbers_[topic];
  parts[7].vtype = RD_KAFKA_VTYPE_HEADERS;
  parts[7].u.headers = headers;
  for (;;) {
    OwnedError error(rd_kafka_produceva(handle_, parts.data(), parts.size()));
    if (!error) break;
    if (rd_kafka_error_code(error.get()) == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      rd_kafka_poll(handle_, step_ms);
      continue;
    }
    rd_kafka_headers_destroy(headers);
    check(handle_, "sending", error.release());
  }
  rd_kafka_poll(handle_, 0);
}

void Producer::flush() {
  rd_kafka_resp_err_t code;
  do {
    code = rd_kafka_flush(handle_, step_ms);
    if (abandoned_) throw Unwanted{};
  } while (code == RD_KAFKA_RESP_ERR__TIMED_OUT);
  if (!failed_.empty()) {
    std::array<char, 512> text{};
    const auto fatal = rd_kafka_fatal_error(handle_, text.data(), text.size());
    throw Error("storing messages: " + (fatal ? std::string{text.data()} : failed_), is_fence(fatal));
  }
  if (code) fail("storing messages", code);
}

void Producer::commit() {
  // Any other time-out than the transaction's own risks a state that librdkafka itself loses track of.
  check(handle_, "committing", rd_kafka_commit_transaction(handle_, -1));
}

void Producer::abandon() {
  abandoned_ = true;
  rd_kafka_purge(handle_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
}

// ---- Reader -------------------------------------------------------------------------------------------------------

std::optional<std::string_view> Received::header(std::string_view name) const {
  for (auto at = headers.rbegin(); at != headers.rend(); ++at)
    if (at->first == name) return at->second;
  return std::nullopt;
}

Reader::Reader(const Settings& settings, const std::string& topic, OnTrouble on_trouble)
    : Client(Kind::consumer,
             {{"isolation.level", "read_committed"},
              {"enable.partition.eof", "true"},
              {"auto.offset.reset", "error"},  // an offset that is gone is told, not passed over
              {"check.crcs", "true"},
              {"fetch.wait.max.ms", "100"},
              {"queued.max.messages.kbytes", "16384"}},
             settings, std::move(on_trouble)),
      topic_(rd_kafka_topic_new(handle_, topic.c_str(), nullptr)),
      queue_(rd_kafka_queue_new(handle_)) {}

Reader::~Reader() {
  for (const auto partition : started_) rd_kafka_consume_stop(topic_, partition);
  rd_kafka_queue_destroy(queue_);
  rd_kafka_topic_destroy(topic_);
}

void Reader::start(std::int32_t partition, std::int64_t offset) {
  stop(partition);
  if (rd_kafka_consume_start_queue(topic_, partition, offset, queue_) != 0)
    fail("reading partition " + std::to_string(partition), rd_kafka_last_error());
  started_.push_back(partition);
}

void Reader::stop(std::int32_t partition) {
  if (std::erase(started_, partition) > 0) rd_kafka_consume_stop(topic_, partition);
}

void Reader::poll(std::chrono::milliseconds most, const std::function<void(Received&&)>& on_message,
                  const std::function<void(End)>& on_end) {
  std::array<rd_kafka_message_t*, 1024> messages{};
  const auto count =
      rd_kafka_consume_batch_queue(queue_, static_cast<int>(most.count()), messages.data(), messages.size());
  if (count < 0) fail("reading", rd_kafka_last_error());
  rd_kafka_poll(handle_, 0);
  // Owned before anybody is called: who throws must leave none behind, or destroying the client waits for it for ever.
  using Owned = std::unique_ptr<rd_kafka_message_t, decltype(&rd_kafka_message_destroy)>;
  std::vector<Owned> owned;
  owned.reserve(static_cast<std::size_t>(count));
  for (auto* message : std::span(messages).first(static_cast<std::size_t>(count)))
    owned.emplace_back(message, &rd_kafka_message_destroy);
  for (const auto& message : owned) {
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      on_end({message->partition, message->offset});
      continue;
    }
    if (message->err)
      throw Error("reading partition " + std::to_string(message->partition) + ": " +
                  rd_kafka_message_errstr(message.get()));
    Received received;
    received.partition = message->partition;
    received.offset = message->offset;
    if (message->key) received.key.assign(static_cast<const char*>(message->key), message->key_len);
    if (message->payload) received.value.emplace(static_cast<const char*>(message->payload), message->len);
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(message.get(), &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
      const char* name = nullptr;
      const void* value = nullptr;
      std::size_t size = 0;
      for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
           ++i)
        received.headers.emplace_back(name, std::string(static_cast<const char*>(value), value ? size : 0));
    }
    on_message(std::move(received));
  }
}

}  // namespace rollcall::kafka
