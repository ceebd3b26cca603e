// E-mail addresses as the business compares them, and the claim that makes one unique without storing it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <sodium.h>

#include "events/personal.hpp"
#include "events/values.hpp"

namespace rollcall {

// Trimmed, ASCII lower-case, the domain in its IDNA ASCII form. +tags and dots stay: they are other addresses.
// Non-ASCII local parts are refused, and so is what is no address (RFC 5321 dot-atoms and lengths).
std::optional<std::string> normalise_address(std::string_view typed);
// For people who may not see it all: p…@agency.example.
std::string masked_address(std::string_view address);

// Turns addresses into claims: HMAC-SHA-256 under a secret of the installation. A claim is in decision state only.
class Claims {
 public:
  explicit Claims(const DataKey& secret);
  Digest claim(std::string_view normalised_address) const;

 private:
  crypto_auth_hmacsha256_state keyed_;  // has taken in the secret: half of the work for so short a text
};

}  // namespace rollcall
