// Makes the batches a writer would: entries with the tiles and the checkpoint they bring, and decision state with its
// digest. For tests of what stores them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "events/hash.hpp"
#include "events/log.hpp"

namespace rollcall {

class Batches {
 public:
  // The batch that follows the ones made before.
  Batch next(std::vector<std::string> entries, RowChanges state = {}) {
    Batch batch;
    batch.first = frontier_.size();
    for (const auto& entry : entries)
      for (auto& tile : frontier_.append(leaf_hash(entry))) batch.tiles.push_back(std::move(tile));
    if (!batch.tiles.empty()) batch.frontier = frontier_.encode();
    if (!entries.empty()) batch.checkpoint = checkpoint_of(frontier_.size());
    batch.entries = std::move(entries);
    digest_ = digest_after(digest_, rows_, state);
    rows_.apply(state);
    batch.state = std::move(state);
    batch.state_digest = digest_;
    return batch;
  }

  // Stands for the signed note over so many entries.
  static std::string checkpoint_of(Position size) { return "checkpoint of " + std::to_string(size); }

  const Frontier& frontier() const { return frontier_; }
  // The decision state that all these batches come to.
  const MemoryRows& rows() const { return rows_; }
  RowsDigest digest() const { return digest_; }

 private:
  Frontier frontier_;
  MemoryRows rows_;
  RowsDigest digest_;
};

// Everything in rows, to be compared.
inline std::vector<std::pair<std::string, std::string>> all_of(const Rows& rows, std::string_view from = {},
                                                               std::string_view to = {}) {
  std::vector<std::pair<std::string, std::string>> all;
  rows.scan(from, to, [&](std::string_view key, std::string_view value) {
    all.emplace_back(key, value);
    return true;
  });
  return all;
}

// The entries of a log from a position on.
inline std::vector<std::string> entries_from(const LogReader& log, Position from) {
  std::vector<std::string> found;
  log.read(from, [&](Position, std::string_view entry) {
    found.emplace_back(entry);
    return true;
  });
  return found;
}

}  // namespace rollcall
