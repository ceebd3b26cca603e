// How many records each member of an account holds, with the ledger version a reassignment plan is drawn on.
#pragma once

#include <optional>
#include <string>

#include "events/expected.hpp"
#include "events/rows.hpp"
#include "projections/engine/projection.hpp"
#include "projections/engine/query.hpp"
#include "projections/views/members.hpp"

namespace rollcall::projections {

extern const Projection assignments;

enum class AssignmentsOrder : std::uint8_t { name, contacts, leads, pending_tasks, completed_tasks, notes };
constexpr Names<6> enum_names(AssignmentsOrder) {
  return {"name", "contacts", "leads", "pending_tasks", "completed_tasks", "notes"};
}

// kind (of the member), status (words of Status, or `all`, which is the default), non_zero (true leaves out who has
// nothing), sort, limit, cursor.
struct AssignmentsQuery {
  std::optional<MemberKind> kind;
  SetOf<Status> status = SetOf<Status>::all();
  bool non_zero = false;
  Paging paging;

  static Expected<AssignmentsQuery, QueryError> parse(const Parameters& parameters);
};

// {"assignments": [row…], "next": cursor or null}.
Expected<std::string, QueryError> assignments_page(const Rows& rows, const AccountId& account,
                                                   const AssignmentsQuery& query);

}  // namespace rollcall::projections
