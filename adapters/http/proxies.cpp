#include "adapters/http/proxies.hpp"

#include <algorithm>
#include <ranges>
#include <stdexcept>

#include <boost/beast/core/string.hpp>

namespace rollcall::http {
namespace {

namespace ip = boost::asio::ip;

std::string_view trimmed(std::string_view text) {
  const auto first = std::min(text.find_first_not_of(" \t"), text.size());
  return text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

// As proxies write it: some append the port, and then IPv6 is in brackets.
std::optional<ip::address> address_in(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == text.npos || (end + 1 < text.size() && text[end + 1] != ':')) return std::nullopt;
    text = text.substr(1, end - 1);
  } else if (std::count(text.begin(), text.end(), ':') == 1) {
    text = text.substr(0, text.find(':'));
  }
  boost::system::error_code ec;
  const auto address = ip::make_address(std::string{text}, ec);
  if (ec) return std::nullopt;
  return plain_address(address);
}

}  // namespace

ip::address plain_address(const ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, address.to_v6());
  return address;
}

Proxies::Proxies(const std::vector<std::string>& networks) {
  for (const auto& text : networks) {
    const bool whole = text.find('/') == text.npos;
    boost::system::error_code four, six;
    const auto v4 = ip::make_network_v4(whole ? text + "/32" : text, four);
    const auto v6 = ip::make_network_v6(whole ? text + "/128" : text, six);
    if (four && six) throw std::invalid_argument("not an address or network like 10.0.0.0/8: " + text);
    if (!four) v4_.push_back(v4.canonical());
    if (!six) v6_.push_back(v6.canonical());
  }
}

bool Proxies::trust(const ip::address& address) const {
  const auto holds = [](const auto& network, const auto& one) {
    return decltype(network.canonical())(one, network.prefix_length()).canonical() == network;
  };
  if (address.is_v4())
    return std::any_of(v4_.begin(), v4_.end(), [&](const auto& network) { return holds(network, address.to_v4()); });
  return std::any_of(v6_.begin(), v6_.end(), [&](const auto& network) { return holds(network, address.to_v6()); });
}

std::optional<std::string> Proxies::client_of(std::string_view peer, const Headers& headers) const {
  if (v4_.empty() && v6_.empty()) return std::string{peer};
  boost::system::error_code ec;
  auto client = ip::make_address(std::string{peer}, ec);
  if (ec || !trust(client)) return std::string{peer};
  // Each proxy adds whom it heard at the end; the field may come in several lines, in their order.
  for (const auto& [name, value] : std::views::reverse(headers)) {
    if (!boost::beast::iequals(name, "X-Forwarded-For")) continue;
    for (std::string_view rest = value;;) {
      const auto comma = rest.rfind(',');
      const auto address = address_in(comma == rest.npos ? rest : rest.substr(comma + 1));
      if (!address) return std::nullopt;
      client = *address;
      if (!trust(client)) return client.to_string();
      if (comma == rest.npos) break;
      rest = rest.substr(0, comma);
    }
  }
  return client.to_string();
}

}  // namespace rollcall::http
