// A real server for tests: the built program as a child process on a port of its own, and clients that speak to it as
// the operator, as a person in session or as nobody.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>
#include <sys/types.h>

#include "adapters/http/client.hpp"
#include "events/values.hpp"

namespace rollcall::testing {

namespace json = boost::json;

// `rollcall serve` on a data folder and a free port of 127.0.0.1. Never outlives this object, nor the tests.
class ServerProcess {
 public:
  // Returns when it serves, or has ended by itself: serving() tells. Throws when it does neither within a minute.
  explicit ServerProcess(std::filesystem::path data, const std::vector<std::string>& more_arguments = {});
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  bool serving() const { return !url_.empty(); }
  const std::string& url() const { return url_; }
  const std::filesystem::path& data() const { return data_; }
  std::string operator_key() const;
  // What it has printed, on both channels.
  std::string said() const;

  // Asks it to end, as a supervisor would, and does not wait.
  void ask_to_stop() const;
  // Waits for its end and gives its exit code; 128 and more: ended by a signal. Throws after a minute.
  int exit_code();
  int stop();
  // SIGKILL, with no chance to finish anything.
  void kill();

 private:
  bool ended();

  std::filesystem::path data_;
  std::filesystem::path output_;
  std::string url_;
  pid_t pid_ = -1;
  std::optional<int> status_;  // once it was reaped
};

struct Reply {
  unsigned status = 0;
  http::Headers headers;
  std::string text;
  json::value body;  // null when the text is no JSON

  // The stable name of what went wrong; empty when it is no problem document.
  std::string code() const;
  std::string text_of(std::string_view field) const { return std::string{body.at(field).as_string()}; }
  std::uint64_t number_of(std::string_view field) const { return body.at(field).to_number<std::uint64_t>(); }
  // The data of the first event of this type that a command's answer tells of. Throws when there is none.
  const json::object& event(std::string_view type) const;
  // The types of all events, in their order.
  std::vector<std::string> event_types() const;
};

// The reply for a person who reads of a failed check.
std::string shown(const Reply& reply);

// A kept-alive connection and who is asking. For one thread at a time.
class Guest {
 public:
  // Nobody, or the bearer of a token.
  explicit Guest(const std::string& url, const std::string& bearer = {});

  // With these headers on every request from now on.
  Guest& with(const std::string& header, const std::string& value);

  Reply get(const std::string& target, const http::Headers& more = {});
  Reply post(const std::string& target, const std::string& body, const http::Headers& more = {});
  // A command by its name; "?dry_run=true" may follow it.
  Reply ask(const std::string& command, const json::value& body, const http::Headers& more = {});
  // A command that must be accepted: throws with the whole reply when it is not.
  Reply must(const std::string& command, const json::value& body, const http::Headers& more = {});
  // A query that waits until the read models hold all of this answer.
  Reply get_after(const Reply& answer, const std::string& target);

 private:
  http::Client client_;
  http::Headers headers_;
};

Guest operator_of(const ServerProcess& server);
// The operator acting for somebody, who has told us why on the phone.
Guest operator_for(const ServerProcess& server, const std::string& email);

// The token in the letter of this name ("inv_….1"), once the mailer has written it. Throws after half a minute.
std::string token_in_outbox(const std::filesystem::path& data, const std::string& letter);

// The account gx624 with its owner, who used his set-up link and is signed in.
struct Office {
  explicit Office(const ServerProcess& server, std::uint32_t seat_limit = 10);

  // Somebody who was invited by the owner, accepted, and signed in; gives his membership's id.
  struct Colleague {
    std::string email;
    std::string id;
    std::string token;  // of his session
  };
  Colleague partner(const std::string& email, bool admin = false);
  Colleague user(const std::string& email, bool admin = false);
  std::string signed_in(const std::string& email);

  const ServerProcess& server;
  Guest operator_;
  std::string owner_id;
  Guest owner;

 private:
  std::string set_up(std::uint32_t seat_limit);
  Colleague join(const std::string& email, const Reply& invited);
};

// The step of time whose codes a second factor shows now (RFC 6238). Waits for the next one when this one is nearly
// over: what is computed from it holds for some seconds.
std::uint64_t this_step();

constexpr const char* good_password = "correct horse battery";

// All events of the log, from this position on, as /v1/events tells them.
std::vector<json::object> events_of(Guest& operator_, Position from = 0);

}  // namespace rollcall::testing
