// Ordered rows of bytes: what decision state and read models are kept in. A port: adapters/rocksdb keeps them on disk,
// MemoryRows below in memory, and one contract suite runs over both.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace rollcall {

// Keys compare as unsigned bytes. Reading is const and, on one object, thread-safe unless something writes it.
class Rows {
 public:
  // Called for each row in key order; returning false ends the scan. The views are valid during the call only.
  using Visit = std::function<bool(std::string_view key, std::string_view value)>;

  virtual ~Rows() = default;
  // The row, or nothing. Throws when the storage fails.
  virtual std::optional<std::string> find(std::string_view key) const = 0;
  // The same for whoever keeps what they found themselves: nothing is kept for them.
  virtual std::optional<std::string> find_once(std::string_view key) const { return find(key); }
  // All rows with from <= key < to, in order; an empty `to` is the end of all keys. Throws when the storage fails.
  virtual void scan(std::string_view from, std::string_view to, const Visit& visit) const = 0;
};

// What becomes of a row.
struct RowChange {
  // What may be known of a row: nothing, that there is none (a nothing inside), or its value.
  using Known = std::optional<std::optional<std::string>>;
  static Known absent() { return Known{std::in_place}; }

  RowChange() = default;
  RowChange(std::convertible_to<std::optional<std::string>> auto to, Known from = {})
      : value(std::move(to)), before(std::move(from)) {}

  std::optional<std::string> value;  // nothing: it is erased
  Known before;                      // where it is known nobody looks it up for a digest
};
using RowChanges = std::map<std::string, RowChange, std::less<>>;

// The first key behind all keys that begin with `prefix`; empty when there is none.
std::string behind_prefix(std::string_view prefix);

class MemoryRows final : public Rows {
 public:
  std::optional<std::string> find(std::string_view key) const override;
  void scan(std::string_view from, std::string_view to, const Visit& visit) const override;
  void apply(const RowChanges& changes);

 private:
  std::map<std::string, std::string, std::less<>> rows_;
};

// The digest of a set of rows: how many there are, and the sum of a 128-bit hash of each, so that it is kept up to date
// row by row and does not depend on their order. It finds faults, not forgers: rows are derived, the log is the proof.
struct RowsDigest {
  std::uint64_t rows = 0;
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  void add(std::string_view key, std::string_view value);
  void remove(std::string_view key, std::string_view value);
  // 32 hexadecimal digits of the sum.
  std::string text() const;

  friend bool operator==(const RowsDigest&, const RowsDigest&) = default;
};

// Changes on top of rows that are not changed yet: reads see both as one. Refers to its base, which must outlive it.
class Overlay final : public Rows {
 public:
  explicit Overlay(const Rows& base) : base_(&base) {}
  // Puts it on top of other rows, which read the same.
  void rebase(const Rows& base) { base_ = &base; }

  std::optional<std::string> find(std::string_view key) const override;
  void scan(std::string_view from, std::string_view to, const Visit& visit) const override;
  // `present` is what reads see under the key until now, from callers who know.
  void put(std::string_view key, std::string value, RowChange::Known present = {});
  void erase(std::string_view key, RowChange::Known present = {});

  const RowChanges& changes() const { return changes_; }
  // What the digest of the base becomes with these changes.
  RowsDigest digest_after(RowsDigest base) const;
  // Hands the changes over and is empty again.
  RowChanges take();
  // Takes these for its own, in place of those it has.
  void adopt(RowChanges changes);

 private:
  void change(std::string_view key, std::optional<std::string> value, RowChange::Known present);

  const Rows* base_;
  RowChanges changes_;
};

// What a digest becomes when these changes are applied to rows that still are as `before` has them. What a change says
// of the row before is believed.
RowsDigest digest_after(RowsDigest digest, const Rows& before, const RowChanges& changes);
// The digest of all rows, read one by one.
RowsDigest digest_of(const Rows& rows);

}  // namespace rollcall
