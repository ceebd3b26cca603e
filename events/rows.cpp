#include "events/rows.hpp"

#include <array>
#include <cassert>
#include <cstring>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <sodium.h>

namespace rollcall {
namespace {

struct RowHash {
  std::uint64_t low;
  std::uint64_t high;
};

RowHash hash_row(std::string_view key, std::string_view value) {
  // The length keeps key and value apart; the hash key is public, see RowsDigest.
  static constexpr std::array<unsigned char, crypto_shorthash_siphashx24_KEYBYTES> public_key{'r', 'o', 'w', 's'};
  std::string bytes;
  bytes.reserve(key.size() + value.size() + 4);
  const auto length = static_cast<std::uint32_t>(key.size());
  bytes.append(reinterpret_cast<const char*>(&length), sizeof length).append(key).append(value);
  std::array<unsigned char, crypto_shorthash_siphashx24_BYTES> out;
  crypto_shorthash_siphashx24(out.data(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                              public_key.data());
  RowHash hash;
  std::memcpy(&hash.low, out.data(), 8);
  std::memcpy(&hash.high, out.data() + 8, 8);
  return hash;
}

bool before_end(std::string_view key, std::string_view to) { return to.empty() || key < to; }

}  // namespace

std::string behind_prefix(std::string_view prefix) {
  std::string next{prefix};
  while (!next.empty() && next.back() == '\xff') next.pop_back();
  if (!next.empty()) next.back() = static_cast<char>(next.back() + 1);
  return next;
}

std::optional<std::string> MemoryRows::find(std::string_view key) const {
  const auto at = rows_.find(key);
  if (at == rows_.end()) return std::nullopt;
  return at->second;
}

void MemoryRows::scan(std::string_view from, std::string_view to, const Visit& visit) const {
  for (auto at = rows_.lower_bound(from); at != rows_.end() && before_end(at->first, to); ++at)
    if (!visit(at->first, at->second)) return;
}

void MemoryRows::apply(const RowChanges& changes) {
  for (const auto& [key, change] : changes) {
    if (change.value)
      rows_.insert_or_assign(key, *change.value);
    else
      rows_.erase(key);
  }
}

std::optional<std::string> Overlay::find(std::string_view key) const {
  const auto at = changes_.find(key);
  return at == changes_.end() ? base_->find(key) : at->second.value;
}

void Overlay::scan(std::string_view from, std::string_view to, const Visit& visit) const {
  auto changed = changes_.lower_bound(from);
  const auto changed_before = [&](std::string_view key) {
    return changed != changes_.end() && before_end(changed->first, to) && changed->first < key;
  };
  bool more = true;
  const auto visit_changed = [&] {
    if (changed->second.value) more = visit(changed->first, *changed->second.value);
    ++changed;
  };
  base_->scan(from, to, [&](std::string_view key, std::string_view value) {
    while (more && changed_before(key)) visit_changed();
    if (!more) return false;
    if (changed != changes_.end() && changed->first == key)
      visit_changed();
    else
      more = visit(key, value);
    return more;
  });
  while (more && changed != changes_.end() && before_end(changed->first, to)) visit_changed();
}

void Overlay::put(std::string_view key, std::string value, RowChange::Known present) {
  change(key, std::move(value), std::move(present));
}

void Overlay::erase(std::string_view key, RowChange::Known present) { change(key, std::nullopt, std::move(present)); }

void Overlay::change(std::string_view key, std::optional<std::string> value, RowChange::Known present) {
  assert(!present || find(key) == *present);
  const auto at = changes_.lower_bound(key);
  if (at != changes_.end() && at->first == key)
    at->second.value = std::move(value);  // what is present now is not what the base has
  else
    changes_.emplace_hint(at, key, RowChange{std::move(value), std::move(present)});
}

RowsDigest Overlay::digest_after(RowsDigest digest) const { return rollcall::digest_after(digest, *base_, changes_); }

RowChanges Overlay::take() { return std::exchange(changes_, {}); }

void Overlay::adopt(RowChanges changes) { changes_ = std::move(changes); }

void RowsDigest::add(std::string_view key, std::string_view value) {
  const auto hash = hash_row(key, value);
  ++rows;
  low += hash.low;
  high += hash.high;
}

void RowsDigest::remove(std::string_view key, std::string_view value) {
  const auto hash = hash_row(key, value);
  --rows;
  low -= hash.low;
  high -= hash.high;
}

std::string RowsDigest::text() const { return fmt::format("{:016x}{:016x}", high, low); }

RowsDigest digest_after(RowsDigest digest, const Rows& before, const RowChanges& changes) {
  for (const auto& [key, change] : changes) {
    assert(!change.before || before.find(key) == *change.before);
    if (!change.before) {
      if (const auto old = before.find(key)) digest.remove(key, *old);
    } else if (*change.before) {
      digest.remove(key, **change.before);
    }
    if (change.value) digest.add(key, *change.value);
  }
  return digest;
}

RowsDigest digest_of(const Rows& rows) {
  RowsDigest digest;
  rows.scan({}, {}, [&](std::string_view key, std::string_view value) {
    digest.add(key, value);
    return true;
  });
  return digest;
}

}  // namespace rollcall
