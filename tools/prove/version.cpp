// `rollcall version`: which program this is.
#include <memory>

#include <fmt/format.h>

#include "tools/print/json_view.hpp"
#include "tools/subcommands.hpp"

namespace rollcall::tools {

void add_version(CLI::App& app) {
  auto& command = *app.add_subcommand("version", "Print the version of this program");
  auto as_json = std::make_shared<bool>(false);
  command.add_flag("--json", *as_json, "as JSON");
  command.callback([as_json] {
    if (*as_json) return print_json({{"version", ROLLCALL_VERSION}});
    fmt::print("rollcall {}\n", ROLLCALL_VERSION);
  });
}

}  // namespace rollcall::tools
