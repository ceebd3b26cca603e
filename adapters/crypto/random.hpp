// Randomness for what must not be guessed, and for ids. Nothing in domain/ draws any.
#pragma once

#include "domain/engine/context.hpp"

namespace rollcall {

// Must be called once before anything else that uses libsodium. Throws when the system has no randomness.
void start_crypto();
Ids::Seed random_seed();

}  // namespace rollcall
