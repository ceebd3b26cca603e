// Numbers as bytes, most significant first: what C2SP formats hold, and what sorts as the numbers do in keys.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

namespace rollcall {

// sizeof(Number) bytes.
template <std::unsigned_integral Number>
std::string big_endian(Number number) {
  std::string bytes(sizeof number, '\0');
  for (std::size_t i = sizeof number; i-- > 0; number = static_cast<Number>(number >> 8))
    bytes[i] = static_cast<char>(number & 0xff);
  return bytes;
}

// The number that the first sizeof(Number) bytes are. There must be so many.
template <std::unsigned_integral Number>
Number from_big_endian(std::string_view bytes) {
  Number number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i)
    number = static_cast<Number>(number << 8 | static_cast<unsigned char>(bytes[i]));
  return number;
}

}  // namespace rollcall
