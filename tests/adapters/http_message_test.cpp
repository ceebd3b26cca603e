#include <boost/json/parse.hpp>

#include "adapters/http/message.hpp"
#include "tests/support/catch.hpp"

using namespace rollcall;

namespace {

http::Request request_for(const std::string& target) {
  http::Request request;
  request.target = target;
  REQUIRE(http::decode_target(request));
  return request;
}

}  // namespace

TEST_CASE("a request target is decoded into segments and parameters") {
  const auto request =
      request_for("/v1/accounts/a%2Fb%20c/users?status=active&text=J%C3%BCrgen+M%2B&status=invited&flag");
  CHECK(request.path == std::vector<std::string>{"v1", "accounts", "a/b c", "users"});
  CHECK(request.parameter("text") == "Jürgen M+");
  CHECK(request.parameter("flag") == "");
  CHECK(request.parameter("Status") == std::nullopt);
  CHECK(request.parameters("status") == std::vector<std::string_view>{"active", "invited"});
}

TEST_CASE("the root has no segments, and a plus is a space in the query alone") {
  CHECK(request_for("/").path.empty());
  CHECK(request_for("/a+b").path == std::vector<std::string>{"a+b"});
  CHECK(request_for("/a/").path == std::vector<std::string>{"a", ""});
}

TEST_CASE("a target may name the server as well, as proxies are asked") {
  CHECK(request_for("http://elsewhere/").target == "/");
  CHECK(request_for("http://elsewhere").target == "/");
  CHECK(request_for("HTTPS://elsewhere:444/a?b=c").target == "/a?b=c");
  CHECK(request_for("http://elsewhere?b=c").target == "/?b=c");
}

TEST_CASE("a target that cannot be decoded is no request") {
  for (const char* target : {"", "*", "users", "/%zz", "/a%2", "/?x=%", "ftp://elsewhere/", "http:/"}) {
    CAPTURE(target);
    http::Request request;
    request.target = target;
    CHECK_FALSE(http::decode_target(request));
  }
}

TEST_CASE("headers are found whatever their case, the first of a name") {
  const http::Headers headers{{"Content-Type", "text/plain"}, {"x-a", "1"}, {"X-A", "2"}};
  CHECK(http::find(headers, "content-type") == "text/plain");
  CHECK(http::find(headers, "X-a") == "1");
  CHECK(http::find(headers, "X") == std::nullopt);
}

TEST_CASE("a problem document carries its stable code, its title and the extensions") {
  const auto response = http::problem(409, "seat_limit_reached", "all 5 seats are taken", {{"seats", 5}});
  CHECK(response.status == 409);
  CHECK(response.content_type == "application/problem+json");
  CHECK(boost::json::parse(response.body) == boost::json::value({{"type", "urn:rollcall:problem:seat_limit_reached"},
                                                                 {"title", "Conflict"},
                                                                 {"status", 409},
                                                                 {"detail", "all 5 seats are taken"},
                                                                 {"code", "seat_limit_reached"},
                                                                 {"seats", 5}}));
}

TEST_CASE("a status nobody registered still has a phrase") { CHECK(http::reason_phrase(299) == "Unknown"); }
