// The `rollcall` program: reads the command line, runs one subcommand, turns what went wrong into a line and a code.
#include <algorithm>
#include <cstdio>
#include <exception>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "tools/client/remote.hpp"
#include "tools/failure.hpp"
#include "tools/print/text.hpp"
#include "tools/subcommands.hpp"

namespace {

using namespace rollcall::tools;
namespace json = boost::json;

void complain(const std::string& line, const std::vector<std::string>& notes = {}) {
  fmt::print(stderr, "rollcall: {}\n", printable(line));
  for (const auto& note : notes) fmt::print(stderr, "  {}\n", printable(note));
}

// The subcommand that was meant by one there is not, if it can be guessed.
std::string meant(const CLI::App& app, const std::vector<std::string>& words) {
  constexpr std::size_t letters_wrong = 2;
  for (const auto& word : words) {
    if (word.starts_with('-')) continue;
    std::string nearest;
    auto least = letters_wrong + 1;
    for (const auto* known : app.get_subcommands(nullptr))
      if (const auto wrong = edit_distance(word, known->get_name()); wrong < least) {
        least = wrong;
        nearest = known->get_name();
      }
    return nearest.empty() || least == 0 ? std::string{} : "; did you mean " + nearest + "?";
  }
  return {};
}

// For programs, which asked for JSON: what was refused as the server said it, what else failed in the same shape.
void complain_as_json(const Failure& failure) {
  if (const auto* refused = dynamic_cast<const Refused*>(&failure)) return print_json(refused->problem());
  json::array notes;
  for (const auto& note : failure.notes()) notes.emplace_back(note);
  print_json(json::object{{"code", "failed"}, {"detail", failure.what()}, {"notes", std::move(notes)}});
}

int run(int argc, char** argv) {
  CLI::App app{"Rollcall keeps who may enter which account, and proves who could when.", "rollcall"};
  app.set_version_flag("--version", "rollcall " ROLLCALL_VERSION);
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  app.footer(
      "A server runs with `rollcall serve`; the other commands talk to it or read its data folder.\n"
      "Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 75 try again later, 78 somebody has to look at it.\n"
      "Each command explains itself with --help.");

  add_serve(app);
  add_followers(app);
  add_do(app);
  add_login(app);
  add_logout(app);
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
  add_backup(app);
  add_restore(app);
  add_verify(app);
  add_demo(app);
  add_bench(app);

  try {
    app.parse(argc, argv);
    if (std::fflush(stdout) == 0) return exit_done;
    complain("not all of the output could be written");
  } catch (const CLI::Success& asked) {  // --help and --version
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    complain(std::string{error.what()} + (app.get_subcommands().empty() ? meant(app, words) : "") +
             " (--help explains)");
    return exit_usage;
  } catch (const Failure& failure) {
    complain(failure.what(), failure.notes());
    if (std::find(argv, argv + argc, std::string_view{"--json"}) != argv + argc) complain_as_json(failure);
    return failure.exit_code();
  } catch (const Unsuccessful&) {
  } catch (const std::exception& error) {
    complain(error.what());
  }
  return exit_failed;
}

}  // namespace

int main(int argc, char** argv) { return run(argc, argv); }
