// `rollcall restore`: makes a data folder of a backup.
#include <algorithm>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "adapters/crypto/key_files.hpp"
#include "adapters/crypto/random.hpp"
#include "adapters/rocksdb/keys.hpp"
#include "adapters/rocksdb/log.hpp"
#include "domain/engine/evolve.hpp"
#include "domain/engine/state.hpp"
#include "domain/engine/writer.hpp"
#include "events/hash.hpp"
#include "events/malformed.hpp"
#include "events/proof/log_tiles.hpp"
#include "tools/backup/folder.hpp"
#include "tools/backup/keys.hpp"
#include "tools/failure.hpp"
#include "tools/installation/folder.hpp"
#include "tools/installation/key_chain.hpp"
#include "tools/print/json_view.hpp"
#include "tools/print/progress.hpp"
#include "tools/server/followers/mailer.hpp"
#include "tools/subcommands.hpp"

namespace rollcall::tools {
namespace {

namespace fs = std::filesystem;

// One append of the log and one step of its state.
constexpr std::uint64_t entries_at_once = 4'096;

struct RestoreOptions {
  std::string from;
  std::string to;
  std::string keys;
  std::optional<std::uint64_t> size;
  std::string known_checkpoint;
  bool accept_loss = false;
  bool json = false;
};

std::string file_text(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in.is_open() || in.bad()) throw Failure(file + " cannot be read");
  return text;
}

Failure damaged() {
  return Failure("the backup is damaged: its entries do not hash to the root of its checkpoint", {}, exit_needs_person);
}

// An entry that cannot be read, or tells of what is not there, is not the one that was backed up: the root would say so
// as well, at the end.
void as_backed_up(const std::function<void()>& work) {
  try {
    work();
  } catch (const Malformed&) {
    throw damaged();
  } catch (const std::logic_error&) {
    throw damaged();
  }
}

// A log's entries become a log again, with the decision state that follows from them.
class Replaying {
 public:
  Replaying(StoredLog& log, const KeyRing& keys, const Claims& claims, const SigningKey& signer)
      : log_(log), keys_(keys), claims_(claims), appender_(log, signer) {}

  void add(std::string_view entry) {
    as_backed_up([&] { chain_.see(entry); });
    batch_.entries.emplace_back(entry);
    if (batch_.entries.size() >= entries_at_once) write();
  }
  void write() {
    if (batch_.entries.empty()) return;
    const auto present = log_.state();
    State state(*present.rows, keys_, claims_);
    as_backed_up([&] {
      for (const auto& entry : batch_.entries) evolve(state, decode_entry(entry, &keys_));
    });
    batch_.first = present.size;
    batch_.state_digest = state.overlay().digest_after(present.digest);
    batch_.state = state.overlay().take();
    appender_.append(std::exchange(batch_, {}));
  }
  const Frontier& frontier() const { return appender_.frontier(); }
  // The keys that the entries say the log was signed by.
  const KeyChain& chain() const { return chain_; }

 private:
  StoredLog& log_;
  const KeyRing& keys_;
  const Claims claims_;
  Appender appender_;
  KeyChain chain_;
  Batch batch_;
};

bool was_cut_short(const DataFolder& data) { return fs::exists(data.restoring()) && !fs::exists(data.format()); }

// Where a backup may be brought back to. Writes nothing but the folder itself.
void check_target(const DataFolder& data) {
  if (was_cut_short(data)) return;
  check_beginning(data, true);
  if (fs::exists(data.root)) return;
  fs::create_directories(data.root);
  fs::permissions(data.root, fs::perms::owner_all);
}

// Makes it ready, once it is this process's alone: what another one brings back meanwhile is not cleared away.
void make_ready(const DataFolder& data) {
  check_target(data);
  if (was_cut_short(data)) clear(data);
  fs::permissions(data.root, fs::perms::owner_all);
  write_durably(data.restoring(), "a backup is being brought back here\n");
}

void tell_lost(const RestoreOptions& options, Position size, Position known) {
  if (options.json) return;
  fmt::print("{} events are known elsewhere that this backup does not have: {} to {}.\n", known - size, size,
             known - 1);
}

Failure older_than_known() {
  return Failure("the backup is older than the known checkpoint",
                 {"bring back a newer one, or say --accept-loss: a log that goes on without these events is another "
                  "history, and whoever has seen them will say so"});
}

// What another copy of the log is known to have had. Throws when this one goes another way, or ends before it.
// How many events are known elsewhere that it does not have.
Position compare_with_known(const RestoreOptions& options, const KeyChain& chain, const LogReader& log) {
  const auto opened = chain.open(file_text(options.known_checkpoint));
  if (!opened) throw Failure(options.known_checkpoint + ": " + std::string{describe(opened.error())});
  const auto& known = *opened;
  if (known.size > log.size()) {
    const auto lost = known.size - log.size();
    tell_lost(options, log.size(), known.size);
    if (!options.accept_loss) throw older_than_known();
    return lost;
  }
  if (root_at(known.size, tiles_of(log)) != known.root)
    throw Failure("the backup is of another history than the known checkpoint");
  if (!options.json) fmt::print("It has all of the {} events of the known checkpoint.\n", known.size);
  return 0;
}

void keep_cursor(const DataFolder& data, const std::string& text, const LogReader& log) {
  if (!text.empty()) write_durably(data.mailer_cursor(), text + "\n");
  CursorFile file(data.mailer_cursor());
  auto cursor = file.read();
  cursor.position = std::min(cursor.position, log.size());
  cursor.leaf = cursor.position == 0 ? std::nullopt : mark_at(log, cursor.position - 1).leaf;
  file.keep(cursor);
}

void restore(const RestoreOptions& options) {
  start_crypto();
  const BackupFolder backup(options.from);
  const auto head = backup.head();
  if (!head) throw Failure(options.from + " holds no backup");
  const auto whole = head->frontier.size();
  const auto size = options.size.value_or(whole);
  if (size == 0 || size > whole) throw Failure(fmt::format("--size: the backup has 1 to {} events", whole));

  const DataFolder data{options.to};
  check_copy_of_keys(options.keys);
  check_target(data);
  const FolderLock lock(data);
  make_ready(data);
  bring_back_keys(options.keys, data);
  const auto signer = SigningKey::parse(read_secret(data.signing_key()));
  if (!signer) throw Failure("signing.key: " + std::string{describe(signer.error())});
  const auto checkpoint = open_checkpoint(head->checkpoint, signer->verifying_key());
  if (!checkpoint)
    throw Failure(fmt::format("the backup's checkpoint: {}", describe(checkpoint.error())),
                  {"bring back the copy of the keys that was taken with this backup"}, exit_needs_person);
  // What can be refused without reading all of it is refused before; of an earlier key's checkpoint that is seen later.
  if (!options.known_checkpoint.empty()) {
    const auto known = open_checkpoint(file_text(options.known_checkpoint), signer->verifying_key());
    if (known && known->size > size && !options.accept_loss) {
      tell_lost(options, size, known->size);
      throw older_than_known();
    }
  }
  const auto keys = open_keys(data.keys(), read_wrapping_key(data));
  const auto log = open_log(data.log(), {.storage = {}, .sync_every_append = false});
  Replaying replaying(*log, *keys, Claims(keys->secret("claims")), *signer);
  Progress bar("bringing back", size);
  backup.read(size, [&](Position position, std::string_view entry) {
    replaying.add(entry);
    if (position % 256 == 0) bar.update(position);
    return true;
  });
  replaying.write();
  log->flush();
  bar.update(size);
  bar.finish();
  if (size == whole && (checkpoint->size != whole || replaying.frontier().root() != checkpoint->root)) throw damaged();
  if (size < whole) {
    // Of a part no checkpoint was kept: that it is the beginning of the whole is checked instead.
    Frontier tree;
    backup.read(whole, [&](Position, std::string_view entry) {
      (void)tree.append(leaf_hash(entry));
      return true;
    });
    if (tree.root() != checkpoint->root) throw damaged();
    if (!options.json)
      fmt::print("{} events of the backup are left out: what goes on from here is another history.\n", whole - size);
  }
  if (const auto used = State(*log->state().rows, *keys, Claims(keys->secret("claims"))).meta().keys;
      keys->issued() < used)
    throw Failure(fmt::format("{} holds {} keys, the log has used {}: bring back a copy of the keys that is no older "
                              "than the backup",
                              options.keys, keys->issued(), used),
                  {}, exit_needs_person);
  if (const auto& chain = replaying.chain().keys(); chain.empty() || chain.back() != signer->verifying_key())
    throw Failure(
        fmt::format("so many events say that another key signs the log than {}/signing.key", options.keys),
        {"bring back the copy of the keys of that time, or more events: nobody could verify what this one signs"},
        exit_needs_person);
  Position lost = 0;
  if (!options.known_checkpoint.empty()) lost = compare_with_known(options, replaying.chain(), *log);
  keep_cursor(data, head->cursor, *log);
  write_format(data);
  finish_beginning(data);
  if (options.json)
    return print_json({{"folder", options.to},
                       {"events", size},
                       {"left_out", whole - size},
                       {"known_elsewhere", lost},
                       {"root", to_base64(bytes_of(replaying.frontier().root()))},
                       {"vkey", signer->verifying_key().text()}});
  fmt::print(
      "{}: {} events, root {}\n{}\nThe next start makes the read models anew. Whoever followed the log further "
      "than this is told so when they come back.\n",
      options.to, size, to_base64(bytes_of(replaying.frontier().root())), signer->verifying_key().text());
}

}  // namespace

void add_restore(CLI::App& app) {
  auto options = std::make_shared<RestoreOptions>();
  auto* command = app.add_subcommand("restore", "Make a data folder of a backup, checking every event of it");
  command->add_option("from", options->from, "the backup's folder")->required()->type_name("DIR");
  command->add_option("--to", options->to, "the data folder: empty, or not there")->required()->type_name("DIR");
  command->add_option("--keys", options->keys, "the copy of the keys")->required()->type_name("DIR");
  command->add_option("--size", options->size, "only the first so many events")->type_name("N");
  command
      ->add_option("--known-checkpoint", options->known_checkpoint,
                   "a signed checkpoint that somebody kept: the backup must have its events, and the same ones")
      ->type_name("FILE")
      ->check(CLI::ExistingFile);
  command->add_flag("--accept-loss", options->accept_loss, "go on though the known checkpoint is over more events");
  command->add_flag("--json", options->json, "print what was done as JSON");
  command->callback([options] { restore(*options); });
}

}  // namespace rollcall::tools
