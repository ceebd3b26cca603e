#include "projections/views/invitations.hpp"

#include "tests/projections/story.hpp"
#include "tests/support/catch.hpp"

using namespace rollcall;
using namespace rollcall::projections;
namespace json = boost::json;

namespace {

struct InvitationsList {
  Story story;
  LiveView view{invitations};

  json::value page(const Parameters& parameters = {}) { return page_at(story.now, parameters); }
  json::value page_at(Time now, const Parameters& parameters = {}) {
    const auto text = ask<Invitations>(view.rows(story), story.here, parameters, now);
    REQUIRE(text.has_value());
    return json::parse(*text);
  }
  Words emails(const Parameters& parameters = {}) { return column(page(parameters), "invitations", "email"); }
  json::value first(const Parameters& parameters = {}) { return page(parameters).at("invitations").at(0); }
};

}  // namespace

TEST_CASE("an invitation says whom it is for, who sent it and until when it is good") {
  InvitationsList list;
  const auto owner = list.story.open_account("gx624", "Olga Owner");
  const auto sent = list.story.now;
  const auto invitation =
      list.story.invite_partner("paula@agency.example", true, moment("2026-06-01T00:00:00Z"), {}, owner.id);

  CHECK(json::serialize(list.first()) ==
        R"({"id":")" + invitation.id.text() +
            R"(","kind":"partner","partner":true,"name":null,"email":"paula@agency.example","role":"partner_admin",)"
            R"("admin":true,"groups":["Admin"],"status":"pending","lapsed":false,"invited_at":")" +
            sent.text() + R"(","sent_at":")" + sent.text() + R"(","attempt":1,"expires_at":")" +
            (sent + days(7)).text() +
            R"(","access_ends_at":"2026-06-01T00:00:00.000000Z","predecessor":null,"invited_by":")" + owner.id.text() +
            R"(","inviter":"Olga Owner","inviter_inactive":false,"mail":"queued"})");
}

TEST_CASE("an invitation keeps its place in the list through its whole life") {
  InvitationsList list;
  list.story.open_account("gx624");
  const auto invitation = list.story.invite_user("ulla@firm.example", "Ulla");
  const auto status = [&] { return std::string{list.first().at("status").as_string()}; };

  SECTION("accepted") {
    list.story.accept(invitation);
    CHECK(status() == "accepted");
  }
  SECTION("declined") {
    list.story.happens(InvitationDeclined{invitation.id});
    CHECK(status() == "declined");
  }
  SECTION("revoked") {
    list.story.happens(InvitationRevoked{invitation.id});
    CHECK(status() == "revoked");
  }
  SECTION("expired, then sent again") {
    list.story.happens(InvitationExpired{invitation.id});
    CHECK(status() == "expired");
    CHECK(list.first().at("lapsed") == false);
    const auto sent = list.story.now;
    list.story.happens(InvitationResent{invitation.id, 2, sent + days(7)});
    CHECK(status() == "pending");
    CHECK(list.first().at("attempt") == 2);
    CHECK(list.first().at("sent_at").as_string() == sent.text());
    CHECK(list.first().at("invited_at") != list.first().at("sent_at"));
  }
}

TEST_CASE("an invitation past its time is expired, and lapsed as long as the clock has not written that down") {
  InvitationsList list;
  list.story.open_account("gx624");
  list.story.invite_user("ulla@firm.example", "Ulla");
  const auto lapses = moment(std::string{list.first().at("expires_at").as_string()});

  CHECK(list.page_at(lapses - microseconds(1)).at("invitations").at(0).at("status") == "pending");
  const auto lapsed = list.page_at(lapses, {{"status", "expired"}});
  REQUIRE(lapsed.at("invitations").as_array().size() == 1);
  CHECK(lapsed.at("invitations").at(0).at("status") == "expired");
  CHECK(lapsed.at("invitations").at(0).at("lapsed") == true);
  CHECK(list.page_at(lapses, {{"status", "pending"}}).at("invitations").as_array().empty());
}

TEST_CASE("invitations of somebody who is not active any more are flagged and stay good") {
  InvitationsList list;
  list.story.open_account("gx624");
  const auto admin = list.story.user("anna@firm.example", "Anna", true);
  list.story.invite_user("ulla@firm.example", "Ulla", false, {}, admin.id);
  CHECK(list.first().at("inviter_inactive") == false);
  list.story.deactivate(admin);
  CHECK(list.first().at("inviter_inactive") == true);
  CHECK(list.first().at("status") == "pending");
}

TEST_CASE("the invitations that one user sent are listed, and a user nobody knows is refused") {
  InvitationsList list;
  list.story.open_account("gx624");
  const auto admin = list.story.user("anna@firm.example", "Anna", true);
  const auto other = list.story.user("berta@firm.example", "Berta", true);
  list.story.invite_user("ulla@firm.example", "Ulla", false, {}, admin.id);
  list.story.invite_user("vera@firm.example", "Vera");
  CHECK(list.emails({{"inviter", admin.id.text()}}) == Words{"ulla@firm.example"});
  CHECK(list.emails({{"inviter", other.id.text()}}).empty());
  const auto stranger = ask<Invitations>(list.view.rows(list.story), list.story.here,
                                         {{"inviter", list.story.next<MembershipId>().text()}}, list.story.now);
  REQUIRE(!stranger);
  CHECK(stranger.error().parameter == "inviter");
}

TEST_CASE("an invitation the operator sent has no inviter") {
  InvitationsList list;
  list.story.open_account("gx624");
  list.story.invite_user("ulla@firm.example", "Ulla");
  CHECK(list.first().at("invited_by").is_null());
  CHECK(list.first().at("inviter").is_null());
  CHECK(list.first().at("inviter_inactive") == false);
}

TEST_CASE("invitations are filtered by status, kind and text, and the latest sent comes first") {
  InvitationsList list;
  list.story.open_account("gx624");
  const auto first = list.story.invite_user("anna@firm.example", "Anna");
  list.story.invite_partner("berta@agency.example");
  const auto third = list.story.invite_user("carl@firm.example", "Carl");
  list.story.happens(InvitationRevoked{third.id});

  CHECK(list.emails() == Words{"carl@firm.example", "berta@agency.example", "anna@firm.example"});
  CHECK(list.emails({{"status", "pending"}}) == Words{"berta@agency.example", "anna@firm.example"});
  CHECK(list.emails({{"status", "revoked,declined"}}) == Words{"carl@firm.example"});
  CHECK(list.emails({{"kind", "partner"}}) == Words{"berta@agency.example"});
  CHECK(list.emails({{"q", "ANNA"}}) == Words{"anna@firm.example"});
  CHECK(list.emails({{"sort", "sent"}}) == Words{"anna@firm.example", "berta@agency.example", "carl@firm.example"});

  list.story.happens(InvitationResent{first.id, 2, list.story.now + days(1)});
  CHECK(list.emails().front() == "anna@firm.example");
  CHECK(list.emails({{"sort", "expires"}}).front() == "anna@firm.example");
}

TEST_CASE("invitations are cut into pages") {
  InvitationsList list;
  list.story.open_account("gx624");
  for (int i = 0; i < 5; ++i) list.story.invite_user("u" + std::to_string(i) + "@firm.example", "U");
  for (const auto* sort : {"sent", "-sent", "expires"}) {
    CAPTURE(sort);
    const auto page = list.page({{"sort", sort}, {"limit", "3"}});
    auto walked = column(page, "invitations", "id");
    const auto rest = list.page({{"sort", sort}, {"limit", "3"}, {"cursor", page.at("next").as_string().c_str()}});
    CHECK(rest.at("next").is_null());
    for (const auto& id : column(rest, "invitations", "id")) walked.push_back(id);
    CHECK(walked == column(list.page({{"sort", sort}}), "invitations", "id"));
  }
}

TEST_CASE("an invitation of an erased person shows that his data is gone") {
  InvitationsList list;
  list.story.open_account("gx624");
  list.story.keys.destroy(list.story.invite_user("ulla@firm.example", "Ulla").key);
  CHECK(list.first().at("email") == "[erased]");
  CHECK(list.first().at("name") == "[erased]");
}

TEST_CASE("the invitations of an unknown account and unknown filters are refused by name") {
  InvitationsList list;
  list.story.open_account("gx624");
  const auto wrong = [&](const AccountId& of, const Parameters& parameters) {
    return ask<Invitations>(list.view.rows(list.story), of, parameters, list.story.now).error();
  };
  CHECK(wrong(list.story.here, {{"status", "lapsed"}}).detail ==
        R"("lapsed" is not one of all, pending, accepted, declined, revoked, expired)");
  CHECK(wrong(account("nowhere"), {}).parameter == "account");
}
