// What the operator does to the installation itself: orders that change nothing of the business, and are written down
// all the same. The server acts on them when they are durable.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "domain/engine/decision.hpp"
#include "events/bounded.hpp"
#include "events/rights.hpp"

namespace rollcall {

class Deciding;

// The one command whose time may lie before what the log says: from its event on the log's time is that of the clock.
struct ConfirmClock {
  static constexpr std::string_view name = "ConfirmClock";
  static constexpr std::string_view summary =
      "Say that the clock is right: after it jumped, or the log's time was wrong";
  static constexpr Rule rule{Action::installation_operate};
  static constexpr std::array<Code, 0> refusals{};
  static constexpr NoFields fields{};
  static constexpr NoFields help{};
};
Decision decide_on(Deciding&, const ConfirmClock&);

struct OrderRebuild {
  static constexpr std::string_view name = "OrderRebuild";
  static constexpr std::string_view summary =
      "Rebuild a read model beside the one in use; GET /v1/rebuilds shows how far";
  static constexpr Rule rule{Action::installation_operate};
  static constexpr std::array<Code, 0> refusals{};
  static constexpr std::array fields{"view", "accept_differences"};
  static constexpr std::array help{"a read model, state, or all", "true swaps the new one in although it differs"};
  Typed<1, 64> view;
  std::optional<bool> accept_differences;
};
Decision decide_on(Deciding&, const OrderRebuild&);

}  // namespace rollcall
