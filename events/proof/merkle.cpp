#include "events/proof/merkle.hpp"

#include <bit>
#include <map>
#include <stdexcept>
#include <utility>

#include "events/big_endian.hpp"

namespace rollcall {
namespace {

constexpr unsigned tile_bits = 8;  // a tile is eight levels of the binary tree
static_assert(tile_width == 1U << tile_bits);

// Where RFC 6962 splits n > 1 leaves: the largest power of two below n.
std::uint64_t split(std::uint64_t n) { return std::bit_floor(n - 1); }

// The root over perfect subtrees of falling size, joined from the right.
Hash join(std::span<const Hash> peaks) {
  Hash root = peaks.back();
  for (auto left = peaks.rbegin() + 1; left != peaks.rend(); ++left) root = node_hash(*left, root);
  return root;
}

std::string tile_bytes(std::span<const Hash> hashes) {
  std::string bytes;
  bytes.reserve(hashes.size() * sizeof(Hash));
  for (const Hash& hash : hashes) bytes += bytes_of(hash);
  return bytes;
}

std::vector<Hash> hashes_in(std::string_view bytes, std::size_t count) {
  std::vector<Hash> hashes;
  hashes.reserve(tile_width);
  for (std::size_t i = 0; i < count; ++i) hashes.push_back(*hash_from(bytes.substr(i * sizeof(Hash), sizeof(Hash))));
  return hashes;
}

// The nodes of the tree of `size` entries, computed from its tiles.
class Nodes {
 public:
  Nodes(std::uint64_t size, const TileReader& read) : size_(size), read_(read) {}

  // MTH(D[begin:end]) for a range that RFC 6962's splitting of the tree leads to.
  Hash range(std::uint64_t begin, std::uint64_t end) {
    const auto count = end - begin;
    if (std::has_single_bit(count)) return perfect(static_cast<unsigned>(std::countr_zero(count)), begin);
    const auto middle = begin + split(count);
    const Hash left = range(begin, middle);
    return node_hash(left, range(middle, end));
  }

 private:
  // The same for 2^height entries from a multiple of 2^height: hashes side by side in one tile.
  Hash perfect(unsigned height, std::uint64_t begin) {
    const unsigned level = height / tile_bits;
    const auto first = begin >> (level * tile_bits);
    const auto count = std::size_t{1} << (height % tile_bits);
    return tree_hash(std::span(tile(level, first / tile_width)).subspan(first % tile_width, count));
  }

  const std::vector<Hash>& tile(unsigned level, std::uint64_t index) {
    auto& hashes = tiles_[{level, index}];
    if (hashes.empty()) {
      const TileAddress address{level, index, width_at(level, index, size_)};
      const std::string bytes = read_(address);
      if (bytes.size() < address.width * sizeof(Hash)) throw std::runtime_error("cut short: " + path_of(address));
      hashes = hashes_in(bytes, address.width);
    }
    return hashes;
  }

  std::uint64_t size_;
  const TileReader& read_;
  std::map<std::pair<unsigned, std::uint64_t>, std::vector<Hash>> tiles_;
};

void add_inclusion(Proof& proof, Nodes& nodes, std::uint64_t index, std::uint64_t begin, std::uint64_t end) {
  if (end - begin == 1) return;
  const auto middle = begin + split(end - begin);
  if (index < middle) {
    add_inclusion(proof, nodes, index, begin, middle);
    proof.push_back(nodes.range(middle, end));
  } else {
    add_inclusion(proof, nodes, index, middle, end);
    proof.push_back(nodes.range(begin, middle));
  }
}

// `whole`: D[begin:older] is the older tree itself, whose root the verifier has.
void add_consistency(Proof& proof, Nodes& nodes, std::uint64_t older, std::uint64_t begin, std::uint64_t end,
                     bool whole) {
  if (older == end) {
    if (!whole) proof.push_back(nodes.range(begin, end));
    return;
  }
  const auto middle = begin + split(end - begin);
  if (older <= middle) {
    add_consistency(proof, nodes, older, begin, middle, whole);
    proof.push_back(nodes.range(middle, end));
  } else {
    add_consistency(proof, nodes, older, middle, end, false);
    proof.push_back(nodes.range(begin, middle));
  }
}

// The way from a node to the root: `node` and the last node of its level, both counted within the level.
class Climb {
 public:
  Climb(std::uint64_t node, std::uint64_t last) : node_(node), last_(last) {}

  bool at_root() const { return last_ == 0; }
  bool is_right_child() const { return (node_ & 1) != 0; }
  // The next hash of the proof stands to the left: always so on the right edge, where a level may end without a pair.
  bool sibling_is_left() const { return is_right_child() || node_ == last_; }
  void up() { node_ >>= 1, last_ >>= 1; }
  // To the parent of the pair just hashed, past the levels on which the node stood alone.
  void up_from_pair() {
    if (sibling_is_left())
      while (!is_right_child() && node_ != 0) up();
    up();
  }

 private:
  std::uint64_t node_;
  std::uint64_t last_;
};

}  // namespace

std::vector<Tile> Frontier::append(const Hash& leaf) {
  std::vector<Tile> completed;
  // Binary addition: the new leaf is carried upwards over the subtrees that it completes.
  Hash subtree = leaf;
  for (unsigned height = 0;; ++height) {
    if (height % tile_bits == 0) {
      const unsigned level = height / tile_bits;
      if (level == partials_.size()) partials_.emplace_back().reserve(tile_width);
      auto& partial = partials_[level];
      partial.push_back(subtree);
      if (partial.size() == tile_width) {
        completed.push_back({level, size_ >> (height + tile_bits), tile_bytes(partial)});
        partial.clear();
      }
    }
    if ((size_ >> height & 1) == 0) break;
    subtree = node_hash(peaks_.back(), subtree);
    peaks_.pop_back();
  }
  peaks_.push_back(subtree);
  ++size_;
  return completed;
}

Hash Frontier::root() const { return peaks_.empty() ? sha256({}) : join(peaks_); }

std::string Frontier::partial_tile(unsigned level) const {
  return level < partials_.size() ? tile_bytes(partials_[level]) : std::string{};
}

std::string Frontier::encode() const {
  const std::string size = big_endian(size_);
  std::string bytes = size;
  for (const auto& partial : partials_) bytes += tile_bytes(partial);
  bytes += bytes_of(sha256(size + std::string(bytes_of(root()))));
  return bytes;
}

std::optional<Frontier> Frontier::decode(std::string_view bytes) {
  const auto size = bytes.substr(0, sizeof size_);
  if (size.size() != sizeof size_) return std::nullopt;
  bytes.remove_prefix(size.size());

  Frontier frontier;
  frontier.size_ = from_big_endian<std::uint64_t>(size);
  for (auto rest = frontier.size_; rest != 0; rest >>= tile_bits) {
    const auto width = rest % tile_width;
    if (bytes.size() < width * sizeof(Hash)) return std::nullopt;
    frontier.partials_.push_back(hashes_in(bytes, width));
    bytes.remove_prefix(width * sizeof(Hash));
  }
  for (auto partial = frontier.partials_.rbegin(); partial != frontier.partials_.rend(); ++partial) {
    for (std::span<const Hash> rest = *partial; !rest.empty();) {
      const auto count = std::bit_floor(rest.size());
      frontier.peaks_.push_back(tree_hash(rest.first(count)));
      rest = rest.subspan(count);
    }
  }
  if (bytes != bytes_of(sha256(std::string(size) + std::string(bytes_of(frontier.root()))))) return std::nullopt;
  return frontier;
}

Hash root_at(std::uint64_t size, const TileReader& read) {
  return size == 0 ? sha256({}) : Nodes(size, read).range(0, size);
}

Proof inclusion_proof(std::uint64_t index, std::uint64_t size, const TileReader& read) {
  if (index >= size) throw std::out_of_range("inclusion_proof: index >= size");
  Proof proof;
  Nodes nodes(size, read);
  add_inclusion(proof, nodes, index, 0, size);
  return proof;
}

Proof consistency_proof(std::uint64_t older, std::uint64_t newer, const TileReader& read) {
  if (older == 0 || older > newer) throw std::out_of_range("consistency_proof: not 0 < older <= newer");
  Proof proof;
  Nodes nodes(newer, read);
  add_consistency(proof, nodes, older, 0, newer, true);
  return proof;
}

bool verify_inclusion(const Hash& leaf, std::uint64_t index, std::uint64_t size, const Hash& root,
                      std::span<const Hash> proof) {
  if (index >= size) return false;
  Climb climb(index, size - 1);
  Hash reached = leaf;
  for (const Hash& sibling : proof) {
    if (climb.at_root()) return false;
    reached = climb.sibling_is_left() ? node_hash(sibling, reached) : node_hash(reached, sibling);
    climb.up_from_pair();
  }
  return climb.at_root() && reached == root;
}

bool verify_consistency(std::uint64_t older, const Hash& older_root, std::uint64_t newer, const Hash& newer_root,
                        std::span<const Hash> proof) {
  if (older == 0 || older > newer) return false;
  if (older == newer) return proof.empty() && older_root == newer_root;

  // Both roots are computed from the last perfect subtree of the older tree. When that is the whole older tree, its
  // root is known and the proof does not repeat it.
  Hash subtree = older_root;
  if (!std::has_single_bit(older)) {
    if (proof.empty()) return false;
    subtree = proof.front();
    proof = proof.subspan(1);
  }
  Climb climb(older - 1, newer - 1);
  while (climb.is_right_child()) climb.up();

  Hash reached_older = subtree, reached_newer = subtree;
  for (const Hash& sibling : proof) {
    if (climb.at_root()) return false;
    if (climb.sibling_is_left()) {
      reached_older = node_hash(sibling, reached_older);
      reached_newer = node_hash(sibling, reached_newer);
    } else {
      reached_newer = node_hash(reached_newer, sibling);
    }
    climb.up_from_pair();
  }
  return climb.at_root() && reached_older == older_root && reached_newer == newer_root;
}

Hash tree_hash(std::span<const Hash> leaves) {
  if (leaves.empty()) return sha256({});
  if (leaves.size() == 1) return leaves.front();
  const auto left = static_cast<std::size_t>(split(leaves.size()));
  const Hash left_root = tree_hash(leaves.first(left));
  return node_hash(left_root, tree_hash(leaves.subspan(left)));
}

}  // namespace rollcall
