// The log's Merkle tree (RFC 6962): the growing edge of it, proofs read from its tiles, and their verification.
// Entry indexes are positions in the log; MTH(D[a:b]) below is the root of the entries a .. b-1 alone.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "events/hash.hpp"
#include "events/proof/tiles.hpp"

namespace rollcall {

// A full tile: 256 hashes, 8,192 bytes, final from the moment it exists.
struct Tile {
  unsigned level = 0;
  std::uint64_t index = 0;
  std::string bytes;
};

// The right edge of the tree: its size, the partial tile of each level, and the roots of its perfect subtrees.
// All that is needed to append and to know the root; some kilobytes at any size. A value: copies are independent.
class Frontier {
 public:
  // Appends an entry by its leaf hash and returns the tiles it completed: usually none, lower levels first.
  // Every 256th append completes one tile, and about one node is hashed per append on average.
  [[nodiscard]] std::vector<Tile> append(const Hash& leaf);

  // Entries so far.
  std::uint64_t size() const { return size_; }
  // MTH(D[0:size]); of an empty log it is the hash of nothing. One node hash per bit set in size, less one.
  Hash root() const;
  // The bytes of the partial tile at the right end of a level: 32 for each hash, none when the last tile is full.
  // Its prefixes are the partial tiles of the sizes before.
  std::string partial_tile(unsigned level) const;

  // Stored form: size (u64 big endian) ‖ partial tiles, level 0 first, as wide as size implies ‖ SHA-256(size ‖ root).
  std::string encode() const;
  // The inverse; nothing for any other bytes, which the last field catches.
  static std::optional<Frontier> decode(std::string_view bytes);

 private:
  std::uint64_t size_ = 0;
  std::vector<std::vector<Hash>> partials_;  // by level; fewer than 256 hashes each
  std::vector<Hash> peaks_;  // roots of the perfect subtrees, one for each bit set in size_, largest first
};

// An audit path or a consistency path, in the order of RFC 6962 §2.1.
using Proof = std::vector<Hash>;

// Gives the bytes of a tile: at least `width` hashes, more are ignored. Throws when it cannot: the log is broken then.
using TileReader = std::function<std::string(const TileAddress&)>;

// Proves that entry `index` is in the tree of `size` entries. Each tile is read once, and none wider than the tree has
// it. Throws std::out_of_range unless index < size.
Proof inclusion_proof(std::uint64_t index, std::uint64_t size, const TileReader& read);
// Proves that the tree of `older` entries is the beginning of the tree of `newer` entries.
// Throws std::out_of_range unless 0 < older <= newer: the empty tree begins every tree, and there is nothing to prove.
Proof consistency_proof(std::uint64_t older, std::uint64_t newer, const TileReader& read);

// MTH(D[0:size]), the root of the tree as it was at this size; of an empty log it is the hash of nothing.
Hash root_at(std::uint64_t size, const TileReader& read);

// Does the proof show this leaf at `index` under this root? RFC 9162 §2.1.3.2; false for any index, size and proof that
// do not fit. Size and root are to be trusted only from a verified checkpoint.
[[nodiscard]] bool verify_inclusion(const Hash& leaf, std::uint64_t index, std::uint64_t size, const Hash& root,
                                    std::span<const Hash> proof);
// Does the proof show that the newer tree only added to the older one? RFC 9162 §2.1.4.2; false likewise.
[[nodiscard]] bool verify_consistency(std::uint64_t older, const Hash& older_root, std::uint64_t newer,
                                      const Hash& newer_root, std::span<const Hash> proof);

// MTH of these leaf hashes straight from the definition, RFC 6962 §2.1: what everything above must agree with.
Hash tree_hash(std::span<const Hash> leaves);

}  // namespace rollcall
