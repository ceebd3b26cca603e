// A browser's session: which cookie is read, and whose page it is heeded for.
#include "tools/server/api/cookie.hpp"

#include "tests/support/catch.hpp"

using namespace rollcall;
using namespace rollcall::api;

namespace {

http::Request asking(std::string method, http::Headers headers) {
  http::Request request;
  request.method = std::move(method);
  request.headers = std::move(headers);
  return request;
}

std::optional<std::string> cookie(http::Headers headers) {
  const auto request = asking("GET", std::move(headers));
  const auto found = session_cookie(request);
  return found ? std::optional{std::string{*found}} : std::nullopt;
}

bool same_site(const std::string& method, http::Headers headers) {
  headers.emplace_back("Host", "crm.example:8443");
  return is_same_site(asking(method, std::move(headers)));
}

TEST_CASE("the session's cookie is found among others, and one that was planted beside it is none") {
  CHECK(cookie({{"Cookie", "__Host-rollcall=ses_1.ab"}}) == "ses_1.ab");
  CHECK(cookie({{"cookie", "a=b; __Host-rollcall=ses_1.ab; c=d"}}) == "ses_1.ab");
  CHECK(cookie({{"Cookie", "a=b"}, {"Cookie", "__Host-rollcall=ses_1.ab"}}) == "ses_1.ab");
  CHECK(cookie({{"Cookie", "__Host-rollcall="}}) == "");
  for (const auto* none : {"", ";", "a", "rollcall=ses_1.ab", "x__Host-rollcall=ses_1.ab", "__Host-rollcall",
                           "__Host-rollcall=ses_1.ab; __Host-rollcall=ses_2.ab"}) {
    INFO(none);
    CHECK_FALSE(cookie({{"Cookie", none}}));
  }
  CHECK_FALSE(cookie({}));
}

TEST_CASE("what changes something is heeded for this server's own pages alone") {
  CHECK(same_site("POST", {{"Sec-Fetch-Site", "same-origin"}}));
  for (const auto* other : {"same-site", "cross-site", "none", ""})
    CHECK_FALSE(same_site("POST", {{"Sec-Fetch-Site", other}}));
  CHECK_FALSE(same_site("POST", {{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://crm.example:8443"}}));
  CHECK(same_site("POST", {{"Origin", "https://CRM.example:8443"}}));
  for (const auto* other : {"https://crm.example", "https://evil.example", "null", "", "https://crm.example:8443.evil"})
    CHECK_FALSE(same_site("POST", {{"Origin", other}}));
  CHECK_FALSE(same_site("POST", {}));
  CHECK(same_site("GET", {}));
  CHECK(same_site("HEAD", {{"Sec-Fetch-Site", "cross-site"}}));
}

TEST_CASE("a browser keeps it from scripts and other sites, and forgets it when it has ended") {
  CHECK(set_session_cookie("ses_1.ab", hours(8)) ==
        "__Host-rollcall=ses_1.ab; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=28800");
  CHECK(clear_session_cookie() == "__Host-rollcall=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0");
}

}  // namespace
