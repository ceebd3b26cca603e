// What the rules' surroundings need of the world besides the log: the time and the post.
#pragma once

#include <stdexcept>
#include <string>

#include "events/values.hpp"

namespace rollcall {

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  // UTC. May jump, as clocks do: what is recorded never goes back all the same.
  virtual Time now() const = 0;
  // Microseconds that only ever grow, from an unknown beginning: what tells a jump from time that passed.
  virtual Duration monotonic() const = 0;
};

// A mail to one person. `name` is the same each time the same mail is made: sending twice is one mail, where it can be.
struct Letter {
  std::string name;
  std::string to;
  std::string subject;
  std::string text;  // UTF-8, lines ended by \n
  Time written_at;
  Time expires_at;  // its link is dead then
};

// Nobody will ever deliver this letter: there is no such address. Trying again is of no use.
struct MailRefused : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Thread-safe.
class Mail {
 public:
  virtual ~Mail() = default;
  // Accepted for delivery on return. Throws MailRefused, or anything else when it cannot be now: the caller tries again
  // later.
  virtual void send(const Letter& letter) = 0;
  // Throws away what is kept of letters whose links are dead.
  virtual void forget_expired(Time now) = 0;
};

}  // namespace rollcall
