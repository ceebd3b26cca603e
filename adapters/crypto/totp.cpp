#include "adapters/crypto/totp.hpp"

#include <array>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>

#include "events/hash.hpp"

namespace rollcall {
namespace {

constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz234567";  // base32's
constexpr std::int64_t step_micros = 30'000'000;
constexpr std::size_t secret_bytes = 20;
constexpr std::size_t recovery_bytes = 15;  // so many that a plain digest is enough (OWASP ASVS 5.0, 6.5.2)
constexpr std::uint32_t codes_there_are = 1'000'000;

// Five bits a letter; the bytes are a multiple of five, so nothing is left over.
std::string base32(std::string_view bytes) {
  std::string text;
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const char byte : bytes) {
    held = held << 8 | static_cast<unsigned char>(byte);
    for (bits += 8; bits >= 5; bits -= 5) text += letters[held >> (bits - 5) & 31U];
  }
  return text;
}

std::string bytes_of_base32(std::string_view text) {
  std::string bytes;
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const char letter : text) {
    const auto value = letters.find(letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter);
    if (value == std::string_view::npos) continue;
    held = held << 5 | static_cast<std::uint32_t>(value);
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(held >> bits & 0xffU);
  }
  return bytes;
}

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  return bytes;
}

bool is_unreserved(char c) {  // RFC 3986
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_unreserved(c))
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

}  // namespace

std::string fresh_totp_secret() { return base32(random_bytes(secret_bytes)); }

std::string otpauth_uri(std::string_view issuer, std::string_view email, std::string_view secret) {
  std::string capitals{secret};
  for (auto& letter : capitals)
    if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 32);
  return fmt::format("otpauth://totp/{}:{}?secret={}&issuer={}", percent_encoded(issuer), percent_encoded(email),
                     capitals, percent_encoded(issuer));
}

std::string totp_code(std::string_view secret, std::uint64_t step) {
  const auto key = bytes_of_base32(secret);
  std::array<unsigned char, 8> counter{};
  for (std::size_t i = 0; i < counter.size(); ++i) counter[i] = static_cast<unsigned char>(step >> (56 - 8 * i));
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned size = 0;
  HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), counter.data(), counter.size(), mac.data(), &size);
  const std::size_t at = mac[size - 1] & 15U;  // RFC 4226 §5.3
  std::uint32_t number = mac[at] & 127U;
  for (std::size_t i = 1; i < 4; ++i) number = number << 8 | mac[at + i];
  return fmt::format("{:06}", number % codes_there_are);
}

std::optional<std::uint64_t> totp_step(std::string_view secret, std::string_view code, Time now) {
  std::string digits;
  for (const char c : code)
    if (c != ' ') digits += c;
  if (digits.size() != 6 || now.micros < step_micros) return std::nullopt;
  const auto present = static_cast<std::uint64_t>(now.micros / step_micros);
  std::optional<std::uint64_t> found;
  for (const auto step : {present - 1, present, present + 1})
    if (sodium_memcmp(totp_code(secret, step).data(), digits.data(), digits.size()) == 0) found = step;
  return found;
}

std::vector<std::string> fresh_recovery_codes(std::size_t count) {
  std::vector<std::string> codes;
  for (std::size_t i = 0; i < count; ++i) {
    auto code = base32(random_bytes(recovery_bytes));
    for (const std::size_t at : {20U, 16U, 12U, 8U, 4U}) code.insert(at, 1, '-');
    codes.push_back(std::move(code));
  }
  return codes;
}

Digest recovery_digest(std::string_view code) {
  std::string plain;
  for (const char c : code)
    if (c != '-' && c != ' ') plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return Digest{sha256(plain)};
}

}  // namespace rollcall
