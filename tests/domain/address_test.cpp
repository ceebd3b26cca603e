// Addresses: which are the same, which are not, and which are none.
#include "domain/persons/address.hpp"

#include <algorithm>

#include <idn2.h>
#include <rapidcheck.h>
#include <sodium.h>

#include "tests/support/catch.hpp"

namespace rollcall {
namespace {

using Address = std::optional<std::string>;

TEST_CASE("case and surrounding space make no other address") {
  for (const auto* typed : {"pat@agency.example", "  PAT@Agency.EXAMPLE\t", "\r\nPat@agency.example\n"})
    CHECK(normalise_address(typed) == Address{"pat@agency.example"});
}

TEST_CASE("tags and dots make another address") {
  CHECK(normalise_address("pat+portal1@agency.example") == Address{"pat+portal1@agency.example"});
  CHECK(normalise_address("p.a.t@agency.example") == Address{"p.a.t@agency.example"});
}

TEST_CASE("a domain in any script is its IDNA form") {
  CHECK(normalise_address("pat@BÜCHER.example") == Address{"pat@xn--bcher-kva.example"});
  CHECK(normalise_address("pat@xn--BCHER-kva.example") == Address{"pat@xn--bcher-kva.example"});
  CHECK(normalise_address("pat@bu\u0308cher.example") == Address{"pat@xn--bcher-kva.example"});  // not composed
}

TEST_CASE("every character that a local part may have") {
  const std::string local = "a!#$%&'*+-/=?^_`{|}~9";
  CHECK(normalise_address(local + "@agency.example") == Address{local + "@agency.example"});
}

TEST_CASE("what is no address is refused") {
  using namespace std::literals;
  const auto long_label = std::string(64, 'a');
  for (const auto& typed : {""s,
                            " "s,
                            "pat"s,
                            "@agency.example"s,
                            "pat@"s,
                            "pat@localhost"s,
                            "pat@.example"s,
                            "pat@agency."s,
                            ".pat@agency.example"s,
                            "pat.@agency.example"s,
                            "p..t@agency.example"s,
                            "p t@agency.example"s,
                            "pat@agency..example"s,
                            "pat@ agency.example"s,
                            "pat@agency_x.example"s,
                            "pat@a@agency.example"s,
                            "\"p t\"@agency.example"s,
                            "pät@agency.example"s,
                            "пат@agency.example"s,
                            "pat\0@agency.example"s,
                            "pat@agency.example\0x"s,
                            "pat@[192.0.2.1]"s,
                            "pat@agency.example,pam@agency.example"s,
                            long_label + "a@agency.example"s,
                            "pat@"s + long_label + "a.example"s}) {
    CAPTURE(typed);
    CHECK_FALSE(normalise_address(typed));
  }
}

TEST_CASE("a local part has at most 64 bytes and a domain at most 253") {
  const std::string label(61, 'a');
  const auto domain = label + "." + label + "." + label + "." + label;
  CHECK(normalise_address(std::string(64, 'a') + "@agency.example"));
  CHECK_FALSE(normalise_address(std::string(65, 'a') + "@agency.example"));
  CHECK(normalise_address("a@" + domain + ".exam"));
  CHECK_FALSE(normalise_address("a@" + domain + ".example"));
}

TEST_CASE("normalising twice is normalising once") {
  for (const auto* typed : {"Pat+X@Agency.Example", "pat@BÜCHER.example", "o'hara@agency.example"}) {
    const auto once = normalise_address(typed);
    CHECK(normalise_address(once.value()) == once);
  }
}

TEST_CASE("a plain domain is what IDNA makes of it") {
  CHECK(rc::check([](const std::vector<std::uint8_t>& drawn) {
    constexpr std::string_view characters = "aZ09--..";  // often dots and hyphens, where the rules are
    std::string domain;
    for (const auto at : drawn) domain.push_back(characters[at % characters.size()]);
    domain += ".example";
    char* found = nullptr;
    std::optional<std::string> expected;
    if (idn2_to_ascii_8z(domain.c_str(), &found, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT) == IDN2_OK)
      expected = "a@" + std::string{found};
    idn2_free(found);
    if (expected && (expected->starts_with("a@.") || expected->find("..") != expected->npos)) expected.reset();
    if (expected) std::replace(expected->begin(), expected->end(), 'Z', 'z');
    RC_ASSERT(normalise_address("a@" + domain) == expected);
  }));
}

TEST_CASE("a masked address shows its domain and one letter") {
  CHECK(masked_address("pat@agency.example") == "p…@agency.example");
  CHECK(masked_address("@agency.example") == "…");
  CHECK(masked_address("[erased]") == "…");
}

TEST_CASE("a claim recognises an address and says nothing about it without the secret") {
  const Claims ours(DataKey{1});
  CHECK(ours.claim("pat@agency.example") == ours.claim("pat@agency.example"));
  CHECK(ours.claim("pat@agency.example") != ours.claim("pam@agency.example"));
  CHECK(ours.claim("pat@agency.example") != Claims(DataKey{2}).claim("pat@agency.example"));
}

TEST_CASE("a claim is the HMAC-SHA-256 of the address") {
  const DataKey secret{7};
  const std::string address = "pat@agency.example";
  Digest expected;
  crypto_auth_hmacsha256(expected.bytes.data(), reinterpret_cast<const unsigned char*>(address.data()), address.size(),
                         secret.data());
  CHECK(Claims(secret).claim(address) == expected);
}

}  // namespace
}  // namespace rollcall
