// What a progress bar says.
#include "tools/print/progress.hpp"

#include "tests/support/catch.hpp"

using namespace rollcall::tools;

TEST_CASE("a bar shows how much is done, how fast, and how long it will take") {
  CHECK(progress_text("replaying", 400, 1'000, 2.0, 200) ==
        "replaying  [########------------]  40%  400 of 1,000  200/s  0:03 left");
  CHECK(progress_text("replaying", 1'000, 1'000, 4.0, 200) ==
        "replaying  [####################] 100%  1,000 of 1,000  250/s");
}

TEST_CASE("nothing done yet promises no end") {
  CHECK(progress_text("importing", 0, 50, 0.0, 200) == "importing  [--------------------]   0%  0 of 50  0/s");
}

TEST_CASE("without a total there is no bar") {
  CHECK(progress_text("reading", 12'345, 0, 5.0, 200) == "reading  12,345  2,469/s");
}

TEST_CASE("more than the total is still all of it") {
  CHECK(progress_text("catching up", 12, 10, 1.0, 200) == "catching up  [####################] 100%  12 of 10  12/s");
}

TEST_CASE("a bar never wraps") { CHECK(progress_text("replaying", 400, 1'000, 2.0, 20) == "replaying  [#######…"); }

TEST_CASE("the last line says what was done and how fast") {
  CHECK(finished_text("replaying", 1'000'000, 12.5) == "replaying: 1,000,000 in 12.5 s (80,000/s)");
}
