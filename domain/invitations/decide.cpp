// Inviting users and partners, and the life of an invitation until it is accepted, declined, revoked or expired.
#include <algorithm>

#include "domain/engine/deciding.hpp"
#include "domain/records/reassignment.hpp"

namespace rollcall {
namespace {

bool lapsed(const InvitationRow& invitation, Time now) { return invitation.expires_at <= now; }

// A user who was deactivated is reactivated, not invited anew.
std::optional<Rejection> refuse_inactive(const PlaceRow& place, MemberKind kind) {
  if (!place.inactive || kind != MemberKind::standard) return std::nullopt;
  return rejected(Code::inactive_member_exists, {detail("user", place.inactive->text())});
}

// What stands in the way of inviting this person, and what has to be written down before.
struct WayIn {
  std::optional<Rejection> refused;
  Facts before;
  std::optional<MembershipId> predecessor;
};

WayIn way_in(const Deciding& d, const AccountId& account, const Addressee& invitee, MemberKind kind) {
  WayIn way;
  if (invitee.stranger) return way;
  const auto place = d.state.place(account, invitee.person);
  if (place.live) {
    const auto live = d.state.get<MembershipRow>(MembershipRow::key(*place.live));
    if (access_over(live, d.now())) {
      way.before = expire_access(d, account, *place.live, live);
      way.predecessor = place.live;
      const bool ends = std::any_of(way.before.begin(), way.before.end(),
                                    [](const Fact& fact) { return holds_alternative<UserDeactivated>(fact.event); });
      if (ends) return way;
      auto details = counts_now(live);
      details.insert(details.begin(), detail("user", place.live->text()));
      way.refused = rejected(Code::expired_member_holds_records, std::move(details));
      return way;
    }
    const bool ending = live.status == MemberStatus::deactivating;
    way.refused =
        rejected(ending ? Code::deactivation_in_progress : Code::already_member, {detail("user", place.live->text())});
    return way;
  }
  way.refused = refuse_inactive(place, kind);
  way.predecessor = place.last;
  if (place.invitation) {
    const auto pending = d.state.get<InvitationRow>(InvitationRow::key(*place.invitation));
    // A lapsed invitation blocks nobody, even when the clock has not come by yet.
    if (lapsed(pending, d.now()))
      way.before.push_back({Scope::of(account), InvitationExpired{*place.invitation}});
    else
      way.refused = rejected(Code::invitation_pending, {detail("invitation", place.invitation->text())});
    // Somebody who goes by another address by now is not told to be the same as the one who was invited.
    if (way.refused && pending.email.clear() && invitee.email.clear() && pending.email.shown() != invitee.email.shown())
      way.refused->details.clear();
  }
  return way;
}

Fact mail(const AccountId& account, const InvitationId& id, const PersonId& person, const Personal& email,
          std::uint32_t attempt, Time expires_at) {
  return {Scope::of(account), InvitationMailQueued{id, person, email, attempt, expires_at}};
}

// It lapses with what it offers.
Time expiry(Time now, const std::optional<Time>& access_ends_at) {
  const auto latest = now + invitation_life;
  return access_ends_at ? std::min(latest, *access_ends_at) : latest;
}

// The invitation whose link the caller holds. A link of an earlier mail is as good as none.
Expected<InvitationRow, Rejection> held_invitation(Deciding& d, InvitationId& id) {
  const auto& link = *d.context.proofs.link;
  id = InvitationId{link.id};
  auto row = d.state.find<InvitationRow>(InvitationRow::key(id));
  if (link.kind != LinkKind::invitation || !row || row->attempt != link.attempt)
    return unexpected(rejected(Code::invitation_not_found));
  if (!d.who.person) d.it_is(row->person);
  return std::move(*row);
}

std::optional<Rejection> refuse_closed(const InvitationRow& invitation, Time now) {
  switch (invitation.status) {
    case InvitationStatus::accepted: return rejected(Code::invitation_already_accepted);
    case InvitationStatus::declined: return rejected(Code::invitation_declined);
    case InvitationStatus::revoked: return rejected(Code::invitation_revoked);
    case InvitationStatus::expired: return rejected(Code::invitation_expired);
    case InvitationStatus::pending: break;
  }
  if (lapsed(invitation, now)) return rejected(Code::invitation_expired);
  return std::nullopt;
}

// A known person proves who they are with a session, a new one brings a password.
std::optional<Rejection> refuse_identity(const Deciding& d, const InvitationRow& invitation, const PersonRow& person,
                                         const AcceptInvite& c) {
  if (d.who.person && d.who.person != invitation.person) return rejected(Code::invitation_identity_mismatch);
  if (person.registered) {
    if (!d.who.person) return rejected(Code::sign_in_required);
    return std::nullopt;
  }
  if (!c.password) return rejected(Code::password_required);
  if (auto no = refuse_password(d, *c.password)) return no;
  return std::nullopt;
}

}  // namespace

namespace {

// Where invitations hold seats, there has to be one for it.
std::optional<Rejection> refuse_seat(const AccountRow& account) {
  if (!account.reserve_seat_on_invite || account.seats_free() > 0) return std::nullopt;
  return rejected(Code::seat_limit_reached, {detail("limit", account.seat_limit)});
}

// Where only certified partners are invited, this has to be one.
std::optional<Rejection> refuse_uncertified(const Deciding& d, const AccountRow& account, const Addressee& invitee) {
  if (!account.require_certified_partner) return std::nullopt;
  if (!invitee.stranger && d.state.find<CertifiedRow>(CertifiedRow::key(invitee.person))) return std::nullopt;
  return rejected(invitee.registered ? Code::not_a_certified_partner : Code::unknown_partner_id);
}

}  // namespace

Decision decide_on(Deciding& d, const InviteUser& c) {
  const auto invitee = addressee(d, c.email);
  if (!invitee) return unexpected(invitee.error());
  auto way = way_in(d, c.account, *invitee, MemberKind::standard);
  if (way.refused) return unexpected(*way.refused);
  if (c.admin.value_or(false))
    if (auto no = refuse_handing_on(d, c.account, account_actions, Code::permission_exceeds_inviter))
      return unexpected(*no);
  if (auto no = refuse_seat(d.account(c.account))) return unexpected(*no);

  const auto id = d.fresh<InvitationId>();
  const auto expires_at = d.now() + invitation_life;
  auto facts = std::move(way.before);
  facts.push_back({Scope::of(c.account),
                   UserInvited{id, invitee->person, invitee->email, Personal(invitee->email.key(), c.first_name.value),
                               c.admin.value_or(false), expires_at, d.who.membership, way.predecessor}});
  facts.push_back(mail(c.account, id, invitee->person, invitee->email, 1, expires_at));
  return facts;
}

Decision decide_on(Deciding& d, const InvitePartner& c) {
  if (c.access_ends_at && *c.access_ends_at <= d.now())
    return unexpected(rejected(Code::access_end_in_past, {detail("access_ends_at", c.access_ends_at->text())}));
  if (c.access_ends_at && *c.access_ends_at - d.now() > access_longest)
    return unexpected(rejected(Code::access_too_long, {detail("access_ends_at", c.access_ends_at->text()),
                                                       detail("latest", (d.now() + access_longest).text())}));
  const auto invitee = addressee(d, c.email);
  if (!invitee) return unexpected(invitee.error());
  const auto account = d.account(c.account);
  if (auto no = refuse_uncertified(d, account, *invitee)) return unexpected(*no);
  auto way = way_in(d, c.account, *invitee, MemberKind::partner);
  if (way.refused) return unexpected(*way.refused);

  bool admin = c.admin.value_or(true);
  auto permissions = account.partner_permissions;
  if (c.restore_permissions_from) {
    const auto former = d.member(c.account, *c.restore_permissions_from);
    if (!former || former->person != invitee->person) return unexpected(not_there("user", *c.restore_permissions_from));
    admin = c.admin.value_or(former->admin);
    if (!former->admin)  // an admin had none of their own
      permissions = permissions_for(actions_of(rights_of(d.state, *c.restore_permissions_from, *former).grants));
  }
  // What the account gives every partner is the account's decision, all beyond it the inviter's.
  const auto beyond = admin ? account_actions : actions_named(permissions) - actions_named(account.partner_permissions);
  if (auto no = refuse_handing_on(d, c.account, beyond, Code::permission_exceeds_inviter)) return unexpected(*no);
  if (admin) permissions.clear();  // an admin has every right; a list would only pretend to limit it

  const auto id = d.fresh<InvitationId>();
  const auto expires_at = expiry(d.now(), c.access_ends_at);
  auto facts = std::move(way.before);
  facts.push_back(
      {Scope::of(c.account), PartnerInvited{id, invitee->person, invitee->email, admin, std::move(permissions),
                                            expires_at, d.who.membership, c.access_ends_at, way.predecessor}});
  facts.push_back(mail(c.account, id, invitee->person, invitee->email, 1, expires_at));
  return facts;
}

Decision decide_on(Deciding& d, const ResendInvitation& c) {
  const auto row = d.invitation(c.account, c.invitation);
  if (!row) return unexpected(not_there("invitation", c.invitation));
  if (row->status != InvitationStatus::pending && row->status != InvitationStatus::expired)
    return unexpected(rejected(Code::invitation_not_open));
  const auto place = d.state.place(c.account, row->person);
  if (place.live) return unexpected(rejected(Code::already_member, {detail("user", place.live->text())}));
  if (auto no = refuse_inactive(place, row->kind)) return unexpected(*no);
  if (place.invitation && place.invitation != c.invitation)
    return unexpected(rejected(Code::invitation_pending, {detail("invitation", place.invitation->text())}));
  if (const auto again = row->sent_at + resend_pause; d.now() < again)
    return unexpected(rejected(Code::resend_too_soon, {detail("seconds_left", whole_seconds(again - d.now()))}));
  if (row->kind == MemberKind::standard && row->status == InvitationStatus::expired)
    if (auto no = refuse_seat(d.account(c.account))) return unexpected(*no);

  const auto attempt = row->attempt + 1;
  if (row->access_ends_at && *row->access_ends_at <= d.now()) return unexpected(rejected(Code::access_end_in_past));
  const auto expires_at = expiry(d.now(), row->access_ends_at);
  return Facts{{Scope::of(c.account), InvitationResent{c.invitation, attempt, expires_at}},
               mail(c.account, c.invitation, row->person, row->email, attempt, expires_at)};
}

Decision decide_on(Deciding& d, const RevokeInvitation& c) {
  const auto row = d.invitation(c.account, c.invitation);
  if (!row) return unexpected(not_there("invitation", c.invitation));
  if (row->status != InvitationStatus::pending || lapsed(*row, d.now()))
    return unexpected(rejected(Code::invitation_not_open));
  return Facts{{Scope::of(c.account), InvitationRevoked{c.invitation}}};
}

Decision decide_on(Deciding& d, const ExpireInvitation& c) {
  const auto row = d.invitation(c.account, c.invitation);
  if (!row) return unexpected(not_there("invitation", c.invitation));
  if (row->status != InvitationStatus::pending) return unexpected(rejected(Code::invitation_not_open));
  if (!lapsed(*row, d.now())) return unexpected(rejected(Code::not_due));
  return Facts{{Scope::of(c.account), InvitationExpired{c.invitation}}};
}

Decision decide_on(Deciding& d, const DeclineInvitation&) {
  InvitationId id;
  const auto row = held_invitation(d, id);
  if (!row) return unexpected(row.error());
  if (auto no = refuse_closed(*row, d.now())) return unexpected(*no);
  if (d.who.person && d.who.person != row->person) return unexpected(rejected(Code::invitation_identity_mismatch));
  return Facts{{Scope::of(row->account), InvitationDeclined{id}}};
}

Decision decide_on(Deciding& d, const AcceptInvite& c) {
  InvitationId id;
  const auto row = held_invitation(d, id);
  if (!row) return unexpected(row.error());
  const auto person = d.person(row->person);
  // A second click of the same person changes nothing and is no error.
  if (row->status == InvitationStatus::accepted && d.who.person == row->person) return Facts{};
  if (auto no = refuse_closed(*row, d.now())) return unexpected(*no);
  if (!c.accept_terms) return unexpected(rejected(Code::terms_not_accepted));
  if (auto no = refuse_identity(d, *row, person, c)) return unexpected(*no);
  const auto place = d.state.place(row->account, row->person);
  if (place.live) return unexpected(rejected(Code::already_member, {detail("user", place.live->text())}));
  const auto account = d.account(row->account);
  const bool seated = row->kind == MemberKind::standard;
  if (seated && account.seats_used >= account.seat_limit)
    return unexpected(rejected(Code::seat_limit_reached, {detail("limit", account.seat_limit)}));

  Facts facts;
  auto name = person.name;
  if (person.registered) {
    facts.push_back(terms_accepted(row->person));
  } else {
    register_person(d, row->person, c.display_name, facts);
    if (c.display_name) name = Personal(person.key_number, c.display_name->value);
  }
  if (!name) name = row->first_name;
  // A new user begins with what the account gives users by now, a partner with what was offered.
  auto permissions = seated ? account.user_permissions : row->permissions;
  if (row->admin) permissions.clear();
  const auto scope = Scope::of(row->account);
  const auto membership = d.fresh<MembershipId>();
  facts.push_back({scope, InvitationAccepted{id, row->person}});
  facts.push_back({scope, MembershipActivated{.membership = membership,
                                              .person = row->person,
                                              .email = person.email,
                                              .name = std::move(name),
                                              .kind = row->kind,
                                              .owner = false,
                                              .admin = row->admin,
                                              .permissions = std::move(permissions),
                                              .invitation = id,
                                              .access_ends_at = row->access_ends_at,
                                              .predecessor = place.last}});
  if (seated) facts.push_back({scope, SeatTaken{membership, account.seats_used + 1, account.seat_limit}});
  return facts;
}

}  // namespace rollcall
