#include "adapters/writer/local_commit.hpp"

#include <stdexcept>
#include <utility>

#include <pthread.h>

namespace rollcall {

LocalCommit::LocalCommit(Log& log, const SigningKey& signer)
    : appender_(log, signer), thread_([this] { write_batches(); }) {}

LocalCommit::~LocalCommit() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_one();
  }
  thread_.join();
}

// Waking the thread for a batch that nobody works beside would only take time.
void LocalCommit::commit(Batch batch, bool alone, Done done) {
  if (alone) return done(make_durable(std::move(batch)));
  const std::lock_guard lock(mutex_);
  if (order_) throw std::logic_error("a batch is on its way already");
  order_ = Order{std::move(batch), std::move(done)};
  wake_.notify_one();
}

void LocalCommit::write_batches() {
  ::pthread_setname_np(::pthread_self(), "log");
  while (true) {
    Order order;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return order_ || stopping_; });
      if (!order_) return;
      order = std::move(*order_);
      order_.reset();
    }
    auto failure = make_durable(std::move(order.batch));
    order.done(std::move(failure));
  }
}

std::exception_ptr LocalCommit::make_durable(Batch batch) try {
  if (failed_) throw std::logic_error("a batch before this one failed");
  if (!batch.entries.empty() || !batch.state.empty()) appender_.append(std::move(batch));
  return nullptr;
} catch (...) {
  failed_ = true;
  return std::current_exception();
}

}  // namespace rollcall
