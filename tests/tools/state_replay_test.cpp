// Decision state made anew from the log: of another version when a folder is opened, wherever a crash left it.
#include "tools/installation/state_replay.hpp"

#include <map>
#include <utility>
#include <vector>

#include "adapters/crypto/random.hpp"
#include "domain/engine/tables.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/tools/program.hpp"
#include "tools/town/workload.hpp"

namespace rollcall::tools {
namespace {

struct Past {
  explicit Past(std::uint64_t seed = 7) {
    start_crypto();
    WorkloadOptions options;
    options.seed = seed;
    options.ends = Time::parse("2026-06-01T00:00:00Z").value();
    options.events_max = 3'000;
    const auto installation = found_for(folder / "data", options);
    Workload workload(*installation, options);
    workload.settle(3, 0.01);
    workload.run();
    digest = installation->log().state().digest;
    size = installation->log().size();
  }

  std::unique_ptr<Installation> opened() {
    InstallationOptions options{.folder = folder / "data"};
    options.must_exist = true;
    options.replaying = [this](Position done, Position) { replayed = done; };
    return std::make_unique<Installation>(options, clock);
  }

  // The state as another version, or a migration that was killed, would leave it.
  void change_state(const RowChanges& changes) {
    const auto log = open_log(folder / "data" / "log", {});
    log->correct_state(changes, digest);
  }

  void check_migrated() {
    replayed = 0;
    const auto installation = opened();
    CHECK(replayed == size);
    const auto state = installation->log().state();
    CHECK(state.digest == digest);
    CHECK(digest_of(*state.rows) == digest);
    CHECK_FALSE(std::filesystem::exists(installation->folder().migrating()));
  }

  TemporaryFolder folder;
  SystemClock clock;
  RowsDigest digest;
  Position size = 0;
  Position replayed = 0;
};

// The key of the first row of a table.
std::string first_key(const Rows& rows, char table) {
  std::string found;
  rows.scan(std::string(1, table), {}, [&](std::string_view key, std::string_view) {
    found = key;
    return false;
  });
  return found;
}

}  // namespace

TEST_CASE("state of this version is not replayed") {
  Past past;
  const auto installation = past.opened();
  CHECK(past.replayed == 0);
  CHECK(installation->log().state().digest == past.digest);
}

TEST_CASE("state of another version becomes what the log says, whatever rows it has") {
  Past past;
  std::string lost;
  {
    const auto state = past.opened();
    lost = first_key(*state->log().state().rows, 'a');
  }
  REQUIRE_FALSE(lost.empty());
  past.change_state({{VersionRow::key().str(), "of old"}, {"zzz", "a table that is no more"}, {lost, std::nullopt}});
  past.check_migrated();
}

TEST_CASE("the difference of two sets of rows is each row that is missing, other or too many, however many there are") {
  MemoryRows rows, wanted;
  RowChanges present, expected;
  std::map<std::string, std::optional<std::string>> known;
  for (int i = 0; i < 12'000; ++i) {
    const auto key = std::to_string(100'000 + i);
    if (i % 5 != 0) present.emplace(key, "same");
    if (i % 7 != 0) expected.emplace(key, i % 11 == 0 ? "other" : "same");
    if (i % 7 == 0 && i % 5 != 0) known[key] = std::nullopt;
    if (i % 7 != 0 && (i % 5 == 0 || i % 11 == 0)) known[key] = i % 11 == 0 ? "other" : "same";
  }
  rows.apply(present);
  wanted.apply(expected);
  std::map<std::string, std::optional<std::string>> found;
  for_each_difference(rows, wanted, [&](std::string_view key, std::optional<std::string> value) {
    CHECK(found.emplace(key, std::move(value)).second);
  });
  CHECK(found == known);
  std::size_t none = 0;
  for_each_difference(wanted, wanted, [&](std::string_view, const std::optional<std::string>&) { ++none; });
  CHECK(none == 0);
}

TEST_CASE("a migration that was killed while it wrote is done again") {
  Past past;
  std::filesystem::create_directories(past.folder / "data" / "migrating" / "state-0001");
  past.change_state({{VersionRow::key().str(), std::nullopt}, {"aaa", "written by half"}});
  past.check_migrated();
  past.replayed = 0;
  past.opened();
  CHECK(past.replayed == 0);
}

TEST_CASE("a replay goes on where an earlier one ended, if that was of this log") {
  Past past;
  const auto here = past.opened();
  const auto replay = [&](const Installation& of, Position up_to) {
    std::vector<Position> seen;
    StateReplay state(past.folder / "replay");
    state.run(of.log(), of.keys(), of.claims(), up_to, [&](Position done, Position total) {
      CHECK(total == up_to);
      seen.push_back(done);
    });
    CHECK(state.state().progress.applied == up_to);
    return std::pair{seen, state.state().progress.digest};
  };
  replay(*here, 1'000);
  CHECK(replay(*here, 1'000).first.empty());
  CHECK(replay(*here, past.size) == std::pair{std::vector{past.size}, past.digest});
  // What has seen more than there is to see is begun anew, as is what followed another log.
  CHECK(replay(*here, 900).first == std::vector<Position>{900});
  Past another(8);
  CHECK(replay(*another.opened(), 900).first == std::vector<Position>{900});
}

TEST_CASE("migrate prepares state of another version beside whoever has the folder, and the next start does the rest") {
  Past past;
  past.change_state({{VersionRow::key().str(), "of old"}});
  const testing::Folder home;
  const auto migrate = [&] {
    const auto outcome = testing::Program{home}.run({"migrate", "--data", (past.folder / "data").string(), "--json"});
    INFO(outcome.err);
    CHECK(outcome.code == 0);
    return boost::json::parse(outcome.out).as_object();
  };
  {
    // It reads beside the process that has the log, whose rows are not touched.
    const auto log = open_log(past.folder / "data" / "log", {});
    const auto prepared = migrate();
    CHECK(prepared.at("needed") == true);
    CHECK(prepared.at("prepared") == past.size);
    CHECK(log->state().rows->find(VersionRow::key().str()) == "of old");
  }
  const auto installation = past.opened();
  CHECK(past.replayed == 0);
  CHECK(digest_of(*installation->log().state().rows) == past.digest);
  CHECK_FALSE(std::filesystem::exists(installation->folder().migrating()));
  CHECK(migrate().at("needed") == false);
}

TEST_CASE("a folder of a replay is one process's alone") {
  const TemporaryFolder folder;
  const StateReplay first(folder / "replay");
  CHECK_THROWS_AS(StateReplay(folder / "replay"), FolderInUse);
}

}  // namespace rollcall::tools
