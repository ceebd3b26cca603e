// Socket addresses as people write them.
#pragma once

#include <charconv>
#include <stdexcept>
#include <string>
#include <string_view>

#include <boost/asio/ip/tcp.hpp>

namespace rollcall::http {

// "127.0.0.1:8080", "[::1]:0", "localhost:80". Throws std::invalid_argument on anything else: names are not resolved.
inline boost::asio::ip::tcp::endpoint parse_endpoint(std::string_view text) {
  const auto colon = text.rfind(':');
  auto host = text.substr(0, colon);
  if (host == "localhost") host = "127.0.0.1";
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  boost::system::error_code ec;
  const auto address = boost::asio::ip::make_address(std::string(host), ec);
  std::uint16_t port = 0;
  const auto digits = colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (ec || error != std::errc{} || end != digits.data() + digits.size()) {
    throw std::invalid_argument("not an address like 127.0.0.1:8080: " + std::string(text));
  }
  return {address, port};
}

}  // namespace rollcall::http
