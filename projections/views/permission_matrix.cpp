#include "projections/views/permission_matrix.hpp"

#include <deque>
#include <map>
#include <tuple>

#include "events/fold_case.hpp"
#include "projections/engine/table.hpp"

namespace rollcall::projections {
namespace {

// ---- rows --------------------------------------------------------------------------------------------------------
// a ACCOUNT                what newcomers get, and what partners with Admin = Yes may
// m ACCOUNT MEMBERSHIP     a member and what was given to them
// n ACCOUNT NAME ID        the members in the order of their names
// p PERSON                 where this person is a member
// r ACCOUNT ROLE           a role of the account's own
// t ACCOUNT TEAM           a team and who is in it

struct AccountRow {
  static constexpr std::array fields{"user_permissions", "partner_permissions", "partner_admins_manage_users"};
  ActionSet user_permissions;
  ActionSet partner_permissions;
  bool partner_admins_manage_users = true;
};

struct ManagedRow {
  static constexpr std::array fields{"team", "since"};
  TeamId team;
  Position since = 0;
};

struct PermissionsRow {
  static constexpr std::array fields{"member",      "grants",      "assigned_role", "role_since", "began",
                                     "admin_since", "owner_since", "manages",       "listed"};
  Member member;
  Grants grants;
  std::optional<MemberRole> assigned_role;
  Position role_since = 0;
  Position began = 0;
  Position admin_since = 0;
  Position owner_since = 0;
  std::vector<ManagedRow> manages;
  std::string listed;  // its key among the names
};

struct NameRow {
  static constexpr NoFields fields{};
};

struct RoleRow {
  static constexpr std::array fields{"name", "grants"};
  std::string name;
  Grants grants;
};

struct TeamRow {
  static constexpr std::array fields{"name", "managers", "users"};
  std::string name;
  std::vector<MembershipId> managers;
  std::vector<MembershipId> users;
};

std::string sort_name(const Member& member) { return fold_case(display_name(member.name, member.email)); }

// ---- the fold ----------------------------------------------------------------------------------------------------

class PermissionsView {
 public:
  explicit PermissionsView(const Rows& before) : accounts_(before), members_(before), roles_(before), teams_(before) {}

  void on(const Envelope& at, const AccountOpened& e) {
    account(at).partner_permissions = actions_named(e.partner_permissions);
  }
  void on(const Envelope& at, const GlobalPermissionsChanged& e) {
    auto& row = account(at);
    auto& defaults = e.kind == MemberKind::partner ? row.partner_permissions : row.user_permissions;
    defaults = (defaults | actions_named(e.given)) - actions_named(e.taken);
  }
  void on(const Envelope& at, const PolicyChanged& e) {
    if (e.policy == Policy::partner_admins_manage_users) account(at).partner_admins_manage_users = e.to == "true";
  }

  void on(const Envelope& at, const MembershipActivated& e) {
    auto& row = members_.join(at, e);
    give(row.grants, {Source::account_default, actions_named(e.permissions), at.position, {}});
    row.began = at.position;
    if (e.admin) row.admin_since = at.position;
    if (e.owner) row.owner_since = at.position;
  }
  template <ChangesMember E>
  void on(const Envelope& at, const E& e) {
    auto* row = members_.change(at, e.membership);
    if (!row) return;
    change(row->member, e);
    if constexpr (std::same_as<E, GroupJoined>)
      if (e.group == Group::admin) row->admin_since = at.position;
    if constexpr (std::same_as<E, UserReactivated>) come_back(at, *row, e);
  }
  void on(const Envelope& at, const OwnershipTransferred& e) {
    members_.transfer(at, e);
    if (auto* row = members_.change(at, e.to)) row->owner_since = at.position;
  }
  template <ChangesPerson E>
  void on(const Envelope&, const E& e) {
    members_.change_person(e);
  }
  void on(const Envelope& at, const PermissionsChanged& e) {
    auto* row = members_.change(at, e.membership);
    if (!row) return;
    take(row->grants, actions_named(e.taken));
    give(row->grants, {Source::permission, actions_named(e.given), at.position, {}});
  }
  void on(const Envelope& at, const PermissionsCloned& e) {
    auto* row = members_.change(at, e.membership);
    if (!row) return;
    row->grants.clear();
    give(row->grants, {Source::clone, actions_named(e.after), at.position, e.from.text()});
  }
  void on(const Envelope& at, const RoleAssigned& e) {
    auto* row = members_.change(at, e.membership);
    if (!row) return;
    row->assigned_role = e.role;
    row->role_since = e.role ? at.position : 0;
  }

  void on(const Envelope& at, const RoleCreated& e) {
    auto& row = roles_.add(role_key(at, e.role), {});
    row.name = e.name;
    give(row.grants, {Source::role, actions_named(e.permissions), at.position, {}});
  }
  void on(const Envelope& at, const RoleChanged& e) {
    auto* row = roles_.change(role_key(at, e.role));
    if (!row) return;
    row->name = e.name;
    take(row->grants, actions_named(e.taken));
    give(row->grants, {Source::role, actions_named(e.given), at.position, {}});
  }
  void on(const Envelope& at, const RoleRetired& e) { roles_.erase(role_key(at, e.role)); }

  void on(const Envelope& at, const TeamCreated& e) { teams_.add(team_key(at, e.team), {e.name, {}, {}}); }
  void on(const Envelope& at, const TeamRenamed& e) {
    if (auto* row = teams_.change(team_key(at, e.team))) row->name = e.name;
  }
  void on(const Envelope& at, const TeamDissolved& e) { teams_.erase(team_key(at, e.team)); }
  void on(const Envelope& at, const TeamPlaceStarted& e) {
    if (auto* row = teams_.change(team_key(at, e.team))) places(*row, e.place).push_back(e.membership);
    if (e.place != TeamPlace::manager) return;
    if (auto* row = members_.change(at, e.membership)) row->manages.push_back({e.team, at.position});
  }
  void on(const Envelope& at, const TeamPlaceEnded& e) {
    if (auto* row = teams_.change(team_key(at, e.team))) std::erase(places(*row, e.place), e.membership);
    if (e.place != TeamPlace::manager) return;
    if (auto* row = members_.change(at, e.membership))
      std::erase_if(row->manages, [&](const ManagedRow& managed) { return managed.team == e.team; });
  }

  std::size_t held() const { return accounts_.held() + members_.held() + roles_.held() + teams_.held(); }

  RowChanges changes() {
    RowChanges out;
    members_.table().each_changed([&](const std::string& key, PermissionsRow& row) { list(out, key, row); });
    accounts_.write(out);
    members_.write(out);
    roles_.write(out);
    teams_.write(out);
    return out;
  }

 private:
  static std::string role_key(const Envelope& at, const RoleId& role) { return row_key('r', account_of(at), role); }
  static std::string team_key(const Envelope& at, const TeamId& team) { return row_key('t', account_of(at), team); }
  static std::vector<MembershipId>& places(TeamRow& row, TeamPlace place) {
    return place == TeamPlace::manager ? row.managers : row.users;
  }
  // Keeps a member where their name belongs.
  static void list(RowChanges& out, std::string_view member_key, PermissionsRow& row) {
    auto key = std::string{member_key.substr(0, member_key.size() - sizeof(IdBytes))};
    key.front() = 'n';
    append_part(key, std::string_view{sort_name(row.member)});
    key.append(member_key.substr(member_key.size() - sizeof(IdBytes)));
    if (row.listed == key) return;
    if (!row.listed.empty()) out.insert_or_assign(row.listed, RowChange(std::nullopt, encode_row(NameRow{})));
    out.insert_or_assign(key, RowChange(encode_row(NameRow{}), RowChange::absent()));
    row.listed = std::move(key);
  }
  AccountRow& account(const Envelope& at) { return accounts_.change_or_make(row_key('a', account_of(at))); }
  // What they hold again they hold since now.
  static void come_back(const Envelope& at, PermissionsRow& row, const UserReactivated& e) {
    row.began = at.position;
    if (row.member.admin) row.admin_since = at.position;
    row.assigned_role = e.role;
    row.role_since = e.role ? at.position : 0;
    for (auto& grant : row.grants) grant.since = at.position;
  }

  Table<AccountRow> accounts_;
  Members<PermissionsRow> members_;
  Table<RoleRow> roles_;
  Table<TeamRow> teams_;
};

std::string row_name(std::string_view key) {
  if (key.front() == 'p') return "person " + id_at_end<PersonId>(key).text();
  const auto account = std::string{key.substr(1, key.find('\0') - 1)};
  switch (key.front()) {
    case 'a': return "account " + account;
    case 'r': return "role " + account + " " + id_at_end<RoleId>(key).text();
    case 't': return "team " + account + " " + id_at_end<TeamId>(key).text();
    case 'n': return "name of user " + account + " " + id_at_end<MembershipId>(key).text();
    default: return "user " + account + " " + id_at_end<MembershipId>(key).text();
  }
}

// ---- what rows say -----------------------------------------------------------------------------------------------

MemberRights rights_of(const Rows& rows, const AccountRow& account_row, const AccountId& account,
                       const PermissionsRow& row) {
  MemberRights rights{.kind = row.member.kind,
                      .owner = row.member.owner,
                      .admin = row.member.admin,
                      .manages_users = account_row.partner_admins_manage_users,
                      .grants = row.grants,
                      .began = row.began,
                      .admin_since = row.admin_since,
                      .owner_since = row.owner_since,
                      .teams = {}};
  if (row.assigned_role) {
    const auto id = RoleId::parse(row.assigned_role->str());
    const auto custom = id ? find_row<RoleRow>(rows, row_key('r', account, *id)) : std::nullopt;
    rights.grants = grants_of_role(*row.assigned_role, row.role_since, custom ? custom->grants : Grants{});
  }
  for (const auto& [team, since] : row.manages) rights.teams.push_back({team, since});
  return rights;
}

std::vector<Held> held_at(const Rows& rows, const AccountRow& account_row, const AccountId& account,
                          const PermissionsRow& row, Time now) {
  std::vector<Held> held;
  if (status_at(row.member, now) == Status::active) hold_as_member(held, rights_of(rows, account_row, account, row));
  return held;
}

// Of an admin nothing of their own counts: they differ from nobody.
bool differs(const AccountRow& account, const PermissionsRow& row) {
  if (row.member.admin || row.member.owner) return false;
  const auto& defaults =
      row.member.kind == MemberKind::partner ? account.partner_permissions : account.user_permissions;
  return row.assigned_role || actions_of(row.grants) != defaults;
}

bool has_place(const TeamRow& row, const std::optional<MembershipId>& member) {
  const auto in = [&](const std::vector<MembershipId>& ids) {
    return member && std::find(ids.begin(), ids.end(), *member) != ids.end();
  };
  return in(row.managers) || in(row.users);
}

struct BySets {
  bool operator()(const ActionSet& a, const ActionSet& b) const {
    return std::tie(a.low, a.middle, a.high) < std::tie(b.low, b.middle, b.high);
  }
};

QueryError no_account() { return {"account", "is not known here"}; }

}  // namespace

constinit const Projection permission_matrix{"permission-matrix", 2, types_of<PermissionsView>(),
                                             &fold_of<PermissionsView>, &row_name};

std::optional<MemberRights> rights_at(const Rows& rows, const AccountId& account, const MembershipId& user, Time now) {
  const auto row = find_row<PermissionsRow>(rows, member_key(account, user));
  if (!row || status_at(row->member, now) != Status::active) return std::nullopt;
  const auto account_row = find_row<AccountRow>(rows, row_key('a', account));
  return rights_of(rows, account_row.value_or(AccountRow{}), account, *row);
}

Reach reach_over(const Rows& rows, const AccountId& account, const MembershipId& user, const MembershipId& of) {
  if (user == of) return Reach::own;
  const auto row = find_row<PermissionsRow>(rows, member_key(account, user));
  if (!row) return Reach::all;
  for (const auto& [id, since] : row->manages) {
    const auto team = find_row<TeamRow>(rows, row_key('t', account, id));
    if (team && std::find(team->users.begin(), team->users.end(), of) != team->users.end()) return Reach::team;
  }
  return Reach::all;
}

Expected<std::string, QueryError> UserPermissions::answer(const Rows& rows, const Asked& asked) const {
  const auto account_row = find_row<AccountRow>(rows, row_key('a', account));
  if (!account_row) return unexpected(no_account());
  const auto row = find_row<PermissionsRow>(rows, member_key(account, user));
  if (!row) return unexpected(QueryError{"user", "is not known here"});
  const auto held = held_at(rows, *account_row, account, *row, asked.now);

  UserPermissionsAnswer out;
  out.account = account;
  out.user = user;
  out.role = role_of(row->member);
  out.assigned_role = row->assigned_role;
  out.locked = row->member.admin || row->member.owner || row->assigned_role.has_value();
  out.own = permissions_for(actions_of(row->grants));
  out.differs_from_global = differs(*account_row, *row);
  for (const auto& permission : permissions_for(account_actions)) {
    auto& told = out.permissions.emplace_back();
    told.permission = permission;
    const auto action = *value_named<Action>(permission.str());
    for (const auto& one : held) {
      const auto reach = one.rights.reach_of(action);
      if (!reach) continue;
      told.reach = std::max(told.reach.value_or(*reach), *reach);
      told.sources.push_back({one.source, *reach, one.since, one.of.empty() ? std::nullopt : std::optional{one.of}});
    }
  }
  return json_text(out);
}

Expected<std::string, QueryError> PermissionMatrix::answer(const Rows& rows, const Asked& asked) const {
  const auto account_row = find_row<AccountRow>(rows, row_key('a', account));
  if (!account_row) return unexpected(no_account());
  ActionSet wanted_area = account_actions;
  if (area) {
    wanted_area = {};
    for (const auto& meaning : action_meanings)
      if (account_actions.has(meaning.action) && meaning.name.starts_with(area->text + "."))
        wanted_area.add(meaning.action);
    if (wanted_area.empty()) return unexpected(QueryError{"area", "is not known"});
  }
  const auto wanted = who_can ? actions_named({*who_can}) : ActionSet{};
  if (who_can && wanted.empty()) return unexpected(QueryError{"who_can", "is no permission"});
  const auto paging = page.paging();
  if (!paging) return unexpected(paging.error());

  PermissionMatrixPage out;
  const auto names = row_key('n', account);
  std::map<ActionSet, std::string, BySets> written;
  const auto written_for = [&](ActionSet set) {
    auto& text = written[set];
    if (text.empty()) text = json_text(permissions_for(set));
    return WrittenPermissions{text};
  };
  std::deque<PermissionsRow> told;  // the page refers to them
  std::string last;                 // the key of the page's last row
  // Adds the member if they are among those asked for; false when the page was full before them.
  const auto tell = [&](std::string_view key) {
    const auto id = id_at_end<MembershipId>(key);
    auto row = find_row<PermissionsRow>(rows, member_key(account, id));
    if (!row || status_at(row->member, asked.now) != Status::active || (kind && *kind != row->member.kind)) return true;
    const bool differs_now = differs(*account_row, *row);
    if (differs_from_global && !differs_now) return true;
    ActionSet all;
    for (const auto& one : held_at(rows, *account_row, account, *row, asked.now)) all = all | one.rights.all;
    if (!wanted.within(all)) return true;
    if (out.users.size() == paging->limit) {
      const auto called = last.substr(names.size(), last.size() - names.size() - 1 - sizeof(IdBytes));
      out.next = Cursor{paging->list, paging->order(), {0, called, id_at_end<MembershipId>(last).bytes}}.text();
      return false;
    }
    auto& shown = out.users.emplace_back();
    shown.id = id;
    describe(shown, told.emplace_back(std::move(*row)).member);
    shown.assigned_role = told.back().assigned_role;
    shown.differs_from_global = differs_now;
    shown.permissions = written_for(all & wanted_area);
    last = key;
    return true;
  };
  auto after = names;
  if (paging->after) {
    append_part(after, std::string_view{paging->after->text});
    after.append(reinterpret_cast<const char*>(paging->after->id.data()), paging->after->id.size());
  }
  if (!paging->descending) {
    if (paging->after) after.push_back('\0');  // behind it
    rows.scan(after, behind_prefix(names), [&](std::string_view key, std::string_view) { return tell(key); });
  } else {
    std::vector<std::string> keys;
    rows.scan(names, paging->after ? after : behind_prefix(names), [&](std::string_view key, std::string_view) {
      keys.emplace_back(key);
      return true;
    });
    for (auto key = keys.rbegin(); key != keys.rend() && tell(*key);) ++key;
  }
  out.global_permissions = permissions_for(account_row->user_permissions);
  out.partner_permissions = permissions_for(account_row->partner_permissions);
  return json_text(out);
}

Expected<std::string, QueryError> Roles::answer(const Rows& rows, const Asked& asked) const {
  if (!rows.find(row_key('a', account))) return unexpected(no_account());
  std::map<std::string, std::uint64_t> users;
  const auto members = row_key('m', account);
  rows.scan(members, behind_prefix(members), [&](std::string_view, std::string_view value) {
    const auto row = decode_row<PermissionsRow>(value);
    if (row.assigned_role && is_there(status_at(row.member, asked.now))) ++users[row.assigned_role->str()];
    return true;
  });
  RolesAnswer out;
  const auto tell = [&](const std::string& role, std::string called, bool own, ActionSet actions) {
    out.roles.push_back(
        {MemberRole::parse(role).value(), std::move(called), own, users[role], permissions_for(actions)});
  };
  for (const std::string role : {"limited_admin", "manager", "staff"}) tell(role, role, false, *actions_of_role(role));
  const auto prefix = row_key('r', account);
  rows.scan(prefix, behind_prefix(prefix), [&](std::string_view key, std::string_view value) {
    auto row = decode_row<RoleRow>(value);
    tell(id_at_end<RoleId>(key).text(), std::move(row.name), true, actions_of(row.grants));
    return true;
  });
  return json_text(out);
}

Expected<std::string, QueryError> Teams::answer(const Rows& rows, const Asked& asked) const {
  if (!rows.find(row_key('a', account))) return unexpected(no_account());
  const auto paging = page.paging();
  if (!paging) return unexpected(paging.error());
  struct Item {
    Spot spot;
    TeamRow row;
  };
  std::vector<Item> items;
  const auto part = fold_case(q.value_or(SearchText{}).text);
  const auto prefix = row_key('t', account);
  rows.scan(prefix, behind_prefix(prefix), [&](std::string_view key, std::string_view value) {
    auto row = decode_row<TeamRow>(value);
    auto called = fold_case(row.name);
    if (called.find(part) == std::string::npos || (without_manager && !row.managers.empty())) return true;
    // Of a list by reach they see the teams in which they have a place themselves.
    if (asked.sight && !has_place(row, asked.member)) return true;
    const auto size = row.managers.size() + row.users.size();
    items.push_back({{page.sort.order == TeamsOrder::size ? size : 0, std::move(called), id_at_end<TeamId>(key).bytes},
                     std::move(row)});
    return true;
  });

  TeamsPage out;
  out.next = cut_page(items, *paging);
  std::map<MembershipId, PermissionsRow> members;
  for (const auto& item : items)
    for (const auto* place : {&item.row.managers, &item.row.users})
      for (const auto& id : *place)
        if (auto row = find_row<PermissionsRow>(rows, member_key(account, id))) members.emplace(id, std::move(*row));
  for (const auto& [spot, row] : items) {
    auto& team = out.teams.emplace_back();
    team.id = TeamId{spot.id};
    team.name = row.name;
    team.without_manager = row.managers.empty();
    const auto fill = [&](std::vector<InTeam>& shown, const std::vector<MembershipId>& ids) {
      for (const auto& id : ids)
        if (const auto found = members.find(id); found != members.end()) {
          const auto& member = found->second.member;
          shown.push_back(
              {id, member.name, member.email, member.kind == MemberKind::partner, status_at(member, asked.now)});
        }
    };
    fill(team.managers, row.managers);
    fill(team.users, row.users);
  }
  return json_text(out);
}

}  // namespace rollcall::projections
