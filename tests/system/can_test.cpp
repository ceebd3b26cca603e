// `GET /v1/can`: what one may do and by what, asked by each who may ask and by those who may not.
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/system/replies.hpp"
#include "tests/system/server_process.hpp"
#include "tests/tools/program.hpp"

using namespace rollcall;
using namespace rollcall::testing;
using Catch::Contains;

namespace {

const json::object& answer_for(const Reply& reply, std::string_view action, std::string_view of = {}) {
  INFO(shown(reply));
  for (const auto& one : reply.body.at("answers").as_array()) {
    const auto& whose = one.at("of");
    if (one.at("action").as_string() == action && (of.empty() ? whose.is_null() : whose == json::value(of)))
      return one.as_object();
  }
  FAIL("nothing is said of " << action);
  throw std::logic_error("not reached");
}

// "allowed", "own" or "no": what is told of an action.
std::string told(const Reply& reply, std::string_view action, std::string_view of = {}) {
  const auto& one = answer_for(reply, action, of);
  if (one.at("allowed").as_bool()) return "allowed";
  return one.at("reach").is_string() ? std::string{one.at("reach").as_string()} : "no";
}

std::string sources(const Reply& reply, std::string_view action) {
  std::string text;
  for (const auto& grant : answer_for(reply, action).at("grants").as_array())
    text.append(text.empty() ? "" : " ").append(std::string{grant.at("source").as_string()});
  return text;
}

}  // namespace

TEST_CASE("one is told what one may, and by which event, before and after it is taken away", "[process]") {
  const TemporaryFolder folder;
  const ServerProcess server(folder / "data");
  Office office(server);
  const auto una = office.user("una@gx624.example");
  Guest guest(server.url(), una.token);
  const std::string in_account = "/v1/can?account=gx624";

  auto mine = guest.get(in_account + "&action=user.add,task.edit,account.leave,contact.view");
  REQUIRE_DONE(mine);
  CHECK(mine.text_of("account") == "gx624");
  CHECK(mine.text_of("user") == una.id);
  CHECK(told(mine, "user.add") == "no");
  CHECK(told(mine, "task.edit") == "own");
  CHECK(told(mine, "account.leave") == "allowed");
  CHECK(sources(mine, "task.edit") == "user");

  const auto joined = office.owner.must("AddToGroup", {{"account", "gx624"}, {"user", una.id}, {"group", "Admin"}});
  mine = guest.get_after(joined, in_account + "&action=user.add,task.edit");
  CHECK(told(mine, "user.add") == "allowed");
  CHECK(sources(mine, "user.add") == "admin_group");
  CHECK(sources(mine, "task.edit") == "user admin_group");
  const auto& since = answer_for(mine, "user.add").at("grants").at(0).at("since");
  CHECK(since == json::value(joined.number_of("position")));
  // The position is that of the event.
  const auto event = office.operator_.get("/v1/events/" + json::serialize(since));
  CHECK(event.text_of("type") == "GroupJoined");

  office.owner.must("RemoveFromGroup", {{"account", "gx624"}, {"user", una.id}, {"group", "Admin"}});
  CHECK(told(guest.get(in_account + "&action=user.add"), "user.add") == "no");
  // As it was then it is still told.
  const auto at = "&at=" + json::serialize(since);
  CHECK(told(guest.get(in_account + "&action=user.add" + at), "user.add") == "allowed");
  const auto before = "&at=" + std::to_string(joined.number_of("position") - 1);
  CHECK(told(guest.get(in_account + "&action=user.add" + before), "user.add") == "no");

  office.owner.must("DeactivateUser", {{"account", "gx624"}, {"user", una.id}});
  CHECK_REFUSED(guest.get(in_account), 401, "not_authenticated");
  Guest again(server.url(), office.signed_in("una@gx624.example"));
  const auto nothing = again.get(in_account);
  for (const auto& one : nothing.body.at("answers").as_array()) CHECK_FALSE(one.at("allowed").as_bool());
  CHECK(told(again.get(in_account + "&action=user.add" + at), "user.add") == "allowed");
}

TEST_CASE("what a user may is told to who may see them, and to nobody else", "[process]") {
  const TemporaryFolder folder;
  const ServerProcess server(folder / "data");
  Office office(server);
  const auto una = office.user("una@gx624.example");
  const auto pat = office.partner("pat@agency.example");
  Guest user(server.url(), una.token);
  Guest partner(server.url(), pat.token);
  const auto about_pat = "/v1/can?account=gx624&user=" + pat.id;

  const auto told_to_owner = office.owner.get(about_pat + "&action=contact.view,contact.edit,lead.add");
  REQUIRE_DONE(told_to_owner);
  CHECK(told(told_to_owner, "contact.view") == "allowed");
  CHECK(sources(told_to_owner, "contact.view") == "partner account_default");
  CHECK(told(told_to_owner, "contact.edit") == "own");
  for (auto* who : {&office.operator_, &partner}) {
    const auto same = who->get(about_pat + "&action=contact.view,contact.edit,lead.add");
    REQUIRE_DONE(same);
    CHECK(told(same, "contact.view") == "allowed");
    CHECK(told(same, "contact.edit") == "own");
  }
  CHECK_REFUSED(user.get(about_pat), 403, "not_authorized");
  CHECK_REFUSED(partner.get("/v1/can?account=gx624&user=" + una.id), 403, "not_authorized");
  Guest nobody(server.url());
  CHECK_REFUSED(nobody.get(about_pat), 401, "not_authenticated");
  CHECK_REFUSED(nobody.get("/v1/can"), 401, "not_authenticated");

  // About what belongs to whom.
  const auto things = partner.get("/v1/can?account=gx624&action=task.edit,contact.view&of=" + pat.id + "," + una.id);
  REQUIRE_DONE(things);
  CHECK(things.body.at("answers").as_array().size() == 4);
  CHECK(told(things, "task.edit", pat.id) == "allowed");
  CHECK(told(things, "task.edit", una.id) == "own");
  CHECK(told(things, "contact.view", una.id) == "allowed");

  // Nobody learns from it which accounts and users there are.
  office.operator_.must(
      "OpenAccount",
      {{"account", "other"}, {"account_name", "Other"}, {"owner_email", "otto@other.example"}, {"seat_limit", 1}});
  auto there = user.get("/v1/can?account=other").body;
  auto nowhere = user.get("/v1/can?account=nowhere").body;
  there.as_object().erase("account");
  nowhere.as_object().erase("account");
  CHECK(there == nowhere);
  CHECK_REFUSED(user.get("/v1/can?account=other&user=" + una.id), 403, "not_authorized");
  CHECK_REFUSED(office.operator_.get("/v1/can?account=other&user=" + una.id), 404, "not_found");
  CHECK_REFUSED(office.operator_.get("/v1/can?account=nowhere"), 404, "not_found");
  CHECK(told(user.get("/v1/can?account=gx624&action=account.configure&of=" + pat.id), "account.configure", pat.id) ==
        "own");
  CHECK(told(user.get("/v1/can?account=gx624&action=policy.view"), "policy.view") == "allowed");

  // What is not done in an account.
  const auto operators = office.operator_.get("/v1/can?action=account.open,credential.change");
  CHECK(told(operators, "account.open") == "allowed");
  CHECK(told(operators, "credential.change") == "no");
  CHECK(told(user.get("/v1/can?action=credential.change"), "credential.change") == "allowed");
}

TEST_CASE("a session for one account, a key and an auditor are told no more than they may", "[process]") {
  const TemporaryFolder folder;
  const ServerProcess server(folder / "data");
  Office office(server);
  Guest nobody(server.url());
  const json::object here{{"email", "olga@gx624.example"}, {"password", good_password}, {"account", "gx624"}};
  Guest narrow(server.url(), nobody.must("StartSession", here).text_of("token"));
  CHECK(told(narrow.get("/v1/can?account=gx624&action=user.add"), "user.add") == "allowed");
  CHECK(told(narrow.get("/v1/can?action=credential.change"), "credential.change") == "no");
  CHECK(told(narrow.get("/v1/can?account=other&action=user.add"), "user.add") == "no");
  const auto made = office.owner.must("CreateAccessKey", {{"key_name", "reader"}, {"scopes", {"read"}}});
  Guest reader(server.url(), made.text_of("token"));
  const auto by_key = reader.get("/v1/can?account=gx624&action=user.view,user.add");
  CHECK(told(by_key, "user.view") == "allowed");
  CHECK(told(by_key, "user.add") == "no");
  const auto audit = office.operator_.must("CreateAccessKey", {{"key_name", "audit"}, {"scopes", {"audit"}}});
  Guest auditor(server.url(), audit.text_of("token"));
  const auto seen = auditor.get("/v1/can?account=gx624&user=" + office.owner_id + "&action=user.add");
  REQUIRE_DONE(seen);
  CHECK(told(seen, "user.add") == "allowed");
  CHECK(told(auditor.get("/v1/can?account=gx624&action=user.add,user.view"), "user.add") == "no");
}

TEST_CASE("a question that makes no sense is refused by the name of what is wrong with it", "[process]") {
  const TemporaryFolder folder;
  const ServerProcess server(folder / "data");
  Office office(server);
  const auto malformed = [&](const std::string& query, std::string_view parameter) {
    const auto reply = office.owner.get("/v1/can" + query);
    INFO(query << shown(reply));
    CHECK(reply.code() == "invalid_parameter");
    CHECK(reply.text_of("parameter") == parameter);
  };
  const auto senseless = [&](const std::string& query, std::string_view field, std::string_view reason) {
    const auto reply = office.owner.get("/v1/can" + query);
    INFO(query << shown(reply));
    CHECK(reply.code() == "invalid_value");
    CHECK(reply.text_of("field") == field);
    CHECK(reply.text_of("reason") == reason);
  };
  const auto me = office.owner_id;
  malformed("?action=user.ad", "action");
  malformed("?action=", "action");
  malformed("?action=self.view,", "action");
  malformed("?account=gx624&of=usr_1", "of");
  senseless("?action=user.add", "action", "without_account");
  senseless("?action=self.view&account=gx624&user=" + me, "action", "not_in_account");
  senseless("?user=" + me, "user", "without_account");
  senseless("?of=" + me, "of", "without_account");
  senseless("?at=3", "at", "without_account");
  std::string many = me;
  for (int i = 0; i < 99; ++i) many += "," + me;
  CHECK(office.owner.get("/v1/can?account=gx624&action=user.add&of=" + many).status == 200);
  senseless("?account=gx624&action=user.add,user.view&of=" + many, "of", "too_many_answers");
  malformed("?account=gx624&action=user.add&of=" + many + "," + me, "of");
  CHECK(office.owner.get("/v1/can?account=gx624&at=999999").code() == "ahead_of_log");
  office.operator_.must(
      "OpenAccount",
      {{"account", "other"}, {"account_name", "Other"}, {"owner_email", "otto@other.example"}, {"seat_limit", 3}});
  const auto there = office.operator_.get("/v1/events?account=other&type=MembershipActivated");
  const std::string otto{there.body.at("events").at(0).at("data").at("membership").as_string()};
  for (const auto& of : {std::string{"usr_00000000000000000000000000"}, otto})
    CHECK_REFUSED(office.owner.get("/v1/can?account=gx624&action=contact.edit&of=" + me + "," + of), 404, "not_found");
  CHECK(office.operator_.get("/v1/can?account=gx624&at=3").text_of("reason") == "not_a_member");
}

TEST_CASE("the program tells what one may", "[process]") {
  const TemporaryFolder folder;
  const ServerProcess server(folder / "data");
  Office office(server);
  const auto pat = office.partner("pat@agency.example");
  Folder home;
  Program program{home};
  program.environment["ROLLCALL_SERVER"] = server.url();
  REQUIRE(program.run({"login", "--email", "pat@agency.example", "--password-stdin"}, std::string{good_password} + "\n")
              .code == 0);
  const auto mine = program.run({"can", "--account", "gx624"});
  INFO(mine.err);
  CHECK(mine.code == 0);
  CHECK_THAT(mine.out, Contains("contact.view") && Contains("account_default since") && Contains("account.leave"));
  const auto one = program.run({"can", "task.edit", "--account", "gx624", "--of", pat.id, "--json"});
  CHECK(one.code == 0);
  CHECK(json::parse(one.out).at("answers").at(0).at("allowed").as_bool());
  CHECK(program.run({"can", "task.levitate"}).code == 2);
  CHECK(program.run({"can", "task.edit", "--user", pat.id}).code == 2);
}
