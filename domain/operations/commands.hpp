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

// The program that rotates a key tells of it, while it has the data folder to itself.
struct RecordSigningKey {
  static constexpr std::string_view name = "RecordSigningKey";
  static constexpr std::string_view summary = "Record that another key signs the log from now on";
  static constexpr Rule rule{Action::system_record};
  static constexpr std::array<Code, 0> refusals{};
  static constexpr std::array fields{"from", "to", "endorsement"};
  static constexpr std::array help{"the verifier key until now", "the verifier key from now on",
                                   "signature over both by the key until now, a line of a signed note"};
  Typed<1, 512> from;
  Typed<1, 512> to;
  Typed<1, 512> endorsement;
};
Decision decide_on(Deciding&, const RecordSigningKey&);

struct RecordWrappingKey {
  static constexpr std::string_view name = "RecordWrappingKey";
  static constexpr std::string_view summary = "Record that another key wraps the data keys";
  static constexpr Rule rule{Action::system_record};
  static constexpr std::array<Code, 0> refusals{};
  static constexpr std::array fields{"keys"};
  static constexpr std::array help{"how many there are"};
  KeyNumber keys = 0;
};
Decision decide_on(Deciding&, const RecordWrappingKey&);

}  // namespace rollcall
