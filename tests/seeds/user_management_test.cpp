// The document about user management (002), walked from its first step to its last over HTTP. README.md beside this has
// its sentences.
#include <set>

#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/system/replies.hpp"
#include "tests/system/server_process.hpp"

using namespace rollcall;
using namespace rollcall::testing;

namespace {

const json::object& permission_of(const Reply& reply, std::string_view name) {
  for (const auto& one : reply.body.at("permissions").as_array())
    if (one.at("permission").as_string() == name) return one.as_object();
  throw std::out_of_range("no such permission");
}

}  // namespace

TEST_CASE("seed 002: users are added, given permissions, cloned, deactivated and reactivated", "[process]") {
  const TemporaryFolder folder;
  ServerProcess server(folder / "data");
  Office office(server, 3);
  auto& owner = office.owner;
  const std::string users = "/v1/accounts/gx624/users";

  // Add a user: first name, e-mail, Send Email Invitation; global permissions are what they begin with.
  owner.must("SetGlobalPermissions", {{"account", "gx624"}, {"permissions", {"contact.view"}}});
  const auto una = office.user("una@gx624.example");
  const auto ben = office.user("ben@gx624.example");
  CHECK_REFUSED(owner.ask("ReactivateUser", {{"account", "gx624"}, {"user", una.id}}), 409, "not_inactive");
  CHECK(owner.get(users).body.at("seats").at("used") == 3);

  // Edit permissions, and clone them to others.
  const auto edited = owner.must(
      "EditUserPermissions",
      {{"account", "gx624"}, {"user", una.id}, {"give", {"lead.view", "lead.edit"}}, {"take", {"contact.view"}}});
  const auto cloned =
      owner.must("ClonePermissions", {{"account", "gx624"}, {"from", una.id}, {"to", {ben.id, office.owner_id}}});
  const auto& told = cloned.event("BulkActionCompleted");
  CHECK(told.at("done").as_array().size() == 1);
  CHECK(told.at("failed").at(0).at("code").as_string() == "cannot_edit_self");
  const auto why = owner.get_after(cloned, users + "/" + ben.id + "/permissions");
  const auto& lead = permission_of(why, "lead.edit");
  CHECK(lead.at("reach").as_string() == "all");
  const auto& source = lead.at("sources").as_array().back();
  CHECK(source.at("source").as_string() == "clone");
  CHECK(source.at("of").as_string() == una.id);
  CHECK(source.at("since").to_number<std::uint64_t>() == cloned.number_of("position") - 1);
  CHECK(permission_of(why, "contact.view").at("reach").as_string() == "own");
  // As it was before, by the same question.
  const auto then = owner.get(users + "/" + ben.id + "/permissions?at=" + std::to_string(edited.number_of("position")));
  CHECK(permission_of(then, "lead.edit").at("reach").as_string() == "own");
  CHECK(permission_of(then, "contact.view").at("reach").as_string() == "all");
  // Who can: the inverse.
  const auto can = owner.get("/v1/accounts/gx624/permissions?who_can=lead.edit");
  CHECK(emails_in(can) == std::set<std::string>{"olga@gx624.example", "una@gx624.example", "ben@gx624.example"});
  CHECK(emails_in(owner.get("/v1/accounts/gx624/permissions?who_can=contact.delete")) ==
        std::set<std::string>{"olga@gx624.example"});

  // Deactivate: no user is ever deleted, the seat is free again.
  const auto gone = owner.must("DeactivateUser", {{"account", "gx624"}, {"user", ben.id}});
  CHECK_FALSE(emails_in(owner.get_after(gone, users)).contains("ben@gx624.example"));
  CHECK(emails_in(owner.get(users + "?status=inactive")) == std::set<std::string>{"ben@gx624.example"});
  CHECK(owner.get(users).body.at("seats").at("used") == 2);
  CHECK_REFUSED(owner.ask("InviteUser", {{"account", "gx624"}, {"email", "ben@gx624.example"}, {"first_name", "Ben"}}),
                409, "inactive_member_exists");

  // Reactivate: Inactive filter, name, Reactivate; permissions as last held.
  const auto back = owner.must("ReactivateUser", {{"account", "gx624"}, {"user", ben.id}});
  CHECK(back.event_types() == std::vector<std::string>{"UserReactivated", "SeatTaken"});
  CHECK(emails_in(owner.get_after(back, users)).contains("ben@gx624.example"));
  CHECK(permission_of(owner.get(users + "/" + ben.id + "/permissions"), "lead.edit").at("reach").as_string() == "all");
  const auto spans = owner.get("/v1/accounts/gx624/access?sort=from");
  CHECK(spans.body.at("spans").as_array().size() == 4);  // Olga, Una, and Ben twice
}

TEST_CASE("seed 002: a team's manager sees the records of its users, and of nobody else", "[process]") {
  const TemporaryFolder folder;
  ServerProcess server(folder / "data");
  Office office(server);
  auto& owner = office.owner;
  const auto mia = office.user("mia@gx624.example"), una = office.user("una@gx624.example"),
             ben = office.user("ben@gx624.example");
  const auto made = owner.must("CreateTeam", {{"account", "gx624"}, {"team_name", "North"}});
  const auto team = std::string{made.event("TeamCreated").at("team").as_string()};
  owner.must("AddTeamManager", {{"account", "gx624"}, {"team", team}, {"user", mia.id}});
  owner.must("AddTeamUser", {{"account", "gx624"}, {"team", team}, {"user", una.id}});
  for (const auto* who : {&mia, &una, &ben})
    owner.must("ImportRecords", {{"account", "gx624"},
                                 {"kind", "contact"},
                                 {"records", records(2, who->email.substr(0, 3))},
                                 {"owner", who->id}});
  const auto last = owner.must("ImportRecords", {{"account", "gx624"}, {"kind", "contact"}, {"records", {"free-1"}}});

  const auto seen = [&](const Office::Colleague& who, const std::string& more = "") {
    std::set<std::string> ids;
    const auto page = Guest(server.url(), who.token).get("/v1/accounts/gx624/records/contact" + more);
    INFO(shown(page));
    REQUIRE(page.status == 200);
    for (const auto& row : page.body.at("records").as_array()) ids.emplace(row.at("record").as_string());
    return ids;
  };
  using Ids = std::set<std::string>;
  CHECK(seen(mia) == Ids{"mia-10000", "mia-10001", "una-10000", "una-10001"});
  CHECK(seen(una) == Ids{"una-10000", "una-10001"});
  CHECK(seen(mia, "?owner=" + una.id) == Ids{"una-10000", "una-10001"});
  CHECK(seen(mia, "?limit=1") == Ids{"mia-10000"});
  CHECK(seen(mia, "?limit=2&from=mia-10001") == Ids{"mia-10001", "una-10000"});
  Guest manager(server.url(), mia.token);
  CHECK_REFUSED(manager.get("/v1/accounts/gx624/records/contact?owner=" + ben.id), 404, "not_found");
  CHECK(owner.get("/v1/accounts/gx624/records/contact").body.at("records").as_array().size() == 7);

  // The same in lists, counts, profiles, what is allowed, and what can? says.
  const auto list = manager.get_after(last, "/v1/accounts/gx624/users");
  CHECK(emails_in(list) == Ids{"mia@gx624.example", "una@gx624.example"});
  CHECK(manager.get("/v1/accounts/gx624/assignments").body.at("assignments").as_array().size() == 2);
  CHECK(manager.get("/v1/accounts/gx624/users/" + una.id).status == 200);
  CHECK_REFUSED(manager.get("/v1/accounts/gx624/users/" + ben.id), 403, "not_authorized");
  const auto may = [&](const std::string& of) {
    const auto told = manager.get("/v1/can?account=gx624&action=note.add&of=" + of);
    return told.body.at("answers").at(0).at("allowed").as_bool();
  };
  for (const auto& [of, expected] : {std::pair{mia.id, true}, {una.id, true}, {ben.id, false}}) {
    CHECK(may(of) == expected);
    const auto added = manager.ask("AddNote?dry_run=true", {{"account", "gx624"}, {"record", "n-1"}, {"author", of}});
    CHECK((added.status == 200) == expected);
  }
  const auto teams = owner.get("/v1/accounts/gx624/teams");
  CHECK(only_row(teams, "teams").at("managers").as_array().size() == 1);
  CHECK(emails_in(owner.get("/v1/accounts/gx624/users?team=" + team)) == Ids{"mia@gx624.example", "una@gx624.example"});

  // Deactivating the manager leaves a team without one, and the list says so.
  const auto ended = owner.must(
      "DeactivateUser", {{"account", "gx624"},
                         {"user", mia.id},
                         {"basis", {{"contacts", 2}, {"leads", 0}, {"tasks", 0}}},
                         {"plan", {{{"kind", "contact"}, {"mode", "unassign"}, {"allocations", json::array{}}}}}});
  CHECK(only_row(owner.get_after(ended, "/v1/accounts/gx624/teams?without_manager=true"), "teams")
            .at("without_manager")
            .as_bool());
}
