// Slow work in turns: who is kept waiting by whom, and who is turned away.
#include "tools/server/api/turns.hpp"

#include <condition_variable>
#include <future>
#include <mutex>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"

using namespace rollcall;
using rollcall::api::Turns;

namespace {

// Turns with one thread, which is busy until it is let go.
class Held {
 public:
  explicit Held(std::size_t lane_max = 8, std::size_t waiting_max = 1024) : turns_({1, lane_max, waiting_max}) {
    std::promise<void> begun;
    turns_.enter(
        "first",
        [&] {
          begun.set_value();
          open_.get_future().wait();
        },
        [](bool) {});
    begun.get_future().wait();
  }
  // What is done is noted by its lane, what is turned away with a minus sign.
  void enter(const std::string& lane) {
    {
      const std::lock_guard lock(mutex_);
      ++under_way_;
    }
    turns_.enter(
        lane, [] {},
        [this, lane](bool worked) {
          const std::lock_guard lock(mutex_);
          notes_.push_back(worked ? lane : "-" + lane);
          --under_way_;
          changed_.notify_all();
        });
  }
  std::vector<std::string> let_go() {
    open_.set_value();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return under_way_ == 0; });
    return notes_;
  }
  std::vector<std::string> close_now() {
    auto closing = std::async(std::launch::async, [this] { turns_.close(); });
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return under_way_ == 0; });
    }
    open_.set_value();
    closing.get();
    const std::lock_guard lock(mutex_);
    return notes_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> notes_;  // under mutex_
  std::size_t under_way_ = 0;       // under mutex_
  std::promise<void> open_;
  Turns turns_;
};

using Notes = std::vector<std::string>;

TEST_CASE("a lane that is full of work costs another one no more than one piece of it") {
  Held held;
  for (int i = 0; i < 4; ++i) held.enter("many");
  held.enter("one");
  CHECK(held.let_go() == Notes{"many", "one", "many", "many", "many"});
}

TEST_CASE("who asks too much is turned away, and nobody else") {
  Held held(2);
  for (int i = 0; i < 4; ++i) held.enter("many");
  held.enter("one");
  CHECK(held.let_go() == Notes{"-many", "-many", "many", "one", "many"});
}

TEST_CASE("when all lanes together are full, the longest one makes room") {
  Held held(8, 4);
  for (int i = 0; i < 3; ++i) held.enter("many");
  held.enter("a");
  held.enter("b");     // takes the place of the third of many
  held.enter("many");  // would only push out itself
  const auto notes = held.let_go();
  CHECK(Notes(notes.begin(), notes.begin() + 2) == Notes{"-many", "-many"});
  CHECK(std::count(notes.begin(), notes.end(), "a") == 1);
  CHECK(std::count(notes.begin(), notes.end(), "b") == 1);
}

TEST_CASE("when it closes all who wait are turned away, and so are all who come") {
  Held held;
  held.enter("a");
  held.enter("b");
  CHECK(held.close_now() == Notes{"-a", "-b"});
  held.enter("c");
}

}  // namespace
