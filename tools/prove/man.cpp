// `rollcall man`: the manual, made from the options: a page for the program and one for each of its subcommands.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>

#include <fmt/format.h>

#include "tools/failure.hpp"
#include "tools/print/json_view.hpp"
#include "tools/prove/shape.hpp"
#include "tools/subcommands.hpp"

namespace rollcall::tools {
namespace {

// As roff reads it: backslashes and dashes escaped, no line that begins like a request.
std::string roff(std::string_view text) {
  std::string out;
  bool line_begins = true;
  for (const char c : text) {
    if (line_begins && (c == '.' || c == '\'')) out += "\\&";
    line_begins = c == '\n';
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
  }
  return out;
}

std::string dashed(std::string path) {
  std::replace(path.begin(), path.end(), ' ', '-');
  return path;
}

void append_option(std::string& out, const OptionShape& option) {
  out += ".TP\n";
  std::vector<std::string> names;
  for (const auto& name : option.names)
    names.push_back(option.positional ? fmt::format("\\fI{}\\fR", roff(name)) : fmt::format("\\fB{}\\fR", roff(name)));
  out += fmt::format("{}", fmt::join(names, ", "));
  if (!option.takes.empty() && !option.positional) out += fmt::format(" \\fI{}\\fR", roff(option.takes));
  out += fmt::format("\n{}{}\n", roff(option.about), option.required ? " (required)" : "");
}

void append_options(std::string& out, const CommandShape& command, std::string_view title, bool positional) {
  bool any = false;
  for (const auto& option : command.options) {
    if (option.positional != positional) continue;
    if (!any) out += fmt::format(".SH {}\n", title);
    any = true;
    append_option(out, option);
  }
}

std::string synopsis(const CommandShape& command) {
  std::string line = fmt::format("\\fB{}\\fR", roff(command.path));
  if (!command.commands.empty()) line += " \\fICOMMAND\\fR";
  line += " [\\fIOPTIONS\\fR]";
  for (const auto& option : command.options)
    if (option.positional)
      line += fmt::format(" \\fI{}\\fR", roff(option.takes.empty() ? option.names[0] : option.takes));
  return line;
}

std::string page_of(const CommandShape& command) {
  auto title = dashed(command.path);
  std::transform(title.begin(), title.end(), title.begin(), [](unsigned char c) { return std::toupper(c); });
  std::string out = fmt::format(".TH \"{}\" 1 \"\" \"rollcall {}\" \"Rollcall\"\n", roff(title), ROLLCALL_VERSION);
  out += fmt::format(".SH NAME\n{} \\- {}\n.SH SYNOPSIS\n{}\n", roff(dashed(command.path)), roff(command.about),
                     synopsis(command));
  append_options(out, command, "ARGUMENTS", true);
  append_options(out, command, "OPTIONS", false);
  if (!command.commands.empty()) {
    out += ".SH COMMANDS\n";
    for (const auto& inner : command.commands)
      out += fmt::format(".TP\n\\fB{}\\fR(1)\n{}\n", roff(dashed(inner.path)), roff(inner.about));
  }
  if (!command.footer.empty()) out += fmt::format(".SH NOTES\n{}\n", roff(command.footer));
  return out;
}

const CommandShape* found(const CommandShape& program, const std::string& name) {
  const CommandShape* result = nullptr;
  each_command(program, [&](const CommandShape& command) {
    if (command.path == name || dashed(command.path) == name || command.path == "rollcall " + name) result = &command;
  });
  return result;
}

void write_pages(const CommandShape& program, const std::filesystem::path& folder, bool as_json) {
  std::size_t pages = 0;
  std::filesystem::create_directories(folder);
  each_command(program, [&](const CommandShape& command) {
    const auto file = folder / (dashed(command.path) + ".1");
    std::ofstream out(file, std::ios::binary);
    out << page_of(command);
    if (!out.flush()) throw Failure(fmt::format("cannot write {}", file.string()));
    ++pages;
  });
  if (as_json) return print_json({{"folder", folder.string()}, {"pages", pages}});
  fmt::print("{} pages in {}: man -l {}\n", pages, folder.string(), (folder / "rollcall.1").string());
}

}  // namespace

void add_man(CLI::App& app) {
  auto& command = *app.add_subcommand("man", "Print a page of the manual, or write all of them to a folder");
  auto page = std::make_shared<std::string>("rollcall");
  auto folder = std::make_shared<std::string>();
  command.add_option("page", *page, "users, \"do InvitePartner\", …; without it that of the program")
      ->type_name("COMMAND");
  command.add_option("--out", *folder, "write all pages to this folder, as man1 of a MANPATH has them")
      ->type_name("FOLDER");
  auto as_json = std::make_shared<bool>(false);
  command.add_flag("--json", *as_json, "the page as a member of an object, or how many were written");
  command.footer("To read one: rollcall man users | man -l -");
  command.callback([page, folder, as_json, &app] {
    const auto program = shape_of(app);
    if (!folder->empty()) return write_pages(program, *folder, *as_json);
    const auto* one = found(program, *page);
    if (!one) throw Failure(fmt::format("there is no page of {}", *page), {"rollcall --help names the commands"});
    if (*as_json) return print_json({{"command", one->path}, {"page", page_of(*one)}});
    fmt::print("{}", page_of(*one));
  });
}

}  // namespace rollcall::tools
