// Streams over real sockets: how they arrive, who is cut off, how they end.
#include "tests/adapters/http_peer.hpp"

using namespace rollcall;
using namespace rollcall::testing;
using Catch::Contains;
using Catch::EndsWith;

TEST_CASE("a stream arrives piece by piece, and the connection ends with it") {
  Taps taps;
  http::Server server(anywhere(), taps.handler());
  Peer peer(server);
  peer.send(std::string(get) + std::string(get));  // the second is never looked at
  CHECK_THAT(peer.read_until("\r\n\r\n"), Contains("200 OK") && Contains("Transfer-Encoding: chunked") &&
                                              Contains("Content-Type: text/plain") && Contains("Connection: close") &&
                                              !Contains("Content-Length"));
  taps.at(0).give("hello");
  CHECK(peer.read_until("hello\r\n") == "5\r\nhello\r\n");
  taps.at(0).give("");
  taps.at(0).give(std::string(100'000, 'x'));
  CHECK(peer.read_until("\r\n") == "186a0\r\n");
  CHECK(peer.read_until("\r\n") == std::string(100'000, 'x') + "\r\n");
  CHECK(server.counters().in_flight == 0);
  taps.at(0).close();
  CHECK(peer.read_to_end() == "0\r\n\r\n");
  CHECK(server.counters().requests == 1);
}

TEST_CASE("to HTTP/1.0 a stream is all until the close, and HEAD gets none of it") {
  Taps taps;
  http::Server server(anywhere(), taps.handler());
  Peer old(server);
  old.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  CHECK_THAT(old.read_until("\r\n\r\n"), Contains("Connection: close") && !Contains("Transfer-Encoding"));
  taps.at(0).give("hello");
  CHECK(old.read_until("hello") == "hello");
  taps.at(0).give(", world");
  taps.at(0).close();
  CHECK(old.read_to_end() == ", world");

  Peer curious(server);
  curious.send("HEAD / HTTP/1.1\r\nHost: here\r\n\r\n");
  CHECK_THAT(curious.read_until("\r\n\r\n"), Contains("200 OK") && !Contains("Content-Length"));
  curious.send("HEAD / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n");
  CHECK_THAT(curious.read_to_end(), Contains("200 OK"));
}

TEST_CASE("who does not read his stream is cut off, and the others go on") {
  Taps taps;
  auto options = anywhere();
  options.write_timeout = 200ms;
  http::Server server(options, taps.handler());
  Peer reader(server);
  reader.send(get);
  reader.read_until("\r\n\r\n");
  Peer sleeper(server);
  sleeper.send(get);
  taps.at(1).give_for_ever(std::string(65536, 'x'));
  eventually([&] { return server.counters().open == 1; });
  CHECK(taps.at(1).ended() == http::StreamEnd::too_slow);
  taps.at(0).give("still here");
  CHECK_THAT(reader.read_until("here\r\n"), Contains("still here"));
  CHECK_FALSE(taps.at(0).ended());
}

TEST_CASE("a peer that closes ends its stream, though nothing is sent to it") {
  Taps taps;
  http::Server server(anywhere(), taps.handler());
  Peer peer(server);
  peer.send(get);
  peer.read_until("\r\n\r\n");
  peer.send("what it says meanwhile is dropped, however long it is: " + std::string(1000, 'x'));
  taps.at(0).give("hello");
  peer.read_until("hello");
  peer.close();
  eventually([&] { return server.counters().open == 0; });
  CHECK(taps.at(0).ended() == http::StreamEnd::gone);
}

TEST_CASE("a stop ends streams without waiting for them") {
  Taps taps;
  auto options = anywhere();
  options.threads = 2;
  http::Server server(options, taps.handler());
  Peer idle(server), stuck(server);
  idle.send(get);
  taps.at(0);
  stuck.send(get);
  taps.at(1).give_for_ever(std::string(65536, 'x'));
  CHECK(server.stop(20s));  // less than the write timeout
  CHECK(taps.at(0).ended() == http::StreamEnd::draining);
  CHECK(taps.at(1).ended() == http::StreamEnd::draining);
  CHECK_THAT(idle.read_to_end(), EndsWith("\r\n\r\n0\r\n\r\n"));
}

TEST_CASE("a stream that fails breaks off and is logged") {
  CapturedLog log;
  Taps taps;
  http::Server server(anywhere(), taps.handler());
  Peer peer(server);
  peer.send(get);
  taps.at(0).give("hello");
  taps.at(0).break_off();
  CHECK_THAT(peer.read_to_end(), EndsWith("5\r\nhello\r\n"));
  eventually([&] { return server.counters().open == 0; });
  CHECK_THAT(log.text(), Contains("a stream broke off: the well is dry"));
}

TEST_CASE("a stream goes over TLS as well, and the client reads it whole") {
  const Certificate certificate;
  Taps taps;
  auto options = anywhere();
  options.tls = http::Tls{certificate.file(), certificate.key_file()};
  http::Server server(options, taps.handler());
  http::ClientOptions careless;
  careless.insecure = true;
  auto reply = std::async(std::launch::async, [&] { return http::Client(server.url(), careless).send("GET", "/"); });
  taps.at(0).give("hello, ");
  taps.at(0).give("world");
  taps.at(0).close();
  CHECK(reply.get().body == "hello, world");
}
