#include "domain/engine/context.hpp"

#include <algorithm>

#include <sodium.h>

namespace rollcall {

IdBytes Ids::next_bytes() {
  constexpr std::size_t random_at = 6;
  IdBytes bytes;
  const auto milliseconds = static_cast<std::uint64_t>(now_.micros / 1000);
  for (std::size_t i = 0; i < random_at; ++i) bytes[i] = static_cast<std::uint8_t>(milliseconds >> (40 - 8 * i));
  std::array<unsigned char, crypto_generichash_BYTES_MIN> hash;
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(&drawn_), sizeof drawn_,
                     seed_.data(), seed_.size());
  std::copy_n(hash.begin(), bytes.size() - random_at, bytes.begin() + random_at);
  ++drawn_;
  return bytes;
}

}  // namespace rollcall
