// `rollcall login`: signs in and keeps the session for the subcommands after it.
#include <memory>

#include <fmt/format.h>

#include "tools/client/bearer.hpp"
#include "tools/client/remote.hpp"
#include "tools/print/json_view.hpp"
#include "tools/print/terminal.hpp"
#include "tools/print/text.hpp"
#include "tools/subcommands.hpp"

namespace rollcall::tools {
namespace {

struct LoginOptions {
  RemoteOptions remote;
  std::string email;
  std::string account;
  bool password_from_input = false;
};

// When the session that was started ends.
std::string expiry(const json::value& answer) {
  for (const auto& event : elements(answer, "events"))
    if (text_of(member(event, "type")) == "SessionStarted")
      return std::string{text_of(member(member(event, "data"), "expires_at"))};
  return {};
}

// The session that was kept until now would live on, known to nobody.
void end_session(const RemoteOptions& options, const KeptSession& session) {
  Remote remote(options, Bearer{Bearer::Kind::session, session.token, "the session before"});
  try {
    (void)remote.post("/v1/commands/EndSession", json::object{});
  } catch (const Refused&) {  // it had ended by itself
  }
}

void log_in(const LoginOptions& options) {
  Remote remote(options.remote, Remote::Caller::anonymous);
  json::object body{{"email", options.email}};
  body["password"] = options.password_from_input ? read_secret_line() : ask_secret("password: ");
  if (!options.account.empty()) body["account"] = options.account;
  const auto answer = [&] {
    try {
      return remote.post("/v1/commands/StartSession", body);
    } catch (const Refused& refused) {
      if (refused.code() != "mfa_required") throw;
    }
    body["code"] = options.password_from_input ? read_secret_line() : ask_secret("code: ");
    return remote.post("/v1/commands/StartSession", body);
  }();

  const KeptSession session{remote.server(),
                            options.email,
                            options.account,
                            std::string{text_of(member(answer, "session"))},
                            std::string{text_of(member(answer, "token"))},
                            expiry(answer)};
  if (session.token.empty()) throw Failure(fmt::format("{} gave no token", remote.server()));
  const auto file = KeptSessions::default_file();
  const auto before = KeptSessions{file}.find(remote.server());
  KeptSessions{file}.keep(session);
  if (before) end_session(options.remote, *before);
  if (options.remote.json) return print_json({{"session", session.session}, {"expires_at", session.expires_at}});
  fmt::print("signed in as {}{} until {}; the session is kept in {}\n", printable(options.email),
             options.account.empty() ? "" : " for " + printable(options.account), short_time(session.expires_at),
             file.string());
}

}  // namespace

void add_login(CLI::App& app) {
  auto& command = *app.add_subcommand("login", "Sign in with address and password, and keep the session");
  auto options = std::make_shared<LoginOptions>();
  command.add_option("--email", options->email, "your e-mail address")->required();
  command.add_option("--account", options->account, "for this account only (app id); default all of yours");
  command.add_flag("--password-stdin", options->password_from_input,
                   "take the password, and a code in a line after it, from standard input");
  add_remote_options(command, options->remote);
  command.callback([options] { log_in(*options); });
}

}  // namespace rollcall::tools
