// Signed notes and checkpoints against the specifications' examples, and against whoever would tamper with them.
#include "events/proof/note.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include <fmt/format.h>

#include "tests/support/catch.hpp"

using namespace rollcall;
using namespace std::literals;

namespace {

using SeedBytes = std::array<std::uint8_t, 32>;

SeedBytes seed_from(std::uint8_t first) {
  SeedBytes seed;
  std::iota(seed.begin(), seed.end(), first);
  return seed;
}

SigningKey key_named(std::string_view name, std::uint8_t first_seed_byte = 0) {
  return SigningKey::generate(name, seed_from(first_seed_byte)).value();
}

VerifyingKey verifying(std::string_view vkey) { return VerifyingKey::parse(vkey).value(); }

Expected<OpenedNote, NoteError> open_with(std::string_view note, const VerifyingKey& key) {
  return open_note(note, {&key, 1});
}

std::string str(const WipedBytes& bytes) { return {bytes.begin(), bytes.end()}; }

template <class T>
bool refused(const Expected<T, NoteError>& result, NoteError error) {
  return !result && result.error() == error;
}

// The log of three entries, entry-0 to entry-2, whose bytes other implementations agree on.
constexpr auto origin = "example.com/partner-audit"sv;
constexpr auto log_vkey = "example.com/partner-audit+47b09bbc+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"sv;
constexpr auto witness_vkey = "witness.example.com/w1+969980cf+BCmsuuFBvMrwsi4alNNNC8c2HlJtC/4SyJeUvJMilm3X"sv;
constexpr auto log_text = "example.com/partner-audit\n3\npkvybgkSj2/i/m+LLYyAHhZrV8BHp82bK4Ceepai8cs=\n"sv;
constexpr auto log_line =
    "— example.com/partner-audit "
    "R7CbvJWBTQZ91zY8dvTfH8kZnwEGw4yKpD5MeVGieDxf9f9wcmZoDL93+esyt/HCn6BCjc3JVY7yQY/0n4V+mIMDmwY=\n"sv;
constexpr auto witness_line =
    "— witness.example.com/w1 "
    "lpmAzwAAAABkGFDLg5qkPXcLZnJWnZAkVSG7MgltqQd4iDUp8MPq/xCexF+wWcQ7LxYrvBI2PqRzgBdTtnCy1zYOJqy74SfLdLXoBA==\n"sv;

std::string signed_log() { return fmt::format("{}\n{}", log_text, log_line); }
std::string witnessed_log() { return signed_log() + std::string(witness_line); }

}  // namespace

TEST_CASE("the example of Go's note package verifies") {
  const auto key = verifying("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
  const auto text =
      "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"s;
  const auto note = text +
                    "\n— PeterNeumann "
                    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
  CHECK(open_with(note, key) == OpenedNote{text, {{"PeterNeumann", 0xc74f20a3, std::nullopt}}});
}

TEST_CASE("the example of the signed-note specification verifies") {
  const auto key = verifying("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k");
  const auto note =
      "This is an example message.\n"
      "\n"
      "— example.com/foo "
      "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
  const auto opened = open_with(note, key);
  REQUIRE(opened);
  CHECK(opened->text == "This is an example message.\n");
}

TEST_CASE("a key is named by its name and four bytes of a hash") {
  const auto key = key_named(origin);
  CHECK(key.verifying_key().text() == log_vkey);
  CHECK(key.verifying_key().name() == origin);
  CHECK(key.verifying_key().id() == 0x47b09bbc);
  CHECK(verifying(log_vkey) == key.verifying_key());
  CHECK_FALSE(verifying(log_vkey) == verifying(witness_vkey));
  CHECK(verifying(witness_vkey).text() == witness_vkey);
}

TEST_CASE("a signing key is kept in Go's form") {
  const auto seed = seed_from(0);
  const auto expected =
      fmt::format("PRIVATE+KEY+{}+47b09bbc+{}", origin, to_base64("\x01" + std::string(seed.begin(), seed.end())));
  const auto key = key_named(origin);
  CHECK(str(key.private_text()) == expected);

  const auto parsed = SigningKey::parse(expected);
  REQUIRE(parsed);
  CHECK(parsed->verifying_key().text() == log_vkey);
  CHECK(parsed->sign("text\n") == key.sign("text\n"));
}

TEST_CASE("a log's checkpoint is signed byte for byte as others sign it") {
  const std::vector<Hash> leaves{leaf_hash("entry-0"), leaf_hash("entry-1"), leaf_hash("entry-2")};
  const Checkpoint checkpoint{std::string(origin), 3, node_hash(node_hash(leaves[0], leaves[1]), leaves[2])};
  CHECK(format_checkpoint(checkpoint) == log_text);
  CHECK(sign_note(format_checkpoint(checkpoint), key_named(origin)) == signed_log());
  CHECK(open_checkpoint(signed_log(), verifying(log_vkey)) == checkpoint);
}

TEST_CASE("the checkpoint of an empty log is signed byte for byte as others sign it") {
  const Checkpoint checkpoint{std::string(origin), 0, sha256({})};
  const auto note = sign_note(format_checkpoint(checkpoint), key_named(origin));
  CHECK(note ==
        "example.com/partner-audit\n"
        "0\n"
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
        "\n"
        "— example.com/partner-audit "
        "R7CbvNb7hEWZ9ymWY1djBrDW5OiD1ENz9NuRovWfcGz+FO9s7RFxdCBtl5UyOiKetb7XJVrg9cKbI3yH01LuHZuiFQU=\n");
  CHECK(open_checkpoint(note, verifying(log_vkey)) == checkpoint);
}

TEST_CASE("a witness's cosignature says when it saw the checkpoint") {
  const std::vector keys{verifying(log_vkey), verifying(witness_vkey)};
  const auto opened = open_note(witnessed_log(), keys);
  REQUIRE(opened);
  CHECK(opened->text == log_text);
  CHECK(opened->signers == std::vector<NoteSigner>{{std::string(origin), 0x47b09bbc, std::nullopt},
                                                   {"witness.example.com/w1", 0x969980cf, 1679315147}});
}

TEST_CASE("a cosignature of another time or another text is refused") {
  const auto payload = from_base64(witness_line.substr(witness_line.rfind(' ') + 1, 104)).value();
  REQUIRE(payload.size() == 4 + 8 + 64);
  const auto key = verifying(witness_vkey);
  const auto signature = payload.substr(4);
  CHECK(key.verifies(log_text, signature));
  CHECK(key.time_of(signature) == 1679315147);

  auto later = signature;
  later[7] = static_cast<char>(later[7] + 1);
  CHECK_FALSE(key.verifies(log_text, later));
  CHECK_FALSE(key.verifies("another text\n", signature));
  CHECK_FALSE(key.verifies(log_text, signature.substr(8)));
  CHECK_FALSE(key.verifies(log_text, ""));
  CHECK_FALSE(key.verifies(log_text, "1234567"));
}

TEST_CASE("signers that are not known are ignored, unless nobody is known") {
  const auto log_only = open_with(witnessed_log(), verifying(log_vkey));
  REQUIRE(log_only);
  CHECK(log_only->signers.size() == 1);

  CHECK(refused(open_with(signed_log(), verifying(witness_vkey)), NoteError::no_known_signer));
  CHECK(refused(open_note(signed_log(), {}), NoteError::no_known_signer));

  const auto same_name = key_named(origin, 77).verifying_key();
  CHECK(refused(open_with(signed_log(), same_name), NoteError::no_known_signer));
  const auto same_key = key_named("example.com/other").verifying_key();
  CHECK(refused(open_with(signed_log(), same_key), NoteError::no_known_signer));
}

TEST_CASE("a known signer whose signature fails spoils the note, whoever else signed") {
  const auto log = key_named("log"), other = key_named("other", 32);
  const std::vector known{log.verifying_key(), other.verifying_key()};
  const auto good = sign_note("text\n", log);
  const auto forged_line = sign_note("another text\n", other).substr("another text\n\n"sv.size());
  CHECK(refused(open_note(good + forged_line, known), NoteError::bad_signature));
  CHECK(open_with(good + forged_line, log.verifying_key()));

  const auto forged_repeat = sign_note("another text\n", log).substr("another text\n\n"sv.size());
  CHECK(refused(open_note(good + forged_repeat, known), NoteError::bad_signature));
}

TEST_CASE("during a rotation old and new key sign the same note") {
  std::vector<SigningKey> signers;
  signers.push_back(key_named(origin, 0));
  signers.push_back(key_named(origin, 100));
  const auto note = sign_note(log_text, signers);
  for (const auto& signer : signers) CHECK(open_checkpoint(note, signer.verifying_key()));

  const std::vector both{signers[0].verifying_key(), signers[1].verifying_key()};
  CHECK(open_note(note, both).value().signers.size() == 2);
}

TEST_CASE("a signer who signs twice counts once") {
  const auto note = signed_log() + std::string(log_line);
  CHECK(open_with(note, verifying(log_vkey)).value().signers.size() == 1);
}

TEST_CASE("a note with any bit changed is refused") {
  const auto key = verifying(log_vkey);
  const auto note = signed_log();
  std::vector<std::size_t> accepted;
  for (std::size_t at = 0; at < note.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      auto changed = note;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      if (open_with(changed, key)) accepted.push_back(at);
    }
  }
  CHECK(accepted == std::vector<std::size_t>{});
}

TEST_CASE("a note that is cut short anywhere is refused") {
  const auto key = verifying(log_vkey);
  const auto note = signed_log();
  for (std::size_t size = 0; size < note.size(); ++size) {
    CAPTURE(size);
    CHECK(refused(open_with(note.substr(0, size), key), NoteError::malformed_note));
  }
}

TEST_CASE("a note's text may have blank lines: the signatures follow the last one") {
  const auto key = key_named("log");
  for (const auto text : {"a\n\nb\n"sv, "a\n\n"sv, "\n"sv, "\n\n\n"sv, "grüße — 你好 🙂\n"sv}) {
    CAPTURE(text);
    const auto opened = open_with(sign_note(text, key), key.verifying_key());
    REQUIRE(opened);
    CHECK(opened->text == text);
  }
}

TEST_CASE("text that cannot be a note's is not signed") {
  const auto key = key_named("log");
  for (const auto text :
       {""sv, "no newline"sv, "tab\t\n"sv, "return\r\n"sv, "nul\0\n"sv, "escape\x1b\n"sv, "\xff\n"sv,
        "overlong \xc0\xaf\n"sv, "overlong \xe0\x80\xaf\n"sv, "surrogate \xed\xa0\x80\n"sv,
        "beyond \xf4\x90\x80\x80\n"sv, "cut \xe2\x80\n"sv, "alone \x80\n"sv, "five \xf8\x88\x80\x80\x80\n"sv}) {
    CAPTURE(to_hex(text));
    CHECK_THROWS_AS(sign_note(text, key), std::invalid_argument);
  }
}

TEST_CASE("a note whose text or signature lines are out of form is refused") {
  const auto key = key_named("log");
  const auto& known = key.verifying_key();
  const auto note = sign_note("text\n", key);
  const auto payload = note.substr(note.rfind(' ') + 1, note.size() - note.rfind(' ') - 2);
  REQUIRE(fmt::format("text\n\n— log {}\n", payload) == note);

  const auto malformed = [&](const std::string& candidate) {
    CAPTURE(candidate);
    CHECK(refused(open_with(candidate, known), NoteError::malformed_note));
  };
  malformed("");
  malformed("text\n");
  malformed("text\n\n");
  malformed("\n\n");
  malformed(note + "\n");
  malformed(note + "more\n");
  malformed(note + "more");
  malformed(fmt::format("text\n— log {}\n", payload));
  malformed(fmt::format("text\n\n- log {}\n", payload));
  malformed(fmt::format("text\n\n—log {}\n", payload));
  malformed(fmt::format("text\n\n—  log {}\n", payload));
  malformed(fmt::format("text\n\n— log  {}\n", payload));
  malformed(fmt::format("text\n\n— log {} \n", payload));
  malformed(fmt::format("text\n\n— log {} {}\n", payload, payload));
  malformed(fmt::format("text\n\n— log {}\r\n", payload));
  malformed(fmt::format("te\tt\n\n— log {}\n", payload));
  malformed(fmt::format("te{}t\n\n— log {}\n", '\0', payload));
  malformed(fmt::format("te\xfft\n\n— log {}\n", payload));
  malformed(fmt::format("text\n\n— log+ {}\n", payload));
  malformed(fmt::format("text\n\n—  {}\n", payload));
  malformed(fmt::format("text\n\n— l\u00a0og {}\n", payload));
  malformed("text\n\n— log\n");
  malformed("text\n\n— log \n");
  malformed("text\n\n— log AAAAAA==\n");  // a key id without a signature
  malformed(fmt::format("text\n\n— log {}\n", payload.substr(0, payload.size() - 1)));
  malformed(note + "— unknown not-base64\n");  // even in lines of unknown signers
}

TEST_CASE("a signature of the wrong length is a bad one") {
  const auto key = key_named("log");
  const auto note = sign_note("text\n", key);
  const auto payload = from_base64(note.substr(note.rfind(' ') + 1, 92)).value();
  REQUIRE(payload.size() == 4 + 64);
  for (const auto& wrong : {payload.substr(0, 67), payload + '\0', payload.substr(0, 5)}) {
    CHECK(refused(open_with(fmt::format("text\n\n— log {}\n", to_base64(wrong)), key.verifying_key()),
                  NoteError::bad_signature));
  }
}

TEST_CASE("a note carries up to a hundred signatures") {
  const auto key = key_named("log");
  auto note = sign_note("text\n", key);
  for (int i = 1; i < 100; ++i) note += fmt::format("— unknown-{} AAAAAAA=\n", i);
  CHECK(open_with(note, key.verifying_key()));
  CHECK(refused(open_with(note + "— one-more AAAAAAA=\n", key.verifying_key()), NoteError::malformed_note));
}

TEST_CASE("a verifying key is read only as it is written") {
  const auto bytes = from_base64(log_vkey.substr(log_vkey.find("+AQ") + 1)).value();
  REQUIRE(bytes.size() == 33);
  const auto with = [&](std::string_view name, std::string_view id, std::string_view key_bytes) {
    return VerifyingKey::parse(fmt::format("{}+{}+{}", name, id, to_base64(key_bytes)));
  };
  REQUIRE(with(origin, "47b09bbc", bytes));

  CHECK(refused(with(origin, "47b09bbd", bytes), NoteError::wrong_key_id));
  CHECK(refused(with(origin, "47B09BBC", bytes), NoteError::wrong_key_id));
  CHECK(refused(with(origin, "047b09bbc", bytes), NoteError::wrong_key_id));
  CHECK(refused(with(origin, "", bytes), NoteError::wrong_key_id));
  CHECK(refused(with("example.com/other", "47b09bbc", bytes), NoteError::wrong_key_id));
  CHECK(refused(with(origin, "47b09bbc", '\x04' + bytes.substr(1)), NoteError::wrong_key_id));

  CHECK(refused(with(origin, "47b09bbc", '\x02' + bytes.substr(1)), NoteError::malformed_key));
  CHECK(refused(with(origin, "47b09bbc", '\x00' + bytes.substr(1)), NoteError::malformed_key));
  CHECK(refused(with(origin, "47b09bbc", bytes.substr(0, 32)), NoteError::malformed_key));
  CHECK(refused(with(origin, "47b09bbc", bytes + 'x'), NoteError::malformed_key));
  CHECK(refused(with(origin, "47b09bbc", ""), NoteError::malformed_key));
  CHECK(refused(with("", "47b09bbc", bytes), NoteError::malformed_key));
  CHECK(refused(with("a b", "47b09bbc", bytes), NoteError::malformed_key));

  CHECK(refused(VerifyingKey::parse(""), NoteError::malformed_key));
  CHECK(refused(VerifyingKey::parse(origin), NoteError::malformed_key));
  CHECK(refused(VerifyingKey::parse(fmt::format("{}\n", log_vkey)), NoteError::malformed_key));
  CHECK(refused(VerifyingKey::parse(fmt::format(" {}", log_vkey)), NoteError::malformed_key));
}

TEST_CASE("a signing key is read only as it is written") {
  const auto text = str(key_named(origin).private_text());
  REQUIRE(SigningKey::parse(text));
  const auto replaced = [&](std::string_view what, std::string_view with) {
    auto changed = text;
    return changed.replace(changed.find(what), what.size(), with);
  };
  CHECK(refused(SigningKey::parse(replaced("47b09bbc", "47b09bbd")), NoteError::wrong_key_id));
  CHECK(refused(SigningKey::parse(replaced("47b09bbc", "47B09BBC")), NoteError::wrong_key_id));
  CHECK(refused(SigningKey::parse(replaced("partner", "Partner")), NoteError::wrong_key_id));
  CHECK(refused(SigningKey::parse(replaced("PRIVATE+KEY+", "")), NoteError::malformed_key));
  CHECK(refused(SigningKey::parse(replaced("PRIVATE", "private")), NoteError::malformed_key));
  CHECK(refused(SigningKey::parse(replaced("example.com", "example com")), NoteError::malformed_key));
  CHECK(refused(SigningKey::parse(replaced("+AQ", "+BA")), NoteError::malformed_key));
  CHECK(refused(SigningKey::parse(text + "\n"), NoteError::malformed_key));
  CHECK(refused(SigningKey::parse(text + "AAAA"), NoteError::malformed_key));
  CHECK(refused(SigningKey::parse(text.substr(0, text.size() - 4)), NoteError::malformed_key));
  CHECK(refused(SigningKey::parse(log_vkey), NoteError::malformed_key));
  CHECK(refused(SigningKey::parse(""), NoteError::malformed_key));
}

TEST_CASE("a key's name has no white space, plus sign or control character") {
  const auto seed = seed_from(0);
  for (const auto* name :
       {"", " ", "a b", "a+b", "a\tb", "a\nb", "a\x7f\x1f", "a\u0085", "a\u00a0", "a\u2028", "\u3000a", "a\xff"}) {
    CAPTURE(name);
    CHECK(refused(SigningKey::generate(name, seed), NoteError::malformed_key));
  }
  for (const auto* name : {"a", "example.com/log", "rollcall.local/log_0", "größe", "a-b_c.d~e=f"}) {
    CAPTURE(name);
    const auto key = SigningKey::generate(name, seed);
    REQUIRE(key);
    CHECK(VerifyingKey::parse(key->verifying_key().text()) == key->verifying_key());
    CHECK(SigningKey::parse(str(key->private_text()))->verifying_key() == key->verifying_key());
  }
}

TEST_CASE("a checkpoint has one text only") {
  const std::string root = "pkvybgkSj2/i/m+LLYyAHhZrV8BHp82bK4Ceepai8cs=";
  REQUIRE(parse_checkpoint(log_text).value().size == 3);
  CHECK(parse_checkpoint("o\n18446744073709551615\n" + root + "\n").value().size == 18446744073709551615U);

  for (const auto& text : {
           ""s,
           "\n"s,
           "\n\n\n"s,
           "o\n3\n"s,
           "o\n3\n" + root,
           "o\n3\n" + root + "\n\n",
           "o\n3\n" + root + "\nextension\n",
           "\n3\n" + root + "\n",
           "o\n\n" + root + "\n",
           "o\n03\n" + root + "\n",
           "o\n+3\n" + root + "\n",
           "o\n-3\n" + root + "\n",
           "o\n 3\n" + root + "\n",
           "o\n3 \n" + root + "\n",
           "o\n3.0\n" + root + "\n",
           "o\n0x3\n" + root + "\n",
           "o\n3\r\n" + root + "\n",
           "o\n18446744073709551616\n" + root + "\n",
           "o\n3\n\n"s,
           "o\n3\n" + root.substr(0, 43) + "\n",
           "o\n3\n " + root + "\n",
           "o\n3\nAAAA" + root + "\n",
           "o\n3\n" + root.substr(4) + "\n",
           "o\n3\npkvybgkSj2/i/m+LLYyAHhZrV8BHp82bK4Ceepai8ct=\n"s,  // stray bits behind the 32nd byte
       }) {
    CAPTURE(text);
    CHECK(refused(parse_checkpoint(text), NoteError::malformed_checkpoint));
  }
}

TEST_CASE("a checkpoint is believed only from the key of its own log") {
  const auto key = key_named("another-log");
  CHECK(refused(open_checkpoint(sign_note(log_text, key), key.verifying_key()), NoteError::wrong_origin));
  CHECK(refused(open_checkpoint(sign_note("not a checkpoint\n", key), key.verifying_key()),
                NoteError::malformed_checkpoint));
  CHECK(refused(open_checkpoint(signed_log(), key.verifying_key()), NoteError::no_known_signer));
  CHECK(refused(open_checkpoint(log_text, verifying(log_vkey)), NoteError::malformed_note));
}

TEST_CASE("every reason to refuse a note can be told") {
  std::vector<std::string_view> told;
  for (const auto error :
       {NoteError::malformed_key, NoteError::wrong_key_id, NoteError::malformed_note, NoteError::bad_signature,
        NoteError::no_known_signer, NoteError::malformed_checkpoint, NoteError::wrong_origin}) {
    CHECK_FALSE(describe(error).empty());
    CHECK(std::find(told.begin(), told.end(), describe(error)) == told.end());
    told.push_back(describe(error));
  }
}
