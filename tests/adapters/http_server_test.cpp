// The server over real sockets of this machine: what a request may be, and how connections live and end.
#include "tests/adapters/http_peer.hpp"

using namespace rollcall;
using namespace rollcall::testing;
using Catch::Contains;
using Catch::EndsWith;

TEST_CASE("a connection is kept for the next request") {
  http::Server server(anywhere(), describe);
  Peer peer(server);
  const auto first = peer.ask("GET /v1/users?status=active HTTP/1.1\r\nHost: here\r\nX-Reason: why not\r\n\r\n");
  CHECK_THAT(first, Contains("HTTP/1.1 200 OK\r\nDate: ") && Contains(" GMT\r\n") && !Contains("Connection:"));
  CHECK(body_of(first) == "GET /v1/users?status=active from 127.0.0.1\nHost=here\nX-Reason=why not\n");
  CHECK_THAT(peer.ask(post("again")), Contains("POST / from") && Contains("\nagain"));
  CHECK(server.counters().accepted == 1);
  CHECK(server.counters().requests == 2);
  CHECK(server.counters().in_flight == 0);
}

TEST_CASE("pipelined requests are answered in their order, however many replies are held back") {
  auto options = anywhere();
  options.max_pipelined = GENERATE(1u, 7u, 1000u);
  http::Server server(options, http::echo);
  Peer peer(server);
  std::string requests;
  for (int i = 0; i < 100; ++i) requests += post("request " + std::to_string(i));
  peer.send(requests);
  for (int i = 0; i < 100; ++i) REQUIRE(body_of(peer.read_reply()) == "request " + std::to_string(i));
}

TEST_CASE("a reply is not held back for a request that has only begun") {
  http::Server server(anywhere(), http::echo);
  Peer peer(server);
  peer.send(post("one") + "POST / HT");
  CHECK(body_of(peer.read_reply()) == "one");
  peer.send("TP/1.1\r\nHost: here\r\nContent-Length: 3\r\n\r\ntwo");
  CHECK(body_of(peer.read_reply()) == "two");
}

TEST_CASE("a request may come byte by byte, its body in chunks or of a stated length") {
  http::Server server(anywhere(), http::echo);
  Peer peer(server);
  const std::string chunked =
      "POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5;note=x\r\nhello\r\n7\r\n, world\r\n0\r\nAuthorization: a trailer is no header\r\n\r\n";
  for (const auto& request : {chunked, post("hello, world"), chunked + chunked + post("hello, world")}) {
    for (const char byte : request) peer.send({&byte, 1});
    CHECK(body_of(peer.read_reply()) == "hello, world");
  }
  CHECK(body_of(peer.read_reply()) == "hello, world");
  CHECK(body_of(peer.read_reply()) == "hello, world");
}

TEST_CASE("what comes after a chunked body does not count as a header") {
  http::Server server(anywhere(), describe);
  Peer peer(server);
  const auto reply = peer.ask(
      "POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nAuthorization: operator\r\n\r\n");
  CHECK_THAT(reply, Contains("200 OK") && !Contains("operator"));
}

TEST_CASE("a body over the limit is refused, announced or not") {
  auto options = anywhere();
  options.max_body_bytes = 1000;
  http::Server server(options, http::echo);
  CHECK(body_of(Peer(server).ask(post(std::string(1000, 'x')))).size() == 1000);
  const std::string announced = post(std::string(1001, 'x'));
  const std::string in_chunks = "POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n1f4\r\n" +
                                std::string(500, 'x') + "\r\n1f5\r\n" + std::string(501, 'x');
  for (const auto& request : {announced, in_chunks}) {
    Peer peer(server);
    peer.send(request);
    const auto reply = peer.read_to_end();
    CHECK_THAT(reply, Contains("HTTP/1.1 413 ") && Contains("Connection: close"));
    CHECK(code_of(reply) == "body_too_large");
  }
  CHECK(server.counters().requests == 1);
  CHECK(server.counters().rejected == 2);
}

TEST_CASE("a header over the limit is refused, in one field or in many, at once or trickling in") {
  auto options = anywhere();
  options.max_header_bytes = 1000;
  http::Server server(options, http::echo);
  const std::string start = "GET / HTTP/1.1\r\nHost: here\r\n";
  std::vector<std::string> many(100, "X-Field: twenty bytes or so\r\n");
  for (const auto& pieces : {std::vector<std::string>{start, "X: " + std::string(2000, 'x')},
                             std::vector<std::string>{"GET /" + std::string(2000, 'x')}, many}) {
    Peer peer(server);
    if (pieces.size() == many.size()) peer.send(start);
    std::string reply;
    try {
      for (const auto& piece : pieces) {
        peer.send(piece);
        std::this_thread::yield();
      }
    } catch (const boost::system::system_error&) {
      // the server had enough before the last piece
    }
    reply = peer.read_to_end();
    CHECK_THAT(reply, Contains("HTTP/1.1 431 "));
    CHECK(code_of(reply) == "header_too_large");
  }
}

TEST_CASE("a request that does not arrive in time is told so") {
  auto options = anywhere();
  options.header_timeout = 1s;
  options.body_timeout = 1s;
  http::Server server(options, http::echo);
  Peer in_line(server);
  in_line.send("GET / HT");
  Peer in_header(server);
  in_header.send("GET / HTTP/1.1\r\nHost: here\r\n");
  Peer in_body(server);
  in_body.send("POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 5\r\n\r\nhal");
  for (auto* peer : {&in_line, &in_header, &in_body}) {
    const auto reply = peer->read_to_end();
    CHECK_THAT(reply, Contains("HTTP/1.1 408 ") && Contains("Connection: close"));
    CHECK(code_of(reply) == "request_timeout");
  }
  CHECK(server.counters().requests == 0);
}

TEST_CASE("a connection that idles is closed without a word") {
  auto options = anywhere();
  options.idle_timeout = 50ms;
  http::Server server(options, http::echo);
  Peer peer(server);
  CHECK(body_of(peer.ask(post("x"))) == "x");
  CHECK(peer.read_to_end().empty());
}

TEST_CASE("a connection that never says anything is closed without a word") {
  auto options = anywhere();
  options.header_timeout = 50ms;
  http::Server server(options, http::echo);
  CHECK(Peer(server).read_to_end().empty());
}

TEST_CASE("a peer that does not read its replies loses its connection") {
  auto options = anywhere();
  options.write_timeout = 50ms;
  http::Server server(options, http::echo);
  Peer peer(server);
  for (int i = 0; i < 8; ++i) peer.send("GET /bytes/16000000 HTTP/1.1\r\nHost: here\r\n\r\n");
  eventually([&] { return server.counters().requests > 0 && server.counters().open == 0; });
}

TEST_CASE("what is not HTTP is refused and closed") {
  http::Server server(anywhere(), http::echo);
  for (const auto& garbage :
       {"nonsense\r\n\r\n"s, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s, "GET / HTTP/2.0\r\nHost: here\r\n\r\n"s,
        "GET / HTTP/1.1\r\n\r\n"s, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"s,
        "GET / HTTP/1.1\r\nHost : here\r\n\r\n"s, "GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n"s}) {
    CAPTURE(garbage);
    Peer peer(server);
    peer.send(garbage);
    const auto reply = peer.read_to_end();
    CHECK_THAT(reply, Contains("HTTP/1.1 400 ") && Contains("Connection: close"));
    CHECK(code_of(reply) == "malformed_request");
  }
  CHECK(server.counters().requests == 0);
}

TEST_CASE("a request whose end is ambiguous is refused before it can hide another") {
  http::Server server(anywhere(), http::echo);
  const std::string hidden = "0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: here\r\n\r\n";
  for (const std::string framing :
       {"Content-Length: 5\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Content-Length: 5\r\nContent-Length: 6", "Content-Length: 5, 6", "Content-Length: +5",
        "Transfer-Encoding: gzip", "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "Transfer-Encoding: \vchunked"}) {
    CAPTURE(framing);
    Peer peer(server);
    peer.send("POST / HTTP/1.1\r\nHost: here\r\n" + framing + "\r\n\r\n" + hidden);
    const auto replies = peer.read_to_end();
    CHECK_THAT(replies, Contains("HTTP/1.1 400 "));
    CHECK(code_of(replies) == "malformed_request");
  }
  Peer old(server);
  old.send("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + hidden);
  CHECK_THAT(old.read_to_end(), Contains("HTTP/1.1 400 "));
  CHECK(server.counters().requests == 0);
}

TEST_CASE("a target that cannot be decoded is refused, and the connection lives on") {
  http::Server server(anywhere(), http::echo);
  Peer peer(server);
  const auto reply = peer.ask("GET /%zz HTTP/1.1\r\nHost: here\r\n\r\n");
  CHECK_THAT(reply, Contains("HTTP/1.1 400 "));
  CHECK(code_of(reply) == "malformed_target");
  CHECK_THAT(peer.ask(get), Contains("HTTP/1.1 200 "));
}

TEST_CASE("a target that names the server as well is that of its path") {
  http::Server server(anywhere(), http::echo);
  Peer peer(server);
  for (const std::string target : {"http://here/bytes/3?a=b", "HTTPS://elsewhere:444/bytes/3"}) {
    INFO(target);
    CHECK_THAT(peer.ask("GET " + target + " HTTP/1.1\r\nHost: here\r\n\r\n"), Contains("HTTP/1.1 200 "));
  }
  for (const std::string target : {"ftp://here/bytes/3", "here/bytes/3", "*"}) {
    INFO(target);
    CHECK(code_of(peer.ask("GET " + target + " HTTP/1.1\r\nHost: here\r\n\r\n")) == "malformed_target");
  }
}

TEST_CASE("HEAD is answered like GET, without the body") {
  http::Server server(anywhere(), http::echo);
  Peer peer(server);
  peer.send("HEAD /bytes/30000 HTTP/1.1\r\nHost: here\r\n\r\n");
  CHECK_THAT(peer.read_until("\r\n\r\n"), Contains("200 OK") && Contains("Content-Length: 30000\r\n"));
  CHECK(body_of(peer.ask("GET /bytes/30000 HTTP/1.1\r\nHost: here\r\n\r\n")) == std::string(30000, 'x'));
}

TEST_CASE("a reply that must not have a body gets none") {
  http::Server server(anywhere(), [](http::Request) -> boost::asio::awaitable<http::Response> {
    http::Response nothing;
    nothing.status = 204;
    nothing.body = "a slip";
    co_return nothing;
  });
  Peer peer(server);
  for (int i = 0; i < 2; ++i) {
    const auto reply = peer.ask(get);
    CHECK_THAT(reply, Contains("204 No Content") && !Contains("Content-Length") && !Contains("Content-Type: "));
    CHECK(body_of(reply).empty());
  }
}

TEST_CASE("who expects 100-continue is told to go on, or at once that it would be in vain") {
  auto options = anywhere();
  options.max_body_bytes = 1000;
  http::Server server(options, http::echo);
  const std::string start = "POST / HTTP/1.1\r\nHost: here\r\nExpect: 100-continue\r\nContent-Length: ";
  Peer patient(server);
  patient.send(start + "5\r\n\r\n");
  CHECK(patient.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  CHECK(body_of(patient.ask("hello")) == "hello");
  CHECK_THAT(patient.ask(start + "5\r\n\r\nhello"), Contains("HTTP/1.1 200 "));
  CHECK_THAT(Peer(server).ask(start + "1001\r\n\r\n"), Contains("HTTP/1.1 413 "));
  CHECK_THAT(Peer(server).ask("GET / HTTP/1.1\r\nHost: here\r\nExpect: miracles\r\n\r\n"), Contains("HTTP/1.1 417 "));
}

TEST_CASE("a connection ends when its peer says so") {
  http::Server server(anywhere(), http::echo);
  Peer asked(server);
  asked.send("GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n");
  CHECK_THAT(asked.read_to_end(), Contains("200 OK") && Contains("Connection: close"));
  Peer old(server);
  old.send("GET / HTTP/1.0\r\n\r\n");
  CHECK_THAT(old.read_to_end(), Contains("200 OK") && Contains("Connection: close"));
  Peer kept(server);
  for (int i = 0; i < 2; ++i) {
    CHECK_THAT(kept.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), Contains("Connection: keep-alive"));
  }
}

TEST_CASE("a handler that throws is a logged failure and a 500, and serves on") {
  CapturedLog log;
  http::Server server(anywhere(), fail);
  Peer peer(server);
  const auto reply = peer.ask("GET /v1/invitations/s3cret?token=s3cret HTTP/1.1\r\nHost: here\r\n\r\n");
  CHECK_THAT(reply, Contains("HTTP/1.1 500 ") && !Contains("disk"));
  CHECK(code_of(reply) == "internal_error");
  CHECK_THAT(peer.ask("GET /split HTTP/1.1\r\nHost: here\r\n\r\n"), Contains(" 500 ") && !Contains("Set-Cookie"));
  CHECK(server.counters().in_flight == 0);
  CHECK_THAT(log.text(), Contains("GET /v1/invitations failed: the disk is gone") && !Contains("s3cret") &&
                             Contains("GET /split failed: a line break in a response header"));
}

TEST_CASE("a handler may wait on another thread") {
  boost::asio::thread_pool pool(1);
  const auto elsewhere = [](http::Request request) -> boost::asio::awaitable<http::Response> {
    co_return http::Response{200, "text/plain", {}, request.body + " there and back"};
  };
  http::Server server(anywhere(), [&](http::Request request) -> boost::asio::awaitable<http::Response> {
    const auto io_thread = std::this_thread::get_id();
    auto work = elsewhere(std::move(request));
    auto response = co_await boost::asio::co_spawn(pool, std::move(work), boost::asio::use_awaitable);
    if (std::this_thread::get_id() != io_thread) response.status = 500;
    co_return response;
  });
  CHECK(body_of(Peer(server).ask(post("I go"))) == "I go there and back");
}

TEST_CASE("a connection too many is told to come back, and can when one has ended") {
  auto options = anywhere();
  options.max_connections = 1;
  http::Server server(options, http::echo);
  Peer first(server);
  CHECK_THAT(first.ask(get), Contains("HTTP/1.1 200 "));
  Peer second(server);
  second.send(get);
  const auto reply = second.read_to_end();
  CHECK_THAT(reply, Contains("HTTP/1.1 503 ") && Contains("Retry-After: 1\r\n") && Contains("Connection: close"));
  CHECK(code_of(reply) == "too_many_connections");
  CHECK(server.counters().refused == 1);
  first.close();
  second.close();
  eventually([&] { return server.counters().open == 0; });
  CHECK_THAT(Peer(server).ask(get), Contains("HTTP/1.1 200 "));
}

TEST_CASE("a graceful stop finishes what is in flight and takes nothing new") {
  Gate gate;
  auto options = anywhere();
  options.threads = 2;
  http::Server server(options, gate.handler());
  Peer busy(server);
  Peer idle(server);
  busy.send(std::string(get) + "GET /never HTTP/1.1\r\nHost: here\r\n\r\n");
  eventually([&] { return server.counters().in_flight == 1 && server.counters().open == 2; });
  auto stopped = std::async(std::launch::async, [&] { return server.stop(20s); });
  CHECK(idle.read_to_end().empty());
  CHECK_THROWS_AS(http::Client(server.url()).send("GET", "/"), http::ClientError);
  gate.open = true;
  const auto replies = busy.read_to_end();
  CHECK_THAT(replies, Contains("Connection: close"));
  CHECK(body_of(replies) == "passed /hello");
  busy.close();
  CHECK(stopped.get());
  CHECK(server.counters().requests == 1);
}

TEST_CASE("a stop gives up at its deadline, and says so") {
  Gate gate;
  http::Server server(anywhere(), gate.handler());
  Peer peer(server);
  peer.send(get);
  eventually([&] { return server.counters().in_flight == 1; });
  CHECK_FALSE(server.stop(10ms));
  CHECK(peer.read_to_end().empty());
  CHECK_FALSE(server.stop(10ms));
}

TEST_CASE("an address that cannot be had is named") {
  http::Server server(anywhere(), http::echo);
  auto options = anywhere();
  options.listen = address_of(server);
  CHECK_THROWS_WITH(http::Server(options, http::echo), Contains("cannot listen on " + options.listen));
  for (const char* nowhere : {"", "8080", "127.0.0.1:", "127.0.0.1:70000", "127.0.0.1:80x", "nowhere.example:80"}) {
    options.listen = nowhere;
    CHECK_THROWS_AS(http::Server(options, http::echo), std::invalid_argument);
  }
}

TEST_CASE("over TLS, who trusts the certificate is served and nobody else is") {
  const Certificate certificate;
  auto options = anywhere();
  options.tls = http::Tls{certificate.file(), certificate.key_file()};
  http::Server server(options, http::echo);
  CHECK_THAT(server.url(), Contains("https://127.0.0.1:"));

  http::ClientOptions trusting;
  trusting.ca_file = certificate.file();
  http::Client client(server.url(), trusting);
  const std::string large(200'000, 'z');
  CHECK(client.send("POST", "/", {}, large).body == large);
  CHECK(client.send("GET", "/bytes/300000").body.size() == 300'000);
  CHECK(server.counters().accepted == 1);

  http::Client stranger(server.url());
  CHECK_THROWS_WITH(stranger.send("GET", "/"), Contains("its certificate is not trusted: self-signed certificate"));
  http::ClientOptions careless;
  careless.insecure = true;
  CHECK(http::Client(server.url(), careless).send("POST", "/", {}, "x").body == "x");
  CHECK_THROWS_AS(http::Client("http://" + address_of(server)).send("GET", "/"), http::ClientError);
  CHECK(client.send("POST", "/", {}, "still here").body == "still here");
}

TEST_CASE("a connection too many and a body too large are told so over TLS too") {
  const Certificate certificate;
  auto options = anywhere();
  options.tls = http::Tls{certificate.file(), certificate.key_file()};
  options.max_connections = 1;
  options.max_body_bytes = 10;
  http::Server server(options, http::echo);
  http::ClientOptions careless;
  careless.insecure = true;
  http::Client first(server.url(), careless);
  CHECK(first.send("GET", "/").status == 200);
  CHECK(http::Client(server.url(), careless).send("GET", "/").status == 503);
  CHECK(first.send("POST", "/", {}, "more than ten bytes").status == 413);
}

TEST_CASE("a TLS file that cannot be used is named") {
  auto options = anywhere();
  options.tls = http::Tls{"/nonexistent/certificate.pem", "/nonexistent/key.pem"};
  CHECK_THROWS_WITH(http::Server(options, http::echo), Contains("cannot use certificate /nonexistent/certificate.pem"));
}
