// Catch2 as Debian ships it: version 2 on 12, version 3 on 13. The tests use what both have.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
namespace Catch {
// Version 3 moved the matchers and gave the name Contains to ranges; here it stays what it was: text within text.
inline auto Contains(const std::string& text) { return Matchers::ContainsSubstring(text); }
using Matchers::EndsWith;
using Matchers::StartsWith;
}  // namespace Catch
#else
#include <catch2/catch.hpp>
namespace Catch {
using namespace Matchers;
}
#endif
