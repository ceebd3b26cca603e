#include "tools/installation/state_replay.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "domain/engine/evolve.hpp"
#include "domain/engine/state.hpp"
#include "domain/engine/tables.hpp"
#include "events/archive.hpp"
#include "events/hash.hpp"
#include "events/mark.hpp"

namespace rollcall {
namespace {

// Of what is held in memory at a time.
constexpr Position events_at_once = 16'384;
constexpr std::size_t changes_at_once = 16'384;

std::filesystem::path made(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  return folder;
}

bool can_go_on(const ViewStore::Progress& done, const LogReader& log, Position up_to) {
  if (done.version != state_version || done.applied > up_to) return false;
  return done.applied == 0 || fit({done.applied - 1, done.leaf}, log) == MarkFit::fits;
}

}  // namespace

StateReplay::StateReplay(const std::filesystem::path& folder)
    : lock_(DataFolder{made(folder)}), stores_(folder), store_(stores_.open("state", state_version)) {}

void StateReplay::run(const LogReader& log, const KeyRing& keys, const Claims& claims, Position up_to,
                      const ReplayProgress& progress) {
  if (!can_go_on(store_->snapshot().progress, log, up_to)) {
    store_ = stores_.begin_generation("state", state_version);
    stores_.swap("state");
  }
  for (auto next = store_->snapshot().progress.applied; next < up_to;) {
    const auto before = store_->snapshot();
    State state(*before.rows, keys, claims);
    const auto end = std::min(up_to, next + events_at_once);
    log.read(next, [&](Position position, std::string_view entry) {
      if (position >= end) return false;
      evolve(state, decode_entry(entry, &keys));
      next = position + 1;
      return true;
    });
    if (next != end) throw StorageCorrupt(fmt::format("the log ends at event {} of its {}", next, up_to));
    const auto changes = state.overlay().take();
    store_->commit(changes, {next, digest_after(before.progress.digest, *before.rows, changes), state_version,
                             mark_at(log, next - 1).leaf});
    if (progress) progress(next, up_to);
  }
}

bool is_of_this_version(const LogReader& log) {
  std::string ours;
  Encoder encoder(ours);
  encoder(VersionRow{});
  return log.state().rows->find(VersionRow::key().str()) == ours;
}

std::size_t correct_state(StoredLog& log, const ViewStore::Snapshot& wanted) {
  const auto present = log.state();
  const auto version = VersionRow::key().str();
  std::size_t changed = 0;
  RowChanges changes;
  changes.emplace(version, std::nullopt);  // until all the others are there
  const auto write = [&] {
    log.correct_state(changes, wanted.progress.digest);
    changes.clear();
  };
  for_each_difference(*present.rows, *wanted.rows, [&](std::string_view key, std::optional<std::string> value) {
    ++changed;
    if (key == version) return;
    changes.emplace(key, std::move(value));
    if (changes.size() >= changes_at_once) write();
  });
  write();
  changes.emplace(version, wanted.rows->find(version));
  write();
  return changed;
}

void migrate_state(StoredLog& log, const KeyRing& keys, const Claims& claims, const std::filesystem::path& folder,
                   const ReplayProgress& progress) {
  {
    StateReplay replay(folder);
    replay.run(log, keys, claims, log.size(), progress);
    correct_state(log, replay.state());
  }
  std::filesystem::remove_all(folder);
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

std::vector<std::string> first_differences(const Rows& rows, const Rows& wanted) {
  constexpr std::size_t shown = 20;
  std::vector<std::string> named;
  for_each_difference(rows, wanted, [&](std::string_view key, const std::optional<std::string>&) {
    if (named.size() < shown) named.push_back(fmt::format("table {} key {}", key.substr(0, 1), to_hex(key.substr(1))));
  });
  return named;
}

}  // namespace rollcall
