// `rollcall log`: the events of the log, and those to come.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <thread>

#include <fmt/format.h>

#include "tools/client/remote.hpp"
#include "tools/print/event_view.hpp"
#include "tools/print/json_view.hpp"
#include "tools/print/terminal.hpp"
#include "tools/subcommands.hpp"

namespace rollcall::tools {
namespace {

constexpr std::uint64_t page_events = 500;
constexpr std::string_view wait_seconds = "25";  // of a long poll; the server waits 30 at most

struct LogOptions {
  RemoteOptions remote;
  std::uint64_t from = 0;
  std::uint64_t limit = 0;  // 0: all
  std::string account;
  std::string type;
  bool follow = false;
  bool ids = false;
};

// Who follows goes on following when the server was away: that is told once, and the server asked again and again.
json::value asked(Remote& remote, bool goes_on, const std::string& target) {
  for (bool told = false;; told = true) {
    try {
      return remote.get(target);
    } catch (const Refused& refused) {
      if (!goes_on || refused.status() != 503) throw;
    } catch (const Failure& failure) {
      if (!goes_on) throw;
      if (!told) fmt::print(stderr, "{}: waiting for the server\n", failure.what());
    }
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
}

void show(const LogOptions& options) {
  Remote remote(options.remote);
  const EventLook look{columns_available(Stream::output), options.ids, has_colours(Stream::output)};
  std::uint64_t printed = 0;
  bool began = false;
  for (auto from = options.from;;) {
    const auto wanted = options.limit == 0 ? page_events : std::min(page_events, options.limit - printed);
    const auto answer = asked(remote, options.follow && began,
                              target_of({"v1", "events"}, {{"from", fmt::to_string(from)},
                                                           {"account", options.account},
                                                           {"type", options.type},
                                                           {"limit", fmt::to_string(wanted)},
                                                           {"names", options.remote.json ? "" : "true"},
                                                           {"wait", options.follow ? std::string{wait_seconds} : ""}}));
    began = true;
    const Names names(answer);
    for (const auto& event : elements(answer, "events")) {
      if (options.remote.json)
        print_json(event);
      else
        fmt::print("{}", event_card(event, names, look));
      if (++printed == options.limit) return;
    }
    std::fflush(stdout);
    const auto next = number_of(member(answer, "next"));
    // A page may be empty before the end, but it always leads on.
    const bool at_end = member(answer, "at_end") != false || next <= from;
    if (at_end && !options.follow) return;
    from = std::max(from, next);
  }
}

}  // namespace

void add_log(CLI::App& app) {
  auto& command = *app.add_subcommand("log", "Print the events of the log, and with --follow those to come");
  auto options = std::make_shared<LogOptions>();
  command.add_option("--from", options->from, "begin at this position")->type_name("N");
  command.add_option("--limit", options->limit, "print at most so many events")->type_name("N");
  command.add_option("--account", options->account, "only those of this account");
  command.add_option("--type", options->type, "only those of this type, e.g. PartnerInvited");
  command.add_flag("--follow", options->follow, "go on with new events as they happen, until interrupted");
  command.add_flag("--ids", options->ids, "all that the events have, ids as they are");
  add_remote_options(command, options->remote);
  command.callback([options] { show(*options); });
}

}  // namespace rollcall::tools
