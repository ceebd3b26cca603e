// One byte changed behind the program's back, in each thing it stores: it is found, and said where.
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

#include <rocksdb/db.h>

#include "events/big_endian.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/system/server_process.hpp"
#include "tests/tools/program.hpp"

using namespace rollcall;
using namespace rollcall::testing;

namespace {

namespace fs = std::filesystem;

// A store as RocksDB opens it, past all checks of ours.
class RawStore {
 public:
  explicit RawStore(const fs::path& folder) {
    std::vector<std::string> names;
    check(rocksdb::DB::ListColumnFamilies({}, folder, &names));
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const auto& name : names) families.emplace_back(name, rocksdb::ColumnFamilyOptions{});
    rocksdb::DB* db = nullptr;
    check(rocksdb::DB::Open(rocksdb::DBOptions{}, folder, families, &families_, &db));
    db_.reset(db);
  }
  ~RawStore() {
    for (auto* one : families_) (void)db_->DestroyColumnFamilyHandle(one);
  }
  RawStore(const RawStore&) = delete;
  RawStore& operator=(const RawStore&) = delete;

  // Another byte at this distance from the value's end.
  void change(const std::string& family, const std::string& key, std::size_t from_end = 1) {
    std::string value;
    check(db_->Get({}, handle(family), key, &value));
    REQUIRE(value.size() >= from_end);
    value[value.size() - from_end] = static_cast<char>(value[value.size() - from_end] ^ 0x10);
    check(db_->Put({}, handle(family), key, value));
  }
  // The first key that begins so and has a value to change.
  std::string first_key(const std::string& family, const std::string& prefix) {
    const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator({}, handle(family)));
    for (at->Seek(prefix); at->Valid() && at->key().starts_with(prefix); at->Next())
      if (!at->value().empty()) return at->key().ToString();
    throw std::runtime_error("no row begins with " + prefix);
  }
  // The last key that begins so.
  std::string last_key(const std::string& family, const std::string& prefix) {
    const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator({}, handle(family)));
    at->SeekForPrev(prefix + std::string(16, '\xff'));
    if (at->Valid() && at->key().starts_with(prefix)) return at->key().ToString();
    throw std::runtime_error("no row begins with " + prefix);
  }
  // The largest table that has rows of this family, when all are written to tables.
  fs::path table_of(const std::string& family) {
    check(db_->Flush({}, families_));
    std::vector<rocksdb::LiveFileMetaData> files;
    db_->GetLiveFilesMetaData(&files);
    fs::path largest;
    std::uint64_t bytes = 0;
    for (const auto& file : files)
      if (file.column_family_name == family && file.size > bytes) {
        bytes = file.size;
        largest = file.db_path + file.name;
      }
    REQUIRE_FALSE(largest.empty());
    return largest;
  }

 private:
  static void check(const rocksdb::Status& status) {
    if (!status.ok()) throw std::runtime_error(status.ToString());
  }
  rocksdb::ColumnFamilyHandle* handle(const std::string& name) {
    return *std::find_if(families_.begin(), families_.end(), [&](auto* one) { return one->GetName() == name; });
  }

  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
};

void flip(const fs::path& file, std::uint64_t at) {
  REQUIRE(at < fs::file_size(file));
  std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
  bytes.seekg(static_cast<std::streamoff>(at));
  const int before = bytes.get();
  bytes.seekp(static_cast<std::streamoff>(at));
  bytes.put(static_cast<char>(before ^ 0x10));
  REQUIRE(bytes.flush());
}

// A folder of the demo, made once and copied: some six hundred events, so two full tiles and a rest.
class Installation {
 public:
  Installation() : data_(folder_ / "data") {
    static const TemporaryFolder pattern;
    static const bool made = [] {
      const testing::Folder folder;
      const auto demo = testing::Program(folder).run({"demo", "--data", (pattern / "data").string(), "--scale", "XS"});
      INFO(demo.err);
      REQUIRE(demo.code == 0);
      return true;
    }();
    REQUIRE(made);
    fs::copy(pattern / "data", data_, fs::copy_options::recursive);
  }

  const fs::path& data() const { return data_; }
  fs::path operator/(const std::string& name) const { return data_ / name; }

  testing::CommandResult verify(const std::vector<std::string>& more = {}) const {
    const testing::Folder folder;
    std::vector<std::string> arguments{"verify", "--data", data_.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return testing::Program(folder).run(arguments);
  }

 private:
  TemporaryFolder folder_;
  fs::path data_;
};

// Refused by the program itself, in words that have all of this in them: not by a signal, and not in silence.
void check_found(const testing::CommandResult& outcome, const std::vector<std::string>& words) {
  const auto said = outcome.out + outcome.err;
  INFO(said);
  CHECK((outcome.code == 1 || outcome.code == 78));  // damage of the storage needs somebody to look at it
  for (const auto& word : words) CHECK_THAT(said, Catch::Contains(word));
}

void check_not_served(const Installation& installation, const std::vector<std::string>& words) {
  ServerProcess server(installation.data());
  REQUIRE_FALSE(server.serving());
  CHECK(server.exit_code() == 78);
  check_found({1, server.said(), {}}, words);
}

}  // namespace

TEST_CASE("an untouched folder is found whole", "[process][rot]") {
  const Installation installation;
  const auto verified = installation.verify();
  INFO(verified.out << verified.err);
  CHECK(verified.code == 0);
  CHECK_THAT(verified.out, Catch::Contains("checkpoint over"));
  CHECK(installation.verify({"--log"}).code == 0);
}

TEST_CASE("a byte changed in an entry is found by its position", "[process][rot]") {
  const Installation installation;
  const auto position = GENERATE(as<Position>{}, 0, 5, 255, 256, 300, 511);
  RawStore(installation / "log").change("entries", big_endian(position));
  CAPTURE(position);
  const auto found = installation.verify({"--log"});
  check_found(found, {std::to_string(position)});
  const auto said = found.out + found.err;
  const std::string number = " " + std::to_string(position);
  const auto at = said.find(number);
  REQUIRE(at != std::string::npos);
  CHECK(std::isdigit(static_cast<unsigned char>(said[at + number.size()])) == 0);
  check_found(installation.verify(), {std::to_string(position)});
}

TEST_CASE("a byte changed in the entries after the last full tile keeps the server from appending", "[process][rot]") {
  const Installation installation;
  RawStore(installation / "log").change("entries", big_endian(Position{580}));
  check_found(installation.verify({"--log"}), {"checkpoint"});
  check_not_served(installation, {"checkpoint", "rollcall verify"});
}

TEST_CASE("a byte changed in the tree is found", "[process][rot]") {
  const Installation installation;
  const auto tile = [](std::uint64_t index) { return "t" + big_endian(std::uint8_t{0}) + big_endian(index); };
  SECTION("in a tile: named with the entry whose hash it is") {
    RawStore(installation / "log").change("tree", tile(1), 32 * 6);
    check_found(installation.verify({"--log"}), {"tile 0/1", " 506"});
  }
  SECTION("in the stored edge: the server does not start") {
    RawStore(installation / "log").change("tree", "f");
    check_not_served(installation, {"tree"});
  }
  SECTION("in the signed checkpoint") {
    RawStore store(installation / "log");
    store.change("tree", store.last_key("tree", "c"), 8);
    check_found(installation.verify({"--log"}), {"the checkpoint"});  // its text or its signature: no key opens it
  }
}

TEST_CASE("a log is not served without the keys that belong to it", "[process][rot]") {
  const Installation installation;
  fs::remove_all(installation / "keys");
  check_not_served(installation, {"lacks keys", "put back"});
}

TEST_CASE("a byte changed on the disk under a table is found with the file", "[process][rot]") {
  const Installation installation;
  const std::string family = GENERATE("entries", "state", "tree");
  CAPTURE(family);
  fs::path table;
  {
    RawStore store(installation / "log");
    table = store.table_of(family);
  }
  flip(table, 40);
  check_found(installation.verify(), {table.filename().string()});
  if (family == "entries") check_found(installation.verify({"--log"}), {table.filename().string(), "entry 0"});
}

namespace {

// Fifty events that are in the write-ahead log alone, of a server that was killed. Gives that log's file.
fs::path written_ahead(const Installation& installation) {
  ServerProcess server(installation.data());
  REQUIRE(server.serving());
  auto crm = operator_of(server);
  Reply last;
  for (int i = 0; i < 50; ++i)
    last =
        crm.must("RegisterRecord", {{"account", "gx624"}, {"kind", "contact"}, {"record", "new-" + std::to_string(i)}});
  REQUIRE(crm.get_after(last, "/v1/accounts/gx624/users").status == 200);
  server.kill();
  fs::path ahead;
  for (const auto& file : fs::directory_iterator(installation / "log"))
    if (file.path().extension() == ".log" && (ahead.empty() || file.file_size() > fs::file_size(ahead)))
      ahead = file.path();
  REQUIRE_FALSE(ahead.empty());
  return ahead;
}

}  // namespace

TEST_CASE("a byte changed in the write-ahead log is found, and nothing is cut off for it", "[process][rot]") {
  const Installation installation;
  const auto ahead = written_ahead(installation);
  const auto bytes = fs::file_size(ahead);
  flip(ahead, bytes / 2);
  check_found(installation.verify({"--log"}), {ahead.filename().string(), "cannot be read"});
  check_not_served(installation, {ahead.filename().string()});
  CHECK(fs::file_size(ahead) == bytes);
}

TEST_CASE("an end of the log that is lost is found by what has seen it", "[process][rot]") {
  const Installation installation;
  const auto ahead = written_ahead(installation);
  // What a byte changed in a record's length does: the rest reads like a write that was torn.
  fs::resize_file(ahead, fs::file_size(ahead) * 3 / 4);
  check_found(installation.verify(), {"the end of the log is lost"});
  check_not_served(installation, {"the end of the log is lost"});
}

TEST_CASE("a server at rest leaves nothing to a write-ahead log", "[process][rot]") {
  const Installation installation;
  {
    ServerProcess server(installation.data());
    REQUIRE(server.serving());
    operator_of(server).must("RegisterRecord", {{"account", "gx624"}, {"kind", "contact"}, {"record", "new"}});
    REQUIRE(server.stop() == 0);
  }
  for (const auto& file : fs::directory_iterator(installation / "log"))
    if (file.path().extension() == ".log") CHECK(file.file_size() == 0);
  CHECK(installation.verify().code == 0);
}

TEST_CASE("an entry that cannot be read any more stops commands and says where, while queries go on",
          "[process][rot]") {
  const Installation installation;
  fs::path table;
  {
    RawStore store(installation / "log");
    table = store.table_of("entries");
  }
  flip(table, 40);
  ServerProcess server(installation.data());
  if (!server.serving()) {  // it lies where the start reads: found all the same
    CHECK(server.exit_code() >= 75);
    return;
  }
  auto guest = operator_of(server);
  Reply ready;
  // A view that reads over it may say so first.
  for (int i = 0; i < 1'000 && ready.text.find("commands are refused") == std::string::npos; ++i) {
    ready = guest.get("/readyz");
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  INFO(shown(ready));
  CHECK(ready.status == 503);
  CHECK_THAT(ready.text, Catch::Contains("event ") && Catch::Contains("commands are refused"));
  const auto refused = guest.ask("ChangeSeatLimit", {{"account", "gx624"}, {"seat_limit", 50}});
  CHECK(refused.status == 503);
  CHECK(refused.code() == "log_damaged");
  CHECK(guest.get("/v1/accounts/gx624/users").status == 200);
}

TEST_CASE("a byte changed in decision state is found, named and repaired from the log", "[process][rot]") {
  const Installation installation;
  {
    RawStore store(installation / "log");
    store.change("state", store.first_key("state", ""));
  }
  check_found(installation.verify(), {"decision state", "table ", "--repair-state"});
  CHECK(installation.verify({"--log"}).code == 0);
  const auto repaired = installation.verify({"--repair-state"});
  INFO(repaired.out << repaired.err);
  CHECK(repaired.code == 0);
  CHECK(installation.verify().code == 0);
}

TEST_CASE("a byte changed in a read model is found, named and cured by making it anew", "[process][rot]") {
  const Installation installation;
  {
    RawStore store(installation / "views/users-0001");
    store.change("default", store.first_key("default", "r"));
  }
  check_found(installation.verify(), {"users differs from its replay"});
  {
    ServerProcess server(installation.data());
    REQUIRE(server.serving());
    auto guest = operator_of(server);
    const auto rebuilt = [&](const std::string& order) {
      REQUIRE(guest.post("/v1/commands/OrderRebuild", order).status == 200);
      while (true) {
        const auto rebuilds = guest.get("/v1/rebuilds");
        const auto& last = rebuilds.body.at("rebuilds").as_array().back();
        if (last.at("state").as_string() != "running") return last;
      }
    };
    const auto kept = rebuilt(R"({"view":"users"})");
    CHECK(kept.at("state").as_string() == "kept");
    CHECK(kept.at("differences").as_array().size() == 1);
    CHECK(rebuilt(R"({"view":"users","accept_differences":true})").at("state").as_string() == "swapped");
    REQUIRE(server.stop() == 0);
  }
  const auto cured = installation.verify();
  INFO(cured.out << cured.err);
  CHECK(cured.code == 0);
}

TEST_CASE("a read model that another version wrote is made anew, and not shown until it is", "[process]") {
  const Installation installation;
  for (const std::string view : {"users", "scopes"})
    RawStore(installation / ("views/" + view + "-0001")).change("default", "p", 5);  // the last byte of the version
  ServerProcess server(installation.data());
  REQUIRE(server.serving());
  auto guest = operator_of(server);
  for (const std::string question : {"/v1/accounts/gx624/users", "/v1/accounts/gx624/users?at=20"}) {
    auto reply = guest.get(question);
    for (int i = 0; i < 10'000 && reply.status == 503; ++i) {
      CHECK(reply.body.at("code") == "view_behind");
      reply = guest.get(question);
    }
    INFO(reply.text);
    CHECK(reply.status == 200);
  }
  REQUIRE(server.stop() == 0);
  CHECK(installation.verify().code == 0);
}

TEST_CASE("a byte changed on the disk under a read model is found with the file", "[process][rot]") {
  const Installation installation;
  fs::path table;
  {
    RawStore store(installation / "views/profiles-0001");
    table = store.table_of("default");
  }
  flip(table, 40);
  check_found(installation.verify(), {table.filename().string(), "profiles"});
  check_not_served(installation, {table.filename().string(), "read model profiles"});
  fs::remove_all(installation / "views");
  ServerProcess server(installation.data());
  REQUIRE(server.serving());
  auto guest = operator_of(server);
  const auto last = guest.must("RegisterRecord", {{"account", "gx624"}, {"kind", "contact"}, {"record", "new"}});
  CHECK(guest.get_after(last, "/v1/accounts/gx624/users").status == 200);
  REQUIRE(server.stop() == 0);
  CHECK(installation.verify().code == 0);
}

TEST_CASE("a byte changed in a key is found by its number", "[process][rot]") {
  const Installation installation;
  SECTION("in the row of a person's key") {
    RawStore(installation / "keys").change("default", "k" + big_endian(std::uint64_t{2}));
    check_found(installation.verify(), {"key 2 in", "altered"});
    CHECK(installation.verify({"--log"}).code == 0);  // the proof needs no keys
  }
  SECTION("on the disk under them") {
    fs::path table;
    {
      RawStore store(installation / "keys");
      table = store.table_of("default");
    }
    flip(table, 40);
    check_found(installation.verify(), {table.filename().string()});
    // A server that comes upon it while it decides says so, and nothing of the command happens.
    ServerProcess server(installation.data());
    if (server.serving()) {
      auto guest = operator_of(server);
      const auto before = guest.get("/v1/status").number_of("size");
      const auto broken = guest.ask("InvitePartner", {{"account", "gx624"}, {"email", "petra@agency.example"}},
                                    {{"Rollcall-As", "olivia@keap-pro-recording.example"}, {"Rollcall-Reason", "x"}});
      INFO(shown(broken));
      CHECK(broken.status == 500);
      CHECK(guest.get("/v1/status").number_of("size") == before);
    }
    CHECK_THAT(server.said(), Catch::Contains(table.filename().string()));
  }
  SECTION("in the key that wraps them") {
    flip(installation / "wrapping.key", 7);
    check_found(installation.verify(), {"key"});
    check_not_served(installation, {"key"});
  }
}

TEST_CASE("a byte changed in the small files of a folder is found", "[process][rot]") {
  const Installation installation;
  SECTION("its format") {
    flip(installation / "FORMAT", 9);
    check_not_served(installation, {"format"});
  }
  SECTION("the key that signs the log") {
    const auto file = installation / "signing.key";
    flip(file, fs::file_size(file) - 10);
    check_not_served(installation, {"key"});
  }
}
