// Every refusal that a command declares, and so the interface documents, is provoked by a test of the rules.
#include <fstream>
#include <set>

#include "domain/commands.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace rollcall;
using namespace rollcall::testing;

namespace {

using Pair = std::pair<std::string, std::string>;  // command, code

// Declared, and not to be had yet: each with the reason.
const std::set<Pair> out_of_reach{
    // Only the owner sets it, who has all that can be given.
    {"SetPartnerPermissions", "permission_exceeds_actor"},
};

std::set<Pair> declared() {
  std::set<Pair> all;
  [&]<class... C>(Types<C...>) {
    const auto add = [&]<class One>(std::type_identity<One>) {
      for (const auto code : One::refusals) all.emplace(One::name, meaning_of(code).name);
    };
    (add(std::type_identity<C>{}), ...);
  }(AllCommands{});
  return all;
}

}  // namespace

TEST_CASE("every refusal that a command declares is provoked by a test of the rules", "[process]") {
  const TemporaryFolder folder;
  const auto noted = folder.path() / "refusals";
  // The tests of this room, run by themselves: those in the files named so.
  std::string these;
  for (const std::string file : {"accounts", "invitations", "memberships", "reassignment", "records", "sessions",
                                 "passwords", "persons", "access_keys", "second_factor", "mail", "permissions", "teams",
                                 "standing_of_members", "traps", "authorization", "erasure", "writer"})
    these += "[#" + file + "_test]~[process],";
  these.pop_back();
  const auto ran =
      run_command({"/proc/self/exe", "-#", these}, {"ROLLCALL_NOTE_REFUSALS=" + noted.string()}, folder.path());
  INFO(ran.out);
  REQUIRE(ran.code == 0);
  std::set<Pair> provoked;
  std::ifstream lines(noted);
  for (std::string command, code; lines >> command >> code;) provoked.emplace(command, code);
  CHECK(provoked.size() > 100);
  for (const auto& [command, code] : declared()) {
    INFO(command << ' ' << code);
    CHECK(provoked.contains({command, code}) != out_of_reach.contains({command, code}));
  }
}
