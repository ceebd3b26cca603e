#include "adapters/rocksdb/row_cache.hpp"

#include <limits>
#include <utility>

namespace rollcall {
namespace {

// Later than any snapshot: while a change is being written, nothing that a reader has is put in.
constexpr auto never = std::numeric_limits<RowCache::Moment>::max();

// Of a row with its node, pointers and strings, some.
std::size_t bytes_of(std::string_view key, const std::optional<std::string>& value) {
  return 128 + key.size() + (value ? value->size() : 0);
}

}  // namespace

void RowCache::Shard::add(std::string_view key, const std::optional<std::string>& value, Moment at,
                          std::size_t bytes_max) {
  const auto size = bytes_of(key, value);
  if (size > bytes_max / 8) return;
  if (bytes + size > bytes_max) {
    for (auto row = rows.begin(); row != rows.end();) {
      if (std::exchange(row->second.asked, false)) {
        ++row;
        continue;
      }
      bytes -= bytes_of(row->first, row->second.value);
      row = rows.erase(row);
    }
  }
  // All of them were asked for.
  if (bytes + size > bytes_max) {
    rows.clear();
    bytes = 0;
  }
  if (rows.try_emplace(std::string{key}, Entry{value, at}).second) bytes += size;
}

RowCache::Known RowCache::find(std::string_view key, Moment at) const {
  auto& shard = this->shard(key);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.rows.find(key);
  if (found == shard.rows.end() || found->second.from > at) return std::nullopt;
  found->second.asked = true;
  return Known{std::in_place, found->second.value};
}

// Whoever changes a row raises `changed_at_` first and then takes it out of its shard: either that is seen here, or
// what is put in now is taken out.
void RowCache::keep(std::string_view key, const std::optional<std::string>& value, Moment at) {
  used_ = true;
  auto& shard = this->shard(key);
  const std::lock_guard lock(shard.mutex);
  if (at >= changed_at_) shard.add(key, value, at, shard_bytes_max_);
}

RowCache::Change::Change(RowCache& cache, const RowChanges& changes) : cache_(cache) {
  cache_.changed_at_ = never;
  if (!cache_.used_) return;
  for (const auto& change : changes) {
    auto& shard = cache_.shard(change.first);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.rows.find(change.first);
    if (found == shard.rows.end()) continue;
    shard.bytes -= bytes_of(found->first, found->second.value);
    shard.rows.erase(found);
    known_.push_back(&change);
  }
}

void RowCache::Change::done(Moment now) {
  cache_.changed_at_ = now;
  for (const auto* change : known_) cache_.keep(change->first, change->second.value, now);
}

}  // namespace rollcall
