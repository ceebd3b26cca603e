// `rollcall whoami`: as whom the subcommands ask.
#include <memory>

#include <fmt/format.h>

#include "tools/client/remote.hpp"
#include "tools/print/json_view.hpp"
#include "tools/print/text.hpp"
#include "tools/subcommands.hpp"

namespace rollcall::tools {
namespace {

std::string caller_text(const json::value& me) {
  const auto email = text_of(member(me, "email"));
  const auto name = text_of(member(me, "name"));
  const auto person = name.empty() ? std::string{email} : fmt::format("{} <{}>", name, email);
  const auto kind = text_of(member(me, "kind"));
  if (kind == "operator") return person.empty() ? "the operator" : "the operator for " + person;
  if (kind == "auditor") return "an auditor";
  if (kind == "key") return person.empty() ? "a program" : "a program of " + person;
  return person;
}

std::string scopes_text(const json::value& me) {
  std::string text;
  for (const auto& scope : elements(me, "scopes")) text += (text.empty() ? "" : ", ") + std::string{text_of(scope)};
  return text;
}

void show(const RemoteOptions& options) {
  Remote remote(options);
  const auto me = remote.get("/v1/me");
  if (options.json) return print_json(me);
  fmt::print("{}\n", printable(caller_text(me)));
  if (const auto ends = text_of(member(me, "expires_at")); !ends.empty()) {
    const auto account = text_of(member(me, "account"));
    const auto key = text_of(member(me, "key"));
    const auto by = key.empty() ? std::string{"in a session"} : fmt::format("with {} ({})", key, scopes_text(me));
    fmt::print("{} for {} until {}\n", by, account.empty() ? "all accounts" : account, short_time(ends));
  }
  fmt::print("at {}, by {}\n", remote.server(), printable(remote.bearer().source));
}

}  // namespace

void add_whoami(CLI::App& app) {
  auto& command = *app.add_subcommand("whoami", "Show as whom you ask, by what key or session, and until when");
  auto options = std::make_shared<RemoteOptions>();
  add_remote_options(command, *options);
  command.callback([options] { show(*options); });
}

}  // namespace rollcall::tools
