// What members may: defaults, own permissions, clones and roles.
#include <algorithm>
#include <set>

#include "domain/engine/deciding.hpp"
#include "events/fold_case.hpp"

namespace rollcall {
namespace {

constexpr std::size_t roles_max = 200;  // of an account

// The actions behind these words. What nobody could hold in an account is refused by its name.
Expected<ActionSet, Rejection> actions_asked(const std::vector<Permission>& permissions) {
  const auto actions = actions_named(permissions);
  for (const auto& permission : permissions)
    if (actions_named({permission}).empty())
      return unexpected(rejected(Code::unknown_permission, {detail("permission", permission.str())}));
  return actions;
}

std::optional<Rejection> refuse_beyond(const Deciding& d, const AccountId& account, ActionSet actions) {
  return refuse_handing_on(d, account, actions, Code::permission_exceeds_actor);
}

// Whose own permissions count, and can be changed by this caller.
std::optional<Code> refuse_editing(const Deciding& d, const MembershipId& id, const MembershipRow& member) {
  if (!gives_access(member, d.now()) && member.status != MemberStatus::frozen) return Code::not_active;
  if (d.who.membership == id) return Code::cannot_edit_self;
  if (member.admin || member.owner) return Code::admin_permissions_locked;
  return std::nullopt;
}

Decision set_defaults(const Deciding& d, const AccountId& account, MemberKind kind,
                      const std::vector<Permission>& permissions) {
  const auto wanted = actions_asked(permissions);
  if (!wanted) return unexpected(wanted.error());
  const auto row = d.account(account);
  const auto before = actions_named(kind == MemberKind::partner ? row.partner_permissions : row.user_permissions);
  const auto given = *wanted - before, taken = before - *wanted;
  if (auto no = refuse_beyond(d, account, given)) return unexpected(*no);
  if (given.empty() && taken.empty()) return Facts{};
  return Facts{{Scope::of(account), GlobalPermissionsChanged{kind, permissions_for(given), permissions_for(taken)}}};
}

std::optional<RoleRow> role_of(const Deciding& d, const AccountId& account, const RoleId& id) {
  auto row = d.state.find<RoleRow>(RoleRow::key(id));
  if (row && (row->account != account || row->retired)) row.reset();
  return row;
}

bool name_taken(const Deciding& d, const AccountId& account, std::string_view name) {
  for (const std::string_view reserved : {"admin", "limited_admin", "manager", "staff", "owner", "user", "partner"})
    if (fold_case(name) == reserved) return true;
  return d.state.find<RoleNameRow>(RoleNameRow::key(account, fold_case(name))).has_value();
}

}  // namespace

Decision decide_on(Deciding& d, const SetGlobalPermissions& c) {
  return set_defaults(d, c.account, MemberKind::standard, c.permissions);
}

Decision decide_on(Deciding& d, const SetPartnerPermissions& c) {
  return set_defaults(d, c.account, MemberKind::partner, c.permissions);
}

Decision decide_on(Deciding& d, const EditUserPermissions& c) {
  const auto give = actions_asked(c.give.value_or(std::vector<Permission>{}));
  if (!give) return unexpected(give.error());
  const auto take = actions_asked(c.take.value_or(std::vector<Permission>{}));
  if (!take) return unexpected(take.error());
  if (!(*give & *take).empty())
    return unexpected(rejected(Code::invalid_value, {detail("field", std::string{"take"})}));
  const auto member = d.member(c.account, c.user);
  if (!member) return unexpected(not_there("user", c.user));
  if (const auto no = refuse_editing(d, c.user, *member)) return unexpected(rejected(*no));
  if (member->role) return unexpected(rejected(Code::role_permissions_locked, {detail("role", member->role->str())}));

  const auto before = actions_of(member->grants);
  const auto given = *give - before, taken = *take & before;
  if (auto no = refuse_beyond(d, c.account, given)) return unexpected(*no);
  if (given.empty() && taken.empty()) return Facts{};
  return Facts{{Scope::of(c.account), PermissionsChanged{c.user, permissions_for(given), permissions_for(taken)}}};
}

Decision decide_on(Deciding& d, const ClonePermissions& c) {
  if (c.to.empty()) return unexpected(rejected(Code::empty_selection));
  if (c.to.size() > bulk_max) return unexpected(rejected(Code::too_many, {detail("most", bulk_max)}));
  const auto source = d.member(c.account, c.from);
  if (!source) return unexpected(not_there("user", c.from));
  if (source->admin || source->owner) return unexpected(rejected(Code::admin_permissions_locked));
  if (!gives_access(*source, d.now())) return unexpected(rejected(Code::not_active));
  const auto actions = actions_of(rights_of(d.state, c.from, *source).grants);
  if (auto no = refuse_beyond(d, c.account, actions)) return unexpected(*no);

  const auto permissions = permissions_for(actions);
  BulkActionCompleted told{std::string{ClonePermissions::name}, {}, {}};
  Facts facts;
  std::set<MembershipId> seen;
  for (const auto& to : c.to) {
    if (!seen.insert(to).second) continue;
    const auto fail = [&](Code code) { told.failed.push_back({to, std::string{meaning_of(code).name}}); };
    const auto member = d.member(c.account, to);
    if (!member)
      fail(Code::not_found);
    else if (to == c.from)
      fail(Code::target_is_source);
    else if (const auto no = refuse_editing(d, to, *member))
      fail(*no);
    else if (member->role)
      fail(Code::role_permissions_locked);
    else {
      told.done.push_back(to);
      facts.push_back({Scope::of(c.account),
                       PermissionsCloned{c.from, to, permissions_for(actions_of(member->grants)), permissions}});
    }
  }
  facts.push_back({Scope::of(c.account), std::move(told)});
  return facts;
}

Decision decide_on(Deciding& d, const CreateRole& c) {
  const auto actions = actions_asked(c.permissions);
  if (!actions) return unexpected(actions.error());
  if (name_taken(d, c.account, c.role_name.value)) return unexpected(rejected(Code::name_taken));
  std::size_t roles = 0;
  d.state.scan(RoleNameRow::all(c.account), {}, [&](std::string_view) { return ++roles < roles_max; });
  if (roles == roles_max) return unexpected(rejected(Code::too_many, {detail("most", roles_max)}));
  if (auto no = refuse_beyond(d, c.account, *actions)) return unexpected(*no);
  return Facts{{Scope::of(c.account), RoleCreated{d.fresh<RoleId>(), c.role_name.value, permissions_for(*actions)}}};
}

Decision decide_on(Deciding& d, const ChangeRole& c) {
  const auto row = role_of(d, c.account, c.role);
  if (!row) return unexpected(not_there("role", c.role));
  const auto name = c.role_name ? c.role_name->value : row->name;
  if (fold_case(name) != fold_case(row->name) && name_taken(d, c.account, name))
    return unexpected(rejected(Code::name_taken));
  const auto before = actions_of(row->grants);
  auto wanted = before;
  if (c.permissions) {
    const auto asked = actions_asked(*c.permissions);
    if (!asked) return unexpected(asked.error());
    wanted = *asked;
  }
  const auto given = wanted - before, taken = before - wanted;
  if (auto no = refuse_beyond(d, c.account, given)) return unexpected(*no);
  if (given.empty() && taken.empty() && name == row->name) return Facts{};
  // Nobody changes what they may themselves, by way of their role either.
  const bool own = d.who.member && d.who.member->role && d.who.member->role->str() == c.role.text();
  if (own && !(given.empty() && taken.empty())) return unexpected(rejected(Code::cannot_edit_self));
  return Facts{{Scope::of(c.account), RoleChanged{c.role, name, permissions_for(given), permissions_for(taken)}}};
}

Decision decide_on(Deciding& d, const AssignRole& c) {
  const auto member = d.member(c.account, c.user);
  if (!member) return unexpected(not_there("user", c.user));
  if (const auto no = refuse_editing(d, c.user, *member)) return unexpected(rejected(*no));
  if (member->role == c.role) return Facts{};
  // What they may from then on: the role's, or their own again.
  Grants grants = member->grants;
  if (c.role) {
    Grants custom;
    if (const auto id = RoleId::parse(c.role->str())) {
      const auto row = role_of(d, c.account, *id);
      if (!row) return unexpected(not_there("role", *id));
      custom = row->grants;
    }
    grants = grants_of_role(*c.role, 0, custom);
  }
  if (auto no = refuse_beyond(d, c.account, actions_of(grants))) return unexpected(*no);
  return Facts{{Scope::of(c.account), RoleAssigned{c.user, c.role}}};
}

Decision decide_on(Deciding& d, const RetireRole& c) {
  const auto row = role_of(d, c.account, c.role);
  if (!row) return unexpected(not_there("role", c.role));
  if (row->holders > 0) return unexpected(rejected(Code::role_in_use, {detail("users", row->holders)}));
  return Facts{{Scope::of(c.account), RoleRetired{c.role}}};
}

}  // namespace rollcall
