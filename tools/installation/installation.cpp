#include "tools/installation/installation.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <stdexcept>

#include <fmt/format.h>
#include <sodium.h>

#include "adapters/crypto/key_files.hpp"
#include "adapters/crypto/random.hpp"
#include "events/hash.hpp"
#include "tools/installation/migration.hpp"

namespace rollcall {
namespace {

constexpr Duration clock_behind_max = minutes(5);

constexpr std::size_t operator_key_min = 32;

std::optional<LogId> log_id_in(std::string_view origin) {
  const auto slash = origin.rfind('/');
  return LogId::parse(slash == std::string_view::npos ? origin : origin.substr(slash + 1));
}

}  // namespace

Time SystemClock::now() const {
  return {std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
              .count()};
}

// Time that a machine slept has passed: what counted none of it would take waking up for a jump of the clock.
Duration SystemClock::monotonic() const {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return {std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1'000};
}

Installation::Installation(const InstallationOptions& options, const Clock& clock) : folder_{options.folder} {
  if (is_installation(folder_)) {
    lock_.emplace(folder_);
    open(options);
    if (log_->size() == 0) throw StorageCorrupt(folder_.log().string() + " holds no event, and a log begins with one");
  } else {
    if (options.must_exist)
      throw std::runtime_error(folder_.root.string() + " is no Rollcall data folder: it has no FORMAT file");
    begin(options, clock);
  }
  check_state(options, clock);
}

void Installation::begin(const InstallationOptions& options, const Clock& clock) {
  check_beginning(folder_, options.create);
  const auto name = options.origin.empty() ? "rollcall.local/" + Ids(random_seed(), clock.now()).next<LogId>().text()
                                           : options.origin;
  const auto key = SigningKey::generate(name, random_seed());
  if (!key) throw std::runtime_error("the origin " + name + ": " + std::string{describe(key.error())});
  if (!std::filesystem::exists(folder_.root)) {
    std::filesystem::create_directories(folder_.root);
    std::filesystem::permissions(folder_.root, std::filesystem::perms::owner_all);
  }
  lock_.emplace(folder_);
  begin_installation(folder_, [&] {
    const auto secret = key->private_text();
    write_durably(folder_.wrapping_key(), random_hex() + "\n");
    write_durably(folder_.operator_key(), "rck_" + random_hex() + "\n");
    write_durably(folder_.signing_key(), std::string(secret.begin(), secret.end()) + "\n");
    open(options);

    const auto now = clock.now();
    Context context{.now = now, .ids = Ids(random_seed(), now)};
    context.command = context.ids.next<CommandId>();
    context.correlation = context.command;
    const auto& vkey = signer_->verifying_key();
    const auto id = log_id_in(vkey.name()).value_or(context.ids.next<LogId>());
    Writer writer(*log_, *keys_, claims());
    writer.found(LogCreated{id, vkey.name(), vkey.text(), 1, 1}, context);
    Appender(*log_, *signer_).append(writer.close());
  });
  created_ = true;
}

void Installation::open(const InstallationOptions& options) {
  const auto wrapping = from_hex(read_secret(folder_.wrapping_key()));
  if (!wrapping || wrapping->size() != wrapping_key_.size())
    throw std::runtime_error(folder_.wrapping_key().string() + " is no key of 64 hex digits");
  std::copy(wrapping->begin(), wrapping->end(), wrapping_key_.begin());
  operator_key_ = read_secret(folder_.operator_key());
  const auto plain = [](unsigned char c) { return c > ' ' && c < 0x7f; };
  if (operator_key_.size() < operator_key_min || !std::all_of(operator_key_.begin(), operator_key_.end(), plain))
    throw std::runtime_error(fmt::format("{} must hold at least {} letters and digits that nobody can guess",
                                         folder_.operator_key().string(), operator_key_min));
  auto key = SigningKey::parse(read_secret(folder_.signing_key()));
  if (!key) throw std::runtime_error(folder_.signing_key().string() + ": " + std::string{describe(key.error())});
  signer_ = std::move(*key);
  keys_ = open_keys(folder_.keys(), wrapping_key_);
  log_ = open_log(folder_.log(), options.log);
}

void Installation::check_state(const InstallationOptions& options, const Clock& clock) {
  const auto state = log_->state();
  const auto version = state.rows->find(VersionRow::key().str());
  std::string present;
  Encoder encoder(present);
  encoder(VersionRow{});
  if (state.size != log_->size() || version != present)
    migrate_state(*log_, *keys_, claims(), folder_.migrating(), options.replaying);
  const auto now_stored = log_->state();
  const State checked(*now_stored.rows, *keys_, claims());
  if (options.confirm_clock)
    confirm_clock(clock);
  else if (clock.now() < checked.meta().recorded_at - clock_behind_max)
    throw std::runtime_error(
        fmt::format("the clock says {}, the log was written at {}: set the clock, or say with --confirm-clock "
                    "that it is right and the log's time was wrong",
                    clock.now().text(), checked.meta().recorded_at.text()));
  // Numbers that are in use would be issued again, and what they seal could never be read.
  if (keys_->issued() < checked.meta().keys)
    throw StorageCorrupt(fmt::format("{} holds {} keys, the log has used {}: restore the key store that belongs to it",
                                     folder_.keys().string(), keys_->issued(), checked.meta().keys));
}

void Installation::confirm_clock(const Clock& clock) {
  Context context{.now = clock.now(), .ids = Ids(random_seed(), clock.now())};
  context.caller = Caller::operator_key();
  context.command = context.ids.next<CommandId>();
  context.correlation = context.command;
  Writer writer(*log_, *keys_, claims());
  const auto answer = writer.handle(ConfirmClock{}, context);
  if (!std::holds_alternative<std::vector<Recorded>>(answer.outcome))
    throw std::runtime_error("the clock could not be confirmed");
  Appender(*log_, *signer_).append(writer.close());
}

ReplayedState replay_state(const LogReader& log, const KeyRing& keys, const Claims& claims, Position up_to,
                           const std::function<void(Position done, Position total)>& progress) {
  constexpr Position step = 16'384;
  ReplayedState replayed;
  State state(replayed.rows, keys, claims);
  log.read(0, [&](Position position, std::string_view entry) {
    if (position >= up_to) return false;
    evolve(state, decode_entry(entry, &keys));
    replayed.size = position + 1;
    if (replayed.size % step == 0) {
      replayed.rows.apply(state.overlay().take());
      if (progress) progress(replayed.size, up_to);
    }
    return true;
  });
  replayed.rows.apply(state.overlay().take());
  if (progress) progress(replayed.size, up_to);
  replayed.digest = digest_of(replayed.rows);
  return replayed;
}

StateDifference difference(const Rows& rows, const Rows& wanted) {
  StateDifference found;
  for_each_difference(rows, wanted, [&](std::string_view key, std::optional<std::string> value) {
    if (found.named.size() < 20)
      found.named.push_back(fmt::format("table {} key {}", key.substr(0, 1), to_hex(key.substr(1))));
    found.changes.emplace(key, std::move(value));
  });
  return found;
}

// Both are read once, in order: a look-up for each row would cost most of a migration.
void for_each_difference(const Rows& rows, const Rows& wanted,
                         const std::function<void(std::string_view key, std::optional<std::string> value)>& differs) {
  constexpr std::size_t rows_at_once = 4'096;
  std::string from;
  for (bool ended = false; !ended;) {
    std::vector<std::pair<std::string, std::string>> expected;
    wanted.scan(from, {}, [&](std::string_view key, std::string_view value) {
      expected.emplace_back(key, value);
      return expected.size() < rows_at_once;
    });
    ended = expected.size() < rows_at_once;
    const auto to = ended ? std::string{} : expected.back().first + '\0';
    auto next = expected.begin();
    rows.scan(from, to, [&](std::string_view key, std::string_view value) {
      for (; next != expected.end() && next->first < key; ++next) differs(next->first, std::move(next->second));
      if (next == expected.end() || next->first != key) {
        differs(key, std::nullopt);
      } else {
        if (next->second != value) differs(key, std::move(next->second));
        ++next;
      }
      return true;
    });
    for (; next != expected.end(); ++next) differs(next->first, std::move(next->second));
    from = to;
  }
}

}  // namespace rollcall
