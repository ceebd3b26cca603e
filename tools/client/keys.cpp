// `rollcall keys`: keys for programs and auditors.
#include <array>
#include <memory>

#include <fmt/format.h>

#include "events/words.hpp"
#include "tools/client/listing.hpp"
#include "tools/print/json_view.hpp"
#include "tools/print/text.hpp"
#include "tools/subcommands.hpp"

namespace rollcall::tools {
namespace {

using projections::ListColumn;

constexpr std::array columns{ListColumn{"KEY", "key", ListColumn::Kind::whole},
                             ListColumn{"NAME", "name"},
                             ListColumn{"MAY", "may"},
                             ListColumn{"ACCOUNT", "account"},
                             ListColumn{"CREATED", "created_at", ListColumn::Kind::time},
                             ListColumn{"EXPIRES", "expires_at", ListColumn::Kind::time, "ended", "expired"},
                             ListColumn{"LAST USED", "last_used", ListColumn::Kind::time}};

struct KeysOptions {
  RemoteOptions remote;
  std::string email;
  bool installation = false;
  std::string create, rotate, revoke;
  std::vector<std::string> scopes;
  std::string account;
  std::optional<std::uint64_t> days, overlap_hours;
};

void list_keys(const KeysOptions& options) {
  Remote remote(options.remote);
  auto answer = options.installation ? remote.get("/v1/installation/keys")
                                     : remote.get(target_of({"v1", "keys"}, {{"email", options.email}}));
  if (options.remote.json) return print_json(answer);
  for (auto& key : answer.at("keys").as_array()) {
    std::string may;
    for (const auto& scope : elements(key, "scopes")) may += (may.empty() ? "" : " ") + std::string{text_of(scope)};
    auto& row = key.as_object();
    row["may"] = may;
    row["ended"] = !row["live"].as_bool();
  }
  print_list(answer, "keys", columns, true);
}

// The secret is in this answer and in no later one.
void show_secret(const KeysOptions& options, const json::value& answer) {
  if (options.remote.json) return print_json(answer);
  for (const auto& event : elements(answer, "events")) {
    const auto& made = member(event, "data");
    if (text_of(member(event, "type")) != "AccessKeyCreated") continue;
    fmt::print("{} is good until {}", text_of(member(made, "key")), short_time(text_of(member(made, "expires_at"))));
    const auto until = text_of(member(made, "replaced_until"));
    if (!until.empty()) fmt::print("; {} until {}", text_of(member(made, "replaces")), short_time(until));
    fmt::print("\n");
  }
  const auto token = text_of(member(answer, "token"));
  if (token.empty()) throw Failure("the key was made before, and its secret is told once: revoke it, and make another");
  fmt::print("This is its secret, which is shown once; keep it in a file that nobody else may read:\n\n{}\n", token);
}

void create_key(const KeysOptions& options) {
  Remote remote(options.remote);
  json::object body{{"key_name", options.create},
                    {"scopes", json::array(options.scopes.begin(), options.scopes.end())}};
  if (!options.account.empty()) body["account"] = options.account;
  if (options.days) body["days"] = *options.days;
  show_secret(options, remote.post("/v1/commands/CreateAccessKey", body));
}

void rotate_key(const KeysOptions& options) {
  Remote remote(options.remote);
  json::object body{{"key", options.rotate}};
  if (options.overlap_hours) body["overlap_hours"] = *options.overlap_hours;
  if (options.days) body["days"] = *options.days;
  show_secret(options, remote.post("/v1/commands/RotateAccessKey", body));
}

void revoke_key(const KeysOptions& options) {
  Remote remote(options.remote);
  const auto answer = remote.post("/v1/commands/RevokeAccessKey", json::object{{"key", options.revoke}});
  if (options.remote.json) return print_json(answer);
  fmt::print("{} has ended\n", printable(options.revoke));
}

}  // namespace

void add_keys(CLI::App& app) {
  auto& command = *app.add_subcommand("keys", "List, make, replace and end keys for programs and auditors");
  auto options = std::make_shared<KeysOptions>();
  auto* const email =
      command.add_option("--email", options->email, "whose keys to list (the operator only); default your own");
  command.add_flag("--installation", options->installation, "list the installation's keys (the operator only)")
      ->excludes(email);
  auto* const create = command.add_option("--create", options->create, "make a key, called so")->type_name("NAME");
  constexpr auto words = enum_names(KeyScope{});
  command
      .add_option("--scope", options->scopes,
                  "what it may: read, write; operate, audit, subscribe; several with commas")
      ->delimiter(',')
      ->check(CLI::IsMember(std::vector<std::string>(words.begin(), words.end())))
      ->needs(create);
  command.add_option("--account", options->account, "app id of the one account it is for")->needs(create);
  auto* const rotate = command.add_option("--rotate", options->rotate, "make another in place of this one (key_…)")
                           ->type_name("KEY")
                           ->excludes(create);
  command.add_option("--overlap-hours", options->overlap_hours, "how long the old one stays good; default 24")
      ->check(CLI::Range(0U, 720U))
      ->needs(rotate);
  command.add_option("--days", options->days, "how long the new one is good; default 90")->check(CLI::Range(1U, 366U));
  command.add_option("--revoke", options->revoke, "end this key at once (key_…)")
      ->type_name("KEY")
      ->excludes(create)
      ->excludes(rotate);
  add_remote_options(command, options->remote);
  command.callback([options] {
    if (!options->create.empty()) return create_key(*options);
    if (!options->rotate.empty()) return rotate_key(*options);
    if (!options->revoke.empty()) return revoke_key(*options);
    list_keys(*options);
  });
}

}  // namespace rollcall::tools
