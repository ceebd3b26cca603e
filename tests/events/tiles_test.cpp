// Tile paths, widths and bundles as C2SP tlog-tiles has them.
#include "events/proof/tiles.hpp"

#include <rapidcheck.h>

#include "events/hash.hpp"
#include "tests/support/catch.hpp"

using namespace rollcall;
using namespace std::literals;

namespace {

std::optional<TileAddress> tile_at(std::string_view path) {
  const auto parsed = parse_tile_path(path);
  if (!parsed || !std::holds_alternative<TileAddress>(*parsed)) return std::nullopt;
  return std::get<TileAddress>(*parsed);
}

std::optional<BundleAddress> bundle_at(std::string_view path) {
  const auto parsed = parse_tile_path(path);
  if (!parsed || !std::holds_alternative<BundleAddress>(*parsed)) return std::nullopt;
  return std::get<BundleAddress>(*parsed);
}

}  // namespace

TEST_CASE("a tile's path is its level and its index in groups of three digits") {
  const std::pair<TileAddress, std::string> examples[] = {
      {{0, 0, 256}, "tile/0/000"},
      {{1, 0, 1}, "tile/1/000.p/1"},
      {{0, 273, 112}, "tile/0/273.p/112"},
      {{0, 999, 256}, "tile/0/999"},
      {{0, 1000, 256}, "tile/0/x001/000"},
      {{3, 1234067, 256}, "tile/3/x001/x234/067"},
      {{63, 123456789, 255}, "tile/63/x123/x456/789.p/255"},
      {{0, 18446744073709551615U, 256}, "tile/0/x018/x446/x744/x073/x709/x551/615"},
  };
  for (const auto& [tile, path] : examples) {
    CAPTURE(path);
    CHECK(path_of(tile) == path);
    CHECK(tile_at(path) == tile);
    CHECK_FALSE(bundle_at(path));
  }
}

TEST_CASE("an entry bundle's path has `entries` for a level") {
  CHECK(path_of(BundleAddress{0, 3}) == "tile/entries/000.p/3");
  CHECK(path_of(BundleAddress{1234067, 256}) == "tile/entries/x001/x234/067");
  CHECK(bundle_at("tile/entries/000.p/3") == BundleAddress{0, 3});
  CHECK(bundle_at("tile/entries/x001/x234/067") == BundleAddress{1234067, 256});
  CHECK_FALSE(tile_at("tile/entries/000"));
}

TEST_CASE("a tile has one path only") {
  for (const auto* path : {
           "",
           "tile",
           "tile/",
           "tile/0",
           "tile/0/",
           "/tile/0/000",
           "tile//000",
           "Tile/0/000",
           "tile/0/0",
           "tile/0/00",
           "tile/0/0000",
           "tile/0/x000/000",
           "tile/0/001/000",
           "tile/0/x001",
           "tile/0/x001/",
           "tile/0/x001/x000",
           "tile/0/x001x000",
           "tile/0/x01/000",
           "tile/0/xx001/000",
           "tile/0/X001/000",
           "tile/0/x001//000",
           "tile/0/000/",
           "tile/0/000 ",
           "tile/0/-01",
           "tile/0/+01",
           "tile/0/00a",
           "tile/0/x018/x446/x744/x073/x709/x551/616",
           "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
           "tile/00/000",
           "tile/01/000",
           "tile/64/000",
           "tile/256/000",
           "tile/4294967296/000",
           "tile/-1/000",
           "tile/+1/000",
           "tile/ 1/000",
           "tile/x/000",
           "tile/entry/000",
           "tile/Entries/000",
           "tile/0/000.p",
           "tile/0/000.p/",
           "tile/0/000.p/0",
           "tile/0/000.p/01",
           "tile/0/000.p/256",
           "tile/0/000.p/257",
           "tile/0/000.p/4294967297",
           "tile/0/000.p/-1",
           "tile/0/000.p/1/",
           "tile/0/000.p/1.p/1",
           "tile/0/000.P/1",
           "tile/0/x001/000.p/8x",
           "tile/0/x001.p/8/000",
       }) {
    CAPTURE(path);
    CHECK_FALSE(parse_tile_path(path));
  }
  CHECK_FALSE(parse_tile_path("tile/0/000\0"sv));
}

TEST_CASE("any tile's path leads back to it") {
  CHECK(rc::check("path_of and parse_tile_path are inverse", [](std::uint64_t index) {
    const TileAddress tile{*rc::gen::inRange(0U, 64U), index, *rc::gen::inRange(1U, 257U)};
    RC_ASSERT(tile_at(path_of(tile)) == tile);
    const BundleAddress bundle{index, tile.width};
    RC_ASSERT(bundle_at(path_of(bundle)) == bundle);
  }));
}

TEST_CASE("the size of the tree decides which tiles there are, and how wide") {
  CHECK(width_at(0, 0, 0) == 0);
  CHECK(width_at(0, 0, 1) == 1);
  CHECK(width_at(1, 0, 255) == 0);

  CHECK(width_at(0, 0, 256) == 256);
  CHECK(width_at(0, 1, 256) == 0);
  CHECK(width_at(1, 0, 256) == 1);

  CHECK(width_at(0, 272, 70000) == 256);
  CHECK(width_at(0, 273, 70000) == 112);
  CHECK(width_at(0, 274, 70000) == 0);
  CHECK(width_at(1, 0, 70000) == 256);
  CHECK(width_at(1, 1, 70000) == 17);
  CHECK(width_at(2, 0, 70000) == 1);
  CHECK(width_at(3, 0, 70000) == 0);

  CHECK(width_at(7, 0, ~std::uint64_t{0}) == 255);
  CHECK(width_at(8, 0, ~std::uint64_t{0}) == 0);
  CHECK(width_at(0, ~std::uint64_t{0}, 70000) == 0);
}

TEST_CASE("a bundle is each entry behind its length in two bytes") {
  std::string bundle;
  for (const auto* entry : {"entry-0", "entry-1", "entry-2"}) append_to_bundle(bundle, entry);
  CHECK(to_hex(bundle) ==
        "0007656e7472792d30"
        "0007656e7472792d31"
        "0007656e7472792d32");
  CHECK(entries_of(bundle) == std::vector<std::string_view>{"entry-0", "entry-1", "entry-2"});
}

TEST_CASE("a bundle holds empty entries and the longest ones, and nothing longer") {
  const std::string longest(65'535, 'x');
  std::string bundle;
  append_to_bundle(bundle, "");
  append_to_bundle(bundle, longest);
  append_to_bundle(bundle, "");
  CHECK(bundle.size() == 2 + 2 + 65'535 + 2);
  CHECK(entries_of(bundle) == std::vector<std::string_view>{"", longest, ""});

  const std::string before = bundle;
  CHECK_THROWS_AS(append_to_bundle(bundle, longest + 'x'), std::length_error);
  CHECK(bundle == before);
}

TEST_CASE("a bundle that is cut short is refused") {
  CHECK(entries_of("") == std::vector<std::string_view>{});
  CHECK_FALSE(entries_of("\0"sv));
  CHECK_FALSE(entries_of("\0\1"sv));
  CHECK_FALSE(entries_of("\0\1x\0\2y"sv));
  CHECK_FALSE(entries_of("\xff\xff short"sv));
}
