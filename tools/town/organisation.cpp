// What people in town may, and whom they work with.
#include "tools/town/town.hpp"

namespace rollcall::tools {

namespace {

std::vector<Permission> parsed(const std::vector<std::string_view>& permissions) {
  std::vector<Permission> all;
  for (const auto permission : permissions) all.push_back(Permission::parse(permission).value());
  return all;
}

}  // namespace

void Town::permit(Index member, const std::vector<std::string_view>& permissions) {
  const auto& to = members_[member];
  ask(signed_in(in_charge(to.account, member)),
      EditUserPermissions{accounts_[to.account].id, to.id, parsed(permissions), std::nullopt});
}

void Town::clone_permissions(Index from, Index to) {
  const auto account = members_[from].account;
  ask(signed_in(in_charge(account, to)), ClonePermissions{accounts_[account].id, members_[from].id, {members_[to].id}});
}

std::optional<TeamId> Town::found_team(Index account, std::string_view name) {
  const auto events = ask(signed_in(in_charge(account)), CreateTeam{accounts_[account].id, std::string{name}});
  const auto* created = first<TeamCreated>(events);
  return created ? std::optional{created->team} : std::nullopt;
}

void Town::place_in_team(const TeamId& team, Index member, TeamPlace place) {
  const auto& placed = members_[member];
  const auto& account = accounts_[placed.account].id;
  auto caller = signed_in(in_charge(placed.account));
  if (place == TeamPlace::manager)
    ask(std::move(caller), AddTeamManager{account, team, placed.id});
  else
    ask(std::move(caller), AddTeamUser{account, team, placed.id});
}

std::optional<MemberRole> Town::create_role(Index account, std::string_view name,
                                            const std::vector<std::string_view>& permissions) {
  const auto events =
      ask(signed_in(in_charge(account)), CreateRole{accounts_[account].id, std::string{name}, parsed(permissions)});
  const auto* created = first<RoleCreated>(events);
  return created ? MemberRole::parse(created->role.text()) : std::nullopt;
}

void Town::assign_role(Index member, const MemberRole& role) {
  const auto& to = members_[member];
  ask(signed_in(in_charge(to.account, member)), AssignRole{accounts_[to.account].id, to.id, role});
}

}  // namespace rollcall::tools
