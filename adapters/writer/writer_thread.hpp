// The writer's threads: one decides, one makes batches durable, so that a batch is decided while the one before syncs.
// A third issues data keys ahead of need.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "domain/engine/writer.hpp"

namespace rollcall {

struct WriterOptions {
  std::size_t queue_max = 4'096;           // commands waiting; more are refused, callers try again
  std::size_t batch_commands_max = 1'024;  // in one batch, one fsync
  std::size_t batch_bytes_max = 1024 * 1024;
  std::function<Time()> now;              // for slices of work; required
  std::function<Ids::Seed()> fresh_seed;  // likewise
  // Called on the writer's threads when the storage failed or reasoning broke: nothing is answered any more and the
  // process has to end. The default says why and exits with 75 at once.
  std::function<void(const std::string& what)> on_failure;
  // Called behind the answers to a batch with the log's size, which may be what it was.
  std::function<void(Position size)> on_durable;
};

class WriterThread {
 public:
  // Called once per command, on one of the writer's threads, when what it says is durable. Must not block.
  using Reply = std::function<void(Answer)>;

  // All must outlive it. Starts its threads; goes on with work that a restart interrupted.
  WriterThread(Log& log, KeyStore& keys, const SigningKey& signer, const Claims& claims, WriterOptions options);
  ~WriterThread();
  WriterThread(const WriterThread&) = delete;
  WriterThread& operator=(const WriterThread&) = delete;

  // Takes a command into the queue. False when it is full or the writer stops: nothing happens then.
  [[nodiscard]] bool submit(Command command, Context context, Reply reply);
  // Takes no more commands, finishes those it has, then returns. Work in slices stays for the next start.
  void stop();

  std::size_t queued() const;
  std::uint64_t batches() const { return batches_.load(std::memory_order_relaxed); }
  std::uint64_t commands() const { return commands_.load(std::memory_order_relaxed); }

 private:
  struct Asked {
    Command command;
    Context context;
    Reply reply;
  };
  struct Answered {
    Reply reply;
    Answer answer;
  };
  struct Closed {
    Batch batch;
    std::vector<Answered> answers;
  };

  void decide_batches();
  void write_batches();
  void pass_on();
  void make_durable(Batch batch);
  void answer(std::vector<Answered>& answers, Position size);
  void take_note();
  void issue_keys();
  void fail(const std::string& what);

  WriterOptions options_;
  KeyStore& keys_;
  Writer writer_;                  // the deciding thread's
  Appender appender_;              // the log thread's while it is writing, else the deciding thread's
  std::vector<Answered> answers_;  // of the open batch; the deciding thread's

  mutable std::mutex mutex_;
  std::condition_variable wake_decider_;
  std::condition_variable wake_log_;
  std::condition_variable wake_key_maker_;
  std::deque<Asked> queue_;       // under mutex_
  std::optional<Closed> handed_;  // under mutex_: the batch on its way to the log thread
  bool writing_ = false;          // under mutex_: a batch is handed over and not yet durable
  bool became_durable_ = false;   // under mutex_: the deciding thread has not taken note yet
  bool stopping_ = false;         // under mutex_
  bool deciding_done_ = false;    // under mutex_
  bool failed_ = false;           // under mutex_
  KeyNumber keys_wanted_ = 0;     // under mutex_

  std::atomic<std::uint64_t> batches_{0};
  std::atomic<std::uint64_t> commands_{0};
  std::thread decider_;
  std::thread log_thread_;
  std::thread key_maker_;
};

}  // namespace rollcall
