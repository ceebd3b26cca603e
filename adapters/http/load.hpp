// A load generator for benchmarks and crash tests: one thread, little work a request, loopback only.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "adapters/http/message.hpp"

namespace rollcall::http {

struct LoadOptions {
  std::string address;  // "127.0.0.1:8080"; anything but loopback is refused
  std::size_t connections = 1;
  std::uint64_t max_requests = 1000;
  std::chrono::milliseconds max_duration = std::chrono::seconds(60);  // nothing is sent after this
  std::chrono::milliseconds patience = std::chrono::seconds(10);      // for the replies still out then
  // 0: each connection sends its next request when the reply is there (closed loop). Otherwise so many requests a
  // second fall due whether or not the server keeps up (open loop), and each is sent by the next connection free.
  double requests_per_second = 0;
};

// The bytes of request number `n` (from 0, in the order of sending), to be sent on `connection`. Called on the thread
// that generates the load.
using NextRequest = std::function<std::string(std::size_t connection, std::uint64_t n)>;

// Told of every whole reply.
using OnReply = std::function<void(std::size_t connection, std::uint64_t n, unsigned status, std::string_view body)>;

// The bytes of a keep-alive request, for NextRequest.
std::string render(std::string_view method, std::string_view target, const Headers& headers = {},
                   std::string_view body = {});

struct LoadReport {
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;                  // with any status
  std::uint64_t failed = 0;                    // sent, and the connection ended or patience did before the reply
  std::map<unsigned, std::uint64_t> statuses;  // replies by status
  double seconds = 0;                          // first request to last reply
  double per_second = 0;                       // replies
  // Latencies in microseconds. In an open loop they start when the request fell due, not when it could be sent: a
  // server that stalls does not hide the requests it kept from being sent (coordinated omission).
  double p50 = 0, p90 = 0, p99 = 0, max = 0;
};

// Blocks until done. A connection that ends stays ended; when all have, so does the load. Replies need a
// Content-Length. Throws std::invalid_argument for an address off this machine, std::runtime_error when it cannot
// connect.
LoadReport generate_load(const LoadOptions& options, const NextRequest& next, const OnReply& on_reply = {});

}  // namespace rollcall::http
