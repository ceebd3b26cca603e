// One connection of the server: requests in, replies out in their order, each step under a deadline. The server's own.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <exception>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/intrusive/list.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "adapters/http/parser.hpp"
#include "adapters/http/server.hpp"
#include "adapters/http/stream.hpp"

namespace rollcall::http {

using Clock = std::chrono::steady_clock;
using Socket = net::basic_stream_socket<net::ip::tcp, net::io_context::executor_type>;
using TlsStream = net::ssl::stream<Socket>;

// What the clock of its worker sees of a connection. It leaves the worker's list when it is destroyed.
struct Watched : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
  Socket* socket = nullptr;
  Clock::time_point deadline = Clock::time_point::max();  // once passed, whatever the socket is doing is cancelled
  bool expired = false;                                   // it was, and this was why
  bool idle = false;                                      // between requests: nothing read, nothing to write
  Stream* sending = nullptr;                              // being sent: it would not end by itself

  void watch(Clock::time_point until) {
    deadline = until;
    expired = false;
  }
};

// An io thread and what its connections share. All of it belongs to that thread; others may post to `context`.
struct Worker {
  Worker(const ServerOptions& served, const Handler& handles, Counters& counts, const std::atomic<bool>& drains)
      : options(served), handler(handles), counters(counts), draining(drains) {}

  const ServerOptions& options;
  const Handler& handler;
  Counters& counters;
  const std::atomic<bool>& draining;
  boost::intrusive::list<Watched, boost::intrusive::constant_time_size<false>> connections{};
  std::string date{};          // the value of the Date header, renewed by the clock
  net::io_context context{1};  // destroys the connections still there, hence after their list
  net::steady_timer clock{context};
  std::thread thread{};
};

// Stream is Socket or TlsStream. Lives in the frame of the coroutine that runs it, on the worker's thread.
template <class Stream>
class Session : private Watched {
 public:
  Session(Stream stream, Worker& worker) : worker_(worker), options_(worker.options), stream_(std::move(stream)) {
    if constexpr (is_tls) {
      socket = &stream_.next_layer();
    } else {
      socket = &stream_;
    }
    boost::system::error_code ec;
    remote_ip_ = plain_address(socket->remote_endpoint(ec).address()).to_string();
    buffer_.max_size(options_.max_header_bytes + read_size);
    worker.connections.push_back(*this);
  }

  // Serves until either side has had enough. `refused` says 503 and closes.
  net::awaitable<void> run(bool refused) {
    if constexpr (is_tls) {
      boost::system::error_code ec;
      watch(Clock::now() + options_.header_timeout);
      co_await stream_.async_handshake(net::ssl::stream_base::server, net::redirect_error(net::use_awaitable, ec));
      if (ec) co_return;
    }
    if (refused) {
      auto response = problem(503, "too_many_connections", "the server has as many connections as it takes");
      response.headers.emplace_back("Retry-After", "1");
      co_return co_await part_with(std::move(response));
    }
    while (co_await exchange()) {
    }
  }

 private:
  static constexpr bool is_tls = !std::is_same_v<Stream, Socket>;
  static constexpr std::size_t read_size = 16 * 1024;
  static constexpr std::size_t copied_body_size = 16 * 1024;  // a larger body is written from where it lies
  static constexpr std::size_t held_back_size = 64 * 1024;    // replies to pipelined requests are written beyond this
  static constexpr std::chrono::seconds linger_time{1};

  // What came of reading a request; from 400 on, the status that says why not.
  enum class Received : unsigned {
    nothing = 0,
    whole = 200,
    malformed = 400,
    late = 408,
    too_large = 413,
    unmet = 417,
    header_too_large = 431
  };

  // The peer's side of the connection while it is sent a stream: what it says is dropped, and when it closes, it has
  // gone. Outlives the session by the one read that its end cancels.
  struct Ear {
    Session* session;
    std::array<char, 64> dropped;
  };

  // Reads a request and replies to it; false when that was the last.
  net::awaitable<bool> exchange() {
    Request request;
    RequestParser parser(request, options_.max_header_bytes, options_.max_body_bytes);
    const auto received = co_await receive(request, parser);
    if (received == Received::nothing) co_return false;
    if (received != Received::whole) {
      ++worker_.counters.rejected;
      auto response = refusal(received);
      co_await part_with(std::move(response));
      co_return false;
    }
    watch(Clock::time_point::max());  // how long a handler may take is its own business
    const bool head = request.method == "HEAD";
    if (head) request.method = "GET";
    const auto response = co_await answer(std::move(request));

    const bool streams = response.stream && !head && !is_bodiless(response);
    if (streams) {
      co_await send(response, !parser.is_http_1_0());
      co_return false;
    }
    const bool keep = parser.keep_alive() && !worker_.draining;
    append_head(response, keep ? (parser.is_http_1_0() ? "keep-alive" : "") : "close");
    std::string_view body = head || is_bodiless(response) ? std::string_view{} : response.body;
    if (body.size() <= copied_body_size) out_.append(std::exchange(body, {}));
    ++held_back_;
    const bool now = !keep || !body.empty() || held_back_ >= options_.max_pipelined || out_.size() > held_back_size;
    if (now && !co_await write(body)) co_return false;
    if (!keep) co_await linger();
    co_return keep;
  }

  // Replies held back are written before waiting for more: the peer may be waiting for them.
  net::awaitable<Received> receive(Request& request, RequestParser& parser) {
    bool begun = false;
    auto until = Clock::now() + (fresh_ ? options_.header_timeout : options_.idle_timeout);
    fresh_ = false;
    for (;;) {
      boost::system::error_code ec;
      if (buffer_.size() > 0) {
        if (!begun) {
          begun = true;
          request.received = Clock::now();
          until = request.received + options_.header_timeout;
        }
        const bool in_header = !parser.is_header_done();
        buffer_.consume(parser.put(buffer_.data(), ec));
        if (ec && ec != boost::beast::http::error::need_more) co_return verdict(ec);
        if (in_header && parser.is_header_done()) {
          if (parser.expects_unknown()) co_return Received::unmet;
          until = Clock::now() + options_.body_timeout;
          parser.eager(true);
        }
        if (parser.is_done()) co_return Received::whole;
        if (in_header && parser.is_header_done()) {
          if (buffer_.size() > 0) continue;
          if (parser.expects_continue()) out_.append("HTTP/1.1 100 Continue\r\n\r\n");
        }
        if (buffer_.size() == buffer_.max_size()) co_return Received::malformed;  // a chunk header without an end
      }
      if (!out_.empty() && !co_await write()) co_return Received::nothing;
      idle = !begun;
      if (idle && worker_.draining) co_return Received::nothing;
      watch(until);
      const auto space = buffer_.prepare(std::min(read_size, buffer_.max_size() - buffer_.size()));
      buffer_.commit(co_await stream_.async_read_some(space, net::redirect_error(net::use_awaitable, ec)));
      idle = false;
      if (ec) co_return (begun && expired) ? Received::late : Received::nothing;
    }
  }

  net::awaitable<void> send(const Response& response, bool chunked) {
    append_head(response, "close", chunked);
    buffer_.clear();
    buffer_.shrink_to_fit();  // idle streams are many
    sending = response.stream.get();
    if (worker_.draining) sending->end(StreamEnd::draining);
    const auto ear = std::make_shared<Ear>();
    ear->session = this;
    hear(ear);
    const bool whole = co_await send_pieces(chunked);
    sending = nullptr;
    ear->session = nullptr;
    boost::system::error_code ignored;
    socket->cancel(ignored);
    if (!whole) co_return;
    if (chunked) out_.append("0\r\n\r\n");
    const bool written = co_await write({}, linger_time);
    if (written) co_await linger();
  }

  // False when the body broke off.
  net::awaitable<bool> send_pieces(bool chunked) {
    bool written = co_await write();
    while (written) {
      watch(Clock::time_point::max());
      std::optional<std::string> piece;
      bool made = false;
      try {
        piece = co_await sending->next();
        made = true;
      } catch (const std::exception& e) {
        spdlog::error("a stream broke off: {}", e.what());
      }
      if (!made) co_return false;
      if (!piece) co_return !gone_;
      if (piece->empty()) continue;  // a chunk without bytes would say that this was all
      if (chunked) {
        fmt::format_to(std::back_inserter(out_), "{:x}\r\n", piece->size());
        piece->append("\r\n");
      }
      written = co_await write(*piece);
    }
    if (expired && !worker_.draining) sending->end(StreamEnd::too_slow);
    co_return false;
  }

  void hear(const std::shared_ptr<Ear>& ear) {
    socket->async_read_some(net::buffer(ear->dropped), [ear](const boost::system::error_code& ec, std::size_t) {
      if (!ear->session || ec == net::error::operation_aborted) return;
      if (!ec) return ear->session->hear(ear);
      boost::system::error_code ignored;
      ear->session->gone_ = true;
      ear->session->sending->end(StreamEnd::gone);
      ear->session->socket->cancel(ignored);  // a write to it
    });
  }

  net::awaitable<Response> answer(Request request) {
    if (!decode_target(request)) co_return problem(400, "malformed_target", "the request target cannot be decoded");
    auto client = options_.proxies.client_of(remote_ip_, request.headers);
    if (!client) co_return problem(400, "invalid_header", "X-Forwarded-For names what is no address");
    ++worker_.counters.requests;
    const InFlight counted(worker_.counters.in_flight);
    const auto place = request.method + ' ' + std::string(first_segments(request.target));
    std::string failure;
    try {
      request.remote_ip = std::move(*client);
      auto response = co_await worker_.handler(std::move(request));
      check(response);
      co_return response;
    } catch (const std::exception& e) {
      failure = e.what();
    } catch (...) {
      failure = "an exception that is no std::exception";
    }
    spdlog::error("{} failed: {}", place, failure);
    co_return problem(500, "internal_error", "the server failed; its log says why");
  }

  void append_head(const Response& response, std::string_view connection, bool chunked = false) {
    const auto add = [this](auto... parts) { (out_.append(std::string_view(parts)), ...); };
    add("HTTP/1.1 ", fmt::format_int(response.status).c_str(), " ", reason_phrase(response.status));
    add("\r\nDate: ", std::string_view(worker_.date));
    if (response.stream && !is_bodiless(response)) {
      if (chunked) add("\r\nTransfer-Encoding: chunked");
      add("\r\nContent-Type: ", std::string_view(response.content_type));
    } else if (!is_bodiless(response)) {
      add("\r\nContent-Length: ", fmt::format_int(response.body.size()).c_str());
      if (!response.body.empty()) add("\r\nContent-Type: ", std::string_view(response.content_type));
    }
    // Answers are somebody's own and are no other type than they say, unless they say otherwise.
    bool cached = false;
    for (const auto& [name, value] : response.headers) {
      cached = cached || name == "Cache-Control";
      add("\r\n", std::string_view(name), ": ", std::string_view(value));
    }
    add(cached ? "" : "\r\nCache-Control: no-store", "\r\nX-Content-Type-Options: nosniff");
    if (!connection.empty()) add("\r\nConnection: ", connection);
    add("\r\n\r\n");
  }

  static bool is_bodiless(const Response& response) { return response.status == 204 || response.status == 304; }

  // Writes what is held back, and `body` after it, at once.
  net::awaitable<bool> write(std::string_view body = {}) { return write(body, options_.write_timeout); }
  net::awaitable<bool> write(std::string_view body, Clock::duration within) {
    watch(Clock::now() + within);
    const std::array<net::const_buffer, 2> buffers{net::buffer(out_), net::buffer(body)};
    boost::system::error_code ec;
    co_await net::async_write(stream_, buffers, net::redirect_error(net::use_awaitable, ec));
    out_.clear();
    held_back_ = 0;
    co_return !ec;
  }

  // Says a last word, whatever else the peer may still be sending.
  net::awaitable<void> part_with(Response response) {
    append_head(response, "close");
    out_.append(response.body);
    // Named: g++ 12 miscompiles a condition that awaits in a coroutine that declares no variable.
    const bool written = co_await write();
    if (written) co_await linger();
  }

  // Closing while bytes lie unread would reset the connection and could take the reply with it: read until the peer has
  // closed too, for a while.
  net::awaitable<void> linger() {
    boost::system::error_code ec;
    watch(Clock::now() + linger_time);
    if constexpr (is_tls) co_await stream_.async_shutdown(net::redirect_error(net::use_awaitable, ec));
    socket->shutdown(Socket::shutdown_send, ec);
    while (!ec) {
      buffer_.clear();
      co_await socket->async_read_some(buffer_.prepare(read_size), net::redirect_error(net::use_awaitable, ec));
    }
  }

  static Received verdict(const boost::system::error_code& ec) {
    if (ec == boost::beast::http::error::body_limit) return Received::too_large;
    if (ec == boost::beast::http::error::header_limit) return Received::header_too_large;
    return Received::malformed;
  }

  Response refusal(Received received) const {
    const auto status = static_cast<unsigned>(received);
    switch (received) {
      case Received::late: return problem(status, "request_timeout", "the request did not arrive in time");
      case Received::too_large:
        return problem(status, "body_too_large", "the body is larger than the server takes",
                       {{"limit_bytes", options_.max_body_bytes}});
      case Received::unmet: return problem(status, "expectation_failed", "only 100-continue can be expected");
      case Received::header_too_large:
        return problem(status, "header_too_large", "the header is larger than the server takes",
                       {{"limit_bytes", options_.max_header_bytes}});
      default: return problem(status, "malformed_request", "this is not a well-formed HTTP/1.1 request");
    }
  }

  // A handler's mistake must not become a second response on the wire.
  static void check(const Response& response) {
    const auto breaks_line = [](std::string_view text) { return text.find_first_of("\r\n") != text.npos; };
    if (response.status < 200 || response.status > 599) throw std::logic_error("no such status");
    if (breaks_line(response.content_type)) throw std::logic_error("a line break in the content type");
    for (const auto& [name, value] : response.headers) {
      if (breaks_line(name) || breaks_line(value)) throw std::logic_error("a line break in a response header");
    }
  }

  // "/v1/commands" of "/v1/commands/InviteUser?…": enough for the log; what follows may be a secret.
  static std::string_view first_segments(std::string_view target) {
    target = target.substr(0, target.find('?'));
    return target.substr(0, target.find('/', std::min(target.size(), target.find('/', 1)) + 1));
  }

  struct InFlight {
    explicit InFlight(std::atomic<std::uint64_t>& count) : count_(count) { ++count_; }
    ~InFlight() { --count_; }
    InFlight(const InFlight&) = delete;
    InFlight& operator=(const InFlight&) = delete;
    std::atomic<std::uint64_t>& count_;
  };

  Worker& worker_;
  const ServerOptions& options_;
  Stream stream_;
  std::string remote_ip_;
  boost::beast::flat_buffer buffer_;  // read and not yet parsed
  std::string out_;                   // replies to be written
  std::size_t held_back_ = 0;         // how many
  bool fresh_ = true;                 // nothing came yet
  bool gone_ = false;                 // the peer, while it was sent a stream
};

}  // namespace rollcall::http
