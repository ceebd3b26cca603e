// `rollcall assignments`: how many records each user of an account holds; what a reassignment plan is drawn on.
#include <memory>

#include "tools/client/listing.hpp"
#include "tools/print/json_view.hpp"
#include "tools/print/table.hpp"
#include "tools/subcommands.hpp"

namespace rollcall::tools {
namespace {

struct AssignmentsOptions : ListOptions {
  std::string account;
  std::string status;
  std::string kind;
  bool non_zero = false;
};

void show(const AssignmentsOptions& options) {
  Remote remote(options.remote);
  const auto answer =
      fetch_list(remote, {"v1", "accounts", options.account, "assignments"},
                 {{"status", options.status}, {"kind", options.kind}, {"non_zero", options.non_zero ? "true" : ""}},
                 options, "assignments");
  if (options.remote.json) return print_json(answer);

  Table table{{{"NAME"},
               {"E-MAIL"},
               {"STATUS", Column::Kind::whole},
               {"CONTACTS", Column::Kind::number},
               {"LEADS", Column::Kind::number},
               {"PENDING", Column::Kind::number},
               {"COMPLETED", Column::Kind::number},
               {"NOTES", Column::Kind::number},
               {"LEDGER", Column::Kind::number},
               {"ID", Column::Kind::whole}}};
  for (const auto& row : elements(answer, "assignments")) {
    table.add({shown(row, "name"), shown(row, "email"), shown(row, "status"), shown(row, "contacts"),
               shown(row, "leads"), shown(row, "pending_tasks"), shown(row, "completed_tasks"), shown(row, "notes"),
               shown(row, "ledger_version"), shown(row, "id")});
  }
  table.print();
  print_more(answer);
}

}  // namespace

void add_assignments(CLI::App& app) {
  auto& command = *app.add_subcommand("assignments", "Count the records that each user of an account holds");
  auto options = std::make_shared<AssignmentsOptions>();
  command.add_option("account", options->account, "app id")->required()->type_name("ACCOUNT");
  command.add_option("--status", options->status,
                     "some of active, deactivating, inactive, ended, with commas; default all");
  command.add_option("--kind", options->kind, "standard or partner");
  command.add_flag("--non-zero", options->non_zero, "leave out who holds nothing");
  add_list_options(command, *options, "name, contacts, leads, pending_tasks, completed_tasks, notes");
  command.callback([options] { show(*options); });
}

}  // namespace rollcall::tools
