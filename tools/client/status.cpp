// `rollcall status`: how a running server is, on one screen; --json has it all.
#include <algorithm>
#include <array>
#include <memory>

#include <fmt/format.h>

#include "tools/client/remote.hpp"
#include "tools/print/json_view.hpp"
#include "tools/print/table.hpp"
#include "tools/print/terminal.hpp"
#include "tools/print/text.hpp"
#include "tools/subcommands.hpp"

namespace rollcall::tools {
namespace {

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 5> units{"bytes", "KiB", "MiB", "GiB", "TiB"};
  auto size = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; size >= 1024 && unit + 1 < units.size(); ++unit) size /= 1024;
  return fmt::format("{:.{}f} {}", size, unit == 0 ? 0 : 1, units[unit]);
}

// What stands in a follower's way, whatever kind it is.
std::string trouble_of(const json::value& follower) {
  if (const auto& stopped = member(follower, "stopped"); stopped.is_object())
    return fmt::format("stopped at {}: {}", shown(stopped, "position"), shown(stopped, "reason"));
  std::string text{text_of(member(follower, "trouble"))};
  if (const auto parked = number_of(member(member(follower, "parked"), "count")); parked > 0)
    text += fmt::format("{}{} letters wait to be tried again", text.empty() ? "" : "; ", grouped(parked));
  return text;
}

void print_followers(const json::value& status) {
  Table table{{{"FOLLOWER", Column::Kind::whole},
               {"HAS DONE", Column::Kind::number},
               {"BEHIND", Column::Kind::number},
               {"ROWS", Column::Kind::number},
               {"TROUBLE"}}};
  for (const auto& follower : elements(status, "followers"))
    table.add({shown(follower, "name"), shown(follower, "applied"), shown(follower, "lag"), shown(follower, "rows"),
               trouble_of(follower)});
  table.print();
}

void print_kafka(const json::value& kafka) {
  if (!kafka.is_object()) return;
  fmt::print("kafka       {}: {} published to {}, {} behind\n", printable(shown(kafka, "state")),
             shown(kafka, "published"), printable(shown(kafka, "topic")), shown(kafka, "lag_events"));
  if (const auto trouble = trouble_of(kafka); !trouble.empty()) fmt::print("            {}\n", printable(trouble));
  for (const auto& warning : elements(kafka, "warnings")) fmt::print("            {}\n", printable(text_of(warning)));
}

// The checkpoint's lines up to its signature: origin, size, root.
void print_checkpoint(const json::value& status) {
  std::string_view text = text_of(member(status, "checkpoint"));
  for (const auto title : {"origin", "size", "root"}) {
    const auto end = std::min(text.find('\n'), text.size());
    fmt::print("{:<12}{}\n", title, printable(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  // Too wide for most terminals, and copied as it is: on a line of its own.
  fmt::print("vkey\n{}\n", printable(text_of(member(status, "vkey"))));
}

void show(const RemoteOptions& options) {
  Remote remote(options);
  const auto status = remote.get("/v1/status");
  if (options.json) return print_json(status);
  const bool colours = has_colours(Stream::output);
  const auto why = text_of(member(status, "why_not_ready"));
  if (why.empty())
    fmt::print("{}", inked("ready", Ink::bold, colours));
  else
    fmt::print("{}", inked(printable(fmt::format("not ready: {}", why)), Ink::red, colours));
  fmt::print(" · up {} since {} · rollcall {}\n\n",
             clock_text(static_cast<double>(number_of(member(status, "uptime_seconds")))), shown(status, "started_at"),
             shown(status, "version"));
  print_checkpoint(status);
  const auto& disk = member(status, "disk");
  fmt::print("{:<12}log {}, {} of it entries; {} free\n", "disk", bytes_text(number_of(member(disk, "log_bytes"))),
             bytes_text(number_of(member(disk, "entry_bytes"))), bytes_text(number_of(member(disk, "free_bytes"))));
  fmt::print("{:<12}{} since the start, in {} batches, {} queued\n", "commands", shown(status, "commands"),
             shown(status, "batches"), shown(status, "queued"));
  const auto& feed = member(status, "feed");
  const auto trouble = text_of(member(feed, "trouble"));
  fmt::print("{:<12}{} subscribers, {} cut off{}{}\n", "feed", shown(feed, "subscribers"), shown(feed, "cut_off"),
             trouble.empty() ? "" : ": ", printable(trouble));
  print_kafka(member(status, "kafka"));
  fmt::print("\n");
  print_followers(status);
}

}  // namespace

void add_status(CLI::App& app) {
  auto& command = *app.add_subcommand("status", "Show the server's log, checkpoint, followers, disk and uptime");
  auto options = std::make_shared<RemoteOptions>();
  add_remote_options(command, *options);
  command.callback([options] { show(*options); });
}

}  // namespace rollcall::tools
