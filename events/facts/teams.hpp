// Teams of an account: their managers see the records of their users. See events/facts.hpp.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "events/fields.hpp"
#include "events/values.hpp"
#include "events/words.hpp"

namespace rollcall {

struct TeamCreated {
  static constexpr std::string_view type = "TeamCreated";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"team", "name"};
  TeamId team;
  std::string name;
  bool operator==(const TeamCreated&) const = default;
};

struct TeamRenamed {
  static constexpr std::string_view type = "TeamRenamed";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"team", "name"};
  TeamId team;
  std::string name;
  bool operator==(const TeamRenamed&) const = default;
};

// The places in it have ended before.
struct TeamDissolved {
  static constexpr std::string_view type = "TeamDissolved";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"team"};
  TeamId team;
  bool operator==(const TeamDissolved&) const = default;
};

struct TeamPlaceStarted {
  static constexpr std::string_view type = "TeamPlaceStarted";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"team", "membership", "place"};
  TeamId team;
  MembershipId membership;
  TeamPlace place{};
  bool operator==(const TeamPlaceStarted&) const = default;
};

struct TeamPlaceEnded {
  static constexpr std::string_view type = "TeamPlaceEnded";
  static constexpr std::uint16_t version = 1;
  static constexpr std::array fields{"team", "membership", "place"};
  TeamId team;
  MembershipId membership;
  TeamPlace place{};
  bool operator==(const TeamPlaceEnded&) const = default;
};

}  // namespace rollcall
