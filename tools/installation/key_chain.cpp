#include "tools/installation/key_chain.hpp"

#include <algorithm>

#include "events/archive.hpp"
#include "events/entry.hpp"

namespace rollcall {
namespace {

Expected<Checkpoint, NoteError> signed_by_any(std::string_view note, std::span<const VerifyingKey> keys) {
  for (const auto& key : keys)
    if (auto opened = open_checkpoint(note, key)) return opened;
  return unexpected(NoteError::no_known_signer);
}

}  // namespace

void KeyChain::see(std::string_view entry) try {
  const auto type = peek_entry(entry).type;
  if (type == LogCreated::type && keys_.empty()) {
    if (auto key = VerifyingKey::parse(get<LogCreated>(decode_entry(entry, nullptr).event).vkey))
      keys_.push_back(std::move(*key));
  } else if (type == SigningKeyRotated::type && !keys_.empty()) {
    const auto recorded = decode_entry(entry, nullptr);
    const auto& rotated = get<SigningKeyRotated>(recorded.event);
    auto next = VerifyingKey::parse(rotated.to);
    if (next && rotated.from == keys_.back().text() && endorses(rotated.endorsement, keys_.back(), *next))
      keys_.push_back(std::move(*next));
  }
} catch (const Malformed&) {
  // What cannot be read is found by its hash.
}

KeyChain KeyChain::of(const LogReader& log) {
  KeyChain chain;
  log.read(0, [&](Position, std::string_view entry) {
    chain.see(entry);
    return true;
  });
  return chain;
}

bool KeyChain::holds(const VerifyingKey& key) const {
  return std::find(keys_.begin(), keys_.end(), key) != keys_.end();
}

Expected<Checkpoint, NoteError> KeyChain::open(std::string_view note) const { return signed_by_any(note, keys_); }

Expected<Checkpoint, NoteError> KeyChain::open(std::string_view note, const VerifyingKey& trusted) const {
  const auto from = std::find(keys_.begin(), keys_.end(), trusted);
  if (from == keys_.end()) return open_checkpoint(note, trusted);
  return signed_by_any(note, std::span{from, keys_.end()});
}

}  // namespace rollcall
