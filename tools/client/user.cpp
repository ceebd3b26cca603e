// `rollcall user`: the profile of one user.
#include <memory>

#include <fmt/format.h>

#include "projections/views/profiles.hpp"
#include "tools/client/listing.hpp"
#include "tools/print/json_view.hpp"
#include "tools/print/terminal.hpp"
#include "tools/subcommands.hpp"

namespace rollcall::tools {

void add_user(CLI::App& app) {
  using projections::UserProfile;
  auto& command = *app.add_subcommand("user", std::string{UserProfile::summary});
  auto options = std::make_shared<QueryOptions>();
  command.add_option("account", options->given["account"], "app id")->required()->type_name("ACCOUNT");
  command.add_option("user", options->given["user"], "the user (usr_…) or their address")
      ->required()
      ->type_name("USER");
  add_query_parameters<UserProfile>(command, *options, false);
  add_common_options(command, *options, false);
  command.callback([options] {
    Remote remote(options->remote);
    auto& user = options->given["user"];
    user = user_named(remote, options->given["account"], user, options->given["at"]);
    const auto profile = remote.get(target_of(UserProfile::path, *options), options->min_position);
    if (options->remote.json) return print_json(profile);
    fmt::print("{}", outline(profile.as_object(), columns_available(Stream::output)));
  });
}

}  // namespace rollcall::tools
