// Rows of decision state: persons, whose address is whose, and sessions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/engine/key.hpp"

namespace rollcall {

struct Credential {
  static constexpr std::array fields{"id", "verifier"};
  CredentialId id;
  Verifier verifier;
};

// The newest link of its kind that was sent to a person.
struct PersonalLink {
  static constexpr std::array fields{"attempt", "expires_at", "used"};
  std::uint32_t attempt = 0;
  Time expires_at;
  bool used = false;
};

struct SecondFactor {
  static constexpr std::array fields{"id", "secret", "last_step", "recovery"};
  CredentialId id;
  Verifier secret;
  std::uint64_t last_step = 0;   // no code of this time or before is taken again
  std::vector<Digest> recovery;  // of codes that are left
};

struct PersonRow {
  static constexpr char table = 'p';
  static constexpr std::array fields{
      "key_number", "email",   "name",   "registered", "credential", "setup",       "active_memberships",
      "reset",      "offered", "factor", "new_email",  "email_link", "must_change", "bounced"};
  KeyNumber key_number = 0;
  Personal email;
  std::optional<Personal> name;
  bool registered = false;
  std::optional<Credential> credential;
  std::optional<PersonalLink> setup;
  std::uint32_t active_memberships = 0;
  std::optional<PersonalLink> reset;
  std::optional<SecondFactor> offered, factor;
  std::optional<Personal> new_email;  // that they want to go by
  std::optional<PersonalLink> email_link;
  bool must_change = false;  // their password, before they do anything else
  bool bounced = false;      // mails to their address come back
  static Key key(const PersonId& person) { return Key{table} << person; }
};

// Which person an address belongs to.
struct ClaimRow {
  static constexpr char table = 'c';
  static constexpr std::array fields{"person"};
  PersonId person;
  static Key key(const Digest& claim) { return Key{table} << claim; }
};

// A certified partner.
struct CertifiedRow {
  static constexpr char table = 'C';
  static constexpr NoFields fields{};
  static Key key(const PersonId& person) { return Key{table} << person; }
};

struct SessionRow {
  static constexpr char table = 's';
  static constexpr std::array fields{"person",  "account",      "membership", "expires_at",
                                     "started", "confirmed_at", "must_change"};
  PersonId person;
  std::optional<AccountId> account;
  std::optional<MembershipId> membership;
  Time expires_at;
  Position started = 0;      // of the event, which tells when, from where and with what
  Time confirmed_at;         // when they showed last that it is they
  bool must_change = false;  // began while the person had to set another password first
  static Key key(const SessionId& session) { return Key{table} << session; }
};

// With what kind of device a person signed in before, by a digest of what it says of itself (see kind_of_device).
struct DeviceRow {
  static constexpr char table = 'D';
  static constexpr NoFields fields{};
  static Key key(const PersonId& person, const Digest& device) { return Key{table} << person << device; }
  static Key all(const PersonId& person) { return Key{table} << person; }
};

struct SessionOfRow {
  static constexpr char table = 'S';
  static constexpr NoFields fields{};
  static Key key(const PersonId& person, const SessionId& session) { return Key{table} << person << session; }
  static Key all(const PersonId& person) { return Key{table} << person; }
};

struct SessionDueRow {
  static constexpr char table = 'x';
  static constexpr NoFields fields{};
  static Key key(Time at, const SessionId& session) { return Key{table} << at << session; }
};

}  // namespace rollcall
