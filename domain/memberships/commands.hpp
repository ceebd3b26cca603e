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
  static constexpr std::array<Code, 17> refusals{Code::cannot_deactivate_owner,
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
  static constexpr std::array fields{"account", "user", "basis", "ledger_version", "plan", "confirm_irreversible"};
  static constexpr std::array help{
      "app id",
      "the user (usr_…)",
      "the counts the plan was made on: {\"contacts\":n,\"leads\":n,\"tasks\":n}",
      "the ledger version the plan was made on",
      "for each kind: {\"kind\",\"mode\":\"ratio|hardcoded|unassign\",\"allocations\":[{\"to\",\"share\"}]}",
      "a partner's end cannot be undone: true says that you know"};
  AccountId account;
  MembershipId user;
  std::optional<RecordCounts> basis;
  std::optional<std::uint64_t> ledger_version;
  std::optional<std::vector<KindPlan>> plan;
  std::optional<bool> confirm_irreversible;
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
  static constexpr std::array<Code, 4> refusals{Code::not_a_partner, Code::reassignment_in_progress,
                                                Code::has_assigned_contacts, Code::confirmation_required};
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

struct SetAccountLabel {
  static constexpr std::string_view name = "SetAccountLabel";
  static constexpr std::string_view summary = "Set your own label for an account in Account Central";
  static constexpr Rule rule{Action::account_label};
  static constexpr std::array<Code, 0> refusals{};
  static constexpr std::array fields{"account", "label"};
  static constexpr std::array help{"app id", "at most 100 characters; empty takes it away"};
  AccountId account;
  Typed<0, 100> label;
};
Decision decide_on(Deciding&, const SetAccountLabel&);

}  // namespace rollcall
