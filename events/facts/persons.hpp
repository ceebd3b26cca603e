// What happens to a person, their secrets and their sessions. See events/facts.hpp.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "events/fields.hpp"
#include "events/personal.hpp"
#include "events/values.hpp"
#include "events/words.hpp"

namespace rollcall {

struct SetupLinkIssued {
  static constexpr std::string_view type = "SetupLinkIssued";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"person", "email", "attempt", "expires_at"};
  PersonId person;
  Personal email;
  std::uint32_t attempt = 0;
  Time expires_at;
  bool operator==(const SetupLinkIssued&) const = default;
};

struct IdentityRegistered {
  static constexpr std::string_view type = "IdentityRegistered";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"person", "name"};
  PersonId person;
  std::optional<Personal> name;
  bool operator==(const IdentityRegistered&) const = default;
};

struct NameChanged {
  static constexpr std::string_view type = "NameChanged";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"person", "name"};
  PersonId person;
  Personal name;
  bool operator==(const NameChanged&) const = default;
};

// A link went to the address that the person wants to go by. Whoever follows it reads the mails there.
struct EmailChangeRequested {
  static constexpr std::string_view type = "EmailChangeRequested";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"person", "email", "attempt", "expires_at"};
  PersonId person;
  Personal email;
  std::uint32_t attempt = 0;
  Time expires_at;
  bool operator==(const EmailChangeRequested&) const = default;
};

// The register of certified partners: an account can have only such invited (Policy::require_certified_partner).
struct PartnerCertified {
  static constexpr std::string_view type = "PartnerCertified";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"person", "email"};
  PersonId person;
  Personal email;
  bool operator==(const PartnerCertified&) const = default;
};

struct CertificationEnded {
  static constexpr std::string_view type = "CertificationEnded";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"person"};
  PersonId person;
  bool operator==(const CertificationEnded&) const = default;
};

// The address is nobody's any more: whoever is invited by it next is somebody else.
struct EmailReleased {
  static constexpr std::string_view type = "EmailReleased";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"person", "email"};
  PersonId person;
  Personal email;
  bool operator==(const EmailReleased&) const = default;
};

struct EmailChanged {
  static constexpr std::string_view type = "EmailChanged";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"person", "email"};
  PersonId person;
  Personal email;
  bool operator==(const EmailChanged&) const = default;
};

// From now on the person sets another password before they do anything else.
struct PasswordChangeDemanded {
  static constexpr std::string_view type = "PasswordChangeDemanded";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"person"};
  PersonId person;
  bool operator==(const PasswordChangeDemanded&) const = default;
};

struct TermsAccepted {
  static constexpr std::string_view type = "TermsAccepted";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"person", "terms"};
  PersonId person;
  std::string terms;
  bool operator==(const TermsAccepted&) const = default;
};

// A link with which the person sets another password went to them. It works once, and the newest alone.
struct ResetLinkIssued {
  static constexpr std::string_view type = "ResetLinkIssued";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"person", "email", "attempt", "expires_at"};
  PersonId person;
  Personal email;
  std::uint32_t attempt = 0;
  Time expires_at;
  bool operator==(const ResetLinkIssued&) const = default;
};

struct PasswordSetV1 {
  static constexpr std::string_view type = "PasswordSet";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"person", "credential", "verifier"};
  PersonId person;
  CredentialId credential;
  Verifier verifier;
  bool operator==(const PasswordSetV1&) const = default;
};

struct PasswordSet {
  static constexpr std::string_view type = "PasswordSet";
  static constexpr std::uint16_t version = 2;
  static constexpr std::array fields{"person", "credential", "verifier", "occasion"};
  PersonId person;
  CredentialId credential;
  Verifier verifier;
  PasswordOccasion occasion = PasswordOccasion::first;
  bool operator==(const PasswordSet&) const = default;
};
// Nobody could change a password when version 1 was written.
inline PasswordSet upcast(PasswordSetV1 old) {
  return {old.person, old.credential, std::move(old.verifier), PasswordOccasion::first};
}

// In the account's scope when it is for one account, otherwise in the person's.
struct SessionStarted {
  static constexpr std::string_view type = "SessionStarted";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"session", "person", "membership", "expires_at"};
  SessionId session;
  PersonId person;
  std::optional<MembershipId> membership;
  Time expires_at;
  bool operator==(const SessionStarted&) const = default;
};

// The session was started with a kind of device on which the person had not signed in before, and not their first.
struct NewDeviceSeen {
  static constexpr std::string_view type = "NewDeviceSeen";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"person", "session"};
  PersonId person;
  SessionId session;
  bool operator==(const NewDeviceSeen&) const = default;
};

// Whoever is in the session has shown once more that they are who they were.
struct SessionConfirmed {
  static constexpr std::string_view type = "SessionConfirmed";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"session", "person", "membership"};
  SessionId session;
  PersonId person;
  std::optional<MembershipId> membership;
  bool operator==(const SessionConfirmed&) const = default;
};

struct SessionEnded {
  static constexpr std::string_view type = "SessionEnded";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"session", "person", "membership", "cause"};
  SessionId session;
  PersonId person;
  std::optional<MembershipId> membership;
  SessionEndCause cause{};
  bool operator==(const SessionEnded&) const = default;
};

// Sessions end because of something else, in the same append: a membership ends, a password changes, somebody who may
// has them ended.
struct SessionsRevoked {
  static constexpr std::string_view type = "SessionsRevoked";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"person", "membership", "sessions"};
  PersonId person;
  std::optional<MembershipId> membership;
  std::vector<SessionId> sessions;
  bool operator==(const SessionsRevoked&) const = default;
};

// Failed sign-ins of a known person within one minute, which begins at `minute`.
struct SignInsFailed {
  static constexpr std::string_view type = "SignInsFailed";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"person", "minute", "count"};
  PersonId person;
  Time minute;
  std::uint32_t count = 0;
  bool operator==(const SignInsFailed&) const = default;
};

// Commands of a person that were refused within one minute, which begins at `minute`, beyond those told one by one.
struct RefusalsCounted {
  static constexpr std::string_view type = "RefusalsCounted";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"person", "minute", "count"};
  PersonId person;
  Time minute;
  std::uint32_t count = 0;
  bool operator==(const RefusalsCounted&) const = default;
};

}  // namespace rollcall
