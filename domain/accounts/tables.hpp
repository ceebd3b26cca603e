// Rows of decision state: accounts.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/engine/key.hpp"

namespace rollcall {

struct AccountRow {
  static constexpr char table = 'a';
  static constexpr std::array fields{"name",
                                     "owner",
                                     "seat_limit",
                                     "seats_used",
                                     "invited_users",
                                     "admins",
                                     "time_zone",
                                     "user_permissions",
                                     "partner_permissions",
                                     "language",
                                     "require_certified_partner",
                                     "partner_admins_manage_users",
                                     "leave_blocks",
                                     "revoke_on_inviter_exit",
                                     "reserve_seat_on_invite"};
  std::string name;
  MembershipId owner;
  std::uint32_t seat_limit = 0;
  std::uint32_t seats_used = 0;
  std::uint32_t invited_users = 0;  // pending invitations of ordinary users
  std::uint32_t admins = 0;         // active standard members of the Admin group
  std::string time_zone;
  std::vector<Permission> user_permissions;     // what an ordinary user begins with
  std::vector<Permission> partner_permissions;  // what a partner with Admin = No begins with
  Language language = Language::en;             // of mails about it
  bool require_certified_partner = false;
  bool partner_admins_manage_users = true;
  LeaveBlocks leave_blocks = LeaveBlocks::contacts;
  bool revoke_on_inviter_exit = false;
  bool reserve_seat_on_invite = false;

  // How many seats can still be given away.
  std::uint32_t seats_free() const {
    const auto taken = seats_used + (reserve_seat_on_invite ? invited_users : 0);
    return taken < seat_limit ? seat_limit - taken : 0;
  }
  static Key key(const AccountId& account) { return Key{table} << account; }
};

// Of whom an account demands a second factor. There is none where it demands it of nobody.
struct FactorDemandRow {
  static constexpr char table = 'f';
  static constexpr std::array fields{"of"};
  FactorDemand of{};
  static Key key(const AccountId& account) { return Key{table} << account; }
};

}  // namespace rollcall
