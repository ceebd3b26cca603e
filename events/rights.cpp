#include "events/rights.hpp"

namespace rollcall {

void hold_as_member(std::vector<Held>& held, const MemberRights& member) {
  const auto add = [&](Source source, Position since) { held.push_back({source, rights_of(source), since}); };
  const bool partner = member.kind == MemberKind::partner;
  add(partner ? Source::partner : Source::user, member.began);
  if (!member.permissions.empty()) held.push_back({Source::permission, {{}, member.permissions}, member.began});
  if (member.admin) add(partner ? Source::partner_admin : Source::admin_group, member.admin_since);
  if (member.owner) add(Source::owner, member.began);
}

ActionSet actions_named(const std::vector<Permission>& permissions) {
  ActionSet set;
  for (const auto& permission : permissions)
    for (const auto& meaning : action_meanings)
      if (meaning.name == permission.str()) set.add(meaning.action);
  return set & account_actions;
}

std::vector<Permission> permissions_for(ActionSet actions) {
  std::vector<Permission> permissions;
  for (const auto& meaning : action_meanings)
    if (actions.has(meaning.action)) permissions.push_back(Permission::parse(meaning.name).value());
  return permissions;
}

}  // namespace rollcall
