// `rollcall second-factor`: codes of an app, besides the password.
#include <memory>

#include <fmt/format.h>

#include "tools/client/remote.hpp"
#include "tools/print/json_view.hpp"
#include "tools/print/terminal.hpp"
#include "tools/print/text.hpp"
#include "tools/subcommands.hpp"

namespace rollcall::tools {
namespace {

void set_up(const RemoteOptions& options) {
  Remote remote(options);
  const auto offered = remote.post("/v1/commands/OfferSecondFactor",
                                   json::object{{"present_password", ask_secret("present password: ")}});
  // On the error channel, so that with --json the answer to come is all that is printed.
  fmt::print(stderr, "Add this to your app, as a QR code or by its secret, and type what it shows:\n\n{}\n\n",
             text_of(member(offered, "otpauth")));
  const auto enabled = remote.post("/v1/commands/EnableSecondFactor", json::object{{"code", ask_secret("code: ")}});
  if (options.json) return print_json(enabled);
  fmt::print(
      "From now on a code is asked for when you sign in. Should the app be lost, each of these is good once; they are\n"
      "shown here and never again:\n\n");
  for (const auto& code : elements(enabled, "recovery_codes")) fmt::print("  {}\n", text_of(code));
}

void take_away(const RemoteOptions& options) {
  Remote remote(options);
  const auto present = ask_secret("present password: ");
  const auto answer =
      remote.post("/v1/commands/RemoveSecondFactor",
                  json::object{{"present_password", present}, {"code", ask_secret("code, or a recovery code: ")}});
  if (options.json) return print_json(answer);
  fmt::print("the password is enough again\n");
}

void show(const RemoteOptions& options) {
  Remote remote(options);
  const auto me = remote.get("/v1/me");
  if (options.json) return print_json(me);
  if (member(me, "second_factor") != true) return fmt::print("no second factor\n");
  fmt::print("a second factor, and {} recovery codes left\n", number_of(member(me, "recovery_codes_left")));
}

}  // namespace

void add_second_factor(CLI::App& app) {
  auto& command = *app.add_subcommand("second-factor", "Ask for a code of an app, besides your password");
  command.require_subcommand(1);
  const auto add = [&](const std::string& name, const std::string& summary, void (*what)(const RemoteOptions&)) {
    auto options = std::make_shared<RemoteOptions>();
    auto& sub = *command.add_subcommand(name, summary);
    add_remote_options(sub, *options);
    sub.callback([options, what] { what(*options); });
  };
  add("enable", "Set one up; recovery codes are shown once", set_up);
  add("disable", "Take it away again", take_away);
  add("status", "Tell whether you have one, and how many recovery codes are left", show);
}

}  // namespace rollcall::tools
