#include "projections/views/profiles.hpp"

#include "tests/projections/story.hpp"
#include "tests/support/catch.hpp"

using namespace rollcall;
using namespace rollcall::projections;
namespace json = boost::json;

namespace {

struct Profiles {
  Story story;
  LiveView view{profiles};

  json::object of(const SomeMember& who) { return at(story.now, who); }
  json::object at(Time now, const SomeMember& who) {
    const auto profile = ask<UserProfile>(view.rows(story), story.here, {{"user", who.id.text()}}, now);
    REQUIRE(profile.has_value());
    return json::parse(*profile).as_object();
  }
  std::string counts(const SomeMember& who) {
    const auto profile = of(who);
    return json::serialize(profile.at("counts")) + " v" + json::serialize(profile.at("ledger_version"));
  }
};

std::string counted(int contacts, int leads, int pending, int completed, int notes, int version) {
  return R"({"contacts":)" + std::to_string(contacts) + R"(,"leads":)" + std::to_string(leads) +
         R"(,"pending_tasks":)" + std::to_string(pending) + R"(,"completed_tasks":)" + std::to_string(completed) +
         R"(,"notes":)" + std::to_string(notes) + "} v" + std::to_string(version);
}

}  // namespace

TEST_CASE("a profile says who somebody is, what he may do, and who let him in") {
  Profiles profile;
  const auto owner = profile.story.open_account("gx624");
  const auto sent = profile.story.now;
  const auto invitation =
      profile.story.invite_partner("paula@agency.example", false, moment("2026-06-01T00:00:00Z"), {}, owner.id);
  const auto joined = profile.story.now + seconds(1);
  const auto partner = profile.story.accept(invitation, "Paula", {Permission::parse("contact.view").value()});

  const auto is = profile.of(partner);
  CHECK(is.at("id").as_string() == partner.id.text());
  CHECK(is.at("account") == "gx624");
  CHECK(is.at("person").as_string() == partner.person.text());
  CHECK(is.at("name") == "Paula");
  CHECK(is.at("email") == "paula@agency.example");
  CHECK(is.at("partner") == true);
  CHECK(is.at("role") == "partner");
  CHECK(is.at("status") == "active");
  CHECK(json::serialize(is.at("permissions")) == R"(["contact.view"])");
  CHECK(is.at("joined_at").as_string() == joined.text());
  CHECK(is.at("invitation").as_string() == invitation.id.text());
  CHECK(is.at("invited_at").as_string() == sent.text());
  CHECK(is.at("invited_by").as_string() == owner.id.text());
  CHECK(is.at("access_ends_at") == "2026-06-01T00:00:00.000000Z");
  CHECK(is.at("predecessor").is_null());
  CHECK(is.at("ended_at").is_null());
  CHECK(is.at("end_cause").is_null());
  CHECK(is.at("last_sign_in").is_null());
}

TEST_CASE("there is no profile of a stranger, nor of another account's user") {
  Profiles profile;
  const auto owner = profile.story.open_account("gx624");
  const auto& rows = profile.view.rows(profile.story);
  CHECK_FALSE(ask<UserProfile>(rows, account("gx624"), {{"user", profile.story.someone().id.text()}}, profile.story.now)
                  .has_value());
  CHECK_FALSE(ask<UserProfile>(rows, account("other"), {{"user", owner.id.text()}}, profile.story.now).has_value());
}

TEST_CASE("every record that comes or goes counts, and the ledger version grows with it") {
  Profiles profile;
  auto& story = profile.story;
  const auto owner = story.open_account("gx624");
  const auto user = story.user("ulla@firm.example", "Ulla");
  const auto ids = std::vector{Story::record("C1"), Story::record("C2"), Story::record("C3")};

  story.happens(RecordsImported{RecordKind::contact, RecordStatus::open, user.id, ids});
  CHECK(profile.counts(user) == counted(3, 0, 0, 0, 0, 3));
  story.happens(RecordsImported{RecordKind::task, RecordStatus::completed, user.id, {Story::record("T0")}});
  story.gets(user, RecordKind::lead, "L1");
  story.gets(user, RecordKind::task, "T1");
  CHECK(profile.counts(user) == counted(3, 1, 1, 1, 0, 6));
  story.happens(TaskCompleted{Story::record("T1"), user.id});
  CHECK(profile.counts(user) == counted(3, 1, 0, 2, 0, 7));
  story.happens(TaskReopened{Story::record("T1"), user.id});
  CHECK(profile.counts(user) == counted(3, 1, 1, 1, 0, 8));
  story.happens(NoteAdded{Story::record("N1"), user.id});
  CHECK(profile.counts(user) == counted(3, 1, 1, 1, 1, 9));
  story.happens(RecordAssigned{RecordKind::contact, ids[0], user.id, owner.id});
  CHECK(profile.counts(user) == counted(2, 1, 1, 1, 1, 10));
  CHECK(profile.counts(owner) == counted(1, 0, 0, 0, 0, 1));
  story.happens(RecordsUnassigned{RecordKind::lead, user.id, {Story::record("L1")}, std::nullopt});
  CHECK(profile.counts(user) == counted(2, 0, 1, 1, 1, 11));
  story.happens(RecordAssigned{RecordKind::lead, Story::record("L1"), std::nullopt, owner.id});
  CHECK(profile.counts(owner) == counted(1, 1, 0, 0, 0, 2));
  story.happens(RecordsReassigned{story.next<ReassignmentId>(),
                                  RecordKind::contact,
                                  ReassignmentMode::ratio,
                                  user.id,
                                  owner.id,
                                  2,
                                  1,
                                  {ids[1], ids[2]}});
  CHECK(profile.counts(user) == counted(0, 0, 1, 1, 1, 13));
  CHECK(profile.counts(owner) == counted(3, 1, 0, 0, 0, 4));
  story.happens(CompletedTasksRemoved{user.id, {Story::record("T0")}});
  CHECK(profile.counts(user) == counted(0, 0, 1, 0, 1, 14));
}

TEST_CASE("records that nobody owns count for nobody") {
  Profiles profile;
  const auto owner = profile.story.open_account("gx624");
  profile.story.happens(RecordRegistered{RecordKind::contact, Story::record("C1"), std::nullopt});
  profile.story.happens(RecordsImported{RecordKind::task, RecordStatus::open, std::nullopt, {Story::record("T1")}});
  profile.story.happens(TaskCompleted{Story::record("T1"), std::nullopt});
  CHECK(profile.counts(owner) == counted(0, 0, 0, 0, 0, 0));
}

TEST_CASE("a profile lists the live sessions of this account") {
  Profiles profile;
  const auto owner = profile.story.open_account("gx624");
  const auto first_at = profile.story.now;
  const auto first = profile.story.signs_in(owner);
  const auto second = profile.story.signs_in(owner);
  const auto wide_at = profile.story.now;  // for all accounts: it shows, and is no session of this one
  profile.story.happens(Scope::of(owner.person), SessionStarted{profile.story.next<SessionId>(), owner.person,
                                                                std::nullopt, profile.story.now + hours(8)});
  const auto live = [&](Time now) { return column(profile.at(now, owner), "sessions", "id"); };

  CHECK(profile.of(owner).at("last_sign_in").as_string() == wide_at.text());
  CHECK(profile.of(owner).at("live_sessions") == 2);
  CHECK(live(profile.story.now) == Words{first.text(), second.text()});
  SECTION("not one whose time has run out") {
    CHECK(live(first_at + hours(8)) == Words{second.text()});
    CHECK(profile.at(first_at + hours(8), owner).at("live_sessions") == 1);
  }
  SECTION("not one that was ended") {
    profile.story.happens(SessionEnded{first, owner.person, owner.id, SessionEndCause::signed_out});
    CHECK(live(profile.story.now) == Words{second.text()});
  }
  SECTION("none after they were revoked") {
    profile.story.happens(SessionsRevoked{owner.person, owner.id, {first, second}});
    CHECK(live(profile.story.now).empty());
  }
}

TEST_CASE("a profile says how and when access ended") {
  Profiles profile;
  profile.story.open_account("gx624");
  const auto partner = profile.story.partner("paula@agency.example", "Paula");
  const auto ended = profile.story.now;
  const auto ends = [&] {
    const auto is = profile.of(partner);
    return std::string{is.at("status").as_string()} + " " + std::string{is.at("end_cause").as_string()} + " " +
           (is.at("ended_at").as_string() == ended.text() ? "then" : "at another time");
  };

  SECTION("when he left") {
    profile.story.leave(partner);
    CHECK(ends() == "ended left then");
  }
  SECTION("when he was deactivated") {
    profile.story.deactivate(partner, MemberKind::partner);
    CHECK(ends() == "ended deactivated then");
  }
  SECTION("in slices: it ended when that began") {
    profile.story.happens(DeactivationStarted{
        profile.story.next<ReassignmentId>(), partner.id, partner.person, EndCause::review, {}, {}});
    CHECK(ends() == "deactivating review then");
    profile.story.deactivate(partner, MemberKind::partner);
    CHECK(ends() == "ended review then");
  }
}

TEST_CASE("who is frozen has no access meanwhile, and the history of access says so") {
  Profiles profile;
  auto& story = profile.story;
  story.open_account("gx624", "Olga");
  const auto ulla = story.user("ulla@firm.example", "Ulla");
  const auto access = [&](const Parameters& parameters = {}) {
    const auto text = ask<AccessHistory>(profile.view.rows(story), story.here, parameters, story.now);
    REQUIRE(text.has_value());
    return json::parse(*text);
  };
  const auto on = [&](Time at) { return column(access({{"on", at.text()}}), "spans", "name"); };
  const auto before = story.now + seconds(-1);
  const auto frozen = story.now;
  story.happens(UserFrozen{ulla.id, ulla.person, std::nullopt});
  CHECK(on(before) == Words{"Olga", "Ulla"});
  CHECK(on(frozen) == Words{"Olga"});
  const auto back = story.now;
  story.happens(UserUnfrozen{ulla.id, ulla.person});
  CHECK(on(frozen) == Words{"Olga"});
  CHECK(on(back) == Words{"Olga", "Ulla"});

  // Until some time: it ends whether or not that is written down. Frozen anew means until then.
  const auto again = story.now;
  story.happens(UserFrozen{ulla.id, ulla.person, story.now + seconds(100)});
  story.happens(UserFrozen{ulla.id, ulla.person, again + seconds(10)});
  story.now = again + seconds(50);
  CHECK(on(again + seconds(9)) == Words{"Olga"});
  CHECK(on(again + seconds(10)) == Words{"Olga", "Ulla"});
  const auto all = access();
  CHECK(json::serialize(all.at("spans").at(1).at("frozen")) ==
        R"([{"from":")" + frozen.text() + R"(","to":")" + back.text() + R"("},{"from":")" + again.text() +
            R"(","to":")" + (again + seconds(10)).text() + R"("}])");
  const auto later =
      ask<AccessHistory>(profile.view.rows(story), story.here, {{"on", (story.now + seconds(1)).text()}}, story.now);
  REQUIRE_FALSE(later.has_value());
  CHECK(later.error().parameter == "on");
}

TEST_CASE("the new membership of a former partner names the old one") {
  Profiles profile;
  profile.story.open_account("gx624");
  const auto before = profile.story.partner("paula@agency.example", "Paula");
  profile.story.leave(before);
  const SomeMember after{before.person, profile.story.next<MembershipId>(), before.key};
  MembershipActivated again;
  again.membership = after.id;
  again.person = after.person;
  again.email = Personal(after.key, "paula@agency.example");
  again.kind = MemberKind::partner;
  again.predecessor = before.id;
  profile.story.happens(again);
  CHECK(profile.of(after).at("predecessor").as_string() == before.id.text());
}

TEST_CASE("the profile of an erased person keeps everything but his data") {
  Profiles profile;
  profile.story.open_account("gx624");
  const auto user = profile.story.user("ulla@firm.example", "Ulla");
  profile.story.gets(user, RecordKind::contact, "C1");
  profile.story.keys.destroy(user.key);
  CHECK(profile.of(user).at("name") == "[erased]");
  CHECK(profile.of(user).at("email") == "[erased]");
  CHECK(profile.counts(user) == counted(1, 0, 0, 0, 0, 1));
}
