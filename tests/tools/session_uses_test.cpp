// How long a session goes on in which nothing is asked, by a clock of the test.
#include "tools/server/api/session_uses.hpp"

#include "tests/support/catch.hpp"

using namespace rollcall;
using rollcall::api::SessionUses;

namespace {

constexpr Time start{1'772'528'400'000'000};

SessionId session(std::uint8_t number) {
  SessionId id;
  id.bytes.back() = number;
  return id;
}

}  // namespace

TEST_CASE("a session goes on while something is asked in it, and no longer") {
  SessionUses uses(hours(1));
  const auto ask = [&](std::uint8_t number, Duration after) {
    return uses.use(session(number), start + after, [] { return start; });
  };
  CHECK(ask(1, minutes(59)));
  CHECK(ask(1, minutes(118)));
  CHECK_FALSE(ask(1, minutes(178)));
  CHECK_FALSE(ask(1, minutes(179)));  // nor does asking too late begin it anew
  // One that nobody asked in counts from when it began.
  CHECK_FALSE(ask(2, minutes(60)));
  CHECK(uses.last(session(1)) == start + minutes(118));
  CHECK_FALSE(uses.last(session(3)).has_value());
}

TEST_CASE("idle sessions are told once, some at a time") {
  SessionUses uses(hours(1));
  for (std::uint8_t number = 0; number < 5; ++number)
    uses.use(session(number), start + minutes(number), [] { return start; });
  CHECK(uses.take_idle(start + minutes(59), 10).empty());
  CHECK(uses.take_idle(start + minutes(62), 2).size() == 2);
  CHECK(uses.take_idle(start + minutes(62), 10) == std::vector{session(2)});
  CHECK(uses.take_idle(start + minutes(62), 10).empty());
  CHECK(uses.last(session(4)).has_value());
}

TEST_CASE("where sessions may be idle for ever nothing is kept of them") {
  SessionUses uses(Duration{0});
  CHECK(uses.use(session(1), start, [] { return start; }));
  CHECK(uses.use(session(1), start + days(1), [] { return start; }));
  CHECK(uses.take_idle(start + days(2), 10).empty());
  CHECK_FALSE(uses.last(session(1)).has_value());
}
