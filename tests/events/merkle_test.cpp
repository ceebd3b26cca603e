// The tree against RFC 6962's definition, published vectors, and itself.
#include "events/proof/merkle.hpp"

#include <map>
#include <stdexcept>

#include <fmt/format.h>
#include <rapidcheck.h>

#include "tests/support/catch.hpp"

using namespace rollcall;
using namespace std::literals;

namespace {

std::string hex_of(const Hash& hash) { return to_hex(bytes_of(hash)); }

std::vector<Hash> leaves_of(const std::vector<std::string>& entries) {
  std::vector<Hash> leaves;
  for (const auto& entry : entries) leaves.push_back(leaf_hash(entry));
  return leaves;
}

std::vector<Hash> numbered_leaves(std::uint64_t count) {
  std::vector<Hash> leaves;
  for (std::uint64_t i = 0; i < count; ++i) leaves.push_back(leaf_hash(fmt::format("entry-{}", i)));
  return leaves;
}

// A log as a reader sees it: full tiles as they were completed, and the frontier's partial ones.
struct Tree {
  Frontier frontier;
  std::map<std::pair<unsigned, std::uint64_t>, std::string> tiles;
  mutable std::vector<std::string> read_paths;

  Tree() = default;
  explicit Tree(const std::vector<Hash>& leaves) {
    for (const Hash& leaf : leaves) append(leaf);
  }

  void append(const Hash& leaf) {
    for (auto& tile : frontier.append(leaf)) {
      const auto [at, is_new] = tiles.emplace(std::pair{tile.level, tile.index}, std::move(tile.bytes));
      if (!is_new) throw std::logic_error("a tile was completed twice");
    }
  }

  // Exactly the width asked for, so that a proof that looks further fails.
  TileReader reader() const {
    return [this](const TileAddress& address) {
      read_paths.push_back(path_of(address));
      const auto full = tiles.find({address.level, address.index});
      const bool is_last = address.index == frontier.size() >> (8 * (address.level + 1));
      const auto bytes = full != tiles.end() ? full->second : is_last ? frontier.partial_tile(address.level) : "";
      return bytes.substr(0, address.width * sizeof(Hash));
    };
  }
};

// RFC 6962's example from the certificate transparency project: eight entries, known at each size.
const std::vector<std::string> ct_entries{
    "",
    "\x00"s,
    "\x10",
    "\x20\x21",
    "\x30\x31",
    "\x40\x41\x42\x43",
    "\x50\x51\x52\x53\x54\x55\x56\x57",
    "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
};
const std::vector<std::string> ct_roots{
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

const std::vector<Hash>& single_byte_leaves() {
  static const auto leaves = [] {
    std::vector<std::string> entries;
    for (int i = 0; i < 130; ++i) entries.emplace_back(1, static_cast<char>(i));
    return leaves_of(entries);
  }();
  return leaves;
}

void add_line(std::string& lines, std::uint64_t a, std::uint64_t b, const Proof& proof) {
  lines += fmt::format("{} {}", a, b);
  for (const Hash& hash : proof) lines += ' ' + hex_of(hash);
  lines += '\n';
}

}  // namespace

TEST_CASE("the root at each size is certificate transparency's") {
  const auto leaves = leaves_of(ct_entries);
  Frontier frontier;
  for (std::size_t size = 0; size <= leaves.size(); ++size) {
    CAPTURE(size);
    CHECK(frontier.size() == size);
    CHECK(hex_of(frontier.root()) == ct_roots[size]);
    CHECK(hex_of(tree_hash(std::span(leaves).first(size))) == ct_roots[size]);
    if (size < leaves.size()) CHECK(frontier.append(leaves[size]).empty());
  }
}

TEST_CASE("proofs consist of the subtrees that RFC 6962 names") {
  const auto leaves = leaves_of(ct_entries);
  const Tree tree(leaves);
  const auto mth = [&](std::size_t begin, std::size_t end) {
    return tree_hash(std::span(leaves).subspan(begin, end - begin));
  };
  CHECK(hex_of(mth(4, 5)) == "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b");
  CHECK(hex_of(mth(6, 8)) == "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0");
  CHECK(hex_of(mth(4, 8)) == "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4");

  const auto inclusion = [&](std::uint64_t index, std::uint64_t size) {
    return inclusion_proof(index, size, tree.reader());
  };
  CHECK(inclusion(5, 8) == Proof{mth(4, 5), mth(6, 8), mth(0, 4)});
  CHECK(inclusion(1, 5) == Proof{mth(0, 1), mth(2, 4), mth(4, 5)});
  CHECK(inclusion(2, 3) == Proof{mth(0, 2)});
  CHECK(inclusion(0, 1) == Proof{});

  const auto consistency = [&](std::uint64_t older, std::uint64_t newer) {
    return consistency_proof(older, newer, tree.reader());
  };
  CHECK(consistency(1, 8) == Proof{mth(1, 2), mth(2, 4), mth(4, 8)});
  CHECK(consistency(6, 8) == Proof{mth(4, 6), mth(6, 8), mth(0, 4)});
  CHECK(consistency(2, 5) == Proof{mth(2, 4), mth(4, 5)});
  CHECK(consistency(3, 7) == Proof{mth(2, 3), mth(3, 4), mth(0, 2), mth(4, 7)});
  CHECK(consistency(4, 8) == Proof{mth(4, 8)});
  for (std::uint64_t size = 1; size <= 8; ++size) CHECK(consistency(size, size) == Proof{});
}

TEST_CASE("all roots up to 130 entries are those of other implementations") {
  Frontier frontier;
  std::string lines;
  for (const Hash& leaf : single_byte_leaves()) {
    CHECK(frontier.append(leaf).empty());
    lines += fmt::format("{} {}\n", frontier.size(), hex_of(frontier.root()));
  }
  CHECK(hex_of(sha256(lines)) == "d35ccec0cee406fa63d1597891bb2d66df747b4e8817cd6e010a2d58fffb1fcb");
}

TEST_CASE("all inclusion proofs up to 130 entries are those of other implementations, and verify") {
  const auto& leaves = single_byte_leaves();
  const Tree tree(leaves);
  std::string lines;
  bool all_verify = true;
  for (std::uint64_t size = 0; size <= leaves.size(); ++size) {
    const Hash root = tree_hash(std::span(leaves).first(size));
    for (std::uint64_t index = 0; index < size; ++index) {
      const Proof proof = inclusion_proof(index, size, tree.reader());
      all_verify = all_verify && verify_inclusion(leaves[index], index, size, root, proof);
      add_line(lines, index, size, proof);
    }
  }
  CHECK(all_verify);
  CHECK(hex_of(sha256(lines)) == "893ce6eea61adc33c22c0e3a952498b76dfa3c282e78ac659f6fcc0ea44f9983");
}

TEST_CASE("all consistency proofs up to 130 entries are those of other implementations, and verify") {
  const auto& leaves = single_byte_leaves();
  const Tree tree(leaves);
  std::vector<Hash> roots;
  for (std::size_t size = 0; size <= leaves.size(); ++size) roots.push_back(tree_hash(std::span(leaves).first(size)));

  std::string lines;
  bool all_verify = true;
  for (std::uint64_t newer = 1; newer <= leaves.size(); ++newer) {
    for (std::uint64_t older = 1; older <= newer; ++older) {
      const Proof proof = consistency_proof(older, newer, tree.reader());
      all_verify = all_verify && verify_consistency(older, roots[older], newer, roots[newer], proof);
      add_line(lines, older, newer, proof);
    }
  }
  CHECK(all_verify);
  CHECK(hex_of(sha256(lines)) == "2498232e1aebe8d1aa8d339d897fc471f4495fe0b8a55ac08f7dae3d88bc4c2a");
}

TEST_CASE("the frontier's root is the definition's at every size") {
  const auto leaves = numbered_leaves(1100);
  Frontier frontier;
  CHECK(frontier.root() == tree_hash({}));
  std::vector<std::uint64_t> wrong_sizes;
  for (std::size_t size = 1; size <= leaves.size(); ++size) {
    (void)frontier.append(leaves[size - 1]);
    if (frontier.root() != tree_hash(std::span(leaves).first(size))) wrong_sizes.push_back(size);
  }
  CHECK(frontier.size() == 1100);
  CHECK(wrong_sizes == std::vector<std::uint64_t>{});
}

TEST_CASE("a tile is completed by its 256th hash, and its root begins the next level") {
  const auto leaves = numbered_leaves(256);
  Frontier frontier;
  for (std::size_t i = 0; i < 255; ++i) REQUIRE(frontier.append(leaves[i]).empty());
  CHECK(frontier.partial_tile(0).size() == 255 * sizeof(Hash));
  CHECK(frontier.partial_tile(1).empty());

  const auto completed = frontier.append(leaves[255]);
  REQUIRE(completed.size() == 1);
  CHECK(completed[0].level == 0);
  CHECK(completed[0].index == 0);
  CHECK(completed[0].bytes.size() == 8192);
  CHECK(frontier.partial_tile(0).empty());
  CHECK(frontier.partial_tile(1) == bytes_of(tree_hash(leaves)));
  CHECK(frontier.partial_tile(2).empty());
}

TEST_CASE("the tiles of 70,000 entries are as many, as wide and what the definition says") {
  const auto leaves = numbered_leaves(70'000);
  const Tree tree(leaves);
  CHECK(tree.frontier.root() == tree_hash(leaves));

  CHECK(tree.tiles.size() == 273 + 1);
  CHECK(tree.frontier.partial_tile(0).size() == 112 * sizeof(Hash));
  CHECK(tree.frontier.partial_tile(1).size() == 17 * sizeof(Hash));
  CHECK(tree.frontier.partial_tile(2).size() == 1 * sizeof(Hash));
  CHECK(tree.frontier.partial_tile(3).empty());

  // What each level's tiles and its partial one must hold together: the root of every full subtree of 256^level
  // entries.
  std::size_t span = 1;
  for (unsigned level = 0; level <= 2; ++level, span *= 256) {
    std::string expected, actual;
    for (std::size_t begin = 0; begin + span <= leaves.size(); begin += span)
      expected += bytes_of(tree_hash(std::span(leaves).subspan(begin, span)));
    for (auto tile = tree.tiles.lower_bound({level, 0}); tile != tree.tiles.lower_bound({level + 1, 0}); ++tile) {
      CHECK(tile->second.size() == 8192);
      actual += tile->second;
    }
    actual += tree.frontier.partial_tile(level);
    CAPTURE(level);
    CHECK((actual == expected));
  }
}

TEST_CASE("a proof reads few tiles, each once and no wider than the tree has it") {
  const Tree tree(numbered_leaves(70'000));
  (void)inclusion_proof(69'000, 69'999, tree.reader());
  CHECK(tree.read_paths ==
        std::vector<std::string>{"tile/0/269", "tile/1/001.p/17", "tile/0/273.p/111", "tile/2/000.p/1"});
}

TEST_CASE("random proofs from the tiles of a large tree verify, and prove nothing else") {
  const auto leaves = numbered_leaves(70'000);
  const Tree tree(leaves);
  CHECK(rc::check("inclusion", [&] {
    const auto size = *rc::gen::inRange<std::uint64_t>(1, leaves.size() + 1);
    const auto index = *rc::gen::inRange<std::uint64_t>(0, size);
    const Hash root = tree_hash(std::span(leaves).first(size));
    const Proof proof = inclusion_proof(index, size, tree.reader());
    RC_ASSERT(verify_inclusion(leaves[index], index, size, root, proof));
    const auto other = *rc::gen::inRange<std::uint64_t>(0, leaves.size());
    if (other != index) RC_ASSERT(!verify_inclusion(leaves[other], index, size, root, proof));
    if (other != index) RC_ASSERT(!verify_inclusion(leaves[index], other, size, root, proof));
  }));
  CHECK(rc::check("consistency", [&] {
    const auto newer = *rc::gen::inRange<std::uint64_t>(1, leaves.size() + 1);
    const auto older = *rc::gen::inRange<std::uint64_t>(1, newer + 1);
    const Hash newer_root = tree_hash(std::span(leaves).first(newer));
    const Hash older_root = tree_hash(std::span(leaves).first(older));
    const Proof proof = consistency_proof(older, newer, tree.reader());
    RC_ASSERT(verify_consistency(older, older_root, newer, newer_root, proof));
    if (older < newer) {
      RC_ASSERT(!verify_consistency(older, newer_root, newer, newer_root, proof));
      RC_ASSERT(!verify_consistency(older, older_root, newer, older_root, proof));
    }
  }));
}

TEST_CASE("an inclusion proof that is altered, cut, stretched or put elsewhere is refused") {
  const auto& leaves = single_byte_leaves();
  const Tree tree(leaves);
  for (std::uint64_t size = 1; size <= 20; ++size) {
    const Hash root = tree_hash(std::span(leaves).first(size));
    for (std::uint64_t index = 0; index < size; ++index) {
      CAPTURE(size, index);
      const Proof proof = inclusion_proof(index, size, tree.reader());
      const auto verifies = [&](const Proof& candidate) {
        return verify_inclusion(leaves[index], index, size, root, candidate);
      };
      REQUIRE(verifies(proof));
      for (std::size_t i = 0; i < proof.size(); ++i) {
        Proof altered = proof;
        altered[i].back() ^= 1;
        CHECK_FALSE(verifies(altered));
        Proof cut = proof;
        cut.erase(cut.begin() + static_cast<std::ptrdiff_t>(i));
        CHECK_FALSE(verifies(cut));
      }
      Proof stretched = proof;
      stretched.push_back(root);
      CHECK_FALSE(verifies(stretched));
      for (std::uint64_t other = 0; other <= size + 1; ++other)
        if (other != index) CHECK_FALSE(verify_inclusion(leaves[index], other, size, root, proof));
      Hash other_root = root;
      other_root.back() ^= 1;
      CHECK_FALSE(verify_inclusion(leaves[index], index, size, other_root, proof));
    }
  }
  CHECK_FALSE(verify_inclusion(leaves[0], 0, 0, tree_hash({}), Proof{}));
  CHECK_FALSE(verify_inclusion(leaves[0], 0, 1, node_hash(leaves[1], leaves[0]), Proof{leaves[1]}));  // too deep
  CHECK_FALSE(verify_inclusion(leaves[0], ~std::uint64_t{0}, ~std::uint64_t{0}, leaves[0], Proof(1000, leaves[0])));
  CHECK_FALSE(verify_inclusion(leaves[0], 0, ~std::uint64_t{0}, leaves[0], Proof(1000, leaves[0])));
}

TEST_CASE("a consistency proof that is altered, cut, stretched or between other trees is refused") {
  const auto& leaves = single_byte_leaves();
  const Tree tree(leaves);
  const auto root_at = [&](std::uint64_t size) { return tree_hash(std::span(leaves).first(size)); };
  for (std::uint64_t newer = 1; newer <= 20; ++newer) {
    for (std::uint64_t older = 1; older <= newer; ++older) {
      CAPTURE(older, newer);
      const Proof proof = consistency_proof(older, newer, tree.reader());
      const auto verifies = [&](const Proof& candidate) {
        return verify_consistency(older, root_at(older), newer, root_at(newer), candidate);
      };
      REQUIRE(verifies(proof));
      for (std::size_t i = 0; i < proof.size(); ++i) {
        Proof altered = proof;
        altered[i].front() ^= 0x80;
        CHECK_FALSE(verifies(altered));
        Proof cut = proof;
        cut.erase(cut.begin() + static_cast<std::ptrdiff_t>(i));
        CHECK_FALSE(verifies(cut));
      }
      Proof stretched = proof;
      stretched.push_back(root_at(newer));
      CHECK_FALSE(verifies(stretched));

      CHECK_FALSE(verify_consistency(older, root_at(older + 1), newer, root_at(newer), proof));
      CHECK_FALSE(verify_consistency(older, root_at(older), newer, root_at(newer + 1), proof));
      CHECK_FALSE(verify_consistency(0, root_at(0), newer, root_at(newer), proof));
      CHECK_FALSE(verify_consistency(newer + 1, root_at(newer + 1), newer, root_at(newer), proof));
    }
  }
  const Hash root = root_at(3);
  CHECK_FALSE(verify_consistency(0, root, 5, root, Proof{root}));
  Proof too_deep = consistency_proof(3, 5, tree.reader());
  too_deep.push_back(root);
  CHECK_FALSE(verify_consistency(3, node_hash(root, root_at(3)), 5, node_hash(root, root_at(5)), too_deep));
  CHECK_FALSE(verify_consistency(1, root, ~std::uint64_t{0}, root, Proof(1000, root)));
  CHECK_FALSE(verify_consistency(3, root, ~std::uint64_t{0}, root, Proof{}));
}

TEST_CASE("what cannot be proved is not asked for") {
  const Tree tree(numbered_leaves(5));
  CHECK_THROWS_AS(inclusion_proof(5, 5, tree.reader()), std::out_of_range);
  CHECK_THROWS_AS(inclusion_proof(0, 0, tree.reader()), std::out_of_range);
  CHECK_THROWS_AS(consistency_proof(0, 5, tree.reader()), std::out_of_range);
  CHECK_THROWS_AS(consistency_proof(6, 5, tree.reader()), std::out_of_range);
  CHECK(tree.read_paths.empty());
}

TEST_CASE("a proof from a tile that is cut short fails instead of proving something else") {
  const Tree tree(numbered_leaves(300));
  const TileReader cut_short = [&](const TileAddress& address) {
    auto bytes = tree.reader()(address);
    bytes.pop_back();
    return bytes;
  };
  CHECK_THROWS_AS(inclusion_proof(7, 300, cut_short), std::runtime_error);
  CHECK_THROWS_AS(consistency_proof(7, 300, cut_short), std::runtime_error);
}

TEST_CASE("a stored frontier goes on as if it had never been stored") {
  const auto leaves = numbered_leaves(66'100);
  for (const std::uint64_t size : {0U, 1U, 2U, 3U, 255U, 256U, 257U, 511U, 512U, 1000U, 65'535U, 65'536U, 65'800U}) {
    CAPTURE(size);
    Frontier original;
    for (std::uint64_t i = 0; i < size; ++i) (void)original.append(leaves[i]);

    auto restored = Frontier::decode(original.encode());
    REQUIRE(restored);
    CHECK(restored->size() == size);
    CHECK(restored->root() == original.root());
    CHECK(restored->encode() == original.encode());

    bool same = true;
    for (auto i = size; i < size + 300; ++i) {
      const auto expected = original.append(leaves[i]);
      const auto actual = restored->append(leaves[i]);
      same = same && actual.size() == expected.size() && restored->root() == original.root();
      for (std::size_t k = 0; same && k < actual.size(); ++k)
        same = actual[k].level == expected[k].level && actual[k].index == expected[k].index &&
               actual[k].bytes == expected[k].bytes;
    }
    CHECK(same);
    CHECK(restored->encode() == original.encode());
  }
}

TEST_CASE("a stored frontier is its size, its partial tiles and their seal") {
  Frontier frontier;
  const auto leaves = numbered_leaves(258);
  for (const Hash& leaf : leaves) (void)frontier.append(leaf);
  const auto size = "\0\0\0\0\0\0\1\2"s;
  CHECK(to_hex(frontier.encode()) == to_hex(size) + hex_of(leaves[256]) + hex_of(leaves[257]) +
                                         hex_of(tree_hash(std::span(leaves).first(256))) +
                                         hex_of(sha256(size + std::string(bytes_of(tree_hash(leaves))))));
}

TEST_CASE("a copy of a frontier grows on its own") {
  const auto leaves = numbered_leaves(3);
  Frontier frontier;
  (void)frontier.append(leaves[0]);
  Frontier copy = frontier;
  (void)copy.append(leaves[1]);
  (void)copy.append(leaves[2]);
  CHECK(frontier.size() == 1);
  CHECK(frontier.root() == leaves[0]);
  CHECK(copy.root() == tree_hash(leaves));
}

TEST_CASE("a stored frontier with a byte changed, lost or added is refused") {
  for (const std::uint64_t size : {0U, 1U, 5U, 256U, 258U}) {
    CAPTURE(size);
    Frontier frontier;
    for (const Hash& leaf : numbered_leaves(size)) (void)frontier.append(leaf);
    const std::string bytes = frontier.encode();
    REQUIRE(Frontier::decode(bytes));

    std::vector<std::size_t> accepted_changes, accepted_lengths;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      for (int bit = 0; bit < 8; ++bit) {
        std::string changed = bytes;
        changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
        if (Frontier::decode(changed)) accepted_changes.push_back(at);
      }
      if (Frontier::decode(bytes.substr(0, at))) accepted_lengths.push_back(at);
    }
    CHECK(accepted_changes.empty());
    CHECK(accepted_lengths.empty());
    CHECK_FALSE(Frontier::decode(bytes + '\0'));
    CHECK_FALSE(Frontier::decode(bytes + bytes));
  }
  CHECK_FALSE(Frontier::decode(std::string(40, '\0')));
  CHECK_FALSE(Frontier::decode(std::string(100'000, '\xff')));
}

TEST_CASE("a stored frontier does not pass for one of another size with the same tiles") {
  Frontier frontier;
  for (const Hash& leaf : numbered_leaves(256)) (void)frontier.append(leaf);
  std::string bytes = frontier.encode();
  REQUIRE(bytes.substr(0, 8) == "\0\0\0\0\0\0\1\0"s);
  bytes.replace(0, 8, "\0\0\0\0\0\1\0\0"s);  // one hash at level 2 instead of one at level 1
  CHECK_FALSE(Frontier::decode(bytes));
}
