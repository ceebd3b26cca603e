// Inviting users and partners, and what becomes of an invitation.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/engine/decision.hpp"
#include "events/bounded.hpp"
#include "events/rights.hpp"

namespace rollcall {

class Deciding;

struct InviteUser {
  static constexpr std::string_view name = "InviteUser";
  static constexpr std::string_view summary = "Invite an ordinary user; accepting takes a seat";
  static constexpr Rule rule{Action::user_add};
  static constexpr std::array<Code, 8> refusals{Code::permission_exceeds_inviter,
                                                Code::seat_limit_reached,
                                                Code::invalid_email,
                                                Code::already_member,
                                                Code::deactivation_in_progress,
                                                Code::expired_member_holds_records,
                                                Code::inactive_member_exists,
                                                Code::invitation_pending};
  static constexpr std::array fields{"account", "email", "first_name", "admin"};
  static constexpr std::array help{"app id", "e-mail address", "first name", "put into the Admin group; default false"};
  AccountId account;
  Typed<3, 254> email;
  Typed<1, 100> first_name;
  std::optional<bool> admin;
};
Decision decide_on(Deciding&, const InviteUser&);

struct InvitePartner {
  static constexpr std::string_view name = "InvitePartner";
  static constexpr std::string_view summary = "Invite a partner; partners take no seat";
  static constexpr Rule rule{Action::partner_add};
  static constexpr std::array<Code, 10> refusals{Code::permission_exceeds_inviter,
                                                 Code::unknown_partner_id,
                                                 Code::not_a_certified_partner,
                                                 Code::access_end_in_past,
                                                 Code::access_too_long,
                                                 Code::invalid_email,
                                                 Code::already_member,
                                                 Code::deactivation_in_progress,
                                                 Code::expired_member_holds_records,
                                                 Code::invitation_pending};
  static constexpr std::array fields{"account", "email", "admin", "access_ends_at", "restore_permissions_from"};
  static constexpr std::array help{"app id", "the partner's e-mail address", "full rights; default true",
                                   "when access ends by itself", "an ended membership of the same person (usr_…)"};
  AccountId account;
  Typed<3, 254> email;
  std::optional<bool> admin;
  std::optional<Time> access_ends_at;
  std::optional<MembershipId> restore_permissions_from;
};
Decision decide_on(Deciding&, const InvitePartner&);

struct ResendInvitation {
  static constexpr std::string_view name = "ResendInvitation";
  static constexpr std::string_view summary = "Send the invitation again with a new link; the old link stops working";
  static constexpr Rule rule{Action::invitation_manage};
  static constexpr std::array<Code, 7> refusals{
      Code::access_end_in_past,     Code::seat_limit_reached, Code::invitation_not_open, Code::already_member,
      Code::inactive_member_exists, Code::invitation_pending, Code::resend_too_soon};
  static constexpr std::array fields{"account", "invitation"};
  static constexpr std::array help{"app id", "the invitation (inv_…)"};
  AccountId account;
  InvitationId invitation;
};
Decision decide_on(Deciding&, const ResendInvitation&);

struct RevokeInvitation {
  static constexpr std::string_view name = "RevokeInvitation";
  static constexpr std::string_view summary = "Revoke an open invitation";
  static constexpr Rule rule{Action::invitation_manage};
  static constexpr std::array<Code, 1> refusals{Code::invitation_not_open};
  static constexpr std::array fields{"account", "invitation"};
  static constexpr std::array help{"app id", "the invitation (inv_…)"};
  AccountId account;
  InvitationId invitation;
};
Decision decide_on(Deciding&, const RevokeInvitation&);

struct ExpireInvitation {
  static constexpr std::string_view name = "ExpireInvitation";
  static constexpr std::string_view summary = "Record that an invitation has expired (asked by the clock)";
  static constexpr Rule rule{Action::system_record};
  static constexpr std::array<Code, 2> refusals{Code::invitation_not_open, Code::not_due};
  static constexpr std::array fields{"account", "invitation"};
  static constexpr std::array help{"app id", "the invitation (inv_…)"};
  AccountId account;
  InvitationId invitation;
};
Decision decide_on(Deciding&, const ExpireInvitation&);

struct DeclineInvitation {
  static constexpr std::string_view name = "DeclineInvitation";
  static constexpr std::string_view summary = "Decline an invitation with the link of its mail";
  static constexpr Rule rule{Action::invitation_answer};
  static constexpr std::array<Code, 6> refusals{Code::invitation_not_found, Code::invitation_already_accepted,
                                                Code::invitation_declined,  Code::invitation_revoked,
                                                Code::invitation_expired,   Code::invitation_identity_mismatch};
  static constexpr std::array fields{"token"};
  static constexpr std::array help{"the token of the link"};
  Secret token;
};
Decision decide_on(Deciding&, const DeclineInvitation&);

struct AcceptInvite {
  static constexpr std::string_view name = "AcceptInvite";
  static constexpr std::string_view summary =
      "Accept an invitation: a new person with a password, a known one signed in";
  static constexpr Rule rule{Action::invitation_answer};
  static constexpr std::array<Code, 12> refusals{Code::invitation_not_found, Code::invitation_already_accepted,
                                                 Code::invitation_declined,  Code::invitation_revoked,
                                                 Code::invitation_expired,   Code::invitation_identity_mismatch,
                                                 Code::terms_not_accepted,   Code::sign_in_required,
                                                 Code::password_required,    Code::weak_password,
                                                 Code::already_member,       Code::seat_limit_reached};
  static constexpr std::array fields{"token", "accept_terms", "password", "display_name"};
  static constexpr std::array help{"the token of the link", "the terms are accepted",
                                   "a new person's password, 10 to 256 characters", "a new person's name"};
  Secret token;
  bool accept_terms = false;
  std::optional<Secret> password;
  std::optional<Typed<1, 200>> display_name;
};
Decision decide_on(Deciding&, const AcceptInvite&);

}  // namespace rollcall
