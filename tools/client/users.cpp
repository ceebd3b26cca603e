// `rollcall users`: the Users list of an account.
#include <memory>

#include <fmt/format.h>

#include "tools/client/listing.hpp"
#include "tools/print/json_view.hpp"
#include "tools/print/table.hpp"
#include "tools/subcommands.hpp"

namespace rollcall::tools {
namespace {

struct UsersOptions : ListOptions {
  std::string account;
  std::string status;
  std::string kind;
  std::string role;
  std::string q;
};

// What is counted in the header of the list: seats, and apart from them the partners, who take none.
void print_counts(const json::value& answer) {
  const auto& seats = member(answer, "seats");
  const auto several = [&](std::string_view what) { return number_of(member(answer, what)) == 1 ? "" : "s"; };
  fmt::print("seats {} of {} used · {} partner{} (no seat) · {} invitation{} pending\n\n", shown(seats, "used"),
             shown(seats, "limit"), shown(answer, "partners"), several("partners"),
             shown(answer, "pending_invitations"), several("pending_invitations"));
}

void show(const UsersOptions& options) {
  Remote remote(options.remote);
  const auto answer = fetch_list(
      remote, {"v1", "accounts", options.account, "users"},
      {{"status", options.status}, {"kind", options.kind}, {"role", options.role}, {"q", options.q}}, options, "users");
  if (options.remote.json) return print_json(answer);

  print_counts(answer);
  Table table{{{"NAME"},
               {"P", Column::Kind::whole},
               {"E-MAIL"},
               {"ROLE", Column::Kind::whole},
               {"STATUS", Column::Kind::whole},
               {"LAST SIGN-IN", Column::Kind::whole},
               {"ACCESS ENDS", Column::Kind::whole},
               {"ID", Column::Kind::whole}}};
  for (const auto& row : elements(answer, "users")) {
    const bool lapsed = text_of(member(row, "invitation")) == "expired";
    table.add({shown(row, "name"), member(row, "partner") == true ? "P" : "", shown(row, "email"), shown(row, "role"),
               shown(row, "status") + (lapsed ? " (expired)" : ""), shown(row, "last_sign_in"),
               shown(row, "access_ends_at"), shown(row, "id")});
  }
  table.print();
  print_more(answer);
}

}  // namespace

void add_users(CLI::App& app) {
  auto& command = *app.add_subcommand("users", "List the users, partners and open invitations of an account");
  auto options = std::make_shared<UsersOptions>();
  command.add_option("account", options->account, "app id")->required()->type_name("ACCOUNT");
  command.add_option("--status", options->status,
                     "some of active, invited, deactivating, inactive, ended, with commas, or all; default "
                     "active,invited");
  command.add_option("--kind", options->kind, "standard or partner");
  command.add_option("--role", options->role, "some of owner, admin, user, partner_admin, partner, with commas");
  command.add_option("--q", options->q, "part of the name or address")->type_name("TEXT");
  add_list_options(command, *options, "name, status, last_sign_in, access_end");
  command.callback([options] { show(*options); });
}

}  // namespace rollcall::tools
