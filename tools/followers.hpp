// What else follows the log on a running server: the mailer, which sends what was queued, and the clock, which turns
// times that have come into commands. Neither can slow or fail a command.
#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "adapters/writer/writer_thread.hpp"
#include "domain/ports.hpp"
#include "tools/installation.hpp"

namespace rollcall {

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
  bool stopping_ = false;  // under mutex_
  std::string trouble_;    // under mutex_
  std::thread thread_;
};

// Sends the mails the log asks for, each at least once: its cursor is a file that moves after sending.
class Mailer {
 public:
  // `link_base`: where the links in mails lead, e.g. https://rollcall.example.
  Mailer(const Installation& installation, Mail& mail, const Clock& clock, std::string link_base,
         std::filesystem::path cursor_file);

  void send_queued();
  Position cursor() const { return cursor_.load(); }

 private:
  std::optional<Letter> letter_for(const Recorded& recorded) const;
  void keep_cursor(Position position);

  const Installation& installation_;
  Mail& mail_;
  const Clock& clock_;
  std::string link_base_;
  std::filesystem::path cursor_file_;
  std::atomic<Position> cursor_{0};
};

// Turns what is due into commands: invitations that lapse, sessions that expire. A clock that jumped by more than an
// hour against the monotonic one pauses it until somebody confirms the time.
class ClockWork {
 public:
  ClockWork(const Installation& installation, WriterThread& writer, const Clock& clock);

  void expire_due();
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
