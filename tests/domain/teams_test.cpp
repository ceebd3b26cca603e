// Teams: who is in them, and what their managers may.
#include "tests/support/catch.hpp"
#include "tests/support/given.hpp"

namespace rollcall::testing {
namespace {

struct Office {
  World given;
  Account acme = given.account("acme", 20);
  Member mia = given.user(acme, "mia@acme.example");
  Member una = given.user(acme, "una@acme.example");
  Member ben = given.user(acme, "ben@acme.example");
  TeamId north = given.when(acme.owner, CreateTeam{acme.id, "North"}).the<TeamCreated>().team;

  void manager(const Member& member) { given.when(acme.owner, AddTeamManager{acme.id, north, member.id}); }
  void user(const Member& member) { given.when(acme.owner, AddTeamUser{acme.id, north, member.id}); }
};

TEST_CASE("a manager does with the records of the team's users what they do with their own") {
  Office office;
  auto& given = office.given;
  const auto task = given.records(office.una, RecordKind::task, 1)[0];
  const CompleteTask asked{office.acme.id, task};
  office.manager(office.mia);
  given.when(office.mia, asked).then(Code::not_authorized);
  office.user(office.una);
  given.when(office.mia, asked).then<TaskCompleted>();
  given.when(office.mia, ReopenTask{office.acme.id, task}).then<TaskReopened>();
  given.when(office.mia, RegisterRecord{office.acme.id, RecordKind::contact, record_id("c1"), office.una.id})
      .then<RecordRegistered>();
  given.when(office.mia, AddNote{office.acme.id, record_id("n1"), office.una.id}).then<NoteAdded>();
  // Not sideways, not of others, not from below.
  given.when(office.una, AddNote{office.acme.id, record_id("n2"), office.mia.id}).then(Code::not_authorized);
  given.when(office.mia, AddNote{office.acme.id, record_id("n2"), office.ben.id}).then(Code::not_authorized);
  office.manager(office.ben);
  given.when(office.mia, AddNote{office.acme.id, record_id("n2"), office.ben.id}).then(Code::not_authorized);

  given.when(office.acme.owner, RemoveFromTeam{office.acme.id, office.north, office.una.id}).then<TeamPlaceEnded>();
  given.when(office.mia, asked).then(Code::not_authorized);
}

TEST_CASE("a manager's reach is not passed on from team to team") {
  Office office;
  auto& given = office.given;
  const auto& acme = office.acme;
  const auto south = given.when(acme.owner, CreateTeam{acme.id, "South"}).the<TeamCreated>().team;
  office.manager(office.mia);
  office.user(office.ben);  // who manages another team
  given.when(acme.owner, AddTeamManager{acme.id, south, office.ben.id});
  given.when(acme.owner, AddTeamUser{acme.id, south, office.una.id});
  const auto task = given.records(office.una, RecordKind::task, 1)[0];
  given.when(office.mia, CompleteTask{acme.id, task}).then(Code::not_authorized);
  given.when(office.ben, CompleteTask{acme.id, task}).then<TaskCompleted>();
}

TEST_CASE("teams are named once, and dissolved with all places in them") {
  Office office;
  auto& given = office.given;
  const auto& acme = office.acme;
  given.when(acme.owner, CreateTeam{acme.id, "NORTH"}).then(Code::name_taken);
  const auto south = given.when(acme.owner, CreateTeam{acme.id, "South"}).the<TeamCreated>().team;
  given.when(acme.owner, RenameTeam{acme.id, south, "north"}).then(Code::name_taken);
  given.when(acme.owner, RenameTeam{acme.id, south, "SOUTH"}).then<TeamRenamed>();
  CHECK(given.when(acme.owner, RenameTeam{acme.id, south, "SOUTH"}).events().empty());
  given.when(acme.owner, RenameTeam{acme.id, TeamId{{1}}, "East"}).then(Code::not_found);

  office.manager(office.mia);
  office.user(office.una);
  CHECK(given.member(office.mia.id).manages == 1);
  given.when(acme.owner, DissolveTeam{acme.id, office.north}).then<TeamPlaceEnded, TeamPlaceEnded, TeamDissolved>();
  CHECK(given.member(office.mia.id).manages == 0);
  given.when(acme.owner, DissolveTeam{acme.id, office.north}).then(Code::not_found);
  given.when(acme.owner, CreateTeam{acme.id, "North"}).then<TeamCreated>();
}

TEST_CASE("a place is had once in a team, by somebody who is in, and ends with their membership") {
  Office office;
  auto& given = office.given;
  const auto& acme = office.acme;
  const auto other = given.account("other");
  office.user(office.una);
  given.when(acme.owner, AddTeamUser{acme.id, office.north, office.una.id}).then(Code::already_in_team);
  given.when(acme.owner, AddTeamManager{acme.id, office.north, office.una.id}).then(Code::already_in_team);
  given.when(acme.owner, AddTeamUser{acme.id, office.north, other.owner.id}).then(Code::not_found);
  given.when(acme.owner, AddTeamUser{acme.id, TeamId{{1}}, office.ben.id}).then(Code::not_found);
  given.when(other.owner, AddTeamUser{other.id, office.north, other.owner.id}).then(Code::not_found);
  given.when(acme.owner, RemoveFromTeam{acme.id, office.north, office.ben.id}).then(Code::not_in_team);
  given.when(acme.owner, DeactivateUser{acme.id, office.una.id, {}, {}, {}, {}})
      .then<TeamPlaceEnded, UserDeactivated, SeatFreed, SessionsRevoked>();
  given.when(acme.owner, AddTeamUser{acme.id, office.north, office.una.id}).then(Code::target_not_active);
  given.when(acme.owner, AddTeamManager{acme.id, office.north, office.una.id}).then(Code::target_not_active);
  given.when(acme.owner, ReactivateUser{acme.id, office.una.id}).then<UserReactivated, SeatTaken>();
  given.when(acme.owner, RemoveFromTeam{acme.id, office.north, office.una.id}).then(Code::not_in_team);
}

TEST_CASE("whoever arranges teams and does not see all records does not arrange to see them") {
  Office office;
  auto& given = office.given;
  const auto& acme = office.acme;
  const std::vector right{Permission::parse("team.manage").value()};
  given.when(acme.owner, EditUserPermissions{acme.id, office.mia.id, right, {}});
  given.when(office.mia, AddTeamManager{acme.id, office.north, office.mia.id}).then(Code::cannot_edit_self);
  given.when(office.mia, AddTeamUser{acme.id, office.north, office.una.id}).then<TeamPlaceStarted>();
  office.manager(office.mia);
  given.when(office.mia, AddTeamUser{acme.id, office.north, office.ben.id}).then(Code::cannot_edit_self);
  given.when(acme.owner, AddTeamManager{acme.id, office.north, acme.owner.id}).then<TeamPlaceStarted>();
}

TEST_CASE("accounts, teams and members have so many at most") {
  Office office;
  auto& given = office.given;
  const auto& acme = office.acme;
  std::vector<TeamId> teams;
  for (int i = 1; i < 1'000; ++i)
    teams.push_back(given.when(acme.owner, CreateTeam{acme.id, "Team " + std::to_string(i)}).the<TeamCreated>().team);
  given.when(acme.owner, CreateTeam{acme.id, "One more"}).then(Code::too_many);
  for (std::size_t i = 0; i < 50; ++i)
    given.when(acme.owner, AddTeamUser{acme.id, teams[i], office.una.id}).then<TeamPlaceStarted>();
  given.when(acme.owner, AddTeamUser{acme.id, teams[50], office.una.id}).then(Code::too_many);
  given.when(acme.owner, AddTeamManager{acme.id, teams[50], office.una.id}).then(Code::too_many);
}

}  // namespace
}  // namespace rollcall::testing
