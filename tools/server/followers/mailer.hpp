// The mailer: sends the mails the log asks for, each at least once. One letter that cannot go holds up no other.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "domain/engine/ports.hpp"
#include "domain/mail/commands.hpp"
#include "events/mark.hpp"
#include "tools/installation/installation.hpp"
#include "tools/server/followers/letters.hpp"
#include "tools/server/followers/report.hpp"

namespace rollcall {

// How far a follower is, kept in a file that is written in place: one made anew each time has the file system look for
// room. Synced when it is made, not later: after a power loss it may be an older position, and is never none.
class CursorFile {
 public:
  // Everything before `position` is done; `leaf` is of the event before it (events/mark.hpp).
  struct Cursor {
    Position position = 0;
    std::optional<std::uint32_t> leaf = {};
    friend bool operator==(const Cursor&, const Cursor&) = default;

    // The last event done; nothing when none is.
    std::optional<EventMark> last() const {
      if (position == 0) return std::nullopt;
      return EventMark{position - 1, leaf};
    }
  };

  // Made with the first keep() if it is not there; until then the position is 0.
  explicit CursorFile(std::filesystem::path file) : file_(std::move(file)) {}
  ~CursorFile();
  CursorFile(const CursorFile&) = delete;
  CursorFile& operator=(const CursorFile&) = delete;

  // Throws std::runtime_error when the file holds anything but a position: from 0 all mails would be sent again.
  Cursor read() const;
  // Throws std::runtime_error when it cannot be written.
  void keep(const Cursor& cursor);

 private:
  const std::filesystem::path file_;
  int descriptor_ = -1;
};

// Letters that could not go, by the position of the event that asked for them, in a file that is made anew with each
// change. Nothing of a person is in it.
class ParkedFile {
 public:
  explicit ParkedFile(std::filesystem::path file) : file_(std::move(file)) {}
  // Throws std::runtime_error when the file cannot be read or is none of ours.
  std::map<Position, ParkedLetter> read() const;
  // Durable on return. Throws std::runtime_error when it cannot be written.
  void keep(const std::map<Position, ParkedLetter>& letters) const;

 private:
  const std::filesystem::path file_;
};

struct MailerOptions {
  LetterOptions letters;
  std::filesystem::path cursor_file;  // how far it is
  std::filesystem::path parked_file;
  std::size_t mails_per_second = 50;
  std::size_t mails_at_once = 500;
  // Writes down what became of a letter; durable on return. False when that cannot be had now. Empty: it is not told,
  // since nobody took the letter who could send it on.
  std::function<bool(const RecordMail&)> record = {};
};

// Mails go no faster than `mails_per_second`, but for bursts of `mails_at_once`: relays hold more than that for spam.
// Thread-safe for those who ask; one thread sends.
class Mailer {
 public:
  // Throws std::runtime_error when its files cannot be read, or its cursor does not fit the log.
  Mailer(const Installation& installation, Mail& mail, const Clock& clock, MailerOptions options);

  // Sends what may be sent now, those that were parked first. What has to wait is for the next time. A letter that is
  // refused is parked, and tried again until its link is dead; what else the post throws ends this round, and the same
  // letter comes first in the next. When that is so three times, and the letter behind it goes, it was the letter: it
  // is parked, too.
  void send_queued();
  // From any thread: the round that is under way ends with the letter that is on its way.
  void stop() { stopping_ = true; }
  // Everything before it is sent or parked.
  Position cursor() const { return cursor_.load(); }
  std::vector<ParkedLetter> parked() const;

 private:
  void refill();
  // The parked letter by which the post itself failed, if it did, with why: then no further one was tried.
  std::optional<ParkedLetter> retry_parked();
  // False when it was refused, and `parked` says why and when it comes again.
  bool sent(const Letter& letter, ParkedLetter& parked);
  void record(const RecordMail& told) const;
  // A letter that was put off is of no use any more.
  void record_given_up(const Recorded& asked, const Rows& state) const;
  // Has the post failed at this letter so often that another one may be tried before it?
  bool fails_again_and_again(Position position);
  void park(ParkedLetter letter);

  const Installation& installation_;
  Mail& mail_;
  const Clock& clock_;
  const MailerOptions options_;
  const Letters letters_;
  CursorFile cursor_file_;
  ParkedFile parked_file_;
  double allowed_;     // mails
  Duration refilled_;  // by the monotonic clock
  std::atomic<Position> cursor_{0};
  std::set<Position> unrecorded_;  // letters that went, which could not be written down yet
  std::atomic<bool> stopping_{false};
  Position failing_ = 0;  // the letter at which the post failed last, and how often in a row
  unsigned failures_ = 0;
  mutable std::mutex mutex_;
  std::map<Position, ParkedLetter> parked_;  // changed by the sending thread, under mutex_
};

}  // namespace rollcall
