// What happened to the log itself, and what was refused. See events/facts.hpp.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/fields.hpp"
#include "events/values.hpp"
#include "events/words.hpp"

namespace rollcall {

// Entry 0. `staff_key` seals what is personal about operators, who are no persons of this installation.
struct LogCreated {
  static constexpr std::string_view type = "LogCreated";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"log", "origin", "vkey", "format", "staff_key"};
  LogId log;
  std::string origin;
  std::string vkey;
  std::uint32_t format = 0;
  KeyNumber staff_key = 0;
  bool operator==(const LogCreated&) const = default;
};

// A number or an identifier that explains a refusal, e.g. contacts = 3. Never free text.
struct RejectionDetail {
  static constexpr std::array fields{"name", "number", "text"};
  std::string name;
  std::optional<std::uint64_t> number;
  std::optional<std::string> text;
  bool operator==(const RejectionDetail&) const = default;
};

struct CommandRejectedV1 {
  static constexpr std::string_view type = "CommandRejected";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"command", "code", "details"};
  std::string command;
  std::string code;
  std::vector<RejectionDetail> details;
  bool operator==(const CommandRejectedV1&) const = default;
};

// An authenticated caller was refused. Auditors ask for what was denied, on whom and on what: `account` where the event
// is in the history of who tried, the others as far as they are of that account. `person` is whose address was given.
struct CommandRejected {
  static constexpr std::string_view type = "CommandRejected";
  static constexpr std::uint16_t version = 2;
  static constexpr std::array fields{"command", "code",       "details", "account", "membership",
                                     "person",  "invitation", "kind",    "record"};
  std::string command;
  std::string code;
  std::vector<RejectionDetail> details;
  std::optional<AccountId> account{};
  std::optional<MembershipId> membership{};
  std::optional<PersonId> person{};
  std::optional<InvitationId> invitation{};
  std::optional<RecordKind> kind{};
  std::optional<RecordId> record{};
  bool operator==(const CommandRejected&) const = default;
};
inline CommandRejected upcast(CommandRejectedV1 old) {
  return {std::move(old.command), std::move(old.code), std::move(old.details)};
}

// The operator said that the clock is right. It may be behind the log's time, which goes back here and nowhere else.
struct ClockConfirmed {
  static constexpr std::string_view type = "ClockConfirmed";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"clock", "log_time"};
  Time clock;
  Time log_time;  // until then
  bool operator==(const ClockConfirmed&) const = default;
};

// From the next checkpoint on the log is signed by another key. `endorsement` is the key's until then over both, so
// that who trusts the one can trust the other: see endorse() in proof/note.hpp.
struct SigningKeyRotated {
  static constexpr std::string_view type = "SigningKeyRotated";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"from", "to", "endorsement"};
  std::string from;  // verifier keys
  std::string to;
  std::string endorsement;
  bool operator==(const SigningKeyRotated&) const = default;
};

// All data keys are wrapped under another key.
struct WrappingKeyRotated {
  static constexpr std::string_view type = "WrappingKeyRotated";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"keys"};
  KeyNumber keys = 0;  // how many there are, destroyed ones among them
  bool operator==(const WrappingKeyRotated&) const = default;
};

// A read model is made anew; `accept_differences`: also when it differs from the one in use.
struct RebuildOrdered {
  static constexpr std::string_view type = "RebuildOrdered";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"view", "accept_differences"};
  std::string view;
  bool accept_differences = false;
  bool operator==(const RebuildOrdered&) const = default;
};

}  // namespace rollcall
