#include "events/proof/log_tiles.hpp"

#include <stdexcept>
#include <string>
#include <vector>

namespace rollcall {
namespace {

// One hash of a tile: of an entry, or the root over the full tile below it.
Hash hash_at(const LogReader& log, unsigned level, std::uint64_t index) {
  if (level == 0) {
    const auto entry = log.entry(index);
    if (!entry) throw std::runtime_error("the log lacks event " + std::to_string(index));
    return leaf_hash(*entry);
  }
  const auto below = log.tile(level - 1, index);
  std::vector<Hash> hashes;
  hashes.reserve(tile_width);
  for (unsigned i = 0; i < tile_width; ++i)
    hashes.push_back(below ? *hash_from(std::string_view{*below}.substr(i * sizeof(Hash), sizeof(Hash)))
                           : hash_at(log, level - 1, index * tile_width + i));
  return tree_hash(hashes);
}

}  // namespace

TileReader tiles_of(const LogReader& log) {
  return [&log](const TileAddress& tile) {
    if (auto stored = log.tile(tile.level, tile.index)) return std::move(*stored);
    std::string bytes;
    for (unsigned i = 0; i < tile.width; ++i) bytes += bytes_of(hash_at(log, tile.level, tile.index * tile_width + i));
    return bytes;
  };
}

}  // namespace rollcall
