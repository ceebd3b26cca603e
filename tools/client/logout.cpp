// `rollcall logout`: ends the session that `rollcall login` keeps.
#include <memory>

#include <fmt/format.h>

#include "tools/client/bearer.hpp"
#include "tools/client/remote.hpp"
#include "tools/print/json_view.hpp"
#include "tools/subcommands.hpp"

namespace rollcall::tools {
namespace {

// The file forgets the session even when the server knows it no more. Whatever else the server says, it stays: then
// it may still be alive.
void log_out(const RemoteOptions& options) {
  const KeptSessions sessions{KeptSessions::default_file()};
  const auto kept = sessions.find(server_name(options.server));
  if (!kept) throw Failure(fmt::format("there is no session for {}", server_name(options.server)));

  Remote remote(options, Bearer{Bearer::Kind::session, kept->token, "the kept session"});
  std::string_view outcome = "signed out";
  try {
    remote.post("/v1/commands/EndSession", json::object{});
  } catch (const Refused& refused) {
    if (refused.status() != 401 && refused.status() != 404) throw;
    outcome = "the session had ended already";
  }
  sessions.forget(kept->server);
  if (options.json) return print_json({{"session", kept->session}, {"outcome", outcome}});
  fmt::print("{}\n", outcome);
}

}  // namespace

void add_logout(CLI::App& app) {
  auto& command = *app.add_subcommand("logout", "Sign out: end the session that login keeps for this server");
  auto options = std::make_shared<RemoteOptions>();
  add_remote_options(command, *options);
  command.callback([options] { log_out(*options); });
}

}  // namespace rollcall::tools
