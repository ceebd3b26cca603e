#include "tools/installation/own_context.hpp"

#include "adapters/crypto/random.hpp"

namespace rollcall {

Context own_context(const Clock& clock) {
  const auto now = clock.now();
  Context context{.now = now, .ids = Ids(random_seed(), now)};
  context.caller = Caller::clock();
  context.command = context.ids.next<CommandId>();
  context.correlation = context.command;
  return context;
}

}  // namespace rollcall
