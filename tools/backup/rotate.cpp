// `rollcall rotate`: another key signs the log, or wraps the data keys, from now on.
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "adapters/crypto/key_files.hpp"
#include "adapters/crypto/random.hpp"
#include "adapters/rocksdb/keys.hpp"
#include "adapters/rocksdb/rewrap.hpp"
#include "domain/engine/writer.hpp"
#include "events/proof/note.hpp"
#include "tools/failure.hpp"
#include "tools/installation/installation.hpp"
#include "tools/installation/key_chain.hpp"
#include "tools/installation/own_context.hpp"
#include "tools/installation/rotation.hpp"
#include "tools/print/json_view.hpp"
#include "tools/print/progress.hpp"
#include "tools/subcommands.hpp"

namespace rollcall::tools {
namespace {

namespace fs = std::filesystem;

struct RotateOptions {
  std::string data = "data";
  bool confirm_clock = false;
  bool json = false;
};

SigningKey signing_key_in(const fs::path& file) {
  auto key = SigningKey::parse(read_secret(file));
  if (!key) throw Failure(file.string() + ": " + std::string{describe(key.error())}, {}, exit_needs_person);
  return std::move(*key);
}

// A log whose checkpoints are signed by a second key as well: by it who trusts the first one gets to the second.
class SignedByBoth final : public Log {
 public:
  SignedByBoth(StoredLog& log, const SigningKey& second) : log_(log), second_(second) {}

  Position size() const override { return log_.size(); }
  void read(Position from, const Visit& visit) const override { log_.read(from, visit); }
  std::optional<std::string> entry(Position position) const override { return log_.entry(position); }
  std::optional<std::string> tile(unsigned level, std::uint64_t index) const override {
    return log_.tile(level, index);
  }
  std::optional<std::string> frontier() const override { return log_.frontier(); }
  std::optional<std::string> checkpoint() const override { return log_.checkpoint(); }
  Position batch_end(Position size) const override { return log_.batch_end(size); }
  State state() const override { return log_.state(); }
  void append(const Batch& batch) override {
    auto both = batch;
    const auto text = batch.checkpoint.substr(0, batch.checkpoint.find("\n\n") + 1);
    const auto second = sign_note(text, second_);
    both.checkpoint += second.substr(second.find("\n\n") + 2);
    log_.append(both);
  }
  void correct_state(const RowChanges& changes, const RowsDigest& digest) override {
    log_.correct_state(changes, digest);
  }

 private:
  StoredLog& log_;
  const SigningKey& second_;
};

// Appends what a command of the system brings about, signed by these keys.
void record(Installation& installation, Log& log, const SigningKey& signer, const Command& command) {
  Writer writer(installation.log(), installation.keys(), installation.claims());
  const auto answer = writer.handle(command, own_context(SystemClock{}));
  if (!std::holds_alternative<std::vector<Recorded>>(answer.outcome))
    throw Failure("the rotation could not be written down");
  Appender(log, signer).append(writer.close());
}

InstallationOptions installation_options(const RotateOptions& options) {
  InstallationOptions all;
  all.folder = options.data;
  all.must_exist = true;
  all.rotating = true;
  all.confirm_clock = options.confirm_clock;
  return all;
}

// What is not fit to be served is not begun with: a key that is not the log's, keys of another log.
void check_before(const RotateOptions& options) {
  auto as_served = installation_options(options);
  as_served.rotating = false;
  const Installation installation(as_served, SystemClock{});
}

// Each step may be the last of a process: the next one goes on with it.
void rotate_signing_key(const RotateOptions& options) {
  start_crypto();
  const DataFolder data{options.data};
  require_installation(data);
  const auto next_file = next_signing_key(data);
  if (!fs::exists(next_file)) check_before(options);
  if (const FolderLock lock(data); !fs::exists(next_file)) {
    const auto fresh = SigningKey::generate(signing_key_in(data.signing_key()).verifying_key().name(), random_seed());
    if (!fresh) throw Failure("signing.key: " + std::string{describe(fresh.error())}, {}, exit_needs_person);
    const auto secret = fresh->private_text();
    write_durably(next_file, std::string(secret.begin(), secret.end()) + "\n");
  }
  const auto next = signing_key_in(next_file);
  std::string from;
  {
    Installation installation(installation_options(options), SystemClock{});
    // Whoever had the folder before may have rotated it.
    const auto& before = installation.signer();
    from = before.verifying_key().text();
    const auto note = installation.log().checkpoint();
    if (note && open_checkpoint(*note, next.verifying_key())) {  // told before it was cut short
      const auto chain = KeyChain::of(installation.log());
      if (chain.keys().size() > 1) from = chain.keys()[chain.keys().size() - 2].text();
    } else {
      SignedByBoth log(installation.log(), next);
      record(installation, log, before,
             RecordSigningKey{from, next.verifying_key().text(), endorse(before, next.verifying_key())});
    }
    write_durably(data.signing_key(), read_secret(next_file) + "\n");
    fs::remove(next_file);
  }
  if (options.json) return print_json({{"from", from}, {"to", next.verifying_key().text()}});
  fmt::print(
      "The log is signed by another key from now on; give auditors its verifier key:\n{}\n\n"
      "Who trusts the one before verifies with that as well: the log says which one took its place.\n"
      "Take a backup with --keys: copies of the keys from before do not fit any more.\n",
      next.verifying_key().text());
}

void rotate_wrapping_key(const RotateOptions& options) {
  start_crypto();
  const DataFolder data{options.data};
  require_installation(data);
  const auto next_file = next_wrapping_key(data);
  if (!fs::exists(next_file)) check_before(options);
  {
    const FolderLock lock(data);
    if (!fs::exists(next_file)) {
      (void)open_keys(data.keys(), wrapping_key_in(data.wrapping_key()));  // what is damaged is not begun with
      write_durably(next_file, random_hex() + "\n");
    }
    const auto before = wrapping_key_in(data.wrapping_key()), next = wrapping_key_in(next_file);
    if (before != next) {
      Progress bar("wrapping keys", 1);
      (void)rewrap_keys(data.keys(), before, next,
                        [&](std::uint64_t done, std::uint64_t total) { bar.update(done, total); });
      bar.finish();
      write_durably(data.wrapping_key(), read_secret(next_file) + "\n");
    }
  }
  Installation installation(installation_options(options), SystemClock{});
  const auto keys = installation.keys().issued();
  record(installation, installation.log(), installation.signer(), RecordWrappingKey{keys});
  fs::remove(next_file);
  if (options.json) return print_json({{"keys", keys}});
  fmt::print(
      "{} keys are wrapped under another key from now on.\n"
      "Take a backup with --keys, and destroy the copies from before: the key before opens them.\n",
      keys);
}

void add_options(CLI::App& command, RotateOptions& options) {
  command.add_option("--data", options.data, "the data folder, which nobody serves meanwhile")
      ->envname("ROLLCALL_DATA")
      ->capture_default_str();
  command.add_flag("--confirm-clock", options.confirm_clock, "the clock is right, though the log was written later");
  command.add_flag("--json", options.json, "print what was done as JSON");
}

}  // namespace

void add_rotate(CLI::App& app) {
  auto& command = *app.add_subcommand(
      "rotate", "Put another key in the place of the one that signs the log, or wraps the data keys");
  command.require_subcommand(1);
  const auto add = [&](const char* name, const char* help, void (*rotate)(const RotateOptions&)) {
    auto options = std::make_shared<RotateOptions>();
    auto& one = *command.add_subcommand(name, help);
    add_options(one, *options);
    one.footer("Cut short, it is finished by the same command; until then nobody serves the folder.");
    one.callback([options, rotate] { rotate(*options); });
  };
  add("signing-key", "Another key signs the log; what the one before signed stays verifiable", &rotate_signing_key);
  add("wrapping-key", "Another key wraps the data keys; the one before opens nothing any more", &rotate_wrapping_key);
}

}  // namespace rollcall::tools
