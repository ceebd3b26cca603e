// `rollcall status`: how a running server is.
#include <memory>

#include <fmt/format.h>

#include "tools/client/remote.hpp"
#include "tools/print/json_view.hpp"
#include "tools/print/terminal.hpp"
#include "tools/subcommands.hpp"

namespace rollcall::tools {

void add_status(CLI::App& app) {
  auto& command = *app.add_subcommand("status", "Show the server's log, checkpoint, followers, disk and uptime");
  auto options = std::make_shared<RemoteOptions>();
  add_remote_options(command, *options);
  command.callback([options] {
    Remote remote(*options);
    const auto status = remote.get("/v1/status");
    if (options->json) return print_json(status);
    fmt::print("{}", outline(status.as_object(), columns_available(Stream::output)));
  });
}

}  // namespace rollcall::tools
