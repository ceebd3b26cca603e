// Keys with which programs and auditors come in. See events/facts.hpp.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/fields.hpp"
#include "events/personal.hpp"
#include "events/values.hpp"
#include "events/words.hpp"

namespace rollcall {

// In the holder's history; in the log's own where the key is the installation's. `digest` is SHA-256 of the secret
// part, which is 256 random bits and kept nowhere. A key that takes another's place leaves that one good until then.
struct AccessKeyCreated {
  static constexpr std::string_view type = "AccessKeyCreated";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"key",        "holder", "name",     "scopes",        "account",
                                     "expires_at", "digest", "replaces", "replaced_until"};
  AccessKeyId key;
  std::optional<PersonId> holder;
  Personal name;
  std::vector<KeyScope> scopes;
  std::optional<AccountId> account;  // the only one it is for
  Time expires_at;
  Digest digest;
  std::optional<AccessKeyId> replaces;
  std::optional<Time> replaced_until;
  bool operator==(const AccessKeyCreated&) const = default;
};

// By who may, or because the membership ends that they served.
struct AccessKeysRevoked {
  static constexpr std::string_view type = "AccessKeysRevoked";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"holder", "membership", "keys"};
  std::optional<PersonId> holder;
  std::optional<MembershipId> membership;
  std::vector<AccessKeyId> keys;
  bool operator==(const AccessKeysRevoked&) const = default;
};

// What a key was used for from `since` on, up to the event: how often which command or query was asked. What was
// changed with it has events of its own.
struct KeyUse {
  static constexpr std::array fields{"action", "count"};
  std::string action;
  std::uint64_t count = 0;
  bool operator==(const KeyUse&) const = default;
};
struct AccessKeyUsed {
  static constexpr std::string_view type = "AccessKeyUsed";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"key", "holder", "since", "until", "uses"};
  AccessKeyId key;
  std::optional<PersonId> holder;
  Time since;
  Time until;  // of the last use
  std::vector<KeyUse> uses;
  bool operator==(const AccessKeyUsed&) const = default;
};

}  // namespace rollcall
