// Ending a membership, and what a partner calls an account.
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

struct DeactivateUser {
  static constexpr std::string_view name = "DeactivateUser";
  static constexpr std::string_view summary = "End a user's or partner's access and reassign what they hold";
  static constexpr Rule rule{.action = Action::user_deactivate, .fresh = true};
  static constexpr std::array<Code, 18> refusals{Code::cannot_deactivate_owner,
                                                 Code::map_digest_mismatch,
                                                 Code::cannot_deactivate_self,
                                                 Code::deactivation_in_progress,
                                                 Code::not_active,
                                                 Code::reassignment_in_progress,
                                                 Code::last_admin,
                                                 Code::irreversible_not_confirmed,
                                                 Code::reassignment_required,
                                                 Code::assignment_counts_changed,
                                                 Code::reassignment_incomplete,
                                                 Code::reassignment_over_allocated,
                                                 Code::ratio_all_zero,
                                                 Code::duplicate_target,
                                                 Code::target_is_source,
                                                 Code::target_other_account,
                                                 Code::target_not_active,
                                                 Code::target_cannot_own_leads};
  static constexpr std::array fields{"account",   "user", "basis", "ledger_version", "plan", "confirm_irreversible",
                                     "map_digest"};
  static constexpr std::array help{
      "app id",
      "the user (usr_…)",
      "the counts the plan was made on: {\"contacts\":n,\"leads\":n,\"tasks\":n}",
      "the ledger version the plan was made on",
      "for each kind: {\"kind\",\"mode\":\"ratio|hardcoded|unassign\",\"allocations\":[{\"to\",\"share\"}]}",
      "a partner's end cannot be undone: true says that you know",
      "the digest of the map that was shown: nothing is moved when it would be another"};
  AccountId account;
  MembershipId user;
  std::optional<RecordCounts> basis;
  std::optional<std::uint64_t> ledger_version;
  std::optional<std::vector<KindPlan>> plan;
  std::optional<bool> confirm_irreversible;
  std::optional<Digest> map_digest;
};
Decision decide_on(Deciding&, const DeactivateUser&);

struct ExpireAccess {
  static constexpr std::string_view name = "ExpireAccess";
  static constexpr std::string_view summary = "End access whose time is over; done by the clock";
  static constexpr Rule rule{Action::system_record};
  static constexpr std::array<Code, 2> refusals{Code::not_active, Code::not_due};
  static constexpr std::array fields{"account", "user"};
  static constexpr std::array help{"app id", "the user (usr_…)"};
  AccountId account;
  MembershipId user;
};
Decision decide_on(Deciding&, const ExpireAccess&);

struct LeaveAccount {
  static constexpr std::string_view name = "LeaveAccount";
  static constexpr std::string_view summary = "Leave an account as a partner; contacts have to be reassigned before";
  static constexpr Rule rule{.action = Action::account_leave, .fresh = true};
  static constexpr std::array<Code, 5> refusals{Code::not_a_partner, Code::reassignment_in_progress,
                                                Code::has_assigned_contacts, Code::has_open_records,
                                                Code::confirmation_required};
  static constexpr std::array fields{"account", "confirm"};
  static constexpr std::array help{"app id", "leaving cannot be undone: true says that you know"};
  AccountId account;
  std::optional<bool> confirm;
};
Decision decide_on(Deciding&, const LeaveAccount&);

// Nobody is barred from signing in again. A session for all accounts ends, too, since it opens this one.
struct ForceLogout {
  static constexpr std::string_view name = "ForceLogout";
  static constexpr std::string_view summary = "End the sessions of users at once; they may sign in again";
  static constexpr Rule rule{Action::user_log_out};
  static constexpr std::array<Code, 2> refusals{Code::empty_selection, Code::too_many};
  static constexpr std::array fields{"account", "users"};
  static constexpr std::array help{"app id", "the users (usr_…), at most 500"};
  AccountId account;
  std::vector<MembershipId> users;
};
Decision decide_on(Deciding&, const ForceLogout&);

// What the Configure screen of Account Central saves, all of it together.
struct ConfigureAccount {
  static constexpr std::string_view name = "ConfigureAccount";
  static constexpr std::string_view summary = "Set how an account is shown to you in Account Central";
  static constexpr Rule rule{Action::account_configure};
  static constexpr std::array<Code, 1> refusals{Code::too_many};
  static constexpr std::array fields{"account", "label", "account_name", "connected_apps"};
  static constexpr std::array help{"app id", "your own label, at most 100 characters; empty takes it away",
                                   "the account's name as you see it; empty: its own",
                                   "apps of yours that are connected with it, at most 20"};
  AccountId account;
  std::optional<Typed<0, 100>> label;
  std::optional<Typed<0, 200>> account_name;
  std::optional<std::vector<Typed<1, 100>>> connected_apps;
};
Decision decide_on(Deciding&, const ConfigureAccount&);

// One click for a partner who cannot leave: the owner is told by mail.
struct RequestHandOver {
  static constexpr std::string_view name = "RequestHandOver";
  static constexpr std::string_view summary = "Ask the owner to take over what you hold, so that you can leave";
  static constexpr Rule rule{Action::handover_request};
  static constexpr std::array<Code, 3> refusals{Code::not_a_partner, Code::nothing_to_hand_over,
                                                Code::hand_over_requested};
  static constexpr std::array fields{"account"};
  static constexpr std::array help{"app id"};
  AccountId account;
};
Decision decide_on(Deciding&, const RequestHandOver&);

struct ReactivateUser {
  static constexpr std::string_view name = "ReactivateUser";
  static constexpr std::string_view summary = "Let a deactivated user in again, with what they were last allowed";
  static constexpr Rule rule{Action::user_reactivate};
  static constexpr std::array<Code, 6> refusals{Code::partner_not_reactivatable, Code::not_inactive,
                                                Code::identity_unlinked,         Code::already_member,
                                                Code::seat_limit_reached,        Code::permission_exceeds_actor};
  static constexpr std::array fields{"account", "user"};
  static constexpr std::array help{"app id", "the inactive user (usr_…)"};
  AccountId account;
  MembershipId user;
};
Decision decide_on(Deciding&, const ReactivateUser&);

struct FreezeUser {
  static constexpr std::string_view name = "FreezeUser";
  static constexpr std::string_view summary = "Keep a user or partner out for a while; seat, records and rights stay";
  static constexpr Rule rule{Action::user_freeze};
  static constexpr std::array<Code, 3> refusals{Code::not_active, Code::cannot_freeze_owner, Code::cannot_freeze_self};
  static constexpr std::array fields{"account", "user", "until"};
  static constexpr std::array help{"app id", "the user (usr_…)", "when it ends by itself"};
  AccountId account;
  MembershipId user;
  std::optional<Time> until;
};
Decision decide_on(Deciding&, const FreezeUser&);

struct UnfreezeUser {
  static constexpr std::string_view name = "UnfreezeUser";
  static constexpr std::string_view summary = "Let a frozen user or partner in again";
  static constexpr Rule rule{Action::user_freeze};
  static constexpr std::array<Code, 1> refusals{Code::not_frozen};
  static constexpr std::array fields{"account", "user"};
  static constexpr std::array help{"app id", "the user (usr_…)"};
  AccountId account;
  MembershipId user;
};
Decision decide_on(Deciding&, const UnfreezeUser&);

struct EndFreeze {
  static constexpr std::string_view name = "EndFreeze";
  static constexpr std::string_view summary = "Unfreeze a user whose time is over; done by the clock";
  static constexpr Rule rule{Action::system_record};
  static constexpr std::array<Code, 2> refusals{Code::not_frozen, Code::not_due};
  static constexpr std::array fields{"account", "user"};
  static constexpr std::array help{"app id", "the user (usr_…)"};
  AccountId account;
  MembershipId user;
};
Decision decide_on(Deciding&, const EndFreeze&);

struct ExtendAccess {
  static constexpr std::string_view name = "ExtendAccess";
  static constexpr std::string_view summary = "Let a partner's access end later, or not by itself";
  static constexpr Rule rule{Action::user_change_access};
  static constexpr std::array<Code, 5> refusals{Code::cannot_edit_self, Code::not_a_partner, Code::not_active,
                                                Code::access_end_not_later, Code::access_too_long};
  static constexpr std::array fields{"account", "user", "access_ends_at"};
  static constexpr std::array help{"app id", "the partner (usr_…)", "the new end; none: it does not end by itself"};
  AccountId account;
  MembershipId user;
  std::optional<Time> access_ends_at;
};
Decision decide_on(Deciding&, const ExtendAccess&);

struct ShortenAccess {
  static constexpr std::string_view name = "ShortenAccess";
  static constexpr std::string_view summary = "Let a partner's access end by itself earlier";
  static constexpr Rule rule{Action::user_change_access};
  static constexpr std::array<Code, 5> refusals{Code::not_a_partner, Code::not_active, Code::access_end_in_past,
                                                Code::access_end_not_earlier, Code::access_too_long};
  static constexpr std::array fields{"account", "user", "access_ends_at"};
  static constexpr std::array help{"app id", "the partner (usr_…)", "the new end"};
  AccountId account;
  MembershipId user;
  Time access_ends_at;
};
Decision decide_on(Deciding&, const ShortenAccess&);

// The address can be invited as another user; this one is never active again.
struct UnlinkIdentity {
  static constexpr std::string_view name = "UnlinkIdentity";
  static constexpr std::string_view summary = "Free the address of an inactive user for a new one, on a ticket";
  static constexpr Rule rule{Action::user_unlink};
  static constexpr std::array<Code, 2> refusals{Code::not_inactive, Code::identity_unlinked};
  static constexpr std::array fields{"account", "user", "ticket"};
  static constexpr std::array help{"app id", "the inactive user (usr_…)", "the ticket it was asked for in"};
  AccountId account;
  MembershipId user;
  Typed<1, 100> ticket;
};
Decision decide_on(Deciding&, const UnlinkIdentity&);

}  // namespace rollcall
