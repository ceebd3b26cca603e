// What happens to an invitation. See events/facts.hpp.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "events/fields.hpp"
#include "events/personal.hpp"
#include "events/values.hpp"
#include "events/words.hpp"

namespace rollcall {

struct UserInvited {
  static constexpr std::string_view type = "UserInvited";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"invitation", "person",     "email",      "first_name",
                                     "admin",      "expires_at", "invited_by", "predecessor"};
  InvitationId invitation;
  PersonId person;
  Personal email;
  Personal first_name;
  bool admin = false;
  Time expires_at;
  std::optional<MembershipId> invited_by;
  std::optional<MembershipId> predecessor;
  bool operator==(const UserInvited&) const = default;
};

// `permissions` are those the partner gets on accepting; `predecessor` the ended membership this one follows.
struct PartnerInvited {
  static constexpr std::string_view type = "PartnerInvited";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"invitation", "person",     "email",          "admin",      "permissions",
                                     "expires_at", "invited_by", "access_ends_at", "predecessor"};
  InvitationId invitation;
  PersonId person;
  Personal email;
  bool admin = false;
  std::vector<Permission> permissions;
  Time expires_at;
  std::optional<MembershipId> invited_by;
  std::optional<Time> access_ends_at;
  std::optional<MembershipId> predecessor;
  bool operator==(const PartnerInvited&) const = default;
};

// The mailer follows this one: the token in the mail is derived from invitation and attempt, never stored.
struct InvitationMailQueued {
  static constexpr std::string_view type = "InvitationMailQueued";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"invitation", "person", "email", "attempt", "expires_at"};
  InvitationId invitation;
  PersonId person;
  Personal email;
  std::uint32_t attempt = 0;
  Time expires_at;
  bool operator==(const InvitationMailQueued&) const = default;
};

struct InvitationResent {
  static constexpr std::string_view type = "InvitationResent";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"invitation", "attempt", "expires_at"};
  InvitationId invitation;
  std::uint32_t attempt = 0;
  Time expires_at;
  bool operator==(const InvitationResent&) const = default;
};

struct InvitationRevoked {
  static constexpr std::string_view type = "InvitationRevoked";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"invitation"};
  InvitationId invitation;
  bool operator==(const InvitationRevoked&) const = default;
};

struct InvitationDeclined {
  static constexpr std::string_view type = "InvitationDeclined";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"invitation"};
  InvitationId invitation;
  bool operator==(const InvitationDeclined&) const = default;
};

struct InvitationExpired {
  static constexpr std::string_view type = "InvitationExpired";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"invitation"};
  InvitationId invitation;
  bool operator==(const InvitationExpired&) const = default;
};

struct InvitationAccepted {
  static constexpr std::string_view type = "InvitationAccepted";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"invitation", "person"};
  InvitationId invitation;
  PersonId person;
  bool operator==(const InvitationAccepted&) const = default;
};

}  // namespace rollcall
