// The HTTP interface: it translates a request, hands it to the writer or a read model, and translates what comes back.
// Every route is a line of one table, from which the OpenAPI document is made as well.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include "adapters/crypto/passwords.hpp"
#include "adapters/http/message.hpp"
#include "adapters/http/server.hpp"
#include "adapters/writer/writer_thread.hpp"
#include "domain/engine/decide.hpp"
#include "events/json.hpp"
#include "tools/installation/installation.hpp"
#include "tools/server/followers/feed.hpp"
#include "tools/server/followers/report.hpp"
#include "tools/server/followers/view_host.hpp"

namespace rollcall {

namespace net = boost::asio;

struct ApiOptions {
  PasswordCost password_cost = PasswordCost::interactive;
  std::size_t hashing_max = 32;  // passwords being hashed or waiting for it; more are told 503
  Duration min_position_wait = seconds(5);
};

// Sign-ins that failed, by person and minute, until the clock writes them down.
class FailedSignIns {
 public:
  void count(const PersonId& person, Time now);
  // Takes what was counted in minutes that are over.
  std::vector<RecordFailedSignIns> take(Time now);

 private:
  std::mutex mutex_;
  std::map<std::pair<PersonId, Time>, std::uint32_t> counts_;
};

class Api {
 public:
  // All must outlive it.
  Api(Installation& installation, WriterThread& writer, ViewHost& views, Feed& feed, const Clock& clock,
      ApiOptions options);
  ~Api();

  net::awaitable<http::Response> handle(http::Request request);

  FailedSignIns& failed_sign_ins() { return failed_sign_ins_; }
  // What /readyz says; empty is ready.
  std::string not_ready() const;
  // What is made after the interface, and may want to be served by it before: the server itself and the followers.
  struct Surroundings {
    const http::Counters& counters;
    std::vector<ReportFollowers> followers;           // in the order in which they are shown
    std::function<void()> confirm_clock;              // what POST /v1/clock does: the time is right after a jump
    std::function<PublisherReport()> publisher = {};  // empty: nothing is published
  };
  // Once. They must outlive it.
  void begin(const Surroundings& around) { around_.store(&around, std::memory_order_release); }
  void refuse_work(bool refused) { low_on_disk_ = refused; }
  // All followers there are, as they are now; none before begin().
  std::vector<FollowerReport> followers() const;
  std::optional<PublisherReport> publisher() const;

  // One line of the interface. `parameters` are query parameters with a word about each.
  struct Route {
    std::string_view method;
    std::string_view path;    // segments in braces are parameters
    std::string_view action;  // its rule in domain/authorization.hpp; empty is open to all
    std::string_view summary;
    std::vector<std::pair<std::string_view, std::string_view>> parameters;
    net::awaitable<http::Response> (Api::*handler)(const http::Request&, const std::vector<std::string>&);
  };
  static const std::vector<Route>& routes();

 private:
  using Arguments = std::vector<std::string>;
  using Reply = http::Response;

  struct Authenticated {
    Caller caller;
    std::optional<Reply> refused;
  };
  Authenticated authenticate(const http::Request& request) const;
  Expected<Context, Reply> context_for(const http::Request& request, std::string_view command) const;

  net::awaitable<std::optional<Answer>> ask(Command command, Context context);
  net::awaitable<std::optional<Reply>> prove(const http::Request& request, Command& command, Context& context);
  net::awaitable<Reply> dry_run(Command command, Context context);
  // What an answer tells besides what happened.
  struct Asked {
    CommandId id;
    bool signs_in = false;  // the caller gets the token of the session
  };
  Reply answered(const Asked& asked, const Answer& answer) const;
  Reply answered_with(const Asked& asked, const std::vector<Recorded>& events, Position size) const;
  Reply repeated(const Asked& asked, const Repeat& repeat, Position size) const;

  // Runs something slow on the pool and comes back with what it returned.
  template <class F>
  net::awaitable<Reply> elsewhere(F work);

  // A query's way in: who asks, may he, and is the view far enough.
  struct Admitted {
    LogReader::State snapshot;
    Standing who;
    Time now;
  };
  net::awaitable<Expected<Admitted, Reply>> admit(const http::Request& request, const Rule& rule,
                                                  const std::optional<AccountId>& account,
                                                  const std::optional<MembershipId>& own);
  net::awaitable<std::optional<Reply>> wait_for_position(const http::Request& request);

  net::awaitable<Reply> post_command(const http::Request&, const Arguments&);
  net::awaitable<Reply> users(const http::Request&, const Arguments&);
  net::awaitable<Reply> user(const http::Request&, const Arguments&);
  net::awaitable<Reply> user_history(const http::Request&, const Arguments&);
  net::awaitable<Reply> invitations(const http::Request&, const Arguments&);
  net::awaitable<Reply> assignments(const http::Request&, const Arguments&);
  net::awaitable<Reply> my_accounts(const http::Request&, const Arguments&);
  net::awaitable<Reply> accounts_of(const http::Request&, const Arguments&);
  net::awaitable<Reply> offered_invitation(const http::Request&, const Arguments&);
  net::awaitable<Reply> event(const http::Request&, const Arguments&);
  net::awaitable<Reply> events(const http::Request&, const Arguments&);
  Reply event_stream(const http::Request& request, Position from, const net::any_io_executor& executor);
  net::awaitable<Reply> status(const http::Request&, const Arguments&);
  net::awaitable<Reply> start_rebuild(const http::Request&, const Arguments&);
  net::awaitable<Reply> rebuilds(const http::Request&, const Arguments&);
  net::awaitable<Reply> confirm_clock(const http::Request&, const Arguments&);
  net::awaitable<Reply> openapi(const http::Request&, const Arguments&);
  net::awaitable<Reply> asyncapi(const http::Request&, const Arguments&);
  net::awaitable<Reply> schemas(const http::Request&, const Arguments&);
  net::awaitable<Reply> schema(const http::Request&, const Arguments&);
  net::awaitable<Reply> livez(const http::Request&, const Arguments&);
  net::awaitable<Reply> readyz(const http::Request&, const Arguments&);
  net::awaitable<Reply> metrics(const http::Request&, const Arguments&);

  Installation& installation_;
  WriterThread& writer_;
  ViewHost& views_;
  Feed& feed_;
  const Clock& clock_;
  ApiOptions options_;
  Claims claims_;
  Tokens tokens_;
  DataKey request_secret_;
  FailedSignIns failed_sign_ins_;
  std::atomic<std::size_t> hashing_{0};
  std::atomic<bool> low_on_disk_{false};
  std::atomic<const Surroundings*> around_ = nullptr;
  Time started_;
  net::thread_pool pool_;
};

// A rejection, or what is wrong with a document, as a problem document.
http::Response problem_of(const Rejection& rejection);
http::Response problem_of(const JsonError& error);
// Parses JSON; what is malformed is answered with its line and column.
Expected<json::value, http::Response> parse_json(std::string_view text);
http::Response json_response(const json::value& body, unsigned status = 200);
http::Response json_text_response(std::string text);

// Appends an event with its envelope as programs see it.
void append_event(std::string& out, const Recorded& recorded);

// All commands by name, from the variant.
Expected<Command, JsonError> command_from(std::string_view name, const json::value& body);
bool is_command(std::string_view name);

json::value openapi_document();

}  // namespace rollcall
