#include "domain/engine/authorization.hpp"

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
  hold_as_member(who.held, rights_of(member));
  who.membership = *live;
  who.member = std::move(member);
}

}  // namespace

bool gives_access(const MembershipRow& member, Time now) {
  return member.status == MemberStatus::active && (!member.access_ends_at || now < *member.access_ends_at);
}

bool access_over(const MembershipRow& member, Time now) {
  if (member.status == MemberStatus::expired) return true;
  return member.status == MemberStatus::active && member.access_ends_at && *member.access_ends_at <= now;
}

bool lacks_factor(const State& state, const AccountId& account, const MembershipRow& member) {
  const auto demand = state.find<FactorDemandRow>(FactorDemandRow::key(account));
  if (!demand) return false;
  const bool admin = member.owner || member.admin;
  const bool demanded = demand->of == FactorDemand::everybody || admin ||
                        (demand->of == FactorDemand::admins_and_partners && member.kind == MemberKind::partner);
  return demanded && !state.get<PersonRow>(PersonRow::key(member.person)).factor;
}

MemberRights rights_of(const MembershipRow& member) {
  return {member.kind, member.owner, member.admin, member.permissions, member.began, member.admin_since};
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
    key = state.find<AccessKeyRow>(AccessKeyRow::key(*caller.key));
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
    if (session->must_change && state.get<PersonRow>(PersonRow::key(session->person)).must_change) {
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
