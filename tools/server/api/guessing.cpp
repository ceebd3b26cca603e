#include "tools/server/api/guessing.hpp"

#include <algorithm>
#include <functional>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v6.hpp>

namespace rollcall::api {
namespace {

constexpr std::size_t known_max = 100'000;
constexpr Duration known_for = days(30);

std::string pair_of(std::string_view source, std::string_view whom) {
  return std::string{source} + '\n' + std::string{whom};
}

}  // namespace

std::string source_of(std::string_view ip) {
  boost::system::error_code ec;
  const auto address = boost::asio::ip::make_address(std::string{ip}, ec);
  if (ec || !address.is_v6()) return std::string{ip};
  return boost::asio::ip::network_v6(address.to_v6(), 64).canonical().to_string();
}

bool Guessing::knows(std::uint64_t pair, Duration now) {
  const std::lock_guard lock(mutex_);
  const auto at = known_.find(pair);
  return at != known_.end() && now.micros - at->second.micros < known_for.micros;
}

Duration Guessing::take(std::string_view source, std::string_view whom, Duration now) {
  const auto pair = pair_of(source, whom);
  constexpr Duration least = seconds(1);  // of a refusal, even if one was forgiven meanwhile
  if (knows(std::hash<std::string>{}(pair), now))
    return familiar_.admits(pair, now) ? Duration{} : std::max(least, familiar_.wait(pair, now));
  if (!sources_.admits(source, now)) return std::max(least, sources_.wait(source, now));
  if (persons_.admits(whom, now)) return {};
  sources_.give_back(source, now);
  return std::max(least, persons_.wait(whom, now));
}

void Guessing::give_back(std::string_view source, std::string_view whom, Duration now) {
  const auto pair = pair_of(source, whom);
  if (knows(std::hash<std::string>{}(pair), now)) return familiar_.give_back(pair, now);
  sources_.give_back(source, now);
  persons_.give_back(whom, now);
}

void Guessing::succeeded(std::string_view source, std::string_view whom, Duration now) {
  const auto pair = std::hash<std::string>{}(pair_of(source, whom));
  const std::lock_guard lock(mutex_);
  if (known_.size() >= known_max && !known_.contains(pair)) {
    std::erase_if(known_, [&](const auto& one) { return now.micros - one.second.micros >= known_for.micros; });
    if (known_.size() >= known_max) return;
  }
  known_[pair] = now;
}

}  // namespace rollcall::api
