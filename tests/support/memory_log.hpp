// The log, the keys and the views in memory, for tests: what adapters/rocksdb promises, without a disk. The contract
// suites in tests/adapters run over both.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "events/log.hpp"

namespace rollcall {

// Rows that are copied when they change while somebody still reads them as they were. Not thread-safe by itself.
class SharedRows {
 public:
  // The rows as they are now, for good.
  std::unique_ptr<const Rows> now() const;
  void apply(const RowChanges& changes);

 private:
  std::shared_ptr<MemoryRows> rows_ = std::make_shared<MemoryRows>();
  mutable bool read_ = false;  // somebody may be reading these
};

class MemoryLog final : public Log {
 public:
  Position size() const override;
  void read(Position from, const Visit& visit) const override;
  std::optional<std::string> entry(Position position) const override;
  std::optional<std::string> tile(unsigned level, std::uint64_t index) const override;
  std::optional<std::string> frontier() const override;
  std::optional<std::string> checkpoint() const override;
  Position batch_end(Position size) const override;
  State state() const override;
  void append(const Batch& batch) override;
  void correct_state(const RowChanges& changes, const RowsDigest& digest) override;

 private:
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<const std::string>> entries_;
  std::map<std::pair<unsigned, std::uint64_t>, std::string> tiles_;
  std::string frontier_;
  std::map<Position, std::string> checkpoints_;
  SharedRows state_;
  RowsDigest digest_;
};

// The keys follow from the seed, so that tests can repeat what they seal.
class MemoryKeys final : public KeyStore {
 public:
  explicit MemoryKeys(std::uint64_t seed = 0) : seed_(seed) {}

  std::optional<DataKey> find(KeyNumber number) const override;
  KeyNumber issued() const override;
  void issue_up_to(KeyNumber number) override;
  void destroy(KeyNumber number) override;
  DataKey secret(std::string_view purpose) override;

 private:
  DataKey derive(std::string_view what) const;
  void must_be_issued(KeyNumber number) const;

  std::uint64_t seed_;
  mutable std::mutex mutex_;
  KeyNumber issued_ = 0;
  std::set<KeyNumber> destroyed_;
};

class MemoryViewStore final : public ViewStore {
 public:
  // As long as it is empty its progress has this version.
  explicit MemoryViewStore(std::uint32_t version = 0) : progress_{0, {}, version} {}

  Snapshot snapshot() const override;
  void commit(const RowChanges& changes, const Progress& progress) override;

 private:
  mutable std::mutex mutex_;
  SharedRows rows_;
  Progress progress_;
};

}  // namespace rollcall
