// What members of an account may: its defaults, their own switches, clones, roles. See events/facts.hpp.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/fields.hpp"
#include "events/values.hpp"
#include "events/words.hpp"

namespace rollcall {

// What those who come from now on begin with: users, or partners with Admin = No. Whoever is there keeps what they
// have.
struct GlobalPermissionsChanged {
  static constexpr std::string_view type = "GlobalPermissionsChanged";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"kind", "given", "taken"};
  MemberKind kind{};
  std::vector<Permission> given;
  std::vector<Permission> taken;
  bool operator==(const GlobalPermissionsChanged&) const = default;
};

struct PermissionsChanged {
  static constexpr std::string_view type = "PermissionsChanged";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"membership", "given", "taken"};
  MembershipId membership;
  std::vector<Permission> given;
  std::vector<Permission> taken;
  bool operator==(const PermissionsChanged&) const = default;
};

// `after` took the place of all that the member had.
struct PermissionsCloned {
  static constexpr std::string_view type = "PermissionsCloned";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"from", "membership", "before", "after"};
  MembershipId from;
  MembershipId membership;
  std::vector<Permission> before;
  std::vector<Permission> after;
  bool operator==(const PermissionsCloned&) const = default;
};

struct RoleCreated {
  static constexpr std::string_view type = "RoleCreated";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"role", "name", "permissions"};
  RoleId role;
  std::string name;
  std::vector<Permission> permissions;
  bool operator==(const RoleCreated&) const = default;
};

// Changes what everybody with this role may.
struct RoleChanged {
  static constexpr std::string_view type = "RoleChanged";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"role", "name", "given", "taken"};
  RoleId role;
  std::string name;
  std::vector<Permission> given;
  std::vector<Permission> taken;
  bool operator==(const RoleChanged&) const = default;
};

struct RoleRetired {
  static constexpr std::string_view type = "RoleRetired";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"role"};
  RoleId role;
  bool operator==(const RoleRetired&) const = default;
};

// While a member has a role it says what they may, and their own permissions rest. None: these count again.
struct RoleAssigned {
  static constexpr std::string_view type = "RoleAssigned";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"membership", "role"};
  MembershipId membership;
  std::optional<MemberRole> role;
  bool operator==(const RoleAssigned&) const = default;
};

}  // namespace rollcall
