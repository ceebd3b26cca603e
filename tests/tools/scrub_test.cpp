// The scrub: reads all there is, goes on with what comes, and stops at the first entry that is not what the tree has.
#include "tools/server/followers/scrub.hpp"

#include "events/proof/merkle.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/given.hpp"

using namespace rollcall;
using namespace rollcall::testing;

namespace {

// A log in which one entry reads as something else.
class Altered final : public LogReader {
 public:
  explicit Altered(const LogReader& log) : log_(log) {}
  std::optional<Position> at;  // this one
  bool unreadable = false;     // it throws instead

  Position size() const override { return log_.size(); }
  void read(Position from, const Visit& visit) const override {
    log_.read(from, [&](Position position, std::string_view entry) {
      if (position != at) return visit(position, entry);
      if (unreadable) throw std::runtime_error("the block is damaged");
      auto other = std::string{entry};
      other.back() ^= 1;
      return visit(position, other);
    });
  }
  std::optional<std::string> entry(Position position) const override { return log_.entry(position); }
  // All tiles there would be, whole or not: what is stored of a log of a few entries is none.
  std::optional<std::string> tile(unsigned level, std::uint64_t index) const override {
    if (level != 0) return std::nullopt;
    std::string bytes;
    for (Position i = index * 256; i < std::min<Position>(log_.size(), (index + 1) * 256); ++i)
      bytes += bytes_of(leaf_hash(*log_.entry(i)));
    bytes.resize(256 * sizeof(Hash));
    return bytes;
  }
  std::optional<std::string> frontier() const override { return log_.frontier(); }
  std::optional<std::string> checkpoint() const override { return log_.checkpoint(); }
  Position batch_end(Position position) const override { return log_.batch_end(position); }
  State state() const override { return log_.state(); }

 private:
  const LogReader& log_;
};

}  // namespace

TEST_CASE("the scrub reads the whole log in steps, and what comes behind it") {
  World given;
  const auto acme = given.account("acme");
  given.records(acme.owner, RecordKind::contact, 50);
  Altered log(given.log);
  Scrub scrub(log, 1'000);
  scrub.step();
  CHECK(scrub.checked() > 0);
  CHECK(scrub.checked() < log.size());
  while (scrub.checked() < log.size()) scrub.step();
  given.records(acme.owner, RecordKind::contact, 1);
  scrub.step();
  CHECK(scrub.checked() == log.size());
  CHECK_FALSE(scrub.damage());
}

TEST_CASE("the scrub stops for good at an entry that is damaged") {
  World given;
  const auto acme = given.account("acme");
  given.records(acme.owner, RecordKind::contact, 10);
  Altered log(given.log);
  log.at = 7;
  log.unreadable = GENERATE(false, true);
  Scrub scrub(log);
  scrub.step();
  REQUIRE(scrub.damage());
  CHECK(scrub.damage()->position == 7);
  CHECK(scrub.checked() == 7);
  log.at.reset();
  scrub.step();
  CHECK(scrub.checked() == 7);
}
