#include "projections/views/account_central.hpp"

#include "tests/projections/story.hpp"
#include "tests/support/catch.hpp"

using namespace rollcall;
using namespace rollcall::projections;

namespace {

struct Central {
  Story story;
  LiveView view{account_central};

  boost::json::value page(const SomeMember& who, const Parameters& parameters = {}) {
    return page_at(story.now, who, parameters);
  }
  boost::json::value page_at(Time now, const SomeMember& who, const Parameters& parameters = {}) {
    const auto text = ask<AccountCentral>(view.rows(story), story.here, parameters, now, who.person);
    REQUIRE(text.has_value());
    return boost::json::parse(*text);
  }
  Words cards(const SomeMember& who, const Parameters& parameters = {}) {
    return column(page(who, parameters), "accounts", "account");
  }
  boost::json::value card(const SomeMember& who) { return page(who).at("accounts").at(0); }
  std::string can_leave(const SomeMember& who) {
    return boost::json::serialize(card(who).at("can_leave")) + " " + boost::json::serialize(card(who).at("why_not"));
  }
};

}  // namespace

TEST_CASE("a partner has one card for each account he can enter") {
  Central central;
  central.story.open_account("beta", "Otto", 5, "Beta Ltd");
  const auto first = central.story.partner("paula@agency.example", "Paula");
  central.story.open_account("alpha", "Olga", 5, "Alpha Ltd");
  const auto ends = moment("2026-06-01T00:00:00Z");
  const auto invitation = central.story.invite_partner("paula@agency.example", false, ends, first);
  const auto since = central.story.now + seconds(1);
  const auto second = central.story.accept(invitation, "Paula");

  CHECK(central.cards(first) == Words{"alpha", "beta"});
  CHECK(boost::json::serialize(central.card(first)) ==
        R"({"account":"alpha","name":"Alpha Ltd","label":null,"user":")" + second.id.text() +
            R"(","kind":"partner","role":"partner","since":")" + since.text() +
            R"(","own_name":null,"connected_apps":[],"hand_over_requested_at":null,"access_ends_at":")" + ends.text() +
            R"(","contacts":0,"leads":0,"tasks":0,"can_leave":true,"why_not":null})");
}

TEST_CASE("an invitation that is not accepted is no card") {
  Central central;
  central.story.open_account("gx624");
  const auto partner = central.story.someone();
  central.story.invite_partner("paula@agency.example", true, {}, partner);
  CHECK(central.cards(partner).empty());
}

TEST_CASE("a card disappears when the membership ends, and the others stay") {
  Central central;
  central.story.open_account("beta");
  const auto in_beta = central.story.partner("paula@agency.example", "Paula");
  central.story.open_account("alpha");
  const auto in_alpha = central.story.accept(central.story.invite_partner("paula@agency.example", true, {}, in_beta));

  SECTION("by being deactivated") { central.story.deactivate(in_alpha, MemberKind::partner); }
  SECTION("by leaving") { central.story.leave(in_alpha); }
  SECTION("already while it is being deactivated in slices") {
    central.story.happens(DeactivationStarted{
        central.story.next<ReassignmentId>(), in_alpha.id, in_alpha.person, EndCause::deactivated, {}, {}});
  }
  SECTION("already while he leaves in slices") {
    central.story.happens(LeavingStarted{central.story.next<ReassignmentId>(), in_alpha.id, in_alpha.person, {}});
  }
  CHECK(central.cards(in_alpha) == Words{"beta"});
}

TEST_CASE("access that has run out shows no card, though nothing was written down") {
  Central central;
  central.story.open_account("gx624");
  const auto ends = moment("2026-06-01T00:00:00Z");
  const auto partner = central.story.accept(central.story.invite_partner("paula@agency.example", true, ends));
  CHECK(central.page_at(ends - microseconds(1), partner).at("accounts").as_array().size() == 1);
  CHECK(central.page_at(ends, partner).at("accounts").as_array().empty());
}

TEST_CASE("a label of one's own goes before the account's name and can be taken away") {
  Central central;
  central.story.open_account("beta", "Otto", 5, "Beta Ltd");
  const auto partner = central.story.partner("paula@agency.example", "Paula");
  central.story.open_account("gamma", "Gitta", 5, "Gamma Ltd");
  const auto other = central.story.accept(central.story.invite_partner("paula@agency.example", true, {}, partner));

  central.story.happens(AccountLabelSet{other.id, other.person, Personal(other.key, "A good customer")});
  CHECK(central.cards(partner) == Words{"gamma", "beta"});
  CHECK(central.card(partner).at("label") == "A good customer");
  CHECK(central.cards(partner, {{"q", "GOOD"}}) == Words{"gamma"});
  CHECK(central.cards(partner, {{"q", "beta l"}}) == Words{"beta"});

  central.story.happens(AccountLabelSet{other.id, other.person, Personal(other.key, "")});
  CHECK(central.cards(partner) == Words{"beta", "gamma"});
  CHECK(central.card(partner).at("label").is_null());
}

TEST_CASE("the card counts what the partner holds there, and contacts keep him from leaving") {
  Central central;
  const auto owner = central.story.open_account("gx624");
  const auto partner = central.story.partner("paula@agency.example", "Paula");
  CHECK(central.can_leave(partner) == "true null");

  central.story.gets(partner, RecordKind::lead, "L1");
  central.story.gets(partner, RecordKind::task, "T1");
  central.story.gets(partner, RecordKind::task, "T2");
  central.story.happens(TaskCompleted{Story::record("T1"), partner.id});
  CHECK(central.can_leave(partner) == "true null");

  central.story.gets(partner, RecordKind::contact, "C1");
  CHECK(central.card(partner).at("contacts") == 1);
  CHECK(central.card(partner).at("leads") == 1);
  CHECK(central.card(partner).at("tasks") == 1);
  CHECK(central.can_leave(partner) == R"(false "has_assigned_contacts")");

  central.story.happens(RecordAssigned{RecordKind::contact, Story::record("C1"), partner.id, owner.id});
  CHECK(central.can_leave(partner) == "true null");
}

TEST_CASE("nobody leaves while his records are being reassigned") {
  Central central;
  central.story.open_account("gx624");
  const auto partner = central.story.partner("paula@agency.example", "Paula");
  const auto reassignment = central.story.next<ReassignmentId>();
  central.story.happens(ReassignmentStarted{reassignment, partner.id, {}, {}});
  CHECK(central.can_leave(partner) == R"(false "reassignment_in_progress")");
  central.story.happens(ReassignmentCompleted{reassignment, partner.id, {}, {}});
  CHECK(central.can_leave(partner) == "true null");
}

TEST_CASE("an ordinary user has a card and cannot leave by himself") {
  Central central;
  const auto owner = central.story.open_account("gx624");
  CHECK(central.card(owner).at("role") == "owner");
  CHECK(central.can_leave(owner) == R"(false "not_a_partner")");
}

TEST_CASE("cards are sorted by name or by when they came, and cut into pages") {
  Central central;
  const auto partner = central.story.someone();
  for (const auto* id : {"cc", "aa", "bb"}) {
    central.story.open_account(id, "Owner", 5, "The same name");
    central.story.accept(central.story.invite_partner("paula@agency.example", true, {}, partner));
  }
  CHECK(central.cards(partner, {{"sort", "since"}}) == Words{"cc", "aa", "bb"});
  CHECK(central.cards(partner, {{"sort", "-since"}}) == Words{"bb", "aa", "cc"});

  for (const auto* sort : {"name", "-name", "since", "-since"}) {
    CAPTURE(sort);
    const auto first = central.page(partner, {{"sort", sort}, {"limit", "2"}});
    const auto next = std::string{first.at("next").as_string()};
    auto walked = column(first, "accounts", "account");
    for (const auto& id : central.cards(partner, {{"sort", sort}, {"limit", "2"}, {"cursor", next}}))
      walked.push_back(id);
    CHECK(walked == central.cards(partner, {{"sort", sort}}));
  }
}

TEST_CASE("an erased label shows that it is gone") {
  Central central;
  central.story.open_account("gx624");
  const auto partner = central.story.partner("paula@agency.example", "Paula");
  central.story.happens(AccountLabelSet{partner.id, partner.person, Personal(partner.key, "Mine")});
  central.story.keys.destroy(partner.key);
  CHECK(central.card(partner).at("label") == "[erased]");
}
