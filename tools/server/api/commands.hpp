// Commands over HTTP: POST /v1/commands/{Name}, the body as JSON. What an answer says of what happened, and the table
// of all commands as operations.
#pragma once

#include <vector>

#include "tools/server/api/queries.hpp"

namespace rollcall::api {

struct CommandParameters {
  static constexpr std::array fields{"dry_run"};
  static constexpr std::array help{"true decides and shows the events, and records nothing"};
  bool dry_run = false;
};

// So large a `map_from` asks for a map's counts and digest alone.
constexpr std::uint64_t map_without_lines = json_integer_max;

// Of commands whose map of records may be longer than an answer.
struct MapParameters {
  static constexpr std::array fields{"dry_run", "map_from"};
  static constexpr std::array help{"true decides and shows the events, and records nothing",
                                   "of a dry run whose map is truncated: how many of its lines were shown already"};
  bool dry_run = false;
  std::optional<projections::Whole<0, json_integer_max>> map_from{};
};

// Of StartSession alone.
struct SignInParameters {
  static constexpr std::array fields{"dry_run", "cookie"};
  static constexpr std::array help{
      "true decides and shows the events, and records nothing",
      "true puts the session into a cookie for a browser, and its token into nothing else"};
  bool dry_run = false;
  bool cookie = false;
};

template <class C>
constexpr bool shows_long_map =
    std::same_as<C, ReassignRecords> || std::same_as<C, DeactivateUser> || std::same_as<C, LeaveAccount>;
template <class C>
using ParametersOf = std::conditional_t<std::same_as<C, StartSession>, SignInParameters,
                                        std::conditional_t<shows_long_map<C>, MapParameters, CommandParameters>>;

// What became of a command. `session` and `token` come with StartSession; `token` with a new access key, `otpauth` and
// `recovery_codes` with a second factor, all of them once. `position` is that of the last event; `size` is what a query
// has to wait for to see all this.
struct CommandAnswer {
  static constexpr std::string_view title = "CommandAnswer";
  static constexpr std::array fields{"command", "events",         "session",  "token",
                                     "otpauth", "recovery_codes", "position", "size"};
  CommandId command;
  std::vector<EventFact> events;
  std::optional<SessionId> session;
  std::optional<std::string> token;
  std::optional<std::string> otpauth;                      // for the app that is to show codes
  std::optional<std::vector<std::string>> recovery_codes;  // each is good once
  std::optional<Position> position;
  Position size = 0;
};

// Which record would go to whom. `lines` are a page of at most 10,000, from `map_from` on, and `truncated` says that
// more follow; the counts and the digest are of all. Pages with one digest are of one map.
struct MapTarget {
  static constexpr bool complete = true;
  static constexpr std::array fields{"kind", "to", "records"};
  RecordKind kind{};
  std::optional<MembershipId> to;  // nobody: unassigned
  std::uint64_t records = 0;
};
struct MapLine {
  static constexpr bool complete = true;
  static constexpr std::array fields{"kind", "record", "to"};
  RecordKind kind{};
  RecordId record;
  std::optional<MembershipId> to;
};
struct ReassignmentMap {
  static constexpr bool complete = true;
  static constexpr std::string_view title = "ReassignmentMap";
  static constexpr std::array fields{"digest", "records", "targets", "truncated", "lines"};
  std::optional<Digest> digest;
  std::uint64_t records = 0;
  std::vector<MapTarget> targets;
  bool truncated = false;
  std::vector<MapLine> lines;
};

struct DryRunAnswer {
  static constexpr std::string_view title = "DryRunAnswer";
  static constexpr std::array fields{"dry_run", "size", "events", "map"};
  bool dry_run = true;
  Position size = 0;  // of the log it was decided on
  std::vector<EventFact> events;
  std::optional<ReassignmentMap> map;
};

// A command as it arrived, before anything is decided. The body is read strictly.
Awaited answer_command(Desk& desk, const Request& request, Command command);

}  // namespace rollcall::api
