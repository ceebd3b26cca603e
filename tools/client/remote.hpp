// A running server as the subcommands see it: what they need to reach it, and requests that answer with JSON or fail
// in words.
#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "adapters/http/client.hpp"
#include "events/json.hpp"
#include "tools/client/bearer.hpp"
#include "tools/failure.hpp"

namespace rollcall::tools {

struct RemoteOptions {
  std::string server = "http://127.0.0.1:8080";
  std::filesystem::path operator_key;  // empty: not named
  std::filesystem::path ca_file;       // empty: the system's authorities
  std::string as;
  std::string reason;
  bool json = false;
};

// --server, --operator-key, --as, --reason, --ca-file and --json. They are the same everywhere: a command's help only
// names them, the program's explains them. Comes after the command's own footer, if it has one.
void add_remote_options(CLI::App& command, RemoteOptions& options);
extern const std::string_view remote_options_help;

using Parameters = std::vector<std::pair<std::string, std::string>>;

// "/v1/accounts/gx624/users?q=a%26b": segments and parameters percent-encoded; parameters without a value are left out.
std::string target_of(std::span<const std::string_view> segments, const Parameters& parameters);
inline std::string target_of(std::initializer_list<std::string_view> segments, const Parameters& parameters = {}) {
  return target_of(std::span{segments.begin(), segments.size()}, parameters);
}

// The server said no. `problem` is its problem document (RFC 9457); what() is its detail, or title, and the code.
class Refused : public Failure {
 public:
  Refused(unsigned status, json::object problem, std::vector<std::string> hints = {});
  unsigned status() const { return status_; }
  const json::object& problem() const { return problem_; }
  std::string_view code() const;

 private:
  unsigned status_;
  json::object problem_;
};

// One server, one caller. Requests throw Refused when the server says no, and Failure when it cannot be asked.
class Remote {
 public:
  enum class Caller { known, anonymous };
  // Chooses the bearer token (see choose_bearer) unless the caller shall be nobody.
  explicit Remote(const RemoteOptions& options, Caller caller = Caller::known);
  Remote(const RemoteOptions& options, Bearer bearer);

  const std::string& server() const { return server_; }
  const Bearer& bearer() const { return bearer_; }

  // The answer to a GET, when the views have position `min_position`; without one, that of the last command that was
  // sent to this server from here.
  json::value get(const std::string& target, std::optional<std::uint64_t> min_position = {});
  // The answer to a POST. With an idempotency key it is sent again when the connection broke, or when the server was
  // too busy: a few times, as long as the server asks to wait.
  json::value post(const std::string& target, const json::value& body, const std::string& idempotency_key = {});

 private:
  json::value send(std::string_view method, const std::string& target, http::Headers headers, const std::string& body,
                   http::Repeat repeat);
  std::vector<std::string> hints(unsigned status, std::string_view code) const;

  std::string server_;
  std::string as_;
  std::string reason_;
  Bearer bearer_;
  LastSeen last_seen_;
  http::Client client_;
};

// A user as people name them: usr_… as it is, or the address of the account's user, the one with access if there are
// several, else the one who came last; with `at` as of then. Throws Failure when nobody in the account has the address.
std::string user_named(Remote& remote, const std::string& account, const std::string& user, const std::string& at = {});

}  // namespace rollcall::tools
