// Whose word is taken for where a request comes from.
#include "adapters/http/proxies.hpp"

#include "tests/support/catch.hpp"

using namespace rollcall;
using http::Proxies;

namespace {

std::optional<std::string> client(const Proxies& proxies, std::string_view peer, const http::Headers& headers) {
  return proxies.client_of(peer, headers);
}

TEST_CASE("without trusted proxies nobody's word is taken") {
  CHECK(client({}, "192.0.2.1", {{"X-Forwarded-For", "198.51.100.1"}}) == "192.0.2.1");
  CHECK(client(Proxies({"10.0.0.0/8"}), "192.0.2.1", {{"X-Forwarded-For", "198.51.100.1"}}) == "192.0.2.1");
  CHECK(client(Proxies({"10.0.0.0/8"}), "192.0.2.1", {{"X-Forwarded-For", "nonsense"}}) == "192.0.2.1");
}

TEST_CASE("a trusted proxy's last word counts, and not what the client wrote before it") {
  const Proxies proxies({"10.0.0.0/8", "fd00::/8", "127.0.0.1"});
  CHECK(client(proxies, "10.1.2.3", {}) == "10.1.2.3");
  CHECK(client(proxies, "10.1.2.3", {{"x-forwarded-for", "198.51.100.1"}}) == "198.51.100.1");
  CHECK(client(proxies, "127.0.0.1", {{"X-Forwarded-For", "1.1.1.1, 198.51.100.1"}}) == "198.51.100.1");
  CHECK(client(proxies, "10.1.2.3", {{"X-Forwarded-For", "1.1.1.1, 198.51.100.1, 10.9.9.9"}}) == "198.51.100.1");
  CHECK(client(proxies, "10.1.2.3", {{"X-Forwarded-For", "1.1.1.1"}, {"X-Forwarded-For", "198.51.100.1"}}) ==
        "198.51.100.1");
  CHECK(client(proxies, "10.1.2.3", {{"X-Forwarded-For", "10.0.0.1, 10.0.0.2"}}) == "10.0.0.1");
  CHECK(client(proxies, "fd00::1", {{"X-Forwarded-For", "2001:db8::7"}}) == "2001:db8::7");
}

TEST_CASE("addresses are read as proxies write them, and kept in their one spelling") {
  const Proxies proxies({"10.0.0.0/8"});
  const auto of = [&](const std::string& text) { return client(proxies, "10.1.2.3", {{"X-Forwarded-For", text}}); };
  CHECK(of("198.51.100.1:4711") == "198.51.100.1");
  CHECK(of("[2001:db8::7]:4711") == "2001:db8::7");
  CHECK(of("[2001:db8::7]") == "2001:db8::7");
  CHECK(of("::ffff:198.51.100.1") == "198.51.100.1");
  CHECK(of("  198.51.100.1\t") == "198.51.100.1");
  for (const auto* text : {"", ",", "unknown", "198.51.100.1,", "[2001:db8::7", "[2001:db8::7]x", "198.51.100.1 a"}) {
    INFO(text);
    CHECK_FALSE(of(text));
  }
}

TEST_CASE("what is no network is refused by name") {
  for (const auto* text : {"", "proxy.example", "10.0.0.0/33", "10.0.0.0/", "fd00::/129", "10.0.0.0/8 "}) {
    INFO(text);
    CHECK_THROWS_WITH(Proxies({text}), Catch::Contains("not an address or network"));
  }
}

}  // namespace
