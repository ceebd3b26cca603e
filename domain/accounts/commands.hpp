// Accounts, their seats and groups.
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

using SeatLimit = Bounded<1, 100'000>;

// The id of an account to be: it is typed on command lines and in addresses, where a dash in front is an option.
struct NewAccountIdTag {
  static constexpr std::string_view rule = "2 to 32 of a-z, 0-9 and -, a - neither first nor last";
  static constexpr std::string_view pattern = "^[a-z0-9][a-z0-9-]{0,30}[a-z0-9]$";
  static bool valid(std::string_view text);
};
using NewAccountId = Text<NewAccountIdTag>;

// A zone or link of the IANA time zone database, as time_zones.inc lists them.
struct TimeZoneTag {
  static constexpr std::string_view rule = "the name of an IANA time zone, e.g. Europe/Berlin";
  static constexpr std::string_view pattern = "^[A-Za-z0-9_/+-]{1,64}$";
  static bool valid(std::string_view text);
};
using TimeZone = Text<TimeZoneTag>;

struct OpenAccount {
  static constexpr std::string_view name = "OpenAccount";
  static constexpr std::string_view summary = "Open an account; its owner gets a membership, a seat and a set-up link";
  static constexpr Rule rule{Action::account_open};
  static constexpr std::array<Code, 2> refusals{Code::app_id_taken, Code::invalid_email};
  static constexpr std::array fields{"account", "account_name", "owner_email", "owner_name", "seat_limit", "time_zone"};
  static constexpr std::array help{
      "app id, e.g. gx624", "the account's name", "the owner's e-mail address",
      "the owner's name",   "user licences",      "IANA time zone of its reports; default UTC"};
  NewAccountId account;
  Typed<1, 200> account_name;
  Typed<3, 254> owner_email;
  std::optional<Typed<1, 200>> owner_name;
  SeatLimit seat_limit;
  std::optional<TimeZone> time_zone;
};
Decision decide_on(Deciding&, const OpenAccount&);

struct ChangeSeatLimit {
  static constexpr std::string_view name = "ChangeSeatLimit";
  static constexpr std::string_view summary = "Change the number of user licences of an account";
  static constexpr Rule rule{Action::account_change_seats};
  static constexpr std::array<Code, 1> refusals{Code::seat_limit_below_used};
  static constexpr std::array fields{"account", "seat_limit"};
  static constexpr std::array help{"app id", "user licences, at least as many as are in use"};
  AccountId account;
  SeatLimit seat_limit;
};
Decision decide_on(Deciding&, const ChangeSeatLimit&);

struct SetPolicy {
  static constexpr std::string_view name = "SetPolicy";
  static constexpr std::string_view summary = "Decide what an account decides for itself";
  static constexpr Rule rule{Action::policy_set};
  static constexpr std::array<Code, 1> refusals{Code::no_second_factor};
  static constexpr std::array fields{"account", "policy", "value"};
  static constexpr std::array help{
      "app id",
      "require_second_factor, language, require_certified_partner, partner_admins_manage_users, leave_blocks, "
      "revoke_on_inviter_exit or reserve_seat_on_invite",
      "of whom: nobody, admins, admins_and_partners, everybody; of mails: en, de, es; of leave_blocks: contacts, all; "
      "of the others: true, false"};
  AccountId account;
  Policy policy{};
  Typed<1, 64> value;
};
Decision decide_on(Deciding&, const SetPolicy&);

struct TransferOwnership {
  static constexpr std::string_view name = "TransferOwnership";
  static constexpr std::string_view summary = "Make a user the owner of the account; who was it stays an admin";
  static constexpr Rule rule{.action = Action::account_transfer, .fresh = true};
  static constexpr std::array<Code, 3> refusals{Code::target_not_active, Code::target_is_partner, Code::already_owner};
  static constexpr std::array fields{"account", "to"};
  static constexpr std::array help{"app id", "the user who is to own it (usr_…)"};
  AccountId account;
  MembershipId to;
};
Decision decide_on(Deciding&, const TransferOwnership&);

struct AddToGroup {
  static constexpr std::string_view name = "AddToGroup";
  static constexpr std::string_view summary = "Put a user into the Admin or SalesRep group";
  static constexpr Rule rule{Action::user_change_groups};
  static constexpr std::array<Code, 3> refusals{Code::not_active, Code::already_in_group,
                                                Code::permission_exceeds_actor};
  static constexpr std::array fields{"account", "user", "group"};
  static constexpr std::array help{"app id", "the user (usr_…)", "Admin or SalesRep"};
  AccountId account;
  MembershipId user;
  Group group{};
};
Decision decide_on(Deciding&, const AddToGroup&);

struct RemoveFromGroup {
  static constexpr std::string_view name = "RemoveFromGroup";
  static constexpr std::string_view summary = "Take a user out of the Admin or SalesRep group";
  static constexpr Rule rule{Action::user_change_groups};
  static constexpr std::array<Code, 5> refusals{Code::not_active, Code::not_in_group, Code::owns_open_leads,
                                                Code::reassignment_in_progress, Code::last_admin};
  static constexpr std::array fields{"account", "user", "group"};
  static constexpr std::array help{"app id", "the user (usr_…)", "Admin or SalesRep"};
  AccountId account;
  MembershipId user;
  Group group{};
};
Decision decide_on(Deciding&, const RemoveFromGroup&);

}  // namespace rollcall
