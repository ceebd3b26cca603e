// Sealing: personal data opens with its key, in its place, and nowhere else.
#include "events/personal.hpp"

#include <map>

#include "events/archive.hpp"
#include "events/entry.hpp"
#include "events/hash.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/filled.hpp"

namespace rollcall::testing {
namespace {

DataKey key_of(KeyNumber number) { return sha256("key " + std::to_string(number)); }

// Keys 1 to 200, some of which are lost.
class Ring final : public KeyRing {
 public:
  explicit Ring(std::initializer_list<KeyNumber> lost = {}) : lost_(lost) {}
  std::optional<DataKey> find(KeyNumber number) const override {
    if (std::count(lost_.begin(), lost_.end(), number) > 0) return std::nullopt;
    return key_of(number);
  }

 private:
  std::vector<KeyNumber> lost_;
};

TEST_CASE("what is sealed opens in the same place with the same key") {
  for (const auto* text : {"", "p", "pat@agency.example", "exactly 16 bytes"}) {
    const auto sealed = seal(key_of(1), 1, "event", "email", text);
    CHECK(sealed.find("agency") == std::string::npos);
    CHECK(open_sealed(key_of(1), 1, "event", "email", sealed) == std::optional<std::string>{text});
  }
}

TEST_CASE("a sealed text does not open elsewhere, with another key, or altered") {
  const auto sealed = seal(key_of(1), 1, "event", "email", "pat@agency.example");
  CHECK_FALSE(open_sealed(key_of(2), 1, "event", "email", sealed));
  CHECK_FALSE(open_sealed(key_of(1), 2, "event", "email", sealed));
  CHECK_FALSE(open_sealed(key_of(1), 1, "other", "email", sealed));
  CHECK_FALSE(open_sealed(key_of(1), 1, "event", "name", sealed));
  CHECK_FALSE(open_sealed(key_of(1), 1, "even", std::string{"t\0email", 7}, sealed));
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto altered = sealed;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    CHECK_FALSE(open_sealed(key_of(1), 1, "event", "email", altered));
  }
  for (std::size_t length = 0; length < sealed.size(); ++length)
    CHECK_FALSE(open_sealed(key_of(1), 1, "event", "email", sealed.substr(0, length)));
}

TEST_CASE("the same text in the same place is sealed to the same bytes, and in another place to others") {
  const auto sealed = seal(key_of(1), 1, "event", "email", "pat@agency.example");
  CHECK(seal(key_of(1), 1, "event", "email", "pat@agency.example") == sealed);
  CHECK(seal(key_of(1), 1, "event", "name", "pat@agency.example") != sealed);
}

TEST_CASE("the length of a sealed text tells its length to 16 bytes only") {
  const auto size = [](std::size_t length) {
    return seal(key_of(1), 1, "event", "email", std::string(length, 'a')).size();
  };
  CHECK(size(0) == size(15));
  CHECK(size(15) < size(16));
  CHECK(size(16) == size(31));
}

TEST_CASE("in an entry, the erased reads as erased and the rest as it was") {
  const auto entry = entry_of(filled<UserInvited>());
  const auto& written = get<UserInvited>(entry.event);
  REQUIRE(written.email.key() != written.first_name.key());
  const Ring all;
  const auto bytes = encode_entry(entry.envelope, entry.event, all);
  const Ring one_lost{written.email.key()};
  const auto read = get<UserInvited>(decode_entry(bytes, &one_lost).event);
  CHECK(read.email == Personal::erased(written.email.key()));
  CHECK(read.email.shown() == "[erased]");
  CHECK(read.first_name == written.first_name);

  // Written again, it stays erased, whatever keys there are.
  const auto again = encode_entry(entry.envelope, read, all);
  CHECK(get<UserInvited>(decode_entry(again, &all).event).email == Personal::erased(written.email.key()));
}

TEST_CASE("without keys, personal data reads as sealed and the rest as it is") {
  const auto entry = entry_of(filled<UserInvited>());
  const Ring all;
  const auto read = decode_entry(encode_entry(entry.envelope, entry.event, all), nullptr);
  const auto& written = get<UserInvited>(entry.event);
  CHECK(get<UserInvited>(read.event).email == Personal::sealed(written.email.key()));
  CHECK(get<UserInvited>(read.event).email.shown() == "[erased]");
  CHECK(get<UserInvited>(read.event).expires_at == written.expires_at);
  CHECK(read.envelope.actor.ip == Personal::sealed(entry.envelope.actor.ip->key()));
}

TEST_CASE("personal data is not written without its key") {
  const auto entry = entry_of(filled<UserInvited>());
  const auto& written = get<UserInvited>(entry.event);
  CHECK_THROWS_AS(encode_entry(entry.envelope, entry.event, Ring{written.email.key()}), std::logic_error);
  std::string bytes;
  Encoder without(bytes);
  CHECK_THROWS_AS(without(written.email), std::logic_error);
}

TEST_CASE("a sealed text that was moved to another event or another field is refused") {
  const Ring keys;
  auto entry = entry_of(InvitationMailQueued{.person = {}, .email = Personal(1, "pat@agency.example")});
  const auto first = encode_entry(entry.envelope, entry.event, keys);
  entry.envelope.id.bytes.fill(99);
  const auto second = encode_entry(entry.envelope, entry.event, keys);
  REQUIRE(first.size() == second.size());
  // The sealed bytes of the first event's address, put in place of the second's: they are the only difference there.
  const auto sealed_in = [&](const std::string& bytes, const EventId& id) {
    const auto sealed = seal(key_of(1), 1, id.raw(), "email", "pat@agency.example");
    const auto at = bytes.find(sealed);
    REQUIRE(at != std::string::npos);
    return std::pair{at, sealed};
  };
  auto first_id = entry_of(InvitationMailQueued{}).envelope.id;
  const auto [from, sealed] = sealed_in(first, first_id);
  const auto [to, replaced] = sealed_in(second, entry.envelope.id);
  auto forged = second;
  forged.replace(to, replaced.size(), sealed);
  CHECK_THROWS_AS(decode_entry(forged, &keys), Malformed);
  CHECK(from == to);
}

TEST_CASE("a verifier is sealed under its own key alone, the same in the event and in decision state") {
  const Ring keys;
  const Verifier verifier{Personal(5, "argon2id of a password")};
  std::string here, there;
  Encoder(here, &keys, "an event")(verifier);
  Encoder(there, &keys, "a row")(verifier);
  CHECK(here == there);
  Verifier read;
  Decoder decoder(here, &keys, "anything");
  decoder(read);
  CHECK(read == verifier);
}

}  // namespace
}  // namespace rollcall::testing
