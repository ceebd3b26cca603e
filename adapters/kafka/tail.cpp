#include "adapters/kafka/tail.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "events/entry.hpp"

namespace rollcall::kafka {

std::string key_of(std::string_view entry) {
  const auto header = peek_entry(entry);
  return Scope{header.scope_kind, std::string{header.scope_id}}.text();
}

Claim claim_of(const Received& message) {
  Claim claim{message.partition, message.offset, message.key, std::nullopt, {}};
  claim.leaf_hash = message.header("ce_leafhash").value_or("");
  const auto sequence = message.header("ce_sequence").value_or("");
  Position position = 0;
  const auto [end, error] = std::from_chars(sequence.data(), sequence.data() + sequence.size(), position);
  if (error == std::errc{} && end == sequence.data() + sequence.size()) claim.position = position;
  return claim;
}

// The marks that end transactions take offsets and are invisible, so the last message lies some way before the end:
// look back twice as far each time.
std::vector<PartitionTail> read_tails(Reader& reader, const std::vector<Bounds>& all_bounds, const Wanted& wanted,
                                      const std::function<void(std::int32_t)>& waiting) {
  struct Search {
    std::int64_t back = 2;
    std::int64_t reached = 0;
    bool done = false;
  };
  const auto partitions = static_cast<std::int32_t>(all_bounds.size());
  std::vector<PartitionTail> tails(all_bounds.size());
  std::vector<Search> searches(tails.size());
  std::size_t open = 0;
  const auto look = [&](std::int32_t partition) {
    const auto at = static_cast<std::size_t>(partition);
    auto& bounds = tails[at].bounds;
    const auto from = std::max(bounds.low, bounds.high - searches[at].back);
    searches[at].reached = from;
    reader.start(partition, from);
  };
  for (std::int32_t partition = 0; partition < partitions; ++partition) {
    const auto at = static_cast<std::size_t>(partition);
    tails[at].bounds = all_bounds[at];
    searches[at].done = tails[at].bounds.high == tails[at].bounds.low;
    if (searches[at].done) continue;
    ++open;
    look(partition);
  }
  std::size_t quiet = 0;
  while (open > 0) {
    if (!wanted()) throw Unwanted{};
    bool moved = false;
    reader.poll(
        std::chrono::milliseconds(250),
        [&](Received&& message) {
          moved = true;
          tails[static_cast<std::size_t>(message.partition)].last = claim_of(message);
        },
        [&](Reader::End end) {
          moved = true;
          const auto at = static_cast<std::size_t>(end.partition);
          auto& [bounds, last] = tails[at];
          // The end of what is committed and not of the partition: a transaction is open. It may hold what is looked
          // for.
          if (searches[at].done || end.offset < bounds.high) return;
          if (!last && searches[at].reached > bounds.low) {
            searches[at].back *= 2;
            look(end.partition);
            return;
          }
          searches[at].done = true;
          reader.stop(end.partition);
          --open;
        });
    if (moved || ++quiet % 4 != 0) continue;
    for (std::int32_t partition = 0; partition < partitions; ++partition)
      if (!searches[static_cast<std::size_t>(partition)].done) waiting(partition);
  }
  return tails;
}

namespace {

std::string hash_at(const LogReader& log, Position position) {
  const auto entry = log.entry(position);
  return entry ? to_hex(bytes_of(leaf_hash(*entry))) : std::string{};
}

std::optional<Mismatch> disagreement(const Claim& claim, const LogReader& log, std::int32_t partitions) {
  const auto where = fmt::format("partition {}, offset {}", claim.partition, claim.offset);
  if (!claim.position) return Mismatch{0, where + " holds a message that is no event of Rollcall", {}, {}};
  const auto position = *claim.position;
  const auto entry = log.entry(position);
  if (!entry)
    return Mismatch{position,
                    fmt::format("{} holds event {}, but the log ends at {}", where, position, log.size()),
                    claim.leaf_hash,
                    {}};
  const auto hash = to_hex(bytes_of(leaf_hash(*entry)));
  if (hash != claim.leaf_hash)
    return Mismatch{position, fmt::format("{} holds another event {} than the log", where, position), claim.leaf_hash,
                    hash};
  const auto key = key_of(*entry);
  if (key != claim.key || partition_of(key, partitions) != claim.partition)
    return Mismatch{position,
                    fmt::format("{} holds event {} with the key {}, which belongs to partition {}: was the number of "
                                "partitions changed?",
                                where, position, claim.key, partition_of(key, partitions)),
                    claim.leaf_hash, hash};
  return std::nullopt;
}

}  // namespace

Published compare(const std::vector<PartitionTail>& tails, const LogReader& log, Position looked_at) {
  Published published;
  const auto partitions = static_cast<std::int32_t>(tails.size());
  for (const auto& tail : tails) {
    if (!tail.last) continue;
    published.mismatch = disagreement(*tail.last, log, partitions);
    if (published.mismatch) return published;
    published.size = std::max(published.size, *tail.last->position + 1);
  }
  std::vector<std::optional<Position>> expected(tails.size());
  log.read(published.size > looked_at ? published.size - looked_at : 0, [&](Position position, std::string_view entry) {
    if (position >= published.size) return false;
    expected[static_cast<std::size_t>(partition_of(key_of(entry), partitions))] = position;
    return true;
  });
  for (std::size_t i = 0; i < tails.size(); ++i) {
    if (!expected[i]) continue;
    const auto& last = tails[i].last;
    if (last && *last->position >= *expected[i]) continue;
    if (!last && tails[i].bounds.low > 0) continue;  // its time ran out there
    published.mismatch =
        Mismatch{*expected[i],
                 fmt::format("partition {} ends {}, but event {} belongs there and later ones are in the topic", i,
                             last ? fmt::format("with event {}", *last->position) : "empty", *expected[i]),
                 {},
                 hash_at(log, *expected[i])};
    return published;
  }
  return published;
}

}  // namespace rollcall::kafka
