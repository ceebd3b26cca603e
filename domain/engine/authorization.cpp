#include "domain/engine/authorization.hpp"

#include <algorithm>

namespace rollcall {
namespace {

void take(Standing& who, Source source, std::optional<Position> since = {}) {
  who.held.push_back({source, rights_of(source), since});
}

void take_place(const State& state, Standing& who, const AccountId& account, Time now) {
  const auto live = state.place(account, *who.person).live;
  if (!live) return;
  auto member = state.get<MembershipRow>(MembershipRow::key(*live));
  if (!gives_access(member, now)) return;
  hold_as_member(who.held, rights_of(state, *live, member));
  who.membership = *live;
  who.member = std::move(member);
}

}  // namespace

namespace {

bool is_there(const MembershipRow& member) {
  return member.status == MemberStatus::active || member.status == MemberStatus::frozen;
}

void each_team_managed(const State& state, const MembershipId& id, const MembershipRow& member, auto&& visit) {
  if (member.manages == 0) return;
  state.scan(TeamPlaceRow::all(id), {}, [&](std::string_view rest) {
    const auto team = id_at_end<TeamTag>(rest);
    const auto row = state.get<TeamPlaceRow>(TeamPlaceRow::key(id, team));
    return row.place != TeamPlace::manager || visit(team, row.since);
  });
}

}  // namespace

bool gives_access(const MembershipRow& member, Time now) {
  if (!is_there(member) || (member.access_ends_at && *member.access_ends_at <= now)) return false;
  return member.status == MemberStatus::active || (member.frozen_until && *member.frozen_until <= now);
}

bool access_over(const MembershipRow& member, Time now) {
  if (member.status == MemberStatus::expired) return true;
  return is_there(member) && member.access_ends_at && *member.access_ends_at <= now;
}

bool is_shared_with(const State& state, const Standing& who, RecordKind kind, const RecordId& record) {
  return who.membership && state.find<SharedWithRow>(SharedWithRow::key(*who.membership, kind, record)).has_value();
}

Reach reach_over(const State& state, const Standing& who, const std::optional<MembershipId>& member) {
  if (!member || !who.membership) return Reach::all;
  if (member == who.membership) return Reach::own;
  bool theirs = false;
  each_team_managed(state, *who.membership, *who.member, [&](const TeamId& team, Position) {
    const auto place = state.find<TeamPlaceRow>(TeamPlaceRow::key(*member, team));
    theirs = place && place->place == TeamPlace::user;
    return !theirs;
  });
  return theirs ? Reach::team : Reach::all;
}

std::vector<MembershipId> members_in_reach(const State& state, const Standing& who) {
  std::vector<MembershipId> members;
  if (!who.membership) return members;
  members.push_back(*who.membership);
  each_team_managed(state, *who.membership, *who.member, [&](const TeamId& team, Position) {
    state.scan(TeamMemberRow::all(team, TeamPlace::user), {}, [&](std::string_view rest) {
      members.push_back(id_at_end<MembershipTag>(rest));
      return true;
    });
    return true;
  });
  std::sort(members.begin(), members.end());
  members.erase(std::unique(members.begin(), members.end()), members.end());
  return members;
}

bool lacks_factor(const State& state, const AccountId& account, const MembershipRow& member) {
  const auto demand = state.find<FactorDemandRow>(FactorDemandRow::key(account));
  if (!demand) return false;
  const bool admin = member.owner || member.admin;
  const bool demanded = demand->of == FactorDemand::everybody || admin ||
                        (demand->of == FactorDemand::admins_and_partners && member.kind == MemberKind::partner);
  if (!demanded) return false;
  const auto person = state.find_sealed<PersonRow>(PersonRow::key(member.person));
  return !person || !person->factor;
}

MemberRights rights_of(const State& state, const MembershipId& id, const MembershipRow& member) {
  MemberRights rights{.kind = member.kind,
                      .owner = member.owner,
                      .admin = member.admin,
                      .manages_users = true,
                      .grants = member.grants,
                      .began = member.began,
                      .admin_since = member.admin_since,
                      .owner_since = member.owner_since,
                      .teams = {}};
  if (member.role) {
    const auto id_of_role = RoleId::parse(member.role->str());
    const auto custom = id_of_role ? state.get<RoleRow>(RoleRow::key(*id_of_role)).grants : Grants{};
    rights.grants = grants_of_role(*member.role, member.role_since, custom);
  }
  if (member.admin && member.kind == MemberKind::partner)
    rights.manages_users = state.get<AccountRow>(AccountRow::key(member.account)).partner_admins_manage_users;
  each_team_managed(state, id, member, [&](const TeamId& team, Position since) {
    rights.teams.push_back({team, since});
    return true;
  });
  return rights;
}

namespace {

// A session for one account opens that account and nothing else. What declares nothing opens nothing.
bool opens(const State& state, const SessionRow& session, const Proofs& proofs, About about,
           const std::optional<AccountId>& account) {
  if (!session.account) return about != About::undeclared;
  switch (about) {
    case About::account: return account == session.account;
    case About::link: {
      if (!proofs.link) return true;  // there is nothing to open
      if (proofs.link->kind != LinkKind::invitation) return false;
      const auto invitation = state.find<InvitationRow>(InvitationRow::key(InvitationId{proofs.link->id}));
      return invitation && invitation->account == session.account;
    }
    case About::own: return true;  // which of theirs it opens, the command says: EndSession ends this very session
    case About::person:
    case About::log:
    case About::undeclared: break;
  }
  return false;
}

// A key opens accounts, one or all; the installation's keys all there is to know. What is a person's alone takes a
// session.
bool opens(const AccessKeyRow& key, About about, const std::optional<AccountId>& account) {
  switch (about) {
    case About::account: return !key.account || key.account == account;
    case About::own: return true;
    case About::person:
    case About::log: return !key.holder && !key.account;
    case About::link:
    case About::undeclared: break;
  }
  return false;
}

// Whoever has to set another password first enters no account, and does nothing that would outlive the old one: no key
// is made with it, and no address changed.
constexpr auto with_old_password =
    ActionSet::of(Action::self_view, Action::session_view, Action::session_end, Action::session_end_all,
                  Action::session_confirm, Action::credential_change);
bool enters(About about) { return about == About::account || about == About::link; }

// The installation's keys hold what their scopes say. A person's key holds what the person does in their accounts, and
// no more: see bound_by().
void take_key(const AccessKeyRow& key, Standing& who) {
  if (key.holder) {
    who.person = key.holder;
    return take(who, Source::key, key.began);
  }
  if (key.is_for(KeyScope::audit)) take(who, Source::auditor, key.began);
  if (key.is_for(KeyScope::subscribe)) take(who, Source::subscriber, key.began);
}

// A key is never more than its scopes.
ActionSet bound_by(const AccessKeyRow& key) {
  ActionSet bound;
  if (key.is_for(KeyScope::read)) bound = bound | reading_actions;
  if (key.is_for(KeyScope::write)) bound = bound | writing_actions;
  if (key.is_for(KeyScope::operate)) bound = reading_actions | writing_actions;
  if (key.is_for(KeyScope::audit) || key.is_for(KeyScope::subscribe)) bound = bound | reading_actions;
  return bound;
}

}  // namespace

Expected<Standing, NoStanding> standing_of(const State& state, const Caller& caller, const Proofs& proofs, Time now,
                                           About about, const std::optional<AccountId>& account) {
  Standing who;
  who.held.reserve(8);
  take(who, Source::anyone);
  if (proofs.link) take(who, Source::link);

  std::optional<AccessKeyRow> key;
  if (caller.key) {
    key = state.find_sealed<AccessKeyRow>(AccessKeyRow::key(*caller.key));
    if (!key || key->expires_at <= now) return unexpected(NoStanding{rejected(Code::not_authenticated)});
    if (!opens(*key, about, account)) return unexpected(NoStanding{rejected(Code::not_authorized), key->holder});
    take_key(*key, who);
  }
  if (caller.kind == ActorKind::system) {
    take(who, Source::clock);
  } else if (caller.kind == ActorKind::operator_) {
    // Acting for somebody is acting with their rights, not with one's own.
    take(who, caller.on_behalf_of ? Source::acting : Source::operator_, key ? std::optional{key->began} : std::nullopt);
    who.person = caller.on_behalf_of;
  } else if (caller.session) {
    const auto session = state.find<SessionRow>(SessionRow::key(*caller.session));
    if (!session || session->expires_at <= now) return unexpected(NoStanding{rejected(Code::not_authenticated)});
    if (!opens(state, *session, proofs, about, account))
      return unexpected(NoStanding{rejected(Code::not_authorized), session->person});
    who.person = session->person;
    who.confirmed_at = session->confirmed_at;
    take(who, Source::session, session->started);
    if (session->must_change && state.find_sealed<PersonRow>(PersonRow::key(session->person)).value().must_change) {
      who.barred = Code::password_change_required;
      if (enters(about)) return unexpected(NoStanding{rejected(*who.barred), session->person});
      who.held.back().rights = who.held.back().rights.within(with_old_password);
    }
  }

  if (who.person && account) take_place(state, who, *account, now);
  if (who.member && caller.kind != ActorKind::operator_ && lacks_factor(state, *account, *who.member))
    return unexpected(NoStanding{rejected(Code::second_factor_required), who.person});
  if (key) {
    const auto bound = bound_by(*key);
    for (auto& one : who.held) one.rights = one.rights.within(bound);
  }
  return who;
}

}  // namespace rollcall
