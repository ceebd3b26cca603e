// What is made from the command line's own options: completions that the shells take, and pages of the manual.
#include <filesystem>

#include "tests/support/catch.hpp"
#include "tests/tools/program.hpp"

using namespace rollcall::testing;
using Catch::Contains;

namespace {

// Runs a script of a shell in the folder where the completions of rollcall for it are in `completion`.
CommandResult in_shell(const Folder& folder, const std::string& shell, const std::string& script) {
  folder.write("completion", Program{folder}.run({"completion", shell}).out);
  folder.write("script", script);
  return run_command({"/usr/bin/env", shell, "script"}, {"PATH=/usr/bin:/bin", "HOME=" + folder.path().string()},
                     folder.path());
}

// tools/setup --test installs them; who builds elsewhere may do without.
bool is_there(const std::string& program) {
  if (std::filesystem::exists("/usr/bin/" + program) || std::filesystem::exists("/bin/" + program)) return true;
  WARN(program << " is not installed: what it says of rollcall's output is not tested");
  return false;
}

}  // namespace

TEST_CASE("bash completes subcommands, options and the words an option takes", "[process]") {
  const Folder folder;
  const auto outcome = in_shell(folder, "bash", R"(source ./completion
t() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _rollcall; echo "${COMPREPLY[*]}"; }
t rollcall whoa
t rollcall do InviteP
t rollcall do InvitePartner --adm
t rollcall do InvitePartner --admin ''
t rollcall users gx624 --kind ''
t rollcall completion ''
t rollcall users --server http://127.0.0.1 --so
)");
  CHECK(outcome.code == 0);
  CHECK(outcome.out ==
        "whoami\nInvitePartner\n--admin\ntrue false\nstandard partner\n-h --help bash zsh fish --json\n--sort\n");
}

TEST_CASE("fish completes them too", "[process]") {
  if (!is_there("fish")) return;
  const Folder folder;
  const auto outcome = in_shell(folder, "fish", R"(source ./completion
complete -C "rollcall whoa"
complete -C "rollcall do InvitePartner --admin t"
)");
  CHECK(outcome.code == 0);
  CHECK_THAT(outcome.out, Contains("whoami\tShow as whom you ask") && Contains("true\tfull rights"));
}

TEST_CASE("zsh takes its completions", "[process]") {
  if (!is_there("zsh")) return;
  const Folder folder;
  const auto outcome = in_shell(folder, "zsh",
                                "autoload -U compinit; compinit -D; source ./completion; "
                                "print -r -- $_comps[rollcall]\n");
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "_rollcall\n");
}

TEST_CASE("the manual has a page for each command, without a fault", "[process]") {
  const Folder folder;
  const Program program{folder};
  CHECK_THAT(program.run({"man", "--out", "man1"}).out, Contains("man1"));
  const auto page = folder.read("man1/rollcall-do-InvitePartner.1");
  CHECK_THAT(page, Contains(".TH \"ROLLCALL\\-DO\\-INVITEPARTNER\" 1") && Contains("\\-\\-access\\-ends\\-at") &&
                       Contains("\\-\\-server"));
  CHECK(program.run({"man", "do InvitePartner"}).out == page);
  CHECK(program.run({"man", "nothing"}).code == 1);
  if (!is_there("mandoc")) return;
  const auto checked =
      run_command({"/bin/sh", "-c", "mandoc -T lint -W error man1/*.1"}, {"PATH=/usr/bin:/bin"}, folder.path());
  INFO(checked.out);
  CHECK(checked.code == 0);
}
