// Every way the domain says no: a stable code, what it means to a person, and its HTTP status. The codes are a
// contract: they are in `CommandRejected`, in problem documents and in people's scripts, and are never renamed.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "events/facts.hpp"

namespace rollcall {

enum class Code : std::uint8_t {
  not_authenticated,
  not_authorized,
  not_found,
  idempotency_mismatch,
  reason_required,
  reason_too_long,
  app_id_taken,
  seat_limit_below_used,
  invalid_email,
  invalid_value,
  already_member,
  inactive_member_exists,
  invitation_pending,
  access_end_in_past,
  access_too_long,
  seat_limit_reached,
  invitation_not_open,
  resend_too_soon,
  not_due,
  invitation_not_found,
  invitation_expired,
  invitation_revoked,
  invitation_declined,
  invitation_already_accepted,
  invitation_identity_mismatch,
  terms_not_accepted,
  password_required,
  sign_in_required,
  weak_password,
  wrong_password,
  setup_link_expired,
  setup_link_used,
  reset_link_expired,
  reset_link_used,
  email_link_expired,
  email_link_used,
  email_in_use,
  password_change_required,
  second_factor_required,
  fresh_sign_in_required,
  bad_credentials,
  not_active,
  expired_member_holds_records,
  cannot_deactivate_owner,
  cannot_deactivate_self,
  last_admin,
  irreversible_not_confirmed,
  confirmation_required,
  not_a_partner,
  has_assigned_contacts,
  deactivation_in_progress,
  reassignment_in_progress,
  reassignment_required,
  reassignment_incomplete,
  reassignment_over_allocated,
  ratio_all_zero,
  duplicate_target,
  target_is_source,
  target_not_active,
  target_other_account,
  target_cannot_own_leads,
  assignment_counts_changed,
  owns_open_leads,
  already_in_group,
  not_in_group,
  record_exists,
  record_not_assigned,
  task_not_open,
  task_not_completed,
  too_many_records,
  empty_selection,
  too_many,
  scope_not_held,
  mfa_required,
  wrong_code,
  second_factor_enabled,
  no_second_factor,
  permission_exceeds_inviter,
  permission_exceeds_actor,
  unknown_permission,
  cannot_edit_self,
  admin_permissions_locked,
  role_permissions_locked,
  role_in_use,
  name_taken,
  already_in_team,
  not_in_team,
  not_inactive,
  partner_not_reactivatable,
  identity_unlinked,
  not_frozen,
  cannot_freeze_owner,
  cannot_freeze_self,
  access_end_not_later,
  access_end_not_earlier,
  already_owner,
  target_is_partner,
  not_a_certified_partner,
  unknown_partner_id,
  has_open_records,
  nothing_to_hand_over,
  hand_over_requested,
  map_digest_mismatch,
};

struct CodeMeaning {
  Code code;
  std::string_view name;
  int status;  // RFC 9110
  std::string_view title;
};

// In the order of the enumeration; the static_assert below keeps it so.
constexpr std::array code_meanings{
    CodeMeaning{Code::not_authenticated, "not_authenticated", 401, "Sign in first, or the session has ended."},
    CodeMeaning{Code::not_authorized, "not_authorized", 403, "You may not do this here."},
    CodeMeaning{Code::not_found, "not_found", 404, "There is no such thing."},
    CodeMeaning{Code::idempotency_mismatch, "idempotency_mismatch", 422,
                "This idempotency key was used for another request."},
    CodeMeaning{Code::reason_required, "reason_required", 422, "Acting for somebody needs a reason."},
    CodeMeaning{Code::reason_too_long, "reason_too_long", 422, "A reason has at most 1,024 bytes."},
    CodeMeaning{Code::app_id_taken, "app_id_taken", 409, "This app id is taken already."},
    CodeMeaning{Code::seat_limit_below_used, "seat_limit_below_used", 409, "More seats are in use than that."},
    CodeMeaning{Code::invalid_email, "invalid_email", 422, "This is not an e-mail address."},
    CodeMeaning{Code::invalid_value, "invalid_value", 422, "A value is out of its range."},
    CodeMeaning{Code::already_member, "already_member", 409, "This person is a member of the account already."},
    CodeMeaning{Code::inactive_member_exists, "inactive_member_exists", 409,
                "This person has an inactive user here: reactivate it."},
    CodeMeaning{Code::invitation_pending, "invitation_pending", 409,
                "This person is invited already: resend that invitation."},
    CodeMeaning{Code::access_end_in_past, "access_end_in_past", 422, "The end of access lies in the past."},
    CodeMeaning{Code::access_too_long, "access_too_long", 422, "Access may not be granted for that long."},
    CodeMeaning{Code::seat_limit_reached, "seat_limit_reached", 409, "All seats are taken."},
    CodeMeaning{Code::invitation_not_open, "invitation_not_open", 409, "The invitation is not open any more."},
    CodeMeaning{Code::resend_too_soon, "resend_too_soon", 429, "The last mail left a moment ago."},
    CodeMeaning{Code::not_due, "not_due", 409, "It is not time for that yet."},
    CodeMeaning{Code::invitation_not_found, "invitation_not_found", 404,
                "This link is good for nothing here, or a newer mail replaced it."},
    CodeMeaning{Code::invitation_expired, "invitation_expired", 410, "The invitation has expired: ask for a new one."},
    CodeMeaning{Code::invitation_revoked, "invitation_revoked", 410, "The invitation was revoked."},
    CodeMeaning{Code::invitation_declined, "invitation_declined", 410, "The invitation was declined."},
    CodeMeaning{Code::invitation_already_accepted, "invitation_already_accepted", 409,
                "The invitation was accepted already."},
    CodeMeaning{Code::invitation_identity_mismatch, "invitation_identity_mismatch", 403,
                "The invitation is for another address."},
    CodeMeaning{Code::terms_not_accepted, "terms_not_accepted", 422, "The terms have to be accepted."},
    CodeMeaning{Code::password_required, "password_required", 422, "A new person chooses a password."},
    CodeMeaning{Code::sign_in_required, "sign_in_required", 401,
                "This person has an identity: sign in with it to accept."},
    CodeMeaning{Code::weak_password, "weak_password", 422,
                "A password has 10 to 256 characters and is not easily guessed."},
    CodeMeaning{Code::wrong_password, "wrong_password", 403, "The present password is another."},
    CodeMeaning{Code::setup_link_expired, "setup_link_expired", 410,
                "The set-up link has expired: ask for a password reset, and a new one comes."},
    CodeMeaning{Code::setup_link_used, "setup_link_used", 409, "The set-up link was used already."},
    CodeMeaning{Code::reset_link_expired, "reset_link_expired", 410,
                "The reset link has expired, or a newer one was sent: ask for another."},
    CodeMeaning{Code::reset_link_used, "reset_link_used", 409,
                "The reset link was used, or the password was set since: ask for another."},
    CodeMeaning{Code::email_link_expired, "email_link_expired", 410,
                "The link has expired, or another one took its place: ask for the change again."},
    CodeMeaning{Code::email_link_used, "email_link_used", 409, "The link was used."},
    CodeMeaning{Code::email_in_use, "email_in_use", 409, "The address belongs to somebody."},
    CodeMeaning{Code::password_change_required, "password_change_required", 403,
                "Set another password first (ChangePassword): this one must not be used any longer."},
    CodeMeaning{Code::second_factor_required, "second_factor_required", 403,
                "The account demands a second factor of you: set one up first."},
    CodeMeaning{Code::fresh_sign_in_required, "fresh_sign_in_required", 403,
                "You signed in long ago, and this cannot be undone: give your password again (ConfirmSession)."},
    CodeMeaning{Code::bad_credentials, "bad_credentials", 401, "The address or the password is wrong."},
    CodeMeaning{Code::not_active, "not_active", 409, "This user is not active."},
    CodeMeaning{Code::expired_member_holds_records, "expired_member_holds_records", 409,
                "Their access has expired, and they still hold records: reassign these with DeactivateUser first."},
    CodeMeaning{Code::cannot_deactivate_owner, "cannot_deactivate_owner", 409, "The owner cannot be deactivated."},
    CodeMeaning{Code::cannot_deactivate_self, "cannot_deactivate_self", 409, "Nobody can deactivate themselves."},
    CodeMeaning{Code::last_admin, "last_admin", 409, "This is the last admin of the account."},
    CodeMeaning{Code::irreversible_not_confirmed, "irreversible_not_confirmed", 422,
                "Ending a partner cannot be undone: confirm_irreversible says that you know."},
    CodeMeaning{Code::confirmation_required, "confirmation_required", 422,
                "Leaving cannot be undone: confirm says that you know."},
    CodeMeaning{Code::not_a_partner, "not_a_partner", 409, "Only partners leave by themselves."},
    CodeMeaning{Code::has_assigned_contacts, "has_assigned_contacts", 409,
                "Contacts are still assigned to you: ask the account owner to reassign or unassign them."},
    CodeMeaning{Code::deactivation_in_progress, "deactivation_in_progress", 409, "This user is being deactivated."},
    CodeMeaning{Code::reassignment_in_progress, "reassignment_in_progress", 409,
                "Records of this user are being reassigned."},
    CodeMeaning{Code::reassignment_required, "reassignment_required", 409,
                "The user's open records have to be reassigned first: send a plan."},
    CodeMeaning{Code::reassignment_incomplete, "reassignment_incomplete", 422,
                "The plan leaves records without a new owner."},
    CodeMeaning{Code::reassignment_over_allocated, "reassignment_over_allocated", 422,
                "The plan hands on more records than there are."},
    CodeMeaning{Code::ratio_all_zero, "ratio_all_zero", 422, "All weights are zero."},
    CodeMeaning{Code::duplicate_target, "duplicate_target", 422, "A user or a kind is named twice in the plan."},
    CodeMeaning{Code::target_is_source, "target_is_source", 422, "Records cannot go to the user who gives them away."},
    CodeMeaning{Code::target_not_active, "target_not_active", 409, "The user who is to own it is not active."},
    CodeMeaning{Code::target_other_account, "target_other_account", 422,
                "The user who is to own it is not of this account."},
    CodeMeaning{Code::target_cannot_own_leads, "target_cannot_own_leads", 409,
                "Only users in the SalesRep group own leads."},
    CodeMeaning{Code::assignment_counts_changed, "assignment_counts_changed", 409,
                "Records came or went since the plan was made."},
    CodeMeaning{Code::owns_open_leads, "owns_open_leads", 409, "The user owns open leads: reassign them first."},
    CodeMeaning{Code::already_in_group, "already_in_group", 409, "The user is in this group already."},
    CodeMeaning{Code::not_in_group, "not_in_group", 409, "The user is not in this group."},
    CodeMeaning{Code::record_exists, "record_exists", 409, "A record with this id exists."},
    CodeMeaning{Code::record_not_assigned, "record_not_assigned", 409, "The record has no owner."},
    CodeMeaning{Code::task_not_open, "task_not_open", 409, "The task is not open."},
    CodeMeaning{Code::task_not_completed, "task_not_completed", 409, "The task is not completed."},
    CodeMeaning{Code::too_many_records, "too_many_records", 422, "At most 5,000 records go in one command."},
    CodeMeaning{Code::empty_selection, "empty_selection", 422, "Nobody is named."},
    CodeMeaning{Code::too_many, "too_many", 422, "So many are too many."},
    CodeMeaning{
        Code::scope_not_held, "scope_not_held", 403,
        "A key is never more than its holder: persons read and write, the installation operates, audits, subscribes."},
    CodeMeaning{Code::mfa_required, "mfa_required", 401, "A code of the second factor is needed: give it as well."},
    CodeMeaning{Code::wrong_code, "wrong_code", 401, "The code is wrong, too old, or was used already."},
    CodeMeaning{Code::second_factor_enabled, "second_factor_enabled", 409,
                "There is a second factor: remove it before another one is offered."},
    CodeMeaning{Code::no_second_factor, "no_second_factor", 409, "There is no second factor, or none is offered."},
    CodeMeaning{Code::permission_exceeds_inviter, "permission_exceeds_inviter", 403,
                "An invitation cannot give what you do not have."},
    CodeMeaning{Code::permission_exceeds_actor, "permission_exceeds_actor", 403,
                "Nobody hands on what they do not have."},
    CodeMeaning{Code::unknown_permission, "unknown_permission", 422, "There is no such permission."},
    CodeMeaning{Code::cannot_edit_self, "cannot_edit_self", 403, "Nobody changes what they may themselves."},
    CodeMeaning{Code::admin_permissions_locked, "admin_permissions_locked", 409,
                "An admin may everything: take them out of the Admin group first."},
    CodeMeaning{Code::role_permissions_locked, "role_permissions_locked", 409,
                "Their role says what they may: take it away first."},
    CodeMeaning{Code::role_in_use, "role_in_use", 409, "Somebody has this role."},
    CodeMeaning{Code::name_taken, "name_taken", 409, "This name is taken."},
    CodeMeaning{Code::already_in_team, "already_in_team", 409, "The user is in this team already."},
    CodeMeaning{Code::not_in_team, "not_in_team", 409, "The user is not in this team."},
    CodeMeaning{Code::not_inactive, "not_inactive", 409, "This user is not inactive."},
    CodeMeaning{Code::partner_not_reactivatable, "partner_not_reactivatable", 409,
                "A partner who has ended comes back by a new invitation only."},
    CodeMeaning{Code::identity_unlinked, "identity_unlinked", 409,
                "The address of this user was freed: invite the person as a new user."},
    CodeMeaning{Code::not_frozen, "not_frozen", 409, "This user is not frozen."},
    CodeMeaning{Code::cannot_freeze_owner, "cannot_freeze_owner", 409, "The owner cannot be frozen."},
    CodeMeaning{Code::cannot_freeze_self, "cannot_freeze_self", 409, "Nobody can freeze themselves."},
    CodeMeaning{Code::access_end_not_later, "access_end_not_later", 409,
                "Their access does not end before that anyway."},
    CodeMeaning{Code::access_end_not_earlier, "access_end_not_earlier", 409, "Their access ends by then anyway."},
    CodeMeaning{Code::already_owner, "already_owner", 409, "This user is the owner already."},
    CodeMeaning{Code::target_is_partner, "target_is_partner", 409, "A partner cannot own an account."},
    CodeMeaning{Code::not_a_certified_partner, "not_a_certified_partner", 409, "This is not a certified partner."},
    CodeMeaning{Code::unknown_partner_id, "unknown_partner_id", 409, "Nobody is known by this id."},
    CodeMeaning{Code::has_open_records, "has_open_records", 409,
                "Records are still assigned to you: ask the account owner to reassign or unassign them."},
    CodeMeaning{Code::nothing_to_hand_over, "nothing_to_hand_over", 409, "Nothing is assigned to you: you can leave."},
    CodeMeaning{Code::hand_over_requested, "hand_over_requested", 409, "The owner was asked a short while ago."},
    CodeMeaning{Code::map_digest_mismatch, "map_digest_mismatch", 409,
                "The records would go to others than was shown: look at the map again."},
};

constexpr const CodeMeaning& meaning_of(Code code) { return code_meanings[static_cast<std::size_t>(code)]; }

static_assert([] {
  for (std::size_t i = 0; i < code_meanings.size(); ++i)
    if (static_cast<std::size_t>(code_meanings[i].code) != i) return false;
  return static_cast<std::size_t>(Code::map_digest_mismatch) + 1 == code_meanings.size();
}());

// The domain said no. Details are numbers and identifiers only, since they are recorded for ever.
struct Rejection {
  Code code{};
  std::vector<RejectionDetail> details;

  std::string_view name() const { return meaning_of(code).name; }
  friend bool operator==(const Rejection&, const Rejection&) = default;
};

inline Rejection rejected(Code code) { return {code, {}}; }
inline Rejection rejected(Code code, std::vector<RejectionDetail> details) { return {code, std::move(details)}; }
inline RejectionDetail detail(std::string name, std::uint64_t number) {
  return {std::move(name), number, std::nullopt};
}
inline RejectionDetail detail(std::string name, std::string text) {
  return {std::move(name), std::nullopt, std::move(text)};
}
// What was asked for by this id is not there: `what` is its word in the interface.
template <class AnyId>
Rejection not_there(std::string what, const AnyId& id) {
  if constexpr (requires { id.text(); })
    return rejected(Code::not_found, {detail(std::move(what), id.text())});
  else
    return rejected(Code::not_found, {detail(std::move(what), std::string{id.str()})});
}
// The code of this name; the last one known is no substitute for an unknown name, which throws std::out_of_range.
Code code_named(std::string_view name);

}  // namespace rollcall
