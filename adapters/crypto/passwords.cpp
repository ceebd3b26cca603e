#include "adapters/crypto/passwords.hpp"

#include <array>
#include <new>

#include <sodium.h>

namespace rollcall {

std::string hash_password(std::string_view password, PasswordCost cost) {
  std::array<char, crypto_pwhash_STRBYTES> out;
  const bool least = cost == PasswordCost::least;
  if (crypto_pwhash_str_alg(out.data(), password.data(), password.size(),
                            least ? crypto_pwhash_OPSLIMIT_MIN : crypto_pwhash_OPSLIMIT_INTERACTIVE,
                            least ? crypto_pwhash_MEMLIMIT_MIN : crypto_pwhash_MEMLIMIT_INTERACTIVE,
                            crypto_pwhash_ALG_ARGON2ID13) != 0)
    throw std::bad_alloc();
  return out.data();
}

bool verify_password(std::string_view verifier, std::string_view password) {
  if (verifier.size() >= crypto_pwhash_STRBYTES) return false;
  std::array<char, crypto_pwhash_STRBYTES> text{};
  verifier.copy(text.data(), verifier.size());
  return crypto_pwhash_str_verify(text.data(), password.data(), password.size()) == 0;
}

void waste_a_verification(std::string_view password) {
  static const auto nobody = hash_password("a password nobody has");
  (void)verify_password(nobody, password);
}

}  // namespace rollcall
