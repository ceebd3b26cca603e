#include "tests/system/server_process.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/where.hpp"

namespace rollcall::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::string read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// Asks every few milliseconds; false when it has not come true in time.
template <class Condition>
bool comes_true(Condition condition, std::chrono::seconds within) {
  const auto until = steady_clock::now() + within;
  while (!condition()) {
    if (steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(milliseconds(5));
  }
  return true;
}

std::string url_in(const std::string& output) {
  const auto line = output.find("serving ");
  const auto at = line == std::string::npos ? line : output.find("http://", line);
  const auto end = at == std::string::npos ? at : output.find(' ', at);
  return end == std::string::npos ? std::string{} : output.substr(at, end - at);
}

}  // namespace

// ---- the process --------------------------------------------------------------------------------------------------

ServerProcess::ServerProcess(std::filesystem::path data, const std::vector<std::string>& more_arguments)
    : data_(std::move(data)) {
  std::filesystem::create_directory(data_);  // an installation begins in a folder that is there
  static int started = 0;
  output_ = data_.string() + ".said-" + std::to_string(++started);  // several may be tried on one folder
  std::vector<std::string> command{
      where::program().string(), "serve", "--data", data_.string(), "--listen", "127.0.0.1:0", "--free-floor-mib", "1"};
  const std::string bound = "--requests-per-second";  // tests are in a hurry
  if (std::find(more_arguments.begin(), more_arguments.end(), bound) == more_arguments.end())
    command.insert(command.end(), {bound, "0"});
  command.insert(command.end(), more_arguments.begin(), more_arguments.end());
  std::vector<char*> arguments;
  for (auto& one : command) arguments.push_back(one.data());
  arguments.push_back(nullptr);
  auto settings = where::program_environment();
  std::vector<char*> environment;
  for (auto& one : settings) environment.push_back(one.data());
  environment.push_back(nullptr);

  const int out = ::open(output_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (out < 0) throw std::runtime_error(output_.string() + " cannot be written");
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // also when the tests themselves crash
    if (::dup2(out, STDOUT_FILENO) >= 0 && ::dup2(out, STDERR_FILENO) >= 0)
      ::execve(arguments[0], arguments.data(), environment.data());
    ::_exit(127);
  }
  ::close(out);
  if (pid_ < 0) throw std::runtime_error("no process can be started");
  const auto settled = [&] {
    url_ = url_in(said());
    return serving() || ended();
  };
  if (!comes_true(settled, std::chrono::seconds(60))) {
    kill();
    throw std::runtime_error("the server neither serves nor ends:\n" + said());
  }
}

ServerProcess::~ServerProcess() { kill(); }

std::string ServerProcess::operator_key() const {
  const auto text = read_file(data_ / "operator.key");
  return text.substr(0, text.find('\n'));
}

std::string ServerProcess::said() const { return read_file(output_); }

bool ServerProcess::ended() {
  int status = 0;
  if (!status_ && ::waitpid(pid_, &status, WNOHANG) == pid_) status_ = status;
  return status_.has_value();
}

void ServerProcess::ask_to_stop() const {
  if (!status_) ::kill(pid_, SIGTERM);
}

int ServerProcess::exit_code() {
  if (!comes_true([&] { return ended(); }, std::chrono::seconds(60)))
    throw std::runtime_error("the server does not end:\n" + said());
  return WIFEXITED(*status_) ? WEXITSTATUS(*status_) : 128 + WTERMSIG(*status_);
}

int ServerProcess::stop() {
  ask_to_stop();
  return exit_code();
}

void ServerProcess::kill() {
  if (status_) return;
  ::kill(pid_, SIGKILL);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  status_ = status;
}

// ---- replies ------------------------------------------------------------------------------------------------------

std::string Reply::code() const {
  const auto* object = body.if_object();
  const auto* code = object ? object->if_contains("code") : nullptr;
  return code && code->is_string() ? std::string{code->get_string()} : std::string{};
}

const json::object& Reply::event(std::string_view type) const {
  if (status == 200)
    for (const auto& event : body.at("events").as_array())
      if (event.at("type").as_string() == type) return event.at("data").as_object();
  throw std::runtime_error("no " + std::string{type} + " in " + shown(*this));
}

std::vector<std::string> Reply::event_types() const {
  std::vector<std::string> types;
  for (const auto& event : body.at("events").as_array()) types.emplace_back(event.at("type").as_string());
  return types;
}

std::string shown(const Reply& reply) { return std::to_string(reply.status) + " " + reply.text; }

// ---- guests -------------------------------------------------------------------------------------------------------

Guest::Guest(const std::string& url, const std::string& bearer) : client_(url) {
  if (!bearer.empty()) with("Authorization", "Bearer " + bearer);
}

Guest& Guest::with(const std::string& header, const std::string& value) {
  headers_.emplace_back(header, value);
  return *this;
}

namespace {

Reply reply_of(http::Response response) {
  Reply reply{response.status, std::move(response.headers), std::move(response.body), nullptr};
  json::error_code no_json;
  auto body = json::parse(reply.text, no_json);
  if (!no_json) reply.body = std::move(body);
  return reply;
}

http::Headers together(http::Headers all, const http::Headers& more) {
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace

Reply Guest::get(const std::string& target, const http::Headers& more) {
  return reply_of(client_.send("GET", target, together(headers_, more)));
}

Reply Guest::post(const std::string& target, const std::string& body, const http::Headers& more) {
  auto headers = together(headers_, more);
  if (!http::find(headers, "Content-Type")) headers.emplace_back("Content-Type", "application/json");
  return reply_of(client_.send("POST", target, headers, body));
}

Reply Guest::ask(const std::string& command, const json::value& body, const http::Headers& more) {
  return post("/v1/commands/" + command, json::serialize(body), more);
}

Reply Guest::must(const std::string& command, const json::value& body, const http::Headers& more) {
  auto reply = ask(command, body, more);
  if (reply.status != 200) throw std::runtime_error(command + " was answered " + shown(reply));
  return reply;
}

Reply Guest::get_after(const Reply& answer, const std::string& target) {
  return get(target, {{"Rollcall-Min-Position", std::to_string(answer.number_of("size") - 1)}});
}

Guest operator_of(const ServerProcess& server) { return Guest(server.url(), server.operator_key()); }

Guest operator_for(const ServerProcess& server, const std::string& email) {
  auto guest = operator_of(server);
  guest.with("Rollcall-As", email).with("Rollcall-Reason", "asked by phone");
  return guest;
}

std::string token_in_outbox(const std::filesystem::path& data, const std::string& letter) {
  const auto file = data / "outbox" / (letter + ".eml");
  std::string token;
  const auto there = [&] {
    const auto text = read_file(file);
    const auto at = text.find(letter + ".");
    // The Message-ID has the letter's name too, with an @ after it: the token has its own dot and 32 hex digits.
    if (at == std::string::npos) return false;
    const auto digits = at + letter.size() + 1;
    token = text.substr(at, text.find_first_not_of("0123456789abcdef", digits) - at);
    return true;
  };
  if (!comes_true(there, std::chrono::seconds(30))) throw std::runtime_error("no letter " + file.string());
  return token;
}

// ---- the office ---------------------------------------------------------------------------------------------------

Office::Office(const ServerProcess& served, std::uint32_t seat_limit)
    : server(served),
      operator_(operator_of(served)),
      owner_id(set_up(seat_limit)),
      owner(served.url(), signed_in("olga@gx624.example")) {}

std::string Office::set_up(std::uint32_t seat_limit) {
  const auto opened = operator_.must("OpenAccount", {{"account", "gx624"},
                                                     {"account_name", "Great X"},
                                                     {"owner_email", "olga@gx624.example"},
                                                     {"owner_name", "Olga Owner"},
                                                     {"seat_limit", seat_limit}});
  const auto& facts = opened.event("AccountOpened");
  const auto person = std::string{facts.at("owner_person").as_string()};
  Guest(server.url())
      .must("CompleteSetup", {{"token", token_in_outbox(server.data(), person + ".1")},
                              {"accept_terms", true},
                              {"password", good_password}});
  return std::string{facts.at("owner").as_string()};
}

std::string Office::signed_in(const std::string& email) {
  return Guest(server.url()).must("StartSession", {{"email", email}, {"password", good_password}}).text_of("token");
}

Office::Colleague Office::partner(const std::string& email, bool admin) {
  return join(email, owner.must("InvitePartner", {{"account", "gx624"}, {"email", email}, {"admin", admin}}));
}

Office::Colleague Office::user(const std::string& email, bool admin) {
  return join(email, owner.must("InviteUser",
                                {{"account", "gx624"}, {"email", email}, {"first_name", "Una"}, {"admin", admin}}));
}

Office::Colleague Office::join(const std::string& email, const Reply& invited) {
  const auto invitation = std::string{invited.event("InvitationMailQueued").at("invitation").as_string()};
  const auto accepted = Guest(server.url())
                            .must("AcceptInvite", {{"token", token_in_outbox(server.data(), invitation + ".1")},
                                                   {"accept_terms", true},
                                                   {"password", good_password}});
  return {email, std::string{accepted.event("MembershipActivated").at("membership").as_string()}, signed_in(email)};
}

std::uint64_t this_step() {
  constexpr std::chrono::nanoseconds step = std::chrono::seconds(30), enough = std::chrono::seconds(8);
  const auto now = [] { return std::chrono::system_clock::now().time_since_epoch(); };
  if (const auto left = step - now() % step; left < enough) std::this_thread::sleep_for(left);
  return static_cast<std::uint64_t>(now() / step);
}

std::vector<json::object> events_of(Guest& operator_, Position from) {
  std::vector<json::object> all;
  while (true) {
    const auto page = operator_.get("/v1/events?limit=1000&from=" + std::to_string(from));
    if (page.status != 200) throw std::runtime_error("the events were answered " + shown(page));
    for (const auto& event : page.body.at("events").as_array()) all.push_back(event.as_object());
    from = page.number_of("next");
    if (from >= page.number_of("size")) return all;
  }
}

}  // namespace rollcall::testing
