// `rollcall bench`: how fast it is, as ratios to what the machine can do without it, measured in one run.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <thread>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "adapters/http/client.hpp"
#include "adapters/rocksdb/views.hpp"
#include "domain/records/reassignment.hpp"
#include "events/hash.hpp"
#include "events/json.hpp"
#include "projections/engine/rebuild.hpp"
#include "projections/views/users.hpp"
#include "projections/views/views.hpp"
#include "tools/bench/doors.hpp"
#include "tools/bench/ground.hpp"
#include "tools/bench/measure.hpp"
#include "tools/bench/people.hpp"
#include "tools/bench/report.hpp"
#include "tools/installation/state_replay.hpp"
#include "tools/print/text.hpp"
#include "tools/prove/log_check.hpp"
#include "tools/subcommands.hpp"

namespace rollcall::tools {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr int rounds = 5;
constexpr Position small_events = 50'000;
constexpr Position as_of_events = 3'000;

struct BenchOptions {
  std::string data = "bench-data";
  std::string only;
  std::string json;
  Position events = 1'000'000;
};

// ---- what is asked for --------------------------------------------------------------------------------------------

constexpr Row invite_micros{
    "invite", "InvitePartner, 64 connections, processor time of the server a command", 85, 55, true, "us"};
constexpr Row merging{"invite", "flush and compaction's share of it", 10, 5, true, "%"};
constexpr Row invite_echo{"invite", "InvitePartner, 64 connections / echo", 0.10, 0.16};
constexpr Row invite_raw{"invite", "the same, entries / raw synced entries", 0.18, 0.35};
constexpr Row invite_syncs{"invite", "fsyncs per committed batch", 1, 1, true};
constexpr Row latency{"latency", "InvitePartner, 1 connection, p50 / (echo + raw synced write)", 2.0, 1.3, true};
constexpr Row tail_1{"latency", "InvitePartner, 1 connection, p99 / p50", 4, 2, true};
constexpr Row tail_8{"latency", "InvitePartner, 8 connections, p99 / p50", 4, 2, true};
constexpr Row rebuild_users{"rebuild", "rebuild of Users list / raw scan", 0.15, 0.45};
constexpr Row users_list{"users", "GET Users list of 500, 50 rows / echo of that size", 0.30, 0.55};
constexpr Row verify_log{"verify", "verify --log / (scan + SHA-256)", 0.6, 1.0};
constexpr Row start_time{"start", "start after SIGKILL, to the first answer", 0.5, 0.2, true, "s"};
constexpr Row start_memory{"start", "start after SIGKILL, resident memory", 400, 200, true, "MB"};
constexpr Row growth{"growth", "commands a second, large log / log of 50,000", 0.75, 0.95};
constexpr Row reassignment{"reassign", "p99 of others while 200,000 are reassigned / without", 8, 2.5, true};
constexpr Row backup_rate{"backup", "backup / copy of the same bytes", 0.4, 0.8};
constexpr Row backup_tail{"backup", "commands' p99 beside a backup / without", 2, 1.2, true};
constexpr Row as_of{"as-of", "Users list as of, account of 3,000 events, p50", 50, 10, true, "ms"};

// ---- the measurements ---------------------------------------------------------------------------------------------

class Bench {
 public:
  explicit Bench(const BenchOptions& options) : options_(options), scratch_(options.data) {}

  std::vector<Finding> run() {
    // What only reads comes first: then the large log has the events it was made with.
    const std::pair<std::string_view, void (Bench::*)()> groups[] = {
        {"verify", &Bench::measure_verify},   {"rebuild", &Bench::measure_rebuild},
        {"users", &Bench::measure_users},     {"as-of", &Bench::measure_as_of},
        {"backup", &Bench::measure_backup},   {"start", &Bench::measure_start},
        {"invite", &Bench::measure_invite},   {"latency", &Bench::measure_latency},
        {"growth", &Bench::measure_growth},   {"reassign", &Bench::measure_reassignment},
        {"doors", &Bench::measure_the_doors}, {"people", &Bench::measure_the_people}};
    for (const auto& [name, measure] : groups) {
      if (!options_.only.empty() && options_.only != name) continue;
      fmt::print(stderr, "measuring {}\n", name);
      (this->*measure)();
    }
    return std::move(findings_);
  }
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  const Ground& large() {
    if (!large_) large_ = prepare(scratch_ / "large", options_.events, true);
    return *large_;
  }
  const Ground& small() {
    if (!small_) small_ = prepare(scratch_ / "small", small_events, false);
    return *small_;
  }
  void found(const Row& row, double value, std::string ours, std::string reference) {
    findings_.push_back({&row, value, std::move(ours), std::move(reference)});
  }
  // The lengths of the entries that the last command of an invitation load left behind.
  static std::vector<std::size_t> entry_bytes(const LogReader& log) {
    std::vector<std::size_t> bytes;
    for (auto position = log.size() - 2; position < log.size(); ++position)
      bytes.push_back(log.entry(position).value().size());
    return bytes;
  }

  void measure_invite() {
    Served served(small());
    const auto body = served.invitation_body();
    served.invite(crowd, milliseconds(500));  // warm
    const auto& log = served.service().installation().log();
    RawStore raw(scratch_ / "raw", entry_bytes(log));
    const EchoServer echo(ServiceOptions{}.io_threads);

    std::vector<double> commands, echoes, entries, raw_entries, to_echo, to_raw;
    std::uint64_t syncs = 0, batches = 0, answered = 0;
    ThreadSeconds by_thread;
    for (int round = 0; round < rounds; ++round) {
      echoes.push_back(echo.post(body, crowd, milliseconds(1'500)).per_second);
      const auto syncs_before = log.statistics().syncs, batches_before = served.service().writer().batches();
      const auto size_before = log.size();
      const auto threads_before = thread_seconds();
      const auto load = served.invite(crowd, milliseconds(2'500));
      for (const auto& [name, seconds] : thread_seconds()) {
        const auto before = threads_before.find(name);
        by_thread[name] += seconds - (before == threads_before.end() ? 0 : before->second);
      }
      answered += load.answered;
      commands.push_back(load.per_second);
      // A command writes more than one entry: like is compared with like.
      entries.push_back(load.per_second * static_cast<double>(log.size() - size_before) /
                        static_cast<double>(load.answered));
      syncs += log.statistics().syncs - syncs_before;
      batches += served.service().writer().batches() - batches_before;
      raw_entries.push_back(raw.entries_per_second(crowd, milliseconds(1'500)));
      to_echo.push_back(commands.back() / echoes.back());
      to_raw.push_back(entries.back() / raw_entries.back());
    }
    found_processor_time(by_thread, answered);
    found(invite_echo, median(to_echo), per_second(median(commands)), per_second(median(echoes)));
    found(invite_raw, median(to_raw), per_second(median(entries)), per_second(median(raw_entries)));
    found(invite_syncs, static_cast<double>(syncs) / static_cast<double>(batches), fmt::format("{} fsyncs", syncs),
          fmt::format("{} batches", batches));
  }

  void found_processor_time(ThreadSeconds by_thread, std::uint64_t commands) {
    by_thread.erase("load");
    double all = 0, merged = 0;
    std::vector<std::pair<double, std::string>> shares;
    for (const auto& [name, seconds] : by_thread) {
      all += seconds;
      if (name.starts_with("rocksdb:")) merged += seconds;
      shares.emplace_back(seconds, name);
    }
    std::sort(shares.rbegin(), shares.rend());
    std::string told;
    for (const auto& [seconds, name] : shares)
      if (seconds > all / 100)
        told += fmt::format("{}{} {:.0f} %", told.empty() ? "" : ", ", name, 100 * seconds / all);
    const auto micros = all * 1e6 / static_cast<double>(commands);
    found(invite_micros, micros, fmt::format("{:.0f} us", micros), "");
    found(merging, 100 * merged / all, fmt::format("{:.0f} us", micros * merged / all),
          fmt::format("{:.0f} us", micros));
    notes_.push_back("the server's processor time by thread: " + told);
  }

  void measure_latency() {
    Served served(small());
    const auto body = served.invitation_body();
    served.invite(1, milliseconds(300));
    RawStore raw(scratch_ / "raw", entry_bytes(served.service().installation().log()));
    const EchoServer echo(ServiceOptions{}.io_threads);
    std::vector<double> commands, references, ratios;
    std::vector<http::LoadReport> alone, eight;
    for (int round = 0; round < rounds; ++round) {
      const auto trip = echo.post(body, 1, milliseconds(700)).p50;
      alone.push_back(served.invite(1, milliseconds(1'500)));
      eight.push_back(served.invite(8, milliseconds(1'500)));
      const auto command = alone.back().p50;
      const auto write = raw.write_micros(milliseconds(700));
      commands.push_back(command);
      references.push_back(trip + write);
      ratios.push_back(command / (trip + write));
    }
    found(latency, median(ratios), fmt::format("{:.0f} us", median(commands)),
          fmt::format("{:.0f} us", median(references)));
    found_tail(tail_1, alone);
    found_tail(tail_8, eight);
  }

  void found_tail(const Row& row, const std::vector<http::LoadReport>& loads) {
    std::vector<double> p50s, p99s, ratios;
    for (const auto& load : loads) {
      p50s.push_back(load.p50);
      p99s.push_back(load.p99);
      ratios.push_back(load.p99 / load.p50);
    }
    found(row, median(ratios), fmt::format("{:.0f} us", median(p99s)), fmt::format("{:.0f} us", median(p50s)));
  }

  static double scan_seconds(const LogReader& log, const std::function<void(std::string_view)>& each) {
    return seconds_of([&] {
      log.read(0, [&](Position, std::string_view entry) {
        each(entry);
        return true;
      });
    });
  }

  void measure_rebuild() {
    Opened opened(large().folder);
    auto& log = (*opened).log();
    Views views(scratch_ / "rebuilt");
    const auto& projection = projections::users;
    (void)views.open(projection.name, projection.version);
    std::vector<double> ours, scans, ratios;
    std::uint64_t bytes = 0;
    for (int round = 0; round < rounds; ++round) {
      scans.push_back(scan_seconds(log, [&](std::string_view entry) { bytes += entry.size(); }));
      ours.push_back(seconds_of([&] {
        const auto store = views.begin_generation(projection.name, projection.version);
        const auto built = projections::rebuild(projection, log, (*opened).keys(), *store, log.size());
        if (!built) throw std::runtime_error("the Users list cannot be rebuilt: " + built.error().reason);
        views.swap(projection.name);
      }));
      ratios.push_back(scans.back() / ours.back());
    }
    const auto events = static_cast<double>(log.size());
    found(rebuild_users, median(ratios), per_second(events / median(ours)), per_second(events / median(scans)));
    notes_.push_back(fmt::format("the large log has {} events of {} bytes on average", grouped(log.size()),
                                 bytes / rounds / log.size()));
  }

  void measure_verify() {
    Opened opened(large().folder);
    auto& log = (*opened).log();
    std::vector<double> ours, references, ratios;
    for (int round = 0; round < rounds; ++round) {
      references.push_back(scan_seconds(log, [](std::string_view entry) { (void)sha256(entry); }));
      ours.push_back(seconds_of([&] {
        if (const auto report = check_log(log, {}); report.damage) throw std::runtime_error(*report.damage);
      }));
      ratios.push_back(references.back() / ours.back());
    }
    const auto events = static_cast<double>(log.size());
    found(verify_log, median(ratios), per_second(events / median(ours)), per_second(events / median(references)));
    fs::remove_all(scratch_ / "state");
    const auto state = seconds_of(
        [&] { StateReplay(scratch_ / "state").run(log, (*opened).keys(), (*opened).claims(), log.size(), {}); });
    const auto views = seconds_of([&] {
      fs::remove_all(scratch_ / "replayed");
      Views fresh(scratch_ / "replayed");
      for (const auto* projection : projections::all_projections())
        (void)projections::rebuild(*projection, log, (*opened).keys(),
                                   *fresh.open(projection->name, projection->version), log.size());
    });
    notes_.push_back(
        fmt::format("verify without --log replays decision state as well ({:.1f} s), and each view "
                    "(all {:.1f} s)",
                    state, views));
  }

  void measure_users() {
    constexpr std::size_t connections = 16;
    Served served(large());
    const auto host = served.sign_in(*large().large_owner);
    const auto target = fmt::format("/v1/accounts/{}/users?limit=50", large_account().str());
    const auto bytes = served.get(host, target).size();
    const EchoServer echo(ServiceOptions{}.io_threads);
    std::vector<double> ours, echoes, ratios;
    for (int round = 0; round < rounds; ++round) {
      echoes.push_back(echo.get(bytes, connections, milliseconds(1'500)).per_second);
      ours.push_back(served.read(host, target, connections, milliseconds(1'500)).per_second);
      ratios.push_back(ours.back() / echoes.back());
    }
    found(users_list, median(ratios), per_second(median(ours)), per_second(median(echoes)));
    notes_.push_back(fmt::format("a page of 50 users has {} bytes", grouped(bytes)));
  }

  void measure_as_of() {
    Served served(large());
    const auto snapshot = served.service().installation().log().state();
    const auto state = served.state(snapshot);
    const auto history = [&](const Login& login) {
      return state.find<ScopeRow>(ScopeRow::key(Scope::of(login.account))).value_or(ScopeRow{}).next;
    };
    // The account whose history is nearest to the length wanted, and not shorter if there is one.
    const auto nearest =
        std::min_element(large().owners.begin(), large().owners.end(), [&](const Login& a, const Login& b) {
          const auto distance = [&](Position events) {
            return events >= as_of_events ? events - as_of_events : as_of_events * 1'000 - events;
          };
          return distance(history(a)) < distance(history(b));
        });
    const auto host = served.sign_in(*nearest);
    const auto target = fmt::format("/v1/accounts/{}/users?limit=50&at={}", nearest->account.str(), snapshot.size - 1);
    served.get(host, target);
    std::vector<double> times;
    for (int round = 0; round < rounds; ++round)
      times.push_back(served.read(host, target, 1, milliseconds(1'000)).p50 / 1'000);
    found(as_of, median(times), fmt::format("{} events", grouped(history(*nearest))), "");
  }

  void measure_start() {
    const auto& ground = large();
    std::string operator_key;
    std::ifstream(DataFolder{ground.folder}.operator_key()) >> operator_key;
    const http::Headers bearer{{"Authorization", "Bearer " + operator_key}};
    const auto target = fmt::format("/v1/accounts/{}/users?limit=50", large_account().str());
    std::vector<double> times, memories;
    for (int round = 0; round <= rounds; ++round) {
      std::unique_ptr<ServedProcess> process;
      const auto took = seconds_of([&] {
        process = std::make_unique<ServedProcess>(ground.folder);
        const auto reply = http::Client(process->url()).send("GET", target, bearer);
        if (reply.status != 200) throw std::runtime_error(reply.body);
      });
      if (round > 0) {  // the first start was after an orderly end
        times.push_back(took);
        memories.push_back(process->resident_megabytes());
      }
      // So that it is killed in the middle of something.
      http::LoadOptions load;
      load.address = process->url().substr(std::string_view{"http://"}.size());
      load.connections = crowd;
      load.max_requests = 5'000;
      load.max_duration = milliseconds(1'500);
      must_succeed(load, [&](std::size_t connection, std::uint64_t n) {
        const auto& owner = ground.owners[connection % ground.owners.size()];
        auto headers = bearer;
        headers.emplace_back("Rollcall-As", owner.email);
        headers.emplace_back("Rollcall-Reason", "load");
        headers.emplace_back("Content-Type", "application/json");
        return http::render(
            "POST", "/v1/commands/InvitePartner", headers,
            fmt::format(R"({{"account":"{}","email":"started{}-{}@load.example"}})", owner.account.str(), round, n));
      });
    }
    found(start_time, median(times), fmt::format("{:.2f} s", median(times)), "");
    found(start_memory, median(memories), fmt::format("{:.0f} MB", median(memories)), "");
  }

  // A copy as cp makes it, and durable as a backup is.
  static void copy_durably(const fs::path& from, const fs::path& to) {
    fs::create_directories(to);
    for (const auto& entry : fs::directory_iterator(from)) {
      const auto copy = to / entry.path().filename();
      fs::copy_file(entry.path(), copy);
      const int file = ::open(copy.c_str(), O_RDONLY | O_CLOEXEC);
      const bool synced = file >= 0 && ::fsync(file) == 0;
      if (file >= 0) ::close(file);
      if (!synced) throw std::runtime_error(copy.string() + " cannot be synced");
    }
  }

  void measure_backup() {
    const auto to = scratch_ / "backup", copy = scratch_ / "copy";
    const std::vector<std::string> words{"backup", to.string(), "--data", large().folder.string()};
    std::vector<double> ours, copies, ratios;
    for (int round = 0; round < rounds; ++round) {
      fs::remove_all(to);
      fs::remove_all(copy);
      ours.push_back(seconds_of([&] { run_program(words); }));
      copies.push_back(seconds_of([&] { copy_durably(to / "entries", copy); }));
      ratios.push_back(copies.back() / ours.back());
    }
    std::uint64_t bytes = 0;
    for (const auto& entry : fs::directory_iterator(to / "entries")) bytes += entry.file_size();
    const auto rate = [&](const std::vector<double>& seconds) {
      return fmt::format("{:.0f} MB/s", static_cast<double>(bytes) / 1e6 / median(seconds));
    };
    found(backup_rate, median(ratios), rate(ours), rate(copies));

    constexpr double offered = 200;
    constexpr std::size_t connections = 16;
    Served served(large());
    const milliseconds duration(3'000);
    std::vector<double> with, without, tails;
    std::size_t taken = 0;
    fs::remove_all(to);
    fs::create_directories(to);
    for (int round = 0; round < rounds; ++round) {
      without.push_back(served.invite_and_register(connections, duration, offered).p99);
      std::atomic<bool> over{false};
      // One after the other, each of the whole log, and into a folder of its own: nobody removes backups all the time.
      std::thread backups([&] {
        while (!over)
          run_program({"backup", (to / std::to_string(++taken)).string(), "--data", large().folder.string()});
      });
      with.push_back(served.invite_and_register(connections, duration, offered).p99);
      over = true;
      backups.join();
      tails.push_back(with.back() / without.back());
    }
    found(backup_tail, median(tails), fmt::format("{:.1f} ms", median(with) / 1'000),
          fmt::format("{:.1f} ms", median(without) / 1'000));
    fs::remove_all(to);
    fs::remove_all(copy);
  }

  void measure_the_doors() {
    for (auto& finding : measure_doors(small(), large())) findings_.push_back(std::move(finding));
  }

  void measure_the_people() {
    for (auto& finding : measure_people(large(), scratch_ / "people")) findings_.push_back(std::move(finding));
  }

  void measure_growth() {
    Served grown(large());
    Served young(small());
    grown.invite(crowd, milliseconds(500));
    young.invite(crowd, milliseconds(500));
    std::vector<double> ours, references, ratios;
    for (int round = 0; round < rounds; ++round) {
      references.push_back(young.invite(crowd, milliseconds(2'000)).per_second);
      ours.push_back(grown.invite(crowd, milliseconds(2'000)).per_second);
      ratios.push_back(ours.back() / references.back());
    }
    found(growth, median(ratios), per_second(median(ours)), per_second(median(references)));
  }

  // ---- the reassignment under load ----

  static boost::json::object reassign(const MembershipId& from, std::uint64_t contacts,
                                      const std::vector<Allocation>& to) {
    const std::vector<KindPlan> plan{{RecordKind::contact, ReassignmentMode::ratio, to}};
    return {{"account", heavy_account().str()},
            {"from", from.text()},
            {"basis", to_json(RecordCounts{contacts, 0, 0})},
            {"plan", to_json(plan)}};
  }
  static bool working(const Served& served) {
    const auto snapshot = served.service().installation().log().state();
    return served.state(snapshot).meta().works > 0;
  }
  static void wait_until_done(const Served& served) {
    while (working(served)) std::this_thread::sleep_for(milliseconds(5));
  }

  void measure_reassignment() {
    constexpr double offered = 200;
    constexpr std::size_t connections = 16;
    const auto& ground = large();
    Served served(ground);
    const auto host = served.sign_in(*ground.heavy_owner);
    std::vector<Allocation> everybody;
    for (const auto& colleague : ground.colleagues) everybody.push_back({colleague, 1});
    const auto hand_out = [&] {
      served.post(host.headers, "ReassignRecords", reassign(ground.heavy_user, heavy_user_contacts, everybody));
    };
    const auto take_back = [&] {
      const auto held = quotas(ReassignmentMode::ratio, heavy_user_contacts, everybody);
      for (std::size_t i = 0; i < everybody.size(); ++i)
        served.post(host.headers, "ReassignRecords", reassign(everybody[i].to, held[i], {{ground.heavy_user, 1}}));
      wait_until_done(served);
    };
    // How long it takes under this load is how long the load of a round may last.
    double lasts = 0;
    std::thread([&] {
      lasts = seconds_of([&] {
        hand_out();
        wait_until_done(served);
      });
    }).join();
    take_back();

    const milliseconds duration(static_cast<std::int64_t>(std::clamp(lasts, 1.0, 8.0) * 1'000));
    std::vector<double> with, without, ratios;
    int ended_early = 0;
    for (int round = 0; round < rounds; ++round) {
      without.push_back(served.invite_and_register(connections, duration, offered).p99);
      hand_out();
      with.push_back(served.invite_and_register(connections, duration, offered).p99);
      if (!working(served)) ++ended_early;
      wait_until_done(served);
      take_back();
      ratios.push_back(with.back() / without.back());
    }
    found(reassignment, median(ratios), fmt::format("{:.1f} ms", median(with) / 1'000),
          fmt::format("{:.1f} ms", median(without) / 1'000));
    notes_.push_back(
        fmt::format("reassigning {} contacts to {} users takes {:.1f} s without load{}", grouped(heavy_user_contacts),
                    heavy_user_colleagues, lasts,
                    ended_early > 0 ? fmt::format("; it ended before the load in {} rounds", ended_early) : ""));
  }

  const BenchOptions& options_;
  fs::path scratch_;
  std::optional<Ground> large_;
  std::optional<Ground> small_;
  std::vector<Finding> findings_;
  std::vector<std::string> notes_;
};

void bench(const BenchOptions& options) {
  run_bench(options.data, options.json, [&](BenchReport& report) {
    Bench measuring(options);
    report.findings = measuring.run();
    report.notes = measuring.notes();
  });
}

}  // namespace

void add_bench(CLI::App& app) {
  auto options = std::make_shared<BenchOptions>();
  auto* command = app.add_subcommand("bench", "Measure this build against what the machine can do; about ten minutes");
  command->add_option("--data", options->data, "folder to work in, on the disk to be measured; removed afterwards")
      ->capture_default_str();
  command->add_option("--only", options->only, "one group of rows")
      ->check(CLI::IsMember({"verify", "rebuild", "users", "as-of", "start", "invite", "latency", "growth", "reassign",
                             "backup", "doors", "people"}));
  command->add_option("--json", options->json, "write the rows to this file as well");
  command->add_option("--events", options->events, "events of the large log")->capture_default_str();
  command->add_flag_callback(
      "--long", [options] { options->events = 10'000'000; }, "a large log of 10,000,000 events; takes most of an hour");
  add_bench_kafka(*command);
  command->callback([command, options] {
    if (command->get_subcommands().empty()) bench(*options);
  });
}

}  // namespace rollcall::tools
