#include "tools/server/followers/scrub.hpp"

#include <string>
#include <string_view>

#include "events/entry.hpp"
#include "events/proof/tiles.hpp"

namespace rollcall {

void Scrub::step() {
  if (damage()) return;
  auto next = checked_.load();
  std::size_t bytes = 0;
  std::optional<std::string> tile;
  try {
    log_.read(next, [&](Position position, std::string_view entry) {
      if (position != next) {
        stop_at(next, "the log goes on with event " + std::to_string(position));
        return false;
      }
      if (!tile || position % tile_width == 0) tile = log_.tile(0, position / tile_width);
      const auto hash = leaf_hash(entry);
      if (tile &&
          std::string_view{*tile}.substr(position % tile_width * sizeof(Hash), sizeof(Hash)) != bytes_of(hash)) {
        stop_at(position, "its bytes do not hash to what the tree has");
        return false;
      }
      (void)peek_entry(entry);
      checked_ = ++next;
      bytes += entry.size();
      return bytes < bytes_per_step_;
    });
  } catch (const std::exception& error) {
    stop_at(next, error.what());
  }
}

std::optional<FollowerStop> Scrub::damage() const {
  const std::lock_guard lock(mutex_);
  return damage_;
}

void Scrub::stop_at(Position position, std::string why) {
  const std::lock_guard lock(mutex_);
  damage_ = FollowerStop{position, std::move(why)};
}

}  // namespace rollcall
