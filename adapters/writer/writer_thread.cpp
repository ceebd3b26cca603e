#include "adapters/writer/writer_thread.hpp"

#include <algorithm>
#include <cstdlib>
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

WriterThread::WriterThread(Log& log, KeyStore& keys, const SigningKey& signer, const Claims& claims,
                           WriterOptions options)
    : options_(std::move(options)), keys_(keys), writer_(log, keys, claims), appender_(log, signer) {
  if (!options_.on_failure) options_.on_failure = exit_now;
  decider_ = std::thread([this] { decide_batches(); });
  log_thread_ = std::thread([this] { write_batches(); });
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
  if (log_thread_.joinable()) log_thread_.join();
  if (key_maker_.joinable()) key_maker_.join();
}

std::size_t WriterThread::queued() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

void WriterThread::decide_batches() try {
  ::pthread_setname_np(::pthread_self(), "decider");
  std::vector<Asked> asked;
  bool worked = false;  // in the batch before
  while (true) {
    bool closing;
    {
      std::unique_lock lock(mutex_);
      const bool working = writer_.has_work() && !stopping_;
      const bool open = !answers_.empty() || !writer_.batch_is_empty();
      wake_decider_.wait(lock, [&] {
        return failed_ || !queue_.empty() || became_durable_ || ((open || working || stopping_) && !writing_);
      });
      if (failed_) return;
      if (std::exchange(became_durable_, false)) {
        lock.unlock();
        take_note();
        lock.lock();
      }
      const auto room = options_.batch_commands_max - std::min(answers_.size(), options_.batch_commands_max);
      while (!queue_.empty() && asked.size() < room && writer_.batch_bytes() < options_.batch_bytes_max) {
        asked.push_back(std::move(queue_.front()));
        queue_.pop_front();
      }
      closing = !writing_;
      if (stopping_ && queue_.empty() && asked.empty() && !open && !writing_) break;
      // A full batch has nothing to decide until the disk is free again.
      if (asked.empty() && writing_ && !became_durable_ && !queue_.empty()) {
        wake_decider_.wait(lock, [&] { return failed_ || became_durable_; });
        continue;
      }
    }
    for (auto& one : asked) {
      auto answer = writer_.handle(one.command, std::move(one.context));
      answers_.push_back({std::move(one.reply), std::move(answer)});
    }
    commands_.fetch_add(asked.size(), std::memory_order_relaxed);
    asked.clear();
    if (closing) {
      // A slice of work takes as long as a hundred commands: whoever waits is not made to wait for one each time.
      worked = writer_.has_work() && !stopping_ && (answers_.empty() || !worked);
      if (worked) writer_.work(options_.now(), options_.fresh_seed());
      if (!answers_.empty() || !writer_.batch_is_empty()) pass_on();
    }
  }
  const std::lock_guard lock(mutex_);
  deciding_done_ = true;
  wake_log_.notify_one();
  wake_key_maker_.notify_one();
} catch (const std::exception& error) {
  fail(error.what());
}

// To the log's thread when there is, or will be, more to decide meanwhile. For a command alone waking it only takes
// time.
void WriterThread::pass_on() {
  Closed closed{writer_.close(), std::exchange(answers_, {})};
  {
    const std::lock_guard lock(mutex_);
    if (!queue_.empty() || closed.answers.size() > 1) {
      handed_ = std::move(closed);
      writing_ = true;
      wake_log_.notify_one();
      return;
    }
  }
  const auto size = closed.batch.end();
  make_durable(std::move(closed.batch));
  answer(closed.answers, size);
  take_note();
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
} catch (const std::exception& error) {
  fail(error.what());
}

void WriterThread::make_durable(Batch batch) {
  if (batch.entries.empty() && batch.state.empty()) return;
  appender_.append(std::move(batch));
  batches_.fetch_add(1, std::memory_order_relaxed);
}

void WriterThread::answer(std::vector<Answered>& answers, Position size) {
  for (auto& [reply, answer] : answers) reply(std::move(answer));
  if (options_.on_durable) options_.on_durable(size);
}

void WriterThread::write_batches() try {
  ::pthread_setname_np(::pthread_self(), "log");
  while (true) {
    Closed closed;
    {
      std::unique_lock lock(mutex_);
      wake_log_.wait(lock, [&] { return failed_ || handed_ || deciding_done_; });
      if (failed_ || !handed_) return;
      closed = std::move(*handed_);
      handed_.reset();
    }
    const auto size = closed.batch.end();
    make_durable(std::move(closed.batch));
    {
      const std::lock_guard lock(mutex_);
      writing_ = false;
      became_durable_ = true;
      wake_decider_.notify_one();
    }
    answer(closed.answers, size);
  }
} catch (const std::exception& error) {
  fail(error.what());
}

void WriterThread::fail(const std::string& what) {
  {
    const std::lock_guard lock(mutex_);
    failed_ = true;
    wake_decider_.notify_one();
    wake_log_.notify_one();
    wake_key_maker_.notify_one();
  }
  options_.on_failure(what);
}

}  // namespace rollcall
