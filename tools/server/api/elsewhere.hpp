// Running what blocks or takes long on the interface's own pool, so that io threads only ever do io.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "tools/server/api/api.hpp"

namespace rollcall {

template <class F>
net::awaitable<http::Response> Api::elsewhere(F work) {
  auto run = [&work]() -> net::awaitable<http::Response> { co_return work(); };
  co_return co_await net::co_spawn(pool_, run, net::use_awaitable);
}

}  // namespace rollcall
