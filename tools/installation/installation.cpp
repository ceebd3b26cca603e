#include "tools/installation/installation.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <stdexcept>

#include <fmt/format.h>
#include <sodium.h>

#include "adapters/crypto/key_files.hpp"
#include "adapters/crypto/random.hpp"
#include "domain/engine/state.hpp"
#include "domain/operations/tables.hpp"
#include "events/hash.hpp"
#include "tools/installation/rotation.hpp"
#include "tools/installation/state_replay.hpp"

namespace rollcall {
namespace {

constexpr Duration clock_behind_max = minutes(5);

constexpr std::size_t operator_key_min = 32;

// What a key store holds besides the keys of persons, from its beginning on.
constexpr std::array<std::string_view, 3> secret_purposes{"claims", "tokens", "requests"};
constexpr std::string_view no_mail_yet = "0";

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
    finish_beginning(folder_);
    if (!options.rotating) refuse_half_rotated(folder_);
    open(options, &open_keys);
    if (log_->size() == 0) throw StorageCorrupt(folder_.log().string() + " holds no event, and a log begins with one");
  } else {
    if (options.must_exist) require_installation(folder_);
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
    write_durably(folder_.mailer_cursor(), std::string(no_mail_yet) + "\n");
    open(options, &begin_keys);
    for (const auto purpose : secret_purposes) (void)keys_->secret(purpose);

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

void Installation::open(const InstallationOptions& options, decltype(&open_keys) keys_in) {
  wrapping_key_ = read_wrapping_key(folder_);
  operator_key_ = read_secret(folder_.operator_key());
  const auto plain = [](unsigned char c) { return c > ' ' && c < 0x7f; };
  if (operator_key_.size() < operator_key_min || !std::all_of(operator_key_.begin(), operator_key_.end(), plain))
    throw std::runtime_error(fmt::format("{} must hold at least {} letters and digits that nobody can guess",
                                         folder_.operator_key().string(), operator_key_min));
  auto key = SigningKey::parse(read_secret(folder_.signing_key()));
  if (!key) throw std::runtime_error(folder_.signing_key().string() + ": " + std::string{describe(key.error())});
  signer_ = std::move(*key);
  keys_ = keys_in(folder_.keys(), wrapping_key_, {});
  log_ = open_log(folder_.log(), options.log);
}

void Installation::check_state(const InstallationOptions& options, const Clock& clock) {
  if (log_->state().size != log_->size() || !is_of_this_version(*log_))
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
  // Another key would sign what nobody can verify: the log does not say that it took the place of the one before.
  if (const auto named = checked.find<SignerRow>(SignerRow::key()); !options.rotating && named)
    if (named->vkey != signer_->verifying_key().text())
      throw UnfitFolder(
          fmt::format("{} is not the key that the log says it is signed by ({}): put back the one that is",
                      folder_.signing_key().string(), named->vkey));
  refuse_foreign_keys(checked);
  // Numbers that are in use would be issued again, and what they seal could never be read.
  if (keys_->issued() < checked.meta().keys)
    throw StorageCorrupt(fmt::format("{} holds {} keys, the log has used {}: restore the key store that belongs to it",
                                     folder_.keys().string(), keys_->issued(), checked.meta().keys));
}

// The keys of another log open nothing of this one, and what they would seal nobody could read later.
void Installation::refuse_foreign_keys(const State& state) const {
  constexpr int persons_looked_at = 16;
  const auto foreign = [&](std::string_view what) {
    return UnfitFolder(
        fmt::format("{} and {} are of another log, or of another time of this one: {}; put back those "
                    "that belong to it",
                    folder_.keys().string(), folder_.wrapping_key().string(), what));
  };
  int seen = 0, unclaimed = 0;
  state.scan(Key{PersonRow::table}, {}, [&](std::string_view rest) {
    const auto id = id_at_end<PersonTag>(rest);
    try {
      const auto person = state.get<PersonRow>(PersonRow::key(id));
      if (!person.email.clear()) return true;  // erased
      ++seen;
      if (state.person_with(person.email.shown()) != id) ++unclaimed;
    } catch (const StorageError&) {
      throw;  // a damage is told as what it is
    } catch (const std::exception&) {
      throw foreign("they do not open what is sealed in it");
    }
    return seen < persons_looked_at;
  });
  if (seen > 0 && seen == unclaimed) throw foreign("no address in it is found by them");
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

}  // namespace rollcall
