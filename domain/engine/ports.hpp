// What the rules' surroundings need of the world besides the log: the time and the post.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "events/values.hpp"
#include "events/words.hpp"

namespace rollcall {

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  // UTC. May jump, as clocks do: what is recorded never goes back all the same.
  virtual Time now() const = 0;
  // Microseconds that only ever grow, also while the machine sleeps, from an unknown beginning: what tells a jump from
  // time that passed.
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
  std::optional<PersonId> person{};
  std::optional<InvitationId> invitation{};  // that it is about
  Language language{};
};

// The post does not take this letter, while it may take others: its mailbox is full, or there is none. what() is the
// answer, without anything about the person.
struct LetterRefused : std::runtime_error {
  LetterRefused(std::uint32_t answer_code, std::string_view to)
      : std::runtime_error(std::to_string(answer_code) + " to " + std::string{to}), answer(answer_code) {}
  std::uint32_t answer;                            // RFC 5321 §4.2.1: 4yz may change soon, 5yz hardly
  bool for_good() const { return answer >= 500; }  // trying again soon is of no use
};

// Thread-safe.
class Mail {
 public:
  virtual ~Mail() = default;
  // Accepted for delivery on return. Throws LetterRefused, or anything else when no letter can go: the caller tries
  // again later, this one first.
  virtual void send(const Letter& letter) = 0;
  // Throws away what is kept of letters whose links are dead.
  virtual void forget_expired(Time now) = 0;
};

}  // namespace rollcall
