// The book of record and the things kept beside it, as ports: adapters/rocksdb keeps them on disk, tests in memory.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/personal.hpp"
#include "events/proof/merkle.hpp"
#include "events/rows.hpp"
#include "events/values.hpp"

namespace rollcall {

// One natural batch of the writer, written whole or not at all.
struct Batch {
  Position first = 0;                // position of entries[0]; equal to the log's size before
  std::vector<std::string> entries;  // exact bytes (events/entry.hpp); may be none when only state changes
  RowChanges state;                  // decision state as of first + entries.size()
  RowsDigest state_digest;           // of all of decision state after this batch
  std::vector<Tile> tiles;           // that these entries completed
  std::string frontier;              // Frontier::encode() when the last tile was completed; empty if none was
  std::string checkpoint;            // signed note over first + entries.size(); empty if there are no entries

  Position end() const { return first + entries.size(); }
};

// Reads a log. Everything it shows is durable; readers never see part of a batch. Thread-safe.
class LogReader {
 public:
  // Called for each entry in order; returning false ends the reading. The view is valid during the call only.
  using Visit = std::function<bool(Position position, std::string_view entry)>;

  virtual ~LogReader() = default;
  // Number of entries.
  virtual Position size() const = 0;
  // The entries from `from` on, up to the size when the call was made. Throws when one is missing or cannot be read.
  virtual void read(Position from, const Visit& visit) const = 0;
  // One entry; nothing at or beyond size.
  virtual std::optional<std::string> entry(Position position) const = 0;
  // A full tile's 8,192 bytes; nothing while it is not full.
  virtual std::optional<std::string> tile(unsigned level, std::uint64_t index) const = 0;
  // The frontier as last stored, at a tile's end; nothing before the first tile is full.
  virtual std::optional<std::string> frontier() const = 0;
  // The signed note over the whole log; nothing for an empty log.
  virtual std::optional<std::string> checkpoint() const = 0;
  // Where the last batch ends that is whole within the first `size` entries; 0 when there is none.
  virtual Position batch_end(Position size) const = 0;
  // The decision state and the size it belongs to, as one consistent snapshot that later appends don't change.
  struct State {
    std::unique_ptr<const Rows> rows;
    Position size = 0;
    RowsDigest digest;
  };
  virtual State state() const = 0;
};

// Appends to it: one writer at a time.
class Log : public LogReader {
 public:
  // Durable on return (one fsync), all of it or, after a crash, nothing. Throws when the storage fails: it is not known
  // then what was written, nothing more may be appended or acknowledged, and the process has to end.
  // batch.first must equal size().
  virtual void append(const Batch& batch) = 0;
  // Corrects decision state as a rebuild found it: `changes` on top of the present rows, same promise as append.
  virtual void correct_state(const RowChanges& changes, const RowsDigest& digest) = 0;
};

// The data keys of all persons and credentials, wrapped under a key that is kept elsewhere. Thread-safe.
class KeyStore : public KeyRing {
 public:
  // All numbers up to this one can be found and are durable.
  virtual KeyNumber issued() const = 0;
  // Makes that so for `number`, if it is not. Costs an fsync then, so callers keep well ahead of their needs.
  virtual void issue_up_to(KeyNumber number) = 0;
  // Destroys a key for good, durable on return. Destroying twice is no error.
  virtual void destroy(KeyNumber number) = 0;
  // A 32 byte secret of the installation by its purpose ("claims", "tokens", …), made durable when first asked for.
  virtual DataKey secret(std::string_view purpose) = 0;
};

// One generation of one read model: its rows, how far they are, and their digest, always written together.
class ViewStore {
 public:
  struct Progress {
    Position applied = 0;  // events 0 .. applied-1 are in the rows
    RowsDigest digest;
    std::uint32_t version = 0;  // of the projection's code: other versions' digests are not comparable
    // The beginning of the leaf hash of event applied-1 (events/mark.hpp), where it is known.
    std::optional<std::uint32_t> leaf = {};
    bool operator==(const Progress&) const = default;
  };

  virtual ~ViewStore() = default;
  // The rows and their progress, as one consistent snapshot that later commits don't change. Thread-safe.
  struct Snapshot {
    std::shared_ptr<const Rows> rows;
    Progress progress;
  };
  virtual Snapshot snapshot() const = 0;
  // Atomic. Not synced: after a power loss a view is a little older, never torn, and catches up.
  virtual void commit(const RowChanges& changes, const Progress& progress) = 0;
};

}  // namespace rollcall
