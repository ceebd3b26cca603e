// Programs whose standard streams are closed, or full.
#include <fstream>

#include "tests/support/catch.hpp"
#include "tests/support/where.hpp"
#include "tests/tools/program.hpp"

using namespace rollcall;
using namespace rollcall::testing;

namespace {

int code_of(const testing::Folder& folder, const std::string& line) {
  return run_command({"/bin/sh", "-c", "exec " + where::program().string() + " " + line}, where::program_environment(),
                     folder.path())
      .code;
}

}  // namespace

TEST_CASE("a program without standard streams works, and writes what it says into no file", "[process]") {
  const testing::Folder folder;
  CHECK(code_of(folder, "version 1>&- 2>&-") == 0);
  CHECK(code_of(folder, "nonsense 0<&- 1>&- 2>&-") == 2);
  CHECK(code_of(folder, "demo --scale XS --data made 0<&- 1>&- 2>&-") == 0);
  CHECK(code_of(folder, "verify --data made 1>&- 2>&-") == 0);
  std::ifstream lock(folder.path() / "made" / "LOCK");
  std::string text;
  std::getline(lock, text);
  CHECK(text.find_first_not_of("0123456789") == text.npos);
}

TEST_CASE("output that cannot be written is a failure", "[process]") {
  const testing::Folder folder;
  for (const auto* line : {"version", "--help", "--version", "schema --all"}) {
    INFO(line);
    CHECK(code_of(folder, std::string{line} + " >/dev/full 2>/dev/null") == 1);
  }
}
