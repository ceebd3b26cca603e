// Rows and what lies on top of them, against the plainest model there is: one map.
#include "events/rows.hpp"

#include <rapidcheck.h>

#include "tests/support/catch.hpp"

namespace rollcall {
namespace {

using Model = std::map<std::string, std::string, std::less<>>;
using Listed = std::vector<std::pair<std::string, std::string>>;

Listed listed(const Rows& rows, std::string_view from = {}, std::string_view to = {}, std::size_t limit = 1'000) {
  Listed found;
  rows.scan(from, to, [&](std::string_view key, std::string_view value) {
    found.emplace_back(key, value);
    return found.size() < limit;
  });
  return found;
}

Listed listed(const Model& model, std::string_view from, std::string_view to, std::size_t limit = 1'000) {
  Listed found;
  for (const auto& [key, value] : model)
    if (key >= from && (to.empty() || key < to) && found.size() < limit) found.emplace_back(key, value);
  return found;
}

// Short keys of few letters, the highest byte among them, so that they meet.
std::string key_of(std::uint8_t drawn) {
  constexpr std::string_view letters{"\0a\xff", 3};
  std::string key(1, letters[drawn % 3]);
  if (drawn % 2 == 0) key.push_back(letters[drawn / 2 % 3]);
  return key;
}

RowChanges changes_of(const std::vector<std::pair<std::uint8_t, std::uint8_t>>& drawn) {
  RowChanges changes;
  for (const auto& [key, value] : drawn)
    changes[key_of(key)].value = value % 4 == 0 ? std::nullopt : std::optional{std::to_string(value)};
  return changes;
}

void change(Model& model, const RowChanges& changes) {
  for (const auto& [key, change] : changes) {
    if (change.value)
      model[key] = *change.value;
    else
      model.erase(key);
  }
}

using Drawn = std::vector<std::pair<std::uint8_t, std::uint8_t>>;

TEST_CASE("an overlay on an overlay on rows is read as if it were one") {
  CHECK(rc::check(
      [](const Drawn& a, const Drawn& b, const Drawn& c, std::uint8_t from, std::uint8_t to, std::uint8_t limit) {
        Model model;
        MemoryRows rows;
        Overlay lower(rows);
        Overlay upper(static_cast<const Rows&>(lower));  // on top of it, no copy of it
        rows.apply(changes_of(a));
        lower.adopt(changes_of(b));
        for (const auto& [at, value] : c) {
          const auto key = key_of(at);
          RowChange::Known present;  // sometimes the caller knows, also of what he has changed himself
          if (value % 3 == 0) present = upper.find(key);
          if (value % 4 == 0)
            upper.erase(key, present);
          else
            upper.put(key, std::to_string(value), present);
        }
        for (const auto& drawn : {a, b, c}) change(model, changes_of(drawn));

        RC_ASSERT(listed(upper) == listed(model, {}, {}));
        RC_ASSERT(upper.digest_after(digest_of(lower)) == digest_of(upper));
        RC_ASSERT(listed(upper, key_of(from), key_of(to)) == listed(model, key_of(from), key_of(to)));
        const std::size_t few = 1 + limit % 4;
        RC_ASSERT(listed(upper, key_of(from), {}, few) == listed(model, key_of(from), {}, few));
        for (std::uint8_t drawn = 0; drawn < 36; ++drawn) {
          const auto at = model.find(key_of(drawn));
          RC_ASSERT(upper.find(key_of(drawn)) == (at == model.end() ? std::nullopt : std::optional{at->second}));
        }

        rows.apply(lower.take());
        rows.apply(upper.take());
        RC_ASSERT(lower.changes().empty());
        RC_ASSERT(listed(rows) == listed(model, {}, {}));
      }));
}

TEST_CASE("a digest that is kept up change by change is that of the rows as they are") {
  CHECK(rc::check([](const std::vector<Drawn>& batches) {
    MemoryRows rows;
    RowsDigest digest;
    for (const auto& batch : batches) {
      auto changes = changes_of(batch);
      for (const auto& [at, value] : batch)
        if (value % 3 == 0) changes[key_of(at)].before = rows.find(key_of(at));
      digest = digest_after(digest, rows, changes);
      rows.apply(changes);
      RC_ASSERT(digest == digest_of(rows));
    }
  }));
}

TEST_CASE("a digest does not depend on order, and tells rows apart by key and by value") {
  RowsDigest one, two;
  one.add("a", "1");
  one.add("b", "2");
  two.add("b", "2");
  two.add("a", "1");
  CHECK(one == two);
  two.remove("b", "2");
  two.add("b", "3");
  CHECK(one != two);
  RowsDigest joined, apart;
  joined.add("ab", "c");
  apart.add("a", "bc");
  CHECK(joined != apart);
  one.remove("a", "1");
  one.remove("b", "2");
  CHECK(one == RowsDigest{});
  CHECK(RowsDigest{}.text() == std::string(32, '0'));
}

TEST_CASE("behind a prefix comes the first key that does not begin with it") {
  CHECK(behind_prefix("ab") == "ac");
  CHECK(behind_prefix("a\xff") == "b");
  CHECK(behind_prefix("\xff\xff").empty());
  CHECK(behind_prefix("").empty());
  CHECK(rc::check([](const std::string& prefix, const std::string& rest, const std::string& other) {
    const auto end = behind_prefix(prefix);
    RC_ASSERT(end.empty() || prefix + rest < end);
    if (other >= prefix && (end.empty() || other < end)) RC_ASSERT(other.starts_with(prefix));
  }));
}

}  // namespace
}  // namespace rollcall
