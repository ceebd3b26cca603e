// Slow work that many ask for, on a few threads of its own. Whoever asks much waits for themselves: each lane has its
// turn, so that one of them, however full, costs the others no more than one piece of its work at a time.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace rollcall::api {

// Thread-safe.
class Turns {
 public:
  struct Limits {
    std::size_t threads = 1;
    std::size_t lane_max = 8;        // waiting in one lane
    std::size_t waiting_max = 1024;  // in all lanes
  };
  using Work = std::function<void()>;
  // false: it was turned away, and nothing was done.
  using Done = std::function<void(bool worked)>;

  explicit Turns(const Limits& limits);
  ~Turns();
  Turns(const Turns&) = delete;
  Turns& operator=(const Turns&) = delete;

  // Does `work`, which must not throw, when the lane's turn has come, and says so; on a thread of its own, or at once
  // where it is turned away. Who comes when all lanes together are full takes the place of the last in the longest one,
  // unless that is their own.
  void enter(std::string_view lane, Work work, Done done);
  // Turns away all who wait and all who come. On return nothing is being done.
  void close();

 private:
  struct Waiting {
    Work work;
    Done done;
  };
  void take_turns();

  const Limits limits_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::map<std::string, std::deque<Waiting>, std::less<>> lanes_;  // under mutex_: none is empty
  std::deque<std::string> order_;                                  // under mutex_: whose turn is next
  std::size_t waiting_ = 0;                                        // under mutex_
  bool closed_ = false;                                            // under mutex_
  std::vector<std::thread> threads_;
};

}  // namespace rollcall::api
