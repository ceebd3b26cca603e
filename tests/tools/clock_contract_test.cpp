// What every clock promises (domain/ports.hpp), run over the system's and the one that tests move.
#include <chrono>
#include <thread>

#include "tests/support/catch.hpp"
#include "tests/support/moved_clock.hpp"
#include "tools/installation/installation.hpp"

using namespace rollcall;

namespace {

struct OfTheSystem {
  SystemClock clock;
  void let_pass(Duration time) { std::this_thread::sleep_for(std::chrono::microseconds(time.micros)); }
};

struct Moved {
  MovedClock clock;
  void let_pass(Duration time) { clock.pass(time); }
};

}  // namespace

TEMPLATE_TEST_CASE("time that passes shows on both hands of a clock", "[clock]", OfTheSystem, Moved) {
  TestType tested;
  const Clock& clock = tested.clock;
  CHECK(clock.now() > Time{1'772'323'200'000'000});  // 2026-03-01: it is UTC since 1970, in microseconds
  const auto wall = clock.now();
  const auto monotonic = clock.monotonic();
  tested.let_pass(Duration{5'000});
  CHECK(clock.monotonic().micros >= monotonic.micros + 5'000);
  CHECK(clock.now() > wall);
}

TEMPLATE_TEST_CASE("the monotonic hand never goes back, whoever reads it", "[clock]", OfTheSystem, Moved) {
  TestType tested;
  const Clock& clock = tested.clock;
  std::atomic<int> backwards{0};
  const auto read = [&] {
    auto last = clock.monotonic();
    for (int i = 0; i < 10'000; ++i) {
      const auto next = clock.monotonic();
      if (next.micros < last.micros) ++backwards;
      last = next;
    }
  };
  std::thread other(read);
  read();
  other.join();
  CHECK(backwards == 0);
}
