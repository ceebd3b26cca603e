// `rollcall invitations`: the invitations of an account, open and closed.
#include <memory>

#include "tools/client/listing.hpp"
#include "tools/print/json_view.hpp"
#include "tools/print/table.hpp"
#include "tools/subcommands.hpp"

namespace rollcall::tools {
namespace {

struct InvitationsOptions : ListOptions {
  std::string account;
  std::string status;
  std::string kind;
  std::string q;
};

void show(const InvitationsOptions& options) {
  Remote remote(options.remote);
  const auto answer =
      fetch_list(remote, {"v1", "accounts", options.account, "invitations"},
                 {{"status", options.status}, {"kind", options.kind}, {"q", options.q}}, options, "invitations");
  if (options.remote.json) return print_json(answer);

  Table table{{{"E-MAIL"},
               {"NAME"},
               {"ROLE", Column::Kind::whole},
               {"STATUS", Column::Kind::whole},
               {"SENT", Column::Kind::whole},
               {"MAILS", Column::Kind::number},
               {"EXPIRES", Column::Kind::whole},
               {"INVITED BY"},
               {"ID", Column::Kind::whole}}};
  for (const auto& row : elements(answer, "invitations")) {
    const bool gone = member(row, "inviter_inactive") == true;
    table.add({shown(row, "email"), shown(row, "name"), shown(row, "role"), shown(row, "status"), shown(row, "sent_at"),
               shown(row, "attempt"), shown(row, "expires_at"), shown(row, "inviter") + (gone ? " (inactive)" : ""),
               shown(row, "id")});
  }
  table.print();
  print_more(answer);
}

}  // namespace

void add_invitations(CLI::App& app) {
  auto& command = *app.add_subcommand("invitations", "List the invitations of an account, open and closed");
  auto options = std::make_shared<InvitationsOptions>();
  command.add_option("account", options->account, "app id")->required()->type_name("ACCOUNT");
  command.add_option("--status", options->status,
                     "some of pending, accepted, declined, revoked, expired, with commas; default all");
  command.add_option("--kind", options->kind, "standard or partner");
  command.add_option("--q", options->q, "part of the name or address")->type_name("TEXT");
  add_list_options(command, *options, "sent, expires");
  command.callback([options] { show(*options); });
}

}  // namespace rollcall::tools
