// Where a topic ends: what its partitions hold last, and whether that is what the log says. The topic is the truth
// about what was published; nothing that was noted elsewhere is.
#pragma once

#include "adapters/kafka/client.hpp"
#include "events/hash.hpp"
#include "events/log.hpp"

namespace rollcall::kafka {

// The message key of an entry, without decoding it.
std::string key_of(std::string_view entry);

// What a message says of itself. Nothing of it is believed before it was compared with the log.
struct Claim {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::string key;
  std::optional<Position> position;  // nothing: the message is none of ours
  std::string leaf_hash;             // as hex
};
Claim claim_of(const Received& message);

struct PartitionTail {
  Bounds bounds;
  std::optional<Claim> last;  // nothing: it holds no committed message
};

// Reads the last committed message of every partition, up to where it ended when its bounds were asked for. Waits for
// transactions of others that are still open, told by `waiting`. Throws Error, Unwanted.
std::vector<PartitionTail> read_tails(Reader& reader, const std::vector<Bounds>& bounds, const Wanted& wanted,
                                      const std::function<void(std::int32_t partition)>& waiting);

// A topic that is not this log's: the publisher stops here until an operator has decided.
struct Mismatch {
  Position position = 0;
  std::string reason;
  std::string topic_hash, log_hash;  // of the entry at this position, where both have one
};

// How much of the log the topic holds, from 0; or why it cannot be told. The tails have to be the entries that the log
// has there, in the partitions where they belong; what of the log's last `looked_at` events belongs into a partition
// must not be missing there.
struct Published {
  Position size = 0;
  std::optional<Mismatch> mismatch;
};
Published compare(const std::vector<PartitionTail>& tails, const LogReader& log, Position looked_at = 10'000);

}  // namespace rollcall::kafka
