#include "tools/client/remote.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <chrono>
#include <thread>

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <fmt/format.h>

#include "tools/print/json_view.hpp"

namespace rollcall::tools {
namespace {

constexpr int tries_max = 6;
constexpr std::chrono::seconds pause_default{1};
constexpr std::chrono::seconds pause_max{10};

std::string encoded(std::string_view text) { return boost::urls::encode(text, boost::urls::unreserved_chars); }

http::ClientOptions client_options(const RemoteOptions& options) {
  http::ClientOptions client;
  if (!options.ca_file.empty()) client.ca_file = options.ca_file;
  return client;
}

Bearer bearer_of(const RemoteOptions& options, Remote::Caller caller) {
  if (caller == Remote::Caller::anonymous) return {};
  BearerSources sources;
  if (!options.operator_key.empty()) sources.operator_key = options.operator_key;
  return choose_bearer(options.server, !options.as.empty(), sources);
}

// A problem's detail says more than its title, which may be no more than the status in words.
std::string headline(const json::object& problem) {
  const auto detail = text_of(member(problem, "detail"));
  const auto line = detail.empty() ? text_of(member(problem, "title")) : detail;
  return fmt::format("{} ({})", line, text_of(member(problem, "code")));
}

// Extension members say how many and which. `errors` says it field by field; a single one is in the detail already.
std::vector<std::string> notes_of(const json::object& problem, std::vector<std::string> hints) {
  constexpr std::array<std::string_view, 7> told{"type", "title", "status", "detail", "code", "instance", "errors"};
  std::vector<std::string> notes;
  const auto& errors = elements(problem, "errors");
  if (errors.size() > 1)
    for (const auto& error : errors)
      notes.push_back(fmt::format("{} {}", shown(error, "pointer"), shown(error, "detail")));
  for (const auto& entry : problem)
    if (std::find(told.begin(), told.end(), entry.key()) == told.end())
      notes.push_back(fmt::format("{}: {}", std::string_view{entry.key()}, shown(entry.value())));
  notes.insert(notes.end(), hints.begin(), hints.end());
  return notes;
}

// Too much at once, or not able right now: the same request may well go later. What is damaged will not.
int exit_code_of(unsigned status, const json::object& problem) {
  const auto code = text_of(member(problem, "code"));
  if (code == "log_damaged" || code == "view_stopped" || code == "behind_topic") return exit_needs_person;
  return status == 429 || status == 503 ? exit_try_again : exit_failed;
}

// Not too many attempts at a password: those are not made again by themselves.
bool is_too_many_requests(const http::Response& reply) {
  boost::system::error_code ec;
  const auto problem = json::parse(reply.body, ec);
  return !ec && problem.is_object() && text_of(member(problem, "code")) == "too_many_requests";
}

std::chrono::seconds pause_asked(const http::Response& reply) {
  const auto text = reply.header("Retry-After").value_or("");
  int seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || seconds < 1) return pause_default;
  return std::min(pause_max, std::chrono::seconds{seconds});
}

}  // namespace

void add_remote_options(CLI::App& command, RemoteOptions& options) {
  // CLI11 does not name options that help does not list. What a script leaves empty by mistake would otherwise be as if
  // it had not been given.
  const auto given = [](std::string option) {
    return CLI::Validator([option](std::string& text) { return text.empty() ? option + " must not be empty" : ""; },
                          "");
  };
  // These travel in headers, which end with the line.
  const auto one_line = [](std::string option) {
    return CLI::Validator(
        [option](const std::string& text) {
          const bool ends =
              std::any_of(text.begin(), text.end(), [](char c) { return c >= 0 && (c < 0x20 || c == 0x7F); });
          return ends ? option + " must be one line" : std::string{};
        },
        "");
  };
  constexpr auto hidden = "";
  command.add_option("--server", options.server, "address of the server")
      ->envname("ROLLCALL_SERVER")
      ->type_name("URL")
      ->check(given("--server"))
      ->capture_default_str()
      ->group(hidden);
  command.add_option("--operator-key", options.operator_key, "file of the operator's key")
      ->envname("ROLLCALL_OPERATOR_KEY_FILE")
      ->type_name("FILE")
      ->check(given("--operator-key"))
      ->group(hidden);
  command.add_option("--as", options.as, "act for this person, with the operator's key; needs --reason")
      ->type_name("EMAIL")
      ->check(given("--as"))
      ->check(one_line("--as"))
      ->group(hidden);
  command.add_option("--reason", options.reason, "why, kept with what happens")
      ->type_name("TEXT")
      ->check(given("--reason"))
      ->check(one_line("--reason"))
      ->group(hidden);
  command.add_option("--ca-file", options.ca_file, "authorities to trust instead of the system's, PEM")
      ->type_name("FILE")
      ->check(given("--ca-file"))
      ->group(hidden);
  command.add_flag("--json", options.json, "print the server's answer, for programs")->group(hidden);
  constexpr std::string_view named =
      "And --server, --operator-key, --as, --reason, --ca-file, --json: rollcall --help explains them.";
  const auto before = command.get_footer();
  const bool own = !before.empty() && command.get_parent() && before != command.get_parent()->get_footer();
  command.footer((own ? before + "\n" : "") + std::string{named});
}

const std::string_view remote_options_help =
    "What talks to a server also takes:\n"
    "  --server URL         its address; else ROLLCALL_SERVER, else http://127.0.0.1:8080\n"
    "  --operator-key FILE  the operator's key; else ROLLCALL_OPERATOR_KEY_FILE, else the session that `rollcall "
    "login`\n"
    "                       keeps for this server, else ./data/operator.key if the server is on this machine\n"
    "  --as EMAIL           act for this person, with the operator's key; needs --reason\n"
    "  --reason TEXT        why, kept with what happens\n"
    "  --ca-file FILE       authorities to trust instead of the system's, PEM\n"
    "  --json               print the server's answer, for programs\n";

std::string target_of(std::span<const std::string_view> segments, const Parameters& parameters) {
  std::string target;
  for (const auto segment : segments) target.append("/").append(encoded(segment));
  char before = '?';
  for (const auto& [name, value] : parameters) {
    if (value.empty()) continue;
    target.append(1, before).append(name).append("=").append(encoded(value));
    before = '&';
  }
  return target;
}

Refused::Refused(unsigned status, json::object problem, std::vector<std::string> hints)
    : Failure(headline(problem), notes_of(problem, std::move(hints)), exit_code_of(status, problem)),
      status_(status),
      problem_(std::move(problem)) {}

std::string_view Refused::code() const { return text_of(member(problem_, "code")); }

Remote::Remote(const RemoteOptions& options, Caller caller) : Remote(options, bearer_of(options, caller)) {}

Remote::Remote(const RemoteOptions& options, Bearer bearer)
    : server_(server_name(options.server)),
      as_(options.as),
      reason_(options.reason),
      bearer_(std::move(bearer)),
      client_(server_, client_options(options)) {}

json::value Remote::get(const std::string& target, std::optional<std::uint64_t> min_position) {
  const auto ask = [&](std::optional<std::uint64_t> position) {
    http::Headers headers;
    if (position) headers.emplace_back("Rollcall-Min-Position", fmt::to_string(*position));
    return send("GET", target, std::move(headers), {}, http::Repeat::allowed);
  };
  if (min_position) return ask(min_position);
  const auto seen = bearer_.kind == Bearer::Kind::none ? std::nullopt : last_seen_.find(server_);
  try {
    return ask(seen);
  } catch (const Refused& refused) {
    // Another log is served there by now, or its views are late: what there is is shown.
    if (!seen || (refused.code() != "ahead_of_log" && refused.code() != "position_not_reached")) throw;
    last_seen_.keep(server_, std::nullopt);
    return ask(std::nullopt);
  }
}

json::value Remote::post(const std::string& target, const json::value& body, const std::string& idempotency_key) {
  http::Headers headers{{"Content-Type", "application/json"}};
  if (!idempotency_key.empty()) headers.emplace_back("Idempotency-Key", idempotency_key);
  auto answer = send("POST", target, std::move(headers), json::serialize(body),
                     idempotency_key.empty() ? http::Repeat::if_safe : http::Repeat::allowed);
  if (const auto& position = member(answer, "position"); position.is_int64() || position.is_uint64())
    last_seen_.keep(server_, number_of(position));
  return answer;
}

json::value Remote::send(std::string_view method, const std::string& target, http::Headers headers,
                         const std::string& body, http::Repeat repeat) {
  headers.emplace_back("User-Agent", "rollcall/" ROLLCALL_VERSION);
  headers.emplace_back("Accept", "application/json, application/problem+json");
  if (!bearer_.token.empty()) headers.emplace_back("Authorization", "Bearer " + bearer_.token);
  if (!as_.empty()) headers.emplace_back("Rollcall-As", as_);
  if (!reason_.empty()) headers.emplace_back("Rollcall-Reason", reason_);

  http::Response reply;
  for (int tries = 1;; ++tries) {
    try {
      reply = client_.send(method, target, headers, body, repeat);
      // Whoever asks for too much was not heard at all, so asking again repeats nothing.
      const bool again =
          reply.status == 429 ? is_too_many_requests(reply) : reply.status == 503 && repeat == http::Repeat::allowed;
      if (!again || tries == tries_max) break;
      std::this_thread::sleep_for(pause_asked(reply));
    } catch (const http::ClientError& error) {
      if (std::string_view{error.what()}.starts_with("cannot connect"))
        throw Failure(error.what(), {"a server is started with `rollcall serve`; --server says where it is"},
                      exit_try_again);
      throw Failure(error.what(), {}, repeat == http::Repeat::allowed ? exit_try_again : exit_failed);
    }
  }

  boost::system::error_code ec;
  auto document = json::parse(reply.body, ec);
  if (reply.status < 300 && !ec) return document;
  if (reply.status >= 400 && !ec && document.is_object() && document.get_object().contains("code")) {
    auto advice = hints(reply.status, text_of(member(document, "code")));
    throw Refused(reply.status, std::move(document.get_object()), std::move(advice));
  }
  throw Failure(fmt::format("{} answers {} {}, which no Rollcall server does", server_, reply.status,
                            http::reason_phrase(reply.status)));
}

std::vector<std::string> Remote::hints(unsigned status, std::string_view code) const {
  if (code == "fresh_sign_in_required") return {"give your password again with `rollcall password confirm`"};
  if (code == "password_change_required") return {"set another one with `rollcall password change`"};
  if (code == "second_factor_required") return {"set one up with `rollcall second-factor enable`"};
  if (code == "not_authorized" && bearer_.kind == Bearer::Kind::operator_key && as_.empty())
    return {"the operator's key acts in nobody's name: say for whom with --as EMAIL --reason TEXT"};
  if (status != 401 || code == "bad_credentials") return {};
  switch (bearer_.kind) {
    case Bearer::Kind::none: return {"sign in with `rollcall login --email …`, or name the --operator-key"};
    case Bearer::Kind::session: return {"sign in again with `rollcall login --email …`"};
    case Bearer::Kind::operator_key: break;
  }
  return {fmt::format("the operator's key was taken from {}", bearer_.source)};
}

namespace {

// As addresses are compared everywhere: without regard to capitals.
bool same_address(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

// The user with this address at that time: who is in, else the one who came last. `invited` says that somebody with it
// is, who is no user yet.
std::string user_with(Remote& remote, const std::string& account, const std::string& address, const std::string& at,
                      bool& invited) {
  std::string found, cursor;
  bool active = false;
  do {
    const Parameters parameters{{"status", "all"}, {"q", address}, {"limit", "200"}, {"cursor", cursor}, {"at", at}};
    const auto page = remote.get(target_of({"v1", "accounts", account, "users"}, parameters));
    for (const auto& row : page.at("users").as_array()) {
      const auto& one = row.as_object();
      const std::string_view id = one.at("id").as_string(), email = one.at("email").as_string();
      if (!same_address(email, address)) continue;
      if (!id.starts_with(MembershipId::prefix)) {
        invited = true;
        continue;
      }
      const bool is_active = std::string_view{one.at("status").as_string()} == "active";
      if (is_active > active || (is_active == active && id > found)) found = id;  // ids sort by time
      active = active || is_active;
    }
    const auto* next = page.at("next").if_string();
    cursor = next ? std::string{*next} : std::string{};
  } while (!cursor.empty());
  return found;
}

}  // namespace

std::string user_named(Remote& remote, const std::string& account, const std::string& user, const std::string& at) {
  if (user.find('@') == std::string::npos) return user;
  bool invited = false;
  auto found = user_with(remote, account, user, at, invited);
  if (found.empty() && !at.empty()) found = user_with(remote, account, user, {}, invited);  // by today's address
  if (!found.empty()) return found;
  if (invited) throw Failure(user + " is invited to " + account + " and no user yet: see rollcall invitations");
  throw Failure("nobody in " + account + " has the address " + user);
}

}  // namespace rollcall::tools
