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
#include "domain/engine/ports.hpp"
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

// A position kept in a file, and written there in place: a file made anew each time has the file system look for room.
// Synced when it is made, not later: after a power loss it may be an older position, and is never none.
class CursorFile {
 public:
  // Made with the first keep() if it is not there; until then the position is 0.
  explicit CursorFile(std::filesystem::path file) : file_(std::move(file)) {}
  ~CursorFile();
  CursorFile(const CursorFile&) = delete;
  CursorFile& operator=(const CursorFile&) = delete;

  // Throws std::runtime_error when the file holds anything but a position: from 0 all mails would be sent again.
  Position read() const;
  // Throws std::runtime_error when it cannot be written.
  void keep(Position position);

 private:
  const std::filesystem::path file_;
  int descriptor_ = -1;
};

struct MailerOptions {
  std::string link_base;              // where the links in mails lead, e.g. https://rollcall.example
  std::filesystem::path cursor_file;  // how far it is
  std::size_t mails_per_second = 50;
  std::size_t mails_at_once = 500;
};

// Sends the mails the log asks for, each at least once: its cursor is a file that moves after sending. Mails go no
// faster than `mails_per_second`, but for bursts of `mails_at_once`: relays hold more than that for spam.
class Mailer {
 public:
  Mailer(const Installation& installation, Mail& mail, const Clock& clock, MailerOptions options);

  // Sends what may be sent now. What has to wait is for the next time.
  void send_queued();
  // Everything before it is sent.
  Position cursor() const { return cursor_.load(); }

 private:
  void refill();
  std::optional<Letter> letter_for(const Recorded& recorded, const Rows& state) const;

  const Installation& installation_;
  Mail& mail_;
  const Clock& clock_;
  const MailerOptions options_;
  CursorFile cursor_file_;
  double allowed_;     // mails
  Duration refilled_;  // by the monotonic clock
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
