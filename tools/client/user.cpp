// `rollcall user`: the profile of one user.
#include <memory>

#include <fmt/format.h>

#include "tools/client/listing.hpp"
#include "tools/print/json_view.hpp"
#include "tools/print/terminal.hpp"
#include "tools/subcommands.hpp"

namespace rollcall::tools {
namespace {

struct UserOptions : ListOptions {
  std::string account;
  std::string user;
};

void show(const UserOptions& options) {
  Remote remote(options.remote);
  const auto profile = remote.get(
      target_of({"v1", "accounts", options.account, "users", user_named(remote, options.account, options.user)},
                {{"at", options.at}}),
      options.min_position);
  if (options.remote.json) return print_json(profile);
  fmt::print("{}", outline(profile.as_object(), columns_available(Stream::output)));
}

}  // namespace

void add_user(CLI::App& app) {
  auto& command = *app.add_subcommand("user", "Show the profile of a user: rights, records, sessions, where from");
  auto options = std::make_shared<UserOptions>();
  command.add_option("account", options->account, "app id")->required()->type_name("ACCOUNT");
  command.add_option("user", options->user, "the user (usr_…) or his address")->required()->type_name("USER");
  add_query_options(command, *options);
  command.callback([options] { show(*options); });
}

}  // namespace rollcall::tools
