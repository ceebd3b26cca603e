#include "adapters/writer/writer_thread.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <utility>

#include <pthread.h>
#include <spdlog/spdlog.h>

namespace rollcall {
namespace {

constexpr int storage_failed = 75;  // EX_TEMPFAIL: a supervisor must not restart in a loop

[[noreturn]] void exit_now(const std::string& what) {
  spdlog::critical("{}: nothing more is answered, exiting", what);
  spdlog::shutdown();
  std::_Exit(storage_failed);
}

}  // namespace

WriterThread::WriterThread(const LogReader& log, Commit& commit, KeyStore& keys, const Claims& claims,
                           WriterOptions options)
    : options_(std::move(options)), keys_(keys), commit_(commit), writer_(log, keys, claims) {
  writer_.tell_refusals(options_.tells_refusal);
  if (!options_.on_failure) options_.on_failure = exit_now;
  decider_ = std::thread([this] { decide_batches(); });
  key_maker_ = std::thread([this] { issue_keys(); });
}

WriterThread::~WriterThread() { stop(); }

bool WriterThread::submit(Command command, Context context, Reply reply) {
  const std::lock_guard lock(mutex_);
  if (stopping_ || failed_ || queue_.size() >= options_.queue_max) return false;
  queue_.push_back({std::move(command), std::move(context), std::move(reply)});
  if (queue_.size() == 1) wake_decider_.notify_one();
  return true;
}

void WriterThread::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_decider_.notify_one();
  }
  if (decider_.joinable()) decider_.join();
  if (key_maker_.joinable()) key_maker_.join();
  // The commit step still tells of what it has, whatever came of it.
  std::unique_lock lock(mutex_);
  wake_stop_.wait(lock, [&] { return pending_.empty() && answering_ == 0; });
}

std::size_t WriterThread::queued() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

void WriterThread::hold_work(bool held) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(work_held_, held) != held) wake_decider_.notify_one();
}

void WriterThread::decide_batches() try {
  ::pthread_setname_np(::pthread_self(), "decider");
  const auto pending_max = commit_.pending_max();
  std::vector<Asked> asked;
  bool worked = false;  // in the batch before
  while (true) {
    bool closing = false, working = false;
    {
      std::unique_lock lock(mutex_);
      const bool open = !answers_.empty() || !writer_.batch_is_empty();
      wake_decider_.wait(lock, [&] {
        working = writer_.has_work() && !stopping_ && !work_held_;
        return failed_ || !queue_.empty() || durable_ > 0 || ((open || working) && pending_.size() < pending_max) ||
               (stopping_ && pending_.empty());
      });
      if (failed_) return;
      while (durable_ > 0) {
        --durable_;
        lock.unlock();
        take_note();
        lock.lock();
      }
      const auto room = options_.batch_commands_max - std::min(answers_.size(), options_.batch_commands_max);
      while (!queue_.empty() && asked.size() < room && writer_.batch_bytes() < options_.batch_bytes_max) {
        asked.push_back(std::move(queue_.front()));
        queue_.pop_front();
      }
      closing = pending_.size() < pending_max;
      if (stopping_ && queue_.empty() && asked.empty() && !open && pending_.empty()) break;
      // A full batch has nothing to decide until another one may be on its way.
      if (asked.empty() && !closing && durable_ == 0 && !queue_.empty()) {
        wake_decider_.wait(lock, [&] { return failed_ || durable_ > 0; });
        continue;
      }
    }
    std::size_t decided = 0;
    for (; decided < asked.size() && writer_.batch_bytes() < options_.batch_bytes_max; ++decided) {
      auto& one = asked[decided];
      auto answer = writer_.handle(one.command, std::move(one.context));
      if (const auto* fault = std::get_if<Undecided>(&answer.outcome)) {
        ++faults_;
        spdlog::error("a command could not be decided, and nothing of it happened: {}", fault->what);
      }
      answers_.push_back({std::move(one.reply), std::move(answer)});
    }
    commands_.fetch_add(decided, std::memory_order_relaxed);
    if (decided < asked.size()) {  // the batch is full: they are the next one's first
      const std::lock_guard lock(mutex_);
      queue_.insert(queue_.begin(), std::make_move_iterator(asked.begin() + static_cast<std::ptrdiff_t>(decided)),
                    std::make_move_iterator(asked.end()));
    }
    asked.clear();
    if (closing) {
      // A slice of work takes as long as a hundred commands: whoever waits is not made to wait for one each time.
      // What was just decided may have begun some: it waits for the next turn.
      worked = working && writer_.has_work() && (answers_.empty() || !worked);
      if (worked) writer_.work(options_.now(), options_.fresh_seed());
      if (!answers_.empty() || !writer_.batch_is_empty()) pass_on();
    }
  }
  const std::lock_guard lock(mutex_);
  deciding_done_ = true;
  wake_key_maker_.notify_one();
} catch (...) {
  fail(std::current_exception());
}

void WriterThread::pass_on() {
  auto batch = writer_.close();
  bool alone;
  {
    const std::lock_guard lock(mutex_);
    // While those of the batch before are being answered on the commit step's thread, this one's wait behind them.
    alone = queue_.empty() && answers_.size() <= 1 && pending_.empty() && answering_ == 0;
    pending_.push_back({std::exchange(answers_, {}), batch.end(), batch.entries.empty() && batch.state.empty()});
  }
  commit_.commit(std::move(batch), alone, [this](const std::exception_ptr& failure) { told(failure); });
}

// The commit step tells: the oldest batch on its way is durable, or will never be.
void WriterThread::told(const std::exception_ptr& failure) {
  if (failure) fail(failure);
  Pending batch;
  {
    const std::lock_guard lock(mutex_);
    batch = std::move(pending_.front());
    pending_.pop_front();
    ++answering_;
    if (!failure) ++durable_;
    wake_decider_.notify_one();
  }
  if (!failure) try {
      if (!batch.empty) batches_.fetch_add(1, std::memory_order_relaxed);
      for (auto& [reply, answer] : batch.answers) reply(std::move(answer));
      if (options_.on_durable) options_.on_durable(batch.size);
    } catch (...) {
      fail(std::current_exception());
    }
  const std::lock_guard lock(mutex_);
  --answering_;
  if (stopping_) wake_stop_.notify_one();
}

void WriterThread::take_note() {
  writer_.durable();
  const auto wanted = writer_.keys_wanted();
  if (!wanted) return;
  const std::lock_guard lock(mutex_);
  keys_wanted_ = *wanted;
  wake_key_maker_.notify_one();
}

// Wrapping a thousand keys and syncing them takes milliseconds, which no command should wait.
void WriterThread::issue_keys() try {
  ::pthread_setname_np(::pthread_self(), "keys");
  constexpr KeyNumber at_once = 256;
  while (true) {
    KeyNumber wanted;
    {
      std::unique_lock lock(mutex_);
      wake_key_maker_.wait(lock, [&] { return failed_ || deciding_done_ || keys_.issued() < keys_wanted_; });
      if (failed_ || deciding_done_) return;
      wanted = keys_wanted_;
    }
    keys_.issue_up_to(std::min(wanted, keys_.issued() + at_once));
  }
} catch (...) {
  fail(std::current_exception());
}

void WriterThread::fail(const std::exception_ptr& why) {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(failed_, true)) return;
    wake_decider_.notify_one();
    wake_key_maker_.notify_one();
  }
  try {
    std::rethrow_exception(why);
  } catch (const std::exception& error) {
    options_.on_failure(error.what());
  }
}

}  // namespace rollcall
