// The secret that a program shows: rck_<id>_<64 hexadecimal digits of chance>_<checksum>. What looks for leaked secrets
// knows it by its beginning, and by its checksum (CRC-32 of all before it) whether it is one, without asking anybody.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "events/values.hpp"

namespace rollcall {

// 256 bits that nobody knows but who is given them, and what is kept of them.
struct AccessSecret {
  std::string digits;
  Digest digest;

  static AccessSecret fresh();
};

std::string access_token(const AccessKeyId& key, const AccessSecret& secret);

// What a token says of itself; nothing for any other text.
struct AccessClaim {
  AccessKeyId key;
  Digest digest;
};
std::optional<AccessClaim> read_access_token(std::string_view token);

// Takes the same time whatever differs.
bool same_digest(const Digest& a, const Digest& b);

}  // namespace rollcall
