// The result of something that may be refused: a value or a named reason, never an exception.
// tl::expected, since std::expected is missing on half of the compilers we build with.
#pragma once

#include <tl/expected.hpp>

namespace rollcall {

template <class T, class E>
using Expected = tl::expected<T, E>;
using tl::unexpected;

}  // namespace rollcall
