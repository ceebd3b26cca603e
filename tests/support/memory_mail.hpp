// The post in memory: what adapters/mail promises, without files and servers.
#pragma once

#include <algorithm>
#include <mutex>
#include <vector>

#include "domain/engine/ports.hpp"

namespace rollcall {

class MemoryMail final : public Mail {
 public:
  void send(const Letter& letter) override {
    const std::lock_guard lock(mutex_);
    std::erase_if(letters_, [&](const Letter& known) { return known.name == letter.name; });
    letters_.push_back(letter);
    ++times_sent_;
  }
  void forget_expired(Time now) override {
    const std::lock_guard lock(mutex_);
    std::erase_if(letters_, [&](const Letter& letter) { return letter.expires_at <= now; });
  }

  // What lies there, in the order in which it came.
  std::vector<Letter> letters() const {
    const std::lock_guard lock(mutex_);
    return letters_;
  }
  // Letters that came twice count twice.
  std::size_t times_sent() const {
    const std::lock_guard lock(mutex_);
    return times_sent_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Letter> letters_;
  std::size_t times_sent_ = 0;
};

}  // namespace rollcall
