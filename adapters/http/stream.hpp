// A response's body that is made piece by piece while it is sent, for as long as both sides care.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

namespace rollcall::http {

namespace net = boost::asio;

// Why a stream is over before its source is.
enum class StreamEnd : std::uint8_t {
  gone,      // the peer closed its side
  draining,  // the server stops
  too_slow,  // the peer did not take a piece within the write timeout
};

// All of it is called on the connection's io thread.
class Stream {
 public:
  virtual ~Stream() = default;
  // The next piece, awaited for as long as it takes; nothing when the body is complete or end() was called. What it
  // throws is logged and breaks the body off.
  virtual net::awaitable<std::optional<std::string>> next() = 0;
  // No piece is wanted any more: a next() that is being awaited returns now.
  virtual void end(StreamEnd why) = 0;
};

}  // namespace rollcall::http
