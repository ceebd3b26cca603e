// `rollcall password`: changing a password, giving it again, asking for a link to reset it, and following that.
#include <memory>

#include <fmt/format.h>

#include "tools/client/remote.hpp"
#include "tools/print/json_view.hpp"
#include "tools/print/terminal.hpp"
#include "tools/print/text.hpp"
#include "tools/subcommands.hpp"

namespace rollcall::tools {
namespace {

struct PasswordOptions {
  RemoteOptions remote;
  std::string email;
};

// On a terminal twice, since nobody sees what they type.
std::string ask_new_password() {
  auto password = ask_secret("new password: ");
  if (is_terminal(Stream::input) && ask_secret("the same again: ") != password)
    throw Failure("the two are not the same: nothing was changed");
  return password;
}

// How many sessions ended with a change.
std::size_t sessions_ended(const json::value& answer) {
  std::size_t ended = 0;
  for (const auto& event : elements(answer, "events"))
    if (text_of(member(event, "type")) == "SessionsRevoked")
      ended += elements(member(event, "data"), "sessions").size();
  return ended;
}

void tell(const PasswordOptions& options, const json::value& answer) {
  if (options.remote.json) return print_json(answer);
  const auto ended = sessions_ended(answer);
  fmt::print("the password is set; {} session{} ended\n", ended, ended == 1 ? "" : "s");
}

void change(const PasswordOptions& options) {
  Remote remote(options.remote);
  const auto present = ask_secret("present password: ");
  tell(options, remote.post("/v1/commands/ChangePassword",
                            json::object{{"present_password", present}, {"password", ask_new_password()}}));
}

// Whoever has a second factor is asked for a code as well.
void confirm(const PasswordOptions& options) {
  Remote remote(options.remote);
  json::object body{{"password", ask_secret("password: ")}};
  const auto me = remote.get("/v1/me");
  if (member(me, "second_factor") == true) body["code"] = ask_secret("code: ");
  const auto answer = remote.post("/v1/commands/ConfirmSession", body);
  if (options.remote.json) return print_json(answer);
  fmt::print("the session is as good as a fresh one\n");
}

void forgot(const PasswordOptions& options) {
  Remote remote(options.remote, Remote::Caller::anonymous);
  const auto answer = remote.post("/v1/commands/RequestPasswordReset", json::object{{"email", options.email}});
  if (options.remote.json) return print_json(answer);
  fmt::print(
      "If {} may sign in here, a mail with a token is on its way, unless one left in the last five minutes.\n"
      "Set the password with it: rollcall password reset\n",
      printable(options.email));
}

void reset(const PasswordOptions& options) {
  Remote remote(options.remote, Remote::Caller::anonymous);
  const auto token = ask_secret("token: ");
  tell(options,
       remote.post("/v1/commands/ResetPassword", json::object{{"token", token}, {"password", ask_new_password()}}));
}

}  // namespace

void add_password(CLI::App& app) {
  auto& command = *app.add_subcommand("password", "Change your password, or set another one when it is forgotten");
  command.require_subcommand(1);
  const auto add = [&](const std::string& name, const std::string& summary, void (*what)(const PasswordOptions&)) {
    auto options = std::make_shared<PasswordOptions>();
    auto& sub = *command.add_subcommand(name, summary);
    if (name == "forgot") sub.add_option("--email", options->email, "your e-mail address")->required();
    if (name != "forgot") sub.footer("Secrets are asked for, or taken from the lines of standard input.");
    add_remote_options(sub, options->remote);
    sub.callback([options, what] { what(*options); });
  };
  add("change", "Change it; your sessions end, but for the one you are in", change);
  add("confirm", "Give it again in the session you are in, before what cannot be undone", confirm);
  add("forgot", "Have a mail sent with which another one is set", forgot);
  add("reset", "Set another one with the token of that mail; all your sessions end", reset);
}

}  // namespace rollcall::tools
