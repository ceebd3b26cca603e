// Decorators of the ports that fail the N-th call, so that a test can walk N through everything a piece of code does.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

#include "domain/engine/ports.hpp"
#include "events/log.hpp"

namespace rollcall {

class InjectedFault : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Counts calls; the N-th (from 1) throws InjectedFault, either before anything is done or after all of it: a caller
// cannot tell from a failed call which it was. Later calls succeed, so that going on after a fault shows. 0: none
// fails.
class Fault {
 public:
  enum class When : std::uint8_t { before, after };

  explicit Fault(std::uint64_t nth, When when = When::before) : nth_(nth), when_(when) {}

  // Makes the call, or fails it.
  template <class Call>
  auto operator()(Call call) {
    if (++calls_ != nth_) return call();
    happened_ = true;
    if (when_ == When::after) call();
    throw InjectedFault("injected into call " + std::to_string(nth_));
  }

  bool happened() const { return happened_; }
  std::uint64_t calls() const { return calls_; }

 private:
  std::uint64_t nth_;
  When when_;
  std::uint64_t calls_ = 0;
  bool happened_ = false;
};

// Not thread-safe; all refer to what they decorate and to the fault, which may be common to several of them.
class FailingLog final : public Log {
 public:
  FailingLog(Log& log, Fault& fault) : log_(log), fault_(fault) {}

  Position size() const override { return log_.size(); }
  void read(Position from, const Visit& visit) const override {
    fault_([&] { log_.read(from, visit); });
  }
  std::optional<std::string> entry(Position position) const override {
    return fault_([&] { return log_.entry(position); });
  }
  std::optional<std::string> tile(unsigned level, std::uint64_t index) const override {
    return fault_([&] { return log_.tile(level, index); });
  }
  std::optional<std::string> frontier() const override {
    return fault_([&] { return log_.frontier(); });
  }
  std::optional<std::string> checkpoint() const override {
    return fault_([&] { return log_.checkpoint(); });
  }
  Position batch_end(Position size) const override {
    return fault_([&] { return log_.batch_end(size); });
  }
  State state() const override {
    return fault_([&] { return log_.state(); });
  }
  void append(const Batch& batch) override {
    fault_([&] { log_.append(batch); });
  }
  void correct_state(const RowChanges& changes, const RowsDigest& digest) override {
    fault_([&] { log_.correct_state(changes, digest); });
  }

 private:
  Log& log_;
  Fault& fault_;
};

class FailingKeys final : public KeyStore {
 public:
  FailingKeys(KeyStore& keys, Fault& fault) : keys_(keys), fault_(fault) {}

  std::optional<DataKey> find(KeyNumber number) const override {
    return fault_([&] { return keys_.find(number); });
  }
  KeyNumber issued() const override { return keys_.issued(); }
  void issue_up_to(KeyNumber number) override {
    fault_([&] { keys_.issue_up_to(number); });
  }
  void destroy(KeyNumber number) override {
    fault_([&] { keys_.destroy(number); });
  }
  DataKey secret(std::string_view purpose) override {
    return fault_([&] { return keys_.secret(purpose); });
  }

 private:
  KeyStore& keys_;
  Fault& fault_;
};

class FailingViewStore final : public ViewStore {
 public:
  FailingViewStore(ViewStore& store, Fault& fault) : store_(store), fault_(fault) {}

  Snapshot snapshot() const override {
    return fault_([&] { return store_.snapshot(); });
  }
  void commit(const RowChanges& changes, const Progress& progress) override {
    fault_([&] { store_.commit(changes, progress); });
  }

 private:
  ViewStore& store_;
  Fault& fault_;
};

class FailingMail final : public Mail {
 public:
  FailingMail(Mail& mail, Fault& fault) : mail_(mail), fault_(fault) {}

  void send(const Letter& letter) override {
    fault_([&] { mail_.send(letter); });
  }
  void forget_expired(Time now) override {
    fault_([&] { mail_.forget_expired(now); });
  }

 private:
  Mail& mail_;
  Fault& fault_;
};

class FailingClock final : public Clock {
 public:
  FailingClock(const Clock& clock, Fault& fault) : clock_(clock), fault_(fault) {}

  Time now() const override {
    return fault_([&] { return clock_.now(); });
  }
  Duration monotonic() const override {
    return fault_([&] { return clock_.monotonic(); });
  }

 private:
  const Clock& clock_;
  Fault& fault_;
};

}  // namespace rollcall
