// The data folder: where an installation may begin, what it needs to be one, and what is made up in no case.
#include "tools/installation/installation.hpp"

#include <fstream>
#include <map>

#include <unistd.h>

#include "adapters/crypto/random.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace rollcall;

namespace {

namespace fs = std::filesystem;
using Catch::Contains;

struct Place {
  TemporaryFolder temporary;
  fs::path folder = temporary / "data";
  SystemClock clock;
  bool create = false;

  Place() { start_crypto(); }
  void open() const { const Installation installation({.folder = folder, .create = create}, clock); }
  void write(const std::string& name, const std::string& text) const { std::ofstream(folder / name) << text; }
  // All files with their sizes.
  std::map<std::string, std::uintmax_t> files() const {
    std::map<std::string, std::uintmax_t> all;
    if (!fs::exists(folder)) return all;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
      all[fs::relative(entry.path(), folder).generic_string()] = entry.is_regular_file() ? entry.file_size() : 0;
    return all;
  }
};

}  // namespace

TEST_CASE("an installation begins in an empty folder, or with --create where there is none") {
  Place place;
  CHECK_THROWS_WITH(place.open(), Contains("is not there") && Contains("--create"));
  CHECK(place.files().empty());
  SECTION("an empty one") { fs::create_directory(place.folder); }
  SECTION("a mounted disk") {
    fs::create_directory(place.folder);
    fs::create_directory(place.folder / "lost+found");
  }
  SECTION("none, with --create") { place.create = true; }
  place.open();
  CHECK(fs::exists(place.folder / "FORMAT"));
  CHECK_FALSE(fs::exists(place.folder / "BEGINNING"));
  place.create = false;
  place.open();
}

TEST_CASE("where something else lies nothing begins, and nothing is touched") {
  Place place;
  place.create = GENERATE(false, true);
  fs::create_directory(place.folder);
  place.write("thesis.doc", "years of work");
  const auto before = place.files();
  CHECK_THROWS_WITH(place.open(), Contains("is not empty: thesis.doc"));
  CHECK(place.files() == before);
}

TEST_CASE("an installation that lacks a part is refused by the part's name, and no other is made in its place") {
  Place place;
  place.create = true;
  place.open();
  const std::string part = GENERATE("wrapping.key", "signing.key", "operator.key", "log", "keys");
  fs::remove_all(place.folder / part);
  if (GENERATE(false, true)) {
    if (part.find('.') == part.npos) fs::create_directory(place.folder / part);  // an empty mount point
  }
  const auto before = place.files();
  CHECK_THROWS_WITH(place.open(), Contains("lacks " + part));
  CHECK(place.files() == before);
}

TEST_CASE("a folder of another format is refused by name") {
  Place place;
  place.create = true;
  place.open();
  place.write("FORMAT", "rollcall 1\n");
  CHECK_THROWS_WITH(place.open(), Contains("rollcall 1") && Contains("another version"));
}

TEST_CASE("a beginning that was cut short is begun anew") {
  Place place;
  place.create = true;
  place.open();
  // As a process leaves it that was killed before the format was written.
  fs::remove(place.folder / "FORMAT");
  CHECK_THROWS_WITH(place.open(), Contains("is not empty"));
  place.write("BEGINNING", "");
  fs::remove(place.folder / "wrapping.key");
  place.open();
  place.create = false;
  place.open();
}

TEST_CASE("the note of a beginning that was done does not let another one begin over it") {
  Place place;
  place.create = true;
  place.open();
  for (const auto* note : {"BEGINNING", "RESTORING"}) {
    place.write(note, "left over");
    place.open();
    CHECK_FALSE(fs::exists(place.folder / note));
  }
  fs::remove(place.folder / "FORMAT");
  CHECK_THROWS_WITH(place.open(), Contains("is not empty"));
}

TEST_CASE("an installation that does not know what it mailed is refused by name") {
  Place place;
  place.create = true;
  place.open();
  if (GENERATE(false, true))
    fs::remove(place.folder / "mailer.cursor");
  else
    place.write("mailer.cursor", "");
  CHECK_THROWS_WITH(place.open(), Contains("mailer.cursor is not there or empty"));
  place.write("mailer.cursor", "0\n");
  place.open();
}

TEST_CASE("a folder in which the very first note was cut short is as good as an empty one") {
  for (const auto* note : {"BEGINNING.new", "RESTORING.new"}) {
    Place place;
    fs::create_directory(place.folder);
    place.write(note, "a bac");
    place.open();
    CHECK_FALSE(fs::exists(place.folder / note));
    CHECK(fs::exists(place.folder / "FORMAT"));
  }
}

TEST_CASE("keys that nobody would call a key are refused") {
  Place place;
  place.create = true;
  place.open();
  for (const std::string& text :
       {std::string("x\n"), std::string("a key with spaces in it that is long enough\n"), std::string(31, 'k')}) {
    place.write("operator.key", text);
    CHECK_THROWS_WITH(place.open(), Contains("operator.key"));
  }
}

TEST_CASE("a log that was written under a clock gone wrong can be gone on with, and that is an event") {
  Place place;
  place.create = true;
  place.open();
  // An hour ago by this clock: the log was written in its future.
  class Behind final : public Clock {
   public:
    Time now() const override { return SystemClock{}.now() - hours(1); }
    Duration monotonic() const override { return SystemClock{}.monotonic(); }
  } behind;
  CHECK_THROWS_WITH(Installation({.folder = place.folder}, behind), Contains("--confirm-clock"));
  {
    const Installation confirmed({.folder = place.folder, .confirm_clock = true}, behind);
    REQUIRE(confirmed.log().size() == 2);
    const auto last = decode_entry(*confirmed.log().entry(1), nullptr);
    CHECK(holds_alternative<ClockConfirmed>(last.event));
    CHECK(last.envelope.recorded_at < SystemClock{}.now() - minutes(59));
  }
  const Installation again({.folder = place.folder}, behind);
  CHECK(again.log().size() == 2);
}

TEST_CASE("a folder has one process") {
  Place place;
  place.create = true;
  const Installation first({.folder = place.folder, .create = true}, place.clock);
  CHECK_THROWS_WITH(place.open(), Contains("is in use by process " + std::to_string(::getpid())));
}
