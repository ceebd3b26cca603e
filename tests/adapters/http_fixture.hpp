// What tests of the HTTP server and of its clients have in common.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "adapters/http/server.hpp"
#include "tests/support/catch.hpp"

namespace rollcall::testing {

inline http::ServerOptions anywhere() {
  http::ServerOptions options;
  options.listen = "127.0.0.1:0";
  return options;
}

inline std::string address_of(const http::Server& server) { return "127.0.0.1:" + std::to_string(server.port()); }

// Waits for what another thread is about to bring about.
inline void eventually(const std::function<bool()>& holds) {
  for (int i = 0; i < 20'000 && !holds(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  REQUIRE(holds());
}

// A handler that answers when the test lets it.
struct Gate {
  std::atomic<bool> open{false};

  http::Handler handler() {
    return [this](http::Request request) { return pass(std::move(request)); };
  }
  boost::asio::awaitable<http::Response> pass(http::Request request) {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
    while (!open) {
      timer.expires_after(std::chrono::milliseconds(1));
      co_await timer.async_wait(boost::asio::use_awaitable);
    }
    co_return http::Response{200, "text/plain", {}, "passed " + request.target};
  }
};

}  // namespace rollcall::testing
