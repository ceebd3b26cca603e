// `rollcall do NAME`: any command of the domain, with options made from its definition.
#include <algorithm>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "tools/client/command_form.hpp"
#include "tools/client/remote.hpp"
#include "tools/print/event_view.hpp"
#include "tools/print/json_view.hpp"
#include "tools/print/table.hpp"
#include "tools/print/terminal.hpp"
#include "tools/print/text.hpp"
#include "tools/subcommands.hpp"

namespace rollcall::tools {
namespace {

struct DoOptions {
  RemoteOptions remote;
  std::string idempotency_key;
  bool dry_run = false;
  std::map<std::string, std::string> typed;  // by field; only those that were given
};

// ---- what is asked ------------------------------------------------------------------------------------------------

std::string file_contents(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  if (in) text << in.rdbuf();
  if (!in || in.bad()) throw Failure(fmt::format("cannot read {}", file));
  return std::move(text).str();
}

std::string text_for(const FormField& field, const std::string& typed) {
  if (field.kind == FormField::Kind::secret && typed == "-") return ask_secret(field.name + ": ");
  if (field.kind == FormField::Kind::document && typed.starts_with('@')) return file_contents(typed.substr(1));
  return typed;
}

json::object body_of(const CommandForm& form, const DoOptions& options) {
  json::object body;
  for (const auto& field : form.fields) {
    const auto typed = options.typed.find(field.name);
    if (typed == options.typed.end()) continue;
    auto value = value_of(field, text_for(field, typed->second));
    if (!value) throw CLI::ValidationError(field.option, value.error());
    body[field.name] = std::move(*value);
  }
  if (const auto wrong = form.check(body)) throw CLI::ValidationError(option_at(wrong->pointer), wrong->detail);
  return body;
}

// ---- what came of it ----------------------------------------------------------------------------------------------

void print_events(const json::value& answer, bool recorded) {
  std::vector<Column> columns{
      {"EVENT", Column::Kind::whole}, {"SCOPE", Column::Kind::whole}, {"FACTS", Column::Kind::whole}};
  if (recorded) columns.insert(columns.begin(), {"POSITION", Column::Kind::number});
  Table table{std::move(columns)};
  for (const auto& event : elements(answer, "events")) {
    std::vector<std::string> cells{shown(event, "type"), scope_text(member(event, "scope")),
                                   facts_text(member(event, "data"))};
    if (recorded) cells.insert(cells.begin(), fmt::to_string(number_of(member(event, "position"))));
    table.add(std::move(cells));
  }
  if (!table.empty()) table.print();
}

// Who would get how many of which kind.
void print_map(const json::value& map) {
  fmt::print("\n");
  Table table{{{"KIND", Column::Kind::whole}, {"RECORDS", Column::Kind::number}, {"TO", Column::Kind::whole}}};
  for (const auto& target : elements(map, "targets"))
    table.add({shown(target, "kind"), grouped(number_of(member(target, "records"))),
               member(target, "to").is_null() ? "nobody" : shown(target, "to")});
  table.print();
  fmt::print("map of {} records, digest {}\n", grouped(number_of(member(map, "records"))),
             text_of(member(map, "digest")));
}

void print_plan(const json::value& answer) {
  fmt::print("{}\n", elements(answer, "events").empty() ? "Dry run: nothing would change." : "Dry run: would record");
  print_events(answer, false);
  if (member(answer, "map").is_object()) print_map(member(answer, "map"));
}

void print_outcome(const json::value& answer) {
  print_events(answer, true);
  if (elements(answer, "events").empty()) fmt::print("Nothing changed.\n");
  fmt::print("command {}, log size {}\n", shown(answer, "command"), shown(answer, "size"));
  const auto token = text_of(member(answer, "token"));
  if (!token.empty()) fmt::print("session {}, token {}\n", shown(answer, "session"), token);
}

void carry_out(const CommandForm& form, const DoOptions& options) {
  const auto body = body_of(form, options);
  // Who gives a password is known by it (or comes with a link): no other credential is shown.
  const auto caller = body.contains("password") ? Remote::Caller::anonymous : Remote::Caller::known;
  Remote remote(options.remote, caller);
  const auto answer =
      remote.post(target_of({"v1", "commands", form.name}, {{"dry_run", options.dry_run ? "true" : ""}}), body,
                  options.idempotency_key);
  if (options.remote.json) return print_json(answer);
  options.dry_run ? print_plan(answer) : print_outcome(answer);
}

// ---- its options --------------------------------------------------------------------------------------------------

std::string type_name(const FormField& field) {
  switch (field.kind) {
    case FormField::Kind::boolean: return "true|false";
    case FormField::Kind::number: return "N";
    case FormField::Kind::document: return "JSON|@FILE";
    case FormField::Kind::secret: return "TEXT|-";
    case FormField::Kind::text: break;
  }
  return field.choices.empty() ? "TEXT" : fmt::format("{}", fmt::join(field.choices, "|"));
}

void add_command(CLI::App& parent, const CommandForm& form) {
  auto& command = *parent.add_subcommand(std::string{form.name}, std::string{form.summary});
  auto options = std::make_shared<DoOptions>();
  for (const auto& field : form.fields) {
    const auto keep = [options, name = field.name](const std::string& typed) { options->typed[name] = typed; };
    const auto option = command.add_option_function<std::string>(field.option, keep, field.help);
    option->type_name(type_name(field))->required(field.required)->group("Fields");
    if (!field.choices.empty()) {
      option->check(CLI::Validator(
          [choices = field.choices](const std::string& typed) {
            const bool known = std::find(choices.begin(), choices.end(), typed) != choices.end();
            return known ? std::string{} : fmt::format("must be one of {}", fmt::join(choices, ", "));
          },
          ""));
    }
  }
  command.add_flag("--dry-run", options->dry_run, "show what would happen; nothing does");
  command.add_option("--idempotency-key", options->idempotency_key, "sent twice with one key, it happens once");
  add_remote_options(command, options->remote);
  command.footer("Secrets given as - are asked for on the terminal, or taken from a line of standard input.");
  command.callback([options, &form] { carry_out(form, *options); });
}

void print_list() {
  Table table{{{"COMMAND", Column::Kind::whole}, {"WHAT IT DOES"}}};
  for (const auto& form : command_forms())
    if (form.for_people) table.add({std::string{form.name}, std::string{form.summary}});
  table.print();
}

}  // namespace

void add_do(CLI::App& app) {
  auto& command =
      *app.add_subcommand("do", "Carry out a command: `do --list` names them, `do NAME --help` explains one");
  auto list = std::make_shared<bool>(false);
  command.add_flag("--list", *list, "list the commands");
  command.require_subcommand(0, 1);
  for (const auto& form : command_forms())
    if (form.for_people) add_command(command, form);
  command.callback([&command, list] {
    if (*list) return print_list();
    if (command.get_subcommands().empty()) throw CLI::RequiredError("the name of a command");
  });
}

}  // namespace rollcall::tools
