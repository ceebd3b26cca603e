// `rollcall rebuild`: a read model anew from the log, on the running server, which goes on serving.
#include <algorithm>
#include <chrono>
#include <memory>
#include <string_view>
#include <thread>

#include <fmt/format.h>

#include "projections/views/views.hpp"
#include "tools/client/remote.hpp"
#include "tools/print/json_view.hpp"
#include "tools/print/progress.hpp"
#include "tools/print/table.hpp"
#include "tools/print/text.hpp"
#include "tools/subcommands.hpp"

namespace rollcall::tools {
namespace {

constexpr std::chrono::milliseconds poll_pause{200};
constexpr std::size_t differences_shown = 20;

struct RebuildOptions {
  RemoteOptions remote;
  std::string view;
  bool accept_differences = false;
};

// The newest rebuild of each of these views; the server remembers all there ever were since it started.
std::vector<json::value> newest_of(const json::value& answer, const json::array& views) {
  const auto& all = elements(answer, "rebuilds");
  std::vector<json::value> newest;
  for (const auto& view : views) {
    const auto found =
        std::find_if(all.rbegin(), all.rend(), [&](const json::value& one) { return member(one, "view") == view; });
    if (found == all.rend()) throw Failure(fmt::format("the server knows of no rebuild of {}", shown(view)));
    newest.push_back(*found);
  }
  return newest;
}

bool is_running(const json::value& rebuild) { return text_of(member(rebuild, "state")) == "running"; }

// Looks again and again until none is running.
std::vector<json::value> wait_for(Remote& remote, const json::array& views) {
  Progress bar{fmt::format("rebuilding {}", views.size() == 1 ? shown(views[0]) : "all views"), 0};
  for (;;) {
    auto rebuilds = newest_of(remote.get("/v1/rebuilds"), views);
    std::uint64_t done = 0, total = 0;
    for (const auto& rebuild : rebuilds) {
      done += number_of(member(rebuild, "done"));
      total += number_of(member(rebuild, "total"));
    }
    bar.update(done, total);
    if (std::none_of(rebuilds.begin(), rebuilds.end(), is_running)) {
      bar.finish();
      return rebuilds;
    }
    std::this_thread::sleep_for(poll_pause);
  }
}

void print_results(const std::vector<json::value>& rebuilds) {
  Table table{{{"VIEW", Column::Kind::whole},
               {"RESULT", Column::Kind::whole},
               {"EVENTS", Column::Kind::number},
               {"DIGEST BEFORE"},
               {"DIGEST NOW"}}};
  for (const auto& rebuild : rebuilds)
    table.add({shown(rebuild, "view"), shown(rebuild, "state"), shown(rebuild, "done"), shown(rebuild, "digest_old"),
               shown(rebuild, "digest_new")});
  table.print();
  for (const auto& rebuild : rebuilds) {
    const auto note = shown(rebuild, "note");
    if (!note.empty()) fmt::print("\n{}: {}\n", shown(rebuild, "view"), printable(note));
    const auto& differences = elements(rebuild, "differences");
    if (differences.empty()) continue;
    fmt::print("\n{} differed in:\n", shown(rebuild, "view"));
    for (std::size_t i = 0; i < std::min(differences.size(), differences_shown); ++i)
      fmt::print("  {}\n", printable(shown(differences[i])));
    if (differences.size() > differences_shown)
      fmt::print("  … and {} more (--json has them all)\n", differences.size() - differences_shown);
  }
}

void rebuild(const RebuildOptions& options) {
  Remote remote(options.remote);
  const json::object order{{"view", options.view}, {"accept_differences", options.accept_differences}};
  json::array views{options.view};
  if (options.view == "all") {
    views.clear();
    for (const auto* projection : projections::all_projections()) views.emplace_back(projection->name);
    views.emplace_back("state");
  }
  (void)remote.post("/v1/commands/OrderRebuild", order);
  const auto rebuilds = wait_for(remote, views);
  if (options.remote.json)
    print_json(json::object{{"rebuilds", json::array(rebuilds.begin(), rebuilds.end())}});
  else
    print_results(rebuilds);

  const auto ended_as = [&](std::string_view state) {
    return std::any_of(rebuilds.begin(), rebuilds.end(),
                       [&](const json::value& rebuild) { return text_of(member(rebuild, "state")) == state; });
  };
  if (ended_as("failed")) throw Failure("a rebuild failed; the view serves as it was");
  if (ended_as("kept"))
    throw Failure(
        "a rebuilt view differs from the one that serves, which was kept: --accept-differences takes the new");
}

}  // namespace

void add_rebuild(CLI::App& app) {
  auto& command = *app.add_subcommand("rebuild", "Build a read model anew on the running server and compare the two");
  auto options = std::make_shared<RebuildOptions>();
  command
      .add_option("view", options->view,
                  "users, account-central, profiles, invitations, assignments, scopes, state (compared only), or all")
      ->required()
      ->type_name("VIEW");
  command.add_flag("--accept-differences", options->accept_differences, "take the new one even if it differs");
  add_remote_options(command, options->remote);
  command.callback([options] { rebuild(*options); });
}

}  // namespace rollcall::tools
