// What a decision is: facts to record, or a rejection.
#pragma once

#include <vector>

#include "domain/engine/rejection.hpp"
#include "events/entry.hpp"
#include "events/expected.hpp"

namespace rollcall {

// An event and the history it belongs to; the writer gives it its envelope.
struct Fact {
  Scope scope;
  Event event;
  bool operator==(const Fact&) const = default;
};
using Facts = std::vector<Fact>;

using Decision = Expected<Facts, Rejection>;

}  // namespace rollcall
