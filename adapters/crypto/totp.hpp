// Codes of an app as a second factor: RFC 6238 over HMAC-SHA-1, 6 digits of 30 seconds, as every app has them; and
// codes to write down for the day on which the app is lost.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/values.hpp"

namespace rollcall {

// 160 random bits in base32 (RFC 4648), as apps take them.
std::string fresh_totp_secret();
// What an app reads as a QR code: otpauth://totp/….
std::string otpauth_uri(std::string_view issuer, std::string_view email, std::string_view secret);

// Six digits for a step of 30 seconds since 1970.
std::string totp_code(std::string_view secret, std::uint64_t step);
// The step a code is of: now, one before or one after, since clocks differ. Spaces in a code are passed over.
std::optional<std::uint64_t> totp_step(std::string_view secret, std::string_view code, Time now);

// 80 random bits each, as xxxx-xxxx-xxxx-xxxx.
std::vector<std::string> fresh_recovery_codes(std::size_t count);
// Of the code however it was typed: without dashes, spaces and capitals.
Digest recovery_digest(std::string_view code);

}  // namespace rollcall
