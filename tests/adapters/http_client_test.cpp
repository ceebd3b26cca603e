// The client and the load generator over real sockets of this machine.
#include <atomic>
#include <set>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include "adapters/http/client.hpp"
#include "adapters/http/echo.hpp"
#include "adapters/http/load.hpp"
#include "tests/adapters/http_fixture.hpp"

using namespace rollcall;
using namespace rollcall::testing;
using namespace std::chrono_literals;
using boost::asio::ip::tcp;
using Catch::Contains;

namespace {

boost::asio::awaitable<http::Response> created(http::Request) {
  co_return http::Response{201, "text/plain", {{"Location", "/v1/events/7"}}, "made"};
}

// A server of one script: takes connections one after another and does to each what its line says.
class Scripted {
 public:
  enum class Act { reply, hang_up_after_request, hang_up_within_reply };

  explicit Scripted(std::vector<std::vector<Act>> connections)
      : thread_([this, script = std::move(connections)] { play(script); }) {}
  ~Scripted() { thread_.join(); }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()); }
  int requests() const { return requests_; }

 private:
  void play(const std::vector<std::vector<Act>>& script) {
    for (const auto& acts : script) {
      tcp::socket socket(context_);
      acceptor_.accept(socket);
      for (const auto act : acts) {
        std::string request;
        while (request.find("\r\n\r\n") == request.npos) {
          char bytes[4096];
          boost::system::error_code ec;
          request.append(bytes, socket.read_some(boost::asio::buffer(bytes), ec));
          if (ec) break;
        }
        ++requests_;
        const std::string_view reply = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        if (act == Act::reply) boost::asio::write(socket, boost::asio::buffer(reply));
        if (act == Act::hang_up_within_reply) boost::asio::write(socket, boost::asio::buffer(reply.substr(0, 20)));
      }
    }
  }

  boost::asio::io_context context_;
  tcp::acceptor acceptor_{context_, {boost::asio::ip::address_v4::loopback(), 0}};
  std::atomic<int> requests_{0};
  std::thread thread_;
};

}  // namespace

TEST_CASE("the client shows a reply whole") {
  http::Server server(anywhere(), created);
  http::Client client(server.url() + "/");
  const auto response = client.send("POST", "/", {{"X-Reason", "test"}}, "{}");
  CHECK(response.status == 201);
  CHECK(response.content_type == "text/plain");
  CHECK(response.header("location") == "/v1/events/7");
  CHECK(response.body == "made");
  CHECK(client.send("HEAD", "/").body.empty());
  CHECK(client.send("GET", "/").body == "made");
  CHECK(server.counters().accepted == 1);
}

TEST_CASE("the client connects anew when its idle connection was closed, even for a POST") {
  auto options = anywhere();
  options.idle_timeout = 20ms;
  http::Server server(options, http::echo);
  http::Client client(server.url());
  for (const std::string body : {"one", "two"}) {
    CHECK(client.send("POST", "/", {}, body).body == body);
    eventually([&] { return server.counters().open == 0; });
  }
  CHECK(server.counters().accepted == 2);
}

TEST_CASE("a request that may be repeated is, once, if the kept connection broke before its reply") {
  using enum Scripted::Act;
  SECTION("a GET is") {
    Scripted server({{reply, hang_up_after_request}, {reply}});
    http::Client client(server.url());
    CHECK(client.send("GET", "/").status == 200);
    CHECK(client.send("GET", "/").status == 200);
    CHECK(server.requests() == 3);
  }
  SECTION("a POST is when its sender allows it") {
    Scripted server({{reply, hang_up_after_request}, {reply}});
    http::Client client(server.url());
    CHECK(client.send("POST", "/", {}, "").status == 200);
    CHECK(client.send("POST", "/", {}, "", http::Repeat::allowed).status == 200);
  }
  SECTION("a POST is not otherwise") {
    Scripted server({{reply, hang_up_after_request}});
    http::Client client(server.url());
    CHECK(client.send("POST", "/", {}, "").status == 200);
    CHECK_THROWS_WITH(client.send("POST", "/", {}, ""),
                      "no reply from " + server.url() + ": the connection was closed");
  }
  SECTION("nothing is once the reply has begun") {
    Scripted server({{reply, hang_up_within_reply}});
    http::Client client(server.url());
    CHECK(client.send("GET", "/").status == 200);
    CHECK_THROWS_AS(client.send("GET", "/"), http::ClientError);
  }
  SECTION("nothing is on a connection that was new") {
    Scripted server({{hang_up_after_request}});
    http::Client client(server.url());
    CHECK_THROWS_AS(client.send("GET", "/"), http::ClientError);
  }
}

TEST_CASE("the client says in plain words what went wrong") {
  std::string nobody;
  {
    http::Server gone(anywhere(), http::echo);
    nobody = gone.url();
  }
  CHECK_THROWS_WITH(http::Client(nobody).send("GET", "/"), "cannot connect to " + nobody + ": connection refused");
  for (const char* url : {"", "127.0.0.1:8080", "ftp://here", "http://here/path", "http://here?x", "http://me@here"}) {
    CHECK_THROWS_WITH(http::Client(url), Contains("not the address of a server") && Contains(url));
  }

  Gate gate;
  http::Server slow(anywhere(), gate.handler());
  http::ClientOptions impatient;
  impatient.timeout = 20ms;
  CHECK_THROWS_WITH(http::Client(slow.url(), impatient).send("GET", "/"),
                    "no reply from " + slow.url() + ": timed out");

  http::Server generous(anywhere(), http::echo);
  http::ClientOptions small;
  small.max_body_bytes = 10;
  CHECK_THROWS_WITH(http::Client(generous.url(), small).send("GET", "/bytes/11"), Contains("the reply is too large"));
}

TEST_CASE("a closed loop sends as many requests as told and counts every reply") {
  auto options = anywhere();
  options.threads = 2;
  http::Server server(options, http::echo);
  http::LoadOptions load;
  load.address = address_of(server);
  load.connections = 8;
  load.max_requests = 500;
  std::set<std::uint64_t> replied;
  const auto next = [](std::size_t, std::uint64_t n) {
    if (n % 5 == 0) return http::render("GET", "/bytes/none");
    return http::render("POST", "/", {{"X-Reason", "load"}}, std::string(n * 100, 'x'));
  };
  const auto on_reply = [&](std::size_t connection, std::uint64_t n, unsigned status, std::string_view body) {
    CHECK(connection < 8);
    if (status == 200) CHECK(body.size() == n * 100);
    replied.insert(n);
  };
  const auto report = http::generate_load(load, next, on_reply);
  CHECK(report.sent == 500);
  CHECK(report.answered == 500);
  CHECK(report.failed == 0);
  CHECK(report.statuses == std::map<unsigned, std::uint64_t>{{200, 400}, {404, 100}});
  CHECK(replied.size() == 500);
  CHECK(server.counters().requests == 500);
  CHECK(server.counters().accepted == 8);
  CHECK(report.per_second > 0);
  CHECK((report.p50 > 0 && report.p50 <= report.p90 && report.p90 <= report.p99 && report.p99 <= report.max));
}

TEST_CASE("an open loop counts the wait for a free connection as latency") {
  Gate gate;
  http::Server server(anywhere(), gate.handler());
  http::LoadOptions load;
  load.address = address_of(server);
  load.connections = 1;
  load.max_requests = 200;
  load.requests_per_second = 20'000;
  std::thread opener([&] {
    eventually([&] { return server.counters().in_flight == 1; });
    std::this_thread::sleep_for(50ms);
    gate.open = true;
  });
  const auto report = http::generate_load(load, [](auto, auto) { return http::render("GET", "/"); });
  opener.join();
  CHECK(report.answered == 200);
  // All 200 fell due within 10 ms of the first, and the gate opened 50 ms after it.
  CHECK(report.p50 > 30'000);
}

TEST_CASE("load that loses its connections ends and says how much failed") {
  http::Server server(anywhere(), http::echo);
  http::LoadOptions load;
  load.address = address_of(server);
  load.connections = 3;
  const auto next = [](auto, auto) { return http::render("GET", "/", {{"Connection", "close"}}); };
  const auto report = http::generate_load(load, next);
  CHECK(report.answered == 3);
  CHECK(report.failed == report.sent - 3);
}

TEST_CASE("load is generated for this machine only") {
  http::LoadOptions load;
  load.address = "192.0.2.1:80";
  const auto next = [](auto, auto) { return http::render("GET", "/"); };
  CHECK_THROWS_WITH(http::generate_load(load, next), Contains("for this machine only"));
}
