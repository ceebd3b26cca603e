// How the tree and its entries are cut up for readers (C2SP tlog-tiles): which tile is where, how wide it is in a tree
// of a given size, its path, and the entry bundle.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rollcall {

// Hashes in a full tile, entries in a full bundle.
constexpr unsigned tile_width = 256;
// Bytes in the longest entry a bundle can hold.
constexpr std::size_t max_entry_bytes = 65'535;

// Hashes 0 .. width-1 of a tile. Hash i is the root of the entries [(index·256 + i)·256^level, (index·256 + i +
// 1)·256^level).
struct TileAddress {
  unsigned level = 0;  // 0 .. 63
  std::uint64_t index = 0;
  unsigned width = tile_width;  // 1 .. 256; below 256 it is a partial tile

  friend bool operator==(const TileAddress&, const TileAddress&) = default;
};

// Entries index·256 .. index·256 + width-1.
struct BundleAddress {
  std::uint64_t index = 0;
  unsigned width = tile_width;  // as above

  friend bool operator==(const BundleAddress&, const BundleAddress&) = default;
};

// How many hashes tile `index` of `level` has in a tree of `size` entries: 256 when full, 0 when it does not exist yet.
// A bundle is as wide as the tile of level 0 with its index.
unsigned width_at(unsigned level, std::uint64_t index, std::uint64_t size);

// The path below the log's prefix, e.g. tile/0/x001/x234/067.p/8 and tile/entries/000.
std::string path_of(const TileAddress& tile);
std::string path_of(const BundleAddress& bundle);
// The inverse, canonical: every resource has one path, and all other text is nothing.
std::optional<std::variant<TileAddress, BundleAddress>> parse_tile_path(std::string_view path);

// Adds an entry to a bundle: its length in two bytes, big endian, and its bytes.
// Throws std::length_error above max_entry_bytes: the limit is the writer's to keep.
void append_to_bundle(std::string& bundle, std::string_view entry);
// The entries of a bundle, as views into it; nothing when it is cut short.
std::optional<std::vector<std::string_view>> entries_of(std::string_view bundle);

}  // namespace rollcall
