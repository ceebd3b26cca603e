// What the installation does by itself: as the clock, at this moment, for its own reasons.
#pragma once

#include "domain/engine/context.hpp"
#include "domain/engine/ports.hpp"

namespace rollcall {

Context own_context(const Clock& clock);

}  // namespace rollcall
