// Who sent a request that came through a proxy: the last address in X-Forwarded-For that is not a proxy of ours.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include "adapters/http/message.hpp"

namespace rollcall::http {

// The one spelling of an address: 127.0.0.1 over IPv6 is ::ffff:127.0.0.1 (RFC 4291 §2.5.5.2), and the same.
boost::asio::ip::address plain_address(const boost::asio::ip::address& address);

// The proxies whose word is taken. Whoever else sends the header is not believed.
class Proxies {
 public:
  Proxies() = default;
  // Addresses and networks: "10.0.0.7", "10.0.0.0/8", "fd00::/8". Throws std::invalid_argument with what is none.
  explicit Proxies(const std::vector<std::string>& networks);

  bool trust(const boost::asio::ip::address& address) const;
  // The address of who sent the request that `peer` delivered. Nothing when a trusted proxy says what is no address:
  // then nobody knows.
  std::optional<std::string> client_of(std::string_view peer, const Headers& headers) const;

 private:
  std::vector<boost::asio::ip::network_v4> v4_;
  std::vector<boost::asio::ip::network_v6> v6_;
};

}  // namespace rollcall::http
