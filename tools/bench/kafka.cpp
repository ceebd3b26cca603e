// `rollcall bench kafka`: what publishing costs, on a broker that runs, against a bare producer on the same one.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "adapters/kafka/message.hpp"
#include "adapters/rocksdb/views.hpp"
#include "tools/bench/ground.hpp"
#include "tools/bench/report.hpp"
#include "tools/failure.hpp"
#include "tools/print/text.hpp"
#include "tools/subcommands.hpp"

namespace rollcall::tools {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr int rounds = 5;
constexpr Position published_events = 200'000;
constexpr double offered = 500;
constexpr std::size_t clients = 16;

constexpr Row throughput{"publish", "events published / bare transactional producer, same messages", 0.6, 0.9};
constexpr Row latency_median{"latency", "commit to consumer at 500 commands/s, p50", 150, 40, true, "ms"};
constexpr Row latency_tail{"latency", "commit to consumer at 500 commands/s, p99", 400, 120, true, "ms"};
constexpr Row command_tail{"commands", "commands' p99 at 500/s, Kafka attached / not", 2.0, 1.2, true};
constexpr Row backfill{"backfill", "backfill, resident memory above idle", 200, 80, true, "MB"};

struct KafkaBenchOptions {
  std::string data = "bench-data";
  std::string brokers = "127.0.0.1:19092";
  std::string only;
  std::string json;
  Position events = 1'000'000;
};

double percentile(std::vector<double> values, double part) {
  std::sort(values.begin(), values.end());
  return values.at(static_cast<std::size_t>(part * static_cast<double>(values.size() - 1)));
}

// Topics of this run and nobody else's; they stay on the broker.
KafkaOptions topics_of_run(const std::string& brokers) {
  static int made = 0;
  KafkaOptions options;
  options.brokers = brokers;
  options.topics.events = fmt::format("bench-{}-{}.events", ::getpid(), ++made);
  options.topics.users = fmt::format("bench-{}-{}.users", ::getpid(), made);
  return options;
}

void wait_for_publisher(const kafka::Publisher& publisher, Position size) {
  const auto until = steady_clock::now() + seconds(300);
  while (publisher.status().published < size) {
    const auto status = publisher.status();
    if (status.stop) throw Failure("publishing stopped: " + status.stop->reason);
    if (steady_clock::now() > until) throw Failure("publishing takes too long: " + status.trouble);
    std::this_thread::sleep_for(milliseconds(1));
  }
}

// What a publisher sends in one transaction, made beforehand.
struct Window {
  std::vector<kafka::EventMessage> events;
  std::vector<kafka::UserMessage> users;
};

std::vector<Window> windows_of(const Installation& installation, const kafka::PublisherOptions& options,
                               const fs::path& scratch) {
  const auto& log = installation.log();
  const auto partitions = options.topics.partitions;
  Views views(scratch);
  const auto store = views.open("users", projections::users.version);
  std::vector<Window> windows;
  for (Position next = 0; next < log.size();) {
    auto& window = windows.emplace_back();
    const auto before = store->snapshot();
    auto fold = projections::users.fold(*before.rows);
    for (const auto& entry : kafka::next_window(log, next, options.window)) {
      window.events.push_back(kafka::event_message(entry, options.origin, nullptr, partitions));
      fold->apply(decode_entry(entry, nullptr));
    }
    next += window.events.size();
    const auto changes = fold->changes();
    for (const auto& [key, change] : changes)
      if (auto row = projections::published_row(key, change.value, PersonalData::omit))
        window.users.push_back(kafka::user_message(std::move(*row), next, options.origin, partitions));
    store->commit(changes, {next, {}, projections::users.version});
  }
  return windows;
}

// librdkafka and nothing else: the same messages in the same transactions.
double bare_seconds(const std::vector<Window>& windows, const kafka::Settings& settings, const KafkaOptions& topics) {
  const auto quiet = [](const std::string&) {};
  {
    kafka::Cluster cluster(settings, quiet);
    for (const auto& name : {topics.topics.events, topics.topics.users})
      cluster.create(name, topics.topics.partitions, 1, {});
    while (!cluster.topic(topics.topics.events) || !cluster.topic(topics.topics.users))
      std::this_thread::sleep_for(milliseconds(50));
  }
  kafka::Producer producer(settings, topics.topics.events, quiet);
  const auto events = producer.topic(topics.topics.events), users = producer.topic(topics.topics.users);
  producer.init([] { return true; });
  return seconds_of([&] {
    for (const auto& window : windows) {
      producer.begin();
      for (const auto& message : window.events) producer.send(events, message.message());
      for (const auto& message : window.users) producer.send(users, message.message(window.events.back().milliseconds));
      producer.commit();
    }
  });
}

// A consumer of its own, from when it is made: how old each event is when it comes.
class Consumer {
 public:
  Consumer(const kafka::Settings& settings, const kafka::Topics& topics)
      : reader_(settings, topics.events, [](const std::string&) {}) {
    kafka::Cluster cluster(settings, [](const std::string&) {});
    for (std::int32_t partition = 0; partition < topics.partitions; ++partition)
      reader_.start(partition, cluster.bounds(topics.events, partition).high);
    thread_ = std::thread([this] {
      while (!over_) {
        reader_.poll(
            milliseconds(50), [this](kafka::Received&& message) { take(message); }, [](kafka::Reader::End) {});
      }
    });
  }
  ~Consumer() {
    over_ = true;
    if (thread_.joinable()) thread_.join();
  }
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;

  // Ends it.
  std::vector<double> ages_ms() {
    over_ = true;
    thread_.join();
    return std::move(ages_);
  }

 private:
  void take(const kafka::Received& message) {
    const auto recorded = Time::parse(message.header("ce_time").value_or(""));
    if (recorded) ages_.push_back(static_cast<double>((SystemClock{}.now() - *recorded).micros) / 1'000);
  }

  kafka::Reader reader_;
  std::atomic<bool> over_{false};
  std::vector<double> ages_;
  std::thread thread_;
};

class KafkaBench {
 public:
  KafkaBench(const KafkaBenchOptions& options, BenchReport& report)
      : options_(options), scratch_(options.data), report_(report) {}

  void run() {
    const std::pair<std::string_view, void (KafkaBench::*)()> groups[] = {{"publish", &KafkaBench::measure_throughput},
                                                                          {"latency", &KafkaBench::measure_latency},
                                                                          {"commands", &KafkaBench::measure_commands},
                                                                          {"backfill", &KafkaBench::measure_backfill}};
    for (const auto& [name, measure] : groups) {
      if (!options_.only.empty() && options_.only != name) continue;
      fmt::print(stderr, "measuring {}\n", name);
      (this->*measure)();
    }
  }

 private:
  const Ground& ground() {
    if (!ground_) ground_ = prepare(scratch_ / "small", published_events, false);
    return *ground_;
  }
  void found(const Row& row, double value, std::string ours, std::string reference) {
    report_.findings.push_back({&row, value, std::move(ours), std::move(reference)});
  }

  void measure_throughput() {
    Opened opened(ground().folder);
    const auto size = (*opened).log().size();
    kafka::PublisherOptions like_ours;
    like_ours.origin = (*opened).signer().verifying_key().name();
    const auto windows = windows_of(*opened, like_ours, scratch_ / "windows");
    std::uint64_t rows = 0;
    for (const auto& window : windows) rows += window.users.size();
    std::vector<double> ours, references, ratios;
    for (int round = 0; round < rounds; ++round) {
      const auto bare = topics_of_run(options_.brokers);
      references.push_back(bare_seconds(windows, kafka_settings(bare), bare));
      const auto topics = topics_of_run(options_.brokers);
      Publishing publishing(*opened, topics);
      const auto& publisher = publishing.publisher();
      while (publisher.status().state != kafka::PublisherStatus::State::publishing) {
        if (publisher.status().stop) throw Failure("publishing stopped: " + publisher.status().stop->reason);
        std::this_thread::sleep_for(milliseconds(1));
      }
      ours.push_back(seconds_of([&] { wait_for_publisher(publisher, size); }));
      ratios.push_back(references.back() / ours.back());
    }
    const auto events = static_cast<double>(size);
    found(throughput, median(ratios), per_second(events / median(ours)), per_second(events / median(references)));
    report_.notes.push_back(fmt::format("both send {} events and {} rows of the Users list in {} transactions",
                                        grouped(size), grouped(rows), windows.size()));
  }

  static ServiceOptions attached(const KafkaOptions& topics) {
    ServiceOptions options;
    options.kafka = topics;
    return options;
  }

  void measure_latency() {
    const auto topics = topics_of_run(options_.brokers);
    Served served(ground(), attached(topics));
    const auto& log = served.service().installation().log();
    const auto publisher = [&]() -> const kafka::Publisher& { return served.service().publishing()->publisher(); };
    wait_for_publisher(publisher(), log.size());
    served.invite_and_register(clients, seconds(2), offered);  // warm
    std::vector<double> medians, tails;
    const auto before = publisher().status().transactions;
    const auto first = log.size();
    for (int round = 0; round < rounds; ++round) {
      wait_for_publisher(publisher(), log.size());
      Consumer consumer(kafka_settings(topics), topics.topics);
      std::this_thread::sleep_for(milliseconds(500));
      served.invite_and_register(clients, seconds(5), offered);
      wait_for_publisher(publisher(), log.size());
      std::this_thread::sleep_for(milliseconds(500));
      const auto ages = consumer.ages_ms();
      if (ages.empty()) throw Failure("the consumer got nothing");
      medians.push_back(percentile(ages, 0.5));
      tails.push_back(percentile(ages, 0.99));
    }
    const auto transactions = publisher().status().transactions - before;
    found(latency_median, median(medians), fmt::format("{:.0f} ms", median(medians)), "");
    found(latency_tail, median(tails), fmt::format("{:.0f} ms", median(tails)), "");
    report_.notes.push_back(fmt::format("at {} commands a second a transaction takes {:.1f} events", offered,
                                        static_cast<double>(log.size() - first) / static_cast<double>(transactions)));
  }

  void measure_commands() {
    const auto topics = topics_of_run(options_.brokers);
    std::vector<double> with, without, ratios;
    for (int round = 0; round < rounds; ++round) {
      const auto p99 = [&](ServiceOptions options) {
        Served served(ground(), std::move(options));
        if (const auto* publishing = served.service().publishing())
          wait_for_publisher(publishing->publisher(), served.service().installation().log().size());
        served.invite_and_register(clients, seconds(1), offered);
        return served.invite_and_register(clients, seconds(6), offered).p99;
      };
      without.push_back(p99({}));
      with.push_back(p99(attached(topics)));
      ratios.push_back(with.back() / without.back());
    }
    found(command_tail, median(ratios), fmt::format("{:.2f} ms", median(with) / 1'000),
          fmt::format("{:.2f} ms", median(without) / 1'000));
  }

  void measure_backfill() {
    const auto large = prepare(scratch_ / "large", options_.events, false);
    Position size = 0;
    {
      Opened opened(large.folder);
      size = (*opened).log().size();
    }
    double idle = 0;
    {
      const ServedProcess process(large.folder);
      std::this_thread::sleep_for(seconds(3));
      idle = process.resident_megabytes();
    }
    const auto topics = topics_of_run(options_.brokers);
    const ServedProcess process(large.folder, {"--kafka", topics.brokers, "--kafka-topic", topics.topics.events,
                                               "--kafka-users-topic", topics.topics.users});
    http::Client client(process.url());
    double most = 0;
    const auto took = seconds_of([&] {
      const auto until = steady_clock::now() + seconds(600);
      // The metric is there from the first answer on, and not rounded once it is small.
      constexpr std::string_view done = "rollcall_follower_lag{follower=\"kafka\"} 0\n";
      while (client.send("GET", "/metrics").body.find(done) == std::string::npos) {
        if (steady_clock::now() > until) throw Failure("the backfill takes too long");
        std::this_thread::sleep_for(milliseconds(50));
        most = std::max(most, process.resident_megabytes());
      }
    });
    found(backfill, most - idle, fmt::format("{:.0f} MB", most), fmt::format("{:.0f} MB", idle));
    report_.notes.push_back(fmt::format("a backfill of {} events takes {:.1f} s", grouped(size), took));
  }

  const KafkaBenchOptions& options_;
  fs::path scratch_;
  BenchReport& report_;
  std::optional<Ground> ground_;
};

}  // namespace

void add_bench_kafka(CLI::App& bench) {
  auto options = std::make_shared<KafkaBenchOptions>();
  auto* command = bench.add_subcommand("kafka", "What publishing to Kafka costs; about five minutes");
  command->add_option("--kafka", options->brokers, "a broker that runs, as tools/dev/kafka starts one")
      ->envname("ROLLCALL_KAFKA")
      ->capture_default_str();
  command->add_option("--data", options->data, "folder to work in, on the disk to be measured; removed afterwards")
      ->capture_default_str();
  command->add_option("--only", options->only, "one group of rows")
      ->check(CLI::IsMember({"publish", "latency", "commands", "backfill"}));
  command->add_option("--json", options->json, "write the rows to this file as well");
  command->add_option("--events", options->events, "events of the backfill")->capture_default_str();
  command->callback([options] {
    run_bench(options->data, options->json, [&](BenchReport& report) { KafkaBench(*options, report).run(); });
  });
}

}  // namespace rollcall::tools
