// Batches made durable in the log of this machine, on a thread of its own.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "domain/engine/commit.hpp"
#include "domain/engine/writer.hpp"

namespace rollcall {

class LocalCommit final : public Commit {
 public:
  // Both must outlive it. Throws LogDamaged as Appender does.
  LocalCommit(Log& log, const SigningKey& signer);
  // Finishes the batch on its way first.
  ~LocalCommit() override;
  LocalCommit(const LocalCommit&) = delete;
  LocalCommit& operator=(const LocalCommit&) = delete;

  // One sync at a time: what is decided meanwhile becomes one batch, which costs one sync as well.
  std::size_t pending_max() const override { return 1; }
  void commit(Batch batch, bool alone, Done done) override;

 private:
  struct Order {
    Batch batch;
    Done done;
  };
  void write_batches();
  // What `done` is to be told.
  std::exception_ptr make_durable(Batch batch);

  Appender appender_;    // whose batch is on its way, has it
  bool failed_ = false;  // likewise
  std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<Order> order_;  // under mutex_
  bool stopping_ = false;       // under mutex_
  std::thread thread_;
};

}  // namespace rollcall
