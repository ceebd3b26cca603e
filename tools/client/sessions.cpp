// `rollcall sessions`: where somebody is signed in, and ending that.
#include <array>
#include <memory>

#include <fmt/format.h>

#include "tools/client/listing.hpp"
#include "tools/print/json_view.hpp"
#include "tools/print/text.hpp"
#include "tools/subcommands.hpp"

namespace rollcall::tools {
namespace {

using projections::ListColumn;

constexpr std::array columns{ListColumn{"SESSION", "session", ListColumn::Kind::whole, "current", "this one"},
                             ListColumn{"ACCOUNT", "account"},
                             ListColumn{"STARTED", "started_at", ListColumn::Kind::time},
                             ListColumn{"LAST SEEN", "last_seen", ListColumn::Kind::time},
                             ListColumn{"EXPIRES", "expires_at", ListColumn::Kind::time},
                             ListColumn{"FROM", "ip"},
                             ListColumn{"DEVICE", "device"}};

struct SessionsOptions {
  QueryOptions query;
  std::string end;
  bool end_all = false;
};

void end_sessions(const SessionsOptions& options) {
  Remote remote(options.query.remote);
  json::object body;
  for (const auto& [name, text] : options.query.given)
    if (name == "email" && !text.empty()) body["email"] = text;
  if (!options.end.empty()) body = {{"session", options.end}};
  const auto answer = remote.post(options.end.empty() ? "/v1/commands/EndSessions" : "/v1/commands/EndSession", body);
  if (options.query.remote.json) return print_json(answer);
  std::size_t ended = 0;
  for (const auto& event : elements(answer, "events")) {
    const auto& sessions = member(member(event, "data"), "sessions");
    ended += sessions.is_array() ? sessions.as_array().size() : 1;
  }
  fmt::print("{} session{} ended\n", ended, ended == 1 ? "" : "s");
}

void list_sessions(const SessionsOptions& options) {
  Remote remote(options.query.remote);
  const auto answer = fetch_list(remote, "/v1/sessions", options.query, "sessions");
  if (options.query.remote.json) return print_json(answer);
  print_list(answer, "sessions", columns, true);
}

}  // namespace

void add_sessions(CLI::App& app) {
  auto& command = *app.add_subcommand("sessions", "Show where you are signed in, and end what should not be");
  auto options = std::make_shared<SessionsOptions>();
  auto& given = options->query.given;
  command.add_option("--email", given["email"], "a person's e-mail address (the operator only); default you");
  command.add_option("--limit", given["limit"], "sessions of a page; default 50")->check(CLI::Range(1U, 200U));
  command.add_option("--cursor", given["cursor"], "`next` of the page before");
  auto* const end = command.add_option("--end", options->end, "end this session (ses_…)")->type_name("SESSION");
  command.add_flag("--end-all", options->end_all, "end all of them but the one you are in")->excludes(end);
  add_common_options(command, options->query, true);
  command.callback([options] {
    if (options->end_all || !options->end.empty()) return end_sessions(*options);
    list_sessions(*options);
  });
}

}  // namespace rollcall::tools
