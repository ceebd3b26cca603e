#include "domain/commands.hpp"

#include "events/one_of_members.hpp"

namespace rollcall {

template class OneOf<AllCommands>;

}  // namespace rollcall
