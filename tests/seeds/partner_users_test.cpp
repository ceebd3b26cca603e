// The two documents about partner users (000 and 001), walked from their first step to their last over HTTP. README.md
// beside this has their sentences.
#include <set>

#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/system/replies.hpp"
#include "tests/system/server_process.hpp"

using namespace rollcall;
using namespace rollcall::testing;

namespace {

struct Client {
  TemporaryFolder folder;
  ServerProcess server{folder / "data"};
  Office office{server, 2};

  std::string users(const std::string& filter = {}) const { return "/v1/accounts/gx624/users" + filter; }
  std::set<std::string> listed(const Reply& after, const std::string& filter = {}) {
    return emails_in(office.owner.get_after(after, users(filter)));
  }
};

constexpr auto petra = "petra@agency.example";

json::object plan_for(std::string_view kind, std::string_view mode, json::array allocations) {
  return {{"kind", kind}, {"mode", mode}, {"allocations", std::move(allocations)}};
}

}  // namespace

TEST_CASE("seed 000: a partner user is added, works, and is removed by the owner", "[process]") {
  Client client;
  auto& owner = client.office.owner;
  const auto before = owner.get(client.users());
  const auto seats = before.body.at("seats");

  // How to add: the Users screen lists name, e-mail and role; the dialog's Admin? toggle starts at Yes.
  const auto& me = only_row(before, "users");
  for (const auto* column : {"name", "email", "role"}) CHECK(me.contains(column));
  const auto invited = owner.must("InvitePartner", {{"account", "gx624"}, {"email", petra}});
  CHECK(invited.event("PartnerInvited").at("admin").as_bool());
  CHECK(invited.event_types().back() == "InvitationMailQueued");
  const auto id = std::string{invited.event("PartnerInvited").at("invitation").as_string()};
  const auto token = token_in_outbox(client.server.data(), id + ".1");

  // They must accept before they can access; no seat is taken.
  CHECK(client.listed(invited) == std::set<std::string>{"olga@gx624.example", petra});
  CHECK(only_row(owner.get(client.users("?status=active")), "users").at("email").as_string() == "olga@gx624.example");
  Guest nobody(client.server.url());
  const auto accepted =
      nobody.must("AcceptInvite", {{"token", token}, {"accept_terms", true}, {"password", good_password}});
  const auto partner_id = std::string{accepted.event("MembershipActivated").at("membership").as_string()};
  const auto list = owner.get_after(accepted, client.users("?status=active&kind=partner"));
  CHECK(only_row(list, "users").at("partner").as_bool());
  CHECK(only_row(list, "users").at("role").as_string() == "partner_admin");
  CHECK(list.body.at("seats") == seats);

  // Records come to them.
  for (const auto* kind : {"contact", "lead", "task"}) {
    if (std::string_view{kind} == "lead")
      owner.must("AddToGroup", {{"account", "gx624"}, {"user", partner_id}, {"group", "SalesRep"}});
    owner.must("ImportRecords",
               {{"account", "gx624"}, {"kind", kind}, {"records", records(5, kind)}, {"owner", partner_id}});
  }
  owner.must("ImportRecords", {{"account", "gx624"},
                               {"kind", "task"},
                               {"records", records(2, "done")},
                               {"owner", partner_id},
                               {"status", "completed"}});
  const auto noted = owner.must("AddNote", {{"account", "gx624"}, {"record", "note-1"}, {"author", partner_id}});

  // How to remove: the profile, Deactivate, the counts, the plan, Process.
  const auto profile = owner.get_after(noted, client.users("/" + partner_id));
  const auto& counts = profile.body.at("counts");
  CHECK(counts.at("contacts") == 5);
  CHECK(counts.at("leads") == 5);
  CHECK(counts.at("pending_tasks") == 5);
  const json::object basis{{"contacts", 5}, {"leads", 5}, {"tasks", 5}};
  json::object deactivate{{"account", "gx624"}, {"user", partner_id}, {"confirm_irreversible", true}};
  CHECK_REFUSED(owner.ask("DeactivateUser", deactivate), 409, "reassignment_required");
  deactivate["basis"] = basis;
  const auto ben = client.office.user("ben@gx624.example");
  const auto to_ben = [&](int share) { return json::array{{{"to", ben.id}, {"share", share}}}; };
  deactivate["plan"] = json::array{plan_for("contact", "hardcoded", to_ben(4)), plan_for("lead", "unassign", {}),
                                   plan_for("task", "ratio", to_ben(1))};
  CHECK_REFUSED(owner.ask("DeactivateUser", deactivate), 422, "reassignment_incomplete");
  // Ratio shares evenly among available users, Hardcoded gives an exact number to each.
  deactivate["plan"] = json::array{
      plan_for("contact", "ratio", {{{"to", ben.id}, {"share", 1}}, {{"to", client.office.owner_id}, {"share", 1}}}),
      plan_for("lead", "unassign", {}), plan_for("task", "hardcoded", to_ben(5))};
  const auto dry = owner.ask("DeactivateUser?dry_run=true", deactivate);
  REQUIRE_DONE(dry);
  deactivate["map_digest"] = dry.body.at("map").at("digest");
  const auto processed = owner.must("DeactivateUser", deactivate);

  // Access is removed, the profile leaves the Active list, completed tasks are removed, notes are not affected.
  CHECK_FALSE(client.listed(processed, "?status=active").contains(petra));
  CHECK(client.listed(processed, "?status=ended").contains(petra));
  CHECK(processed.event("CompletedTasksRemoved").at("records").as_array().size() == 2);
  CHECK(owner.get_after(processed, client.users("/" + partner_id)).body.at("counts").at("notes") == 1);
  CHECK(owner.get("/v1/accounts/gx624/users/" + ben.id).body.at("counts").at("contacts") == 3);
  CHECK(owner.get(client.users()).body.at("seats").at("used") == 2);  // Olga and Ben: the partner never took one

  // It cannot be undone: a new invitation is the way back.
  CHECK_REFUSED(owner.ask("ReactivateUser", {{"account", "gx624"}, {"user", partner_id}}), 409,
                "partner_not_reactivatable");
  const auto again = owner.must("InvitePartner", {{"account", "gx624"}, {"email", petra}});
  CHECK(again.event("PartnerInvited").at("predecessor").as_string() == partner_id);
}

TEST_CASE("seed 000: with the toggle at No a partner has the account's permissions for partners", "[process]") {
  Client client;
  auto& owner = client.office.owner;
  owner.must("SetPartnerPermissions", {{"account", "gx624"}, {"permissions", {"contact.view"}}});
  const auto petra_in = client.office.partner(petra, false);
  const auto why = owner.get("/v1/accounts/gx624/users/" + petra_in.id + "/permissions");
  REQUIRE_DONE(why);
  for (const auto& one : why.body.at("permissions").as_array()) {
    const std::string_view name = one.at("permission").as_string();
    INFO(name);
    if (name == "contact.view") {
      CHECK(one.at("reach").as_string() == "all");
      CHECK(one.at("sources").at(0).at("source").as_string() == "partner");
      CHECK(one.at("sources").at(1).at("source").as_string() == "account_default");
    } else if (name == "contact.delete") {
      CHECK_FALSE(one.as_object().contains("reach"));
    }
  }
  Guest partner(client.server.url(), petra_in.token);
  CHECK(partner.get("/v1/accounts/gx624/records/contact").status == 200);
  CHECK_REFUSED(partner.ask("InviteUser", {{"account", "gx624"}, {"email", "x@gx624.example"}, {"first_name", "X"}}),
                403, "not_authorized");
}

TEST_CASE("seeds 000 and 001: a partner leaves from Account Central", "[process]") {
  Client client;
  auto& owner = client.office.owner;
  const auto petra_in = client.office.partner(petra, true);
  Guest partner(client.server.url(), petra_in.token);
  const auto given = owner.must(
      "ImportRecords", {{"account", "gx624"}, {"kind", "contact"}, {"records", records(2)}, {"owner", petra_in.id}});

  // The card, and Configure: label, name and connected apps are saved together.
  const auto configured = partner.must("ConfigureAccount", {{"account", "gx624"},
                                                            {"label", "My best client"},
                                                            {"account_name", "gx624 Keap Pro Recording"},
                                                            {"connected_apps", {"ky667.infusionsoft.example"}}});
  auto central = partner.get_after(configured, "/v1/me/accounts");
  auto card = only_row(central, "accounts");
  CHECK(card.at("label").as_string() == "My best client");
  CHECK(card.at("own_name").as_string() == "gx624 Keap Pro Recording");
  CHECK(card.at("connected_apps").as_array().size() == 1);

  // With contacts assigned leaving is an error, and one click asks the owner.
  CHECK_FALSE(card.at("can_leave").as_bool());
  CHECK(card.at("why_not").as_string() == "has_assigned_contacts");
  CHECK_REFUSED(partner.ask("LeaveAccount", {{"account", "gx624"}, {"confirm", true}}), 409, "has_assigned_contacts");
  const auto asked = partner.must("RequestHandOver", {{"account", "gx624"}});
  const auto requests = owner.get_after(asked, "/v1/accounts/gx624/hand-overs");
  CHECK(only_row(requests, "requests").at("contacts") == 2);

  // The owner reassigns or unassigns.
  const auto handed =
      owner.must("UnassignRecords", {{"account", "gx624"}, {"kind", "contact"}, {"records", records(2)}});
  CHECK(owner.get_after(handed, "/v1/accounts/gx624/hand-overs").body.at("requests").as_array().empty());
  CHECK(only_row(partner.get_after(handed, "/v1/me/accounts"), "accounts").at("can_leave").as_bool());
  CHECK_REFUSED(partner.ask("LeaveAccount", {{"account", "gx624"}}), 422, "confirmation_required");
  const auto left = partner.must("LeaveAccount", {{"account", "gx624"}, {"confirm", true}});
  CHECK_REFUSED(partner.get("/v1/me/accounts"), 401, "not_authenticated");  // it was the only account
  CHECK_FALSE(client.listed(left, "?status=active").contains(petra));
  const auto spans = owner.get_after(left, "/v1/accounts/gx624/access?kind=partner");
  CHECK(only_row(spans, "spans").at("cause").as_string() == "left");
}
