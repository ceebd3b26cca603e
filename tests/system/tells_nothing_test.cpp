// What strangers, members and former members could find out or do again by what looks harmless: keys of requests, dry
// runs, histories, cursors.
#include <chrono>
#include <set>
#include <thread>

#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/system/replies.hpp"
#include "tests/system/server_process.hpp"

using namespace rollcall;
using namespace rollcall::testing;

namespace {

struct Place {
  TemporaryFolder folder;
  ServerProcess server{folder / "data"};
  Office office{server};
  Guest nobody{server.url()};

  static http::Headers keyed(const std::string& key) { return {{"Idempotency-Key", key}}; }
};

constexpr auto olga = "olga@gx624.example";

}  // namespace

TEST_CASE("an idempotency key tells a stranger nothing of what was asked with it before", "[process]") {
  Place place;
  for (const std::string email : {olga, "ghost@gx624.example"}) {
    const auto key = Place::keyed("probe of " + email);
    CHECK(place.nobody.ask("RequestPasswordReset", {{"email", email}}, key).status == 200);
    CHECK_REFUSED(
        place.nobody.ask("CompleteSetup", {{"token", "x"}, {"accept_terms", true}, {"password", good_password}}, key),
        404, "invitation_not_found");
    CHECK_REFUSED(place.nobody.ask("StartSession", {{"email", email}, {"password", "wrong"}}, key), 401,
                  "bad_credentials");
  }
}

TEST_CASE("people who sign in with the same idempotency key are not in each other's way", "[process]") {
  Place place;
  const auto ben = place.office.user("ben@gx624.example");
  for (const std::string email : {olga, "ben@gx624.example"})
    CHECK(place.nobody.ask("StartSession", {{"email", email}, {"password", good_password}}, Place::keyed("login-1"))
              .status == 200);
}

TEST_CASE("a repeat is answered only to who may still ask", "[process]") {
  Place place;
  auto& owner = place.office.owner;
  const auto adam = place.office.user("adam@gx624.example", true);
  Guest admin(place.server.url(), adam.token);
  const json::object asked{{"account", "gx624"}, {"email", "new@gx624.example"}, {"first_name", "New"}};
  REQUIRE_DONE(admin.ask("InviteUser", asked, Place::keyed("once")));
  REQUIRE_DONE(admin.ask("InviteUser", asked, Place::keyed("once")));

  const auto key = [&](json::array scopes) {
    return admin.must("CreateAccessKey", {{"key_name", "k"}, {"scopes", std::move(scopes)}}).text_of("token");
  };
  CHECK_REFUSED(Guest(place.server.url(), key({"read"})).ask("InviteUser", asked, Place::keyed("once")), 403,
                "not_authorized");
  REQUIRE_DONE(Guest(place.server.url(), key({"read", "write"})).ask("InviteUser", asked, Place::keyed("once")));
  owner.must("DeactivateUser", {{"account", "gx624"}, {"user", adam.id}});
  Guest again(place.server.url(), place.office.signed_in("adam@gx624.example"));
  CHECK_REFUSED(again.ask("InviteUser", asked, Place::keyed("once")), 403, "not_authorized");
}

TEST_CASE("leaving is answered again to who has left", "[process]") {
  Place place;
  const auto petra = place.office.partner("petra@agency.example");
  Guest partner(place.server.url(), petra.token);
  const json::object leave{{"account", "gx624"}, {"confirm", true}};
  const auto left = partner.ask("LeaveAccount", leave, Place::keyed("bye"));
  REQUIRE_DONE(left);
  Guest again(place.server.url(), place.office.signed_in("petra@agency.example"));
  CHECK(again.ask("LeaveAccount", leave, Place::keyed("bye")).text == left.text);
}

TEST_CASE("a dry run does not tell whether an address is known elsewhere", "[process]") {
  Place place;
  place.office.operator_.must(
      "OpenAccount",
      {{"account", "ab123"}, {"account_name", "Other"}, {"owner_email", "amelia@other.example"}, {"seat_limit", 2}});
  const auto named = [&](const std::string& email) {
    const auto shown_ = place.office.owner.ask("InvitePartner?dry_run=true", {{"account", "gx624"}, {"email", email}});
    REQUIRE_DONE(shown_);
    return std::string{shown_.body.at("events").at(0).at("data").at("person").as_string()};
  };
  for (const auto* email : {"amelia@other.example", "unknown@other.example"}) CHECK(named(email) != named(email));
}

TEST_CASE("a refused invitation does not tell a member whether the address is known", "[process]") {
  Place place;
  place.office.operator_.must(
      "OpenAccount",
      {{"account", "ab123"}, {"account_name", "Other"}, {"owner_email", "amelia@other.example"}, {"seat_limit", 2}});
  const auto ben = place.office.user("ben@gx624.example");
  Guest user(place.server.url(), ben.token);
  for (const auto* email : {"amelia@other.example", "unknown@other.example"})
    CHECK_REFUSED(user.ask("InviteUser", {{"account", "gx624"}, {"email", email}, {"first_name", "X"}}), 403,
                  "not_authorized");
  const auto refusals = [&] {
    const auto history = user.get("/v1/accounts/gx624/users/" + ben.id + "/history?limit=2");
    json::array found;
    for (const auto& event : history.body.at("events").as_array())
      if (event.at("type").as_string() == "CommandRejected") found.push_back(event.at("data"));
    return found;
  };
  // Refusals have no position to wait for.
  for (int i = 0; i < 200 && refusals().size() < 2; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  REQUIRE(refusals().size() == 2);
  for (const auto& refused : refusals()) {
    const auto* person = refused.as_object().if_contains("person");
    CHECK((!person || person->is_null()));
  }
}

TEST_CASE("a cursor goes on with the list it came from, and with no other", "[process]") {
  Place place;
  for (int i = 0; i < 4; ++i) (void)place.office.user("user" + std::to_string(i) + "@gx624.example");
  auto& owner = place.office.owner;
  const std::string users = "/v1/accounts/gx624/users?limit=2";
  const auto next = owner.get(users).text_of("next");
  CHECK(owner.get(users + "&cursor=" + next).status == 200);
  CHECK(owner.get("/v1/accounts/gx624/users?limit=3&cursor=" + next).status ==
        200);  // another page size is no other list
  for (const std::string other : {"/v1/accounts/gx624/users?status=all&cursor=",
                                  "/v1/accounts/gx624/users?q=user&cursor=", "/v1/accounts/gx624/users?at=20&cursor=",
                                  "/v1/accounts/gx624/assignments?cursor=", "/v1/accounts/gx624/permissions?cursor="}) {
    INFO(other);
    CHECK_REFUSED(owner.get(other + next), 422, "invalid_parameter");
  }
}

TEST_CASE("a reason is a line that can be read", "[process]") {
  Place place;
  for (const std::string reason : {"a\ttab", "a\xC2\x9Bm control", "\xE2\x80\x8B"}) {
    INFO(reason);
    CHECK_REFUSED(place.office.owner.ask("SetPolicy", {{"account", "gx624"}, {"policy", "language"}, {"value", "de"}},
                                         {{"Rollcall-Reason", reason}}),
                  400, "invalid_header");
  }
}

TEST_CASE("what is told back of a request is text, whatever was sent", "[process]") {
  Place place;
  for (const auto* target : {"/schemas/%ff", "/livez?%ff=1", "/openapi.json?%ff", "/v1/accounts/%ff/users"}) {
    const auto reply = place.nobody.get(target);
    INFO(target << ' ' << reply.text);
    CHECK(reply.status >= 400);
    CHECK(reply.text.find('\xff') == std::string::npos);
    CHECK_FALSE(reply.body.is_null());
  }
}

TEST_CASE("answers are nobody's to keep, and no other type than they say", "[process]") {
  Place place;
  const auto me = place.office.owner.get("/v1/me");
  CHECK(http::find(me.headers, "Cache-Control") == "no-store");
  CHECK(http::find(me.headers, "X-Content-Type-Options") == "nosniff");
}
