#include "projections/engine/rebuild.hpp"

#include <limits>
#include <stdexcept>

#include "projections/engine/read_ahead.hpp"

namespace rollcall::projections {
namespace {

// A commit costs every touched row once, so the fewer the better; memory holds the rows meanwhile.
constexpr Pace rebuild_pace{std::numeric_limits<std::uint64_t>::max(), 500'000};

constexpr std::size_t compared_at_once = 1'024;

struct Row {
  std::string key;
  std::string value;
};

std::vector<Row> some_rows(const Rows& rows, std::string_view from) {
  std::vector<Row> some;
  rows.scan(from, {}, [&](std::string_view key, std::string_view value) {
    some.push_back({std::string{key}, std::string{value}});
    return some.size() < compared_at_once;
  });
  return some;
}

// Reads rows one after the other, so that two stores can be walked side by side.
class Walk {
 public:
  explicit Walk(const Rows& rows) : rows_(rows) { load({}); }
  const Row* row() const { return at_ < some_.size() ? &some_[at_] : nullptr; }
  void next() {
    if (++at_ == compared_at_once) load(some_.back().key + '\0');
  }

 private:
  void load(const std::string& from) {
    some_ = some_rows(rows_, from);
    at_ = 0;
  }

  const Rows& rows_;
  std::vector<Row> some_;
  std::size_t at_ = 0;
};

}  // namespace

Expected<ViewStore::Progress, Stop> rebuild(const Projection& projection, const LogReader& log, const KeyRing& keys,
                                            ViewStore& store, Position up_to,
                                            const Projector::OnProgress& on_progress) {
  if (const auto present = store.snapshot().progress; present.applied != 0 || present.digest != RowsDigest{})
    throw std::logic_error("a rebuild needs an empty store");
  const ReadAhead ahead(log);
  Projector projector(ahead, keys, rebuild_pace);
  projector.feed(projection, store);
  projector.catch_up(up_to, on_progress);
  auto view = projector.views().front();
  if (view.stop) return unexpected(std::move(*view.stop));
  return view.progress;
}

Comparison compare(const ViewStore::Progress& a, const ViewStore::Progress& b) {
  if (a.applied != b.applied || a.version != b.version) return Comparison::incomparable;
  return a.digest == b.digest ? Comparison::equal : Comparison::different;
}

std::vector<Difference> differences(const Rows& first, const Rows& second, std::size_t limit) {
  std::vector<Difference> found;
  Walk a(first), b(second);
  while (found.size() < limit && (a.row() || b.row())) {
    const auto* in_a = a.row();
    const auto* in_b = b.row();
    if (!in_b || (in_a && in_a->key < in_b->key)) {
      found.push_back({in_a->key, Difference::Kind::only_in_first});
      a.next();
    } else if (!in_a || in_b->key < in_a->key) {
      found.push_back({in_b->key, Difference::Kind::only_in_second});
      b.next();
    } else {
      if (in_a->value != in_b->value) found.push_back({in_a->key, Difference::Kind::other_value});
      a.next();
      b.next();
    }
  }
  return found;
}

}  // namespace rollcall::projections
