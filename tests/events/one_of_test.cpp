#include "events/one_of.hpp"

#include <memory>
#include <stdexcept>
#include <string>

#include "events/match.hpp"
#include "events/one_of_members.hpp"
#include "tests/support/catch.hpp"

namespace rollcall {
namespace {

// Counts those alive, and throws when one is copied that is marked for it.
struct Fragile {
  explicit Fragile(bool breaks_ = false) : breaks(breaks_) { ++alive; }
  Fragile(const Fragile& other) : breaks(other.breaks) {
    if (breaks) throw std::runtime_error("broke");
    ++alive;
  }
  Fragile(Fragile&& other) noexcept : breaks(other.breaks) { ++alive; }
  Fragile& operator=(const Fragile&) = default;
  ~Fragile() { --alive; }
  bool operator==(const Fragile&) const = default;

  bool breaks;
  static inline int alive = 0;
};

struct AllThings : Types<int, std::string, Fragile> {};
using Thing = OneOf<AllThings>;

}  // namespace

template class OneOf<AllThings>;

TEST_CASE("a sum holds the first of its types when made of nothing, and what was put into it") {
  CHECK(get<int>(Thing{}) == 0);
  Thing thing = std::string("a text that is too long to lie in the string itself");
  REQUIRE(get_if<std::string>(&thing));
  CHECK_FALSE(get_if<int>(&thing));
  CHECK(holds_alternative<std::string>(thing));
  CHECK_THROWS_AS(get<int>(thing), std::bad_variant_access);
  const Thing copy = thing;
  CHECK(copy == thing);
  get<std::string>(thing).append("!");
  CHECK_FALSE(copy == thing);
  CHECK_FALSE(copy == Thing{7});
  thing = 7;
  CHECK(thing == Thing{7});
  CHECK(match(
            thing, [](int number) { return number; }, [](const auto&) { return 0; }) == 7);
}

TEST_CASE("a copy that fails leaves a sum as it was, and nothing alive that should not be") {
  {
    Thing thing = std::string("as it was");
    const Thing broken = Fragile(true);
    CHECK(Fragile::alive == 1);
    CHECK_THROWS(thing = broken);
    CHECK(get<std::string>(thing) == "as it was");
    thing = Fragile();
    thing = *&thing;
    CHECK(Fragile::alive == 2);
    Thing moved = std::move(thing);
    moved = 3;
    CHECK(Fragile::alive == 2);
  }
  CHECK(Fragile::alive == 0);
}

}  // namespace rollcall
