// With what a subcommand shows the server who is asking, and the sessions that `rollcall login` keeps for later.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::tools {

// A session as it was started; `account` is empty when it is for all accounts of the person.
struct KeptSession {
  std::string server;
  std::string email;
  std::string account;
  std::string session;  // ses_…
  std::string token;
  std::string expires_at;  // RFC 3339
};

// One session a server, in a JSON file of mode 0600 that is replaced as a whole. Throws Failure when the file cannot be
// read or written, or is not what it should be.
class KeptSessions {
 public:
  // ${XDG_CONFIG_HOME:-~/.config}/rollcall/session.json
  static std::filesystem::path default_file();

  explicit KeptSessions(std::filesystem::path file) : file_(std::move(file)) {}

  std::optional<KeptSession> find(std::string_view server) const;
  void keep(const KeptSession& session) const;
  // Whether there was one.
  bool forget(std::string_view server) const;

 private:
  std::vector<KeptSession> read() const;
  void write(const std::vector<KeptSession>& sessions) const;

  std::filesystem::path file_;
};

// How far each server's log was when a command of ours was last answered, beside the sessions: what one command did,
// the next one shows. A convenience: what cannot be read or written is as if nothing had been kept.
class LastSeen {
 public:
  explicit LastSeen(std::filesystem::path file = default_file()) : file_(std::move(file)) {}
  // ${XDG_CONFIG_HOME:-~/.config}/rollcall/seen.json
  static std::filesystem::path default_file();

  std::optional<std::uint64_t> find(std::string_view server) const;
  // Nothing: it is forgotten.
  void keep(std::string_view server, std::optional<std::uint64_t> position) const;

 private:
  std::filesystem::path file_;
};

// What goes into the Authorization header, and where it was found.
struct Bearer {
  enum class Kind { none, operator_key, session };
  Kind kind = Kind::none;
  std::string token;
  std::string source;  // for messages: "data/operator.key"
};

struct BearerSources {
  std::optional<std::filesystem::path> operator_key;  // --operator-key or ROLLCALL_OPERATOR_KEY_FILE
  std::filesystem::path sessions = KeptSessions::default_file();
  std::filesystem::path local_operator_key = "data/operator.key";
};

// The first of: the operator key that was named; the session kept for this server, unless the operator is to act for
// somebody; the operator key of a server that keeps its data here, if `server` is on this machine (a key is not for
// strangers); none. Throws Failure when the key that was named cannot be read.
Bearer choose_bearer(std::string_view server, bool acting_for_somebody, const BearerSources& sources);

// A server's address without a slash at its end, as sessions are kept under.
std::string server_name(std::string_view url);

}  // namespace rollcall::tools
