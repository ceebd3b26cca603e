// How the log says "this is all of me, so far": checkpoints (C2SP tlog-checkpoint) in signed notes (C2SP signed-note).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "events/expected.hpp"
#include "events/hash.hpp"
#include "events/wiped.hpp"

namespace rollcall {

// Why a key or a note is refused.
enum class NoteError : std::uint8_t {
  malformed_key,         // not a key's text, of an unknown type, or under a name that no signature line can carry
  wrong_key_id,          // the id in the key's text is not that of its name and public key
  malformed_note,        // not a text and its signature lines
  bad_signature,         // a known key's signature is not valid for this text: the note is altered or forged
  no_known_signer,       // well-formed, but signed by none of the keys asked for
  malformed_checkpoint,  // the text is not a checkpoint's three lines
  wrong_origin,          // the checkpoint of another log than the key's
};
// The sentence for people.
std::string_view describe(NoteError error);

// Signature lines beyond this are refused, as in Go's reader.
constexpr std::size_t max_note_signatures = 100;

// The public half of a signer: a log (Ed25519, type 0x01) or a witness (cosignature/v1, type 0x04).
class VerifyingKey {
 public:
  // Reads a vkey: <name>+<key id in 8 lower-case hex digits>+<base64 of type ‖ public key>.
  static Expected<VerifyingKey, NoteError> parse(std::string_view vkey);

  // The vkey: what auditors are given.
  std::string text() const;
  const std::string& name() const { return name_; }
  // First four bytes, big endian, of SHA-256(name ‖ newline ‖ type ‖ public key).
  std::uint32_t id() const { return id_; }
  // Is this the key's signature of the text? A cosignature carries its time in front.
  bool verifies(std::string_view text, std::string_view signature) const;
  // When a valid cosignature was made, in seconds since 1970; nothing for keys that sign without a time.
  std::optional<std::uint64_t> time_of(std::string_view signature) const;

  friend bool operator==(const VerifyingKey&, const VerifyingKey&) = default;

 private:
  friend class SigningKey;
  enum class Type : std::uint8_t { ed25519 = 0x01, cosignature = 0x04 };

  VerifyingKey(std::string name, Type type, std::string public_key);

  std::string name_;
  Type type_;
  std::string public_key_;  // 32 bytes
  std::uint32_t id_;
};

// The private half of a log's Ed25519 key. The secret is wiped when the key goes.
class SigningKey {
 public:
  using Seed = std::span<const std::uint8_t, 32>;

  // The key that a seed determines. The seed is the caller's: it must be random, and wiped.
  static Expected<SigningKey, NoteError> generate(std::string_view name, Seed seed);
  // Reads Go's form: PRIVATE+KEY+<name>+<key id in hex>+<base64 of 0x01 ‖ seed>.
  static Expected<SigningKey, NoteError> parse(std::string_view private_text);

  // The same form, for the key's file. No newline at its end.
  WipedBytes private_text() const;
  const VerifyingKey& verifying_key() const { return verifying_key_; }
  // The 64 byte signature of a text: the same each time.
  std::string sign(std::string_view text) const;

 private:
  SigningKey(VerifyingKey verifying_key, WipedBytes secret);

  VerifyingKey verifying_key_;
  WipedBytes secret_;  // seed ‖ public key, as libsodium wants it
};

// The text with a signature line of each signer. During a key's rotation there are two.
// Throws std::invalid_argument unless the text ends in a newline, is UTF-8 and has no other control characters.
std::string sign_note(std::string_view text, std::span<const SigningKey> signers);
std::string sign_note(std::string_view text, const SigningKey& signer);

// A key says which one takes its place: the signature line of a note by `from` whose text is "rollcall signing key" and
// both vkeys, each on a line.
std::string endorse(const SigningKey& from, const VerifyingKey& to);
bool endorses(std::string_view line, const VerifyingKey& from, const VerifyingKey& to);

// Who signed a note.
struct NoteSigner {
  std::string name;
  std::uint32_t key_id = 0;
  std::optional<std::uint64_t> time;  // of a cosignature, in seconds since 1970

  friend bool operator==(const NoteSigner&, const NoteSigner&) = default;
};

struct OpenedNote {
  std::string text;
  std::vector<NoteSigner> signers;  // those of the known keys, at least one, each once

  friend bool operator==(const OpenedNote&, const OpenedNote&) = default;
};

// Verifies a signed note. Signers that are not known are ignored; a known one whose signature fails spoils the note.
Expected<OpenedNote, NoteError> open_note(std::string_view note, std::span<const VerifyingKey> known);

// The state of a log: a size, and the root of the tree of so many entries.
struct Checkpoint {
  std::string origin;  // the log's name, and that of its key
  std::uint64_t size = 0;
  Hash root{};

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// The text to sign: <origin>, <size in decimal>, <root in base64>, each on a line.
std::string format_checkpoint(const Checkpoint& checkpoint);
// The inverse, exact. Extension lines are refused: this log writes none.
Expected<Checkpoint, NoteError> parse_checkpoint(std::string_view text);
// Verifies a checkpoint's note with its log's key. The only way to a size and a root that are to be believed.
Expected<Checkpoint, NoteError> open_checkpoint(std::string_view note, const VerifyingKey& log);

}  // namespace rollcall
