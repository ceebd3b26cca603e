#include "adapters/crypto/random.hpp"

#include <stdexcept>

#include <sodium.h>

namespace rollcall {

void start_crypto() {
  if (sodium_init() < 0) throw std::runtime_error("libsodium cannot start");
}

Ids::Seed random_seed() {
  Ids::Seed seed;
  randombytes_buf(seed.data(), seed.size());
  return seed;
}

}  // namespace rollcall
