// The keys that have signed a log, one after the other, each by the word of the one before.
#pragma once

#include <string_view>
#include <vector>

#include "events/log.hpp"
#include "events/proof/note.hpp"

namespace rollcall {

class KeyChain {
 public:
  // Takes notice of an entry of the log, in their order; most say nothing of keys. One that says that a key took the
  // place of another without that one's word is passed over.
  void see(std::string_view entry);
  // Of the log as a whole.
  static KeyChain of(const LogReader& log);

  // In their order; the first is the one that entry 0 names.
  const std::vector<VerifyingKey>& keys() const { return keys_; }
  bool holds(const VerifyingKey& key) const;
  // A checkpoint that any of these keys signed from `trusted` on, or all of them.
  Expected<Checkpoint, NoteError> open(std::string_view note) const;
  Expected<Checkpoint, NoteError> open(std::string_view note, const VerifyingKey& trusted) const;

 private:
  std::vector<VerifyingKey> keys_;
};

}  // namespace rollcall
