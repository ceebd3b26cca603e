// `rollcall central`: Account Central, the accounts that a person can enter.
#include <memory>

#include "tools/client/listing.hpp"
#include "tools/print/json_view.hpp"
#include "tools/print/table.hpp"
#include "tools/subcommands.hpp"

namespace rollcall::tools {
namespace {

struct CentralOptions : ListOptions {
  std::string person;
  std::string q;
};

void show(const CentralOptions& options) {
  Remote remote(options.remote);
  const Parameters filters{{"q", options.q}};
  const auto answer =
      options.person == "me"
          ? fetch_list(remote, {"v1", "me", "accounts"}, filters, options, "accounts")
          : fetch_list(remote, {"v1", "people", options.person, "accounts"}, filters, options, "accounts");
  if (options.remote.json) return print_json(answer);

  Table table{{{"ACCOUNT", Column::Kind::whole},
               {"NAME"},
               {"LABEL"},
               {"ROLE", Column::Kind::whole},
               {"SINCE", Column::Kind::whole},
               {"ACCESS ENDS", Column::Kind::whole},
               {"CONTACTS", Column::Kind::number},
               {"LEADS", Column::Kind::number},
               {"TASKS", Column::Kind::number},
               {"CAN LEAVE"},
               {"USER", Column::Kind::whole}}};
  for (const auto& card : elements(answer, "accounts")) {
    const auto why_not = shown(card, "why_not");
    table.add({shown(card, "account"), shown(card, "name"), shown(card, "label"), shown(card, "role"),
               shown(card, "since"), shown(card, "access_ends_at"), shown(card, "contacts"), shown(card, "leads"),
               shown(card, "tasks"), shown(card, "can_leave") + (why_not.empty() ? "" : ": " + why_not),
               shown(card, "user")});
  }
  table.print();
  print_more(answer);
}

}  // namespace

void add_central(CLI::App& app) {
  auto& command = *app.add_subcommand("central", "Show Account Central: the accounts that a person can enter");
  auto options = std::make_shared<CentralOptions>();
  command.add_option("person", options->person, "an e-mail address (for the operator), or me")
      ->required()
      ->type_name("EMAIL|me");
  command.add_option("--q", options->q, "part of the label, name or app id")->type_name("TEXT");
  add_list_options(command, *options, "name, since");
  command.callback([options] { show(*options); });
}

}  // namespace rollcall::tools
