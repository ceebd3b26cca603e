#include "tools/installation/migration.hpp"

#include "adapters/rocksdb/views.hpp"
#include "domain/engine/evolve.hpp"
#include "domain/engine/state.hpp"
#include "domain/engine/tables.hpp"
#include "events/archive.hpp"
#include "tools/installation/installation.hpp"

namespace rollcall {
namespace {

// Of what is held in memory at a time.
constexpr Position events_at_once = 16'384;
constexpr std::size_t changes_at_once = 16'384;

class ScratchFolder {
 public:
  explicit ScratchFolder(std::filesystem::path path) : path_(std::move(path)) { std::filesystem::remove_all(path_); }
  ~ScratchFolder() {
    std::error_code left_over;  // goes before the next migration
    std::filesystem::remove_all(path_, left_over);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

void replay(const LogReader& log, const KeyRing& keys, const Claims& claims, ViewStore& store,
            const std::function<void(Position done, Position total)>& progress) {
  const auto size = log.size();
  for (Position next = 0; next < size;) {
    const auto before = store.snapshot();
    State state(*before.rows, keys, claims);
    const auto end = std::min(size, next + events_at_once);
    log.read(next, [&](Position position, std::string_view entry) {
      if (position >= end) return false;
      evolve(state, decode_entry(entry, &keys));
      next = position + 1;
      return true;
    });
    if (next != end)
      throw StorageCorrupt("the log ends at event " + std::to_string(next) + " of its " + std::to_string(size));
    const auto changes = state.overlay().take();
    store.commit(changes, {next, digest_after(before.progress.digest, *before.rows, changes), state_version});
    if (progress) progress(next, size);
  }
}

}  // namespace

void migrate_state(StoredLog& log, const KeyRing& keys, const Claims& claims, const std::filesystem::path& scratch,
                   const std::function<void(Position done, Position total)>& progress) {
  const ScratchFolder folder(scratch);
  Views stores(folder.path());
  const auto store = stores.begin_generation("state", state_version);
  replay(log, keys, claims, *store, progress);

  const auto wanted = store->snapshot();
  const auto present = log.state();
  const auto version = VersionRow::key().str();
  RowChanges changes;
  changes.emplace(version, std::nullopt);  // until all the others are there
  const auto write = [&] {
    log.correct_state(changes, wanted.progress.digest);
    changes.clear();
  };
  for_each_difference(*present.rows, *wanted.rows, [&](std::string_view key, std::optional<std::string> value) {
    if (key == version) return;
    changes.emplace(key, std::move(value));
    if (changes.size() >= changes_at_once) write();
  });
  write();
  changes.emplace(version, wanted.rows->find(version));
  write();
}

}  // namespace rollcall
