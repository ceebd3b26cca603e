// Walks a fault through everything a piece of code does to its disk.
#pragma once

#include <cstdint>
#include <future>
#include <vector>

#include <rocksdb/env.h>

namespace rollcall {

// Makes attempt(n) for n = 1, 2, ... and hands what it gives, a pointer, to check(n, *result) in that order, until
// that says that no fault was met any more. Several attempts are under way at once, since RocksDB sleeps for a second
// after a flush that failed; the checks are made here, one by one.
template <class Attempt, class Check>
void for_every_nth(Attempt attempt, Check check) {
  constexpr std::uint64_t at_once = 16;
  rocksdb::Env::Default()->SetBackgroundThreads(at_once, rocksdb::Env::HIGH);
  for (std::uint64_t first = 1;; first += at_once) {
    std::vector<decltype(std::async(std::launch::async, attempt, first))> results;
    for (auto nth = first; nth < first + at_once; ++nth)
      results.push_back(std::async(std::launch::async, attempt, nth));
    for (auto nth = first; nth < first + at_once; ++nth)
      if (!check(nth, *results[nth - first].get())) return;
  }
}

}  // namespace rollcall
