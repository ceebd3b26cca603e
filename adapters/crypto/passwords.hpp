// Passwords: Argon2id by libsodium. Slow on purpose, so never on a thread that has anything else to do.
#pragma once

#include <string>
#include <string_view>

namespace rollcall {

// How much a hash costs. Interactive is OWASP's recommendation for sign-in (64 MiB, two passes); tests take the least.
enum class PasswordCost { interactive, least };

// The verifier to store: salt and parameters are in it. Throws when memory runs out.
std::string hash_password(std::string_view password, PasswordCost cost = PasswordCost::interactive);
// Does the password fit?
bool verify_password(std::string_view verifier, std::string_view password);
// Takes as long as a real comparison and fits nothing: so that an unknown address is not told by its speed.
void waste_a_verification(std::string_view password);

}  // namespace rollcall
