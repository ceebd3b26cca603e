// A small, bounded HTTP/1.1 server: every size, time and count that a peer could drive up has a limit here.
//
//   Server server(options, [](Request request) -> net::awaitable<Response> { co_return Response{…}; });
//   …
//   server.stop(10s);
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <boost/asio/awaitable.hpp>

#include "adapters/http/message.hpp"
#include "adapters/http/proxies.hpp"

namespace rollcall::http {

namespace net = boost::asio;

// Answers one request. It runs on an io thread and must not block there: what blocks is awaited from elsewhere, after
// which the coroutine resumes on its io thread. What it throws is logged and becomes a 500 problem.
using Handler = std::function<net::awaitable<Response>(Request)>;

// PEM files: the certificate with its chain, leaf first, and the private key.
struct Tls {
  std::filesystem::path certificate;
  std::filesystem::path key;
};

struct ServerOptions {
  std::string listen = "127.0.0.1:8080";     // "[::1]:8080" for IPv6; port 0 takes any free one
  unsigned threads = 1;                      // io threads; a connection stays on one of them
  std::size_t max_connections = 1024;        // more are told 503 with Retry-After and closed
  std::size_t max_header_bytes = 16 * 1024;  // request line and header together; beyond: 431
  std::size_t max_body_bytes = 1024 * 1024;  // beyond: 413
  std::size_t max_pipelined = 32;            // replies held back at most to be written together
  std::chrono::milliseconds header_timeout = std::chrono::seconds(10);  // first byte to end of header; beyond: 408
  std::chrono::milliseconds body_timeout = std::chrono::seconds(30);    // the whole body; beyond: 408
  std::chrono::milliseconds idle_timeout = std::chrono::seconds(75);    // between requests; beyond: closed
  std::chrono::milliseconds write_timeout = std::chrono::seconds(30);   // one write, a stream's piece; beyond: closed
  Proxies proxies{};                                                    // whose X-Forwarded-For counts
  std::optional<Tls> tls{};                                             // TLS 1.2 or newer; none is plain HTTP
};

// Running numbers, readable at any time.
struct Counters {
  std::atomic<std::uint64_t> accepted{0};   // connections, those refused included
  std::atomic<std::uint64_t> refused{0};    // connections over the limit
  std::atomic<std::uint64_t> open{0};       // connections now
  std::atomic<std::uint64_t> requests{0};   // given to the handler
  std::atomic<std::uint64_t> in_flight{0};  // with the handler now
  std::atomic<std::uint64_t> rejected{0};   // answered 400, 408, 413, 417 or 431 without the handler
};

// An address that is had, and PEM files that are read, before anything is made that would be in vain without them. Who
// connects meanwhile waits.
struct CannotListen : std::runtime_error {
  using std::runtime_error::runtime_error;
};
class Listener {
 public:
  // Throws CannotListen when the address cannot be had, std::runtime_error when a PEM file cannot be read.
  explicit Listener(const ServerOptions& options);
  ~Listener();
  Listener(Listener&&) noexcept;
  Listener& operator=(Listener&&) = delete;

 private:
  friend class Server;
  struct Held;
  std::unique_ptr<Held> held_;
};

class Server {
 public:
  // Serves at once on what the listener, made with the same options, has.
  Server(Listener listener, const ServerOptions& options, Handler handler);
  // Listens and serves at once. Throws as Listener does.
  Server(const ServerOptions& options, Handler handler) : Server(Listener(options), options, std::move(handler)) {}

  // stop(0) if nobody stopped it. Whoever may still resume a handler must have finished before this.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const;
  std::string url() const;  // "http://127.0.0.1:41231"
  const Counters& counters() const;

  // Closes the listener and idle connections, ends streams, lets the requests in flight finish with
  // "Connection: close", and returns when all are answered or `deadline` has passed; true means all were. Nothing is
  // served afterwards. Not to be called from a handler.
  bool stop(std::chrono::milliseconds deadline);

 private:
  class Machinery;
  std::unique_ptr<Machinery> machinery_;
};

}  // namespace rollcall::http
