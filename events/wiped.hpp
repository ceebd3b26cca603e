// Memory for secrets: overwritten before it is given back, copies and outgrown buffers included.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <sodium.h>

namespace rollcall {

template <class T>
struct WipingAllocator {
  using value_type = T;

  WipingAllocator() = default;
  template <class U>
  WipingAllocator(const WipingAllocator<U>&) {}

  T* allocate(std::size_t count) { return std::allocator<T>{}.allocate(count); }
  void deallocate(T* memory, std::size_t count) {
    sodium_memzero(memory, count * sizeof(T));
    std::allocator<T>{}.deallocate(memory, count);
  }

  friend bool operator==(const WipingAllocator&, const WipingAllocator&) { return true; }
};

// A secret key or its text. (A std::string would keep short ones in itself, where no allocator sees them.)
using WipedBytes = std::vector<std::uint8_t, WipingAllocator<std::uint8_t>>;

}  // namespace rollcall
