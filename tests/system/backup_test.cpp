// Backups: taken under load, cut short at any moment, damaged, of another log; and brought back as the same history.
#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include "tests/support/where.hpp"
#include "tests/system/replies.hpp"
#include "tests/system/server_process.hpp"
#include "tests/tools/program.hpp"
#include "tools/backup/folder.hpp"
#include "tools/failure.hpp"
#include "tools/installation/folder.hpp"

using namespace rollcall;
using namespace rollcall::testing;
using Catch::Contains;

namespace {

namespace fs = std::filesystem;
using testing::CommandResult;
using testing::run_command;
using tools::BackupFolder;
using tools::Failure;

struct Vault {
  testing::Folder folder;
  testing::Program program{folder};
  fs::path data = folder.path() / "data";
  fs::path backup = folder.path() / "backup";
  fs::path keys = folder.path() / "keys";
  fs::path again = folder.path() / "again";

  CommandResult back_up(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words{"backup", backup.string(), "--data", data.string(), "--keys", keys.string()};
    words.insert(words.end(), more.begin(), more.end());
    return program.run(words);
  }
  CommandResult check() const { return program.run({"backup", backup.string(), "--check"}); }
  CommandResult restore(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words{"restore", backup.string(), "--to", again.string(), "--keys", keys.string()};
    words.insert(words.end(), more.begin(), more.end());
    return program.run(words);
  }
  // Ended by SIGKILL after so long, if it has not ended by itself.
  void killed_after(double seconds, std::vector<std::string> words) const {
    words.insert(words.begin(), {"/usr/bin/timeout", "-s", "KILL", std::to_string(seconds), where::program().string()});
    (void)run_command(std::move(words), where::program_environment(), folder.path(), {});
  }
  void demo() const {
    const auto made = program.run({"demo", "--scale", "XS", "--data", data.string()});
    INFO(made.err);
    REQUIRE(made.code == 0);
  }
};

// What the log of a folder is: told by those who serve it.
struct Seen {
  std::uint64_t size = 0;
  std::string digest;
  std::vector<json::object> events;
};
Seen seen(const fs::path& data) {
  const ServerProcess server(data);
  INFO(server.said());
  REQUIRE(server.serving());
  auto operator_ = operator_of(server);
  const auto status = operator_.get("/v1/status");
  return {status.number_of("size"), std::string{status.body.at("state").at("digest").as_string()},
          events_of(operator_)};
}

void flip_a_byte(const fs::path& file, std::uintmax_t at) {
  std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
  bytes.seekg(static_cast<std::streamoff>(at));
  const auto byte = static_cast<char>(bytes.get() ^ 0x10);
  bytes.seekp(static_cast<std::streamoff>(at));
  bytes.put(byte);
}

void check_done(const CommandResult& outcome) {
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.code == 0);
}

std::uint64_t size_in(const CommandResult& outcome) {  // "DIR: 123 events, …"
  return std::stoull(outcome.out.substr(outcome.out.find(": ") + 2));
}

}  // namespace

TEST_CASE("a backup taken under load has all that was acknowledged before, and comes back as the same history",
          "[process]") {
  const Vault vault;
  {
    const ServerProcess server(vault.data);
    const Office office(server);
    std::atomic<bool> stop{false};
    std::atomic<std::uint64_t> acknowledged{0};
    std::vector<std::thread> load;
    for (int who = 0; who < 3; ++who)
      load.emplace_back([&, who] {
        auto guest = operator_for(server, "olga@gx624.example");
        for (int n = 0; !stop; ++n) {
          const auto email = "p" + std::to_string(who) + "-" + std::to_string(n) + "@agency.example";
          const auto size = guest.must("InvitePartner", {{"account", "gx624"}, {"email", email}}).number_of("size");
          auto known = acknowledged.load();
          while (known < size && !acknowledged.compare_exchange_weak(known, size)) {
          }
        }
      });
    for (int round = 0; round < 4; ++round) {
      while (acknowledged < static_cast<std::uint64_t>(50 * (round + 1))) std::this_thread::yield();
      const auto before = acknowledged.load();
      const auto taken = vault.back_up({"--full-speed"});  // the load leaves nothing of the processor
      check_done(taken);
      CHECK(size_in(taken) >= before);
      check_done(vault.check());
    }
    stop = true;
    for (auto& one : load) one.join();
  }
  const auto original = seen(vault.data);
  check_done(vault.restore());
  const auto restored = seen(vault.again);
  REQUIRE(restored.size <= original.size);
  for (std::uint64_t i = 0; i < restored.size; ++i) CHECK(restored.events[i] == original.events[i]);

  check_done(vault.back_up());
  fs::remove_all(vault.again);
  check_done(vault.restore());
  const auto same = seen(vault.again);
  CHECK(same.size == original.size);
  CHECK(same.digest == original.digest);
  CHECK(same.events == original.events);
  const auto verified = vault.program.run({"verify", "--data", vault.again.string()});
  INFO(verified.out << verified.err);
  CHECK(verified.code == 0);
}

TEST_CASE("a backup and a restore that were killed are finished by the next ones", "[process][crash]") {
  const Vault vault;
  vault.demo();
  const std::vector<std::string> take{"backup", vault.backup.string(), "--data", vault.data.string(),
                                      "--keys", vault.keys.string()};
  for (double seconds = 0.005; seconds < 0.2; seconds *= 1.6) vault.killed_after(seconds, take);
  check_done(vault.back_up());
  check_done(vault.check());

  const std::vector<std::string> bring{"restore", vault.backup.string(), "--to", vault.again.string(),
                                       "--keys",  vault.keys.string()};
  // How long a restore takes is the machine's affair: in so small steps one of them is hit.
  int half = 0;
  for (double seconds = 0.005; seconds < 0.4 && half < 3; seconds *= 1.1) {
    vault.killed_after(seconds, bring);
    if (fs::exists(vault.again / "FORMAT")) {  // it was done before
      fs::remove_all(vault.again);
      continue;
    }
    if (!fs::exists(vault.again / "RESTORING")) continue;
    ++half;
    const ServerProcess server(vault.again);
    CHECK_FALSE(server.serving());
    CHECK_THAT(server.said(), Contains("brought back in part"));
  }
  CHECK(half > 0);
  check_done(vault.restore());
  const auto original = seen(vault.data), restored = seen(vault.again);
  CHECK(restored.size == original.size);
  CHECK(restored.digest == original.digest);
  const auto twice = vault.restore();
  CHECK(twice.code == 78);
  CHECK_THAT(twice.err, Contains("is a data folder of Rollcall already"));
}

TEST_CASE("a byte changed in a backup is found by the check and by the restore", "[process][rot]") {
  const Vault vault;
  vault.demo();
  check_done(vault.back_up());
  const auto entries = vault.backup / "entries" / "00000000000000000000";
  const auto bytes = fs::file_size(entries);
  const std::string where = GENERATE("an entry", "a length", "the end", "the head", "a key");
  if (where == "an entry") flip_a_byte(entries, bytes / 2);
  if (where == "a length") flip_a_byte(entries, 0);
  if (where == "the end") fs::resize_file(entries, bytes - 1);
  if (where == "the head") flip_a_byte(vault.backup / "head", 40);
  if (where == "a key") fs::remove(vault.keys / "signing.key");
  CAPTURE(where);
  if (where != "a key") CHECK(vault.check().code == 78);
  const auto restored = vault.restore();
  CHECK(restored.code == (where == "a key" ? 1 : 78));
  CHECK_FALSE(restored.err.empty());
  if (where == "a key") CHECK_FALSE(fs::exists(vault.again));  // nothing was begun
  CHECK_FALSE(fs::exists(vault.again / "FORMAT"));
}

TEST_CASE("wherever an entry of a backup was changed, somebody has to look at it", "[process][rot]") {
  const Vault vault;
  vault.demo();
  check_done(vault.back_up());
  const auto entries = vault.backup / "entries" / "00000000000000000000";
  const auto bytes = fs::file_size(entries);
  constexpr std::uintmax_t places = 24;
  for (std::uintmax_t place = 1; place < places; ++place) {
    const auto at = bytes / places * place + place;  // lengths, words, numbers, sealed texts, as it comes
    CAPTURE(at);
    flip_a_byte(entries, at);
    CHECK(vault.restore().code == 78);
    flip_a_byte(entries, at);
  }
  check_done(vault.restore());
}

TEST_CASE("no byte of a backup's head can be another unnoticed", "[process][rot]") {
  const Vault vault;
  vault.demo();
  check_done(vault.back_up());
  const auto head = vault.backup / "head";
  const auto bytes = fs::file_size(head);
  const BackupFolder folder(vault.backup);
  for (std::uintmax_t i = 0; i < bytes; ++i) {
    flip_a_byte(head, i);
    CAPTURE(i);
    CHECK_THROWS_AS(folder.head(), Failure);
    flip_a_byte(head, i);
  }
  CHECK(folder.head().has_value());
}

TEST_CASE("a damaged backup is not added to", "[process][rot]") {
  const Vault vault;
  vault.demo();
  check_done(vault.back_up());
  const auto entries = vault.backup / "entries" / "00000000000000000000";
  SECTION("another byte in its last file") { flip_a_byte(entries, fs::file_size(entries) / 2); }
  SECTION("its file cut short") { fs::resize_file(entries, fs::file_size(entries) - 1); }
  SECTION("its file gone") { fs::remove(entries); }
  const auto again = vault.back_up();
  CHECK(again.code == 78);
  CHECK_THAT(again.err, Contains("damaged"));
}

TEST_CASE("a key store that lost a file is refused, and nothing is made in its place", "[process][rot]") {
  const Vault vault;
  vault.demo();
  const auto lose_rows = [](const fs::path& keys) {
    for (const auto& entry : fs::directory_iterator(keys))
      if (entry.path().extension() == ".log" || entry.path().extension() == ".sst") fs::resize_file(entry.path(), 0);
  };
  SECTION("when it is served") {
    lose_rows(vault.data / "keys");
    const auto served = vault.program.run({"serve", "--data", vault.data.string(), "--listen", "127.0.0.1:0"});
    CHECK(served.code == 78);
    CHECK_THAT(served.err, Contains("keys"));
  }
  SECTION("when it is brought back") {
    check_done(vault.back_up());
    lose_rows(vault.keys / "keys");
    CHECK(vault.restore().code == 78);
    CHECK_FALSE(fs::exists(vault.again / "FORMAT"));
  }
}

TEST_CASE("a backup is added to by its own log only", "[process]") {
  const Vault vault;
  vault.demo();
  check_done(vault.back_up());
  SECTION("another log") {
    fs::remove_all(vault.data);
    { const ServerProcess other(vault.data); }
    const auto refused = vault.back_up();
    CHECK(refused.code == 1);
    CHECK_THAT(refused.err, Contains("another log"));
  }
  SECTION("another history of it") {
    check_done(vault.restore({"--size", "100"}));
    {
      const ServerProcess server(vault.again, {"--confirm-clock"});  // its hundredth event is long ago
      REQUIRE(server.serving());
      REQUIRE_DONE(operator_of(server).ask(
          "OpenAccount",
          {{"account", "fork"}, {"account_name", "Fork"}, {"owner_email", "olga@fork.example"}, {"seat_limit", 1}}));
    }
    const auto fork = vault.folder.path() / "fork";
    check_done(vault.program.run({"backup", fork.string(), "--data", vault.again.string()}));
    const auto refused = vault.program.run({"backup", fork.string(), "--data", vault.data.string()});
    CHECK(refused.code == 1);
    CHECK_THAT(refused.err, Contains("another history"));
  }
  SECTION("a folder of something else") {
    fs::create_directories(vault.again);
    std::ofstream(vault.again / "thesis.doc") << "years of work";
    const auto refused = vault.program.run({"backup", vault.again.string(), "--data", vault.data.string()});
    CHECK(refused.code == 1);
    CHECK_THAT(refused.err, Contains("thesis.doc"));
    const auto keys = vault.program.run(
        {"backup", vault.backup.string(), "--data", vault.data.string(), "--keys", vault.again.string()});
    CHECK(keys.code == 1);
    CHECK(fs::exists(vault.again / "thesis.doc"));
  }
}

TEST_CASE("a checkpoint that somebody kept says what a backup lacks, or that it is of another history", "[process]") {
  const Vault vault;
  std::string older, newer;
  {
    const ServerProcess server(vault.data);
    Office office(server);
    older = office.operator_.get("/v1/status").text_of("checkpoint");
    office.owner.must("InvitePartner", {{"account", "gx624"}, {"email", "petra@agency.example"}});
    check_done(vault.back_up());
    office.owner.must("InvitePartner", {{"account", "gx624"}, {"email", "paul@agency.example"}});
    newer = office.operator_.get("/v1/status").text_of("checkpoint");
  }
  const auto file = vault.folder.path() / "known";
  const auto with = [&](const std::string& note, const std::vector<std::string>& more = {}) {
    std::ofstream(file, std::ios::trunc) << note;
    fs::remove_all(vault.again);
    std::vector<std::string> words{"--known-checkpoint", file.string()};
    words.insert(words.end(), more.begin(), more.end());
    return vault.restore(words);
  };
  const auto fine = with(older);
  check_done(fine);
  CHECK_THAT(fine.out, Contains("has all of the"));
  const auto behind = with(newer);
  CHECK(behind.code == 1);
  CHECK_THAT(behind.out, Contains("2 events are known elsewhere"));
  check_done(with(newer, {"--accept-loss"}));
  auto forged = older;
  forged[forged.size() - 10] = forged[forged.size() - 10] == 'A' ? 'B' : 'A';
  CHECK(with(forged).code == 1);
}

TEST_CASE("after a restore every mail that was asked for is sent, and who is ahead is told so", "[process]") {
  const Vault vault;
  {
    const ServerProcess server(vault.data);
    Office office(server);
    office.owner.must("InvitePartner", {{"account", "gx624"}, {"email", "petra@agency.example"}});
    check_done(vault.back_up());
    const auto invited = office.owner.must("InvitePartner", {{"account", "gx624"}, {"email", "paul@agency.example"}});
    const auto invitation = std::string{invited.event("PartnerInvited").at("invitation").as_string()};
    token_in_outbox(vault.data, invitation + ".1");  // so far the mailer was
  }
  // The mailer and the read models of the newer copy beside the older log: refused, until somebody puts it right.
  check_done(vault.restore());
  fs::copy(vault.data / "views", vault.again / "views", fs::copy_options::recursive);
  fs::copy(vault.data / "mailer.cursor", vault.again / "mailer.cursor", fs::copy_options::overwrite_existing);
  {
    const ServerProcess server(vault.again);
    CHECK_FALSE(server.serving());
    CHECK_THAT(server.said(), Contains("ahead of the log") && Contains("rollcall followers --put-right"));
  }
  const auto shown = vault.program.run({"followers", "--data", vault.again.string()});
  CHECK(shown.code == 1);
  CHECK_THAT(shown.out, Contains("ahead of the log"));
  check_done(vault.program.run({"followers", "--data", vault.again.string(), "--put-right"}));
  check_done(vault.program.run({"followers", "--data", vault.again.string()}));
  {
    const ServerProcess server(vault.again);
    INFO(server.said());
    REQUIRE(server.serving());
    auto guest = operator_for(server, "olga@gx624.example");
    const auto invited = guest.must("InvitePartner", {{"account", "gx624"}, {"email", "pia@agency.example"}});
    const auto invitation = std::string{invited.event("PartnerInvited").at("invitation").as_string()};
    CHECK_FALSE(token_in_outbox(server.data(), invitation + ".1").empty());
    CHECK(emails_in(guest.get_after(invited, "/v1/accounts/gx624/users?status=all")).contains("pia@agency.example"));
  }
}

TEST_CASE("a backup lies apart from what it is of, and its keys from it; what is none stays as it is", "[process]") {
  const Vault vault;
  vault.demo();
  const auto refused = [&](const fs::path& to, const fs::path& keys, std::string_view why) {
    const auto outcome =
        vault.program.run({"backup", to.string(), "--data", vault.data.string(), "--keys", keys.string()});
    INFO(to << ' ' << keys << outcome.err);
    CHECK(outcome.code == 1);
    CHECK_THAT(outcome.err, Contains(std::string{why}));
  };
  refused(vault.data, vault.keys, "lie in one another");
  refused(vault.data / "sub", vault.keys, "lie in one another");
  refused(vault.backup, vault.backup / "keys", "lie in one another");
  refused(vault.backup, vault.data / "copy", "lie in one another");
  refused(vault.folder.path(), vault.keys, "lie in one another");
  CHECK_FALSE(fs::exists(vault.backup));
  vault.folder.write("foreign/foo", "somebody's");
  refused(vault.folder.path() / "foreign", vault.keys, "is no backup");
  CHECK_FALSE(fs::exists(vault.folder.path() / "foreign" / "LOCK"));
}

namespace {

// All files below a folder with their sizes, but for what whoever has it notes about themselves.
std::map<std::string, std::uintmax_t> files_in(const fs::path& folder) {
  std::map<std::string, std::uintmax_t> all;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) all[fs::relative(entry.path(), folder).generic_string()] = entry.file_size();
  return all;
}

}  // namespace

TEST_CASE("keys are copied over nothing but a copy of the same keys", "[process]") {
  const Vault vault;
  vault.demo();
  const Vault other;
  check_done(other.program.run({"demo", "--scale", "XS", "--seed", "7", "--data", other.data.string()}));
  const auto into = [&](const fs::path& keys) {
    return vault.program.run({"backup", vault.backup.string(), "--data", vault.data.string(), "--keys", keys.string()});
  };
  // Another installation, which has a wrapping.key as a copy has.
  const auto before = files_in(other.data);
  const auto over_data = into(other.data);
  CHECK(over_data.code == 1);
  CHECK_THAT(over_data.err, Contains("is no copy of keys"));
  CHECK(files_in(other.data) == before);
  // The copy of another one's.
  check_done(other.back_up());
  const auto copied = files_in(other.keys);
  const auto over_copy = into(other.keys);
  CHECK(over_copy.code == 1);
  CHECK_THAT(over_copy.err, Contains("the copy of other keys"));
  CHECK(files_in(other.keys) == copied);
  // A copy in which something else was put.
  check_done(into(vault.keys));
  check_done(into(vault.keys));
  fs::create_directory(vault.keys / "log");
  CHECK_THAT(into(vault.keys).err, Contains("holds more than a copy of keys"));
}

TEST_CASE("the keys of another log are refused before anything is done with them", "[process]") {
  const Vault vault, other;
  vault.demo();
  check_done(other.program.run({"demo", "--scale", "XS", "--seed", "7", "--data", other.data.string()}));
  fs::remove_all(vault.data / "keys");
  fs::copy(other.data / "keys", vault.data / "keys", fs::copy_options::recursive);
  fs::copy(other.data / "wrapping.key", vault.data / "wrapping.key", fs::copy_options::overwrite_existing);
  const auto served = vault.program.run({"serve", "--data", vault.data.string(), "--listen", "127.0.0.1:0"});
  INFO(served.err);
  CHECK(served.code == 78);
  CHECK_THAT(served.err, Contains("of another log"));
}

TEST_CASE("a backup whose keys cannot be copied stays what it was, and can be brought back", "[process]") {
  const Vault vault;
  vault.demo();
  check_done(vault.back_up());
  check_done(vault.program.run({"rotate", "signing-key", "--data", vault.data.string()}));
  const auto failed = vault.program.run(
      {"backup", vault.backup.string(), "--data", vault.data.string(), "--keys", "/proc/nowhere/keys"});
  INFO(failed.err);
  CHECK(failed.code != 0);
  check_done(vault.restore());
}

TEST_CASE("nothing is brought back over a data folder, or where somebody else is at it", "[process]") {
  const Vault vault;
  vault.demo();
  check_done(vault.back_up());
  const auto over =
      vault.program.run({"restore", vault.backup.string(), "--to", vault.data.string(), "--keys", vault.keys.string()});
  CHECK(over.code == 78);
  CHECK_THAT(over.err, Contains("is a data folder of Rollcall already"));

  // As another restore has it that is under way.
  fs::create_directory(vault.again);
  std::ofstream(vault.again / "RESTORING") << "a backup is being brought back here\n";
  std::ofstream(vault.again / "wrapping.key") << "theirs\n";
  const FolderLock theirs(DataFolder{vault.again});
  CHECK(vault.restore().code == 75);
  CHECK(fs::exists(vault.again / "wrapping.key"));
}

TEST_CASE("a rotation that cannot be done is not begun", "[process]") {
  const Vault vault, other;
  vault.demo();
  other.demo();
  fs::copy(other.data / "signing.key", vault.data / "signing.key", fs::copy_options::overwrite_existing);
  for (const auto* what : {"signing-key", "wrapping-key"}) {
    CHECK(vault.program.run({"rotate", what, "--data", vault.data.string()}).code == 78);
    CHECK_FALSE(fs::exists(vault.data / "signing.next"));
    CHECK_FALSE(fs::exists(vault.data / "wrapping.next"));
  }
}
