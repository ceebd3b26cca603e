// Teams and the places in them.
#include "domain/engine/deciding.hpp"
#include "events/fold_case.hpp"

namespace rollcall {
namespace {

constexpr std::size_t teams_max = 1'000;      // of an account
constexpr std::size_t places_max = 1'000;     // of a team, managers and users each
constexpr std::size_t teams_of_one_max = 50;  // places of one member

std::size_t count(const State& state, const Key& prefix, std::size_t most) {
  std::size_t found = 0;
  state.scan(prefix, {}, [&](std::string_view) { return ++found < most; });
  return found;
}

std::optional<TeamRow> team_of(const Deciding& d, const AccountId& account, const TeamId& id) {
  auto row = d.state.find<TeamRow>(TeamRow::key(id));
  if (row && row->account != account) row.reset();
  return row;
}

bool name_taken(const Deciding& d, const AccountId& account, std::string_view name) {
  return d.state.find<TeamNameRow>(TeamNameRow::key(account, fold_case(name))).has_value();
}

Decision add(Deciding& d, const AccountId& account, const TeamId& team, const MembershipId& user, TeamPlace place) {
  if (!team_of(d, account, team)) return unexpected(not_there("team", team));
  const auto member = d.member(account, user);
  if (!member) return unexpected(not_there("user", user));
  if (!gives_access(*member, d.now()))
    return unexpected(rejected(Code::target_not_active, {detail("user", user.text())}));
  if (d.state.find<TeamPlaceRow>(TeamPlaceRow::key(user, team))) return unexpected(rejected(Code::already_in_team));
  if (count(d.state, TeamPlaceRow::all(user), teams_of_one_max) == teams_of_one_max)
    return unexpected(rejected(Code::too_many, {detail("most", teams_of_one_max)}));
  if (count(d.state, TeamMemberRow::all(team, place), places_max) == places_max)
    return unexpected(rejected(Code::too_many, {detail("most", places_max)}));
  return Facts{{Scope::of(account), TeamPlaceStarted{team, user, place}}};
}

bool sees_all_records(const Deciding& d, const AccountId& account) {
  return !refuse_handing_on(d, account, record_actions & reading_actions, Code::permission_exceeds_actor);
}

}  // namespace

Decision decide_on(Deciding& d, const CreateTeam& c) {
  if (name_taken(d, c.account, c.team_name.value)) return unexpected(rejected(Code::name_taken));
  if (count(d.state, TeamNameRow::all(c.account), teams_max) == teams_max)
    return unexpected(rejected(Code::too_many, {detail("most", teams_max)}));
  return Facts{{Scope::of(c.account), TeamCreated{d.fresh<TeamId>(), c.team_name.value}}};
}

Decision decide_on(Deciding& d, const RenameTeam& c) {
  const auto row = team_of(d, c.account, c.team);
  if (!row) return unexpected(not_there("team", c.team));
  if (row->name == c.team_name.value) return Facts{};
  if (fold_case(row->name) != fold_case(c.team_name.value) && name_taken(d, c.account, c.team_name.value))
    return unexpected(rejected(Code::name_taken));
  return Facts{{Scope::of(c.account), TeamRenamed{c.team, c.team_name.value}}};
}

Decision decide_on(Deciding& d, const DissolveTeam& c) {
  if (!team_of(d, c.account, c.team)) return unexpected(not_there("team", c.team));
  Facts facts;
  for (const auto place : {TeamPlace::manager, TeamPlace::user})
    d.state.scan(TeamMemberRow::all(c.team, place), {}, [&](std::string_view rest) {
      facts.push_back({Scope::of(c.account), TeamPlaceEnded{c.team, id_at_end<MembershipTag>(rest), place}});
      return true;
    });
  facts.push_back({Scope::of(c.account), TeamDissolved{c.team}});
  return facts;
}

// Who may arrange teams but not see all records does not make themselves see them.
Decision decide_on(Deciding& d, const AddTeamManager& c) {
  if (d.who.membership == c.user && !sees_all_records(d, c.account))
    return unexpected(rejected(Code::cannot_edit_self));
  return add(d, c.account, c.team, c.user, TeamPlace::manager);
}

Decision decide_on(Deciding& d, const AddTeamUser& c) {
  if (d.who.membership && !sees_all_records(d, c.account)) {
    const auto own = d.state.find<TeamPlaceRow>(TeamPlaceRow::key(*d.who.membership, c.team));
    if (own && own->place == TeamPlace::manager) return unexpected(rejected(Code::cannot_edit_self));
  }
  return add(d, c.account, c.team, c.user, TeamPlace::user);
}

Decision decide_on(Deciding& d, const RemoveFromTeam& c) {
  if (!team_of(d, c.account, c.team)) return unexpected(not_there("team", c.team));
  if (!d.member(c.account, c.user)) return unexpected(not_there("user", c.user));
  const auto row = d.state.find<TeamPlaceRow>(TeamPlaceRow::key(c.user, c.team));
  if (!row) return unexpected(rejected(Code::not_in_team));
  return Facts{{Scope::of(c.account), TeamPlaceEnded{c.team, c.user, row->place}}};
}

}  // namespace rollcall
