// Rows that were read of late, in front of RocksDB: a row that is found here costs a twentieth of one found there.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "events/rows.hpp"

namespace rollcall {

// Answers as the snapshot it is asked for would. Thread-safe, for one writer at a time. Bounded in bytes; what nobody
// asks for is forgotten first.
class RowCache {
 public:
  // Of a snapshot: the number of the last change it shows.
  using Moment = std::uint64_t;
  using Known = RowChange::Known;

  explicit RowCache(std::size_t bytes_max) : shard_bytes_max_(bytes_max / shards_.size()) {}

  Known find(std::string_view key, Moment at) const;
  // What a snapshot of this moment has. It is kept only while nothing was changed since.
  void keep(std::string_view key, const std::optional<std::string>& value, Moment at);

  // Made before changes are written and told when they are, as which moment. When it is not, since writing them
  // failed, nothing is kept any more. Refers to both.
  class Change {
   public:
    Change(RowCache& cache, const RowChanges& changes);
    void done(Moment now);

   private:
    RowCache& cache_;
    std::vector<const RowChanges::value_type*> known_;  // rows that somebody asked for
  };

 private:
  struct Entry {
    std::optional<std::string> value;
    Moment from = 0;     // it is not known how much longer the row has been so
    bool asked = false;  // since it was put in, or since the last time that room was made
  };
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  // When it is full, what nobody asked for since the last time goes.
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<std::string, Entry, Hash, std::equal_to<>> rows;
    std::size_t bytes = 0;  // of `rows`, some
    void add(std::string_view key, const std::optional<std::string>& value, Moment at, std::size_t bytes_max);
  };

  Shard& shard(std::string_view key) const { return shards_.at(Hash{}(key) % shards_.size()); }

  mutable std::array<Shard, 16> shards_;
  std::size_t shard_bytes_max_;
  std::atomic<bool> used_ = false;
  std::atomic<Moment> changed_at_ = 0;
};

}  // namespace rollcall
