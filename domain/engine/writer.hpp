// The single writer's loop body, without its thread: commands in, one batch after the other out. It may decide a batch
// on the uncommitted state of those before; what it answers counts only once that batch is durable.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "domain/engine/decide.hpp"
#include "domain/engine/evolve.hpp"
#include "domain/engine/state.hpp"
#include "events/log.hpp"
#include "events/proof/note.hpp"

namespace rollcall {

// The request was answered before: by these events of the log.
struct Repeat {
  Position first = 0;
  std::uint64_t count = 0;
};

// Reasoning broke before anything was changed: a row cannot be read, a key is gone. Nothing happened.
struct Undecided {
  std::string what;
};

// What became of a command. To be given out only when the log has reached `size`.
struct Answer {
  std::variant<std::vector<Recorded>, Rejection, Repeat, Undecided> outcome;
  Position size = 0;
};

// Decides commands and gathers their entries and state changes into batches. Not thread-safe.
class Writer {
 public:
  // The log, the keys and the log's present state must outlive it. The state must belong to the log's size.
  Writer(const LogReader& log, KeyStore& keys, Claims claims);

  // Asked of each refusal of a person whether it is told by an event of its own: a log is not to be filled by who may
  // do nothing. Without it all are.
  using TellsRefusal = std::function<bool(const PersonId&, Time now)>;
  void tell_refusals(TellsRefusal tells) { tells_refusal_ = std::move(tells); }

  // Decides a command and adds what follows from it to the open batch.
  Answer handle(const Command& command, Context context);
  // Adds the next slice of a reassignment under way, and returns it. Nothing is added when there is none.
  std::vector<Recorded> work(Time now, const Ids::Seed& seed);
  bool has_work() const { return state_.meta().works > 0; }
  // Records the first entry of an empty log.
  void found(const LogCreated& event, const Context& context);

  bool batch_is_empty() const { return batch_.entries.empty() && state_.overlay().changes().empty(); }
  // Bytes of entries in the open batch.
  std::size_t batch_bytes() const { return batch_bytes_; }
  // Hands the open batch over. It must become durable, or the writer is of no use any more.
  Batch close();
  // The oldest of the batches handed over is durable now, and the log shows it.
  void durable();
  // Up to which number the key store should issue keys by now, when fewer than half of those ahead are left. Whoever
  // does it beside the writer spares a command the wait: one that finds none issues them itself.
  std::optional<KeyNumber> keys_wanted() const;

  // Size of the log with all batches handed over and the open one.
  Position size() const { return batch_.end(); }
  Time last_recorded() const { return state_.meta().recorded_at; }

 private:
  // Decision state as of the last durable batch: the log's snapshot, renewed with each, and in front of it the rows
  // that were read of late. Deciding, changing and digesting a row ask for it again and again.
  class Durable final : public Rows {
   public:
    // `changes` lead from the state before to this one.
    void renew(LogReader::State state, RowChanges&& changes);
    const LogReader::State& state() const { return state_; }
    std::optional<std::string> find(std::string_view key) const override;
    void scan(std::string_view from, std::string_view to, const Visit& visit) const override {
      state_.rows->scan(from, to, visit);
    }

   private:
    struct Hash : std::hash<std::string_view> {
      using is_transparent = void;
    };
    LogReader::State state_;
    mutable std::unordered_map<std::string, std::optional<std::string>, Hash, std::equal_to<>> recent_;
  };

  // Facts with their envelopes and their bytes, to be recorded.
  struct Prepared {
    std::vector<Recorded> events;
    std::vector<std::string> entries;
  };
  // Read and reason, and change nothing: what they throw is one command's alone.
  std::variant<Prepared, Answer> consider(const Command& command, Context context);
  std::optional<Answer> answered_before(const Context& context) const;
  Prepared refusal(const Command& command, Context context, const Rejection& rejection) const;
  void tell_target(CommandRejected& event, const Command& command, const Context& context,
                   const std::optional<AccountId>& account) const;
  Prepared prepare(Facts facts, const Context& context, const Actor& actor,
                   const std::optional<Personal>& reason) const;
  std::vector<Recorded> record(Prepared prepared);
  Actor actor_of(const Context& context, const std::optional<AccountId>& account) const;
  KeyNumber actor_key(const Actor& actor) const;
  void provide_keys();

  const LogReader& log_;
  TellsRefusal tells_refusal_;
  KeyStore& keys_;
  Durable durable_rows_;
  std::deque<Overlay>
      under_way_;  // batches handed over and not durable, the oldest first, each on top of the one before
  State state_;    // the open batch, on top of them
  RowsDigest digest_;
  Batch batch_;
  std::size_t batch_bytes_ = 0;
};

// Puts batches into the log: hashes entries into the tree, signs the checkpoint, appends, all of it durable on return.
class Appender {
 public:
  // Recomputes the tree's edge from tiles and tail and compares it with the last checkpoint.
  // Throws LogDamaged when they disagree: nothing may be appended then.
  Appender(Log& log, const SigningKey& signer);

  void append(Batch batch);
  const Frontier& frontier() const { return frontier_; }

 private:
  Log& log_;
  const SigningKey& signer_;
  Frontier frontier_;
};

// The log is not what its last checkpoint says.
struct LogDamaged : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Keys are issued this far ahead of need, and again when fewer than half of them are left.
constexpr KeyNumber keys_ahead = 2'048;
constexpr KeyNumber keys_per_command_max = 8;

}  // namespace rollcall
