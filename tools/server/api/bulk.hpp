// Many commands of one kind in one request: each is decided by itself, and what became of each is told.
#pragma once

#include "tools/server/api/operation.hpp"

namespace rollcall::api {

constexpr std::size_t bulk_items_max = 500;
// Beyond this the answer takes no more, and what is left of the items is not begun.
constexpr std::size_t bulk_answer_bytes_max = 16u << 20;

// POST /v1/bulk for these commands. An item is answered as it would have been by itself; an `Idempotency-Key` holds
// for each by its place. What is refused keeps nothing else back.
Operation bulk_operation(const std::vector<Operation>& commands);

}  // namespace rollcall::api
