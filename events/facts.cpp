#include "events/facts.hpp"

#include "events/one_of_members.hpp"

namespace rollcall {

template class OneOf<AllEvents>;

}  // namespace rollcall
