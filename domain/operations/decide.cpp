#include "domain/engine/deciding.hpp"

namespace rollcall {

Decision decide_on(Deciding& d, const ConfirmClock&) {
  return Facts{{Scope::log(), ClockConfirmed{d.now(), d.state.meta().recorded_at}}};
}

Decision decide_on(Deciding&, const OrderRebuild& c) {
  return Facts{{Scope::log(), RebuildOrdered{c.view.value, c.accept_differences.value_or(false)}}};
}

}  // namespace rollcall
