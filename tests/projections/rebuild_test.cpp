#include "projections/engine/rebuild.hpp"

#include <rapidcheck.h>

#include "projections/engine/read_ahead.hpp"
#include "projections/views/users.hpp"
#include "projections/views/views.hpp"
#include "tests/projections/random_story.hpp"
#include "tests/support/catch.hpp"

using namespace rollcall;
using namespace rollcall::projections;

namespace {

using Kind = Difference::Kind;

// A view fed as the log grows, in portions of this many events.
void feed_slowly(const Projection& projection, const Story& story, StoryViews& store, Position portion) {
  for (Position size = 0; size < story.log.size();) {
    size = std::min(size + portion, story.log.size());
    Projector projector(story.log, story.keys);
    projector.feed(projection, store);
    projector.catch_up(size);
    REQUIRE_FALSE(projector.views().front().stop.has_value());
  }
}

}  // namespace

TEST_CASE("a view built anew is the view that grew with the log, row by row") {
  CHECK(rc::check([](const std::vector<std::uint32_t>& steps) {
    const RandomStory random(steps);
    const auto portion = *rc::gen::inRange<Position>(1, 20);
    for (const auto* projection : all_projections()) {
      StoryViews grown, rebuilt;
      feed_slowly(*projection, random.story, grown, portion);
      const auto progress = rebuild(*projection, random.story.log, random.story.keys, rebuilt, random.story.log.size());
      RC_ASSERT(progress.has_value());
      RC_ASSERT(differences(grown.rows(), rebuilt.rows(), 10).empty());
      RC_ASSERT(compare(grown.progress(), rebuilt.progress()) == Comparison::equal);
      RC_ASSERT(rebuilt.progress().digest == digest_of(rebuilt.rows()));
    }
  }));
}

TEST_CASE("a view of an erased person built anew differs from the one that still shows him, in his rows only") {
  Story story;
  story.open_account("gx624");
  const auto user = story.user("ulla@firm.example", "Ulla");
  StoryViews before, after;
  REQUIRE(rebuild(users, story.log, story.keys, before, story.log.size()).has_value());
  story.keys.destroy(user.key);
  REQUIRE(rebuild(users, story.log, story.keys, after, story.log.size()).has_value());

  CHECK(before.progress().digest.rows == after.progress().digest.rows);
  CHECK(compare(before.progress(), after.progress()) == Comparison::different);
  for (const auto& difference : differences(before.rows(), after.rows(), 10)) {
    CAPTURE(users.row_name(difference.key));
    CHECK(users.row_name(difference.key).find("account") != 0);
  }
}

TEST_CASE("a rebuild tells how far it is and can be called off") {
  Story story;
  const auto owner = story.open_account("gx624");
  while (story.log.size() < 40'000) story.signs_in(owner);
  std::vector<Position> told;
  StoryViews store;

  SECTION("to its end") {
    const auto progress = rebuild(users, story.log, story.keys, store, 35'000, [&](Position reached) {
      told.push_back(reached);
      return true;
    });
    CHECK(progress->applied == 35'000);
    CHECK(told == std::vector<Position>{16'384, 32'768});
  }
  SECTION("half way") {
    const auto progress = rebuild(users, story.log, story.keys, store, 35'000, [](Position) { return false; });
    CHECK(progress->applied == 16'384);
    CHECK(store.progress().applied == 16'384);
  }
}

TEST_CASE("a rebuild that meets an event it cannot take says which") {
  Story story;
  story.open_account("gx624");
  story.log.entries[1].pop_back();
  StoryViews store;
  const auto progress = rebuild(users, story.log, story.keys, store, story.log.size());
  REQUIRE_FALSE(progress.has_value());
  CHECK(progress.error().position == 1);
}

TEST_CASE("a rebuild into rows that are there already is broken reasoning") {
  Story story;
  story.open_account("gx624");
  StoryViews store;
  store.commit({}, {1, {}, 1});
  CHECK_THROWS_AS(rebuild(users, story.log, story.keys, store, 1), std::logic_error);
}

TEST_CASE("views are compared at the same size and version only") {
  const ViewStore::Progress here{10, {}, 1};
  CHECK(compare(here, here) == Comparison::equal);
  CHECK(compare(here, {10, {1, 2, 3}, 1}) == Comparison::different);
  CHECK(compare(here, {11, {}, 1}) == Comparison::incomparable);
  CHECK(compare(here, {10, {}, 2}) == Comparison::incomparable);
}

TEST_CASE("differences name each row that is missing, added or changed, in order and up to a limit") {
  MemoryRows a, b;
  a.apply({{"a", "1"}, {"b", "1"}, {"c", "1"}});
  b.apply({{"b", "2"}, {"c", "1"}, {"d", "1"}});
  CHECK(differences(a, b, 10) ==
        std::vector<Difference>{{"a", Kind::only_in_first}, {"b", Kind::other_value}, {"d", Kind::only_in_second}});
  CHECK(differences(a, b, 2).size() == 2);
  CHECK(differences(a, a, 10).empty());

  SECTION("also when there are many") {
    MemoryRows many;
    for (int i = 10'000; i < 15'000; ++i) many.apply({{std::to_string(i), "x"}});
    CHECK(differences(many, many, 10).empty());
    CHECK(differences(many, MemoryRows{}, 100'000).size() == 5'000);
    CHECK(differences(MemoryRows{}, many, 100'000).size() == 5'000);
    auto other = many;
    other.apply({{"12345", std::nullopt}});
    CHECK(differences(many, other, 10) == std::vector<Difference>{{"12345", Kind::only_in_first}});
  }
}

TEST_CASE("every row of every view has a name that people can read, without personal data") {
  Story story;
  story.open_account("gx624", "Secret Name");
  const auto partner = story.partner("secret@agency.example", "Secret Name");
  story.registers(partner, "Secret Name");
  story.signs_in(partner);
  story.invite_user("secret@firm.example", "Secret Name");
  for (const auto* projection : all_projections()) {
    StoryViews store;
    REQUIRE(rebuild(*projection, story.log, story.keys, store, story.log.size()).has_value());
    CHECK(store.progress().digest.rows > 0);
    store.rows().scan({}, {}, [&](std::string_view key, std::string_view) {
      const auto name = projection->row_name(key);
      CAPTURE(projection->name, name);
      CHECK(std::all_of(name.begin(), name.end(), [](char c) { return c >= ' ' && c <= '~'; }));
      CHECK(name.find("ecret") == std::string::npos);
      return true;
    });
  }
}

TEST_CASE("reading ahead shows what the log shows") {
  Story story;
  const auto owner = story.open_account("gx624");
  while (story.log.size() < 20'000) story.signs_in(owner);
  const ReadAhead ahead(story.log);

  Position next = 5;
  ahead.read(5, [&](Position position, std::string_view entry) {
    if (position != next || entry != story.log.entries[position]) return false;
    ++next;
    return true;
  });
  CHECK(next == story.log.size());

  SECTION("and ends when the visitor wants no more") {
    int seen = 0;
    ahead.read(0, [&](Position, std::string_view) { return ++seen < 3; });
    CHECK(seen == 3);
  }
  SECTION("and hands on what the visitor throws") {
    CHECK_THROWS_AS(ahead.read(0, [](Position, std::string_view) -> bool { throw std::runtime_error("enough"); }),
                    std::runtime_error);
  }
  SECTION("and hands on what the log throws, behind all that was read before") {
    struct Failing : LogReader {
      Position size() const override { return 3; }
      void read(Position, const Visit& visit) const override {
        for (Position i = 0; i < 2; ++i) visit(i, "entry");
        throw std::runtime_error("the disk says no");
      }
      std::optional<std::string> entry(Position) const override { return {}; }
      std::optional<std::string> tile(unsigned, std::uint64_t) const override { return {}; }
      std::optional<std::string> frontier() const override { return {}; }
      std::optional<std::string> checkpoint() const override { return {}; }
      Position batch_end(Position) const override { return 0; }
      State state() const override { return {}; }
    } failing;
    int seen = 0;
    CHECK_THROWS_AS(ReadAhead(failing).read(0, [&](Position, std::string_view) { return ++seen > 0; }),
                    std::runtime_error);
    CHECK(seen == 2);
  }
}
