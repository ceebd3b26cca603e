// The reports there are: one line each. The interface, its document and the command line read this list.
#pragma once

#include <tuple>

#include "projections/reports/seat_ledger.hpp"

namespace rollcall::projections {

using Reports = std::tuple<SeatLedger>;

}  // namespace rollcall::projections
