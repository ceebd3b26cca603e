// The `rollcall` program: reads the command line, runs one subcommand, turns what went wrong into a line and a code.
#include <cstdio>
#include <exception>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "tools/failure.hpp"
#include "tools/print/text.hpp"
#include "tools/subcommands.hpp"

namespace {

using namespace rollcall::tools;

void complain(const std::string& line, const std::vector<std::string>& notes = {}) {
  fmt::print(stderr, "rollcall: {}\n", printable(line));
  for (const auto& note : notes) fmt::print(stderr, "  {}\n", printable(note));
}

int run(int argc, char** argv) {
  CLI::App app{"Rollcall keeps who may enter which account, and proves who could when.", "rollcall"};
  app.set_version_flag("--version", "rollcall " ROLLCALL_VERSION);
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  app.footer(
      "A server runs with `rollcall serve`; the other commands talk to it or read its data folder.\n"
      "Exit codes: 0 done, 1 refused or failed, 2 wrong usage. Each command explains itself with --help.");

  add_serve(app);
  add_do(app);
  add_login(app);
  add_logout(app);
  add_lists(app);
  add_user(app);
  add_history(app);
  add_central(app);
  add_log(app);
  add_import(app);
  add_rebuild(app);
  add_status(app);
  add_schema(app);
  add_docs(app);
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
    complain(std::string{error.what()} + " (--help explains)");
    return exit_usage;
  } catch (const Failure& failure) {
    complain(failure.what(), failure.notes());
  } catch (const Unsuccessful&) {
  } catch (const std::exception& error) {
    complain(error.what());
  }
  return exit_failed;
}

}  // namespace

int main(int argc, char** argv) { return run(argc, argv); }
