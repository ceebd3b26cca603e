// The proof of a whole log: every entry hashed to tiles, to the root. Shares the Merkle mathematics with the writer and
// nothing else: positions, tiles and checkpoint are read back as an auditor would.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "events/hash.hpp"
#include "events/log.hpp"
#include "tools/installation/key_chain.hpp"

namespace rollcall::tools {

struct LogReport {
  Position size = 0;
  std::uint64_t tiles = 0;
  Hash root{};
  KeyChain keys;                      // that have signed it, by its own word
  std::optional<std::string> damage;  // the first thing that is wrong, with its position
};

// Hashes on a second thread while this one reads. Throws what reading throws.
LogReport check_log(const LogReader& log, const std::function<void(Position done)>& progress);

}  // namespace rollcall::tools
