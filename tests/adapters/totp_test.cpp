// Codes of an app: the RFC's own values, the window around now, and codes to recover with.
#include "adapters/crypto/totp.hpp"

#include <set>

#include "adapters/crypto/random.hpp"
#include "tests/support/catch.hpp"

using namespace rollcall;

namespace {

// RFC 6238, appendix B: the secret is "12345678901234567890"; of its eight digits the last six.
constexpr auto rfc_secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

TEST_CASE("codes are those of RFC 6238") {
  const auto at = [](std::uint64_t seconds) { return totp_code(rfc_secret, seconds / 30); };
  CHECK(at(59) == "287082");
  CHECK(at(1111111109) == "081804");
  CHECK(at(1111111111) == "050471");
  CHECK(at(1234567890) == "005924");
  CHECK(at(2000000000) == "279037");
  CHECK(at(20000000000) == "353130");
}

TEST_CASE("a code is good in its half minute, and in the one before and behind") {
  const Time now{1'111'111'109 * std::int64_t{1'000'000}};
  const std::uint64_t step = 1'111'111'109 / 30;
  for (const auto good : {step - 1, step, step + 1})
    CHECK(totp_step(rfc_secret, totp_code(rfc_secret, good), now) == good);
  for (const auto bad : {step - 2, step + 2}) CHECK_FALSE(totp_step(rfc_secret, totp_code(rfc_secret, bad), now));
  CHECK(totp_step(rfc_secret, "081 804", now) == step);
  for (const auto* bad : {"", "81804", "0818040", "08180a", "      "}) CHECK_FALSE(totp_step(rfc_secret, bad, now));
  CHECK_FALSE(totp_step(rfc_secret, "081804", Time{0}));
}

TEST_CASE("each secret and each recovery code is another one, and is read as it is typed") {
  start_crypto();
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) seen.insert(fresh_totp_secret());
  for (const auto& code : fresh_recovery_codes(100)) seen.insert(code);
  CHECK(seen.size() == 200);
  const auto code = fresh_recovery_codes(1).front();
  CHECK(code.size() == 29);
  CHECK(recovery_digest("ABCD-efgh ijkl-2345") == recovery_digest("abcdefghijkl2345"));
  CHECK(recovery_digest("abcd-efgh-ijkl-2345") != recovery_digest("abcd-efgh-ijkl-2346"));
}

TEST_CASE("an app is told who it is for") {
  CHECK(otpauth_uri("Rollcall", "olga+crm@gx624.example", "abcd") ==
        "otpauth://totp/Rollcall:olga%2Bcrm%40gx624.example?secret=ABCD&issuer=Rollcall");
}

}  // namespace
