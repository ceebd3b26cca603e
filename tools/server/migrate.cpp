// `rollcall migrate`: prepares decision state for this version of Rollcall while a server of another one goes on with
// its work; the start of this version then has only the rest to do.
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "adapters/crypto/random.hpp"
#include "adapters/rocksdb/keys.hpp"
#include "adapters/rocksdb/log.hpp"
#include "domain/engine/tables.hpp"
#include "events/archive.hpp"
#include "tools/failure.hpp"
#include "tools/installation/scratch.hpp"
#include "tools/installation/state_replay.hpp"
#include "tools/print/json_view.hpp"
#include "tools/print/progress.hpp"
#include "tools/print/text.hpp"
#include "tools/subcommands.hpp"

namespace rollcall::tools {
namespace {

struct MigrateOptions {
  std::string data = "data";
  bool json = false;
};

void migrate(const MigrateOptions& options) {
  start_crypto();
  const DataFolder folder{options.data};
  require_installation(folder);
  const Scratch scratch;
  const auto log = open_log_beside(folder.log(), scratch / "log");
  const auto keys = open_keys_beside(folder.keys(), scratch / "keys", read_wrapping_key(folder));
  const auto size = log->size();
  const bool needed = !is_of_this_version(*log);
  if (needed) {
    Progress bar("replaying decision state", size);
    StateReplay replay(folder.migrating());
    replay.run(*log, *keys, Claims(keys->secret("claims")), size, [&](Position done, Position) { bar.update(done); });
    bar.finish();
  }
  if (options.json) return print_json({{"needed", needed}, {"prepared", needed ? size : 0}, {"size", size}});
  if (needed)
    fmt::print(
        "Decision state is prepared up to event {}: stop the server and start this version, which does the rest.\n",
        grouped(size));
  else
    fmt::print("Decision state is of this version: there is nothing to prepare.\n");
}

}  // namespace

void add_migrate(CLI::App& app) {
  auto options = std::make_shared<MigrateOptions>();
  auto& command = *app.add_subcommand(
      "migrate", "Before an upgrade, beside the running server: prepare decision state for this version");
  command.add_option("--data", options->data, "the data folder")->envname("ROLLCALL_DATA")->capture_default_str();
  command.add_flag("--json", options->json, "as JSON");
  command.callback([options] { migrate(*options); });
}

}  // namespace rollcall::tools
