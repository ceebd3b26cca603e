// What followers of the log run on, and the clock, which turns times that have come into commands.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "adapters/writer/writer_thread.hpp"
#include "tools/installation/installation.hpp"

namespace rollcall {

// Said by a follower's thread of itself: where processors are short, commands get them (Linux: a thread's niceness).
void let_commands_go_first();

// Runs a step again and again on a thread of its own: when woken, and at the latest after `every`. What a step throws
// is logged and shown, and the step is tried again.
class Repeating {
 public:
  Repeating(std::string name, Duration every, std::function<void()> step);
  ~Repeating();
  Repeating(const Repeating&) = delete;
  Repeating& operator=(const Repeating&) = delete;

  void wake();
  void stop();
  // Why the last step failed; empty when it did not.
  std::string trouble() const;

 private:
  void run(const std::function<void()>& step);

  const std::string name_;
  const Duration every_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool woken_ = true;      // under mutex_
  bool idle_ = false;      // under mutex_: waits to be woken
  bool stopping_ = false;  // under mutex_
  std::string trouble_;    // under mutex_
  std::thread thread_;
};

// Turns what is due into commands: invitations that lapse, sessions that expire. A clock that jumped by more than an
// hour against the monotonic one pauses it until somebody confirms the time.
class ClockWork {
 public:
  ClockWork(const Installation& installation, WriterThread& writer, const Clock& clock);

  void expire_due();
  // Did the clock jump, and has nobody confirmed it?
  bool looks_wrong() { return jumped(); }
  bool paused() const { return paused_; }
  void confirm();

 private:
  bool jumped();
  void submit(Command command);

  const Installation& installation_;
  WriterThread& writer_;
  const Clock& clock_;
  std::atomic<bool> paused_{false};
  std::atomic<std::size_t> under_way_{0};
  std::mutex mutex_;
  Duration offset_;  // under mutex_: wall clock less monotonic, when last trusted
};

}  // namespace rollcall
