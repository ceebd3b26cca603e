#include "domain/engine/authorization.hpp"

#include <algorithm>

namespace rollcall {
namespace {

Party party_of(const MembershipRow& member) {
  if (member.owner) return Party::owner;
  if (member.kind == MemberKind::partner) return member.admin ? Party::partner_admin : Party::partner;
  return member.admin ? Party::admin : Party::user;
}

void take_place(const State& state, Standing& who, const AccountId& account, Time now) {
  const auto live = state.place(account, *who.person).live;
  if (!live) return;
  auto member = state.get<MembershipRow>(MembershipRow::key(*live));
  if (!gives_access(member, now)) return;
  who.parties = who.parties | party_of(member);
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

void take_scopes(const AccessKeyRow& key, Standing& who) {
  if (key.holder) {
    who.person = key.holder;
    who.reads = key.is_for(KeyScope::read);
    who.writes = key.is_for(KeyScope::write);
    return;
  }
  who.writes = key.is_for(KeyScope::operate);
  if (key.is_for(KeyScope::audit)) who.parties = who.parties | Party::auditor;
  if (key.is_for(KeyScope::subscribe)) who.parties = who.parties | Party::subscriber;
}

}  // namespace

Expected<Standing, NoStanding> standing_of(const State& state, const Caller& caller, const Proofs& proofs, Time now,
                                           About about, const std::optional<AccountId>& account) {
  Standing who{.parties = Party::anyone, .person = {}, .membership = {}, .member = {}};
  if (proofs.link) who.parties = who.parties | Party::link_holder;

  if (caller.key) {
    const auto key = state.find<AccessKeyRow>(AccessKeyRow::key(*caller.key));
    if (!key || key->expires_at <= now) return unexpected(NoStanding{rejected(Code::not_authenticated)});
    if (!opens(*key, about, account)) return unexpected(NoStanding{rejected(Code::not_authorized), key->holder});
    take_scopes(*key, who);
  }
  if (caller.kind == ActorKind::system) {
    who.parties = who.parties | Party::clock;
  } else if (caller.kind == ActorKind::operator_) {
    // Acting for somebody is acting with their rights, not with one's own.
    if (!caller.on_behalf_of) who.parties = who.parties | Party::operator_;
    who.person = caller.on_behalf_of;
  } else if (caller.session) {
    const auto session = state.find<SessionRow>(SessionRow::key(*caller.session));
    if (!session || session->expires_at <= now) return unexpected(NoStanding{rejected(Code::not_authenticated)});
    if (!opens(state, *session, proofs, about, account))
      return unexpected(NoStanding{rejected(Code::not_authorized), session->person});
    who.person = session->person;
  }

  if (who.person) {
    who.parties = who.parties | Party::person;
    if (account) take_place(state, who, *account, now);
  }
  return who;
}

bool allows(const Rule& rule, const Standing& who, bool own, std::string_view right_area) {
  if (rule.parties.includes(who.parties)) return true;
  if (rule.own && own) return true;
  if (rule.right.empty() || right_area.empty() || !who.member) return false;
  const auto right = std::string{right_area} + "." + std::string{rule.right};
  return std::any_of(who.member->permissions.begin(), who.member->permissions.end(),
                     [&](const Permission& held) { return held.str() == right; });
}

}  // namespace rollcall
