// `rollcall do NAME`: any command of the domain, with options made from its definition.
#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "tools/client/command_form.hpp"
#include "tools/client/csv.hpp"
#include "tools/client/each.hpp"
#include "tools/client/files.hpp"
#include "tools/client/handing_on.hpp"
#include "tools/client/remote.hpp"
#include "tools/print/event_view.hpp"
#include "tools/print/json_view.hpp"
#include "tools/print/progress.hpp"
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
  std::string fields_file;                   // a JSON object with fields
  // Where records change hands: who gets those of a kind, and where the command is kept.
  std::map<std::string, std::string> shares;  // by kind
  std::string save_file;
  std::string map_file;   // which record would go to whom, as CSV
  std::string each_file;  // a table of many
};

// A command that hands on what somebody holds: its plan can be typed as shares, and its counts taken by a dry run.
struct HandsOn {
  std::string_view of;  // the field with whose records they are
  bool ends = false;    // and their access ends with it
};
std::optional<HandsOn> hands_on(const CommandForm& form) {
  if (!form.field("plan") || !form.field("basis")) return std::nullopt;
  return form.field("user") ? HandsOn{"user", true} : HandsOn{"from"};
}
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kinds_handed_on{
    {{"contacts", "contact"}, {"leads", "lead"}, {"tasks", "task"}}};

// By their ids, the users that were typed as addresses.
using Typed = std::map<std::string, std::string, std::less<>>;

// ---- what is asked ------------------------------------------------------------------------------------------------

std::string text_for(const FormField& field, const std::string& typed) {
  if (field.kind == FormField::Kind::secret && typed == "-") return ask_secret(field.name + ": ");
  if (field.kind == FormField::Kind::document && typed.starts_with('@')) return read_file(typed.substr(1));
  return typed;
}

// The fields as they were typed, over those of the file.
json::object typed_fields(const CommandForm& form, const DoOptions& options) {
  json::object body;
  if (!options.fields_file.empty()) {
    boost::system::error_code ec;
    auto document = json::parse(read_file(options.fields_file), ec);
    if (ec || !document.is_object()) throw Failure(fmt::format("{} is no JSON object", options.fields_file));
    body = std::move(document.get_object());
  }
  for (const auto& field : form.fields) {
    const auto typed = options.typed.find(field.name);
    if (typed == options.typed.end()) continue;
    auto value = value_of(field, text_for(field, typed->second));
    if (!value) throw CLI::ValidationError(field.option, value.error());
    body[field.name] = std::move(*value);
  }
  return body;
}

// Addresses become ids.
void find_users(Remote& remote, const CommandForm& form, json::object& body) {
  const std::string account{text_of(member(body, "account"))};
  for (const auto& field : form.fields)
    if (field.kind == FormField::Kind::user)
      if (const std::string user{text_of(member(body, field.name))}; user.find('@') != std::string::npos)
        body[field.name] = user_named(remote, account, user);
}

// The plan from the shares that were typed.
Typed make_plan(Remote& remote, const DoOptions& options, json::object& body) {
  Typed typed;
  if (options.shares.empty()) return typed;
  const std::string account{text_of(member(body, "account"))};
  json::array plan;
  for (const auto& [plural, kind] : kinds_handed_on) {
    const auto shares = options.shares.find(std::string{plural});
    if (shares == options.shares.end()) continue;
    auto one = plan_for(kind, shares->second, [&](const std::string& user) {
      auto id = user_named(remote, account, user);
      typed.insert_or_assign(id, user);
      return id;
    });
    if (!one) throw CLI::ValidationError("--" + std::string{plural}, one.error());
    plan.push_back(std::move(*one));
  }
  body["plan"] = std::move(plan);
  return typed;
}

// A dry run may as well count itself: what it counted is in the command that it prints.
void take_counts(Remote& remote, const HandsOn& handing, json::object& body) {
  if (body.contains("basis")) return;
  const auto profile = remote.get(
      target_of({"v1", "accounts", text_of(member(body, "account")), "users", text_of(member(body, handing.of))}));
  const auto& counts = member(profile, "counts");
  body["basis"] = {{"contacts", member(counts, "contacts")},
                   {"leads", member(counts, "leads")},
                   {"tasks", member(counts, "pending_tasks")}};
  body["ledger_version"] = member(profile, "ledger_version");
}

void check_body(const CommandForm& form, const json::object& body) {
  if (const auto wrong = form.check(body)) throw CLI::ValidationError(option_at(wrong->pointer), wrong->detail);
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
void print_map(const json::value& map, const Typed& typed) {
  fmt::print("\n");
  Table table{{{"KIND", Column::Kind::whole}, {"RECORDS", Column::Kind::number}, {"TO", Column::Kind::whole}}};
  for (const auto& target : elements(map, "targets")) {
    const auto to = text_of(member(target, "to"));
    const auto known = typed.find(to);
    table.add({shown(target, "kind"), grouped(number_of(member(target, "records"))),
               to.empty()             ? "nobody"
               : known == typed.end() ? std::string{to}
                                      : known->second});
  }
  table.print();
  fmt::print("map of {} records, digest {}\n", grouped(number_of(member(map, "records"))),
             text_of(member(map, "digest")));
}

// What else they leave behind: invitations outlive who sent them, so whoever deactivates is shown them.
void print_invitations(const json::value& answer) {
  const auto invitations = elements(answer, "invitations");
  if (invitations.empty()) return;
  const bool more = member(answer, "next").is_string();
  fmt::print("\nInvitations that they sent, still open{}:\n",
             more ? fmt::format(" (the latest {})", invitations.size()) : "");
  Table table{
      {{"E-MAIL"}, {"ROLE", Column::Kind::whole}, {"SENT", Column::Kind::time}, {"EXPIRES", Column::Kind::time}}};
  for (const auto& invitation : invitations)
    table.add({shown(invitation, "email"), shown(invitation, "role"), shown(invitation, "sent_at"),
               shown(invitation, "expires_at")});
  table.print();
  fmt::print("They stay good unless revoked.\n");
}

void print_plan(const json::value& answer, const Typed& typed) {
  fmt::print("{}\n", elements(answer, "events").empty() ? "Dry run: nothing would change." : "Dry run: would record");
  print_events(answer, false);
  if (member(answer, "map").is_object()) print_map(member(answer, "map"), typed);
}

void print_outcome(const json::value& answer) {
  print_events(answer, true);
  if (elements(answer, "events").empty()) fmt::print("Nothing changed.\n");
  fmt::print("command {}, log size {}\n", shown(answer, "command"), shown(answer, "size"));
  const auto token = text_of(member(answer, "token"));
  if (!token.empty()) fmt::print("session {}, token {}\n", shown(answer, "session"), token);
}

// Of a command for many: those it was refused for, each by itself.
std::vector<json::value> refused_in(const json::value& answer) {
  std::vector<json::value> refused;
  for (const auto& event : elements(answer, "events"))
    if (shown(event, "type") == "BulkActionCompleted")
      for (const auto& one : elements(member(event, "data"), "failed")) refused.push_back(one);
  return refused;
}

void print_refused(const std::vector<json::value>& refused) {
  Table table{{{"REFUSED FOR"}, {"WHY", Column::Kind::whole}}};
  for (const auto& one : refused) table.add({shown(one, "membership"), shown(one, "code")});
  table.print();
}

// The command line that does what the dry run showed.
std::string command_line(const CommandForm& form, const DoOptions& options, const json::object& body) {
  auto line = fmt::format("rollcall do {}", form.name);
  const auto add = [&](std::string_view option, std::string_view value) {
    line += fmt::format(" {} {}", option, shell_word(value));
  };
  if (!options.save_file.empty()) {
    add("--fields", options.save_file);
  } else {
    for (const auto& field : form.fields) {
      const auto& value = member(body, field.name);
      if (value.is_null() || (field.name == "plan" && !options.shares.empty())) continue;
      add(field.option, value.is_string() ? std::string{text_of(value)} : json::serialize(value));
    }
    for (const auto& [plural, kind] : kinds_handed_on)
      if (const auto shares = options.shares.find(std::string{plural}); shares != options.shares.end())
        add("--" + shares->first, shares->second);
  }
  if (options.remote.server != RemoteOptions{}.server) add("--server", options.remote.server);
  if (!options.remote.operator_key.empty()) add("--operator-key", options.remote.operator_key.string());
  if (!options.remote.as.empty()) add("--as", options.remote.as);
  if (!options.remote.reason.empty()) add("--reason", options.remote.reason);
  return line;
}

void save(const std::string& file, const json::object& body) {
  std::ofstream out(file, std::ios::binary);
  out << json::serialize(body) << "\n";
  if (!out.flush()) throw Failure(fmt::format("cannot write {}", file));
}

// The whole map page by page. It is that of one moment, or there is none.
void save_map(Remote& remote, const CommandForm& form, const json::object& body, const json::value& answer,
              const std::string& file) {
  const auto& map = member(answer, "map");
  const auto total = map.is_object() ? number_of(member(map, "records")) : 0;
  const auto digest = shown(map, "digest");
  std::string out = "kind,record,to\r\n";
  Progress bar{"map", total};
  std::uint64_t written = 0;
  json::value page = answer;
  while (written < total) {
    const auto lines = elements(member(page, "map"), "lines");
    if (shown(member(page, "map"), "digest") != digest || lines.empty())
      throw Failure(fmt::format("the records changed while {} was written: make it again", file));
    for (const auto& line : lines)
      out += fmt::format("{},{},{}\r\n", shown(line, "kind"), csv_cell(text_of(member(line, "record"))),
                         text_of(member(line, "to")));
    bar.update(written += lines.size());
    if (written < total)
      page = remote.post(
          target_of({"v1", "commands", form.name}, {{"dry_run", "true"}, {"map_from", fmt::to_string(written)}}), body);
  }
  bar.finish();
  std::ofstream written_to(file, std::ios::binary);
  written_to << out;
  if (!written_to.flush()) throw Failure(fmt::format("cannot write {}", file));
}

void carry_out(const CommandForm& form, const DoOptions& options) {
  auto body = typed_fields(form, options);
  if (!options.each_file.empty()) {
    Remote remote(options.remote);
    return carry_out_each(remote, form, body,
                          {options.each_file, options.idempotency_key, options.dry_run, options.remote.json});
  }
  const auto handing = hands_on(form);
  if (!options.save_file.empty() && !options.dry_run)
    throw CLI::ValidationError("--save", "keeps what a dry run found: give --dry-run as well");
  if (!options.map_file.empty() && !options.dry_run)
    throw CLI::ValidationError("--map", "writes what a dry run found: give --dry-run as well");
  if (!options.save_file.empty()) check_target("--save", options.save_file, {options.map_file});
  if (!options.map_file.empty()) check_target("--map", options.map_file, {options.fields_file, options.save_file});
  // Who gives a password is known by it, or comes with a link: no bearer token is shown. A link alone may be followed
  // by somebody who is signed in.
  const bool nobody = form.for_strangers && (body.contains("password") || !form.field("token"));
  const auto caller = nobody ? Remote::Caller::anonymous : Remote::Caller::known;
  Remote remote(options.remote, caller);
  find_users(remote, form, body);
  const auto typed = make_plan(remote, options, body);
  if (handing && options.dry_run) take_counts(remote, *handing, body);
  check_body(form, body);
  json::value invitations;
  if (handing && handing->ends && options.dry_run && !options.remote.json)
    invitations =
        remote.get(target_of({"v1", "accounts", text_of(member(body, "account")), "invitations"},
                             {{"status", "pending"}, {"inviter", std::string{text_of(member(body, handing->of))}}}));
  const auto answer =
      remote.post(target_of({"v1", "commands", form.name}, {{"dry_run", options.dry_run ? "true" : ""}}), body,
                  options.idempotency_key);
  if (!options.save_file.empty()) save(options.save_file, body);
  if (!options.map_file.empty()) save_map(remote, form, body, answer, options.map_file);
  const auto refused = refused_in(answer);
  if (options.remote.json) {
    print_json(answer);
    if (!refused.empty()) throw Unsuccessful{};  // the answer has said it all
    return;
  }
  if (!options.dry_run) {
    print_outcome(answer);
    if (refused.empty()) return;
    print_refused(refused);
    throw Failure(fmt::format("it was refused for {}", grouped(refused.size())));
  }
  print_plan(answer, typed);
  print_invitations(invitations);
  if (handing) fmt::print("\nThe same for good:\n  {}\n", printable(command_line(form, options, body)));
}

// ---- its options --------------------------------------------------------------------------------------------------

std::string type_name(const FormField& field) {
  switch (field.kind) {
    case FormField::Kind::boolean: return "true|false";
    case FormField::Kind::number: return "N";
    case FormField::Kind::document: return "JSON|@FILE";
    case FormField::Kind::secret: return "TEXT|-";
    case FormField::Kind::user: return "USER";
    case FormField::Kind::text: break;
  }
  return field.choices.empty() ? "TEXT" : fmt::format("{}", fmt::join(field.choices, "|"));
}

void add_command(CLI::App& parent, const CommandForm& form) {
  auto& command = *parent.add_subcommand(std::string{form.name}, std::string{form.summary});
  auto options = std::make_shared<DoOptions>();
  const auto handing = hands_on(form);
  for (const auto& field : form.fields) {
    const auto keep = [options, name = field.name](const std::string& typed) { options->typed[name] = typed; };
    const auto option = command.add_option_function<std::string>(field.option, keep, field.help);
    option->type_name(type_name(field))->group("Fields");
    // What is not given may be in the file, or be counted: the form as a whole is checked before anything is sent.
    option->required(field.required && !handing);
    if (!field.choices.empty()) {
      option->check(CLI::Validator(
          [choices = field.choices](const std::string& typed) {
            const bool known = std::find(choices.begin(), choices.end(), typed) != choices.end();
            return known ? std::string{} : fmt::format("must be one of {}", fmt::join(choices, ", "));
          },
          ""));
    }
  }
  command.add_flag("--dry-run", options->dry_run,
                   handing ? "show what would happen, count what there is, print the command for it; nothing changes"
                           : "show what would happen; nothing does");
  if (handing) {
    constexpr auto group = "Who gets what, instead of --plan (USER: usr_… or an address)";
    for (const auto& [plural, kind] : kinds_handed_on) {
      const auto keep = [options, name = std::string{plural}](const std::string& typed) {
        options->shares[name] = typed;
      };
      command
          .add_option_function<std::string>(fmt::format("--{}", plural), keep,
                                            "by weight (ben@…:2,mei@…:1), exact numbers (ben@…=13,mei@…=3), or nobody")
          ->type_name("SHARES")
          ->group(group)
          ->excludes(command.get_option("--plan"));
    }
    command.add_option("--fields", options->fields_file, "take fields from this JSON object; options go before them")
        ->type_name("FILE")
        ->group(group);
    command.add_option("--save", options->save_file, "with --dry-run: keep the command with its counts for --fields")
        ->type_name("FILE")
        ->group(group);
    command.add_option("--map", options->map_file, "with --dry-run: write which record would go to whom, as CSV")
        ->type_name("FILE")
        ->group(group);
  }
  if (form.in_bulk) {
    // A column may give what is required: options are held against this after all of them were read.
    const auto of_table = [options, &command, &form](const std::string& file) {
      options->each_file = file;
      for (const auto& field : form.fields) command.get_option(field.option)->required(false);
    };
    auto* const each = command
                           .add_option_function<std::string>(
                               "--each", of_table,
                               "carry it out for every line of this CSV: its columns are fields (a list or record as "
                               "JSON), options are for all lines")
                           ->type_name("FILE");
    if (handing)
      for (const auto* of_one : {"--contacts", "--leads", "--tasks", "--save", "--map"})
        each->excludes(command.get_option(of_one));
  }
  command.add_option("--idempotency-key", options->idempotency_key, "sent twice with one key, it happens once")
      ->check(CLI::Validator([](std::string& text) { return text.empty() ? "must not be empty" : std::string{}; }, ""));
  const bool secret = std::any_of(form.fields.begin(), form.fields.end(),
                                  [](const FormField& field) { return field.kind == FormField::Kind::secret; });
  if (secret)
    command.footer("Secrets given as - are asked for on the terminal, or taken from a line of standard input.");
  add_remote_options(command, options->remote);
  command.callback([options, &form] { carry_out(form, *options); });
}

void print_list(bool as_json) {
  if (as_json) {
    json::array commands;
    for (const auto& form : command_forms())
      if (form.for_people) commands.push_back({{"command", form.name}, {"summary", form.summary}});
    return print_json({{"commands", std::move(commands)}});
  }
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
  auto as_json = std::make_shared<bool>(false);
  auto* const named = command.add_flag("--list", *list, "list the commands");
  command.add_flag("--json", *as_json, "list them as JSON")->needs(named);
  command.require_subcommand(0, 1);
  for (const auto& form : command_forms())
    if (form.for_people) add_command(command, form);
  command.callback([&command, list, as_json] {
    if (*list) return print_list(*as_json);
    if (command.get_subcommands().empty()) throw CLI::RequiredError("the name of a command");
  });
}

}  // namespace rollcall::tools
