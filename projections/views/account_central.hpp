// Account Central: one card for each account a person can enter, with what he has there and whether he can leave.
#pragma once

#include <optional>
#include <string>

#include "events/expected.hpp"
#include "events/rows.hpp"
#include "projections/engine/projection.hpp"
#include "projections/engine/query.hpp"

namespace rollcall::projections {

extern const Projection account_central;

enum class CentralOrder : std::uint8_t { name, since };
constexpr Names<2> enum_names(CentralOrder) { return {"name", "since"}; }

// q (in label, account name or app id), sort (name is the label where there is one), limit, cursor.
struct CentralQuery {
  std::optional<std::string> q;
  Paging paging;

  static Expected<CentralQuery, QueryError> parse(const Parameters& parameters);
};

// {"accounts": [card…], "next": cursor or null}. Access that has run out at `now` opens no door and shows no card.
// Somebody who is a member nowhere has an empty list.
Expected<std::string, QueryError> account_central_page(const Rows& rows, const PersonId& person,
                                                       const CentralQuery& query, Time now);

}  // namespace rollcall::projections
