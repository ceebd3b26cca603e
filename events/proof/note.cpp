#include "events/proof/note.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <sodium.h>

#include "events/big_endian.hpp"

namespace rollcall {
namespace {

constexpr std::string_view signature_prefix = "\u2014 ";  // an em dash
constexpr std::string_view private_prefix = "PRIVATE+KEY+";
constexpr std::size_t key_id_bytes = 4;
constexpr std::size_t time_bytes = 8;

const unsigned char* unsigned_bytes(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

// The text up to the separator, and the text behind it; nothing when there is no separator.
std::optional<std::pair<std::string_view, std::string_view>> cut(std::string_view text, char separator) {
  const auto at = text.find(separator);
  if (at == text.npos) return std::nullopt;
  return std::pair{text.substr(0, at), text.substr(at + 1)};
}

// The code points of UTF-8 text; nothing when it is not (RFC 3629: no overlong forms, surrogates or values above
// 10FFFF).
std::optional<std::u32string> code_points(std::string_view text) {
  std::u32string points;
  while (!text.empty()) {
    const auto lead = static_cast<unsigned char>(text.front());
    const std::size_t length = lead < 0x80   ? 1
                               : lead < 0xc0 ? 0
                               : lead < 0xe0 ? 2
                               : lead < 0xf0 ? 3
                               : lead < 0xf8 ? 4
                                             : 0;
    if (length == 0 || length > text.size()) return std::nullopt;

    char32_t point = length == 1 ? lead : lead & (0x7fU >> length);
    for (const char next : text.substr(1, length - 1)) {
      if ((static_cast<unsigned char>(next) & 0xc0) != 0x80) return std::nullopt;
      point = point << 6 | (static_cast<unsigned char>(next) & 0x3f);
    }
    constexpr char32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (point < smallest[length] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return std::nullopt;
    points += point;
    text.remove_prefix(length);
  }
  return points;
}

// UTF-8, and of the control characters below a space only newlines.
bool is_note_text(std::string_view text) {
  const auto points = code_points(text);
  return points && std::all_of(points->begin(), points->end(), [](char32_t c) { return c >= U' ' || c == U'\n'; });
}

// A name that can stand in a signature line and in a key's text.
bool is_key_name(std::string_view name) {
  constexpr std::u32string_view refused =  // a plus sign, and what Unicode calls white space
      U"+ "
      U"\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f"
      U"\u3000";
  const auto points = code_points(name);
  return points && !points->empty() && std::all_of(points->begin(), points->end(), [&](char32_t c) {
           return c >= U' ' && refused.find(c) == refused.npos;
         });
}

struct SignatureLine {
  std::string_view name;
  std::uint32_t key_id;
  std::string signature;
};

std::optional<SignatureLine> parse_signature(std::string_view line) {
  if (!line.starts_with(signature_prefix)) return std::nullopt;
  const auto parts = cut(line.substr(signature_prefix.size()), ' ');
  if (!parts || !is_key_name(parts->first)) return std::nullopt;
  const auto payload = from_base64(parts->second);
  if (!payload || payload->size() <= key_id_bytes) return std::nullopt;
  return SignatureLine{parts->first, from_big_endian<std::uint32_t>(*payload), payload->substr(key_id_bytes)};
}

bool ed25519_verifies(std::string_view public_key, std::string_view message, std::string_view signature) {
  return signature.size() == crypto_sign_BYTES &&
         crypto_sign_verify_detached(unsigned_bytes(signature), unsigned_bytes(message), message.size(),
                                     unsigned_bytes(public_key)) == 0;
}

}  // namespace

std::string_view describe(NoteError error) {
  switch (error) {
    case NoteError::malformed_key: return "this is not the text of a key";
    case NoteError::wrong_key_id: return "the key's id does not belong to its name and public key";
    case NoteError::malformed_note: return "this is not a signed note";
    case NoteError::bad_signature: return "a signature does not fit the text: it is altered or forged";
    case NoteError::no_known_signer: return "the note is not signed by a known key";
    case NoteError::malformed_checkpoint: return "the note is not a checkpoint";
    case NoteError::wrong_origin: return "the checkpoint is another log's";
  }
  throw std::logic_error("no such NoteError");
}

VerifyingKey::VerifyingKey(std::string name, Type type, std::string public_key)
    : name_(std::move(name)), type_(type), public_key_(std::move(public_key)) {
  const Hash hash = sha256(name_ + '\n' + static_cast<char>(type_) + public_key_);
  id_ = from_big_endian<std::uint32_t>(bytes_of(hash));
}

Expected<VerifyingKey, NoteError> VerifyingKey::parse(std::string_view vkey) {
  const auto name = cut(vkey, '+');
  const auto id = name ? cut(name->second, '+') : std::nullopt;  // base64 has plus signs of its own
  if (!id || !is_key_name(name->first)) return unexpected(NoteError::malformed_key);

  const auto key = from_base64(id->second);
  if (!key || key->size() != 1 + crypto_sign_PUBLICKEYBYTES) return unexpected(NoteError::malformed_key);
  const auto type = static_cast<Type>(key->front());
  if (type != Type::ed25519 && type != Type::cosignature) return unexpected(NoteError::malformed_key);

  VerifyingKey parsed(std::string(name->first), type, key->substr(1));
  if (parsed.text() != vkey) return unexpected(NoteError::wrong_key_id);
  return parsed;
}

std::string VerifyingKey::text() const {
  return fmt::format("{}+{:08x}+{}", name_, id_, to_base64(static_cast<char>(type_) + public_key_));
}

bool VerifyingKey::verifies(std::string_view text, std::string_view signature) const {
  if (type_ == Type::ed25519) return ed25519_verifies(public_key_, text, signature);
  const auto time = time_of(signature);
  return time && ed25519_verifies(public_key_, fmt::format("cosignature/v1\ntime {}\n{}", *time, text),
                                  signature.substr(time_bytes));
}

std::optional<std::uint64_t> VerifyingKey::time_of(std::string_view signature) const {
  if (type_ != Type::cosignature || signature.size() < time_bytes) return std::nullopt;
  return from_big_endian<std::uint64_t>(signature);
}

SigningKey::SigningKey(VerifyingKey verifying_key, WipedBytes secret)
    : verifying_key_(std::move(verifying_key)), secret_(std::move(secret)) {}

Expected<SigningKey, NoteError> SigningKey::generate(std::string_view name, Seed seed) {
  if (!is_key_name(name)) return unexpected(NoteError::malformed_key);
  WipedBytes secret(crypto_sign_SECRETKEYBYTES);
  std::array<std::uint8_t, crypto_sign_PUBLICKEYBYTES> public_key;
  crypto_sign_seed_keypair(public_key.data(), secret.data(), seed.data());
  return SigningKey({std::string(name), VerifyingKey::Type::ed25519, {public_key.begin(), public_key.end()}},
                    std::move(secret));
}

Expected<SigningKey, NoteError> SigningKey::parse(std::string_view private_text) {
  if (!private_text.starts_with(private_prefix)) return unexpected(NoteError::malformed_key);
  const auto name = cut(private_text.substr(private_prefix.size()), '+');
  const auto id = name ? cut(name->second, '+') : std::nullopt;
  if (!id) return unexpected(NoteError::malformed_key);

  WipedBytes type_and_seed(1 + Seed::extent);
  std::size_t size = 0;
  if (sodium_base642bin(type_and_seed.data(), type_and_seed.size(), id->second.data(), id->second.size(), nullptr,
                        &size, nullptr, sodium_base64_VARIANT_ORIGINAL) != 0 ||
      size != type_and_seed.size() || type_and_seed.front() != static_cast<std::uint8_t>(VerifyingKey::Type::ed25519))
    return unexpected(NoteError::malformed_key);

  auto key = generate(name->first, Seed(type_and_seed.data() + 1, Seed::extent));
  if (key && fmt::format("{:08x}", key->verifying_key_.id()) != id->first) return unexpected(NoteError::wrong_key_id);
  return key;
}

WipedBytes SigningKey::private_text() const {
  WipedBytes type_and_seed{static_cast<std::uint8_t>(VerifyingKey::Type::ed25519)};
  type_and_seed.insert(type_and_seed.end(), secret_.begin(), secret_.begin() + Seed::extent);
  WipedBytes base64(sodium_base64_encoded_len(type_and_seed.size(), sodium_base64_VARIANT_ORIGINAL));
  sodium_bin2base64(reinterpret_cast<char*>(base64.data()), base64.size(), type_and_seed.data(), type_and_seed.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  base64.pop_back();  // sodium ends it with a zero

  const auto head = fmt::format("{}{}+{:08x}+", private_prefix, verifying_key_.name(), verifying_key_.id());
  WipedBytes text(head.begin(), head.end());
  text.insert(text.end(), base64.begin(), base64.end());
  return text;
}

std::string SigningKey::sign(std::string_view text) const {
  std::array<std::uint8_t, crypto_sign_BYTES> signature;
  crypto_sign_detached(signature.data(), nullptr, unsigned_bytes(text), text.size(), secret_.data());
  return {signature.begin(), signature.end()};
}

std::string sign_note(std::string_view text, std::span<const SigningKey> signers) {
  if (!text.ends_with('\n') || !is_note_text(text)) throw std::invalid_argument("not a note's text");
  std::string note = fmt::format("{}\n", text);
  for (const SigningKey& signer : signers) {
    const VerifyingKey& key = signer.verifying_key();
    note += fmt::format("{}{} {}\n", signature_prefix, key.name(), to_base64(big_endian(key.id()) + signer.sign(text)));
  }
  return note;
}

std::string sign_note(std::string_view text, const SigningKey& signer) { return sign_note(text, {&signer, 1}); }

Expected<OpenedNote, NoteError> open_note(std::string_view note, std::span<const VerifyingKey> known) {
  const auto blank = note.rfind("\n\n");
  if (blank == note.npos || !note.ends_with('\n') || !is_note_text(note)) return unexpected(NoteError::malformed_note);
  OpenedNote opened{std::string(note.substr(0, blank + 1)), {}};

  std::size_t signatures = 0;
  for (auto rest = note.substr(blank + 2); !rest.empty();) {
    const auto [text, following] = *cut(rest, '\n');
    rest = following;
    const auto line = parse_signature(text);
    if (!line || ++signatures > max_note_signatures) return unexpected(NoteError::malformed_note);

    for (const VerifyingKey& key : known) {
      if (key.name() != line->name || key.id() != line->key_id) continue;
      if (!key.verifies(opened.text, line->signature)) return unexpected(NoteError::bad_signature);
      const bool repeated = std::any_of(opened.signers.begin(), opened.signers.end(), [&](const NoteSigner& signer) {
        return signer.name == key.name() && signer.key_id == key.id();
      });
      if (!repeated) opened.signers.push_back({key.name(), key.id(), key.time_of(line->signature)});
    }
  }
  if (signatures == 0) return unexpected(NoteError::malformed_note);
  if (opened.signers.empty()) return unexpected(NoteError::no_known_signer);
  return opened;
}

std::string format_checkpoint(const Checkpoint& checkpoint) {
  return fmt::format("{}\n{}\n{}\n", checkpoint.origin, checkpoint.size, to_base64(bytes_of(checkpoint.root)));
}

Expected<Checkpoint, NoteError> parse_checkpoint(std::string_view text) {
  const auto origin = cut(text, '\n');
  const auto size = origin ? cut(origin->second, '\n') : std::nullopt;
  const auto root = size ? cut(size->second, '\n') : std::nullopt;
  const auto root_bytes = root ? from_base64(root->first) : std::nullopt;
  const auto root_hash = root_bytes ? hash_from(*root_bytes) : std::nullopt;
  if (!root_hash || origin->first.empty()) return unexpected(NoteError::malformed_checkpoint);

  Checkpoint checkpoint{std::string(origin->first), 0, *root_hash};
  std::from_chars(size->first.data(), size->first.data() + size->first.size(), checkpoint.size);
  // One checkpoint, one text: leading zeros, numbers out of range and further lines end here.
  if (format_checkpoint(checkpoint) != text) return unexpected(NoteError::malformed_checkpoint);
  return checkpoint;
}

Expected<Checkpoint, NoteError> open_checkpoint(std::string_view note, const VerifyingKey& log) {
  return open_note(note, {&log, 1})
      .and_then([](const OpenedNote& opened) { return parse_checkpoint(opened.text); })
      .and_then([&](Checkpoint checkpoint) -> Expected<Checkpoint, NoteError> {
        if (checkpoint.origin != log.name()) return unexpected(NoteError::wrong_origin);
        return checkpoint;
      });
}

// ---- rotation -----------------------------------------------------------------------------------------------------

namespace {

std::string endorsed_text(const VerifyingKey& from, const VerifyingKey& to) {
  return "rollcall signing key\n" + from.text() + "\n" + to.text() + "\n";
}

}  // namespace

std::string endorse(const SigningKey& from, const VerifyingKey& to) {
  auto note = sign_note(endorsed_text(from.verifying_key(), to), from);
  if (note.ends_with('\n')) note.pop_back();
  return note.substr(note.rfind('\n') + 1);
}

bool endorses(std::string_view line, const VerifyingKey& from, const VerifyingKey& to) {
  const auto note = endorsed_text(from, to) + "\n" + std::string{line} + "\n";
  return open_note(note, std::span{&from, 1}).has_value();
}

}  // namespace rollcall
