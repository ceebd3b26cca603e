#include "events/entry.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "events/catalogue.hpp"

namespace rollcall {
namespace {

using Events = EventVersions;

// Where the event id lies: behind the format byte and the position. Sealing is bound to it.
constexpr std::size_t id_at = 1 + sizeof(Position);

std::string_view id_in(std::string_view bytes) {
  if (bytes.size() < id_at + sizeof(IdBytes)) throw Malformed("an entry is too short");
  return bytes.substr(id_at, sizeof(IdBytes));
}

void check_format(Decoder& decoder) {
  std::uint8_t format;
  decoder(format);
  if (format != entry_format)
    throw Malformed("an entry of format " + std::to_string(format) + ", this program reads format " +
                    std::to_string(entry_format));
}

}  // namespace

std::string Scope::text() const {
  if (kind == ScopeKind::log) return "log";
  if (kind == ScopeKind::account || id.size() != sizeof(IdBytes)) return id;
  IdBytes bytes;
  std::copy(id.begin(), id.end(), bytes.begin());
  return kind == ScopeKind::person ? PersonId{bytes}.text() : PortalId{bytes}.text();
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

Recorded decode_entry(std::string_view bytes, const KeyRing* keys) { return decode_entry(bytes, keys, keys); }

Recorded decode_entry(std::string_view bytes, const KeyRing* envelope_keys, const KeyRing* event_keys) {
  Recorded recorded;
  Decoder decoder(bytes, envelope_keys, id_in(bytes));
  check_format(decoder);
  decoder(recorded.envelope);
  decoder.open_with(event_keys);
  recorded.event = Events::decode({recorded.envelope.type, recorded.envelope.version}, decoder);
  decoder.finish();
  return recorded;
}

Told tell_entry(std::string_view bytes, const KeyRing* keys) {
  Told told;
  Decoder decoder(bytes, keys, id_in(bytes));
  check_format(decoder);
  decoder(told.envelope);
  Events::write_json({told.envelope.type, told.envelope.version}, decoder, told.data);
  decoder.finish();
  return told;
}

// Reads the bytes themselves, since every follower does this for every entry: an archive costs three times as much.
EntryHeader peek_entry(std::string_view bytes) {
  const auto take = [&](std::size_t size) {
    if (size > bytes.size()) throw Malformed("an entry is too short");
    const auto taken = bytes.substr(0, size);
    bytes.remove_prefix(size);
    return taken;
  };
  const auto integer = [&]<class T>(T& value) { std::memcpy(&value, take(sizeof value).data(), sizeof value); };
  const auto text = [&] {
    std::uint32_t size;
    integer(size);
    return take(size);
  };
  EntryHeader header{};
  if (take(1)[0] != static_cast<char>(entry_format)) throw Malformed("unknown entry format");
  integer(header.position);
  take(sizeof(IdBytes));
  header.type = text();
  integer(header.version);
  integer(header.recorded_at.micros);
  integer(header.scope_kind);
  if (static_cast<std::size_t>(header.scope_kind) >= enum_names(ScopeKind{}).size())
    throw Malformed("an enumeration is out of its range");
  header.scope_id = text();
  return header;
}

}  // namespace rollcall
