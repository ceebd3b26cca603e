// The `rollcall` program: reads the command line, runs one subcommand, turns what went wrong into a line and a code.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "adapters/rocksdb/storage.hpp"
#include "domain/engine/writer.hpp"
#include "tools/client/remote.hpp"
#include "tools/command_line.hpp"
#include "tools/failure.hpp"
#include "tools/installation/folder.hpp"
#include "tools/print/json_view.hpp"
#include "tools/print/text.hpp"
#include "tools/subcommands.hpp"

namespace {

using namespace rollcall::tools;
namespace json = boost::json;

// Where nothing can be written, the exit code has to say it.
void complain(const std::string& line, const std::vector<std::string>& notes = {}) {
  auto text = fmt::format("rollcall: {}\n", printable(line));
  for (const auto& note : notes) text += fmt::format("  {}\n", printable(note));
  (void)std::fputs(text.c_str(), stderr);
}

// A file that is opened would get the number of a standard stream that is closed, and what is printed would go there.
void open_standard_streams() {
  for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; ++stream)
    if (::fcntl(stream, F_GETFD) < 0 && ::open("/dev/null", stream == STDIN_FILENO ? O_RDONLY : O_WRONLY) < 0)
      std::_Exit(exit_failed);
}

// What ended the program, in words: for programs that asked for JSON also in the shape in which a server refuses, and
// what a server refused as it said it.
void complain_of(const std::exception& error, bool as_json) {
  const auto* failure = dynamic_cast<const Failure*>(&error);
  complain(error.what(), failure ? failure->notes() : std::vector<std::string>{});
  if (!as_json) return;
  if (const auto* refused = dynamic_cast<const Refused*>(&error)) return print_json(refused->problem());
  json::array notes;
  if (failure)
    for (const auto& note : failure->notes()) notes.emplace_back(note);
  const auto* code = dynamic_cast<const CLI::ParseError*>(&error) ? "usage" : "failed";
  print_json(json::object{{"code", code}, {"detail", error.what()}, {"notes", std::move(notes)}});
}

// By what it was that ended the program, whichever subcommand it was in.
int exit_code_of(const std::exception& error) {
  if (const auto* failure = dynamic_cast<const Failure*>(&error)) return failure->exit_code();
  if (dynamic_cast<const rollcall::FolderInUse*>(&error)) return exit_try_again;
  if (dynamic_cast<const rollcall::StorageCorrupt*>(&error)) return exit_needs_person;
  if (dynamic_cast<const rollcall::StorageError*>(&error)) return exit_try_again;
  if (dynamic_cast<const rollcall::UnfitFolder*>(&error)) return exit_needs_person;
  if (dynamic_cast<const rollcall::LogDamaged*>(&error)) return exit_needs_person;
  return exit_failed;
}

int run(int argc, char** argv) {
  CLI::App app{"Rollcall keeps who may enter which account, and proves who could when.", "rollcall"};
  app.set_version_flag("--version", "rollcall " ROLLCALL_VERSION);
  app.require_subcommand(1);
  app.formatter(help_formatter());
  app.footer(
      "A server runs with `rollcall serve`; the other commands talk to it or read its data folder.\n"
      "\n" +
      std::string{remote_options_help} +
      "\n"
      "Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 75 try again later, 78 somebody has to look at it.\n"
      "Each command explains itself with --help.");

  add_serve(app);
  add_followers(app);
  add_migrate(app);
  add_do(app);
  add_login(app);
  add_logout(app);
  add_whoami(app);
  add_can(app);
  add_password(app);
  add_second_factor(app);
  add_sessions(app);
  add_keys(app);
  add_mail(app);
  add_lists(app);
  add_report(app);
  add_user(app);
  add_history(app);
  add_central(app);
  add_log(app);
  add_import(app);
  add_rebuild(app);
  add_status(app);
  add_schema(app);
  add_docs(app);
  add_completion(app);
  add_man(app);
  add_version(app);
  add_backup(app);
  add_restore(app);
  add_rotate(app);
  add_verify(app);
  add_demo(app);
  add_bench(app);

  const bool as_json = std::find(argv, argv + argc, std::string_view{"--json"}) != argv + argc;
  if (const auto unknown = unknown_setting(app, environ); !unknown.empty()) {
    complain_of(CLI::ParseError(unknown, exit_usage), as_json);
    return exit_usage;
  }
  try {
    app.parse(argc, argv);
    if (std::fflush(stdout) == 0) return exit_done;
    complain("not all of the output could be written");
  } catch (const CLI::Success& asked) {  // --help and --version
    const auto code = app.exit(asked);
    if (std::cout.flush() && std::fflush(stdout) == 0) return code;
    complain("not all of the output could be written");
  } catch (const CLI::ParseError& error) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    auto what = meant(app, words);
    if (what.empty()) what = error.what();
    // Of options that help does not list CLI11 tells no name: their own words do.
    if (what.starts_with(": ")) what.erase(0, 2);
    complain_of(CLI::ParseError(what + " (--help explains)", exit_usage), as_json);
    return exit_usage;
  } catch (const Unsuccessful&) {
    return exit_failed;
  } catch (const std::exception& error) {
    complain_of(error, as_json);
    return exit_code_of(error);
  }
  return exit_failed;
}

}  // namespace

int main(int argc, char** argv) {
  open_standard_streams();
  return run(argc, argv);
}
