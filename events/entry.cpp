#include "events/entry.hpp"

#include <stdexcept>

#include "events/catalogue.hpp"

namespace rollcall {
namespace {

using Events = Catalogue<Event>;

// Where the event id lies: behind the format byte and the position. Sealing is bound to it.
constexpr std::size_t id_at = 1 + sizeof(Position);

std::string_view id_in(std::string_view bytes) {
  if (bytes.size() < id_at + sizeof(IdBytes)) throw Malformed("an entry is too short");
  return bytes.substr(id_at, sizeof(IdBytes));
}

void check_format(Decoder& decoder) {
  std::uint8_t format;
  decoder(format);
  if (format != entry_format) throw Malformed("unknown entry format " + std::to_string(format));
}

std::string_view text_in(Decoder& decoder) {
  std::uint32_t size;
  decoder(size);
  return decoder.take(size);
}

}  // namespace

std::string Scope::text() const {
  if (kind == ScopeKind::log) return "log";
  if (kind == ScopeKind::person && id.size() == sizeof(IdBytes)) {
    PersonId person;
    std::copy(id.begin(), id.end(), person.bytes.begin());
    return person.text();
  }
  return id;
}

std::string encode_entry(const Envelope& envelope, const Event& event, const KeyRing& keys) {
  std::string bytes;
  bytes.reserve(512);
  Encoder encoder(bytes, &keys, envelope.id.raw());
  encoder(entry_format, envelope);
  Events::encode(event, encoder);
  if (bytes.size() > entry_bytes_max) throw std::logic_error("an entry of " + envelope.type + " is too long");
  return bytes;
}

Recorded decode_entry(std::string_view bytes, const KeyRing* keys) {
  Recorded recorded;
  Decoder decoder(bytes, keys, id_in(bytes));
  check_format(decoder);
  decoder(recorded.envelope);
  recorded.event = Events::decode({recorded.envelope.type, recorded.envelope.version}, decoder);
  decoder.finish();
  return recorded;
}

EntryHeader peek_entry(std::string_view bytes) {
  Decoder decoder(bytes);
  check_format(decoder);
  EntryHeader header{};
  decoder(header.position);
  decoder.take(sizeof(IdBytes));
  header.type = text_in(decoder);
  decoder(header.version, header.recorded_at, header.scope_kind);
  header.scope_id = text_in(decoder);
  return header;
}

}  // namespace rollcall
