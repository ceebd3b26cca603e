// The stored form: its bytes, and that nothing else is taken for it.
#include "events/archive.hpp"

#include <random>

#include "events/entry.hpp"
#include "events/hash.hpp"
#include "events/json.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/filled.hpp"

namespace rollcall::testing {
namespace {

using namespace std::literals;

// A key for every number.
class EveryKey final : public KeyRing {
 public:
  std::optional<DataKey> find(KeyNumber number) const override { return sha256(std::to_string(number)); }
};
const EveryKey keys;

enum class Colour : std::uint8_t { red, green };
constexpr Names<2> enum_names(Colour) { return {"red", "green"}; }

struct Inner {
  static constexpr std::array fields{"flag", "colour"};
  bool flag = false;
  Colour colour{};
  bool operator==(const Inner&) const = default;
};

struct Sample {
  static constexpr std::array fields{"number", "text", "maybe", "list", "inner"};
  std::uint32_t number = 0;
  std::string text;
  std::optional<std::uint16_t> maybe;
  std::vector<std::uint8_t> list;
  Inner inner;
  bool operator==(const Sample&) const = default;
};

template <class T>
std::string encoded(const T& value) {
  std::string bytes;
  Encoder encoder(bytes, &keys);
  encoder(value);
  return bytes;
}

template <class T>
T decoded(std::string_view bytes) {
  T value{};
  Decoder decoder(bytes, &keys);
  decoder(value);
  decoder.finish();
  return value;
}

TEST_CASE("numbers are little-endian, lengths 32 bits, an absent value one byte") {
  const Sample sample{0x04030201, "ab", {}, {7, 8, 9}, {true, Colour::green}};
  const auto bytes =
      "\x01\x02\x03\x04"
      "\x02\0\0\0"
      "ab"
      "\0"
      "\x03\0\0\0"
      "\x07\x08\x09"
      "\x01"
      "\x01"s;
  CHECK(encoded(sample) == bytes);
  CHECK(decoded<Sample>(bytes) == sample);
  CHECK(encoded(std::optional<std::uint16_t>{0x0201}) == "\x01\x01\x02"s);
}

TEST_CASE("times, ids, digests and texts are their plain bytes") {
  CHECK(encoded(Time{-2}) == "\xfe\xff\xff\xff\xff\xff\xff\xff"s);
  CHECK(encoded(filled<PersonId>()) == std::string(16, '\x01'));
  CHECK(encoded(filled<Digest>()) == std::string(32, '\x01'));
  CHECK(encoded(RecordId::parse("c1").value()) ==
        "\x02\0\0\0"
        "c1"s);
}

TEST_CASE("a boolean is 0 or 1 and an enumeration one of its values") {
  CHECK_THROWS_AS(decoded<bool>("\x02"), Malformed);
  CHECK_THROWS_AS(decoded<bool>("\xff"), Malformed);
  CHECK_THROWS_AS(decoded<Colour>("\x02"), Malformed);
  CHECK(decoded<Colour>("\x01") == Colour::green);
  CHECK_THROWS_AS(decoded<std::optional<bool>>("\x02\x01"), Malformed);
}

TEST_CASE("a length is never believed beyond the bytes that are there") {
  CHECK_THROWS_AS(decoded<std::string>("\xff\xff\xff\xff"s), Malformed);
  CHECK_THROWS_AS(decoded<std::string>("\x03\0\0\0"
                                       "ab"s),
                  Malformed);
  CHECK_THROWS_AS(decoded<std::vector<RecordId>>("\xff\xff\xff\xff"s), Malformed);
  CHECK_THROWS_AS(decoded<std::vector<RecordId>>("\x02\0\0\0"
                                                 "\x01\0\0\0"
                                                 "a"s),
                  Malformed);
  CHECK_THROWS_AS(decoded<std::uint64_t>("1234567"), Malformed);
  CHECK_THROWS_AS(decoded<PersonId>("123456789012345"), Malformed);
}

TEST_CASE("a text that breaks its rule is not read, an empty one stands for none") {
  CHECK_THROWS_AS(decoded<AccountId>("\x05\0\0\0"
                                     "GX624"s),
                  Malformed);
  CHECK_THROWS_AS(decoded<RecordId>("\x02\0\0\0"
                                    "a\n"s),
                  Malformed);
  CHECK(decoded<AccountId>("\0\0\0\0"s).empty());
}

TEST_CASE("bytes that are left over are refused") {
  CHECK_THROWS_AS(decoded<bool>("\x01\0"s), Malformed);
  CHECK_THROWS_AS(decoded<Sample>(encoded(Sample{}) + "\0"s), Malformed);
}

struct Nested8 {
  static constexpr std::array fields{"value"};
  std::uint8_t value = 0;
};
template <class T>
struct Around {
  static constexpr std::array fields{"inside"};
  T inside{};
};

TEST_CASE("records nest to a depth that no record of ours reaches") {
  using Seven = Around<Around<Around<Around<Around<Around<Around<Nested8>>>>>>>;
  CHECK_NOTHROW(encoded(Seven{}));
  CHECK_THROWS_AS(encoded(Around<Seven>{}), std::logic_error);
}

// ---- entries ------------------------------------------------------------------------------------------------------

TEST_CASE("every event is read as it was written, filled or empty") {
  for (const auto& events : {every_event_filled(), every_event_empty()}) {
    for (const auto& event : events) {
      const auto entry = entry_of(event);
      CAPTURE(entry.envelope.type);
      CHECK(decode_entry(encode_entry(entry.envelope, entry.event, keys), &keys) == entry);
    }
  }
}

TEST_CASE("an entry that is cut off anywhere, or goes on, is refused") {
  for (const auto& event : every_event_filled()) {
    const auto entry = entry_of(event);
    const auto bytes = encode_entry(entry.envelope, entry.event, keys);
    CAPTURE(entry.envelope.type);
    std::size_t read = 0;
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      try {
        (void)decode_entry(std::string_view{bytes}.substr(0, length), nullptr);
        ++read;
      } catch (const Malformed&) {
      }
    }
    CHECK(read == 0);
    CHECK_THROWS_AS(decode_entry(bytes + '\0', &keys), Malformed);
  }
}

TEST_CASE("20,000 damaged entries are refused or read as something that can be written again") {
  std::vector<std::string> entries;
  for (const auto& event : every_event_filled()) {
    const auto entry = entry_of(event);
    entries.push_back(encode_entry(entry.envelope, entry.event, keys));
  }
  std::mt19937 random(1);
  const auto below = [&](std::size_t bound) { return random() % bound; };
  std::size_t refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    auto bytes = entries[below(entries.size())];
    for (auto changes = 1 + below(3); changes > 0; --changes) {
      const auto at = below(bytes.size());
      switch (below(4)) {
        case 0: bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8))); break;
        case 1: bytes[at] = static_cast<char>(below(256)); break;
        case 2: bytes.erase(at, 1 + below(4)); break;
        default: bytes.insert(at, 1 + below(4), static_cast<char>(below(256)));
      }
      if (bytes.empty()) bytes = "x";
    }
    const KeyRing* with = i % 2 == 0 ? nullptr : &keys;
    try {
      const auto entry = decode_entry(bytes, with);
      (void)visit([](const auto& event) { return json_text(event); }, entry.event);
      const auto again = encode_entry(entry.envelope, entry.event, keys);
      // What was read without keys was sealed, and is lost when it is written.
      if (with && decode_entry(again, with) != entry) FAIL("read differently the second time: " << to_hex(bytes));
    } catch (const Malformed&) {
      ++refused;
    }
  }
  CHECK(refused > 5'000);
}

TEST_CASE("an entry of another format, of an unknown event or of a version to come is refused") {
  const auto entry = entry_of(filled<NoteAdded>());
  auto bytes = encode_entry(entry.envelope, entry.event, keys);
  for (const char format : {'\1', '\3'}) {  // of before the first release, and one to come
    bytes[0] = format;
    CHECK_THROWS_WITH(decode_entry(bytes, &keys), Catch::Contains("format " + std::to_string(int{format})));
  }
  CHECK_THROWS_AS(peek_entry(bytes), Malformed);
  auto envelope = entry.envelope;
  envelope.version = 2;
  CHECK_THROWS_WITH(decode_entry(encode_entry(envelope, entry.event, keys), &keys),
                    Catch::Contains("NoteAdded version 2"));
  envelope.type = "NoteBurnt";
  CHECK_THROWS_AS(decode_entry(encode_entry(envelope, entry.event, keys), &keys), Malformed);
}

TEST_CASE("an entry is never longer than what a bundle can hold") {
  auto entry = entry_of(filled<RecordsImported>());
  auto& records = get<RecordsImported>(entry.event).records;
  records.assign(2'000, RecordId::parse(std::string(40, 'x')).value());
  CHECK_THROWS_AS(encode_entry(entry.envelope, entry.event, keys), std::logic_error);
}

TEST_CASE("what a follower needs to know is read without the rest") {
  const auto entry = entry_of(filled<UserInvited>());
  const auto bytes = encode_entry(entry.envelope, entry.event, keys);
  const auto header = peek_entry(bytes);
  CHECK(header.position == entry.envelope.position);
  CHECK(header.type == "UserInvited");
  CHECK(header.version == entry.envelope.version);
  CHECK(header.recorded_at == entry.envelope.recorded_at);
  CHECK(header.scope_kind == ScopeKind::account);
  CHECK(header.scope_id == "gx624");
  CHECK_THROWS_AS(peek_entry(std::string_view{bytes}.substr(0, 20)), Malformed);
}

}  // namespace
}  // namespace rollcall::testing
