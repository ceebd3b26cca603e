// The views of a server: one that comes upon what it cannot take says so, and is not taken for one that keeps up.
#include "tools/server/followers/view_host.hpp"

#include <thread>

#include "projections/views/users.hpp"
#include "tests/projections/story.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tools/server/followers/report.hpp"

using namespace rollcall;
using projections::Story;

namespace {

RebuildStatus nothing_to_check(const std::function<void(Position, Position)>&) { return {}; }

}  // namespace

TEST_CASE("a view that stopped is known by the event it stopped at") {
  const TemporaryFolder folder;
  Story story;
  story.open_account("gx624");
  const auto well = story.log.size();
  story.log.entries.push_back("no entry of this program");
  ViewHost host(story.log, story.keys, folder / "views", nothing_to_check);
  std::optional<projections::Stop> stop;
  for (int i = 0; i < 1'000 && !stop; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    stop = host.stop_of(projections::users);
  }
  REQUIRE(stop);
  CHECK(stop->position == well);
  CHECK(host.snapshot(projections::users).progress.applied == well);
}

TEST_CASE("views that have seen what the log lost, or has otherwise, are not served") {
  const TemporaryFolder folder;
  Story story;
  story.open_account("gx624");
  const auto size = story.log.size();
  {
    ViewHost host(story.log, story.keys, folder / "views", nothing_to_check);
    while (host.applied() < size) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    CHECK_FALSE(host.stop_of(projections::users));
  }
  const auto open = [&] { const ViewHost host(story.log, story.keys, folder / "views", nothing_to_check); };
  SECTION("the end is lost") {
    story.log.entries.pop_back();
    CHECK_THROWS_WITH(open(), Catch::Contains("ahead of the log") && Catch::Contains("--put-right"));
  }
  SECTION("the log went another way") {
    story.log.entries.pop_back();
    story.invite_user("ulla@firm.example", "Ulla");
    CHECK_THROWS_AS(open(), FollowerMisfit);
  }
  SECTION("it only grew") {
    story.invite_user("ulla@firm.example", "Ulla");
    CHECK_NOTHROW(open());
  }
}
