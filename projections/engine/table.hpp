// Rows as structs: their keys, their bytes, and a table of them that is decoded once in a fold.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "events/archive.hpp"
#include "events/big_endian.hpp"
#include "events/entry.hpp"
#include "events/rows.hpp"

namespace rollcall::projections {

// Parts of keys sort as they do themselves: numbers big-endian, accounts and texts closed with a zero byte.
template <class Tag>
void append_part(std::string& key, const Id<Tag>& id) {
  key.append(id.raw());
}
inline void append_part(std::string& key, const AccountId& account) { key.append(account.str()).push_back('\0'); }
inline void append_part(std::string& key, Time time) {
  key.append(big_endian(static_cast<std::uint64_t>(time.micros)));
}
inline void append_part(std::string& key, std::uint32_t number) { key.append(big_endian(number)); }
inline void append_part(std::string& key, char part) { key.push_back(part); }
inline void append_part(std::string& key, std::string_view text) { key.append(text).push_back('\0'); }

// A table is a letter; rows of one table lie together.
template <class... Parts>
std::string row_key(char table, const Parts&... parts) {
  std::string key(1, table);
  (append_part(key, parts), ...);
  return key;
}

// The account an event happened in. Throws Malformed when its scope is another.
inline AccountId account_of(const Envelope& at) {
  if (at.scope.kind == ScopeKind::account)
    if (auto account = AccountId::parse(at.scope.id)) return std::move(*account);
  throw Malformed(at.type + " is not in the scope of an account");
}

template <Fielded Row>
std::string encode_row(const Row& row) {
  std::string bytes;
  Encoder encoder(bytes);
  encoder(row);
  return bytes;
}

// Throws Malformed.
template <Fielded Row>
Row decode_row(std::string_view bytes) {
  Row row{};
  Decoder decoder(bytes);
  decoder(row);
  decoder.finish();
  return row;
}

template <Fielded Row>
std::optional<Row> find_row(const Rows& rows, std::string_view key) {
  const auto bytes = rows.find(key);
  if (!bytes) return std::nullopt;
  return decode_row<Row>(*bytes);
}

// The rows of one type that a fold has touched. Each is asked for once: what it was goes on with the change. Pointers
// to rows stay good until the table is written.
template <Fielded Row>
class Table {
 public:
  explicit Table(const Rows& before) : before_(before) {}

  // The row as it is now, or null.
  const Row* find(const std::string& key) {
    const auto& slot = load(key);
    return slot.row ? &*slot.row : nullptr;
  }
  // The row, to be changed; null if there is none.
  Row* change(const std::string& key) {
    auto& slot = load(key);
    if (!slot.row) return nullptr;
    slot.changed = true;
    return &*slot.row;
  }
  // The row, made if there is none.
  Row& change_or_make(const std::string& key) {
    auto& slot = load(key);
    if (!slot.row) slot.row.emplace();
    slot.changed = true;
    return *slot.row;
  }
  // A row that was not there, by the rules: nobody looks for it.
  Row& add(const std::string& key, Row row) {
    auto& slot = slots_[key];
    slot.changed = true;
    return slot.row.emplace(std::move(row));
  }
  void erase(const std::string& key) {
    auto& slot = load(key);
    slot.changed = true;
    slot.row.reset();
  }

  std::size_t held() const { return slots_.size(); }
  // Calls visit(key, row) for each row that was changed and is still there; it may change the row once more.
  void each_changed(auto&& visit) {
    for (auto& [key, slot] : slots_)
      if (slot.changed && slot.row) visit(key, *slot.row);
  }
  // The table is spent then.
  void write(RowChanges& out) {
    while (!slots_.empty()) {
      auto node = slots_.extract(slots_.begin());
      auto& slot = node.mapped();
      if (!slot.changed) continue;
      if (slot.row)
        out.insert_or_assign(std::move(node.key()), RowChange(encode_row(*slot.row), std::move(slot.before)));
      else if (slot.before)
        out.insert_or_assign(std::move(node.key()), RowChange(std::nullopt, std::move(slot.before)));
    }
  }

 private:
  struct Slot {
    std::optional<Row> row;
    std::optional<std::string> before;
    bool changed = false;
  };

  Slot& load(const std::string& key) {
    const auto [at, added] = slots_.try_emplace(key);
    auto& slot = at->second;
    if (added) {
      slot.before = before_.find_once(key);
      if (slot.before) slot.row = decode_row<Row>(*slot.before);
    }
    return slot;
  }

  const Rows& before_;
  std::unordered_map<std::string, Slot> slots_;
};

// The last 16 bytes of a key, which name what it is about.
template <class AnyId>
AnyId id_at_end(std::string_view key) {
  AnyId id;
  key = key.substr(key.size() - id.bytes.size());
  std::copy(key.begin(), key.end(), id.bytes.begin());
  return id;
}

}  // namespace rollcall::projections
