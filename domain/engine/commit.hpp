// The commit step as an asynchronous port: "make this batch durable, then tell me". adapters/writer has its first
// sibling, the local log; a log that several machines share is another.
#pragma once

#include <cstddef>
#include <exception>
#include <functional>

#include "events/log.hpp"

namespace rollcall {

class Commit {
 public:
  // `failure` is null when the batch and all before it are durable. Otherwise it is not known what became of the batch:
  // nothing more may be committed or acknowledged.
  using Done = std::function<void(std::exception_ptr failure)>;

  virtual ~Commit() = default;

  // How many batches may be on their way at once: handed over, and not done. At least one; does not change.
  virtual std::size_t pending_max() const = 0;
  // Takes a batch, each one where the one before ends, from one thread at a time. `done` is called once, on whatever
  // thread, in the order of the batches, and throws nothing. A batch without entries and changes is done when those
  // before it are.
  // `alone`: none is on its way, and the caller has nothing to do meanwhile: the work may be done, and `done` called,
  // before this returns.
  virtual void commit(Batch batch, bool alone, Done done) = 0;
};

}  // namespace rollcall
