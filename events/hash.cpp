// The low-level calls are deprecated in favour of EVP but use the same assembly, and EVP's dispatch costs more than
// half of a node hash (120 ns against 72 ns on the machine where this was chosen): the log is hashed with little else.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "events/hash.hpp"

#include <algorithm>

#include <openssl/sha.h>
#include <sodium.h>

namespace rollcall {
namespace {

constexpr int base64_variant = sodium_base64_VARIANT_ORIGINAL;

const unsigned char* unsigned_bytes(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* unsigned_bytes(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

Hash digest(std::string_view prefix, std::string_view bytes) {
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, prefix.data(), prefix.size());
  SHA256_Update(&context, bytes.data(), bytes.size());
  Hash hash;
  SHA256_Final(hash.data(), &context);
  return hash;
}

}  // namespace

Hash sha256(std::string_view bytes) { return digest({}, bytes); }

Hash leaf_hash(std::string_view entry) { return digest(std::string_view("\0", 1), entry); }

Hash node_hash(const Hash& left, const Hash& right) {
  std::array<std::uint8_t, 1 + 2 * sizeof(Hash)> preimage;
  preimage[0] = 1;
  std::copy(right.begin(), right.end(), std::copy(left.begin(), left.end(), preimage.begin() + 1));
  return sha256({reinterpret_cast<const char*>(preimage.data()), preimage.size()});
}

std::optional<Hash> hash_from(std::string_view bytes) {
  Hash hash;
  if (bytes.size() != hash.size()) return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

std::string to_hex(std::string_view bytes) {
  std::string text(bytes.size() * 2 + 1, '\0');  // sodium ends it with a zero
  sodium_bin2hex(text.data(), text.size(), unsigned_bytes(bytes), bytes.size());
  text.pop_back();
  return text;
}

std::optional<std::string> from_hex(std::string_view text) {
  std::string bytes(text.size() / 2, '\0');
  if (sodium_hex2bin(unsigned_bytes(bytes), bytes.size(), text.data(), text.size(), nullptr, nullptr, nullptr) != 0)
    return std::nullopt;
  return bytes;
}

std::string to_base64(std::string_view bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), base64_variant), '\0');
  sodium_bin2base64(text.data(), text.size(), unsigned_bytes(bytes), bytes.size(), base64_variant);
  text.pop_back();
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  std::string bytes(text.size() / 4 * 3, '\0');
  std::size_t size = 0;
  if (sodium_base642bin(unsigned_bytes(bytes), bytes.size(), text.data(), text.size(), nullptr, &size, nullptr,
                        base64_variant) != 0)
    return std::nullopt;
  bytes.resize(size);
  return bytes;
}

}  // namespace rollcall
