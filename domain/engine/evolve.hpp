// What each fact does to decision state. Total: on every event of every version, erased personal data included.
#pragma once

#include <array>
#include <span>
#include <variant>

#include "domain/engine/state.hpp"
#include "events/entry.hpp"

namespace rollcall {

// Applies one event to the state's overlay. Depends on nothing else, so a replay of the log gives the same rows.
void evolve(State& state, const Recorded& recorded);

// Answers to requests with an idempotency key are kept for this long, in the log's own time.
constexpr Duration outcomes_kept = days(30);

// ---- how an aggregate says what events do to its rows ------------------------------------------------------------
// A class made of a State& with `on(const Envelope&, const E&)` for each event E that is its own. Every event belongs
// to exactly one of these, or is said to mean nothing in evolve.cpp.

constexpr std::size_t event_types = AllEvents::count;

struct Evolution {
  std::array<bool, event_types> types{};
  void (*apply)(State&, const Recorded&) = nullptr;
};

template <class Fold, class E>
concept Folds = requires(Fold& fold, const Envelope& at, const E& event) { fold.on(at, event); };

template <class Fold>
constexpr Evolution evolution_of() {
  return {[]<class... E>(Types<E...>) { return std::array<bool, event_types>{Folds<Fold, E>...}; }(AllEvents{}),
          [](State& state, const Recorded& recorded) {
            visit(
                [&]<class E>(const E& event) {
                  if constexpr (Folds<Fold, E>) Fold(state).on(recorded.envelope, event);
                },
                recorded.event);
          }};
}

extern const Evolution accounts_evolution, invitations_evolution, memberships_evolution, records_evolution,
    persons_evolution, access_keys_evolution, permissions_evolution, teams_evolution;
// All of them.
std::span<const Evolution* const> evolutions();

}  // namespace rollcall
