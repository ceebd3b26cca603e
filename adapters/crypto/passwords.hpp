// Passwords: Argon2id by libsodium. Slow on purpose, so never on a thread that has anything else to do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace rollcall {

// How much a hash costs. By default what OWASP recommends for signing in; tests take the least.
struct PasswordCost {
  std::size_t memory_kib = 64 * 1024;
  std::uint64_t passes = 2;
  static PasswordCost least() { return {8, 1}; }
};

// The verifier to store: salt and parameters are in it. Throws when memory runs out.
std::string hash_password(std::string_view password, const PasswordCost& cost = {});
// Was it made at another cost than this?
bool of_other_cost(std::string_view verifier, const PasswordCost& cost);
// Does the password fit?
bool verify_password(std::string_view verifier, std::string_view password);
// Takes as long as a real comparison and fits nothing: so that an unknown address is not told by its speed.
void waste_a_verification(std::string_view password, const PasswordCost& cost = {});

// Is it among the first hundred million that somebody would try who knows what people choose, and `words` about this
// one: their name, their address? (zxcvbn's measure; OWASP ASVS 5.0, 6.2.4 and 6.2.11.) Takes milliseconds.
bool easily_guessed(std::string_view password, std::span<const std::string> words);

}  // namespace rollcall
