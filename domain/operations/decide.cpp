#include "domain/engine/deciding.hpp"

namespace rollcall {

Decision decide_on(Deciding& d, const ConfirmClock&) {
  return Facts{{Scope::log(), ClockConfirmed{d.now(), d.state.meta().recorded_at}}};
}

Decision decide_on(Deciding&, const OrderRebuild& c) {
  return Facts{{Scope::log(), RebuildOrdered{c.view.value, c.accept_differences.value_or(false)}}};
}

Decision decide_on(Deciding&, const RecordSigningKey& c) {
  return Facts{{Scope::log(), SigningKeyRotated{c.from.value, c.to.value, c.endorsement.value}}};
}

Decision decide_on(Deciding&, const RecordWrappingKey& c) { return Facts{{Scope::log(), WrappingKeyRotated{c.keys}}}; }

}  // namespace rollcall
