// Personal data and how it is sealed: XChaCha20-Poly1305 under a key per person, kept in a store of its own,
// so that destroying the key erases the person and breaks no proof.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "events/values.hpp"

namespace rollcall {

// The number of a data key: dense, from 1, counted in decision state. 0 is no key.
using KeyNumber = std::uint64_t;
using DataKey = std::array<std::uint8_t, 32>;

// A person's text (an address, a name, an ip, a reason) in an event: clear, or erased with its key.
// Every fold is total on erased. `sealed` is a text that was read without keys; it reads like an erased one.
class Personal {
 public:
  enum class State : std::uint8_t { clear, erased, sealed };

  Personal() = default;
  Personal(KeyNumber key, std::string text) : key_(key), text_(std::move(text)) {}
  static Personal erased(KeyNumber key) { return Personal(key, State::erased); }
  static Personal sealed(KeyNumber key) { return Personal(key, State::sealed); }

  KeyNumber key() const { return key_; }
  State state() const { return state_; }
  bool clear() const { return state_ == State::clear; }
  // The text, or the marker that stands for one that is gone.
  std::string_view shown() const { return clear() ? std::string_view{text_} : std::string_view{"[erased]"}; }

  friend bool operator==(const Personal&, const Personal&) = default;

 private:
  Personal(KeyNumber key, State state) : key_(key), state_(state) {}

  KeyNumber key_ = 0;
  State state_ = State::clear;
  std::string text_;
};

// What checks a password, under a key of its own credential that is destroyed when the password changes.
// It is never rendered: not in JSON, not in views, not in exports.
struct Verifier {
  Personal text;
  friend bool operator==(const Verifier&, const Verifier&) = default;
};

// The data keys. Thread-safe.
class KeyRing {
 public:
  virtual ~KeyRing() = default;
  // The key, or nothing once it is destroyed. Throws when the store fails or the number was never issued.
  virtual std::optional<DataKey> find(KeyNumber number) const = 0;
};

// Seals a text for one place. `where` is the id of the event (or the key of the row), `path` the field's path in it:
// nonce = BLAKE2b-192(key; where ‖ 0 ‖ path), associated data = number (u64le) ‖ where ‖ 0 ‖ path,
// plaintext padded to a multiple of 16 (ISO/IEC 7816-4). The same text in the same place gives the same bytes.
std::string seal(const DataKey& key, KeyNumber number, std::string_view where, std::string_view path,
                 std::string_view text);
// The inverse. Nothing when the bytes are not what was sealed there: they were altered or moved.
std::optional<std::string> open_sealed(const DataKey& key, KeyNumber number, std::string_view where,
                                       std::string_view path, std::string_view sealed);

}  // namespace rollcall
