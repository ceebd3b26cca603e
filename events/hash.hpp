// SHA-256 as the log's Merkle tree uses it, and the two spellings of bytes that audit formats use: hex and base64.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall {

// A SHA-256 digest: of an entry, of a subtree, of the whole log.
using Hash = std::array<std::uint8_t, 32>;

// The digest of these bytes.
Hash sha256(std::string_view bytes);
// The hash of one entry: SHA-256(0x00 ‖ entry), RFC 6962 §2.1.
Hash leaf_hash(std::string_view entry);
// The hash of two subtrees side by side: SHA-256(0x01 ‖ left ‖ right), RFC 6962 §2.1.
Hash node_hash(const Hash& left, const Hash& right);

// The 32 bytes, in place: valid as long as the hash is.
inline std::string_view bytes_of(const Hash& hash) { return {reinterpret_cast<const char*>(hash.data()), hash.size()}; }
// The hash these bytes are; nothing unless they are exactly 32.
std::optional<Hash> hash_from(std::string_view bytes);

// Lower-case hexadecimal.
std::string to_hex(std::string_view bytes);
// The inverse, either case; nothing for anything else.
std::optional<std::string> from_hex(std::string_view text);

// Standard base64 with padding, RFC 4648 §4.
std::string to_base64(std::string_view bytes);
// The inverse, canonical: missing padding, stray bits and white space give nothing.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace rollcall
