// The entries that were appended last, in memory: who follows the log closely need not read them from the disk again.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "events/log.hpp"

namespace rollcall {

// Thread-safe. What is older than so many bytes of entries is forgotten, but never the last batch.
class RecentEntries {
 public:
  explicit RecentEntries(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  // The entries of one batch, one after the other.
  class Chunk {
   public:
    explicit Chunk(const Batch& batch) : first_(batch.first) {
      std::size_t bytes = 0;
      for (const auto& entry : batch.entries) bytes += entry.size();
      bytes_.reserve(bytes);
      ends_.reserve(batch.entries.size());
      for (const auto& entry : batch.entries) ends_.push_back(bytes_.append(entry).size());
    }
    Position first() const { return first_; }
    Position end() const { return first_ + ends_.size(); }
    // It must be one of these.
    std::string_view entry(Position position) const {
      const auto n = static_cast<std::size_t>(position - first_);
      const auto begin = n == 0 ? 0 : ends_[n - 1];
      return std::string_view(bytes_).substr(begin, ends_[n] - begin);
    }
    // What it occupies.
    std::size_t held() const { return sizeof(Chunk) + bytes_.size() + ends_.size() * sizeof(std::size_t); }

   private:
    Position first_;
    std::string bytes_;
    std::vector<std::size_t> ends_;
  };

  // Batches come in the log's order.
  void add(const Batch& batch) {
    if (batch.entries.empty()) return;
    auto chunk = std::make_shared<const Chunk>(batch);
    const std::lock_guard lock(mutex_);
    held_ += chunk->held();
    chunks_.push_back(std::move(chunk));
    while (held_ > bytes_max_ && chunks_.size() > 1) {
      held_ -= chunks_.front()->held();
      chunks_.pop_front();
    }
  }

  // The batch this entry is in; null when it is no longer, or not yet, here.
  std::shared_ptr<const Chunk> holding(Position position) const {
    const std::lock_guard lock(mutex_);
    const auto behind = std::upper_bound(chunks_.begin(), chunks_.end(), position,
                                         [](Position wanted, const auto& chunk) { return wanted < chunk->first(); });
    if (behind == chunks_.begin()) return nullptr;
    const auto& chunk = *std::prev(behind);
    return position < chunk->end() ? chunk : nullptr;
  }

 private:
  const std::size_t bytes_max_;
  mutable std::mutex mutex_;
  std::deque<std::shared_ptr<const Chunk>> chunks_;  // under mutex_
  std::size_t held_ = 0;                             // under mutex_
};

}  // namespace rollcall
