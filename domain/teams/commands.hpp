// Teams: their managers see the records of their users (seed 002).
#pragma once

#include <array>
#include <string_view>

#include "domain/engine/decision.hpp"
#include "events/bounded.hpp"
#include "events/rights.hpp"

namespace rollcall {

class Deciding;

struct CreateTeam {
  static constexpr std::string_view name = "CreateTeam";
  static constexpr std::string_view summary = "Create a team";
  static constexpr Rule rule{Action::team_manage};
  static constexpr std::array<Code, 2> refusals{Code::name_taken, Code::too_many};
  static constexpr std::array fields{"account", "team_name"};
  static constexpr std::array help{"app id", "what it is called"};
  AccountId account;
  Typed<1, 100> team_name;
};
Decision decide_on(Deciding&, const CreateTeam&);

struct RenameTeam {
  static constexpr std::string_view name = "RenameTeam";
  static constexpr std::string_view summary = "Rename a team";
  static constexpr Rule rule{Action::team_manage};
  static constexpr std::array<Code, 1> refusals{Code::name_taken};
  static constexpr std::array fields{"account", "team", "team_name"};
  static constexpr std::array help{"app id", "the team (tea_…)", "what it is called from now on"};
  AccountId account;
  TeamId team;
  Typed<1, 100> team_name;
};
Decision decide_on(Deciding&, const RenameTeam&);

struct DissolveTeam {
  static constexpr std::string_view name = "DissolveTeam";
  static constexpr std::string_view summary = "Dissolve a team; all places in it end";
  static constexpr Rule rule{Action::team_manage};
  static constexpr std::array<Code, 0> refusals{};
  static constexpr std::array fields{"account", "team"};
  static constexpr std::array help{"app id", "the team (tea_…)"};
  AccountId account;
  TeamId team;
};
Decision decide_on(Deciding&, const DissolveTeam&);

struct AddTeamManager {
  static constexpr std::string_view name = "AddTeamManager";
  static constexpr std::string_view summary = "Let somebody see the records of a team's users";
  static constexpr Rule rule{Action::team_manage};
  static constexpr std::array<Code, 4> refusals{Code::target_not_active, Code::already_in_team, Code::too_many,
                                                Code::cannot_edit_self};
  static constexpr std::array fields{"account", "team", "user"};
  static constexpr std::array help{"app id", "the team (tea_…)", "the user (usr_…)"};
  AccountId account;
  TeamId team;
  MembershipId user;
};
Decision decide_on(Deciding&, const AddTeamManager&);

struct AddTeamUser {
  static constexpr std::string_view name = "AddTeamUser";
  static constexpr std::string_view summary = "Put a user into a team, whose managers then see the user's records";
  static constexpr Rule rule{Action::team_manage};
  static constexpr std::array<Code, 4> refusals{Code::target_not_active, Code::already_in_team, Code::too_many,
                                                Code::cannot_edit_self};
  static constexpr std::array fields{"account", "team", "user"};
  static constexpr std::array help{"app id", "the team (tea_…)", "the user (usr_…)"};
  AccountId account;
  TeamId team;
  MembershipId user;
};
Decision decide_on(Deciding&, const AddTeamUser&);

struct RemoveFromTeam {
  static constexpr std::string_view name = "RemoveFromTeam";
  static constexpr std::string_view summary = "End somebody's place in a team";
  static constexpr Rule rule{Action::team_manage};
  static constexpr std::array<Code, 1> refusals{Code::not_in_team};
  static constexpr std::array fields{"account", "team", "user"};
  static constexpr std::array help{"app id", "the team (tea_…)", "the user (usr_…)"};
  AccountId account;
  TeamId team;
  MembershipId user;
};
Decision decide_on(Deciding&, const RemoveFromTeam&);

}  // namespace rollcall
