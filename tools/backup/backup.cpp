// `rollcall backup`: takes a backup of a data folder beside the server that serves it, or adds to one what is new.
#include <algorithm>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "adapters/crypto/key_files.hpp"
#include "adapters/crypto/random.hpp"
#include "adapters/rocksdb/keys.hpp"
#include "adapters/rocksdb/log.hpp"
#include "events/proof/log_tiles.hpp"
#include "events/proof/note.hpp"
#include "events/proof/tiles.hpp"
#include "projections/engine/read_ahead.hpp"
#include "tools/backup/folder.hpp"
#include "tools/backup/keys.hpp"
#include "tools/failure.hpp"
#include "tools/installation/folder.hpp"
#include "tools/installation/key_chain.hpp"
#include "tools/installation/rotation.hpp"
#include "tools/installation/scratch.hpp"
#include "tools/print/json_view.hpp"
#include "tools/print/progress.hpp"
#include "tools/subcommands.hpp"

namespace rollcall::tools {
namespace {

namespace fs = std::filesystem;

struct BackupOptions {
  std::string to;
  std::string data = "data";
  std::string keys;
  std::string vkey;
  bool check = false;
  bool full_speed = false;
  bool json = false;
};

// A batch whose sync is under way may be read already: what is taken away must be durable here.
void sync_files_of(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".log") continue;
    const int fd = ::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) continue;  // it was flushed, and went, meanwhile
    const bool synced = ::fsync(fd) == 0;
    ::close(fd);
    if (!synced) throw Failure(entry.path().string() + " cannot be synced");
  }
}

std::string one_line(const fs::path& file) {
  if (!fs::exists(file)) return {};
  auto text = read_secret(file);
  return text.find('\n') == std::string::npos ? text : std::string{};
}

Checkpoint unsigned_checkpoint(const std::string& note) {
  const auto end = note.find("\n\n");
  const auto parsed = parse_checkpoint(note.substr(0, end == note.npos ? end : end + 1));
  if (!parsed) throw Failure("the checkpoint: " + std::string{describe(parsed.error())}, {}, exit_needs_person);
  return *parsed;
}

Checkpoint opened(const Expected<Checkpoint, NoteError>& checkpoint) {
  if (!checkpoint) throw Failure("the checkpoint: " + std::string{describe(checkpoint.error())}, {}, exit_needs_person);
  return *checkpoint;
}

VerifyingKey trusted_key(const std::string& vkey) {
  auto key = VerifyingKey::parse(vkey);
  if (!key) throw Failure("--vkey: " + std::string{describe(key.error())});
  return std::move(*key);
}

// Holds what is written against the log's tree, on a thread of its own while the next piece is read: each entry against
// its hash in the tile that it is in. How the tiles hash to the root is the log's own to keep, and what --check and a
// restore compute from the entries alone.
class HashesBeside {
 public:
  HashesBeside(const LogReader& log, Position first) : log_(log), next_(first), thread_([this] { compare_all(); }) {}
  ~HashesBeside() {
    end();
    if (thread_.joinable()) thread_.join();
  }
  HashesBeside(const HashesBeside&) = delete;
  HashesBeside& operator=(const HashesBeside&) = delete;

  void add(std::string bundle) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return bundles_.size() < waiting_max || damage_; });
    if (!damage_) bundles_.push_back(std::move(bundle));
    changed_.notify_all();
  }
  // The tree over all that was added and what came before. Throws Failure when an entry is not what the tree has.
  Frontier finish() {
    end();
    thread_.join();
    if (damage_) throw Failure(*damage_ + ": run rollcall verify", {"the backup is what it was before"});
    const auto stored = log_.frontier();
    auto tree = stored ? Frontier::decode(*stored) : Frontier{};
    if (!tree) throw Failure("the stored edge of the Merkle tree is damaged: run rollcall verify");
    log_.read(tree->size(), [&](Position position, std::string_view entry) {
      if (position >= next_) return false;
      (void)tree->append(leaf_hash(entry));
      return true;
    });
    return std::move(*tree);
  }

 private:
  static constexpr std::size_t waiting_max = 8;

  void end() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }
  void compare_all() try {
    while (true) {
      std::string bundle;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return !bundles_.empty() || ended_; });
        if (bundles_.empty()) return;
        bundle = std::move(bundles_.front());
        bundles_.pop_front();
        changed_.notify_all();
      }
      const auto entries = entries_of(bundle);
      if (!entries) throw std::logic_error("what was written is no bundle");
      for (const auto entry : *entries) compare(entry);
    }
  } catch (const std::exception& error) {
    const std::lock_guard lock(mutex_);
    damage_ = error.what();
    bundles_.clear();
    ended_ = true;
    changed_.notify_all();
  }
  void compare(std::string_view entry) {
    const auto position = next_++;
    if (!tile_ || position % tile_width == 0) tile_ = log_.tile(0, position / tile_width).value_or("");
    if (tile_->empty()) return;  // not full yet: finish() hashes these
    if (std::string_view{*tile_}.substr(position % tile_width * sizeof(Hash), sizeof(Hash)) !=
        bytes_of(leaf_hash(entry)))
      throw std::runtime_error(fmt::format("entry {} does not hash to what the tree has", position));
  }

  const LogReader& log_;
  Position next_;  // the thread's, until it is joined
  std::optional<std::string> tile_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> bundles_;    // under mutex_
  bool ended_ = false;                 // under mutex_
  std::optional<std::string> damage_;  // under mutex_
  std::thread thread_;
};

// Whoever serves goes first, with the processor and with the disk. Where it may not be so it goes as it can, no worse.
void let_others_go_first() {
  const sched_param none{};
  (void)::sched_setscheduler(0, SCHED_IDLE, &none);
  constexpr int process = 1, idle_class = 3 << 13;  // ioprio_set(2)
  (void)::syscall(SYS_ioprio_set, process, 0, idle_class);
}

void check(const BackupOptions& options) {
  const BackupFolder folder(options.to);
  const auto head = folder.head();
  if (!head) throw Failure(options.to + " holds no backup");
  const auto checkpoint = unsigned_checkpoint(head->checkpoint);
  Progress bar("reading the backup", checkpoint.size);
  Frontier tree;
  KeyChain keys;
  folder.read(checkpoint.size, [&](Position position, std::string_view entry) {
    (void)tree.append(leaf_hash(entry));
    keys.see(entry);
    if (position % 1'024 == 0) bar.update(position);
    return true;
  });
  bar.update(checkpoint.size);
  bar.finish();
  if (tree.root() != checkpoint.root)
    throw Failure("the backup is damaged: its entries do not hash to the root of its checkpoint", {},
                  exit_needs_person);
  if (!options.vkey.empty()) (void)opened(keys.open(head->checkpoint, trusted_key(options.vkey)));
  if (options.json)
    return print_json({{"folder", options.to},
                       {"events", checkpoint.size},
                       {"origin", checkpoint.origin},
                       {"root", to_base64(bytes_of(checkpoint.root))},
                       {"signature_checked", !options.vkey.empty()}});
  fmt::print("{} is whole: {} events of {}, root {}\n", options.to, checkpoint.size, checkpoint.origin,
             to_base64(bytes_of(checkpoint.root)));
  if (options.vkey.empty()) fmt::print("The checkpoint's signature was not looked at: give the key with --vkey.\n");
}

// What is added to is looked at where it costs little: its last file against the log, and that the others are there.
void check_what_is_there(const BackupFolder& folder, std::uint64_t size, const LogReader& log) {
  std::vector<std::string> entries;
  std::optional<Position> first;
  folder.read_last_file(size, [&](Position position, std::string_view entry) {
    if (!first) first = position;
    entries.emplace_back(entry);
    return true;
  });
  if (!first) return;
  log.read(*first, [&](Position position, std::string_view entry) {
    if (position >= size) return false;
    if (entries[position - *first] != entry)
      throw Failure(fmt::format("the backup is damaged: its entry {} is not the log's", position),
                    {"begin another one elsewhere, and see what the disk says"}, exit_needs_person);
    return true;
  });
}

bool lies_in(const fs::path& one, const fs::path& other) {
  const auto inner = fs::weakly_canonical(one), outer = fs::weakly_canonical(other);
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

// A backup goes with what it is of when that goes; and keys that lie in it go wherever it goes.
void refuse_nesting(const BackupOptions& options, const DataFolder& data) {
  const auto refuse = [](const std::string& one, const std::string& other) {
    throw Failure(fmt::format("{} and {} lie in one another: name a folder elsewhere", one, other));
  };
  if (lies_in(options.to, data.root) || lies_in(data.root, options.to)) refuse(options.to, options.data);
  if (options.keys.empty()) return;
  if (lies_in(options.keys, options.to) || lies_in(options.to, options.keys)) refuse(options.keys, options.to);
  if (lies_in(options.keys, data.root) || lies_in(data.root, options.keys)) refuse(options.keys, options.data);
}

void back_up(const BackupOptions& options) {
  start_crypto();
  if (!options.full_speed) let_others_go_first();
  const DataFolder data{options.data};
  require_installation(data);
  refuse_half_rotated(data);
  const BackupFolder folder(options.to);
  refuse_nesting(options, data);
  (void)folder.head();  // what is no backup stays as it is
  const BackupLock lock(options.to);
  auto head = folder.head().value_or(BackupFolder::Head{});
  // Older than the log below: what was mailed since may come again, and nothing is missed.
  const auto cursor = one_line(data.mailer_cursor());

  const Scratch scratch;
  const auto log = open_log_beside(data.log(), scratch / "log");
  sync_files_of(data.log());
  const auto note = log->checkpoint();
  if (!note) throw Failure(options.data + " has no checkpoint: it holds no event");
  // Signed by this installation's key, and by one that took the place of whichever is trusted.
  const auto signer = SigningKey::parse(read_secret(data.signing_key()));
  if (!signer) throw Failure("signing.key: " + std::string{describe(signer.error())}, {}, exit_needs_person);
  const auto checkpoint = opened(open_checkpoint(*note, signer->verifying_key()));
  if (const auto trusted = options.vkey.empty() ? signer->verifying_key() : trusted_key(options.vkey);
      !open_checkpoint(*note, trusted))
    (void)opened(KeyChain::of(*log).open(*note, trusted));
  const auto before = head.frontier.size();
  if (before > checkpoint.size)
    throw Failure(
        fmt::format("{} has {} events, and the log only {}: it belongs to another log, or the end of this one "
                    "is lost",
                    options.to, before, checkpoint.size));
  if (before > 0 && root_at(before, tiles_of(*log)) != head.frontier.root())
    throw Failure(fmt::format("{} belongs to another log, or to another history of this one: begin a backup elsewhere",
                              options.to));

  check_what_is_there(folder, before, *log);

  if (before < checkpoint.size) {
    Progress bar("backing up", checkpoint.size - before);
    HashesBeside hashes(*log, before);
    BackupWriter writer(options.to, before, [&](std::string bundle) { hashes.add(std::move(bundle)); });
    // Read by a thread of its own: what waits for the disk here keeps no reading waiting.
    const projections::ReadAhead ahead(*log);
    ahead.read(before, [&](Position position, std::string_view entry) {
      if (position >= checkpoint.size) return false;
      writer.add(entry);
      if (position % 1'024 == 0) bar.update(position - before);
      return true;
    });
    writer.finish();
    head.frontier = hashes.finish();
    bar.update(head.frontier.size() - before);
    bar.finish();
    if (head.frontier.size() != checkpoint.size || head.frontier.root() != checkpoint.root)
      throw Failure("the entries do not hash to the root of the log's checkpoint: run rollcall verify",
                    {"the backup is what it was before"});
  }
  head.cursor = cursor;
  head.checkpoint = *note;
  // The keys come first: a backup whose keys could not be copied would be one that nobody can bring back.
  std::optional<CopyOfKeys> keys;
  if (!options.keys.empty())
    keys.emplace(data, options.keys, scratch / "keys",
                 [&](const SigningKey& copied) { (void)opened(open_checkpoint(*note, copied.verifying_key())); });
  folder.write_head(head);
  if (keys) keys->put();
  const auto root = to_base64(bytes_of(checkpoint.root));
  if (options.json)
    return print_json({{"folder", options.to},
                       {"events", checkpoint.size},
                       {"new", checkpoint.size - before},
                       {"root", root},
                       {"keys", options.keys.empty() ? json::value(nullptr) : json::value(options.keys)}});
  fmt::print("{}: {} events, {} of them new, root {}\n", options.to, checkpoint.size, checkpoint.size - before, root);
  if (before > 0) fmt::print("What was there before was not read again in full: --check does that.\n");
  if (options.keys.empty())
    return fmt::print(
        "Without keys: names and addresses cannot be read from it alone. --keys DIR copies them, elsewhere.\n");
  fmt::print("{}: the keys of all persons, and those of the installation; keep it apart from the backup\n",
             options.keys);
}

}  // namespace

void add_backup(CLI::App& app) {
  auto options = std::make_shared<BackupOptions>();
  auto* command = app.add_subcommand("backup", "Back up a data folder while it is served; again, what is new is added");
  command->add_option("to", options->to, "the backup's folder: empty, not there, or of the same log")
      ->required()
      ->type_name("DIR");
  command->add_option("--data", options->data, "the data folder")->envname("ROLLCALL_DATA")->capture_default_str();
  command
      ->add_option("--keys", options->keys,
                   "copy the keys to this folder, in place of the copy there: to be kept apart, and no longer than "
                   "the next one, since a key that is destroyed must not live on in a copy")
      ->type_name("DIR");
  command->add_option("--vkey", options->vkey, "the log's verifier key, by which its checkpoint must be signed");
  command->add_flag("--check", options->check, "read a backup again and hold it against its checkpoint; takes none");
  command->add_flag("--full-speed", options->full_speed,
                    "do not wait for what commands leave of processor and disk: for a machine that is never idle");
  command->add_flag("--json", options->json, "print what was done as JSON");
  command->footer(
      "A copy of a data folder that is served (cp, rsync, snapshots of single files) is no backup: its files are of "
      "different moments. What cannot be made anew from a backup is the outbox, and what Kafka has.");
  command->callback([options] { options->check ? check(*options) : back_up(*options); });
}

}  // namespace rollcall::tools
