// Who guesses passwords is slowed down: by where they sit, and by whom they try to be. Nobody is locked out by others:
// who signed in from a place before is counted there by themselves, whatever strangers and neighbours try.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "events/values.hpp"
#include "tools/server/api/throttle.hpp"

namespace rollcall::api {

// Where a request comes from: an IPv4 address, or the first 64 bits of an IPv6 address, which one host has all of.
std::string source_of(std::string_view ip);

// Failures are forgiven with time. All of it is in memory: a restart forgives everything. Thread-safe.
class Guessing {
 public:
  // May somebody at `source` try to be `whom` now? Nothing: then it counts as a failure until it is given back, so that
  // many at once are no more than one after the other. Else how long until they may. `now` only ever grows.
  Duration take(std::string_view source, std::string_view whom, Duration now);
  // It was no failure.
  void give_back(std::string_view source, std::string_view whom, Duration now);
  // Who is known at `source` from now on: they showed that it is they.
  void succeeded(std::string_view source, std::string_view whom, Duration now);

 private:
  bool knows(std::uint64_t pair, Duration now);

  // So many failures at once, and one more in that time.
  Throttle sources_{1.0 / 30, 20};   // of a place, whomever they try to be
  Throttle persons_{1.0 / 60, 50};   // of strangers who try to be one person, wherever they sit
  Throttle familiar_{1.0 / 30, 20};  // of a person in a place where they have signed in
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, Duration> known_;  // under mutex_: who signed in where, by a hash, and when
};

}  // namespace rollcall::api
