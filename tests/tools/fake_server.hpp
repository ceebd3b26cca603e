// A server that answers as a test tells it to and remembers what it was asked.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json.hpp>

#include "adapters/http/server.hpp"

namespace rollcall::testing {

class FakeServer {
 public:
  using Answer = std::function<http::Response(const http::Request&)>;

  explicit FakeServer(Answer answer)
      : answer_(std::move(answer)),
        server_(options(), [this](http::Request request) { return handle(std::move(request)); }) {}

  std::string url() const { return server_.url(); }

  std::vector<http::Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  static http::ServerOptions options() {
    http::ServerOptions options;
    options.listen = "127.0.0.1:0";
    return options;
  }

  http::net::awaitable<http::Response> handle(http::Request request) {
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    co_return answer_(request);
  }

  Answer answer_;
  mutable std::mutex mutex_;
  std::vector<http::Request> requests_;
  http::Server server_;
};

inline http::Response reply(std::string_view json, unsigned status = 200) {
  http::Response response;
  response.status = status;
  response.body = json;
  return response;
}

}  // namespace rollcall::testing
