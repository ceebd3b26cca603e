// Keys of an installation that take the place of others, and what is verifiable and readable afterwards.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "events/proof/note.hpp"
#include "tests/support/where.hpp"
#include "tests/system/replies.hpp"
#include "tests/system/server_process.hpp"
#include "tests/tools/program.hpp"

using namespace rollcall;
using namespace rollcall::testing;
using Catch::Contains;

namespace {

namespace fs = std::filesystem;

struct Rotated {
  testing::Folder folder;
  testing::Program program{folder};
  fs::path data = folder.path() / "data";

  Rotated() {
    const auto made = program.run({"demo", "--scale", "XS", "--data", data.string()});
    INFO(made.err);
    REQUIRE(made.code == 0);
  }
  CommandResult rotate(const std::string& key) const {
    return program.run({"rotate", key, "--data", data.string(), "--json"});
  }
  CommandResult verify(const std::string& vkey = {}) const {
    std::vector<std::string> words{"verify", "--data", data.string()};
    if (!vkey.empty()) words.insert(words.end(), {"--vkey", vkey});
    return program.run(words);
  }
  CommandResult serve() const { return program.run({"serve", "--data", data.string(), "--listen", "127.0.0.1:0"}); }
  // Ended by SIGKILL after so long, if it has not ended by itself. In the foreground, since otherwise timeout ends
  // itself by its signal and waits for nobody.
  void killed_after(double seconds, const std::string& key) const {
    (void)run_command({"/usr/bin/timeout", "--foreground", "-s", "KILL", std::to_string(seconds),
                       where::program().string(), "rotate", key, "--data", data.string()},
                      where::program_environment(), folder.path(), {});
  }
  std::string text_in(const std::string& name) const {
    std::ifstream in(data / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::string vkey() const {
    auto text = text_in("signing.key");
    text.pop_back();
    return SigningKey::parse(text).value().verifying_key().text();
  }
};

std::size_t count(const std::vector<json::object>& events, std::string_view type) {
  return static_cast<std::size_t>(std::count_if(
      events.begin(), events.end(), [&](const auto& event) { return event.at("type").as_string() == type; }));
}

}  // namespace

TEST_CASE("another key signs the log, and who trusts the one before gets from it to that", "[process]") {
  const Rotated one;
  const auto first = one.vkey();
  const auto done = one.rotate("signing-key");
  INFO(done.err);
  REQUIRE(done.code == 0);
  const auto second = one.vkey();
  CHECK(first != second);
  CHECK(json::parse(done.out).at("from").as_string() == first);
  CHECK(json::parse(done.out).at("to").as_string() == second);
  const auto all_trust = [&](std::initializer_list<std::string> keys) {
    for (const auto& key : keys) {
      const auto verified = one.verify(key);
      INFO(verified.out << verified.err);
      CHECK(verified.code == 0);
    }
  };
  all_trust({"", first, second});
  {
    const ServerProcess server(one.data);
    REQUIRE(server.serving());
    auto operator_ = operator_of(server);
    CHECK(operator_.get("/v1/status").text_of("vkey") == second);
    CHECK(count(events_of(operator_), "SigningKeyRotated") == 1);
    REQUIRE_DONE(operator_.ask(
        "OpenAccount",
        {{"account", "later"}, {"account_name", "Later"}, {"owner_email", "olga@later.example"}, {"seat_limit", 1}}));
  }
  all_trust({"", first, second});  // by now signed by the second alone
  REQUIRE(one.rotate("signing-key").code == 0);
  all_trust({"", first, second, one.vkey()});
  const auto stranger =
      SigningKey::generate(VerifyingKey::parse(first).value().name(), std::array<std::uint8_t, 32>{7});
  CHECK(one.verify(stranger.value().verifying_key().text()).code == 1);
}

TEST_CASE("no key takes the place of another without its word") {
  const auto key = [](std::uint8_t seed) {
    return SigningKey::generate("rollcall.example/log", std::array<std::uint8_t, 32>{seed}).value();
  };
  const auto one = key(1), two = key(2), three = key(3);
  const auto word = endorse(one, two.verifying_key());
  CHECK(word.find('\n') == std::string::npos);
  CHECK(endorses(word, one.verifying_key(), two.verifying_key()));
  CHECK_FALSE(endorses(word, one.verifying_key(), three.verifying_key()));
  CHECK_FALSE(endorses(word, two.verifying_key(), one.verifying_key()));
  CHECK_FALSE(endorses(endorse(three, two.verifying_key()), one.verifying_key(), two.verifying_key()));
  CHECK_FALSE(endorses("", one.verifying_key(), two.verifying_key()));
  for (std::size_t i = 0; i < word.size(); ++i) {
    auto altered = word;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    CHECK_FALSE(endorses(altered, one.verifying_key(), two.verifying_key()));
  }
}

TEST_CASE("another key wraps the data keys, and the one before opens nothing any more", "[process]") {
  const Rotated one;
  const auto before = one.text_in("wrapping.key");
  const auto done = one.rotate("wrapping-key");
  INFO(done.err);
  REQUIRE(done.code == 0);
  CHECK(json::parse(done.out).at("keys").to_number<std::uint64_t>() > 20);
  CHECK(one.text_in("wrapping.key") != before);
  CHECK(one.verify().code == 0);
  {
    const ServerProcess server(one.data);
    REQUIRE(server.serving());
    auto operator_ = operator_of(server);
    const auto events = events_of(operator_);
    CHECK(count(events, "WrappingKeyRotated") == 1);
    // What it seals is read as before.
    for (const auto& event : events)
      if (event.at("type").as_string() == "AccountOpened") CHECK(event.at("data").at("owner_email").is_string());
  }
  std::ofstream(one.data / "wrapping.key", std::ios::binary | std::ios::trunc) << before;
  const auto refused = one.serve();
  CHECK(refused.code == 78);
  CHECK_THAT(refused.err, Contains("wrapped under another key"));
}

TEST_CASE("a rotation that is killed is finished by the same command, and nobody serves before", "[process][crash]") {
  const std::string key = GENERATE("signing-key", "wrapping-key");
  const Rotated one;
  std::size_t cut_short = 0;
  // How long it takes is the machine's affair: in so small steps one of them is hit.
  for (double seconds = 0.01; seconds < 1 && cut_short < 3; seconds *= 1.05) {
    one.killed_after(seconds, key);
    if (!fs::exists(one.data / (key == "signing-key" ? "signing.next" : "wrapping.next"))) continue;
    CAPTURE(key, seconds);
    ++cut_short;
    const auto refused = one.serve();
    CHECK(refused.code == 78);
    CHECK_THAT(refused.err, Contains("rollcall rotate " + key));
    const auto finished = one.rotate(key);
    INFO(finished.err);
    CHECK(finished.code == 0);
    const auto verified = one.verify();
    INFO(verified.out << verified.err);
    CHECK(verified.code == 0);
  }
  CHECK(cut_short > 0);
}

TEST_CASE("no key is rotated under a running server", "[process]") {
  const Rotated one;
  const ServerProcess server(one.data);
  REQUIRE(server.serving());
  for (const auto* key : {"signing-key", "wrapping-key"}) {
    CHECK(one.rotate(key).code == 75);
    CHECK_FALSE(fs::exists(one.data / "signing.next"));
    CHECK_FALSE(fs::exists(one.data / "wrapping.next"));
  }
  CHECK(operator_of(server).get("/v1/status").status == 200);
}

// ---- with backups --------------------------------------------------------------------------------------------------

TEST_CASE("what the key before signed is known to backups and restores, and no other history is signed", "[process]") {
  const Rotated one;
  const auto in = [&](const char* name) { return (one.folder.path() / name).string(); };
  const auto backup = [&](const std::string& to, const std::string& keys, std::vector<std::string> more = {}) {
    std::vector<std::string> words{"backup", to, "--data", one.data.string(), "--keys", keys};
    words.insert(words.end(), more.begin(), more.end());
    return one.program.run(words);
  };
  const auto restore = [&](const std::string& from, const std::string& to, const std::string& keys,
                           std::vector<std::string> more = {}) {
    std::vector<std::string> words{"restore", from, "--to", to, "--keys", keys};
    words.insert(words.end(), more.begin(), more.end());
    return one.program.run(words);
  };
  const auto first = one.vkey();
  REQUIRE(backup(in("old"), in("old-keys")).code == 0);
  std::string known;
  {
    const ServerProcess server(one.data);
    auto operator_ = operator_of(server);
    known = operator_.get("/v1/status").text_of("checkpoint");
  }
  const auto known_file = one.folder.write("known", known).string();
  REQUIRE(one.rotate("signing-key").code == 0);
  const auto trusting = backup(in("new"), in("new-keys"), {"--vkey", first});
  INFO(trusting.err);
  REQUIRE(trusting.code == 0);
  CHECK(one.program.run({"backup", in("new"), "--check", "--vkey", first}).code == 0);

  const auto restored = restore(in("new"), in("again"), in("new-keys"), {"--known-checkpoint", known_file});
  INFO(restored.err);
  CHECK(restored.code == 0);
  const auto too_short = restore(in("new"), in("short"), in("new-keys"), {"--size", "100"});
  CHECK(too_short.code == 78);
  CHECK_THAT(too_short.err, Contains("another key signs the log"));
  CHECK_FALSE(fs::exists(one.folder.path() / "short" / "FORMAT"));
  const auto old_keys = restore(in("old"), in("older"), in("new-keys"));
  CHECK(old_keys.code == 78);
  CHECK_THAT(old_keys.err, Contains("the copy of the keys that was taken with this backup"));
  CHECK(restore(in("old"), in("older"), in("old-keys")).code == 0);

  // The key before, put back: what it signed from now on nobody could verify.
  fs::copy_file(fs::path(in("old-keys")) / "signing.key", one.data / "signing.key",
                fs::copy_options::overwrite_existing);
  const auto refused = one.serve();
  CHECK(refused.code == 78);
  CHECK_THAT(refused.err, Contains("is not the key that the log says"));
}

TEST_CASE("a key store that lost a file is not made whole by a rotation", "[process][rot]") {
  const Rotated one;
  const auto before = one.text_in("wrapping.key");
  for (const auto& entry : fs::directory_iterator(one.data / "keys"))
    if (entry.path().extension() == ".log" || entry.path().extension() == ".sst") fs::resize_file(entry.path(), 0);
  const auto refused = one.rotate("wrapping-key");
  CHECK(refused.code == 78);
  CHECK(one.text_in("wrapping.key") == before);
  CHECK_FALSE(fs::exists(one.data / "wrapping.next"));
}
