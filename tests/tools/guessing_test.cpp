// How somebody who guesses passwords is slowed down, by a clock of the test.
#include "tools/server/api/guessing.hpp"

#include <string>

#include "tests/support/catch.hpp"

using namespace rollcall;
using rollcall::api::Guessing;
using rollcall::api::source_of;

namespace {

// How many of so many guesses are let through.
int let_through(Guessing& guessing, const std::string& source, const std::string& whom, int guesses, Duration now) {
  int through = 0;
  for (int i = 0; i < guesses; ++i) {
    if (guessing.take(source, whom, now).micros == 0) ++through;
  }
  return through;
}

// How long until one more is let through; none is used up.
Duration wait(Guessing& guessing, const std::string& source, const std::string& whom, Duration now) {
  const auto left = guessing.take(source, whom, now);
  if (left.micros == 0) guessing.give_back(source, whom, now);
  return left;
}

TEST_CASE("many guesses at once are no more than one after the other") {
  Guessing guessing;
  const auto now = seconds(1);
  int begun = 0;  // and none of them told yet
  for (int i = 0; i < 100; ++i)
    if (guessing.take("192.0.2.1", "olga", now).micros == 0) ++begun;
  CHECK(begun == 20);
  guessing.give_back("192.0.2.1", "olga", now);  // one was right
  CHECK(let_through(guessing, "192.0.2.1", "olga", 5, now) == 1);
}

TEST_CASE("one place has twenty guesses, whomever it tries to be, and then one in half a minute") {
  Guessing guessing;
  const auto now = seconds(1);
  int through = 0;
  for (int i = 0; i < 100; ++i) through += let_through(guessing, "192.0.2.1", "per_" + std::to_string(i), 1, now);
  CHECK(through == 20);
  CHECK(wait(guessing, "192.0.2.1", "per_x", now) == seconds(30));
  CHECK(let_through(guessing, "192.0.2.1", "per_x", 10, seconds(62)) == 2);
  CHECK(wait(guessing, "192.0.2.2", "per_x", now).micros == 0);
}

TEST_CASE("strangers everywhere have fifty guesses at one person, and then one a minute") {
  Guessing guessing;
  const auto now = seconds(1);
  int through = 0;
  for (int i = 0; i < 200; ++i) through += let_through(guessing, "192.0.2." + std::to_string(i), "olga", 1, now);
  CHECK(through == 50);
  CHECK(wait(guessing, "198.51.100.1", "olga", now) == seconds(60));
  CHECK(wait(guessing, "198.51.100.1", "petra", now).micros == 0);
}

TEST_CASE("who signed in here before is kept out by no stranger and by no neighbour") {
  Guessing guessing;
  const auto now = seconds(1);
  guessing.succeeded("192.0.2.1", "olga", now);
  for (int i = 0; i < 200; ++i) {
    (void)let_through(guessing, "192.0.2." + std::to_string(i + 2), "olga", 5, now);
    (void)let_through(guessing, "192.0.2.1", "petra", 5, now);
  }
  CHECK(wait(guessing, "192.0.2.1", "olga", now).micros == 0);
  CHECK(let_through(guessing, "192.0.2.1", "olga", 100, now) == 20);
  CHECK(wait(guessing, "192.0.2.1", "olga", days(32)).micros == 0);
}

TEST_CASE("an IPv6 host is one place, whichever of its addresses it takes") {
  CHECK(source_of("2001:db8:1:2::7") == source_of("2001:db8:1:2:ffff::8"));
  CHECK(source_of("2001:db8:1:2::7") != source_of("2001:db8:1:3::7"));
  CHECK(source_of("192.0.2.1") == "192.0.2.1");
  CHECK(source_of("192.0.2.1") != source_of("192.0.2.2"));
}

}  // namespace
