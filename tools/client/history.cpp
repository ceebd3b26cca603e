// `rollcall history`: all that ever happened to one user.
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "tools/client/remote.hpp"
#include "tools/print/event_view.hpp"
#include "tools/print/json_view.hpp"
#include "tools/print/terminal.hpp"
#include "tools/subcommands.hpp"

namespace rollcall::tools {
namespace {

constexpr std::uint32_t page_events_max = 1000;  // of the server

struct HistoryOptions {
  RemoteOptions remote;
  std::string account;
  std::string user;
  std::optional<std::uint64_t> before;
  std::string at;
  std::uint32_t limit = 0;  // 0: all
  bool ids = false;
  std::optional<std::uint64_t> min_position;
};

// The server gives the latest page first, each in the order in which things happened.
json::value fetch_history(const HistoryOptions& options) {
  Remote remote(options.remote);
  const auto user = user_named(remote, options.account, options.user, options.at);
  json::array events, names;
  auto before = options.before ? json::value(*options.before) : json::value(nullptr);
  do {
    const auto limit = options.limit == 0 ? page_events_max : options.limit;
    const Parameters page{{"before", before.is_null() ? "" : fmt::to_string(number_of(before))},
                          {"limit", fmt::to_string(limit)},
                          {"at", options.at},
                          {"names", options.remote.json ? "" : "true"}};
    const auto answer = remote.get(target_of({"v1", "accounts", options.account, "users", user, "history"}, page),
                                   options.min_position);
    const auto& earlier = elements(answer, "events");
    events.insert(events.begin(), earlier.begin(), earlier.end());
    for (const auto& name : elements(answer, "names")) names.push_back(name);
    before = member(answer, "before");
  } while (options.limit == 0 && !before.is_null());
  return json::object{{"events", std::move(events)}, {"before", before}, {"names", std::move(names)}};
}

void show(const HistoryOptions& options) {
  const auto history = fetch_history(options);
  if (options.remote.json) return print_json(history);
  const Names names(history);
  const EventLook look{columns_available(Stream::output), options.ids, has_colours(Stream::output)};
  for (const auto& event : elements(history, "events")) fmt::print("{}", event_card(event, names, look));
  const auto& before = member(history, "before");
  if (!before.is_null()) fmt::print("\nThere is more: --before {} shows what came earlier.\n", number_of(before));
}

}  // namespace

void add_history(CLI::App& app) {
  auto& command = *app.add_subcommand("history", "Print all that ever happened to a user, from the invitation on");
  auto options = std::make_shared<HistoryOptions>();
  command.add_option("account", options->account, "app id")->required()->type_name("ACCOUNT");
  command.add_option("user", options->user, "the user (usr_…) or their address")->required()->type_name("USER");
  command.add_option("--limit", options->limit, "only the latest so many events")
      ->check(CLI::Range(1U, page_events_max))
      ->type_name("N");
  command.add_option("--before", options->before, "only what happened before this position of the log")->type_name("N");
  command.add_option("--at", options->at, "as it was then: a position of the log or an RFC 3339 instant, inclusive")
      ->type_name("MOMENT");
  command.add_flag("--ids", options->ids, "all that the events have, ids as they are");
  command.add_option("--min-position", options->min_position, "wait until this position of the log is to be seen here")
      ->type_name("N");
  add_remote_options(command, options->remote);
  command.callback([options] { show(*options); });
}

}  // namespace rollcall::tools
