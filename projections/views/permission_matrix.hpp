// Who may what in an account, by what, and since which event: its defaults, roles, groups, teams and policies.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "projections/engine/projection.hpp"
#include "projections/engine/query.hpp"
#include "projections/views/members.hpp"

namespace rollcall::projections {

extern const Projection permission_matrix;

// What a member may by these rows; nothing when their membership gives no access at this moment, or is not known.
std::optional<MemberRights> rights_at(const Rows& rows, const AccountId& account, const MembershipId& user, Time now);
// How far a member's reach has to go for what belongs to another by these rows.
Reach reach_over(const Rows& rows, const AccountId& account, const MembershipId& user, const MembershipId& of);

// One source of a yes: since which event, and from where it came (a user, role or team).
struct PermissionSource {
  static constexpr std::array fields{"source", "reach", "since", "of"};
  Source source{};
  Reach reach{};
  std::optional<Position> since;
  std::optional<std::string> of;
};

struct PermissionAnswer {
  static constexpr std::array fields{"permission", "reach", "sources"};
  Permission permission;
  std::optional<Reach> reach;  // nothing: they may not
  std::vector<PermissionSource> sources;
};

struct UserPermissionsAnswer {
  static constexpr bool complete = true;
  static constexpr std::string_view title = "UserPermissions";
  static constexpr std::array fields{
      "account", "user", "role", "assigned_role", "locked", "own", "differs_from_global", "permissions"};
  AccountId account;
  MembershipId user;
  Role role{};
  std::optional<MemberRole> assigned_role;
  bool locked = false;          // by the Admin group or a role: their own permissions rest
  std::vector<Permission> own;  // switches of their own, at rest or not
  bool differs_from_global = false;
  std::vector<PermissionAnswer> permissions;
};

// Nobody who is out may anything: their switches are shown, and no yes.
struct UserPermissions {
  static constexpr std::string_view name = "UserPermissions";
  static constexpr std::string_view path = "/v1/accounts/{account}/users/{user}/permissions";
  static constexpr std::string_view summary =
      "Explain what a user may: each yes with its source and the event behind it";
  static constexpr Rule rule{.action = Action::permission_view, .own = true};
  static constexpr std::array fields{"account", "user", "as_of"};
  static constexpr std::array help{"app id", "the user (usr_…)", ""};
  AccountId account;
  MembershipId user;
  AsOf as_of;

  using Answer = UserPermissionsAnswer;
  static const Projection& view() { return permission_matrix; }
  Subject subject(const Asked&) const { return account; }
  Expected<std::string, QueryError> answer(const Rows& rows, const Asked& asked) const;
};

// Permissions as JSON, written once for all who have the same.
struct WrittenPermissions {
  std::string_view json;
};

// A row of the matrix: who, and all that they may with reach over all of the account.
struct PermissionRow {
  static constexpr bool complete = true;
  static constexpr std::string_view title = "PermissionRow";
  static constexpr std::array fields{"id",         "kind",  "partner", "name",          "email",
                                     "role",       "admin", "groups",  "assigned_role", "differs_from_global",
                                     "permissions"};
  MembershipId id;
  MemberKind kind{};
  bool partner = false;
  std::optional<std::string_view> name;
  std::optional<std::string_view> email;
  Role role{};
  bool admin = false;
  std::vector<Group> groups{};
  std::optional<MemberRole> assigned_role;
  bool differs_from_global = false;
  WrittenPermissions permissions;
};

struct PermissionMatrixPage {
  static constexpr bool complete = true;
  static constexpr std::array fields{"users", "next", "global_permissions", "partner_permissions"};
  std::vector<PermissionRow> users;
  std::optional<std::string> next;
  std::vector<Permission> global_permissions;
  std::vector<Permission> partner_permissions;
};

enum class PermissionsOrder : std::uint8_t { name };
constexpr Names<1> enum_names(PermissionsOrder) { return {"name"}; }

struct PermissionMatrix {
  static constexpr std::string_view name = "PermissionMatrix";
  static constexpr std::string_view path = "/v1/accounts/{account}/permissions";
  static constexpr std::string_view summary = "Show what each user of an account may, and who can do a thing";
  static constexpr Rule rule{Action::permission_view};
  static constexpr std::array fields{"account", "who_can", "area", "kind", "differs_from_global", "page", "as_of"};
  static constexpr std::array help{"app id",
                                   "only who may this with reach over all, e.g. contact.delete",
                                   "only permissions of this area, e.g. contact",
                                   "standard or partner",
                                   "true: only whose own permissions differ from what newcomers get",
                                   "",
                                   ""};
  AccountId account;
  std::optional<Permission> who_can;
  std::optional<SearchText> area;
  std::optional<MemberKind> kind;
  bool differs_from_global = false;
  PageOf<PermissionsOrder, PermissionsOrder::name> page;
  AsOf as_of;

  using Answer = PermissionMatrixPage;
  static const Projection& view() { return permission_matrix; }
  Subject subject(const Asked&) const { return account; }
  Expected<std::string, QueryError> answer(const Rows& rows, const Asked& asked) const;

  static constexpr std::string_view command = "permissions";
  static constexpr std::string_view listed = "users";
  static constexpr std::array columns{ListColumn{"NAME", "name"},
                                      ListColumn{"E-MAIL", "email"},
                                      ListColumn{"ROLE", "role", ListColumn::Kind::whole, "assigned_role"},
                                      ListColumn{"DIFFERS", "differs_from_global", ListColumn::Kind::whole, {}, "yes"},
                                      ListColumn{"PERMISSIONS", "permissions"},
                                      ListColumn{"ID", "id", ListColumn::Kind::id}};
};

// The roles of an account: those that every account has have no id, and their word for a name.
struct RoleAnswer {
  static constexpr bool complete = true;
  static constexpr std::string_view title = "Role";
  static constexpr std::array fields{"role", "name", "own", "users", "permissions"};
  MemberRole role;
  std::string name;
  bool own = false;         // made by the account itself
  std::uint64_t users = 0;  // who has it and is in
  std::vector<Permission> permissions;
};

struct RolesAnswer {
  static constexpr bool complete = true;
  static constexpr std::array fields{"roles"};
  std::vector<RoleAnswer> roles;
};

struct Roles {
  static constexpr std::string_view name = "Roles";
  static constexpr std::string_view path = "/v1/accounts/{account}/roles";
  static constexpr std::string_view summary = "List the roles that can be assigned in an account";
  static constexpr Rule rule{Action::permission_view};
  static constexpr std::array fields{"account", "as_of"};
  static constexpr std::array help{"app id", ""};
  AccountId account;
  AsOf as_of;

  using Answer = RolesAnswer;
  static const Projection& view() { return permission_matrix; }
  Subject subject(const Asked&) const { return account; }
  Expected<std::string, QueryError> answer(const Rows& rows, const Asked& asked) const;

  static constexpr std::string_view command = "roles";
  static constexpr std::string_view listed = "roles";
  static constexpr std::array columns{
      ListColumn{"NAME", "name"}, ListColumn{"USERS", "users", ListColumn::Kind::number},
      ListColumn{"PERMISSIONS", "permissions"}, ListColumn{"ROLE", "role", ListColumn::Kind::id}};
};

struct InTeam {
  static constexpr std::array fields{"user", "name", "email", "partner", "status"};
  MembershipId user;
  std::optional<std::string_view> name;
  std::string_view email;
  bool partner = false;  // the screen warns
  Status status{};
};

struct TeamAnswer {
  static constexpr bool complete = true;
  static constexpr std::string_view title = "Team";
  static constexpr std::array fields{"id", "name", "without_manager", "managers", "users"};
  TeamId id;
  std::string_view name;
  bool without_manager = false;  // nobody sees their users' records by it
  std::vector<InTeam> managers;
  std::vector<InTeam> users;
};

struct TeamsPage {
  static constexpr bool complete = true;
  static constexpr std::array fields{"teams", "next"};
  std::vector<TeamAnswer> teams;
  std::optional<std::string> next;
};

enum class TeamsOrder : std::uint8_t { name, size };
constexpr Names<2> enum_names(TeamsOrder) { return {"name", "size"}; }

// Whoever does not see all teams sees those they are in.
struct Teams {
  static constexpr std::string_view name = "Teams";
  static constexpr std::string_view path = "/v1/accounts/{account}/teams";
  static constexpr std::string_view summary = "List the teams of an account with their managers and users";
  static constexpr Rule rule{.action = Action::team_view, .by_reach = true};
  static constexpr std::array fields{"account", "q", "without_manager", "page", "as_of"};
  static constexpr std::array help{"app id", "part of the name", "true: only teams without a manager", "", ""};
  AccountId account;
  std::optional<SearchText> q;
  bool without_manager = false;
  PageOf<TeamsOrder, TeamsOrder::name> page;
  AsOf as_of;

  using Answer = TeamsPage;
  static const Projection& view() { return permission_matrix; }
  Subject subject(const Asked&) const { return account; }
  Expected<std::string, QueryError> answer(const Rows& rows, const Asked& asked) const;

  static constexpr std::string_view command = "teams";
  static constexpr std::string_view listed = "teams";
  static constexpr std::array columns{
      ListColumn{"NAME", "name"}, ListColumn{"MANAGER", "without_manager", ListColumn::Kind::whole, {}, "none"},
      ListColumn{"MANAGERS", "managers", ListColumn::Kind::number},
      ListColumn{"USERS", "users", ListColumn::Kind::number}, ListColumn{"ID", "id", ListColumn::Kind::id}};
};

}  // namespace rollcall::projections

template <>
struct rollcall::Json<rollcall::projections::WrittenPermissions> {
  static void write(std::string& out, const projections::WrittenPermissions& written) { out.append(written.json); }
  static json::value schema() { return Json<std::vector<Permission>>::schema(); }
};
