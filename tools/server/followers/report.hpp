// What followers of the log say of themselves, in one shape: views, mailer, publisher and those to come. The status,
// the readiness and the metrics of a server are read from it, so a follower is known there once it is registered.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "events/values.hpp"

namespace rollcall {

// Why a follower does not go on, and at which event.
struct FollowerStop {
  static constexpr std::array fields{"position", "reason"};
  Position position = 0;
  std::string reason;
};

// A letter that could not go: the event that asked for it, how often it was tried, when it is again, and the answer.
struct ParkedLetter {
  static constexpr std::array fields{"position", "tries", "next_try", "reason"};
  Position position = 0;
  std::uint32_t tries = 0;
  Time next_try;
  std::string reason;
};
struct Parked {
  static constexpr std::array fields{"count", "letters"};
  std::uint64_t count = 0;
  std::vector<ParkedLetter> letters;  // the first few
};

// A follower that cannot follow this log: what() says which, why, and what to do.
struct FollowerMisfit : std::runtime_error {
  FollowerMisfit(const std::string& who, const std::string& why)
      : std::runtime_error(who + " " + why +
                           ": either the end of the log is lost, and a newer copy of it has to be put back, or the log "
                           "was restored from an older copy: then run rollcall followers --put-right") {}
};

struct FollowerReport {
  static constexpr std::array fields{"name",    "applied", "lag",         "rows",   "digest",
                                     "version", "stopped", "lag_seconds", "parked", "trouble"};
  std::string name;
  Position applied = 0;  // it has done what it does for all events before this one
  std::uint64_t lag = 0;
  // Of read models.
  std::optional<std::uint64_t> rows;
  std::optional<std::string> digest;
  std::optional<std::uint32_t> version;
  std::optional<FollowerStop> stopped;
  std::optional<double> lag_seconds;   // of the publisher: the age of the oldest event that it has not done
  std::optional<Parked> parked;        // of the mailer
  std::optional<std::string> trouble;  // why it does not get on just now; it tries again by itself
};

// What is registered: it appends a report for each follower it knows of. Called from any thread.
using ReportFollowers = std::function<void(std::vector<FollowerReport>&)>;

// What publishing to Kafka looks like from outside.
struct PublisherReport {
  struct Stopped {
    static constexpr std::array fields{"position", "reason", "topic_hash", "log_hash"};
    Position position = 0;
    std::string reason;
    std::string topic_hash;
    std::string log_hash;
  };
  static constexpr std::array fields{"state",        "published", "lag_events",  "lag_seconds",
                                     "transactions", "topic",     "users_topic", "personal_data",
                                     "trouble",      "warnings",  "stopped"};
  std::string state;
  Position published = 0;
  std::uint64_t lag_events = 0;
  double lag_seconds = 0;
  std::uint64_t transactions = 0;
  std::string topic;
  std::string users_topic;
  std::string personal_data;
  std::optional<std::string> trouble;
  std::vector<std::string> warnings;
  std::optional<Stopped> stopped;
};

}  // namespace rollcall
