// What happens to an account and its seats. See events/facts.hpp.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/fields.hpp"
#include "events/personal.hpp"
#include "events/values.hpp"
#include "events/words.hpp"

namespace rollcall {

struct AccountOpened {
  static constexpr std::string_view type = "AccountOpened";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"name",       "owner",      "owner_person", "owner_email",
                                     "owner_name", "seat_limit", "time_zone",    "partner_permissions"};
  std::string name;
  MembershipId owner;
  PersonId owner_person;
  Personal owner_email;
  std::optional<Personal> owner_name;
  std::uint32_t seat_limit = 0;
  std::string time_zone;
  std::vector<Permission> partner_permissions;
  bool operator==(const AccountOpened&) const = default;
};

struct SeatLimitChanged {
  static constexpr std::string_view type = "SeatLimitChanged";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"from", "to"};
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  bool operator==(const SeatLimitChanged&) const = default;
};

// `from` and `to` are words of the policy's own.
struct PolicyChanged {
  static constexpr std::string_view type = "PolicyChanged";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"policy", "from", "to"};
  Policy policy{};
  std::string from;
  std::string to;
  bool operator==(const PolicyChanged&) const = default;
};

struct SeatTaken {
  static constexpr std::string_view type = "SeatTaken";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"membership", "used", "limit"};
  MembershipId membership;
  std::uint32_t used = 0;
  std::uint32_t limit = 0;
  bool operator==(const SeatTaken&) const = default;
};

struct SeatFreed {
  static constexpr std::string_view type = "SeatFreed";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"membership", "used", "limit"};
  MembershipId membership;
  std::uint32_t used = 0;
  std::uint32_t limit = 0;
  bool operator==(const SeatFreed&) const = default;
};

}  // namespace rollcall
