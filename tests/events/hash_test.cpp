// The hashes and spellings that everything provable is made of, against published values.
#include "events/hash.hpp"

#include "events/big_endian.hpp"
#include "tests/support/catch.hpp"

using namespace rollcall;
using namespace std::literals;

namespace {

std::string hex_of(const Hash& hash) { return to_hex(bytes_of(hash)); }

}  // namespace

TEST_CASE("SHA-256 gives the digests of FIPS 180-4's examples") {
  CHECK(hex_of(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hex_of(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex_of(sha256(std::string(1'000'000, 'a'))) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("a leaf and a node are told apart by their first byte") {
  CHECK(leaf_hash("") == sha256("\0"sv));
  CHECK(leaf_hash("entry") == sha256("\0entry"sv));

  const Hash left = leaf_hash("left"), right = leaf_hash("right");
  CHECK(node_hash(left, right) == sha256("\1" + std::string(bytes_of(left)) + std::string(bytes_of(right))));
  CHECK(node_hash(left, right) != node_hash(right, left));
}

TEST_CASE("a hash is exactly 32 bytes") {
  const Hash hash = sha256("abc");
  const std::string bytes(bytes_of(hash));
  CHECK(hash_from(bytes) == hash);
  CHECK_FALSE(hash_from(bytes.substr(1)));
  CHECK_FALSE(hash_from(bytes + '\0'));
  CHECK_FALSE(hash_from(""));
}

TEST_CASE("hexadecimal is written in lower case and read exactly") {
  CHECK(to_hex("") == "");
  CHECK(to_hex("\0\x7f\xff"sv) == "007fff");
  CHECK(from_hex("007FfF") == "\0\x7f\xff"s);
  CHECK(from_hex("") == "");
  for (const auto* wrong : {"0", "007ff", "0g", " 00", "00 ", "0x00", "00:11"}) {
    CAPTURE(wrong);
    CHECK_FALSE(from_hex(wrong));
  }
}

TEST_CASE("base64 follows the examples of RFC 4648") {
  const std::pair<std::string, std::string> examples[] = {{"", ""},
                                                          {"f", "Zg=="},
                                                          {"fo", "Zm8="},
                                                          {"foo", "Zm9v"},
                                                          {"foob", "Zm9vYg=="},
                                                          {"fooba", "Zm9vYmE="},
                                                          {"foobar", "Zm9vYmFy"},
                                                          {"\xfb\xff", "+/8="}};
  for (const auto& [bytes, text] : examples) {
    CHECK(to_base64(bytes) == text);
    CHECK(from_base64(text) == bytes);
  }
}

TEST_CASE("base64 is read only as it is written") {
  for (const auto* wrong :
       {"Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm9v\n", " Zm9v", "Zm 9v", "-_8=", "Zm9v=", "=", "Z"}) {
    CAPTURE(wrong);
    CHECK_FALSE(from_base64(wrong));
  }
}

TEST_CASE("big endian numbers sort as bytes as they do as numbers") {
  CHECK(big_endian(std::uint16_t{0x0102}) == "\x01\x02");
  CHECK(big_endian(std::uint64_t{0x0102030405060708}) == "\1\2\3\4\5\6\7\x08");
  CHECK(from_big_endian<std::uint64_t>("\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8") == 0xfffefdfcfbfaf9f8);
  CHECK(from_big_endian<std::uint32_t>("\x80\0\0\1 and more"sv) == 0x80000001);
  CHECK(big_endian(std::uint64_t{255}) < big_endian(std::uint64_t{256}));
}
