#include "adapters/crypto/access_keys.hpp"

#include <boost/crc.hpp>
#include <fmt/format.h>
#include <sodium.h>

#include "events/hash.hpp"

namespace rollcall {
namespace {

constexpr std::string_view prefix = "rck_";
constexpr std::string_view id_prefix = "key_";
constexpr std::size_t id_letters = 26;
constexpr std::size_t secret_bytes = 32;
constexpr std::size_t checksum_digits = 8;

std::string checksum(std::string_view text) {
  boost::crc_32_type crc;
  crc.process_bytes(text.data(), text.size());
  return fmt::format("{:08x}", crc.checksum());
}

bool is_hex(std::string_view text) { return text.find_first_not_of("0123456789abcdef") == text.npos; }

}  // namespace

AccessSecret AccessSecret::fresh() {
  std::array<unsigned char, secret_bytes> bytes;
  randombytes_buf(bytes.data(), bytes.size());
  AccessSecret secret;
  secret.digits = to_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  secret.digest = Digest{sha256(secret.digits)};
  return secret;
}

std::string access_token(const AccessKeyId& key, const AccessSecret& secret) {
  auto text = std::string{prefix} + key.text().substr(id_prefix.size()) + "_" + secret.digits;
  return text + "_" + checksum(text);
}

std::optional<AccessClaim> read_access_token(std::string_view token) {
  constexpr auto id_at = prefix.size(), secret_at = id_at + id_letters + 1;
  constexpr auto checksum_at = secret_at + 2 * secret_bytes + 1;
  if (token.size() != checksum_at + checksum_digits || !token.starts_with(prefix)) return std::nullopt;
  if (token[secret_at - 1] != '_' || token[checksum_at - 1] != '_') return std::nullopt;
  const auto digits = token.substr(secret_at, 2 * secret_bytes);
  if (!is_hex(digits) || checksum(token.substr(0, checksum_at - 1)) != token.substr(checksum_at)) return std::nullopt;
  const auto key = AccessKeyId::parse(std::string{id_prefix} + std::string{token.substr(id_at, id_letters)});
  if (!key) return std::nullopt;
  return AccessClaim{*key, Digest{sha256(digits)}};
}

bool same_digest(const Digest& a, const Digest& b) {
  return sodium_memcmp(a.bytes.data(), b.bytes.data(), a.bytes.size()) == 0;
}

}  // namespace rollcall
