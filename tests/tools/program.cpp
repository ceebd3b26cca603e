#include "tests/tools/program.hpp"

#include "tests/support/where.hpp"

namespace rollcall::testing {

CommandResult Program::run(const std::vector<std::string>& arguments, const std::string& input) const {
  std::vector<std::string> command{where::program().string()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  auto settings = where::program_environment();
  settings.push_back("XDG_CONFIG_HOME=" + (folder_.path() / "config").string());
  for (const auto& [name, value] : environment) settings.push_back(name + "=" + value);
  return run_command(std::move(command), std::move(settings), folder_.path(), input);
}

}  // namespace rollcall::testing
