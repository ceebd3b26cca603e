// The words in which commands and queries say who may ask them. Commands are judged in domain/, queries are described
// in projections/; both say it in these terms, and domain/engine/authorization.hpp decides.
#pragma once

#include <cstdint>
#include <string_view>

namespace rollcall {

// What a caller can be towards the thing they ask about. Bits, since a rule names several.
enum class Party : std::uint16_t {
  operator_ = 1,       // our own staff, with the operator key and for nobody else
  clock = 2,           // the system itself
  owner = 4,           // of the account
  admin = 8,           // in its Admin group
  partner_admin = 16,  // a partner with Admin = Yes acts as an admin
  partner = 32,        // a partner without
  user = 64,           // an ordinary user
  link_holder = 128,   // holds the link of a mail
  person = 256,        // anybody who is signed in, whatever they are in the account
  anyone = 512,        // even the unknown
  auditor = 1024,      // reads whatever the operator may, and changes nothing
  subscriber = 2048,   // follows the events
};

class Parties {
 public:
  constexpr Parties() = default;
  constexpr Parties(Party party) : bits_(static_cast<std::uint16_t>(party)) {}
  constexpr bool includes(Parties others) const { return (bits_ & others.bits_) != 0; }
  friend constexpr Parties operator|(Parties a, Parties b) {
    a.bits_ = static_cast<std::uint16_t>(a.bits_ | b.bits_);
    return a;
  }

 private:
  std::uint16_t bits_ = 0;
};
constexpr Parties operator|(Party a, Party b) { return Parties{a} | Parties{b}; }

constexpr Parties admins = Party::owner | Party::admin | Party::partner_admin;
constexpr Parties members = admins | Party::partner | Party::user;

// What a command or query is about. A session for one account opens what is about that account, and nothing else.
enum class About : std::uint8_t {
  undeclared,  // opens nothing to anybody: a rule has to say
  account,     // the account named in the field `account`
  link,        // the account of the link that is held
  own,         // what is the caller's own in any account, such as the session they are in
  person,      // a person over all their accounts
  log,         // the log and the installation
};

// These parties may; other members may when it is about their own, or when they hold the right named.
struct Rule {
  About about = About::undeclared;
  Parties parties{};
  bool own = false;             // what is theirs: their task, their profile, their session
  std::string_view right = {};  // this verb on the kind of record concerned, e.g. reassign
};

// A query's rule with those who may because they read everything.
constexpr Rule reading(Rule rule) {
  if (rule.parties.includes(Party::operator_)) rule.parties = rule.parties | Party::auditor;
  return rule;
}

}  // namespace rollcall
