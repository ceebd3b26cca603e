// The tiles of a log at any size: what is stored, and what was partial then.
#include "events/proof/log_tiles.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/memory_log.hpp"

using namespace rollcall;

namespace {

// A log of numbered entries, its full tiles stored.
struct Numbered {
  MemoryLog log;
  std::vector<Hash> roots{sha256({})};  // by size

  explicit Numbered(std::size_t size) {
    Frontier tree;
    Batch batch;
    for (std::size_t i = 0; i < size; ++i) {
      batch.entries.push_back("entry " + std::to_string(i));
      auto full = tree.append(leaf_hash(batch.entries.back()));
      std::move(full.begin(), full.end(), std::back_inserter(batch.tiles));
      roots.push_back(tree.root());
    }
    log.append(batch);
  }
};

}  // namespace

TEST_CASE("the root of a log is known at every size it has had") {
  const Numbered numbered(1'100);
  const auto read = tiles_of(numbered.log);
  for (std::uint64_t size = 0; size < numbered.roots.size(); size += size < 600 ? 1 : 37)
    CHECK(root_at(size, read) == numbered.roots[size]);
}

TEST_CASE("a proof is read from a log's tiles, above the first level as well") {
  const Numbered numbered(70'000);
  const auto read = tiles_of(numbered.log);
  for (const std::uint64_t size : {65'535u, 65'536u, 65'537u, 69'999u}) {
    CHECK(root_at(size, read) == numbered.roots[size]);
    const auto proof = inclusion_proof(3, size, read);
    CHECK(verify_inclusion(leaf_hash("entry 3"), 3, size, numbered.roots[size], proof));
  }
}

TEST_CASE("a log that lacks an entry has no tiles of it") {
  const Numbered numbered(10);
  CHECK_THROWS_AS(root_at(11, tiles_of(numbered.log)), std::runtime_error);
}
