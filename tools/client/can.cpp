// `rollcall can`: what one may do, or another, and what gives it.
#include <array>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "events/rights.hpp"
#include "tools/client/listing.hpp"
#include "tools/print/json_view.hpp"
#include "tools/print/table.hpp"
#include "tools/print/text.hpp"
#include "tools/subcommands.hpp"

namespace rollcall::tools {
namespace {

struct CanOptions {
  QueryOptions query;
  std::vector<std::string> actions;
  std::vector<std::string> of;
};

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text.append(text.empty() ? "" : ",").append(word);
  return text;
}

// "admin_group since 52, user since 40"
std::string grants_text(const json::value& answer) {
  std::string text;
  for (const auto& grant : elements(answer, "grants")) {
    text.append(text.empty() ? "" : ", ").append(text_of(member(grant, "source")));
    if (const auto& since = member(grant, "since"); !since.is_null())
      text += fmt::format(" since {}", number_of(since));
  }
  return text;
}

// What is wrong with a word that is to name an action; empty when nothing is.
std::string why_no_action(std::string& word) {
  std::string_view nearest;
  for (const auto& meaning : action_meanings) {
    if (meaning.name == word) return {};
    if (nearest.empty() || edit_distance(word, meaning.name) < edit_distance(word, nearest)) nearest = meaning.name;
  }
  return fmt::format("there is no action {}; did you mean {}?", word, nearest);
}

void show(const CanOptions& asked) {
  auto options = asked.query;
  Remote remote(options.remote);
  const std::string account = options.given["account"];
  auto& user = options.given["user"];
  if (!user.empty()) user = user_named(remote, account, user, options.given["at"]);
  auto of = asked.of;
  for (auto& one : of) one = user_named(remote, account, one, options.given["at"]);
  options.given["of"] = listed(of);
  options.given["action"] = listed(asked.actions);
  const auto answer = remote.get(target_of("/v1/can", options), options.min_position);
  if (options.remote.json) return print_json(answer);

  std::vector<Column> columns{{"ACTION"}, {"MAY"}, {"REACH"}, {"BY"}};
  if (!of.empty()) columns.insert(columns.begin() + 1, Column{"OF", Column::Kind::whole});
  Table table{std::move(columns)};
  for (const auto& one : elements(answer, "answers")) {
    std::vector<std::string> cells{shown(one, "action"), member(one, "allowed") == true ? "yes" : "no",
                                   shown(one, "reach"), grants_text(one)};
    if (!of.empty()) cells.insert(cells.begin() + 1, shown(one, "of"));
    table.add(std::move(cells));
  }
  table.print();
}

}  // namespace

void add_can(CLI::App& app) {
  auto& command = *app.add_subcommand("can", "Tell what you may do, or a user may, and the event that gave it");
  auto options = std::make_shared<CanOptions>();
  auto& given = options->query.given;
  command.add_option("action", options->actions, "what is to be done, such as contact.reassign; default all there is")
      ->type_name("ACTION")
      ->check(CLI::Validator(why_no_action, ""));
  auto* const account = command.add_option("--account", given["account"], "app id of the account it is done in");
  account->type_name("ACCOUNT");
  command.add_option("--user", given["user"], "whose rights: usr_… or an address; default your own")
      ->type_name("USER")
      ->needs(account);
  command.add_option("--of", options->of, "about what belongs to this user, usr_… or an address; may be repeated")
      ->type_name("USER")
      ->needs(account);
  command.add_option("--at", given["at"], "as it was then: a position of the log or an RFC 3339 instant, inclusive")
      ->type_name("TEXT")
      ->needs(account);
  add_common_options(command, options->query, false);
  std::string footer = "Actions:\n";
  for (const auto& meaning : action_meanings) footer += fmt::format("  {:24} {}\n", meaning.name, meaning.help);
  command.footer(footer);
  command.callback([options] { show(*options); });
}

}  // namespace rollcall::tools
