#include "adapters/crypto/passwords.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <vector>

#include <sodium.h>
#include <zxcvbn.h>

namespace rollcall {

std::string hash_password(std::string_view password, const PasswordCost& cost) {
  std::array<char, crypto_pwhash_STRBYTES> out;
  if (crypto_pwhash_str_alg(out.data(), password.data(), password.size(), cost.passes, cost.memory_kib * 1024,
                            crypto_pwhash_ALG_ARGON2ID13) != 0)
    throw std::bad_alloc();
  return out.data();
}

bool of_other_cost(std::string_view verifier, const PasswordCost& cost) {
  if (verifier.size() >= crypto_pwhash_STRBYTES) return false;
  std::array<char, crypto_pwhash_STRBYTES> text{};
  verifier.copy(text.data(), verifier.size());
  return crypto_pwhash_str_needs_rehash(text.data(), cost.passes, cost.memory_kib * 1024) == 1;
}

bool verify_password(std::string_view verifier, std::string_view password) {
  if (verifier.size() >= crypto_pwhash_STRBYTES) return false;
  std::array<char, crypto_pwhash_STRBYTES> text{};
  verifier.copy(text.data(), verifier.size());
  return crypto_pwhash_str_verify(text.data(), password.data(), password.size()) == 0;
}

void waste_a_verification(std::string_view password, const PasswordCost& cost) { (void)hash_password(password, cost); }

bool easily_guessed(std::string_view password, std::span<const std::string> words) {
  constexpr double bits_wanted = 26.6;  // 10^8 guesses: somebody who guesses on line does not get that far
  const std::string text{password};     // ends with a zero; what comes behind one within it is left out, and is no help
  std::vector<std::string> known{"rollcall"};
  for (const auto& word : words) {
    auto& low = known.emplace_back(word);
    std::transform(low.begin(), low.end(), low.begin(), [](char letter) {
      return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
    });
  }
  std::vector<const char*> dictionary;
  for (const auto& word : known)
    if (word.size() > 2) dictionary.push_back(word.c_str());
  dictionary.push_back(nullptr);
  return ZxcvbnMatch(text.c_str(), dictionary.data(), nullptr) < bits_wanted;
}

}  // namespace rollcall
