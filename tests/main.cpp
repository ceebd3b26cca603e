// Catch2 2 wants its main in a unit of its own; Catch2 3 brings one.
#ifdef ROLLCALL_CATCH2_NEEDS_MAIN
#define CATCH_CONFIG_MAIN
#endif
#include "tests/support/catch.hpp"
