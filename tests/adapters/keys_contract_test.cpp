// What every key store promises (events/log.hpp), run over the one in memory and the one on disk.
#include <set>
#include <stdexcept>

#include "adapters/rocksdb/keys.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/memory_log.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace rollcall;

namespace {

struct InMemory {
  MemoryKeys keys{42};
  KeyStore* operator->() { return &keys; }
  void open_again() {}
};

class OnDisk {
 public:
  OnDisk() { open_again(); }
  KeyStore* operator->() { return keys_.get(); }
  void open_again() {
    keys_.reset();
    keys_ = begin_keys(folder_ / "keys", DataKey{1, 2, 3});
  }

 private:
  TemporaryFolder folder_;
  std::unique_ptr<KeyStore> keys_;
};

}  // namespace

TEMPLATE_TEST_CASE("issued keys are found again, each another", "[keys]", InMemory, OnDisk) {
  TestType keys;
  CHECK(keys->issued() == 0);
  keys->issue_up_to(100);
  CHECK(keys->issued() == 100);
  std::set<DataKey> distinct;
  for (KeyNumber number = 1; number <= 100; ++number) distinct.insert(keys->find(number).value());
  CHECK(distinct.size() == 100);

  keys.open_again();
  CHECK(keys->issued() == 100);
  std::set<DataKey> again;
  for (KeyNumber number = 1; number <= 100; ++number) again.insert(keys->find(number).value());
  CHECK(again == distinct);
}

TEMPLATE_TEST_CASE("issuing what is issued changes nothing", "[keys]", InMemory, OnDisk) {
  TestType keys;
  keys->issue_up_to(10);
  const auto first = keys->find(1);
  const auto last = keys->find(10);
  keys->issue_up_to(10);
  keys->issue_up_to(3);
  CHECK(keys->issued() == 10);
  keys->issue_up_to(11);
  CHECK(keys->issued() == 11);
  CHECK(keys->find(1) == first);
  CHECK(keys->find(10) == last);
}

TEMPLATE_TEST_CASE("a key that was never issued is a fault, not an erased person", "[keys]", InMemory, OnDisk) {
  TestType keys;
  CHECK_THROWS_AS(keys->find(1), std::exception);
  keys->issue_up_to(5);
  CHECK_THROWS_AS(keys->find(0), std::exception);
  CHECK_THROWS_AS(keys->find(6), std::exception);
  CHECK_THROWS_AS(keys->destroy(0), std::exception);
  CHECK_THROWS_AS(keys->destroy(6), std::exception);
}

TEMPLATE_TEST_CASE("a destroyed key stays destroyed and the others stay", "[keys]", InMemory, OnDisk) {
  TestType keys;
  keys->issue_up_to(5);
  const auto kept = keys->find(4);
  REQUIRE(keys->find(5).has_value());
  keys->destroy(3);
  keys->destroy(5);
  keys->destroy(5);
  const auto stays_so = [&] {
    CHECK(keys->find(3) == std::nullopt);
    CHECK(keys->find(4) == kept);
    CHECK(keys->find(5) == std::nullopt);
    CHECK(keys->issued() == 5);
  };
  stays_so();
  keys.open_again();
  stays_so();
  keys->issue_up_to(6);
  CHECK(keys->find(5) == std::nullopt);
  CHECK(keys->find(6).has_value());
}

TEMPLATE_TEST_CASE("each purpose has one secret for good", "[keys]", InMemory, OnDisk) {
  TestType keys;
  const auto claims = keys->secret("claims");
  const auto tokens = keys->secret("tokens");
  CHECK(claims != tokens);
  CHECK(keys->secret("claims") == claims);
  CHECK(keys->issued() == 0);
  keys.open_again();
  CHECK(keys->secret("claims") == claims);
  CHECK(keys->secret("tokens") == tokens);
}
