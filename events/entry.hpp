// An entry of the log: envelope and payload in the exact bytes that are stored, hashed, replayed and exported.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "events/facts.hpp"

namespace rollcall {

// First byte of every entry: how the envelope is laid out.
constexpr std::uint8_t entry_format = 2;
// Entries are bundled with 16-bit lengths (C2SP tlog-tiles).
constexpr std::size_t entry_bytes_max = 65'535;

// Whose history an event belongs to. Sequence numbers are dense per scope, from 0.
struct Scope {
  static constexpr std::array fields{"kind", "id"};
  ScopeKind kind = ScopeKind::log;
  std::string id;  // app_id of an account, the 16 bytes of a person or portal, nothing for the log

  static Scope log() { return {}; }
  static Scope of(const AccountId& account) { return {ScopeKind::account, account.str()}; }
  static Scope of(const PersonId& person) { return {ScopeKind::person, std::string{person.raw()}}; }
  static Scope of(const PortalId& portal) { return {ScopeKind::portal, std::string{portal.raw()}}; }
  // As people and consumers see it: gx624, per_…, por_…, log.
  std::string text() const;
  friend auto operator<=>(const Scope&, const Scope&) = default;
};

// Who acted, and by what. A person and a portal user are named by `person`, who has a `membership` where they acted as
// a member of an account; whoever acts with a program's key is named by the key and, if it has one, its holder.
struct Actor {
  static constexpr std::array fields{"kind",    "person", "membership", "on_behalf_of",
                                     "session", "key",    "ip",         "user_agent"};
  ActorKind kind = ActorKind::system;
  std::optional<PersonId> person;
  std::optional<MembershipId> membership;
  std::optional<PersonId> on_behalf_of;
  std::optional<SessionId> session;
  std::optional<AccessKeyId> key;
  std::optional<Personal> ip;
  std::optional<Personal> user_agent;
  bool operator==(const Actor&) const = default;
};

struct Envelope {
  static constexpr std::array fields{"position",       "id",          "type",      "version",     "recorded_at",
                                     "scope",          "sequence",    "actor",     "reason",      "command",
                                     "request_digest", "correlation", "causation", "trace_parent"};
  Position position = 0;
  EventId id;
  std::string type;
  std::uint16_t version = 0;
  Time recorded_at;
  Scope scope;
  std::uint64_t sequence = 0;
  Actor actor;
  std::optional<Personal> reason;
  CommandId command;
  // Keyed BLAKE2b of the request, if it came with an idempotency key: tells a repeat from a re-use, reveals nothing.
  std::optional<Digest> request_digest;
  CommandId correlation;
  std::optional<EventId> causation;
  std::optional<std::string> trace_parent;  // W3C trace context
  bool operator==(const Envelope&) const = default;
};

struct Recorded {
  Envelope envelope;
  Event event;
  bool operator==(const Recorded&) const = default;
};

// The stored bytes. Throws std::logic_error when they would exceed entry_bytes_max: lists are cut before.
std::string encode_entry(const Envelope& envelope, const Event& event, const KeyRing& keys);
// The inverse, for any version ever written. Without keys, personal data reads as sealed. Throws Malformed.
Recorded decode_entry(std::string_view bytes, const KeyRing* keys);
// The same with keys for the envelope and for the event apart: opening costs more than all the rest.
Recorded decode_entry(std::string_view bytes, const KeyRing* envelope_keys, const KeyRing* event_keys);

// An entry for those outside, whose contract is what was stored: the fact as JSON in the version it was written in.
// Without keys, personal data is null. Throws Malformed.
struct Told {
  Envelope envelope;
  std::string data;
};
Told tell_entry(std::string_view bytes, const KeyRing* keys);

// What a follower needs to decide whether an entry concerns it, read without decoding the rest; views into `bytes`.
struct EntryHeader {
  Position position;
  std::string_view type;
  std::uint16_t version;
  Time recorded_at;
  ScopeKind scope_kind;
  std::string_view scope_id;
};
// Throws Malformed.
EntryHeader peek_entry(std::string_view bytes);

}  // namespace rollcall
