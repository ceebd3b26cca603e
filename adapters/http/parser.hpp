// Reads a request from its bytes: Beast's parser for the framing, with the checks of RFC 9112 that it leaves to others.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "adapters/http/message.hpp"

namespace rollcall::http {

// Fills a Request as bytes arrive. Both Content-Length and Transfer-Encoding, conflicting lengths, a coding other than
// "chunked" and a missing or second Host are errors: each is a way to smuggle a request past a proxy.
class RequestParser final : public boost::beast::http::basic_parser<true> {
 public:
  RequestParser(Request& request, std::size_t max_header_bytes, std::size_t max_body_bytes)
      : request_(request), header_bytes_left_(max_header_bytes) {
    header_limit(static_cast<std::uint32_t>(max_header_bytes));
    body_limit(max_body_bytes);
  }

  bool is_http_1_0() const { return version_ == 10; }
  bool expects_continue() const { return expects_continue_; }
  bool expects_unknown() const { return expects_unknown_; }

 private:
  using error = boost::beast::http::error;
  using error_code = boost::beast::error_code;
  using field = boost::beast::http::field;
  using string_view = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb, string_view method, string_view target, int version,
                       error_code& ec) override {
    request_.method.assign(method.data(), method.size());
    request_.target.assign(target.data(), target.size());
    version_ = version;
    count(method.size() + target.size() + sizeof("  HTTP/1.1\r\n") - 1, ec);
  }

  void on_field_impl(field name, string_view name_text, string_view value, error_code& ec) override {
    if (is_header_done()) return;  // a trailer must not pass for a header
    count(name_text.size() + value.size() + sizeof(": \r\n") - 1, ec);
    if (name == field::host) ++hosts_;
    if (name == field::expect) {
      expects_continue_ = version_ == 11 && boost::beast::iequals(value, "100-continue");
      expects_unknown_ = version_ == 11 && !expects_continue_;
    }
    if (name == field::transfer_encoding && !(version_ == 11 && boost::beast::iequals(value, "chunked"))) {
      ec = error::bad_transfer_encoding;
    }
    request_.headers.emplace_back(std::piecewise_construct, std::forward_as_tuple(name_text.data(), name_text.size()),
                                  std::forward_as_tuple(value.data(), value.size()));
  }

  void on_header_impl(error_code& ec) override {
    if (hosts_ > 1 || (hosts_ == 0 && version_ == 11)) ec = error::bad_field;
  }

  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
    constexpr std::uint64_t believed = 64 * 1024;  // of a length that has only been announced
    if (length) request_.body.reserve(std::min(*length, believed));
  }

  std::size_t on_body_impl(string_view body, error_code&) override {
    request_.body.append(body.data(), body.size());
    return body.size();
  }

  std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code& ec) override {
    return on_body_impl(body, ec);
  }

  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  void on_finish_impl(error_code&) override {}

  // Beast applies its limit to what is in the buffer, and so not to a header that trickles in field by field.
  void count(std::size_t bytes, error_code& ec) {
    if (bytes > header_bytes_left_) {
      ec = error::header_limit;
    } else {
      header_bytes_left_ -= bytes;
    }
  }

  Request& request_;
  std::size_t header_bytes_left_;
  int version_ = 0;
  int hosts_ = 0;
  bool expects_continue_ = false;
  bool expects_unknown_ = false;
};

}  // namespace rollcall::http
