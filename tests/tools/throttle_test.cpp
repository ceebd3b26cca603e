// How many requests one caller may make, by a clock of the test.
#include "tools/server/api/throttle.hpp"

#include <string>

#include "tests/support/catch.hpp"

using namespace rollcall;
using rollcall::api::Throttle;

namespace {

std::size_t admitted(Throttle& throttle, std::string_view caller, Duration now, std::size_t asked) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < asked; ++i) count += throttle.admits(caller, now);
  return count;
}

}  // namespace

TEST_CASE("a caller has twice a second's requests at once, and a second's each second") {
  Throttle throttle(10, 20);
  CHECK(admitted(throttle, "olga", seconds(1), 100) == 20);
  CHECK(admitted(throttle, "petra", seconds(1), 100) == 20);  // whoever else asks
  CHECK(admitted(throttle, "olga", seconds(2), 100) == 10);
  CHECK(admitted(throttle, "olga", seconds(1'000), 100) == 20);
}

TEST_CASE("without a bound everybody may ask as much as they like") {
  Throttle throttle(0, 0);
  CHECK(admitted(throttle, "olga", seconds(1), 10'000) == 10'000);
}

TEST_CASE("who is forgotten gains nothing, and many callers take no more room than a bound") {
  Throttle throttle(10, 20);
  CHECK(admitted(throttle, "olga", seconds(1), 100) == 20);
  std::size_t new_ones = 0;
  for (int i = 0; i < 150'000; ++i) new_ones += throttle.admits("caller " + std::to_string(i), seconds(1));
  CHECK(new_ones < 100'100);
  CHECK(admitted(throttle, "olga", seconds(1), 100) == 0);
  CHECK(admitted(throttle, "somebody else", seconds(100), 100) == 20);
}

TEST_CASE("how long somebody has to wait is told, and asking for it costs nothing") {
  Throttle throttle(0.5, 2);
  const auto now = seconds(1);
  CHECK(throttle.wait("olga", now).micros == 0);
  CHECK(admitted(throttle, "olga", now, 5) == 2);
  CHECK(throttle.wait("olga", now) == seconds(2));
  CHECK(throttle.wait("olga", seconds(2)) == seconds(1));
  CHECK(throttle.wait("petra", now).micros == 0);
  CHECK(admitted(throttle, "olga", seconds(3), 5) == 1);
}

TEST_CASE("who reserves takes turns, each waits once, and whoever asks at once meanwhile is told to wait") {
  Throttle throttle(1, 2);
  const auto now = seconds(1);
  CHECK(throttle.reserve("olga", now).micros == 0);
  CHECK(throttle.reserve("olga", now).micros == 0);
  CHECK(throttle.reserve("olga", now) == seconds(1));
  CHECK(throttle.reserve("olga", now) == seconds(2));
  CHECK_FALSE(throttle.admits("olga", seconds(3)));
  CHECK(throttle.admits("olga", seconds(4)));
  CHECK(throttle.reserve("petra", now).micros == 0);
  CHECK(Throttle(0, 0).reserve("olga", now).micros == 0);
}
