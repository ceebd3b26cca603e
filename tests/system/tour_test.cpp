// The README's tour, walked word by word: every command of it is done, as the reader would, in the order of the page.
#include <algorithm>
#include <fstream>
#include <regex>
#include <sstream>

#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/where.hpp"
#include "tests/system/server_process.hpp"
#include "tests/tools/folder.hpp"

using namespace rollcall;
using namespace rollcall::testing;

namespace {

namespace fs = std::filesystem;

std::string readme() {
  std::ifstream in(where::source_folder() / "README.md");
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// What a reader types, in order: lines in blocks of code that begin with `$ rollcall` or `rollcall`, joined where they
// go on.
std::vector<std::string> commands_in(const std::string& text) {
  std::vector<std::string> commands;
  std::istringstream lines(text);
  bool code = false, goes_on = false;
  int quotes = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("```")) {
      code = !code;
      continue;
    }
    if (!code) continue;
    if (line.starts_with("$ ")) line.erase(0, 2);
    if (goes_on)
      commands.back() += "\n" + line;
    else if (line.starts_with("rollcall "))
      commands.push_back(line);
    else
      continue;
    quotes += static_cast<int>(std::count(line.begin(), line.end(), '\''));
    goes_on = line.ends_with('\\') || quotes % 2 != 0;
  }
  return commands;
}

}  // namespace

TEST_CASE("every command of the README's tour does what the page says", "[process]") {
  const auto page = readme();
  const auto from = page.find("## A tour"), to = page.find("## How it is built");
  REQUIRE(from < to);
  auto commands = commands_in(page.substr(from, to - from));
  REQUIRE(commands.size() > 12);
  REQUIRE(commands[0].starts_with("rollcall demo "));
  REQUIRE(commands[1].starts_with("rollcall serve "));

  const testing::Folder folder;
  fs::create_directory(folder.path() / "bin");
  fs::create_symlink(where::program(), folder.path() / "bin" / "rollcall");
  std::string server_url;
  const auto run = [&](const std::string& command, const std::string& input = {}) {
    auto environment = where::program_environment();
    environment.push_back("XDG_CONFIG_HOME=" + (folder.path() / "config").string());
    environment.push_back("PATH=" + (folder.path() / "bin").string() + ":/usr/bin:/bin");
    if (!server_url.empty()) environment.push_back("ROLLCALL_SERVER=" + server_url);
    return testing::run_command({"/bin/sh", "-c", command}, environment, folder.path(), input);
  };
  const auto demo = run(commands[0]);
  INFO(demo.err);
  REQUIRE(demo.code == 0);
  const ServerProcess server(folder.path() / "data", {"--confirm-clock"});
  INFO(server.said());
  REQUIRE(server.serving());
  server_url = server.url();

  // What the server makes up is another id each time; what the demo has is as printed.
  const std::regex invitation("inv_[0-9a-z]{26}");
  std::string printed, actual;
  for (std::size_t i = 2; i < commands.size(); ++i) {
    auto command = commands[i];
    if (!printed.empty())
      for (auto at = command.find(printed); at != command.npos; at = command.find(printed, at + 1))
        command.replace(at, printed.size(), actual);
    if (command.starts_with("rollcall login")) command += " --password-stdin";
    if (command.find("AcceptInvite") != command.npos)
      token_in_outbox(server.data(), actual + ".1");  // the mail is there in a moment
    CAPTURE(command);
    const auto outcome = run(command, "nina's own password\n");
    INFO(outcome.out << outcome.err);
    CHECK(outcome.code == 0);
    if (command.find("InvitePartner") != command.npos) {
      std::smatch found;
      const auto block = page.substr(page.find("do InvitePartner"));
      REQUIRE(std::regex_search(block, found, invitation));
      printed = found[0];
      REQUIRE(std::regex_search(outcome.out, found, invitation));
      actual = found[0];
    }
    if (command.starts_with("rollcall users gx624 --status all")) {
      // The page shows the very rows, but for the last few.
      const auto block = page.substr(page.find("NAME           P  E-MAIL"));
      CHECK_THAT(outcome.out, Catch::Contains(block.substr(0, block.find("…"))));
      CHECK_THAT(outcome.out, Catch::Contains("seats 4 of 6 used"));
    }
  }
}
