// Reads the topics as a stranger would, from their beginning, and holds every message against the log.
#pragma once

#include "adapters/kafka/message.hpp"
#include "adapters/kafka/topics.hpp"
#include "events/log.hpp"

namespace rollcall::kafka {

struct TopicReport {
  std::uint64_t messages = 0;
  Position size = 0;                      // the topic is the log's first `size` events
  Position first = 0;                     // from this one on: those before are forgotten by the topic's retention
  std::optional<std::string> difference;  // the first one, by position
};

struct UsersReport {
  std::uint64_t rows = 0;
  Position size = 0;  // they are as of so many events
  std::optional<std::string> difference;
};

class TopicCheck {
 public:
  // Looks up where the topics end: a log that is opened after this has all that they hold. Throws Error.
  TopicCheck(const Settings& settings, const Topics& topics, const Wanted& wanted);

  std::uint64_t offsets() const;  // to be read, those of markers included

  using OnProgress = std::function<void(std::uint64_t offsets_read)>;
  // `keys` if personal data is published. Throws Error.
  TopicReport check_events(const LogReader& log, const KeyRing* keys, std::string_view origin,
                           const OnProgress& on_progress) const;
  // The last message of every key, in the order of keys; and what they are as of.
  struct Users {
    std::map<std::string, std::optional<std::string>> rows;
    Position size = 0;
  };
  Users read_users() const;

 private:
  void read(const std::string& topic, const std::vector<Bounds>& bounds,
            const std::function<bool(Received&&)>& on_message, const OnProgress& on_progress) const;

  std::vector<Bounds> bounds_of(const std::string& topic) const;
  std::vector<Bounds> since(const std::string& topic, const std::vector<Bounds>& before) const;

  Settings settings_;
  Topics topics_;
  mutable Cluster cluster_;  // asking it changes nothing
  std::vector<Bounds> events_, users_;
};

// Rows of the Users list, as the users view's fold has them, against what the topic holds.
UsersReport compare_users(const TopicCheck::Users& topic, const Rows& rows, PersonalData personal);

}  // namespace rollcall::kafka
