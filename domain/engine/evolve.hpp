// What each fact does to decision state. Total: on every event of every version, erased personal data included.
#pragma once

#include "domain/engine/state.hpp"
#include "events/entry.hpp"

namespace rollcall {

// Applies one event to the state's overlay. Depends on nothing else, so a replay of the log gives the same rows.
void evolve(State& state, const Recorded& recorded);

// Answers to requests with an idempotency key are kept for this long, in the log's own time.
constexpr Duration outcomes_kept = days(30);

}  // namespace rollcall
