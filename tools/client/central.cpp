// `rollcall central`: Account Central, the accounts that a person can enter.
#include <memory>

#include "projections/views/account_central.hpp"
#include "tools/client/listing.hpp"
#include "tools/print/json_view.hpp"
#include "tools/subcommands.hpp"

namespace rollcall::tools {

void add_central(CLI::App& app) {
  auto& command = *app.add_subcommand("central", "Show Account Central: the accounts that a person can enter");
  auto options = std::make_shared<QueryOptions>();
  auto person = std::make_shared<std::string>();
  command.add_option("person", *person, "an e-mail address (for the operator), or me")
      ->required()
      ->type_name("EMAIL|me");
  add_query_parameters<projections::AccountCentral>(command, *options);
  add_common_options(command, *options, true);
  command.callback([options, person] {
    using projections::AccountCentral, projections::AccountsOf;
    Remote remote(options->remote);
    if (*person != "me") options->given["email"] = *person;
    const auto answer =
        fetch_list(remote, *person == "me" ? AccountCentral::path : AccountsOf::path, *options, "accounts");
    if (options->remote.json) return print_json(answer);
    print_list(answer, "accounts", AccountCentral::columns, options->ids);
  });
}

}  // namespace rollcall::tools
