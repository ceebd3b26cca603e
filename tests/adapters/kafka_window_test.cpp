#include "adapters/kafka/window.hpp"
#include "tests/support/batches.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/memory_log.hpp"

using namespace rollcall;

namespace {

// A log of batches of so many entries, each of ten bytes.
struct Given {
  explicit Given(const std::vector<std::size_t>& batch_sizes) {
    Batches batches;
    for (const auto size : batch_sizes) log.append(batches.next(std::vector<std::string>(size, "ten bytes.")));
  }
  // The sizes of the transactions that publish it.
  std::vector<std::size_t> windows(const kafka::WindowBounds& bounds) const {
    std::vector<std::size_t> sizes;
    for (Position next = 0; next < log.size(); next += sizes.back())
      sizes.push_back(kafka::next_window(log, next, bounds).size());
    return sizes;
  }
  MemoryLog log;
};

using Sizes = std::vector<std::size_t>;

}  // namespace

TEST_CASE("small batches share a transaction, as many as fit whole") {
  CHECK(Given({3, 3, 3, 3}).windows({.events = 100, .bytes = 1'000}) == Sizes{12});
  CHECK(Given({3, 3, 3, 3}).windows({.events = 7, .bytes = 1'000}) == Sizes{6, 6});
  CHECK(Given({3, 3, 3, 3}).windows({.events = 6, .bytes = 1'000}) == Sizes{6, 6});
  CHECK(Given({3, 3, 3, 3}).windows({.events = 100, .bytes = 89}) == Sizes{6, 6});
}

TEST_CASE("a batch of many events is not split for their number") {
  CHECK(Given({1, 50}).windows({.events = 5, .bytes = 1'000}) == Sizes{1, 50});
}

TEST_CASE("a batch that is too large is split, and nothing is lost with it") {
  CHECK(Given({2, 25, 2}).windows({.events = 100, .bytes = 100}) == Sizes{2, 10, 10, 7});
  CHECK(Given({1}).windows({.events = 5, .bytes = 3}) == Sizes{1});
}

TEST_CASE("at the end of the log there is nothing to publish") {
  CHECK(kafka::next_window(Given({3}).log, 3, {}).empty());
}
