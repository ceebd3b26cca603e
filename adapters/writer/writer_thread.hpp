// The writer's threads: one decides, and hands its batches to the commit step, so that a batch is decided while those
// before it become durable; another issues data keys ahead of need.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "domain/engine/commit.hpp"
#include "domain/engine/writer.hpp"

namespace rollcall {

struct WriterOptions {
  std::size_t queue_max = 4'096;           // commands waiting; more are refused, callers try again
  std::size_t batch_commands_max = 1'024;  // in one batch, one fsync
  std::size_t batch_bytes_max = 1024 * 1024;
  std::function<Time()> now;                // for slices of work; required
  std::function<Ids::Seed()> fresh_seed;    // likewise
  Writer::TellsRefusal tells_refusal = {};  // called on the decider's thread
  // Called on one of its threads or the commit step's when the storage failed or reasoning broke: nothing is answered
  // any more and the process has to end. The default says why and exits with 75 at once.
  std::function<void(const std::string& what)> on_failure;
  // Called behind the answers to a batch with the log's size, which may be what it was.
  std::function<void(Position size)> on_durable;
};

class WriterThread {
 public:
  // Called once per command, where the commit step tells, when what it says is durable. Must not block, nor throw.
  using Reply = std::function<void(Answer)>;

  // All must outlive it. Starts its threads; goes on with work that a restart interrupted.
  WriterThread(const LogReader& log, Commit& commit, KeyStore& keys, const Claims& claims, WriterOptions options);
  ~WriterThread();
  WriterThread(const WriterThread&) = delete;
  WriterThread& operator=(const WriterThread&) = delete;

  // Takes a command into the queue. False when it is full or the writer stops: nothing happens then.
  [[nodiscard]] bool submit(Command command, Context context, Reply reply);
  // Lets work in slices rest, or go on: what should not be written by commands is not written by itself either.
  void hold_work(bool held);
  // Takes no more commands, finishes those it has, then returns. Work in slices stays for the next start.
  void stop();

  std::size_t queued() const;
  std::uint64_t batches() const { return batches_.load(std::memory_order_relaxed); }
  std::uint64_t commands() const { return commands_.load(std::memory_order_relaxed); }
  // Commands that reasoning broke at, each of which has said so in the log of the program.
  std::uint64_t faults() const { return faults_.load(std::memory_order_relaxed); }

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
  // A batch on its way.
  struct Pending {
    std::vector<Answered> answers;
    Position size = 0;  // of the log, with it
    bool empty = false;
  };

  void decide_batches();
  void pass_on();
  void told(const std::exception_ptr& failure);
  void take_note();
  void issue_keys();
  void fail(const std::exception_ptr& why);

  WriterOptions options_;
  KeyStore& keys_;
  Commit& commit_;
  Writer writer_;                  // the deciding thread's
  std::vector<Answered> answers_;  // of the open batch; the deciding thread's

  mutable std::mutex mutex_;
  std::condition_variable wake_decider_;
  std::condition_variable wake_key_maker_;
  std::condition_variable wake_stop_;
  std::deque<Asked> queue_;      // under mutex_
  std::deque<Pending> pending_;  // under mutex_: the oldest first
  std::size_t durable_ = 0;      // under mutex_: batches that the deciding thread has not taken note of yet
  std::size_t answering_ = 0;    // under mutex_: batches whose callers are being told
  bool stopping_ = false;        // under mutex_
  bool work_held_ = false;       // under mutex_
  bool deciding_done_ = false;   // under mutex_
  bool failed_ = false;          // under mutex_
  KeyNumber keys_wanted_ = 0;    // under mutex_

  std::atomic<std::uint64_t> batches_{0};
  std::atomic<std::uint64_t> commands_{0};
  std::atomic<std::uint64_t> faults_{0};
  std::thread decider_;
  std::thread key_maker_;
};

}  // namespace rollcall
