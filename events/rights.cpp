#include "events/rights.hpp"

#include <string_view>
#include <unordered_map>

namespace rollcall {

ActionSet actions_of(const Grants& grants) {
  ActionSet all;
  for (const auto& grant : grants) all = all | grant.actions;
  return all;
}

void give(Grants& grants, Grant grant) {
  take(grants, grant.actions);
  if (!grant.actions.empty()) grants.push_back(std::move(grant));
}

void take(Grants& grants, ActionSet actions) {
  for (auto& grant : grants) grant.actions = grant.actions - actions;
  std::erase_if(grants, [](const Grant& grant) { return grant.actions.empty(); });
}

Grants grants_of_role(const MemberRole& role, Position assigned, const Grants& custom) {
  if (const auto actions = actions_of_role(role.str())) {
    if (actions->empty()) return {};
    return {{Source::role, *actions, assigned, role.str()}};
  }
  Grants grants;
  for (const auto& grant : custom)
    grants.push_back({Source::role, grant.actions, std::max(assigned, grant.since), role.str()});
  return grants;
}

void hold_as_member(std::vector<Held>& held, const MemberRights& member) {
  const auto add = [&](Source source, Position since) { held.push_back({source, rights_of(source), since}); };
  const bool partner = member.kind == MemberKind::partner;
  add(partner ? Source::partner : Source::user, member.began);
  for (const auto& grant : member.grants)
    held.push_back({grant.source, {{}, {}, with_sight(grant.actions)}, grant.since, grant.of});
  for (const auto& [team, since] : member.teams)
    held.push_back({Source::team_manager, rights_of(Source::team_manager), since, team.text()});
  if (member.admin) {
    add(partner ? Source::partner_admin : Source::admin_group, member.admin_since);
    if (partner && !member.manages_users)
      held.back().rights = held.back().rights.within(account_actions - user_managing_actions);
  }
  if (member.owner) add(Source::owner, member.owner_since);
}

std::optional<Reach> reach_of(const std::vector<Held>& held, Action action) {
  std::optional<Reach> furthest;
  for (const auto& one : held)
    if (const auto reach = one.rights.reach_of(action)) furthest = std::max(furthest.value_or(*reach), *reach);
  return furthest;
}

ActionSet actions_named(const std::vector<Permission>& permissions) {
  static const auto by_name = [] {
    std::unordered_map<std::string_view, Action> all;
    for (const auto& meaning : action_meanings) all.emplace(meaning.name, meaning.action);
    return all;
  }();
  ActionSet set;
  for (const auto& permission : permissions)
    if (const auto known = by_name.find(permission.str()); known != by_name.end()) set.add(known->second);
  return set & account_actions;
}

std::vector<Permission> permissions_for(ActionSet actions) {
  std::vector<Permission> permissions;
  for (const auto& meaning : action_meanings)
    if (actions.has(meaning.action)) permissions.push_back(Permission::parse(meaning.name).value());
  return permissions;
}

}  // namespace rollcall
