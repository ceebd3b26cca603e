#include "tools/server/followers/followers.hpp"

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>

#include <pthread.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tools/installation/own_context.hpp"

namespace rollcall {
namespace {

constexpr Duration jump_max = hours(1);
constexpr Duration silence_max = days(31);
constexpr std::size_t due_at_once = 256;

Time last_recorded(const Installation& installation) {
  const auto snapshot = installation.log().state();
  return State(*snapshot.rows, installation.keys(), installation.claims()).meta().recorded_at;
}

}  // namespace

void let_commands_go_first() {
  constexpr int niceness = 10;
  if (::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness) != 0)
    spdlog::warn("a follower runs with the priority of commands: {}", std::strerror(errno));
}

// ---- Repeating ----------------------------------------------------------------------------------------------------

Repeating::Repeating(std::string name, Duration every, std::function<void()> step)
    : name_(std::move(name)), every_(every), thread_([this, step = std::move(step)] { run(step); }) {}

Repeating::~Repeating() { stop(); }

void Repeating::wake() {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  if (idle_) wake_.notify_one();
}

void Repeating::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

std::string Repeating::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

void Repeating::run(const std::function<void()>& step) {
  // Under load one step does for many a wake, and none of them costs who wakes it anything.
  constexpr std::chrono::milliseconds rest{20};
  ::pthread_setname_np(::pthread_self(), name_.c_str());
  let_commands_go_first();
  while (true) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, rest, [&] { return stopping_; });
      idle_ = true;
      wake_.wait_for(lock, std::chrono::microseconds(every_.micros), [&] { return woken_ || stopping_; });
      idle_ = false;
      if (stopping_) return;
      woken_ = false;
    }
    std::string trouble;
    try {
      step();
    } catch (const std::exception& error) {
      trouble = error.what();
    }
    const std::lock_guard lock(mutex_);
    if (!trouble.empty() && trouble != trouble_) spdlog::warn("{}: {}", name_, trouble);
    trouble_ = std::move(trouble);
  }
}

// ---- ClockWork ----------------------------------------------------------------------------------------------------

ClockWork::ClockWork(const Installation& installation, WriterThread& writer, const Clock& clock)
    : installation_(installation),
      writer_(writer),
      clock_(clock),
      // Nobody knows how long a server was down, but so long without a single event is more likely a clock gone wrong.
      paused_(clock.now() - last_recorded(installation) > silence_max),
      offset_{clock.now().micros - clock.monotonic().micros} {}

bool ClockWork::jumped() {
  const std::lock_guard lock(mutex_);
  const Duration offset{clock_.now().micros - clock_.monotonic().micros};
  if (std::llabs(offset.micros - offset_.micros) > jump_max.micros) {
    if (!paused_.exchange(true))
      spdlog::error("the clock jumped by {} s: nothing expires until the time is confirmed",
                    (offset.micros - offset_.micros) / 1'000'000);
  } else if (!paused_) {
    offset_ = offset;  // small corrections add up and are no jump
  }
  return paused_;
}

void ClockWork::confirm() {
  const std::lock_guard lock(mutex_);
  offset_ = Duration{clock_.now().micros - clock_.monotonic().micros};
  paused_ = false;
}

void ClockWork::expire_due() {
  if (jumped() || under_way_ > 0) return;
  const auto now = clock_.now();
  const auto snapshot = installation_.log().state();
  const State state(*snapshot.rows, installation_.keys(), installation_.claims());
  std::vector<Command> due;
  state.scan(Key{InvitationDueRow::table}, {}, [&](std::string_view rest) {
    if (now < time_at_start(rest) || due.size() == due_at_once) return false;
    const auto id = id_at_end<InvitationTag>(rest);
    due.push_back(ExpireInvitation{state.get<InvitationRow>(InvitationRow::key(id)).account, id});
    return true;
  });
  state.scan(Key{SessionDueRow::table}, {}, [&](std::string_view rest) {
    if (now < time_at_start(rest) || due.size() == due_at_once) return false;
    due.push_back(EndSession{id_at_end<SessionTag>(rest)});
    return true;
  });
  state.scan(Key{AccessDueRow::table}, {}, [&](std::string_view rest) {
    if (now < time_at_start(rest) || due.size() == due_at_once) return false;
    const auto id = id_at_end<MembershipTag>(rest);
    due.push_back(ExpireAccess{state.get<MembershipRow>(MembershipRow::key(id)).account, id});
    return true;
  });
  state.scan(Key{FreezeDueRow::table}, {}, [&](std::string_view rest) {
    if (now < time_at_start(rest) || due.size() == due_at_once) return false;
    const auto id = id_at_end<MembershipTag>(rest);
    due.push_back(EndFreeze{state.get<MembershipRow>(MembershipRow::key(id)).account, id});
    return true;
  });
  for (auto& command : due) submit(std::move(command));
}

void ClockWork::submit(Command command) {
  auto context = own_context(clock_);  // before it counts as under way: a clock may fail
  ++under_way_;
  if (!writer_.submit(std::move(command), std::move(context), [this](const Answer&) { --under_way_; })) --under_way_;
}

}  // namespace rollcall
