// Rows of decision state: the roles of an account.
#pragma once

#include <optional>
#include <string>

#include "domain/engine/key.hpp"
#include "events/rights.hpp"

namespace rollcall {

struct RoleRow {
  static constexpr char table = 'R';
  static constexpr std::array fields{"account", "name", "grants", "holders", "retired"};
  AccountId account;
  std::string name;
  Grants grants;
  std::uint32_t holders = 0;  // members who have it and are not ended
  bool retired = false;
  static Key key(const RoleId& role) { return Key{table} << role; }
};

// The roles of an account by name, without regard to case.
struct RoleNameRow {
  static constexpr char table = 'N';
  static constexpr std::array fields{"role"};
  RoleId role;
  static Key key(const AccountId& account, std::string_view folded) { return Key{table} << account << folded; }
  static Key all(const AccountId& account) { return Key{table} << account; }
};

}  // namespace rollcall
