// The tiles of a log's tree at any size it has had. Full ones are stored; those that were partial then are computed.
#pragma once

#include "events/log.hpp"
#include "events/proof/merkle.hpp"

namespace rollcall {

// Gives the tiles of this log, which must outlive it, for proofs and roots (merkle.hpp). Throws when the log lacks an
// entry or a tile that it must have.
TileReader tiles_of(const LogReader& log);

}  // namespace rollcall
