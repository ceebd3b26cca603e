#include "tests/support/memory_log.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "events/big_endian.hpp"
#include "events/hash.hpp"
#include "events/proof/tiles.hpp"

namespace rollcall {
namespace {

class RowsAsTheyWere final : public Rows {
 public:
  explicit RowsAsTheyWere(std::shared_ptr<const MemoryRows> rows) : rows_(std::move(rows)) {}
  std::optional<std::string> find(std::string_view key) const override { return rows_->find(key); }
  void scan(std::string_view from, std::string_view to, const Visit& visit) const override {
    rows_->scan(from, to, visit);
  }

 private:
  std::shared_ptr<const MemoryRows> rows_;
};

}  // namespace

std::unique_ptr<const Rows> SharedRows::now() const {
  read_ = true;
  return std::make_unique<RowsAsTheyWere>(rows_);
}

void SharedRows::apply(const RowChanges& changes) {
  if (read_) rows_ = std::make_shared<MemoryRows>(*rows_);
  read_ = false;
  rows_->apply(changes);
}

Position MemoryLog::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

void MemoryLog::read(Position from, const Visit& visit) const {
  const Position end = size();
  for (Position position = from; position < end; ++position) {
    std::unique_lock lock(mutex_);
    const auto entry = entries_[position];
    lock.unlock();
    if (!visit(position, *entry)) return;
  }
}

std::optional<std::string> MemoryLog::entry(Position position) const {
  const std::lock_guard lock(mutex_);
  if (position >= entries_.size()) return std::nullopt;
  return *entries_[position];
}

std::optional<std::string> MemoryLog::tile(unsigned level, std::uint64_t index) const {
  const std::lock_guard lock(mutex_);
  if (width_at(level, index, entries_.size()) < tile_width) return std::nullopt;
  return tiles_.at({level, index});
}

std::optional<std::string> MemoryLog::frontier() const {
  const std::lock_guard lock(mutex_);
  if (entries_.size() < tile_width) return std::nullopt;
  return frontier_;
}

std::optional<std::string> MemoryLog::checkpoint() const {
  const std::lock_guard lock(mutex_);
  if (entries_.empty()) return std::nullopt;
  return checkpoints_.at(entries_.size());
}

Position MemoryLog::batch_end(Position size) const {
  const std::lock_guard lock(mutex_);
  const auto behind = checkpoints_.upper_bound(size);
  return behind == checkpoints_.begin() ? 0 : std::prev(behind)->first;
}

LogReader::State MemoryLog::state() const {
  const std::lock_guard lock(mutex_);
  return {state_.now(), entries_.size(), digest_};
}

void MemoryLog::append(const Batch& batch) {
  const std::lock_guard lock(mutex_);
  if (batch.first != entries_.size()) throw std::logic_error("a batch for another position than the log's end");
  for (const auto& entry : batch.entries) entries_.push_back(std::make_shared<const std::string>(entry));
  for (const auto& tile : batch.tiles) tiles_[{tile.level, tile.index}] = tile.bytes;
  if (!batch.frontier.empty()) frontier_ = batch.frontier;
  if (!batch.checkpoint.empty()) checkpoints_[batch.end()] = batch.checkpoint;
  state_.apply(batch.state);
  digest_ = batch.state_digest;
}

void MemoryLog::correct_state(const RowChanges& changes, const RowsDigest& digest) {
  const std::lock_guard lock(mutex_);
  state_.apply(changes);
  digest_ = digest;
}

std::optional<DataKey> MemoryKeys::find(KeyNumber number) const {
  const std::lock_guard lock(mutex_);
  must_be_issued(number);
  if (destroyed_.contains(number)) return std::nullopt;
  return derive("k" + big_endian(number));
}

KeyNumber MemoryKeys::issued() const {
  const std::lock_guard lock(mutex_);
  return issued_;
}

void MemoryKeys::issue_up_to(KeyNumber number) {
  const std::lock_guard lock(mutex_);
  issued_ = std::max(issued_, number);
}

void MemoryKeys::destroy(KeyNumber number) {
  const std::lock_guard lock(mutex_);
  must_be_issued(number);
  destroyed_.insert(number);
}

DataKey MemoryKeys::secret(std::string_view purpose) { return derive("s" + std::string(purpose)); }

DataKey MemoryKeys::derive(std::string_view what) const { return sha256(big_endian(seed_).append(what)); }

void MemoryKeys::must_be_issued(KeyNumber number) const {
  if (number == 0 || number > issued_) throw std::out_of_range("key " + std::to_string(number) + " was never issued");
}

ViewStore::Snapshot MemoryViewStore::snapshot() const {
  const std::lock_guard lock(mutex_);
  return {rows_.now(), progress_};
}

void MemoryViewStore::commit(const RowChanges& changes, const Progress& progress) {
  const std::lock_guard lock(mutex_);
  rows_.apply(changes);
  progress_ = progress;
}

}  // namespace rollcall
