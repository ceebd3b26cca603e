// Rows of decision state: the installation itself.
#pragma once

#include <array>
#include <string>

#include "domain/engine/key.hpp"

namespace rollcall {

// The key that signs the log by now, as far as the log says.
struct SignerRow {
  static constexpr char table = 'g';
  static constexpr std::array fields{"vkey"};
  std::string vkey;
  static Key key() { return Key{table}; }
};

}  // namespace rollcall
