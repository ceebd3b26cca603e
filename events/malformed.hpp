#pragma once

#include <stdexcept>

namespace rollcall {

// Stored bytes that are not what any version of us wrote.
struct Malformed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace rollcall
