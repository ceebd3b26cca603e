#include "projections/views/users.hpp"

#include "tests/projections/story.hpp"
#include "tests/support/catch.hpp"

using namespace rollcall;
using namespace rollcall::projections;

namespace {

struct UsersList {
  Story story;
  LiveView view{users};

  json::value page(const Parameters& parameters = {}) { return page_at(story.now, parameters); }
  json::value page_at(Time now, const Parameters& parameters = {}) {
    const auto text = ask<Users>(view.rows(story), story.here, parameters, now);
    REQUIRE(text.has_value());
    return json::parse(*text);
  }
  Words names(const Parameters& parameters = {}) { return column(page(parameters), "users", "name"); }
  Words emails(const Parameters& parameters = {}) { return column(page(parameters), "users", "email"); }
  json::value row(const std::string& email, const Parameters& parameters = {{"status", "all"}}) {
    const auto list = page(parameters);
    for (const auto& row : list.at("users").as_array())
      if (row.at("email").as_string() == email) return row;
    return nullptr;
  }
};

}  // namespace

TEST_CASE("the owner of a new account is its first user and takes a seat") {
  UsersList list;
  const auto owner = list.story.open_account("gx624", "Olga Owner", 5);

  const auto page = list.page();
  CHECK(json::serialize(page.at("seats")) == R"({"used":1,"limit":5})");
  CHECK(page.at("partners") == 0);
  CHECK(page.at("pending_invitations") == 0);
  CHECK(page.at("next").is_null());
  REQUIRE(page.at("users").as_array().size() == 1);
  CHECK(
      json::serialize(page.at("users").at(0)) ==
      R"({"id":")" + owner.id.text() +
          R"(","kind":"standard","partner":false,"name":"Olga Owner","email":"owner@gx624.example","role":"owner",)"
          R"("admin":true,"groups":["Admin"],"status":"active","last_sign_in":null,"access_ends_at":null,"frozen_until":null,"teams":[],)"
          R"("invited_at":null,"invited_by":null,"expires_at":null,"invitation":null})");
}

TEST_CASE("an invited partner is a row with the status invited, without a seat") {
  UsersList list;
  const auto owner = list.story.open_account("gx624");
  const auto ends = moment("2026-06-01T00:00:00Z");
  const auto sent = list.story.now;
  const auto invitation = list.story.invite_partner("partner@agency.example", true, ends, {}, owner.id);

  const auto row = list.row("partner@agency.example", {});
  CHECK(row.at("id").as_string() == invitation.id.text());
  CHECK(row.at("kind") == "partner");
  CHECK(row.at("partner") == true);
  CHECK(row.at("name").is_null());
  CHECK(row.at("role") == "partner_admin");
  CHECK(row.at("admin") == true);
  CHECK(row.at("status") == "invited");
  CHECK(row.at("invitation") == "pending");
  CHECK(row.at("invited_at").as_string() == sent.text());
  CHECK(row.at("invited_by").as_string() == owner.id.text());
  CHECK(row.at("expires_at").as_string() == (sent + days(7)).text());
  CHECK(row.at("access_ends_at").as_string() == ends.text());
  CHECK(list.page().at("seats").at("used") == 1);
  CHECK(list.page().at("pending_invitations") == 1);
}

TEST_CASE("an accepted invitation becomes the row of the member, with who invited him and when") {
  UsersList list;
  const auto owner = list.story.open_account("gx624");
  const auto sent = list.story.now;
  const auto invitation = list.story.invite_partner("partner@agency.example", false, {}, {}, owner.id);
  const auto member = list.story.accept(invitation, "Paula Partner");

  CHECK(list.names() == Words{"Olga Owner", "Paula Partner"});
  const auto row = list.row("partner@agency.example");
  CHECK(row.at("id").as_string() == member.id.text());
  CHECK(row.at("role") == "partner");
  CHECK(row.at("status") == "active");
  CHECK(row.at("invited_at").as_string() == sent.text());
  CHECK(row.at("invited_by").as_string() == owner.id.text());
  CHECK(row.at("invitation").is_null());
  CHECK(list.page().at("partners") == 1);
  CHECK(list.page().at("pending_invitations") == 0);
  CHECK(list.page().at("seats").at("used") == 1);
}

TEST_CASE("an accepted ordinary user takes a seat, and a changed limit shows in the header") {
  UsersList list;
  list.story.open_account("gx624", "Olga Owner", 5);
  list.story.user("ulla@firm.example", "Ulla User");
  list.story.happens(SeatLimitChanged{5, 8});

  CHECK(json::serialize(list.page().at("seats")) == R"({"used":2,"limit":8})");
  CHECK(list.page().at("partners") == 0);
}

TEST_CASE("a revoked and a declined invitation leave the list") {
  UsersList list;
  list.story.open_account("gx624");
  const auto revoked = list.story.invite_user("rita@firm.example", "Rita");
  const auto declined = list.story.invite_user("dora@firm.example", "Dora");
  CHECK(list.page().at("pending_invitations") == 2);
  list.story.happens(InvitationRevoked{revoked.id});
  list.story.happens(InvitationDeclined{declined.id});

  CHECK(list.names({{"status", "all"}}) == Words{"Olga Owner"});
  CHECK(list.page().at("pending_invitations") == 0);
}

TEST_CASE("an invitation whose time has run out reads as expired before the clock wrote it, and after") {
  UsersList list;
  list.story.open_account("gx624");
  const auto invitation = list.story.invite_partner("partner@agency.example");
  const auto lapses = moment(std::string{list.row("partner@agency.example").at("expires_at").as_string()});
  const auto read_at = [&](Time now) {
    const auto page = list.page_at(now, {{"status", "invited"}});
    return std::string{page.at("users").at(0).at("invitation").as_string()} + " of " +
           json::serialize(page.at("pending_invitations"));
  };

  CHECK(read_at(lapses - microseconds(1)) == "pending of 1");
  CHECK(read_at(lapses) == "expired of 0");
  list.story.now = lapses + hours(1);
  list.story.happens(InvitationExpired{invitation.id});
  CHECK(read_at(list.story.now) == "expired of 0");
}

TEST_CASE("a resent invitation is pending once more") {
  UsersList list;
  list.story.open_account("gx624");
  const auto invitation = list.story.invite_partner("partner@agency.example");
  list.story.now = list.story.now + days(8);
  list.story.happens(InvitationExpired{invitation.id});
  const auto expires = list.story.now + days(7);
  list.story.happens(InvitationResent{invitation.id, 2, expires});

  const auto row = list.row("partner@agency.example");
  CHECK(row.at("invitation") == "pending");
  CHECK(row.at("expires_at").as_string() == expires.text());
  CHECK(list.page().at("pending_invitations") == 1);
}

TEST_CASE("a new invitation takes the place of the expired one of the same person") {
  UsersList list;
  list.story.open_account("gx624");
  const auto first = list.story.invite_partner("partner@agency.example");
  list.story.happens(InvitationExpired{first.id});
  const SomeMember person{first.person, {}, first.key};
  const auto second = list.story.invite_partner("partner@agency.example", true, {}, person);
  CHECK(column(list.page({{"status", "invited"}}), "users", "id") == Words{second.id.text()});

  SECTION("and when that one is revoked the first can come back by being resent") {
    list.story.happens(InvitationRevoked{second.id});
    CHECK(column(list.page({{"status", "invited"}}), "users", "id").empty());
    list.story.happens(InvitationResent{first.id, 2, list.story.now + days(7)});
    CHECK(column(list.page({{"status", "invited"}}), "users", "id") == Words{first.id.text()});
    CHECK(list.page().at("pending_invitations") == 1);
  }
  SECTION("and neither is left once the person is in") {
    list.story.accept(second, "Paula Partner");
    CHECK(list.names({{"status", "all"}}) == Words{"Olga Owner", "Paula Partner"});
  }
}

TEST_CASE("a deactivated user leaves the default list, is found under Inactive and frees his seat") {
  UsersList list;
  list.story.open_account("gx624", "Olga Owner", 5);
  list.story.deactivate(list.story.user("ulla@firm.example", "Ulla User"));

  CHECK(list.names() == Words{"Olga Owner"});
  CHECK(list.names({{"status", "active"}}) == Words{"Olga Owner"});
  CHECK(list.names({{"status", "inactive"}}) == Words{"Ulla User"});
  CHECK(list.page().at("seats").at("used") == 1);
}

TEST_CASE("a deactivated partner and one who left have ended, and the count of partners follows") {
  UsersList list;
  list.story.open_account("gx624");
  const auto gone = list.story.partner("gone@agency.example", "Gone");
  const auto left = list.story.partner("left@agency.example", "Left");
  list.story.partner("here@agency.example", "Here");
  CHECK(list.page().at("partners") == 3);
  list.story.deactivate(gone, MemberKind::partner);
  list.story.leave(left);

  CHECK(list.names({{"status", "ended"}}) == Words{"Gone", "Left"});
  CHECK(list.page().at("partners") == 1);
}

TEST_CASE("a user who is being deactivated is not active any more") {
  UsersList list;
  list.story.open_account("gx624");
  const auto partner = list.story.partner("partner@agency.example", "Paula Partner");
  list.story.happens(DeactivationStarted{
      list.story.next<ReassignmentId>(), partner.id, partner.person, EndCause::deactivated, {}, {}});
  CHECK(list.names() == Words{"Olga Owner"});
  CHECK(list.names({{"status", "deactivating"}}) == Words{"Paula Partner"});
  CHECK(list.page().at("partners") == 0);

  list.story.deactivate(partner, MemberKind::partner);
  CHECK(list.names({{"status", "ended"}}) == Words{"Paula Partner"});
  CHECK(list.page().at("partners") == 0);
}

TEST_CASE("a partner who is leaving in slices is not active any more") {
  UsersList list;
  list.story.open_account("gx624");
  const auto partner = list.story.partner("partner@agency.example", "Paula Partner");
  list.story.happens(LeavingStarted{list.story.next<ReassignmentId>(), partner.id, partner.person, {}});
  CHECK(list.names({{"status", "deactivating"}}) == Words{"Paula Partner"});
}

TEST_CASE("a partner invited again has his ended row and a new one") {
  UsersList list;
  list.story.open_account("gx624");
  const auto partner = list.story.partner("partner@agency.example", "Paula Partner");
  list.story.leave(partner);
  list.story.accept(list.story.invite_partner("partner@agency.example", true, {}, partner), "Paula Partner");

  CHECK(column(list.page({{"status", "all"}, {"kind", "partner"}, {"sort", "status"}}), "users", "status") ==
        Words{"active", "ended"});
}

TEST_CASE("groups change the role") {
  UsersList list;
  list.story.open_account("gx624");
  const auto user = list.story.user("ulla@firm.example", "Ulla User");
  CHECK(list.row("ulla@firm.example").at("role") == "user");
  list.story.happens(GroupJoined{user.id, Group::admin});
  list.story.happens(GroupJoined{user.id, Group::sales_rep});
  CHECK(list.row("ulla@firm.example").at("role") == "admin");
  CHECK(json::serialize(list.row("ulla@firm.example").at("groups")) == R"(["Admin","SalesRep"])");
  list.story.happens(GroupLeft{user.id, Group::admin});
  CHECK(json::serialize(list.row("ulla@firm.example").at("groups")) == R"(["SalesRep"])");
}

TEST_CASE("the last sign-in is that of this account, or of all accounts of the person") {
  UsersList list;
  list.story.open_account("gx624");
  const auto user = list.story.user("ulla@firm.example", "Ulla User");
  list.story.signs_in(user);
  auto last = list.story.now;
  list.story.signs_in(user);
  CHECK(list.row("ulla@firm.example").at("last_sign_in").as_string() == last.text());
  last = list.story.now;
  list.story.happens(Scope::of(user.person),
                     SessionStarted{list.story.next<SessionId>(), user.person, std::nullopt, list.story.now});
  CHECK(list.row("ulla@firm.example").at("last_sign_in").as_string() == last.text());
}

TEST_CASE("a name chosen at set-up shows wherever the person is a member") {
  UsersList list;
  list.story.open_account("other");
  const auto partner = list.story.partner("partner@agency.example");
  list.story.open_account("gx624");
  list.story.accept(list.story.invite_partner("partner@agency.example", true, {}, partner));
  list.story.registers(partner, "Paula Partner");

  CHECK(list.row("partner@agency.example").at("name") == "Paula Partner");
  list.story.here = account("other");
  CHECK(list.row("partner@agency.example").at("name") == "Paula Partner");
}

TEST_CASE("an erased person is a row like any other, without his data") {
  UsersList list;
  list.story.open_account("gx624");
  const auto user = list.story.user("ulla@firm.example", "Ulla User");
  const auto invited = list.story.invite_user("ina@firm.example", "Ina");
  list.story.keys.destroy(user.key);
  list.story.keys.destroy(invited.key);

  CHECK(list.names() == Words{"[erased]", "[erased]", "Olga Owner"});
  CHECK(list.emails() == Words{"[erased]", "[erased]", "owner@gx624.example"});
  CHECK(list.page().at("seats").at("used") == 2);
}

TEST_CASE("the Users list is filtered by kind, role and text") {
  UsersList list;
  list.story.open_account("gx624");
  list.story.user("anna@firm.example", "Anna", true);
  list.story.user("berta@firm.example", "Berta");
  list.story.partner("carl@agency.example", "Carl", true);
  list.story.partner("dirk@agency.example", "Dirk", false);
  list.story.invite_user("emil@firm.example", "Emil");

  CHECK(list.names({{"kind", "partner"}}) == Words{"Carl", "Dirk"});
  CHECK(list.names({{"kind", "standard"}}) == Words{"Anna", "Berta", "Emil", "Olga Owner"});
  CHECK(list.names({{"role", "owner"}}) == Words{"Olga Owner"});
  CHECK(list.names({{"role", "admin"}}) == Words{"Anna"});
  CHECK(list.names({{"role", "user"}}) == Words{"Berta", "Emil"});
  CHECK(list.names({{"role", "partner,partner_admin"}}) == Words{"Carl", "Dirk"});
  CHECK(list.names({{"status", "invited"}}) == Words{"Emil"});
  CHECK(list.names({{"q", "AGENCY"}}) == Words{"Carl", "Dirk"});
  CHECK(list.names({{"q", "ert"}}) == Words{"Berta"});
  CHECK(list.names({{"q", "nobody"}}).empty());
}

TEST_CASE("whose access ends soon is found by days, from now until then") {
  UsersList list;
  auto& story = list.story;
  story.open_account("gx624");
  story.partner("for.ever@agency.example");
  const auto soon = story.now + days(7), late = story.now + days(30);
  story.accept(story.invite_partner("soon@agency.example", false, soon));
  story.accept(story.invite_partner("late@agency.example", false, late));
  const auto within = [&](Time now, std::string_view number) {
    return column(list.page_at(now, {{"status", "all"}, {"ends_within", std::string{number}}}), "users", "email");
  };
  CHECK(within(soon - days(7), "7") == Words{"soon@agency.example"});
  CHECK(within(soon - days(7) - microseconds(1), "7").empty());
  CHECK(within(late - days(30), "30").size() == 2);
  CHECK(within(soon, "1").empty());  // it has ended
  CHECK(within(late - microseconds(1), "1") == Words{"late@agency.example"});
}

TEST_CASE("who has not signed in for some days, or never, is found; invitations are nobody yet") {
  UsersList list;
  auto& story = list.story;
  story.open_account("gx624", "Olga");
  story.user("never@firm.example", "Never");
  const auto once = story.user("once@firm.example", "Once");
  story.invite_user("invited@firm.example", "Invited");
  story.signs_in(once);
  const auto quiet = [&](Time now, std::string_view number) {
    return column(list.page_at(now, {{"no_sign_in_for", std::string{number}}}), "users", "name");
  };
  const auto last = Time::parse(list.row("once@firm.example").at("last_sign_in").as_string()).value();
  CHECK(quiet(last + days(10) - microseconds(1), "10") == Words{"Never", "Olga"});
  CHECK(quiet(last + days(10), "10") == Words{"Never", "Olga", "Once"});
}

TEST_CASE("names are found and sorted without regard to case, in every alphabet that has one") {
  UsersList list;
  list.story.open_account("gx624");
  list.story.user("a@firm.example", "émile");
  list.story.user("b@firm.example", "ÉMILE ZWEI");
  list.story.user("c@firm.example", "anna");
  list.story.user("d@firm.example", "ANNA ZWEI");
  list.story.user("e@firm.example", "ЮЛИЯ");

  CHECK(list.names({{"q", "Émile"}}) == Words{"émile", "ÉMILE ZWEI"});
  CHECK(list.names({{"q", "юлия"}}) == Words{"ЮЛИЯ"});
  CHECK(list.names() == Words{"anna", "ANNA ZWEI", "Olga Owner", "émile", "ÉMILE ZWEI", "ЮЛИЯ"});
}

TEST_CASE("who has no name is sorted by his address") {
  UsersList list;
  list.story.open_account("gx624");
  list.story.invite_partner("nina@agency.example");
  list.story.user("p@firm.example", "Petra");
  CHECK(list.emails() == Words{"nina@agency.example", "owner@gx624.example", "p@firm.example"});
}

TEST_CASE("the Users list is sorted by name, status, last sign-in and end of access") {
  UsersList list;
  list.story.open_account("gx624", "Olga");
  const auto anna = list.story.user("anna@firm.example", "Anna");
  const auto berta = list.story.user("berta@firm.example", "Berta");
  list.story.accept(list.story.invite_partner("carl@agency.example", true, moment("2026-09-01T00:00:00Z")), "Carl");
  list.story.accept(list.story.invite_partner("dirk@agency.example", true, moment("2026-06-01T00:00:00Z")), "Dirk");
  list.story.signs_in(berta);
  list.story.signs_in(anna);
  list.story.invite_user("emil@firm.example", "Emil");

  CHECK(list.names({{"sort", "-name"}}) == Words{"Olga", "Emil", "Dirk", "Carl", "Berta", "Anna"});
  CHECK(list.names({{"sort", "status"}}).back() == "Emil");
  CHECK(list.names({{"sort", "-status"}}).front() == "Emil");
  SECTION("those without such a date come last in either direction") {
    CHECK(list.names({{"sort", "last_sign_in"}}) == Words{"Berta", "Anna", "Carl", "Dirk", "Emil", "Olga"});
    CHECK(list.names({{"sort", "-last_sign_in"}}) == Words{"Anna", "Berta", "Olga", "Emil", "Dirk", "Carl"});
    CHECK(list.names({{"sort", "access_end"}, {"kind", "partner"}}) == Words{"Dirk", "Carl"});
    CHECK(list.names({{"sort", "-access_end"}, {"kind", "partner"}}) == Words{"Carl", "Dirk"});
  }
}

TEST_CASE("pages follow one another without a gap or a repeat, in every order") {
  UsersList list;
  list.story.open_account("gx624", "Olga");
  for (int i = 0; i < 7; ++i) {
    const auto user = list.story.user("u" + std::to_string(i) + "@firm.example", i % 2 ? "Same Name" : "Other Name");
    if (i % 3) list.story.signs_in(user);
    if (i == 5) list.story.deactivate(user);
    list.story.invite_partner("p" + std::to_string(i) + "@agency.example");
  }
  for (const auto* sort : {"name", "-name", "status", "-status", "last_sign_in", "-last_sign_in", "access_end"}) {
    for (const auto* status : {"active,invited", "all"}) {
      CAPTURE(sort, status);
      const auto whole = column(list.page({{"sort", sort}, {"status", status}}), "users", "id");
      Words walked;
      std::string cursor;
      do {
        Parameters parameters{{"sort", sort}, {"status", status}, {"limit", "3"}};
        if (!cursor.empty()) parameters.emplace_back("cursor", cursor);
        const auto page = list.page(parameters);
        const auto ids = column(page, "users", "id");
        CHECK(ids.size() <= 3);
        walked.insert(walked.end(), ids.begin(), ids.end());
        cursor = page.at("next").is_null() ? "" : page.at("next").as_string().c_str();
      } while (!cursor.empty());
      CHECK(walked == whole);
    }
  }
}

TEST_CASE("a page goes on where it ended even when that row has left the list meanwhile") {
  UsersList list;
  list.story.open_account("gx624", "Olga");
  const auto anna = list.story.user("anna@firm.example", "Anna");
  const auto berta = list.story.invite_user("berta@firm.example", "Berta");
  list.story.user("carl@firm.example", "Carl");
  const auto after = [&](const std::string& limit) {
    return std::string{list.page({{"limit", limit}}).at("next").as_string()};
  };

  const auto behind_anna = after("1"), behind_berta = after("2");
  list.story.deactivate(anna);
  list.story.happens(InvitationRevoked{berta.id});
  CHECK(list.names({{"cursor", behind_anna}}) == Words{"Carl", "Olga"});
  CHECK(list.names({{"cursor", behind_berta}}) == Words{"Carl", "Olga"});
}

TEST_CASE("a page of an account shows nothing of another") {
  UsersList list;
  list.story.open_account("gx624", "Olga");
  list.story.open_account("gx6", "Otto");
  CHECK(list.names({{"status", "all"}}) == Words{"Otto"});
  CHECK(list.names({{"sort", "-name"}}) == Words{"Otto"});
}

TEST_CASE("an unknown account, a foreign cursor and wrong parameters are refused by name") {
  UsersList list;
  list.story.open_account("gx624");
  const auto& rows = list.view.rows(list.story);
  const auto refused = [&](const Parameters& parameters) {
    const auto page = ask<Users>(rows, list.story.here, parameters, list.story.now);
    return page ? std::string{"nothing"} : page.error().parameter + ": " + page.error().detail;
  };

  CHECK(refused({{"status", "active,gone"}}) ==
        R"(status: "gone" is not one of all, active, invited, deactivating, inactive, ended, expired, frozen)");
  CHECK(refused({{"kind", "Partner"}}) == R"(kind: must be one of standard, partner)");
  CHECK(refused({{"role", ""}}) == R"(role: "" is not one of all, owner, admin, user, partner_admin, partner)");
  CHECK(refused({{"sort", "age"}}) ==
        R"(sort: must be one of name, status, last_sign_in, access_end, or one of these with - in front)");
  CHECK(refused({{"limit", "0"}}) == "limit: must be a whole number from 1 to 200");
  CHECK(refused({{"limit", "201"}}) == "limit: must be a whole number from 1 to 200");
  CHECK(refused({{"limit", "5x"}}) == "limit: must be a whole number from 1 to 200");
  CHECK(refused({{"limit", "200"}}) == "nothing");
  CHECK(refused({{"q", std::string(201, 'x')}}) == "q: must have 1 to 200 characters");
  CHECK(refused({{"statuss", "all"}}) == "statuss: is not a parameter here");
  CHECK(refused({{"q", "a"}, {"q", "b"}}) == "q: is given twice");
  CHECK(refused({{"cursor", "x"}}) == "cursor: must be the `next` of a page before");
  CHECK(refused({{"sort", "status"}, {"cursor", Cursor{0, {}}.text()}}) == "cursor: belongs to another sort");
  CHECK(refused({{"q", ""}}) == "q: must have 1 to 200 characters");
  CHECK(refused({{"ends_within", "0"}}) == "ends_within: must be a whole number from 1 to 3650");
  CHECK(refused({{"no_sign_in_for", "-1"}}) == "no_sign_in_for: must be a whole number from 1 to 3650");
  CHECK(refused({{"limit", "007"}}) == "limit: must be a whole number from 1 to 200");
  CHECK(ask<Users>(rows, account("nowhere"), {}, list.story.now).error().parameter == "account");
}

TEST_CASE("from the instant on at which access ends a partner is expired, written down or not") {
  UsersList list;
  auto& story = list.story;
  story.open_account("gx624", "Olga");
  const auto ends = story.now + days(1);
  const auto tim = story.accept(story.invite_partner("tim@agency.example", false, ends), "\"status\":\"active\" Tim");
  story.partner("paula@agency.example", "Paula");
  const auto names = [&](Time now, const Parameters& parameters) {
    return column(list.page_at(now, parameters), "users", "email");
  };
  const auto before = ends - microseconds(1);
  CHECK(names(before, {}).size() == 3);
  CHECK(names(before, {{"status", "expired"}}).empty());
  CHECK(list.page_at(before).at("partners") == 2);

  const auto check_over = [&](Time now) {
    CHECK(names(now, {}) == Words{"owner@gx624.example", "paula@agency.example"});
    CHECK(names(now, {{"status", "expired"}}) == Words{"tim@agency.example"});
    CHECK(names(now, {{"status", "active,expired"}}).size() == 3);
    CHECK(names(now, {{"status", "all"}}).size() == 3);
    CHECK(names(now, {{"status", "inactive,ended"}}).empty());
    CHECK(names(now, {{"status", "all"}, {"sort", "-status"}}).front() == "tim@agency.example");
    CHECK(list.page_at(now).at("partners") == 1);
    const auto page = list.page_at(now, {{"status", "expired"}});
    const auto& row = page.at("users").at(0);
    CHECK(row.at("status") == "expired");
    CHECK(row.at("name") == "\"status\":\"active\" Tim");
  };
  check_over(ends);
  story.now = ends;
  story.happens(AccessExpired{tim.id, tim.person, ends, {}});
  check_over(ends + hours(1));
  story.happens(UserDeactivated{tim.id, tim.person, MemberKind::partner, EndCause::expired, true, false, {}});
  check_over(ends + hours(2));
}

TEST_CASE("a sign-in for all accounts shows in each one where the person has access") {
  UsersList list;
  auto& story = list.story;
  story.open_account("other", "Otto");
  const auto here = story.partner("paula@agency.example", "Paula");
  story.open_account("gx624", "Olga");
  const auto there = story.accept(story.invite_partner("paula@agency.example", true, {}, here), "Paula");
  const auto then = story.now;
  story.happens(Scope::of(here.person), SessionStarted{story.next<SessionId>(), here.person, {}, story.now + hours(8)});
  CHECK(list.row("paula@agency.example").at("last_sign_in").as_string() == then.text());
  story.leave(there);
  story.happens(Scope::of(here.person), SessionStarted{story.next<SessionId>(), here.person, {}, story.now + hours(8)});
  CHECK(list.row("paula@agency.example").at("last_sign_in").as_string() == then.text());
}

TEST_CASE("a name is found however its letters are put together") {
  UsersList list;
  list.story.open_account("gx624", "Olga");
  list.story.user("jose@firm.example", "José");
  list.story.user("joze@firm.example", "Jose\u0301 Maria");
  for (const std::string typed : {"josé", "jose\u0301", "JOSE\u0301"})
    CHECK(list.emails({{"q", typed}}) == Words{"jose@firm.example", "joze@firm.example"});
}
