// A person's second factor: codes of an app (RFC 6238), and recovery codes where that is lost. See events/facts.hpp.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "events/fields.hpp"
#include "events/personal.hpp"
#include "events/values.hpp"
#include "events/words.hpp"

namespace rollcall {

// `secret` is what the app makes codes of: it is under a key of its own and never rendered, as a password's verifier
// is. Until it is enabled it asks nobody for a code.
struct SecondFactorOffered {
  static constexpr std::string_view type = "SecondFactorOffered";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"person", "factor", "secret"};
  PersonId person;
  CredentialId factor;
  Verifier secret;
  bool operator==(const SecondFactorOffered&) const = default;
};

// The person has shown a code of it: `step` is its 30 seconds since 1970. `recovery` are SHA-256 of 120 random bits
// each.
struct SecondFactorEnabled {
  static constexpr std::string_view type = "SecondFactorEnabled";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"person", "factor", "step", "recovery"};
  PersonId person;
  CredentialId factor;
  std::uint64_t step = 0;
  std::vector<Digest> recovery;
  bool operator==(const SecondFactorEnabled&) const = default;
};

// A code was taken, and none of its time or before will be again; or the recovery code with this digest was.
struct SecondFactorUsed {
  static constexpr std::string_view type = "SecondFactorUsed";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"person", "factor", "step", "recovery", "recovery_left"};
  PersonId person;
  CredentialId factor;
  std::optional<std::uint64_t> step;
  std::optional<Digest> recovery;
  std::uint32_t recovery_left = 0;
  bool operator==(const SecondFactorUsed&) const = default;
};

// By the person, or by the operator when they have lost it.
struct SecondFactorRemoved {
  static constexpr std::string_view type = "SecondFactorRemoved";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"person", "factor"};
  PersonId person;
  CredentialId factor;
  bool operator==(const SecondFactorRemoved&) const = default;
};

}  // namespace rollcall
