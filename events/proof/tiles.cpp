#include "events/proof/tiles.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include <fmt/format.h>

#include "events/big_endian.hpp"

namespace rollcall {
namespace {

constexpr std::string_view root = "tile/";
constexpr std::string_view entries = "entries";
constexpr unsigned max_level = 63;

std::string path(std::string_view level, std::uint64_t index, unsigned width) {
  std::string groups = fmt::format("{:03}", index % 1000);
  for (index /= 1000; index > 0; index /= 1000) groups = fmt::format("x{:03}/{}", index % 1000, groups);
  return width == tile_width ? fmt::format("{}{}/{}", root, level, groups)
                             : fmt::format("{}{}/{}.p/{}", root, level, groups, width);
}

template <class Number>
std::optional<Number> number(std::string_view digits) {
  Number value{};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

}  // namespace

unsigned width_at(unsigned level, std::uint64_t index, std::uint64_t size) {
  const std::uint64_t hashes = level < 8 ? size >> (8 * level) : 0;
  if (index > hashes / tile_width) return 0;
  return static_cast<unsigned>(std::min<std::uint64_t>(tile_width, hashes - index * tile_width));
}

std::string path_of(const TileAddress& tile) { return path(fmt::to_string(tile.level), tile.index, tile.width); }

std::string path_of(const BundleAddress& bundle) { return path(entries, bundle.index, bundle.width); }

std::optional<std::variant<TileAddress, BundleAddress>> parse_tile_path(std::string_view text) {
  // Read leniently, then insist that what was read is written exactly so: that leaves one path for each resource.
  if (!text.starts_with(root)) return std::nullopt;
  const auto level_end = text.find('/', root.size());
  if (level_end == text.npos) return std::nullopt;
  const auto level_text = text.substr(root.size(), level_end - root.size());
  const auto rest = text.substr(level_end + 1);
  const auto suffix = rest.find(".p/");

  std::string digits{rest.substr(0, suffix)};
  std::erase_if(digits, [](char c) { return c == 'x' || c == '/'; });
  const auto index = number<std::uint64_t>(digits);
  const auto width = suffix == rest.npos ? tile_width : number<unsigned>(rest.substr(suffix + 3));
  if (!index || !width || *width < 1 || *width > tile_width || path(level_text, *index, *width) != text)
    return std::nullopt;

  if (level_text == entries) return BundleAddress{*index, *width};
  const auto level = number<unsigned>(level_text);
  if (!level || *level > max_level || fmt::to_string(*level) != level_text) return std::nullopt;
  return TileAddress{*level, *index, *width};
}

void append_to_bundle(std::string& bundle, std::string_view entry) {
  if (entry.size() > max_entry_bytes) throw std::length_error("an entry is at most 65,535 bytes");
  bundle += big_endian(static_cast<std::uint16_t>(entry.size()));
  bundle += entry;
}

std::optional<std::vector<std::string_view>> entries_of(std::string_view bundle) {
  std::vector<std::string_view> found;
  while (!bundle.empty()) {
    if (bundle.size() < 2) return std::nullopt;
    const std::size_t size = from_big_endian<std::uint16_t>(bundle);
    bundle.remove_prefix(2);
    if (bundle.size() < size) return std::nullopt;
    found.push_back(bundle.substr(0, size));
    bundle.remove_prefix(size);
  }
  return found;
}

}  // namespace rollcall
