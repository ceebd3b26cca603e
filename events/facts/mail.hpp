// What became of mails. See events/facts.hpp. None of them says where it went: that is in the event which asked for it,
// at `about`. `person` is whom it went to, `invitation` what it was about.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "events/fields.hpp"
#include "events/values.hpp"
#include "events/words.hpp"

namespace rollcall {

// The next mail server has taken it. Whether it arrives it does not say.
struct MailSent {
  static constexpr std::string_view type = "MailSent";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"about", "person", "invitation"};
  Position about = 0;
  std::optional<PersonId> person;
  std::optional<InvitationId> invitation;
  bool operator==(const MailSent&) const = default;
};

// The next mail server would not take it; it is tried again. Told at the first refusal, not at each. `answer` is the
// server's (RFC 5321), 0 where it gave none.
struct MailDeferred {
  static constexpr std::string_view type = "MailDeferred";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"about", "person", "invitation", "answer"};
  Position about = 0;
  std::optional<PersonId> person;
  std::optional<InvitationId> invitation;
  std::uint32_t answer = 0;
  bool operator==(const MailDeferred&) const = default;
};

// It will not arrive, and is not tried again.
struct MailFailed {
  static constexpr std::string_view type = "MailFailed";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"about", "person", "invitation", "trouble"};
  std::optional<Position> about;  // of one that bounced, where it is known
  std::optional<PersonId> person;
  std::optional<InvitationId> invitation;
  MailTrouble trouble{};
  bool operator==(const MailFailed&) const = default;
};

// Mails to the person's address come back. Until they follow a link that was mailed, or go by another address.
struct AddressBounced {
  static constexpr std::string_view type = "AddressBounced";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"person"};
  PersonId person;
  bool operator==(const AddressBounced&) const = default;
};

}  // namespace rollcall
