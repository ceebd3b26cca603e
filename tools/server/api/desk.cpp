#include "tools/server/api/desk.hpp"

#include <algorithm>
#include <chrono>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/beast/core/string.hpp>
#include <sodium.h>

#include "adapters/crypto/access_keys.hpp"
#include "events/utf8.hpp"
#include "tools/server/api/cookie.hpp"

namespace rollcall::api {
namespace {

bool same_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

// Headers of our own. A misspelt one would be a reason that is not kept, or a wait that does not happen.
constexpr std::array<std::string_view, 3> our_headers{"Rollcall-As", "Rollcall-Reason", "Rollcall-Min-Position"};
// Those that may come once only, since they say who asks, why, or what counts as the same request.
constexpr std::array<std::string_view, 8> single_headers{"Authorization",         "Rollcall-As",   "Rollcall-Reason",
                                                         "Idempotency-Key",       "Last-Event-ID", "User-Agent",
                                                         "Rollcall-Min-Position", "Content-Type"};

bool same_name(std::string_view a, std::string_view b) {
  return boost::beast::iequals({a.data(), a.size()}, {b.data(), b.size()});
}

std::optional<Reply> refuse_headers(const Request& request) {
  const auto refuse = [](std::string_view name, std::string_view why) {
    return problem("invalid_header", std::string{name} + " " + std::string{why} + ".", {{"header", name}});
  };
  const auto ours = [](std::string_view name) { return name.size() > 9 && same_name(name.substr(0, 9), "Rollcall-"); };
  for (const auto& [name, value] : request.headers) {
    const auto is = [&name = name](std::string_view known) { return same_name(name, known); };
    if (ours(name) && std::none_of(our_headers.begin(), our_headers.end(), is))
      return refuse(name, "is not a header of this interface");
    if (std::none_of(single_headers.begin(), single_headers.end(), is)) continue;
    if (!utf8::valid(value)) return refuse(name, "is not UTF-8");
    const auto same = [&](const auto& other) { return same_name(other.first, name); };
    if (std::count_if(request.headers.begin(), request.headers.end(), same) > 1) return refuse(name, "comes twice");
  }
  return std::nullopt;
}

// The credential in an Authorization header; empty when it is of another scheme. Letters of a scheme are as one likes,
// RFC 9110 §11.1.
std::string_view bearer_in(std::string_view header) {
  constexpr std::string_view scheme = "Bearer ";
  return header.size() > scheme.size() && same_name(header.substr(0, scheme.size()), scheme)
             ? header.substr(scheme.size())
             : std::string_view{};
}

// As whom a key comes in.
Caller caller_of(const AccessKeyId& id, const AccessKeyRow& key) {
  Caller caller;
  caller.kind = ActorKind::key;
  if (key.is_for(KeyScope::audit)) caller.kind = ActorKind::auditor;
  if (key.is_for(KeyScope::operate)) caller.kind = ActorKind::operator_;
  caller.key = id;
  return caller;
}

}  // namespace

Desk::Desk(Installation& installation, WriterThread& writer, ViewHost& views, Feed& feed, const Clock& clock,
           DeskOptions options)
    : installation_(installation),
      writer_(writer),
      views_(views),
      feed_(feed),
      clock_(clock),
      options_(options),
      claims_(installation.claims()),
      tokens_(installation.tokens()),
      request_secret_(installation.request_secret()),
      session_uses_(options.session_idle),
      throttle_(static_cast<double>(options.requests_per_second), 2 * static_cast<double>(options.requests_per_second)),
      started_(clock.now()),
      pool_(2),
      turns_(options.hashing) {}

Desk::~Desk() { finish(); }

void Desk::drain() {
  draining_ = true;
  turns_.close();
}

void Desk::finish() {
  turns_.close();
  pool_.join();
}

std::vector<FollowerReport> Desk::followers() const {
  std::vector<FollowerReport> all;
  if (const auto* known = around())
    for (const auto& report : known->followers) report(all);
  return all;
}

std::optional<PublisherReport> Desk::publisher() const {
  const auto* known = around();
  if (!known || !known->publisher) return std::nullopt;
  return known->publisher();
}

void Desk::halt(std::string_view code, std::optional<std::string> why) {
  const std::lock_guard lock(halts_mutex_);
  if (why)
    halts_.insert_or_assign(std::string{code}, std::move(*why));
  else if (const auto known = halts_.find(code); known != halts_.end())
    halts_.erase(known);
  any_halt_ = !halts_.empty();
}

std::optional<Desk::Halt> Desk::halted() const {
  if (!any_halt_) return std::nullopt;
  const std::lock_guard lock(halts_mutex_);
  if (halts_.empty()) return std::nullopt;
  return Halt{halts_.begin()->first, halts_.begin()->second};
}

std::string Desk::not_ready() const {
  if (const auto halt = halted()) return "commands are refused: " + halt->why;
  for (const auto& follower : followers()) {
    if (!follower.stopped || follower.name == "kafka") continue;
    return follower.name + " stopped at " + std::to_string(follower.stopped->position) + ": " +
           follower.stopped->reason;
  }
  if (const auto known = publisher(); known && known->stopped) {
    const auto& stop = *known->stopped;
    const auto shown = [](const std::string& hash) { return hash.empty() ? std::string{"none"} : hash; };
    auto why = "publishing stopped at " + std::to_string(stop.position) + ": " + stop.reason;
    if (!stop.topic_hash.empty() || !stop.log_hash.empty())
      why += " (leaf hash in the topic " + shown(stop.topic_hash) + ", in the log " + shown(stop.log_hash) + ")";
    return why;
  }
  return {};
}

bool Desk::admits(const Request& request, std::string_view action) {
  // Only a key's use is counted, and only a bound asks who it is.
  const auto shown = request.header("Authorization");
  const bool by_key = shown && bearer_in(*shown).starts_with("rck_");
  if (!by_key && !throttle_.bounds_anybody()) return true;
  // Who has no credential that is genuine is known by where they sit: made-up ones are not somebody new each.
  count_use(request, action);
  return throttle_.admits(allowance_for(request), clock_.monotonic());
}

void Desk::count_use(const Request& request, std::string_view action) {
  const auto caller = authenticate(request);
  if (!caller || !caller->key) return;
  // What is refused to a key that has ended is no use of it.
  const auto now = clock_.now();
  const auto snapshot = log().state();
  const auto row = State(*snapshot.rows, keys(), claims_).find_sealed<AccessKeyRow>(AccessKeyRow::key(*caller->key));
  if (row && now < row->expires_at) key_uses_.count(*caller->key, caller->kind == ActorKind::auditor, action, now);
}

net::awaitable<void> Desk::pace(const Request& request, std::string_view action) {
  count_use(request, action);
  if (!throttle_.bounds_anybody()) co_return;
  const auto wait = throttle_.reserve(allowance_for(request), clock_.monotonic());
  if (wait.micros == 0) co_return;
  const auto executor = co_await net::this_coro::executor;
  net::steady_timer pause(executor, std::chrono::microseconds(wait.micros));
  co_await pause.async_wait(net::use_awaitable);
}

std::string Desk::allowance_for(const Request& request) {
  const auto caller = authenticate(request);
  // One person has one allowance, in however many sessions and with however many keys.
  if (caller && (caller->session || caller->key) && throttle_.bounds_anybody()) return allowance_of(*caller);
  if (caller && caller->kind == ActorKind::operator_) return "operator";
  return "at " + request.remote_ip;
}

std::string Desk::allowance_of(const Caller& caller) {
  constexpr std::size_t known_max = 100'000;
  const auto by = caller.key ? caller.key->text() : caller.session->text();
  {
    const std::lock_guard lock(holders_mutex_);
    if (const auto known = holders_.find(by); known != holders_.end()) return known->second;
  }
  const auto snapshot = log().state();
  const State state(*snapshot.rows, keys(), claims_);
  auto whose = by;
  if (caller.key) {
    if (const auto row = state.find_sealed<AccessKeyRow>(AccessKeyRow::key(*caller.key)); row && row->holder)
      whose = row->holder->text();
  } else if (const auto row = state.find<SessionRow>(SessionRow::key(*caller.session))) {
    whose = row->person.text();
  }
  const std::lock_guard lock(holders_mutex_);
  if (holders_.size() >= known_max) holders_.clear();
  holders_.emplace(by, whose);
  return whose;
}

Expected<Caller, Reply> Desk::authenticate(const Request& request) const {
  if (!request.caller) request.caller = look_at(request);
  return *request.caller;
}

Expected<Caller, Reply> Desk::look_at(const Request& request) const {
  if (auto refused = refuse_headers(request)) return unexpected(std::move(*refused));
  Caller caller;
  if (const auto header = request.header("Authorization")) {
    const auto token = bearer_in(*header);
    if (same_secret(token, installation_.operator_key()))
      caller = Caller::operator_key();
    else if (const auto claim = read_access_token(token)) {
      const auto snapshot = log().state();
      const State state(*snapshot.rows, keys(), claims_);
      const auto row = state.find_sealed<AccessKeyRow>(AccessKeyRow::key(claim->key));
      if (!row || !same_digest(row->digest, claim->digest))
        return unexpected(problem_of(rejected(Code::not_authenticated)));
      caller = caller_of(claim->key, *row);
    } else if (const auto session = tokens_.session_of(token); session && goes_on(*session))
      caller.session = *session;
    else
      return unexpected(problem_of(rejected(Code::not_authenticated)));
  } else if (const auto cookie = session_cookie(request)) {
    // A browser goes on sending one that has ended: then nobody asks, and may sign in.
    if (const auto session = tokens_.session_of(*cookie); session && is_live(*session) && goes_on(*session)) {
      if (!is_same_site(request))
        return unexpected(problem("cross_site", "With a cookie only pages of this server may ask for this."));
      caller.session = *session;
    }
  }
  const auto as = request.header("Rollcall-As");
  if (!as) return caller;
  if (caller.kind != ActorKind::operator_) {
    const bool nobody = caller.kind == ActorKind::person && !caller.session;
    return unexpected(problem_of(rejected(nobody ? Code::not_authenticated : Code::not_authorized)));
  }
  const auto snapshot = log().state();
  const State state(*snapshot.rows, keys(), claims_);
  const auto address = normalise_address(*as);
  caller.on_behalf_of = address ? state.person_with(*address) : std::nullopt;
  if (!caller.on_behalf_of) return unexpected(not_found("Whoever Rollcall-As names"));
  return caller;
}

bool Desk::is_live(const SessionId& session) const {
  const auto snapshot = log().state();
  const auto row = State(*snapshot.rows, keys(), claims_).find<SessionRow>(SessionRow::key(session));
  return row && clock_.now() < row->expires_at;
}

bool Desk::goes_on(const SessionId& session) const {
  return session_uses_.use(session, clock_.now(), [&] {
    const auto snapshot = log().state();
    const auto row = State(*snapshot.rows, keys(), claims_).find<SessionRow>(SessionRow::key(session));
    return row ? std::max(row->confirmed_at, started_) : clock_.now();
  });
}

Reply Desk::ahead_of_log(std::string_view what) const {
  return problem("ahead_of_log",
                 std::string{what} + " is beyond the end of this log: a backup was restored, or it is another log.",
                 {{"size", log().size()}, {"origin", origin()}});
}

Reply Desk::other_history(Position position) const {
  return problem("other_history", "This log has another event there: a backup was restored, or it is another log.",
                 {{"position", position}, {"size", log().size()}, {"origin", origin()}});
}

net::awaitable<std::optional<Reply>> Desk::wait_for(std::optional<Position> wanted) {
  if (!wanted) co_return std::nullopt;
  const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(options_.min_position_wait.micros);
  const auto executor = co_await net::this_coro::executor;
  net::steady_timer pause(executor);
  auto step = std::chrono::microseconds(200);
  while (views_.applied() <= *wanted) {
    if (std::chrono::steady_clock::now() >= until) {
      if (*wanted >= log().size()) co_return ahead_of_log("Rollcall-Min-Position");
      co_return problem("position_not_reached", "The read models have not come so far in time.",
                        {{"applied", views_.applied()}, {"size", log().size()}});
    }
    views_.hurry();
    pause.expires_after(step);
    co_await pause.async_wait(net::use_awaitable);
    step = std::min(step * 2, std::chrono::microseconds(10'000));
  }
  co_return std::nullopt;
}

net::awaitable<Expected<Desk::Admitted, Reply>> Desk::admit(const Request& request, Question question) {
  using Result = Expected<Admitted, Reply>;
  auto caller = authenticate(request);
  if (!caller) co_return Result(unexpected(std::move(caller.error())));
  auto wanted = question.up_to;
  if (const auto header = request.header("Rollcall-Min-Position")) {
    const auto position = projections::parameter::number_in(*header);
    if (!position || *position > json_integer_max)
      co_return Result(unexpected(problem("invalid_header", "Rollcall-Min-Position is a position of the log.",
                                          {{"header", "Rollcall-Min-Position"}})));
    wanted = std::max(wanted.value_or(0), *position);
  }

  auto snapshot = log().state();
  const State state(*snapshot.rows, keys(), claims_);
  const auto now = clock_.now();
  auto who = standing_of(state, *caller, {}, now, question.rule.about(), question.account);
  if (!who) co_return Result(unexpected(problem_of(who.error().rejection)));
  auto person = who->person;
  if (question.email) {
    const auto address = normalise_address(*question.email);
    person = address ? state.person_with(*address) : std::nullopt;
  }
  auto reach = meaning_of(question.rule.action).own ? Reach::own : Reach::all;
  if (question.rule.own && question.user)
    reach = reach_over(state, *who, question.user);
  else if (question.rule.own)
    reach = person && person == who->person ? Reach::own : Reach::all;
  std::optional<std::vector<MembershipId>> sight;
  if (question.rule.by_reach && who->membership && !who->may(question.action(), Reach::all)) {
    const auto furthest = reach_of(who->held, question.action());
    if (furthest == Reach::team) sight = members_in_reach(state, *who);
    if (furthest == Reach::own) sight.emplace({*who->membership});
    if (furthest) reach = *furthest;
  }
  if (!who->may(question.action(), reach)) {
    const bool nobody = caller->kind == ActorKind::person && !caller->session;
    const auto otherwise = nobody ? Code::not_authenticated : Code::not_authorized;
    co_return Result(unexpected(problem_of(rejected(who->barred.value_or(otherwise)))));
  }
  if (question.account && !state.find<AccountRow>(AccountRow::key(*question.account)))
    co_return Result(unexpected(not_found("This account")));
  if (question.rule.about() == About::person && !person) {
    // Keys and the operator are no persons who could mean themselves.
    if (!question.email)
      co_return Result(unexpected(http::problem(404, "not_found", "Who asks is no person: say with `email` whose.")));
    co_return Result(unexpected(not_found("This person")));
  }
  auto late = co_await wait_for(wanted);
  if (late) co_return Result(unexpected(std::move(*late)));
  Admitted admitted{std::move(snapshot), std::move(*who), now, person, std::move(sight)};
  co_return Result(std::move(admitted));
}

bool Desk::still_admits(const Caller& caller, const Question& question) const {
  const auto snapshot = log().state();
  const State state(*snapshot.rows, keys(), claims_);
  const auto who = standing_of(state, caller, {}, clock_.now(), question.rule.about(), question.account);
  return who && who->may(question.action(), Reach::all);
}

net::awaitable<bool> Desk::in_turn(std::string source, std::function<void()> work) {
  auto initiate = [&](auto handler) {
    const auto executor = net::get_associated_executor(handler);
    auto resume = std::make_shared<decltype(handler)>(std::move(handler));
    turns_.enter(source, std::move(work),
                 [resume, executor](bool worked) { net::post(executor, [resume, worked] { (*resume)(worked); }); });
  };
  co_return co_await net::async_initiate<const net::use_awaitable_t<>, void(bool)>(initiate, net::use_awaitable);
}

net::awaitable<std::optional<Answer>> Desk::ask(Command command, Context context) {
  auto initiate = [&](auto handler) {
    const auto executor = net::get_associated_executor(handler);
    auto resume = std::make_shared<decltype(handler)>(std::move(handler));
    const auto answer_with = [resume, executor](std::optional<Answer> answer) {
      net::post(executor, [resume, answer = std::move(answer)]() mutable { (*resume)(std::move(answer)); });
    };
    if (!writer_.submit(std::move(command), std::move(context), answer_with)) answer_with(std::nullopt);
  };
  co_return co_await net::async_initiate<const net::use_awaitable_t<>, void(std::optional<Answer>)>(initiate,
                                                                                                    net::use_awaitable);
}

}  // namespace rollcall::api
