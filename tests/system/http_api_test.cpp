// The interface end to end: a real server process, a real client, real sockets, from opening an account to leaving it.
#include <algorithm>
#include <map>
#include <set>
#include <thread>

#include "adapters/http/load.hpp"
#include "domain/commands.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/system/replies.hpp"
#include "tests/system/server_process.hpp"

using namespace rollcall;
using namespace rollcall::testing;

namespace {

using EventNames = std::vector<std::string>;

template <class... C>
std::vector<std::string> command_names(Types<C...>) {
  return {std::string{C::name}...};
}

}  // namespace

TEST_CASE("a partner is invited, accepts, works and leaves", "[process]") {
  const TemporaryFolder folder;
  ServerProcess server(folder / "data");
  REQUIRE(server.serving());
  Office office(server);
  Guest nobody(server.url());

  const auto invited = office.owner.ask("InvitePartner", {{"account", "gx624"}, {"email", "petra@agency.example"}});
  REQUIRE_DONE(invited);
  CHECK(invited.event_types() == EventNames{"PartnerInvited", "InvitationMailQueued"});
  CHECK(invited.event("PartnerInvited").at("admin").as_bool());
  const auto list = office.owner.get_after(invited, "/v1/accounts/gx624/users?status=invited");
  CHECK(only_row(list, "users").at("email").as_string() == "petra@agency.example");

  const auto invitation = std::string{invited.event("PartnerInvited").at("invitation").as_string()};
  const auto token = token_in_outbox(server.data(), invitation + ".1");
  const auto offer = nobody.get("/v1/invitations/" + token);
  REQUIRE_DONE(offer);
  CHECK(offer.text_of("account_name") == "Great X");
  CHECK(offer.text_of("status") == "pending");
  CHECK(offer.text_of("email") != "petra@agency.example");  // who found the link learns no address
  CHECK_FALSE(offer.body.at("sign_in_required").as_bool());
  CHECK_REFUSED(nobody.get("/v1/invitations/" + invitation + ".1." + std::string(32, '0')), 404,
                "invitation_not_found");

  const json::object accept{{"token", token}, {"accept_terms", true}, {"password", good_password}};
  auto careless = accept;
  careless["accept_terms"] = false;
  CHECK_REFUSED(nobody.ask("AcceptInvite", careless), 422, "terms_not_accepted");
  auto weak = accept;
  weak["password"] = "short";
  CHECK_REFUSED(nobody.ask("AcceptInvite", weak), 422, "weak_password");
  const auto accepted = nobody.ask("AcceptInvite", accept);
  REQUIRE_DONE(accepted);
  const auto petra = std::string{accepted.event("MembershipActivated").at("membership").as_string()};
  CHECK(accepted.text.find(good_password) == std::string::npos);

  CHECK_REFUSED(nobody.ask("StartSession", {{"email", "petra@agency.example"}, {"password", "not her password"}}), 401,
                "bad_credentials");
  CHECK_REFUSED(nobody.ask("StartSession", {{"email", "who@agency.example"}, {"password", good_password}}), 401,
                "bad_credentials");
  Guest partner(server.url(), office.signed_in("PETRA@agency.example"));

  const auto users = office.owner.get_after(accepted, "/v1/accounts/gx624/users");
  CHECK(emails_in(users) == std::set<std::string>{"olga@gx624.example", "petra@agency.example"});
  CHECK(users.body.at("seats").at("used").as_int64() == 1);
  CHECK(users.body.at("partners").as_int64() == 1);
  const auto central = partner.get("/v1/me/accounts");
  const auto& card = only_row(central, "accounts");
  CHECK(card.at("account").as_string() == "gx624");
  CHECK(card.at("can_leave").as_bool());
  const auto labelled = partner.must("ConfigureAccount", {{"account", "gx624"}, {"label", "My best client"}});
  CHECK(only_row(partner.get_after(labelled, "/v1/me/accounts"), "accounts").at("label").as_string() ==
        "My best client");

  const auto profile = office.owner.get("/v1/accounts/gx624/users/" + petra);
  REQUIRE_DONE(profile);
  const auto history = office.owner.get_after(labelled, "/v1/accounts/gx624/users/" + petra + "/history");
  REQUIRE_DONE(history);
  const auto& first = history.body.at("events").as_array().at(0);
  CHECK(first.at("type").as_string() == "PartnerInvited");
  CHECK(first.at("actor").at("kind").as_string() == "person");

  // One contact blocks her; given back, she may go.
  office.operator_.must("ImportRecords",
                        {{"account", "gx624"}, {"kind", "contact"}, {"records", records(1)}, {"owner", petra}});
  CHECK_REFUSED(partner.ask("LeaveAccount", {{"account", "gx624"}, {"confirm", true}}), 409, "has_assigned_contacts");
  office.owner.must("UnassignRecords", {{"account", "gx624"}, {"kind", "contact"}, {"records", records(1)}});
  const auto left = partner.ask("LeaveAccount", {{"account", "gx624"}, {"confirm", true}});
  REQUIRE_DONE(left);
  CHECK(left.event_types().front() == "PartnerLeft");
  CHECK(emails_in(office.owner.get_after(left, "/v1/accounts/gx624/users")) ==
        std::set<std::string>{"olga@gx624.example"});
  // It was the only account she could enter: her sessions went with it.
  CHECK_REFUSED(partner.get("/v1/accounts/gx624/users"), 401, "not_authenticated");
  CHECK(server.stop() == 0);
}

TEST_CASE("the Users list is shown as of a position and as of an instant", "[process]") {
  const TemporaryFolder folder;
  ServerProcess server(folder / "data");
  Office office(server);
  const auto invited = office.owner.must("InvitePartner", {{"account", "gx624"}, {"email", "petra@agency.example"}});
  const auto position = invited.number_of("position");
  const auto& last = invited.body.at("events").as_array().back();
  const auto instant = std::string{last.at("recorded_at").as_string()};
  const auto revoked = office.owner.must(
      "RevokeInvitation", {{"account", "gx624"}, {"invitation", invited.event("PartnerInvited").at("invitation")}});

  const std::string users = "/v1/accounts/gx624/users";
  const std::set<std::string> alone{"olga@gx624.example"}, both{"olga@gx624.example", "petra@agency.example"};
  CHECK(emails_in(office.owner.get_after(revoked, users)) == alone);
  CHECK(emails_in(office.owner.get(users + "?at=" + std::to_string(position))) == both);
  CHECK(emails_in(office.owner.get(users + "?at=" + std::to_string(position - 2))) == alone);
  CHECK(emails_in(office.owner.get(users + "?at=" + instant)) == both);
  CHECK_REFUSED(office.owner.get(users + "?at=2001-02-03T04:05:06Z"), 404, "not_found");  // no account yet
  CHECK_REFUSED(office.owner.get(users + "?at=yesterday"), 422, "invalid_parameter");
  for (const std::string other : {"/v1/accounts/gx624/invitations", "/v1/accounts/gx624/assignments", "/v1/me/accounts",
                                  "/v1/people/olga@gx624.example/accounts"}) {
    const auto reply = office.owner.get(other + "?at=" + std::to_string(position));
    REQUIRE_DONE(reply);
  }
}

TEST_CASE("a query waits for the position it is asked to show, and says when it did not come", "[process]") {
  const TemporaryFolder folder;
  ServerProcess server(folder / "data");
  Office office(server);
  const auto size = office.operator_.get("/v1/status").number_of("size");
  const auto late = office.owner.get("/v1/accounts/gx624/users", {{"Rollcall-Min-Position", "1000000"}});
  CHECK_REFUSED(late, 409, "ahead_of_log");
  CHECK(late.number_of("size") == size);
  CHECK_FALSE(late.text_of("origin").empty());
  CHECK_REFUSED(office.owner.get("/v1/accounts/gx624/users", {{"Rollcall-Min-Position", "soon"}}), 400,
                "invalid_header");
  // It is shown as soon as it is there.
  Guest waiting(server.url(), office.signed_in("olga@gx624.example"));
  const auto next = office.operator_.get("/v1/status").number_of("size");
  Reply shown_then;
  std::thread waiter([&] {
    shown_then =
        waiting.get("/v1/accounts/gx624/users?status=invited", {{"Rollcall-Min-Position", std::to_string(next + 1)}});
  });
  const auto invited = office.owner.ask("InvitePartner", {{"account", "gx624"}, {"email", "petra@agency.example"}});
  waiter.join();
  REQUIRE_DONE(invited);
  CHECK(invited.number_of("position") == next + 1);
  REQUIRE_DONE(shown_then);
  CHECK(emails_in(shown_then) == std::set<std::string>{"petra@agency.example"});
}

TEST_CASE("the same idempotency key gets the same answer, and its own request only", "[process]") {
  const TemporaryFolder folder;
  ServerProcess server(folder / "data");
  Office office(server);
  const http::Headers key{{"Idempotency-Key", "\"order 17\""}};
  const json::object invite{{"account", "gx624"}, {"email", "petra@agency.example"}};

  const auto first = office.owner.ask("InvitePartner", invite, key);
  REQUIRE_DONE(first);
  const auto again = office.owner.ask("InvitePartner", invite, key);
  CHECK(again.text == first.text);
  CHECK_REFUSED(office.owner.ask("InvitePartner", {{"account", "gx624"}, {"email", "paul@agency.example"}}, key), 422,
                "idempotency_mismatch");
  CHECK_REFUSED(office.owner.ask("InvitePartner", {{"account", "gx624"}, {"email", "p@a.example"}},
                                 {{"Idempotency-Key", std::string(257, 'k')}}),
                400, "invalid_header");

  // A refusal is an answer too, and stays the same when it would succeed by now.
  const http::Headers other{{"Idempotency-Key", "order-18"}};
  const auto refused = office.owner.ask("InvitePartner", invite, other);
  CHECK_REFUSED(refused, 409, "invitation_pending");
  office.owner.must("RevokeInvitation",
                    {{"account", "gx624"}, {"invitation", first.event("PartnerInvited").at("invitation")}});
  const auto refused_again = office.owner.ask("InvitePartner", invite, other);
  CHECK(refused_again.text == refused.text);
  CHECK(refused_again.status == refused.status);

  // Somebody else's key of the same text is another key; and both outlive the process.
  const auto elsewhere = operator_for(server, "olga@gx624.example").ask("InvitePartner", invite, key);
  REQUIRE_DONE(elsewhere);
  CHECK(elsewhere.text_of("command") != first.text_of("command"));
  const auto size = office.operator_.get("/v1/status").number_of("size");
  const auto owner_token = office.signed_in("olga@gx624.example");
  REQUIRE(server.stop() == 0);
  ServerProcess restarted(folder / "data");
  const auto after = operator_for(restarted, "olga@gx624.example").ask("InvitePartner", invite, key);
  CHECK(after.text == elsewhere.text);
  CHECK(operator_of(restarted).get("/v1/status").number_of("size") == size + 1);  // the session alone is new
}

TEST_CASE("what is malformed, unknown or forbidden is told by a stable name", "[process]") {
  const TemporaryFolder folder;
  ServerProcess server(folder / "data");
  Office office(server);
  Guest nobody(server.url());

  const auto malformed = office.owner.post("/v1/commands/InvitePartner", "{\"account\": \"gx624\",\n \"email\": oops}");
  CHECK_REFUSED(malformed, 400, "malformed_json");
  CHECK(malformed.number_of("line") == 2);
  CHECK(malformed.number_of("column") == 11);
  const auto cut_off = office.owner.post("/v1/commands/InvitePartner", "{\"account\":");
  CHECK_REFUSED(cut_off, 400, "malformed_json");
  CHECK(cut_off.number_of("column") == 12);
  CHECK_REFUSED(office.owner.post("/v1/commands/InvitePartner", "{} {}"), 400, "malformed_json");

  const auto unknown_field =
      office.owner.ask("InvitePartner", {{"account", "gx624"}, {"email", "p@a.example"}, {"e_mail", "p@a.example"}});
  CHECK_REFUSED(unknown_field, 422, "invalid_body");
  CHECK(unknown_field.body.at("errors").at(0).at("pointer").as_string() == "/e_mail");
  const auto missing = office.owner.ask("InvitePartner", {{"account", "gx624"}});
  CHECK_REFUSED(missing, 422, "invalid_body");
  CHECK(missing.body.at("errors").at(0).at("pointer").as_string() == "/email");
  CHECK_REFUSED(office.owner.ask("InvitePartner", {{"account", 624}, {"email", "p@a.example"}}), 422, "invalid_body");
  CHECK_REFUSED(office.owner.ask("InvitePartner", json::array{}), 422, "invalid_body");
  CHECK_REFUSED(office.owner.ask("InvitePartner", {{"account", "gx624"}, {"email", "no address"}}), 422,
                "invalid_email");

  CHECK_REFUSED(office.owner.ask("InviteEverybody", json::object{}), 404, "unknown_command");
  CHECK_REFUSED(office.owner.get("/v1/nothing/here"), 404, "no_such_resource");
  CHECK_REFUSED(office.owner.get("/v1/accounts/zz999/users"), 403, "not_authorized");  // not even that it is not there
  CHECK_REFUSED(office.operator_.get("/v1/accounts/zz999/users"), 404, "not_found");
  CHECK_REFUSED(office.operator_.get("/v1/events/1000000"), 404, "not_found");
  CHECK_REFUSED(office.operator_.get("/v1/accounts/gx624/users?status=asleep"), 422, "invalid_parameter");
  CHECK_REFUSED(office.operator_.get("/v1/accounts/gx624/users?colour=red"), 422, "invalid_parameter");

  const auto wrong_method = nobody.post("/v1/accounts/gx624/users", "{}");
  CHECK_REFUSED(wrong_method, 405, "method_not_allowed");
  CHECK(http::find(wrong_method.headers, "Allow") == "GET, HEAD");
  CHECK(http::find(nobody.get("/v1/commands/InvitePartner").headers, "Allow") == "POST");
  CHECK(http::find(nobody.post("/v1/status", "{}").headers, "Allow") == "GET, HEAD");
}

TEST_CASE("nobody gets in with a token that is not genuine, or acts for others without right and reason", "[process]") {
  const TemporaryFolder folder;
  ServerProcess server(folder / "data");
  Office office(server);
  const json::object invite{{"account", "gx624"}, {"email", "petra@agency.example"}};
  const auto token = office.signed_in("olga@gx624.example");
  auto altered = token;
  altered.back() = altered.back() == '0' ? '1' : '0';

  for (const std::string& bad : {std::string{"garbage"}, std::string{"ses_"}, altered, token.substr(0, token.find('.')),
                                 server.operator_key() + "0", std::string(5'000, 'x')}) {
    INFO(bad);
    Guest guest(server.url(), bad);
    const auto reply = guest.ask("InvitePartner", invite);
    CHECK_REFUSED(reply, 401, "not_authenticated");
    CHECK(http::find(reply.headers, "WWW-Authenticate") == "Bearer");
    CHECK_REFUSED(guest.get("/v1/accounts/gx624/users"), 401, "not_authenticated");
  }
  Guest nobody(server.url());
  CHECK_REFUSED(nobody.ask("InvitePartner", invite), 401, "not_authenticated");
  CHECK_REFUSED(nobody.get("/v1/accounts/gx624/users"), 401, "not_authenticated");
  CHECK_REFUSED(nobody.get("/v1/events"), 401, "not_authenticated");
  CHECK_REFUSED(office.owner.get("/v1/events"), 403, "not_authorized");
  CHECK_REFUSED(office.owner.get("/v1/people/somebody@else.example/accounts"), 403, "not_authorized");

  const auto size = office.operator_.get("/v1/status").number_of("size");
  auto without_reason = operator_of(server);
  without_reason.with("Rollcall-As", "olga@gx624.example");
  CHECK_REFUSED(without_reason.ask("InvitePartner", invite), 422, "reason_required");
  auto long_winded = operator_of(server);
  long_winded.with("Rollcall-As", "olga@gx624.example").with("Rollcall-Reason", std::string(1'025, 'r'));
  CHECK_REFUSED(long_winded.ask("InvitePartner", invite), 422, "reason_too_long");
  auto for_a_stranger = operator_for(server, "who@nowhere.example");
  CHECK_REFUSED(for_a_stranger.ask("InvitePartner", invite), 404, "not_found");
  CHECK_REFUSED(office.operator_.ask("InvitePartner", invite), 403, "not_authorized");
  auto pretender = Guest(server.url(), token);
  pretender.with("Rollcall-As", "olga@gx624.example").with("Rollcall-Reason", "to be somebody");
  CHECK_REFUSED(pretender.ask("InvitePartner", invite), 403, "not_authorized");

  // Refusals of those who are known are facts; on behalf of whom stands with what is done.
  const auto done = operator_for(server, "olga@gx624.example").must("InvitePartner", invite);
  std::vector<std::string> refusals;
  json::object invited;
  for (auto& event : events_of(office.operator_, size)) {
    if (event.at("type").as_string() == "CommandRejected")
      refusals.emplace_back(event.at("data").at("code").as_string());
    if (event.at("type").as_string() == "PartnerInvited") invited = event;
  }
  CHECK(refusals == EventNames{"reason_required", "reason_too_long", "not_authorized"});
  CHECK(invited.at("actor").at("kind").as_string() == "operator");
  CHECK(invited.at("actor").as_object().contains("on_behalf_of"));
  CHECK(invited.at("reason").as_string() == "asked by phone");
}

TEST_CASE("a session that was ended opens nothing any more", "[process]") {
  const TemporaryFolder folder;
  ServerProcess server(folder / "data");
  Office office(server);
  Guest session(server.url(), office.signed_in("olga@gx624.example"));
  REQUIRE(session.get("/v1/accounts/gx624/users").status == 200);
  REQUIRE_DONE(session.ask("EndSession", json::object{}));
  CHECK_REFUSED(session.get("/v1/accounts/gx624/users"), 401, "not_authenticated");
  CHECK_REFUSED(session.ask("InvitePartner", {{"account", "gx624"}, {"email", "p@a.example"}}), 401,
                "not_authenticated");

  // A session for one account ends with the membership; where she is still a member, she is still herself.
  const auto petra = office.partner("petra@agency.example");
  office.operator_.must(
      "OpenAccount",
      {{"account", "petra1"}, {"account_name", "Petra's own"}, {"owner_email", petra.email}, {"seat_limit", 1}});
  const auto started =
      Guest(server.url())
          .must("StartSession", {{"email", petra.email}, {"password", good_password}, {"account", "gx624"}});
  Guest here(server.url(), started.text_of("token")), everywhere(server.url(), petra.token);
  CHECK(emails_in(here.get("/v1/accounts/gx624/users")) == std::set<std::string>{petra.email});  // her own row
  CHECK_REFUSED(here.get("/v1/accounts/petra1/users"), 403, "not_authorized");
  REQUIRE(everywhere.get("/v1/accounts/petra1/users").status == 200);
  const auto ended =
      office.owner.must("DeactivateUser", {{"account", "gx624"}, {"user", petra.id}, {"confirm_irreversible", true}});
  CHECK_REFUSED(here.get("/v1/accounts/gx624/users"), 401, "not_authenticated");
  CHECK_REFUSED(everywhere.ask("ConfigureAccount", {{"account", "gx624"}, {"label", "mine"}}), 403, "not_authorized");
  CHECK(only_row(everywhere.get_after(ended, "/v1/me/accounts"), "accounts").at("account").as_string() == "petra1");
}

TEST_CASE("who asks is told who they are, and in what session", "[process]") {
  const TemporaryFolder folder;
  ServerProcess server(folder / "data");
  Office office(server);
  const auto me = office.owner.get("/v1/me");
  REQUIRE_DONE(me);
  CHECK(me.text_of("kind") == "person");
  CHECK(me.text_of("email") == "olga@gx624.example");
  CHECK(me.body.at("account").is_null());
  CHECK(me.text_of("session").starts_with("ses_"));
  CHECK(office.operator_.get("/v1/me").text_of("kind") == "operator");
  CHECK(office.operator_.get("/v1/me").body.at("person").is_null());
  const auto acting = operator_for(server, "olga@gx624.example").get("/v1/me");
  CHECK(acting.text_of("kind") == "operator");
  CHECK(acting.text_of("email") == "olga@gx624.example");
  CHECK_REFUSED(Guest(server.url()).get("/v1/me"), 401, "not_authenticated");
}

TEST_CASE("a history tells names to admins, goes up to a moment, and has what was refused", "[process]") {
  const TemporaryFolder folder;
  ServerProcess server(folder / "data");
  Office office(server);
  const auto petra = office.partner("petra@agency.example");
  Guest partner(server.url(), petra.token);
  office.operator_.must("ImportRecords",
                        {{"account", "gx624"}, {"kind", "contact"}, {"records", records(1)}, {"owner", petra.id}});
  CHECK_REFUSED(partner.ask("LeaveAccount", {{"account", "gx624"}, {"confirm", true}}), 409, "has_assigned_contacts");
  const auto labelled = partner.must("ConfigureAccount", {{"account", "gx624"}, {"label", "mine"}});

  const auto path = "/v1/accounts/gx624/users/" + petra.id + "/history";
  const auto types = [](const Reply& history) {
    std::vector<std::string> all;
    for (const auto& event : history.body.at("events").as_array()) all.emplace_back(event.at("type").as_string());
    return all;
  };
  const auto whole = office.owner.get_after(labelled, path + "?names=true");
  REQUIRE_DONE(whole);
  for (const auto* type :
       {"PartnerInvited", "TermsAccepted", "PasswordSet", "MembershipActivated", "CommandRejected"}) {
    CAPTURE(type);
    CHECK(std::ranges::count(types(whole), type) == 1);
  }
  std::map<std::string, std::string> names;
  for (const auto& one : whole.body.at("names").as_array())
    names.emplace(one.at("id").as_string(), one.at("name").as_string());
  CHECK(names.at(petra.id) == "petra@agency.example");
  CHECK(names.at("gx624") == "Great X");
  // Without being asked nobody's name is told; who asks about themselves is told none of others.
  CHECK(office.owner.get(path).body.at("names").is_null());
  CHECK(partner.get(path + "?names=true").body.at("names").is_null());

  // As it was, inclusive: the last event at this position is in it, and none behind it.
  const auto& events = whole.body.at("events").as_array();
  const auto third = events.at(2).at("position").to_number<std::uint64_t>();
  const auto then = office.owner.get(path + "?at=" + std::to_string(third));
  REQUIRE_DONE(then);
  CHECK(then.body.at("events").as_array().size() == 3);
  CHECK_REFUSED(office.owner.get(path + "?at=999999"), 409, "ahead_of_log");
  CHECK_REFUSED(office.owner.get(path + "?names=1"), 422, "invalid_parameter");

  const auto log = office.operator_.get("/v1/events?type=CommandRejected&names=true");
  REQUIRE_DONE(log);
  const auto& refused = only_row(log, "events");
  CHECK(refused.at("version").to_number<int>() == 2);
  CHECK(refused.at("data").at("code").as_string() == "has_assigned_contacts");
  CHECK_FALSE(log.body.at("names").as_array().empty());
}

TEST_CASE("who is refused all the time is told of a few times a minute, and counted", "[process]") {
  const TemporaryFolder folder;
  {
    ServerProcess server(folder / "data");
    Office office(server);
    const auto petra = office.partner("petra@agency.example");
    Guest partner(server.url(), petra.token);
    // The clock turns a minute once at most while this goes on.
    for (int i = 0; i < 75; ++i)
      CHECK_REFUSED(partner.ask("ChangeSeatLimit", {{"account", "gx624"}, {"seat_limit", 9}}), 403, "not_authorized");
    CHECK(server.stop() == 0);
  }
  ServerProcess again(folder / "data");
  REQUIRE(again.serving());
  auto support = operator_of(again);
  const auto told = support.get("/v1/events?type=CommandRejected").body.at("events").as_array().size();
  std::uint64_t counted = 0;
  const auto counts = support.get("/v1/events?type=RefusalsCounted");
  for (const auto& event : counts.body.at("events").as_array())
    counted += event.at("data").at("count").to_number<std::uint64_t>();
  CHECK((told == 20 || told == 40));
  CHECK(told + counted == 75);
}

TEST_CASE("a refusal names what is not there, and how long there is to wait", "[process]") {
  const TemporaryFolder folder;
  ServerProcess server(folder / "data");
  Office office(server);
  const std::string unknown = "usr_01m1kbc182j2yd5m1yaay23aad";
  const auto missing = office.owner.ask("AddToGroup", {{"account", "gx624"}, {"user", unknown}, {"group", "Admin"}});
  CHECK_REFUSED(missing, 404, "not_found");
  CHECK(missing.text_of("user") == unknown);
  const auto invited = office.owner.must("InvitePartner", {{"account", "gx624"}, {"email", "petra@agency.example"}});
  const auto again = office.owner.ask(
      "ResendInvitation", {{"account", "gx624"}, {"invitation", invited.event("PartnerInvited").at("invitation")}});
  CHECK_REFUSED(again, 429, "resend_too_soon");
  CHECK(again.number_of("seconds_left") > 50);
  const auto wait = std::ranges::find(again.headers, "Retry-After", [](const auto& header) { return header.first; });
  REQUIRE(wait != again.headers.end());
  CHECK(wait->second == std::to_string(again.number_of("seconds_left")));
}

TEST_CASE("the server describes all it can do, and how it is", "[process]") {
  const TemporaryFolder folder;
  ServerProcess server(folder / "data");
  Office office(server);
  Guest nobody(server.url());

  const auto document = nobody.get("/openapi.json");
  REQUIRE_DONE(document);
  const auto& paths = document.body.at("paths").as_object();
  const auto& schemas = document.body.at("components").at("schemas").as_object();
  for (const auto& [path, operations] : paths)
    for (const auto& [method, operation] : operations.as_object()) {
      INFO(path << ' ' << method);
      CHECK(operation.as_object().contains("operationId"));
      CHECK_FALSE(operation.at("tags").as_array().empty());
      CHECK_FALSE(operation.at("x-who").as_string().empty());
      CHECK(operation.at("security").is_array());
      for (const auto& parameter : operation.at("parameters").as_array()) {
        const auto& schema = parameter.at("schema").as_object();
        INFO(json::serialize(parameter));
        // Every one of them has bounds, words or a pattern.
        CHECK((schema.contains("enum") || schema.contains("pattern") || schema.contains("maximum") ||
               schema.contains("maxLength") || schema.contains("items") || schema.contains("anyOf") ||
               schema.contains("format") || schema.at("type") == "boolean"));
      }
    }
  for (const auto& name : command_names(AllCommands{})) {
    INFO(name);
    REQUIRE(paths.contains("/v1/commands/" + name));
    if (name != ConfirmClock::name) CHECK(schemas.at(name).at("properties").is_object());
  }
  for (const std::string path : {"/v1/accounts/{account}/users",
                                 "/v1/accounts/{account}/users/{user}",
                                 "/v1/accounts/{account}/users/{user}/history",
                                 "/v1/accounts/{account}/invitations",
                                 "/v1/accounts/{account}/assignments",
                                 "/v1/me/accounts",
                                 "/v1/people/{email}/accounts",
                                 "/v1/invitations/{token}",
                                 "/v1/events/{position}",
                                 "/v1/events",
                                 "/v1/status",
                                 "/v1/rebuilds",
                                 "/docs",
                                 "/openapi.json",
                                 "/asyncapi.json",
                                 "/schemas",
                                 "/schemas/{name}",
                                 "/livez",
                                 "/readyz",
                                 "/metrics"}) {
    INFO(path);
    CHECK(paths.contains(path));
  }

  CHECK(nobody.get("/livez").status == 200);
  CHECK(nobody.get("/readyz").status == 200);
  CHECK_REFUSED(nobody.get("/metrics"), 401, "not_authenticated");
  CHECK_REFUSED(office.owner.get("/metrics"), 403, "not_authorized");
  const auto metrics = office.operator_.get("/metrics");
  REQUIRE_DONE(metrics);
  const auto size = office.operator_.get("/v1/status").number_of("size");
  CHECK_THAT(metrics.text, Catch::Contains("rollcall_log_size " + std::to_string(size)));
  CHECK_THAT(metrics.text, Catch::Contains("rollcall_ready 1"));
  CHECK_THAT(metrics.text, Catch::Contains("rollcall_follower_lag{follower=\"users\"}"));
  const auto status = office.operator_.get("/v1/status");
  CHECK(status.body.at("ready").as_bool());
  CHECK(status.body.at("followers").as_array().size() >= 5);

  const auto events = events_of(office.operator_);
  REQUIRE(events.size() == size);
  for (std::size_t i = 0; i < events.size(); ++i) CHECK(events[i].at("position").to_number<std::uint64_t>() == i);
  CHECK(office.operator_.get("/v1/events/0").text_of("type") == "LogCreated");
  const auto opened = office.operator_.get("/v1/events?type=AccountOpened&account=gx624");
  CHECK(only_row(opened, "events").at("data").at("name").as_string() == "Great X");
}
