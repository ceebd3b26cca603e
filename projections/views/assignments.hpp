// How many records each member of an account holds, with the ledger version a reassignment plan is drawn on.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "projections/engine/projection.hpp"
#include "projections/engine/query.hpp"
#include "projections/views/members.hpp"

namespace rollcall::projections {

extern const Projection assignments;

// What one member holds.
struct Assignment {
  static constexpr bool complete = true;
  static constexpr std::string_view title = "Assignment";
  static constexpr std::array fields{"id",    "kind",          "partner",         "name",   "email",
                                     "role",  "admin",         "groups",          "status", "contacts",
                                     "leads", "pending_tasks", "completed_tasks", "notes",  "ledger_version"};
  MembershipId id;
  MemberKind kind{};
  bool partner = false;
  std::optional<std::string_view> name;
  std::optional<std::string_view> email;
  Role role{};
  bool admin = false;
  std::vector<Group> groups{};
  Status status{};
  std::uint64_t contacts = 0;
  std::uint64_t leads = 0;
  std::uint64_t pending_tasks = 0;
  std::uint64_t completed_tasks = 0;
  std::uint64_t notes = 0;
  std::uint64_t ledger_version = 0;
};

struct AssignmentsPage {
  static constexpr bool complete = true;
  static constexpr std::array fields{"assignments", "next"};
  std::vector<Assignment> assignments;
  std::optional<std::string> next;
};

enum class AssignmentsOrder : std::uint8_t { name, contacts, leads, pending_tasks, completed_tasks, notes };
constexpr Names<6> enum_names(AssignmentsOrder) {
  return {"name", "contacts", "leads", "pending_tasks", "completed_tasks", "notes"};
}

struct Assignments {
  static constexpr std::string_view name = "Assignments";
  static constexpr std::string_view path = "/v1/accounts/{account}/assignments";
  static constexpr std::string_view summary = "Count the records that each user of an account holds";
  static constexpr Rule rule{.action = Action::user_view, .by_reach = true};
  static constexpr std::array fields{"account", "kind", "status", "non_zero", "page", "as_of"};
  static constexpr std::array help{
      "app id", "standard or partner", "only members of these states", "true leaves out who holds nothing", "", ""};
  AccountId account;
  std::optional<MemberKind> kind;
  SetOf<Status> status = SetOf<Status>::all();
  bool non_zero = false;
  PageOf<AssignmentsOrder, AssignmentsOrder::name> page;
  AsOf as_of;

  using Answer = AssignmentsPage;
  static const Projection& view() { return assignments; }
  Subject subject(const Asked&) const { return account; }
  Expected<std::string, QueryError> answer(const Rows& rows, const Asked& asked) const;

  static constexpr std::string_view command = "assignments";
  static constexpr std::string_view listed = "assignments";
  static constexpr std::array columns{ListColumn{"NAME", "name"},
                                      ListColumn{"E-MAIL", "email"},
                                      ListColumn{"STATUS", "status", ListColumn::Kind::whole},
                                      ListColumn{"CONTACTS", "contacts", ListColumn::Kind::number},
                                      ListColumn{"LEADS", "leads", ListColumn::Kind::number},
                                      ListColumn{"PENDING", "pending_tasks", ListColumn::Kind::number},
                                      ListColumn{"COMPLETED", "completed_tasks", ListColumn::Kind::number},
                                      ListColumn{"NOTES", "notes", ListColumn::Kind::number},
                                      ListColumn{"LEDGER", "ledger_version", ListColumn::Kind::number},
                                      ListColumn{"ID", "id", ListColumn::Kind::id}};
};

}  // namespace rollcall::projections
