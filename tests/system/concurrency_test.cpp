// Commands that race for the same thing, through the writer's real threads: whatever the order, one rule holds.
#include <atomic>
#include <condition_variable>
#include <functional>
#include <future>
#include <latch>
#include <map>
#include <mutex>
#include <thread>

#include "adapters/crypto/random.hpp"
#include "adapters/rocksdb/log.hpp"
#include "adapters/writer/local_commit.hpp"
#include "adapters/writer/writer_thread.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/given.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace rollcall;
using namespace rollcall::testing;

namespace {

SigningKey new_signer() {
  start_crypto();
  return SigningKey::generate("rollcall.test/log", random_seed()).value();
}

// Carries a world's history over to another log, signed as a real one is.
void carry_over(const World& world, Log& log, const SigningKey& signer) {
  Batch all;
  world.log.read(0, [&](Position, std::string_view entry) {
    all.entries.emplace_back(entry);
    return true;
  });
  world.rows().scan({}, {}, [&](std::string_view key, std::string_view value) {
    all.state.emplace(key, std::string{value});
    return true;
  });
  all.state_digest = world.digest();
  Appender(log, signer).append(std::move(all));
}

// A world whose commands are from now on decided by a writer with its own threads, over another log.
class Threaded {
 public:
  Threaded(World& world, Log& log, WriterOptions options = {})
      : world_(world),
        log_(log),
        signer_(carried_over(world, log)),
        commit_(log, signer_),
        writer_(log, commit_, world.keys, world.claims(), with_defaults(std::move(options))) {}

  // Made on one thread, to be sent from any.
  struct Request {
    Command command;
    Context context;
  };
  Request request(const Asker& who, Command command) { return {std::move(command), world_.context(who)}; }

  // The answers, in the order of the requests, which are all sent at the same moment by a thread each.
  std::vector<Outcome> all_at_once(std::vector<Request> requests) {
    std::vector<std::promise<Answer>> promises(requests.size());
    std::latch start(static_cast<std::ptrdiff_t>(requests.size()));
    std::vector<std::thread> threads;
    std::atomic<bool> taken{true};
    for (std::size_t i = 0; i < requests.size(); ++i)
      threads.emplace_back([&, i] {
        start.arrive_and_wait();
        if (!writer_.submit(std::move(requests[i].command), std::move(requests[i].context),
                            [&promise = promises[i]](Answer answer) { promise.set_value(std::move(answer)); }))
          taken = false;
      });
    for (auto& thread : threads) thread.join();
    REQUIRE(taken);
    std::vector<Outcome> outcomes;
    for (auto& promise : promises) outcomes.emplace_back(promise.get_future().get());
    return outcomes;
  }
  Outcome when(const Asker& who, Command command) { return all_at_once({request(who, std::move(command))}).front(); }

  WriterThread& writer() { return writer_; }
  MembershipRow member(const MembershipId& id) const {
    const auto snapshot = log_.state();
    return State(*snapshot.rows, world_.keys, world_.claims()).get<MembershipRow>(MembershipRow::key(id));
  }
  AccountRow account(const AccountId& id) const {
    const auto snapshot = log_.state();
    return State(*snapshot.rows, world_.keys, world_.claims()).get<AccountRow>(AccountRow::key(id));
  }

 private:
  static SigningKey carried_over(const World& world, Log& log) {
    auto signer = new_signer();
    carry_over(world, log, signer);
    return signer;
  }
  WriterOptions with_defaults(WriterOptions options) {
    options.now = [now = world_.now] { return now; };
    options.fresh_seed = random_seed;
    return options;
  }

  World& world_;
  Log& log_;
  SigningKey signer_;
  LocalCommit commit_;
  WriterThread writer_;
};

std::size_t accepted_in(const std::vector<Outcome>& outcomes) {
  std::size_t count = 0;
  for (const auto& one : outcomes) count += one.accepted();
  return count;
}

// The races below, many times over: on one run alone the order may always be the same.
constexpr int rounds = 25;

// Keeps whoever appends waiting until it is opened.
class GatedLog final : public Log {
 public:
  explicit GatedLog(Log& log) : log_(log) {}
  void close() {
    const std::lock_guard lock(mutex_);
    open_ = false;
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    opened_.notify_all();
  }
  void fail_from_now_on() { failing_ = true; }
  std::uint64_t failures() const { return failures_; }

  Position size() const override { return log_.size(); }
  void read(Position from, const Visit& visit) const override { log_.read(from, visit); }
  std::optional<std::string> entry(Position position) const override { return log_.entry(position); }
  std::optional<std::string> tile(unsigned level, std::uint64_t index) const override {
    return log_.tile(level, index);
  }
  std::optional<std::string> frontier() const override { return log_.frontier(); }
  std::optional<std::string> checkpoint() const override { return log_.checkpoint(); }
  Position batch_end(Position size) const override { return log_.batch_end(size); }
  State state() const override { return log_.state(); }
  void append(const Batch& batch) override {
    std::unique_lock lock(mutex_);
    opened_.wait(lock, [&] { return open_; });
    if (failing_) {
      ++failures_;
      throw StorageError("the disk is gone");
    }
    log_.append(batch);
  }
  void correct_state(const RowChanges& changes, const RowsDigest& digest) override {
    log_.correct_state(changes, digest);
  }

 private:
  Log& log_;
  std::mutex mutex_;
  std::condition_variable opened_;
  bool open_ = true;
  std::atomic<bool> failing_{false};
  std::atomic<std::uint64_t> failures_{0};
};

}  // namespace

TEST_CASE("of fifty who accept at the same moment one gets the last seat", "[concurrency]") {
  World world;
  const auto account = world.account("gx624", 2);
  std::vector<InvitationId> invitations;
  for (int i = 0; i < 50; ++i)
    invitations.push_back(world.invited_user(account, "user" + std::to_string(i) + "@gx624.example"));

  const TemporaryFolder folder;
  const auto log = open_log(folder / "log");
  Threaded threaded(world, *log);
  std::vector<Threaded::Request> requests;
  for (const auto& invitation : invitations)
    requests.push_back(threaded.request(nobody().holding(link_of(invitation)).choosing_a_password(),
                                        AcceptInvite{Secret{"token"}, true, Secret{"a good password"}, {}}));
  const auto outcomes = threaded.all_at_once(std::move(requests));
  CHECK(accepted_in(outcomes) == 1);
  for (const auto& outcome : outcomes)
    if (!outcome.accepted()) outcome.then(Code::seat_limit_reached);
  CHECK(threaded.account(account.id).seats_used == 2);
}

TEST_CASE("an invitation that is accepted and revoked at the same moment is one or the other", "[concurrency]") {
  World world;
  const auto account = world.account("gx624", 100);
  std::vector<InvitationId> invitations;
  for (int i = 0; i < rounds; ++i)
    invitations.push_back(world.invited_user(account, "user" + std::to_string(i) + "@gx624.example"));
  MemoryLog log;
  Threaded threaded(world, log);
  std::uint32_t accepted = 0;
  for (const auto& invitation : invitations) {
    const auto outcomes =
        threaded.all_at_once({threaded.request(nobody().holding(link_of(invitation)).choosing_a_password(),
                                               AcceptInvite{Secret{"token"}, true, Secret{"a good password"}, {}}),
                              threaded.request(account.owner, RevokeInvitation{account.id, invitation})});
    CHECK(accepted_in(outcomes) == 1);
    accepted += outcomes[0].accepted();
    if (outcomes[0].accepted())
      outcomes[1].then(Code::invitation_not_open);
    else
      outcomes[0].then(Code::invitation_revoked);
  }
  CHECK(threaded.account(account.id).seats_used == 1 + accepted);
}

TEST_CASE("of two admins who deactivate each other at the same moment one stays", "[concurrency]") {
  World world;
  const auto account = world.account("gx624", 100);
  std::vector<std::pair<Member, Member>> pairs;
  for (int i = 0; i < rounds; ++i) {
    auto left = world.admin(account, "left" + std::to_string(i) + "@gx624.example");
    auto right = world.admin(account, "right" + std::to_string(i) + "@gx624.example");
    pairs.emplace_back(std::move(left), std::move(right));
  }
  MemoryLog log;
  Threaded threaded(world, log);
  for (const auto& [left, right] : pairs) {
    const auto outcomes =
        threaded.all_at_once({threaded.request(left, DeactivateUser{account.id, right.id, {}, {}, {}, {}}),
                              threaded.request(right, DeactivateUser{account.id, left.id, {}, {}, {}, {}})});
    CHECK(accepted_in(outcomes) == 1);
    // His sessions went with the other's membership: he is not even asked who he wanted out.
    for (const auto& outcome : outcomes)
      if (!outcome.accepted()) outcome.then(Code::not_authenticated);
    const auto active = [&](const Member& one) { return threaded.member(one.id).status == MemberStatus::active; };
    CHECK(active(left) != active(right));
  }
}

TEST_CASE("a record assigned between preview and process is never lost on the way", "[concurrency]") {
  World world;
  const auto account = world.account("gx624", 100);
  const auto given_to = [&](const Member& to) { return ratio(RecordKind::contact, {{to.id, 1}}); };
  std::vector<Member> leavers;
  for (int i = 0; i < rounds; ++i) {
    leavers.push_back(world.user(account, "user" + std::to_string(i) + "@gx624.example"));
    world.records(leavers.back(), RecordKind::contact, 3);
  }
  const auto strays = world.records(account.owner, RecordKind::contact, rounds);

  MemoryLog log;
  Threaded threaded(world, log);
  SECTION("assigned before: the plan is refused with the counts as they are now") {
    threaded.when(account.owner, AssignRecord{account.id, RecordKind::contact, strays[0], leavers[0].id})
        .then<RecordAssigned>();
    const auto refused = threaded.when(
        account.owner,
        DeactivateUser{account.id, leavers[0].id, RecordCounts{3, 0, 0}, {}, std::vector{given_to(account.owner)}, {}});
    refused.then(Code::assignment_counts_changed);
    const auto& details = std::get<Rejection>(refused.answer().outcome).details;
    REQUIRE_FALSE(details.empty());
    CHECK(details[0] == detail("contacts", std::uint64_t{4}));
  }
  SECTION("assigned at the same moment: the record comes to somebody who is there") {
    for (int i = 0; i < rounds; ++i) {
      const auto& leaver = leavers[static_cast<std::size_t>(i)];
      const auto outcomes = threaded.all_at_once(
          {threaded.request(account.owner, AssignRecord{account.id, RecordKind::contact,
                                                        strays[static_cast<std::size_t>(i)], leaver.id}),
           threaded.request(
               account.owner,
               DeactivateUser{
                   account.id, leaver.id, RecordCounts{3, 0, 0}, {}, std::vector{given_to(account.owner)}, {}})});
      CHECK(accepted_in(outcomes) == 1);
      const auto now = threaded.member(leaver.id);
      if (outcomes[0].accepted()) {
        outcomes[1].then(Code::assignment_counts_changed);
        CHECK(now.status == MemberStatus::active);
        CHECK(now.open.contacts == 4);
      } else {
        outcomes[0].then(Code::target_not_active);
        CHECK(now.status != MemberStatus::active);
        CHECK(now.open.contacts == 0);
      }
    }
  }
}

TEST_CASE("work in slices rests while it is held, with commands going on, and is done afterwards", "[concurrency]") {
  World world;
  const auto account = world.account("gx624", 10);
  const auto una = world.user(account, "una@gx624.example");
  world.records(una, RecordKind::contact, 2'500);
  MemoryLog log;
  Threaded threaded(world, log);
  threaded.writer().hold_work(true);
  threaded.when(account.owner, ReassignRecords{account.id, una.id, {2'500, 0, 0}, {}, {unassign(RecordKind::contact)}})
      .then<ReassignmentStarted>();
  const auto size = log.size();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  CHECK(log.size() == size);
  threaded.when(account.owner, ConfigureAccount{account.id, "mine"}).then<AccountConfigured>();
  CHECK(threaded.member(una.id).open.contacts == 2'500);
  threaded.writer().hold_work(false);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (threaded.member(una.id).reassigning && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  CHECK(threaded.member(una.id).open.contacts == 0);
}

TEST_CASE("a full queue takes nothing more, and answers all that it took", "[concurrency]") {
  World world;
  const auto account = world.account("gx624", 10);
  MemoryLog stored;
  GatedLog log(stored);
  WriterOptions options;
  options.queue_max = 3;
  options.batch_commands_max = 1;
  Threaded threaded(world, log, options);

  log.close();
  std::atomic<std::size_t> answered{0};
  std::size_t taken = 0;
  const auto offer = [&](std::size_t n) {
    auto [command, context] = threaded.request(
        account.owner, RegisterRecord{account.id, RecordKind::contact, record_id("contact-" + std::to_string(n)), {}});
    return threaded.writer().submit(std::move(command), std::move(context), [&](const Answer&) { ++answered; });
  };
  // One waits for the disk, one is decided behind it, three are queued: the rest is turned away.
  std::size_t refused = 0;
  for (std::size_t n = 0; refused == 0; ++n) {
    REQUIRE(n <= 5);
    if (offer(n))
      ++taken;
    else
      ++refused;
  }
  CHECK(taken >= options.queue_max);
  CHECK(threaded.writer().queued() <= options.queue_max);
  CHECK(answered == 0);

  const auto before = stored.size();
  log.open();
  threaded.writer().stop();
  CHECK(answered == taken);
  CHECK(stored.size() == before + taken);
  CHECK_FALSE(offer(1'000));
  CHECK(answered == taken);
}

TEST_CASE("a writer that stops has finished what it accepted from everybody", "[concurrency]") {
  World world;
  const auto account = world.account("gx624", 10);
  const TemporaryFolder folder;
  const auto log = open_log(folder / "log");
  const auto before = world.log.size();
  std::atomic<std::uint64_t> taken{0}, answered{0};
  {
    Threaded threaded(world, *log);
    std::vector<std::vector<Threaded::Request>> requests(4);
    std::size_t made = 0;
    for (auto& some : requests)
      for (int n = 0; n < 500; ++n)
        some.push_back(threaded.request(
            account.owner,
            RegisterRecord{account.id, RecordKind::contact, record_id("contact-" + std::to_string(made++)), {}}));
    std::vector<std::thread> threads;
    for (auto& some : requests)
      threads.emplace_back([&] {
        for (auto& [command, context] : some) {
          if (!threaded.writer().submit(std::move(command), std::move(context), [&](const Answer&) { ++answered; }))
            break;
          ++taken;
        }
      });
    while (answered == 0) std::this_thread::yield();
    threaded.writer().stop();
    CHECK(answered == log->size() - before);
    for (auto& thread : threads) thread.join();
    CHECK(answered == taken);
  }
  CHECK(log->size() == before + taken);
}

namespace {

// A commit step that is slower than whoever decides: the first batch waits until as many are on their way as may be.
class SlowCommit final : public Commit {
 public:
  SlowCommit(Log& log, const SigningKey& signer, std::size_t pending_max)
      : appender_(log, signer), pending_max_(pending_max), thread_([this] { work(); }) {}
  ~SlowCommit() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      wake_.notify_one();
    }
    thread_.join();
  }
  std::size_t pending_max() const override { return pending_max_; }
  void commit(Batch batch, bool, Done done) override {
    const std::lock_guard lock(mutex_);
    orders_.emplace_back(std::move(batch), std::move(done));
    most_ = std::max(most_, orders_.size() + (busy_ ? 1 : 0));
    std::size_t bytes = 0;
    for (const auto& entry : orders_.back().first.entries) bytes += entry.size();
    largest_ = std::max(largest_, bytes);
    wake_.notify_one();
  }
  std::size_t most() const { return most_; }        // batches on their way at once
  std::size_t largest() const { return largest_; }  // bytes of entries in a batch

 private:
  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait(lock, [&] { return stopping_ || !orders_.empty(); });
      if (orders_.empty()) return;
      auto [batch, done] = std::move(orders_.front());
      orders_.pop_front();
      busy_ = true;
      if (most_ < pending_max_ && !gave_up_)
        gave_up_ = !wake_.wait_for(lock, std::chrono::seconds(20), [&] { return most_ >= pending_max_; });
      lock.unlock();
      appender_.append(std::move(batch));
      lock.lock();
      busy_ = false;
      lock.unlock();
      done(nullptr);
      lock.lock();
    }
  }

  Appender appender_;
  std::size_t pending_max_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::pair<Batch, Done>> orders_;
  std::size_t most_ = 0;
  std::size_t largest_ = 0;
  bool busy_ = false;
  bool gave_up_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace

TEST_CASE("a commit step may have several batches on their way: answers come in the log's order", "[concurrency]") {
  World world;
  const auto account = world.account("gx624", 10);
  MemoryLog log;
  const auto signer = new_signer();
  carry_over(world, log, signer);
  const auto before = log.size();
  SlowCommit commit(log, signer, 3);
  std::vector<Position> told;
  constexpr std::size_t commands = 400;
  {
    WriterOptions options;
    options.batch_commands_max = 8;
    options.batch_bytes_max = 1'500;
    options.now = [now = world.now] { return now; };
    options.fresh_seed = random_seed;
    WriterThread writer(log, commit, world.keys, world.claims(), options);
    std::atomic<bool> taken{true};
    for (std::size_t i = 0; i < commands; ++i) {
      const RegisterRecord asked{account.id, RecordKind::contact, record_id("contact-" + std::to_string(i)), {}};
      if (!writer.submit(asked, world.context(account.owner), [&](const Answer& answer) {
            for (const auto& one : std::get<0>(answer.outcome)) told.push_back(one.envelope.position);
          }))
        taken = false;
    }
    writer.stop();
    CHECK(taken);
  }
  REQUIRE(told.size() == commands);
  for (std::size_t i = 0; i < commands; ++i) CHECK(told[i] == before + i);
  CHECK(log.size() == before + commands);
  CHECK(digest_of(*log.state().rows) == log.state().digest);
  CHECK(commit.most() == 3);
  CHECK(commit.largest() < 2'000);  // at most one command over the bound: eight would be more
}

TEST_CASE("a command that comes alone is not answered before those of the batch in front of it", "[concurrency]") {
  World world;
  const auto account = world.account("gx624", 10);
  const TemporaryFolder folder;
  const auto log = open_log(folder / "log");
  Threaded threaded(world, *log);
  std::map<char, Threaded::Request> requests;  // made here: whoever sends them may be another thread
  for (const char name : {'a', 'b', 'c', 'd'})
    requests.emplace(
        name, threaded.request(account.owner,
                               RegisterRecord{account.id, RecordKind::contact, record_id(std::string(1, name)), {}}));
  std::string told;
  std::mutex mutex;
  std::condition_variable more;
  std::atomic<bool> taken{true};
  const auto offer = [&](char name, const std::function<void()>& first) {
    auto& [command, context] = requests.at(name);
    if (!threaded.writer().submit(std::move(command), std::move(context), [&, name, first](const Answer&) {
          first();
          const std::lock_guard lock(mutex);
          told += name;
          more.notify_all();
        }))
      taken = false;
  };
  const auto nothing = [] {};
  std::latch sent(1);
  offer('a', [&] { sent.wait(); });  // so that the next two make a batch, which whoever decides does not commit
  offer('b', [&] {
    offer('d', nothing);
    std::unique_lock lock(mutex);
    more.wait_for(lock, std::chrono::milliseconds(300), [&] { return told.back() == 'd'; });
  });
  offer('c', nothing);
  sent.count_down();
  {
    std::unique_lock lock(mutex);
    more.wait_for(lock, std::chrono::seconds(20), [&] { return told.size() == 4; });
  }
  threaded.writer().stop();
  CHECK(taken);
  CHECK(told == "abcd");
}

TEST_CASE("when the log fails nothing is answered any more, and somebody is told", "[concurrency]") {
  World world;
  const auto account = world.account("gx624", 10);
  MemoryLog stored;
  GatedLog log(stored);
  std::promise<std::string> failure;
  WriterOptions options;
  options.on_failure = [&](const std::string& what) { failure.set_value(what); };
  std::atomic<std::uint64_t> durable_reports{0};
  options.on_durable = [&](Position) { ++durable_reports; };
  Threaded threaded(world, log, options);

  const auto offer = [&](const std::string& record, WriterThread::Reply reply) {
    auto [command, context] =
        threaded.request(account.owner, RegisterRecord{account.id, RecordKind::contact, record_id(record), {}});
    return threaded.writer().submit(std::move(command), std::move(context), std::move(reply));
  };
  threaded.when(account.owner, RegisterRecord{account.id, RecordKind::contact, record_id("first"), {}})
      .then<RecordRegistered>();
  const auto size = stored.size();

  log.close();
  log.fail_from_now_on();
  std::atomic<std::uint64_t> answered{0};
  for (int n = 0; n < 10; ++n) REQUIRE(offer("contact-" + std::to_string(n), [&](const Answer&) { ++answered; }));
  log.open();
  CHECK_THAT(failure.get_future().get(), Catch::Contains("the disk is gone"));
  CHECK_FALSE(offer("another", [&](const Answer&) { ++answered; }));
  threaded.writer().stop();
  CHECK(answered == 0);
  CHECK(log.failures() == 1);  // not tried a second time: nobody knows what the first has written
  CHECK(stored.size() == size);
}
