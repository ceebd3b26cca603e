// Rows of decision state: accounts.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/engine/key.hpp"

namespace rollcall {

struct AccountRow {
  static constexpr char table = 'a';
  static constexpr std::array fields{"name",   "owner",     "seat_limit",          "seats_used",
                                     "admins", "time_zone", "partner_permissions", "language"};
  std::string name;
  MembershipId owner;
  std::uint32_t seat_limit = 0;
  std::uint32_t seats_used = 0;
  std::uint32_t admins = 0;  // active standard members of the Admin group
  std::string time_zone;
  std::vector<Permission> partner_permissions;
  Language language = Language::en;  // of mails about it
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
