#include "tools/client/bearer.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "events/json.hpp"
#include "tools/failure.hpp"
#include "tools/print/json_view.hpp"

namespace rollcall::tools {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(std::string_view doing, const fs::path& file) {
  throw Failure(fmt::format("cannot {} {}: {}", doing, file.string(), std::strerror(errno)));
}

// Nothing when there is no such file.
std::optional<std::string> contents(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    fail("read", file);
  }
  std::ostringstream out;
  out << in.rdbuf();
  if (in.bad()) fail("read", file);
  return std::move(out).str();
}

std::optional<Bearer> operator_key(const fs::path& file) {
  const auto text = contents(file);
  if (!text) return std::nullopt;
  const auto key = text->substr(0, text->find_first_of("\r\n"));
  if (key.empty()) throw Failure(fmt::format("{} holds no operator key", file.string()));
  return Bearer{Bearer::Kind::operator_key, key, file.string()};
}

bool is_this_machine(std::string_view server) {
  const auto url = boost::urls::parse_uri(server);
  if (!url) return false;
  switch (url->host_type()) {
    case boost::urls::host_type::ipv4: return url->host_ipv4_address().is_loopback();
    case boost::urls::host_type::ipv6: return url->host_ipv6_address().is_loopback();
    default: return url->encoded_host() == "localhost";
  }
}

// A file of mode 0600 from its first byte on, there as a whole or not at all.
void write_private(const fs::path& file, std::string_view text) {
  const auto fresh = fs::path{file.string() + ".new"};
  ::unlink(fresh.c_str());
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd < 0) fail("write", fresh);
  const auto written = ::write(fd, text.data(), text.size());
  if (::close(fd) != 0 || written != static_cast<ssize_t>(text.size())) fail("write", fresh);
  if (::rename(fresh.c_str(), file.c_str()) != 0) fail("write", file);
}

constexpr std::array session_members{&KeptSession::server,  &KeptSession::email, &KeptSession::account,
                                     &KeptSession::session, &KeptSession::token, &KeptSession::expires_at};
constexpr std::array session_names{"server", "email", "account", "session", "token", "expires_at"};
static_assert(session_members.size() == session_names.size());

}  // namespace

fs::path KeptSessions::default_file() {
  const auto* config = std::getenv("XDG_CONFIG_HOME");
  const auto* home = std::getenv("HOME");
  fs::path folder = home ? fs::path{home} / ".config" : fs::path{};
  if (config && *config == '/') folder = config;  // a relative one is to be ignored, says the XDG specification
  return folder / "rollcall" / "session.json";
}

std::optional<KeptSession> KeptSessions::find(std::string_view server) const {
  for (auto& session : read())
    if (session.server == server) return std::move(session);
  return std::nullopt;
}

void KeptSessions::keep(const KeptSession& session) const {
  auto sessions = read();
  std::erase_if(sessions, [&](const KeptSession& other) { return other.server == session.server; });
  sessions.push_back(session);
  write(sessions);
}

bool KeptSessions::forget(std::string_view server) const {
  auto sessions = read();
  if (std::erase_if(sessions, [&](const KeptSession& session) { return session.server == server; }) == 0) return false;
  write(sessions);
  return true;
}

std::vector<KeptSession> KeptSessions::read() const {
  const auto text = contents(file_);
  if (!text) return {};
  boost::system::error_code ec;
  const auto document = json::parse(*text, ec);
  if (ec || !member(document, "sessions").is_array())
    throw Failure(fmt::format("{} is damaged: delete it and sign in again", file_.string()));
  std::vector<KeptSession> sessions;
  for (const auto& element : elements(document, "sessions")) {
    auto& session = sessions.emplace_back();
    for (std::size_t i = 0; i < session_names.size(); ++i)
      session.*session_members[i] = text_of(member(element, session_names[i]));
  }
  return sessions;
}

void KeptSessions::write(const std::vector<KeptSession>& sessions) const {
  json::array list;
  for (const auto& session : sessions) {
    json::object element;
    for (std::size_t i = 0; i < session_names.size(); ++i) element[session_names[i]] = session.*session_members[i];
    list.push_back(std::move(element));
  }
  std::error_code ec;
  if (fs::create_directories(file_.parent_path(), ec)) ::chmod(file_.parent_path().c_str(), S_IRWXU);
  if (ec) throw Failure(fmt::format("cannot make {}: {}", file_.parent_path().string(), ec.message()));
  write_private(file_, json::serialize(json::object{{"sessions", std::move(list)}}) + "\n");
}

fs::path LastSeen::default_file() { return KeptSessions::default_file().parent_path() / "seen.json"; }

std::optional<std::uint64_t> LastSeen::find(std::string_view server) const try {
  const auto text = contents(file_);
  boost::system::error_code ec;
  const auto document = text ? json::parse(*text, ec) : json::value{};
  if (ec || !document.is_object()) return std::nullopt;
  const auto& position = member(document, server);
  if (position.is_int64() || position.is_uint64()) return number_of(position);
  return std::nullopt;
} catch (const Failure&) {
  return std::nullopt;
}

void LastSeen::keep(std::string_view server, std::optional<std::uint64_t> position) const try {
  boost::system::error_code ec;
  const auto text = contents(file_);
  auto document = text ? json::parse(*text, ec) : json::value{};
  if (ec || !document.is_object()) document = json::object{};
  auto& all = document.get_object();
  if (position)
    all[server] = *position;
  else if (all.erase(server) == 0)
    return;
  fs::create_directories(file_.parent_path());
  write_private(file_, json::serialize(document) + "\n");
} catch (const std::exception&) {  // the command itself was carried out
}

Bearer choose_bearer(std::string_view server, bool acting_for_somebody, const BearerSources& sources) {
  if (sources.operator_key) {
    if (auto key = operator_key(*sources.operator_key)) return *key;
    throw Failure(fmt::format("there is no operator key {}", sources.operator_key->string()));
  }
  if (!acting_for_somebody) {
    if (const auto kept = KeptSessions{sources.sessions}.find(server_name(server)))
      return {Bearer::Kind::session, kept->token, sources.sessions.string()};
  }
  if (is_this_machine(server)) {
    if (auto key = operator_key(sources.local_operator_key)) return *key;
  }
  return {};
}

std::string server_name(std::string_view url) {
  while (url.ends_with('/')) url.remove_suffix(1);
  return std::string{url};
}

}  // namespace rollcall::tools
