// The secret that a program shows: what it looks like, and what is read from it.
#include "adapters/crypto/access_keys.hpp"

#include "adapters/crypto/random.hpp"
#include "events/hash.hpp"
#include "tests/support/catch.hpp"

using namespace rollcall;

namespace {

const AccessKeyId key{{1, 2, 3, 4}};

TEST_CASE("a token says which key it is of, and nothing of it is kept but a digest") {
  start_crypto();
  const auto secret = AccessSecret::fresh();
  const auto token = access_token(key, secret);
  CHECK(token.starts_with("rck_"));
  CHECK(token.size() == 104);
  const auto claim = read_access_token(token);
  REQUIRE(claim);
  CHECK(claim->key == key);
  CHECK(same_digest(claim->digest, secret.digest));
  CHECK_FALSE(same_digest(claim->digest, AccessSecret::fresh().digest));
  CHECK(AccessSecret::fresh().digits != secret.digits);
}

TEST_CASE("a token that is changed anywhere is none") {
  start_crypto();
  const auto token = access_token(key, AccessSecret::fresh());
  for (std::size_t at = 0; at < token.size(); ++at)
    for (const char other : {'0', '1', '_', 'z', 'A', '\0'}) {
      auto changed = token;
      if (changed[at] == other) continue;
      changed[at] = other;
      INFO(at << " " << changed);
      CHECK_FALSE(read_access_token(changed));
    }
  CHECK_FALSE(read_access_token(token + "0"));
  CHECK_FALSE(read_access_token(token.substr(1)));
  CHECK_FALSE(read_access_token(""));
  CHECK_FALSE(read_access_token("rck_" + std::string(64, 'a')));  // the operator's key file looks like this
}

}  // namespace
