// Catch2 as Debian ships it: version 2 on 12, version 3 on 13. The tests use what both have.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
namespace Catch {
using namespace Matchers;
}
#endif
