// `rollcall verify`: proves a log from its entries up, then holds decision state and every read model against a replay.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "adapters/crypto/key_files.hpp"
#include "adapters/crypto/random.hpp"
#include "adapters/kafka/topic_check.hpp"
#include "adapters/rocksdb/keys.hpp"
#include "adapters/rocksdb/log.hpp"
#include "adapters/rocksdb/views.hpp"
#include "events/hash.hpp"
#include "projections/engine/rebuild.hpp"
#include "projections/views/views.hpp"
#include "tools/failure.hpp"
#include "tools/installation/installation.hpp"
#include "tools/installation/scratch.hpp"
#include "tools/installation/state_replay.hpp"
#include "tools/print/json_view.hpp"
#include "tools/print/progress.hpp"
#include "tools/prove/log_check.hpp"
#include "tools/server/publishing.hpp"
#include "tools/subcommands.hpp"

namespace rollcall::tools {
namespace {

struct VerifyOptions {
  std::string data = "data";
  std::string vkey;
  bool log_only = false;
  bool repair_state = false;
  bool json = false;
  KafkaOptions kafka;
};

// What was found, a line each as it is found, or for programs a JSON object each.
class Findings {
 public:
  explicit Findings(bool as_json) : as_json_(as_json) {}
  void ok(const std::string& text) const { tell("ok", text); }
  void bad(const std::string& text) const { tell("BAD", text); }
  void skip(const std::string& text) const { tell("skip", text); }
  void note(const std::string& text) const { tell("", text); }

 private:
  void tell(std::string_view result, const std::string& text) const {
    if (!as_json_) return fmt::print("{:<6}{}\n", result, text);
    print_json({{"result", result.empty() ? "note" : result == "BAD" ? "bad" : result}, {"text", text}});
  }

  bool as_json_;
};

VerifyingKey key_named(const std::string& text) {
  auto key = VerifyingKey::parse(text);
  if (!key) throw Failure("the verifying key: " + std::string{describe(key.error())});
  return std::move(*key);
}

void verify_log(const LogReader& log, const VerifyOptions& options, const Findings& tell) {
  Progress bar("hashing entries", log.size());
  const auto report = check_log(log, [&](Position done) { bar.update(done); });
  bar.finish();
  if (report.damage) throw Failure(*report.damage);
  tell.ok(fmt::format("{} entries hash to {} tiles and to the root {}", report.size, report.tiles,
                      to_hex(bytes_of(report.root))));

  if (report.keys.keys().empty()) throw Failure("entry 0 names no key that the log is signed by");
  const auto trusted = options.vkey.empty() ? report.keys.keys().front() : key_named(options.vkey);
  // The last one alone may have signed the whole; the others have said that it takes their place.
  const auto vkey = report.keys.holds(trusted) ? report.keys.keys().back() : trusted;
  if (vkey != trusted)
    tell.ok(fmt::format("the key {:08x} was replaced by its own word; now it is {:08x}", trusted.id(), vkey.id()));
  const auto note = log.checkpoint();
  if (!note) throw Failure("the log has no checkpoint");
  const auto checkpoint = open_checkpoint(*note, vkey);
  if (!checkpoint) throw Failure("the checkpoint: " + std::string{describe(checkpoint.error())});
  if (checkpoint->size != report.size)
    throw Failure(fmt::format("the checkpoint is over {} entries, the log has {}", checkpoint->size, report.size));
  if (checkpoint->root != report.root)
    throw Failure("the checkpoint's root " + to_hex(bytes_of(checkpoint->root)) + " is not that of the entries");
  tell.ok(fmt::format("checkpoint over {} entries, signed by {}", checkpoint->size, vkey.name()));
  if (options.vkey.empty())
    tell.note("the key came from the log's own entry 0: compare it with one you trust, or give it with --vkey");
}

DataKey wrapping_key(const DataFolder& folder) {
  if (!std::filesystem::exists(folder.wrapping_key()))
    throw Failure(folder.wrapping_key().string() + " is not there: without keys only `verify --log` can run");
  return read_wrapping_key(folder);
}

void verify_state(const LogReader& log, KeyStore& keys, const std::filesystem::path& scratch, const Findings& tell) {
  const auto present = log.state();
  Progress bar("replaying decision state", present.size);
  StateReplay replay(scratch);
  replay.run(log, keys, Claims(keys.secret("claims")), present.size,
             [&](Position done, Position) { bar.update(done); });
  bar.finish();
  const auto replayed = replay.state();
  const auto actual = digest_of(*present.rows);
  if (actual != replayed.progress.digest)
    throw Failure("decision state differs from its replay: rollcall verify --repair-state puts it right",
                  first_differences(*present.rows, *replayed.rows));
  if (actual != present.digest) throw Failure("the digest kept with decision state is not that of its rows");
  tell.ok(fmt::format("decision state: {} rows equal their replay, digest {}", actual.rows, actual.text()));
}

// Folds the events before `up_to` into rows in memory.
class MemoryView final : public ViewStore {
 public:
  explicit MemoryView(std::uint32_t version) { progress_.version = version; }
  Snapshot snapshot() const override { return {std::make_shared<MemoryRows>(rows_), progress_}; }
  void commit(const RowChanges& changes, const Progress& progress) override {
    rows_.apply(changes);
    progress_ = progress;
  }

 private:
  MemoryRows rows_;
  Progress progress_;
};

// Entry 0 names the log.
std::string origin_of(const LogReader& log) {
  const auto entry = log.entry(0);
  if (!entry) throw Failure("the log is empty");
  const auto first = decode_entry(*entry, nullptr);
  const auto* created = get_if<LogCreated>(&first.event);
  if (!created) throw Failure("entry 0 is not LogCreated");
  return created->origin;
}

bool verify_topics(const kafka::TopicCheck& check, const LogReader& log, const KeyRing& keys,
                   const KafkaOptions& options, const Findings& tell) {
  const auto personal = personal_data_of(options);
  const auto* opens = personal == PersonalData::clear ? &keys : nullptr;
  Progress bar("reading " + options.topics.events, check.offsets());
  const auto events = check.check_events(log, opens, origin_of(log), [&](std::uint64_t done) { bar.update(done); });
  bar.finish();
  bool good = !events.difference;
  if (!good)
    tell.bad(fmt::format("{}: {}", options.topics.events, *events.difference));
  else if (events.first > 0)
    tell.ok(fmt::format("{}: {} events, from {} to {}, are those of the log; older ones the topic has let go",
                        options.topics.events, events.messages, events.first, events.size));
  else
    tell.ok(
        fmt::format("{} is the log up to {}: no gap, no duplicate, order kept", options.topics.events, events.size));

  const auto topic = check.read_users();
  MemoryView fresh(projections::users.version);
  projections::Projector projector(log, keys);
  projector.feed(projections::users, fresh);
  projector.catch_up(topic.size);
  const auto users = kafka::compare_users(topic, *fresh.snapshot().rows, personal);
  if (users.difference) {
    tell.bad(fmt::format("{}: {}", options.topics.users, *users.difference));
    return false;
  }
  tell.ok(fmt::format("{}: {} rows are the Users list as of {}", options.topics.users, users.rows, users.size));
  return good;
}

bool verify_view(const projections::Projection& projection, const ViewStore::Snapshot& present, const LogReader& log,
                 const KeyRing& keys, const Findings& tell) {
  if (present.progress.version != projection.version) {
    tell.skip(fmt::format("{}: written by version {} of its fold, this is {}; serve makes it anew", projection.name,
                          present.progress.version, projection.version));
    return true;
  }
  Progress bar("replaying " + std::string{projection.name}, present.progress.applied);
  MemoryView fresh(projection.version);
  const auto built = projections::rebuild(projection, log, keys, fresh, present.progress.applied, [&](Position done) {
    bar.update(done);
    return true;
  });
  if (built) bar.update(built->applied);
  bar.finish();
  if (!built) {
    tell.bad(fmt::format("{}: cannot be replayed past {}: {}", projection.name, built.error().position,
                         built.error().reason));
    return false;
  }
  const auto replayed = fresh.snapshot();
  const auto actual = digest_of(*present.rows);
  if (actual == replayed.progress.digest && actual == present.progress.digest) {
    tell.ok(fmt::format("{}: {} rows at {} equal their replay, digest {}", projection.name, actual.rows,
                        present.progress.applied, actual.text()));
    return true;
  }
  tell.bad(
      fmt::format("{} differs from its replay: rollcall rebuild {} makes it anew", projection.name, projection.name));
  for (const auto& one : projections::differences(*present.rows, *replayed.rows, 20))
    tell.note(projection.row_name(one.key));
  return false;
}

void repair_state(const VerifyOptions& options, const Findings& tell) {
  const SystemClock clock;
  std::optional<Progress> bar;
  InstallationOptions installing;
  installing.folder = options.data;
  installing.must_exist = true;
  Installation installation(installing, clock);
  auto& log = installation.log();
  bar.emplace("replaying decision state", log.size());
  const Scratch scratch;
  StateReplay replay(scratch / "state");
  replay.run(log, installation.keys(), installation.claims(), log.size(),
             [&](Position done, Position) { bar->update(done); });
  bar->finish();
  tell.ok(fmt::format("decision state put right: {} rows changed", correct_state(log, replay.state())));
}

// A cluster that does not answer for so long is not there.
kafka::Wanted soon(const std::string& brokers) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  return [until, brokers] {
    if (std::chrono::steady_clock::now() > until) throw Failure("no Kafka broker answers at " + brokers);
    return true;
  };
}

void verify(const VerifyOptions& options) {
  start_crypto();
  const Findings tell(options.json);
  if (options.repair_state) return repair_state(options, tell);
  const DataFolder folder{options.data};
  if (!std::filesystem::exists(folder.format())) require_installation(folder);  // what is damaged is still looked at
  const Scratch scratch;
  // Views first, then the log, then the keys: each is at least as far as the one before.
  std::vector<std::pair<const projections::Projection*, ViewStore::Snapshot>> views;
  if (!options.log_only)
    for (const auto* projection : projections::all_projections())
      if (std::filesystem::exists(folder.views() / (std::string{projection->name} + ".current")))
        views.emplace_back(projection,
                           read_view_beside(folder.views(), projection->name, scratch / std::string{projection->name}));
  std::optional<kafka::TopicCheck> topics;
  if (!options.kafka.brokers.empty())
    topics.emplace(kafka_settings(options.kafka), options.kafka.topics, soon(options.kafka.brokers));
  const auto log = open_log_beside(folder.log(), scratch / "log");
  if (topics) {
    const auto keys = open_keys_beside(folder.keys(), scratch / "keys", wrapping_key(folder));
    if (!verify_topics(*topics, *log, *keys, options.kafka, tell)) throw Unsuccessful{};
    return;
  }
  verify_log(*log, options, tell);
  if (options.log_only) return;
  for (const auto& [projection, present] : views)
    if (present.progress.applied > log->size())
      throw Failure(
          fmt::format("the log ends at {}, but the read model {} has seen {} events: the end of the log is lost",
                      log->size(), projection->name, present.progress.applied));

  const auto keys = open_keys_beside(folder.keys(), scratch / "keys", wrapping_key(folder));
  verify_state(*log, *keys, scratch / "state", tell);
  bool good = true;
  for (const auto& [projection, present] : views) good = verify_view(*projection, present, *log, *keys, tell) && good;
  if (views.empty()) tell.skip("read models: none are there yet, serve makes them");
  if (!good) throw Unsuccessful{};
}

}  // namespace

void add_verify(CLI::App& app) {
  auto options = std::make_shared<VerifyOptions>();
  auto* command = app.add_subcommand(
      "verify", "Re-hash every entry up to the signed checkpoint; hold state and views against a replay");
  command->add_option("--data", options->data, "the data folder; a server may be running on it, or it may be a copy")
      ->envname("ROLLCALL_DATA")
      ->capture_default_str();
  command->add_flag("--log", options->log_only, "the log alone: needs no keys");
  command->add_option("--vkey", options->vkey, "the verifying key you trust; default the one in entry 0");
  command->add_flag("--repair-state", options->repair_state,
                    "with the server stopped: put decision state right by its replay");
  command
      ->add_option("--kafka", options->kafka.brokers,
                   "host:port,… of Kafka brokers: instead of all else, whether the topics are what the log says")
      ->envname("ROLLCALL_KAFKA");
  command->add_flag("--json", options->json, "print a JSON object for each finding");
  add_topic_options(*command, options->kafka);
  command->callback([options] { verify(*options); });
}

}  // namespace rollcall::tools
