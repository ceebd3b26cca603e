// What the handlers of the interface stand on: the log, the writer, the read models, and who asks. A handler is a free
// function of a desk, a request and what was asked for; it needs no socket.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "adapters/crypto/passwords.hpp"
#include "adapters/http/message.hpp"
#include "adapters/http/server.hpp"
#include "adapters/writer/writer_thread.hpp"
#include "domain/engine/decide.hpp"
#include "tools/installation/installation.hpp"
#include "tools/server/api/guessing.hpp"
#include "tools/server/api/key_use.hpp"
#include "tools/server/api/per_minute.hpp"
#include "tools/server/api/problems.hpp"
#include "tools/server/api/request.hpp"
#include "tools/server/api/session_uses.hpp"
#include "tools/server/api/throttle.hpp"
#include "tools/server/api/turns.hpp"
#include "tools/server/followers/feed.hpp"
#include "tools/server/followers/report.hpp"
#include "tools/server/followers/view_host.hpp"

namespace rollcall::api {

namespace net = boost::asio;
using Awaited = net::awaitable<Reply>;

struct DeskOptions {
  PasswordCost password_cost = {};
  Turns::Limits hashing = {};  // passwords are compared and hashed in turns, by where they come from
  Duration min_position_wait = seconds(5);
  std::size_t requests_per_second = 0;  // of one caller, see Throttle; 0: as many as they like
  Duration session_idle = {};           // how long nothing may be asked in a session; 0: as long as it lasts
};

class Desk {
 public:
  // All must outlive it.
  Desk(Installation& installation, WriterThread& writer, ViewHost& views, Feed& feed, const Clock& clock,
       DeskOptions options);
  ~Desk();

  // What is made after the desk, and may want to be served by it before: the server itself and the followers.
  struct Surroundings {
    const http::Counters& counters;
    std::vector<ReportFollowers> followers;           // in the order in which they are shown
    std::function<void()> confirm_clock;              // the time is right after a jump
    std::function<PublisherReport()> publisher = {};  // empty: nothing is published
  };
  // Once. They must outlive it.
  void begin(const Surroundings& around) { around_.store(&around, std::memory_order_release); }
  // From now on nobody who waits for what may come is kept waiting: what there is is answered.
  void drain();
  bool draining() const { return draining_; }
  // Waits for what runs on the pool. What handlers stand on may go afterwards. Handlers that come later fail.
  void finish();
  // Why no command is taken, while queries go on.
  struct Halt {
    std::string code;  // of the problem that commands are answered with
    std::string why;
  };
  // Has commands refused for this reason, or no longer. `code` is that of a problem of the interface.
  void halt(std::string_view code, std::optional<std::string> why);
  std::optional<Halt> halted() const;

  Installation& installation() const { return installation_; }
  const StoredLog& log() const { return installation_.log(); }
  KeyStore& keys() const { return installation_.keys(); }
  WriterThread& writer() const { return writer_; }
  ViewHost& views() const { return views_; }
  Feed& feed() const { return feed_; }
  const Claims& claims() const { return claims_; }
  const Tokens& tokens() const { return tokens_; }
  const DataKey& request_secret() const { return request_secret_; }
  const DeskOptions& options() const { return options_; }
  Time now() const { return clock_.now(); }
  const std::string& origin() const { return installation_.signer().verifying_key().name(); }
  Time started() const { return started_; }
  const Surroundings* around() const { return around_.load(std::memory_order_acquire); }
  PerMinute& failed_sign_ins() { return failed_sign_ins_; }
  Guessing& guessing() { return guessing_; }
  KeyUses& key_uses() { return key_uses_; }
  SessionUses& session_uses() { return session_uses_; }
  // By the monotonic clock.
  Duration monotonic() const { return clock_.monotonic(); }
  // How often links may be asked for from one place.
  Throttle& link_requests() { return link_requests_; }

  // All followers there are, as they are now; none before begin().
  std::vector<FollowerReport> followers() const;
  std::optional<PublisherReport> publisher() const;
  // What /readyz says; empty is ready.
  std::string not_ready() const;

  // May whoever sent this ask for one thing more? By their credential, or where they sit. What a key is used for is
  // counted.
  bool admits(const Request& request, std::string_view action);
  // Counts what a request that was let in asks for beside the first, and waits until they may.
  net::awaitable<void> pace(const Request& request, std::string_view action);

  // Who asks, by the credential of the request; whether their session is live is decided later. Headers of our own that
  // nobody knows, that come twice or are no text are refused here. Found out once for each request.
  Expected<Caller, Reply> authenticate(const Request& request) const;

  // A query's way in: may they ask, and is the view far enough.
  struct Admitted {
    LogReader::State snapshot;
    Standing who;
    Time now;
    std::optional<PersonId> person;  // whom it is about, where it is about one
    // The members a list tells of, sorted, for somebody who does not see all of them (Rule::by_reach).
    std::optional<std::vector<MembershipId>> sight{};
  };
  struct Question {
    Rule rule;
    std::optional<AccountId> account{};  // the one it names
    std::optional<RecordKind> kind{};    // the kind of record it names
    std::optional<MembershipId> user{};  // the member it names: `own` means this one, or one of their teams
    std::optional<std::string> email{};  // the person it names, About::person; else the caller
    std::optional<Position> up_to{};     // how far the index of the log has to be

    Action action() const { return rule.by_kind ? of_kind(rule.action, *kind) : rule.action; }
  };
  net::awaitable<Expected<Admitted, Reply>> admit(const Request& request, Question question);

  // Whether a question may still be asked by who was admitted: for answers that go on for long.
  bool still_admits(const Caller& caller, const Question& question) const;

  // Puts a command before the writer; nothing when its queue is full.
  net::awaitable<std::optional<Answer>> ask(Command command, Context context);

  // The answer to who knows of a position that this log does not have: its size and its origin.
  Reply ahead_of_log(std::string_view what) const;
  // To who has another event at this position than this log.
  Reply other_history(Position position) const;

  // Runs something slow on the pool, so that io threads only ever do io, and comes back with what it returned.
  template <class F>
  Awaited elsewhere(F work) {
    auto run = [&work]() -> Awaited { co_return work(); };
    co_return co_await net::co_spawn(pool_, run, net::use_awaitable);
  }

  // Has `work`, in which passwords are compared or hashed, done when it is the turn of who sits at `source`; false when
  // too many wait there already.
  net::awaitable<bool> in_turn(std::string source, std::function<void()> work);

 private:
  Expected<Caller, Reply> look_at(const Request& request) const;
  void count_use(const Request& request, std::string_view action);
  // Whose allowance of requests it is: a person's or a key's, the operator's, or that of where they sit.
  std::string allowance_for(const Request& request);
  std::string allowance_of(const Caller& caller);

  bool is_live(const SessionId& session) const;
  // False when nothing was asked in it for too long.
  bool goes_on(const SessionId& session) const;
  net::awaitable<std::optional<Reply>> wait_for(std::optional<Position> wanted);

  Installation& installation_;
  WriterThread& writer_;
  ViewHost& views_;
  Feed& feed_;
  const Clock& clock_;
  DeskOptions options_;
  Claims claims_;
  Tokens tokens_;
  DataKey request_secret_;
  PerMinute failed_sign_ins_;
  Guessing guessing_;
  KeyUses key_uses_;
  mutable SessionUses session_uses_;
  Throttle link_requests_{1.0 / 60, 10};
  Throttle throttle_;
  std::mutex holders_mutex_;
  std::unordered_map<std::string, std::string> holders_;  // under holders_mutex_: of sessions and keys, by their ids
  mutable std::mutex halts_mutex_;
  std::map<std::string, std::string, std::less<>> halts_;  // under halts_mutex_: reasons by their codes
  std::atomic<bool> any_halt_{false};
  std::atomic<bool> draining_{false};
  std::atomic<const Surroundings*> around_ = nullptr;
  Time started_;
  net::thread_pool pool_;
  Turns turns_;
};

}  // namespace rollcall::api
