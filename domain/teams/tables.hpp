// Rows of decision state: teams, and who has which place in them.
#pragma once

#include <string>

#include "domain/engine/key.hpp"

namespace rollcall {

struct TeamRow {
  static constexpr char table = 't';
  static constexpr std::array fields{"account", "name"};
  AccountId account;
  std::string name;
  static Key key(const TeamId& team) { return Key{table} << team; }
};

// The teams of an account by name, without regard to case.
struct TeamNameRow {
  static constexpr char table = 'n';
  static constexpr std::array fields{"team"};
  TeamId team;
  static Key key(const AccountId& account, std::string_view folded) { return Key{table} << account << folded; }
  static Key all(const AccountId& account) { return Key{table} << account; }
};

// The places of a member.
struct TeamPlaceRow {
  static constexpr char table = 'T';
  static constexpr std::array fields{"place", "since"};
  TeamPlace place{};
  Position since = 0;  // of the event by which they got it
  static Key key(const MembershipId& membership, const TeamId& team) { return Key{table} << membership << team; }
  static Key all(const MembershipId& membership) { return Key{table} << membership; }
};

// The members of a team.
struct TeamMemberRow {
  static constexpr char table = 'P';
  static constexpr NoFields fields{};
  static Key key(const TeamId& team, TeamPlace place, const MembershipId& membership) {
    return Key{table} << team << place << membership;
  }
  static Key all(const TeamId& team, TeamPlace place) { return Key{table} << team << place; }
};

}  // namespace rollcall
