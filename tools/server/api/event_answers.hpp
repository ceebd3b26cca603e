// Events as answers tell them: what happened, with its envelope, and what the ids in them are called.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "domain/engine/state.hpp"
#include "events/facts.hpp"
#include "events/json.hpp"
#include "events/log.hpp"

namespace rollcall::api {

// The payload of an event in JSON, of whatever type it is.
struct EventData {
  const rollcall::Event* event = nullptr;
};
struct EventScope {
  static constexpr std::array fields{"kind", "id"};
  ScopeKind kind{};
  std::string id;
};

// What happened, as the answer to a command tells it: without who asked, who knows that.
struct EventFact {
  static constexpr std::string_view title = "EventFact";
  static constexpr std::array fields{"type", "version", "scope", "data", "position", "id", "recorded_at"};
  std::string_view type;
  std::uint16_t version = 1;
  EventScope scope;
  EventData data;
  // Of what was recorded; a dry run records nothing.
  std::optional<Position> position{};
  std::optional<EventId> id{};
  std::optional<Time> recorded_at{};

  static EventFact of(const Scope& scope, const rollcall::Event& event);
  static EventFact of(const Recorded& recorded);
};

// An event with its envelope.
struct EventAnswer {
  static constexpr std::string_view title = "Event";
  static constexpr std::array fields{"type",    "version",     "scope",     "data",        "position",
                                     "id",      "recorded_at", "sequence",  "actor",       "reason",
                                     "command", "correlation", "causation", "trace_parent"};
  std::string_view type;
  std::uint16_t version = 1;
  EventScope scope;
  EventData data;
  Position position = 0;
  EventId id;
  Time recorded_at;
  std::uint64_t sequence = 0;
  Actor actor;
  std::optional<Personal> reason;
  CommandId command;
  CommandId correlation;
  std::optional<EventId> causation;
  std::optional<std::string> trace_parent;

  static EventAnswer of(const Recorded& recorded);
};

// What an id in an event is called, as it is now: a person or user by name or address, an invitation by its address, an
// account by its name.
struct NameAnswer {
  static constexpr std::string_view title = "Name";
  static constexpr std::array fields{"id", "name"};
  std::string id;
  std::string name;
};
// What an account is told: a person who has left it goes by what they were called when they came.
struct NamesFor {
  const AccountId& account;
  const LogReader& log;
  const KeyRing& keys;
};
// The names of all that these events name, once each, without those that are erased or unknown. Without `of` as the
// installation knows them.
std::vector<NameAnswer> names_in(const State& state, std::span<const Recorded> events,
                                 const std::optional<NamesFor>& of = {});

}  // namespace rollcall::api

template <>
struct rollcall::Json<rollcall::api::EventData> {
  static void write(std::string& out, const api::EventData& data);
  static json::value schema() {
    return {{"type", "object"},
            {"description", "see /schemas/{type}; members that are not known are to be ignored"},
            {"additionalProperties", true}};
  }
};
