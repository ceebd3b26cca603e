#include "projections/engine/as_of.hpp"

#include <rapidcheck.h>

#include "projections/views/account_central.hpp"
#include "projections/views/assignments.hpp"
#include "projections/views/invitations.hpp"
#include "projections/views/profiles.hpp"
#include "projections/views/scopes.hpp"
#include "projections/views/users.hpp"
#include "tests/projections/random_story.hpp"
#include "tests/support/catch.hpp"

using namespace rollcall;
using namespace rollcall::projections;

namespace {

// A story with its index, asked about its past.
struct Past {
  const Story& story;
  LiveView index{scopes};

  explicit Past(const Story& of) : story(of) { index.rows(story); }

  Expected<Overlay, AsOfError> rows(const Projection& projection, const Subject& subject, const Moment& moment,
                                    std::uint64_t events_max = as_of_events_max) {
    return rows_as_of(projection, subject, moment, story.log, story.keys, index.store.snapshot(), events_max);
  }
  json::value users_at(const Moment& moment) {
    const auto past = rows(users, story.here, moment);
    REQUIRE(past.has_value());
    const auto page = ask<Users>(*past, story.here, {}, moment.time);
    REQUIRE(page.has_value());
    return json::parse(*page);
  }
};

}  // namespace

TEST_CASE("the Users list can be read as it was") {
  Story story;
  story.open_account("gx624", "Olga");
  const auto partner = story.partner("paula@agency.example", "Paula");
  const auto had_access = story.now - seconds(1);
  story.now = story.now + days(1);
  story.leave(partner);
  Past past(story);

  CHECK(column(past.users_at(moment_at(story.log, had_access)), "users", "name") == Words{"Olga", "Paula"});
  CHECK(column(past.users_at(moment_at(story.log, story.now)), "users", "name") == Words{"Olga"});
  CHECK(past.users_at(moment_at(story.log, had_access)).at("partners") == 1);
}

TEST_CASE("a moment includes what was recorded in it") {
  Story story;
  story.open_account("gx624", "Olga");
  const auto then = story.now;
  story.invite_user("ulla@firm.example", "Ulla");
  story.invite_user("emil@firm.example", "Emil");

  CHECK(moment_at(story.log, then).size == 4);
  CHECK(moment_at(story.log, then - microseconds(1)).size == 3);
  CHECK(moment_at(story.log, moment(Story::begins) - seconds(1)).size == 0);
  CHECK(moment_at(story.log, then + days(1'000)).size == story.log.size());
  CHECK(moment_at(story.log, Position{3})->size == 4);
  CHECK(moment_at(story.log, Position{3})->time == then);
  CHECK_FALSE(moment_at(story.log, story.log.size()).has_value());
}

TEST_CASE("an invitation lapses as of the moment that is asked about") {
  Story story;
  story.open_account("gx624");
  story.invite_partner("paula@agency.example");
  Past past(story);
  const auto status = [&](Time time) {
    const auto page = past.users_at(moment_at(story.log, time));
    return std::string{page.at("users").at(1).at("invitation").as_string()};
  };
  CHECK(status(story.now + days(6)) == "pending");
  CHECK(status(story.now + days(8)) == "expired");
}

TEST_CASE("before an account was opened there is nothing to be seen of it") {
  Story story;
  story.open_account("gx624");
  Past past(story);
  const auto rows = past.rows(users, story.here, moment_at(story.log, moment("2020-01-01T00:00:00Z")));
  CHECK(ask<Users>(*rows, story.here, {}, story.now).error().parameter == "account");
}

TEST_CASE("a profile and Account Central can be read as they were") {
  Story story;
  story.open_account("beta", "Otto", 5, "Beta Ltd");
  const auto in_beta = story.partner("paula@agency.example", "Paula");
  story.gets(in_beta, RecordKind::contact, "C1");
  story.open_account("alpha", "Olga", 5, "Alpha Ltd");
  const auto in_alpha = story.accept(story.invite_partner("paula@agency.example", true, {}, in_beta), "Paula");
  const auto then = moment_at(story.log, story.log.size() - 1).value();
  story.leave(in_alpha);
  story.here = account("beta");
  story.deactivate(in_beta, MemberKind::partner);
  Past past(story);

  const auto cards = past.rows(account_central, in_beta.person, then);
  const auto page = json::parse(ask<AccountCentral>(*cards, story.here, {}, then.time, in_beta.person).value());
  CHECK(column(page, "accounts", "name") == Words{"Alpha Ltd", "Beta Ltd"});
  CHECK(column(page, "accounts", "why_not") == Words{"null", "has_assigned_contacts"});

  const auto profile = ask<UserProfile>(*past.rows(profiles, MemberOf{account("beta"), in_beta.id}, then),
                                        account("beta"), {{"user", in_beta.id.text()}}, then.time);
  REQUIRE(profile.has_value());
  CHECK(json::parse(*profile).at("status") == "active");
  CHECK(json::parse(*profile).at("counts").at("contacts") == 1);
}

TEST_CASE("the cost of the past is that of one account's history, without what does not show") {
  Story story;
  const auto owner = story.open_account("gx624");
  for (int i = 0; i < 50; ++i)
    story.happens(SessionEnded{story.signs_in(owner), owner.person, owner.id, SessionEndCause::expired});
  const auto busy = story.open_account("busy");
  for (int i = 0; i < 500; ++i) story.signs_in(busy);
  story.here = account("gx624");
  Past past(story);

  story.log.entries_read = 0;
  REQUIRE(past.rows(users, story.here, {story.log.size(), story.now}).has_value());
  CHECK(story.log.entries_read == 3 + 1);  // of all its sign-ins the last one
}

TEST_CASE("more history than one question may cost is refused, as is a moment the index has not reached") {
  Story story;
  const auto owner = story.open_account("gx624");
  for (int i = 0; i < 10; ++i) story.happens(GroupJoined{owner.id, Group::sales_rep});
  Past past(story);
  const Moment now{story.log.size(), story.now};

  CHECK(past.rows(users, story.here, now, 13).has_value());
  CHECK(past.rows(users, story.here, now, 12).error().kind == AsOfError::Kind::too_large);
  CHECK(past.rows(users, story.here, {5, story.now}, 12).has_value());
  const auto ahead = past.rows(users, story.here, {story.log.size() + 1, story.now});
  CHECK(ahead.error().kind == AsOfError::Kind::index_behind);
  CHECK(ahead.error().limit == story.log.size());
}

TEST_CASE("the past of an erased person is there without his data") {
  Story story;
  story.open_account("gx624", "Olga");
  const auto user = story.user("ulla@firm.example", "Ulla");
  story.keys.destroy(user.key);
  Past past(story);
  CHECK(column(past.users_at(moment_at(story.log, story.now)), "users", "name") == Words{"[erased]", "Olga"});
}

TEST_CASE("a view as of a position is the view that was live there") {
  CHECK(rc::check([](const std::vector<std::uint32_t>& steps) {
    const RandomStory random(steps);
    const auto& story = random.story;
    Past past(story);
    const auto moment = moment_at(story.log, *rc::gen::inRange<Position>(0, story.log.size())).value();
    const auto live_at = [&](const Projection& projection, StoryViews& store) -> const Rows& {
      Projector projector(story.log, story.keys);
      projector.feed(projection, store);
      projector.catch_up(moment.size);
      return store.rows();
    };
    const auto same = [](const Expected<std::string, QueryError>& a, const Expected<std::string, QueryError>& b) {
      return a.value_or("none") == b.value_or("none");
    };
    StoryViews live_users, live_invitations, live_assignments, live_central, live_profiles;
    live_at(users, live_users);
    live_at(invitations, live_invitations);
    live_at(assignments, live_assignments);
    live_at(account_central, live_central);
    live_at(profiles, live_profiles);

    const Parameters everybody{{"status", "all"}, {"limit", std::to_string(page_rows_max)}};
    const auto same_page = [&]<class Q>(std::type_identity<Q>, const Rows& then, const Rows& live,
                                        const AccountId& account, const Parameters& parameters,
                                        const std::optional<PersonId>& person) {
      RC_ASSERT(same(ask<Q>(then, account, parameters, moment.time, person),
                     ask<Q>(live, account, parameters, moment.time, person)));
    };
    for (const auto& account : random.accounts) {
      same_page(std::type_identity<Users>{}, *past.rows(users, account.id, moment), live_users.rows(), account.id,
                everybody, {});
      same_page(std::type_identity<Invitations>{}, *past.rows(invitations, account.id, moment), live_invitations.rows(),
                account.id, {}, {});
      same_page(std::type_identity<Assignments>{}, *past.rows(assignments, account.id, moment), live_assignments.rows(),
                account.id, {}, {});
      for (const auto& member : account.everybody) {
        same_page(std::type_identity<AccountCentral>{}, *past.rows(account_central, member.person, moment),
                  live_central.rows(), account.id, {}, member.person);
        same_page(std::type_identity<UserProfile>{}, *past.rows(profiles, MemberOf{account.id, member.id}, moment),
                  live_profiles.rows(), account.id, {{"user", member.id.text()}}, {});
      }
    }
  }));
}

TEST_CASE("where the log's time went back, an instant means the last event that was so early") {
  Story story;
  story.open_account("gx624");
  const auto right = story.now;
  story.now = right + days(2'000);  // a clock gone wrong
  story.invite_user("ulla@firm.example", "Ulla");
  const auto step = story.log.size();
  story.now = right + hours(1);
  story.happens(Scope::log(), ClockConfirmed{story.now, right + days(2'000)});
  story.invite_user("emil@firm.example", "Emil");

  LiveView index(scopes);
  const auto steps = clock_steps(index.rows(story));
  CHECK(std::count(steps.begin(), steps.end(), step) == 1);
  CHECK(moment_at(story.log, right, steps).size == 3);
  CHECK(moment_at(story.log, right + minutes(30), steps).size == 3);
  CHECK(moment_at(story.log, right + hours(1), steps).size == step + 1);
  CHECK(moment_at(story.log, right + hours(2), steps).size == story.log.size());
  CHECK(moment_at(story.log, right + days(3'000), steps).size == story.log.size());
  CHECK(moment_at(story.log, moment("2020-01-01T00:00:00Z"), steps).size == 0);
}

TEST_CASE("who signs in all day makes an account's past no longer, and its last sign-in is known at each moment") {
  Story story;
  const auto owner = story.open_account("gx624", "Olga");
  std::vector<Time> signed_in;
  for (int i = 0; i < 1'000; ++i) {
    signed_in.push_back(story.now);
    if (i % 3 == 0)
      story.happens(Scope::of(owner.person),
                    SessionStarted{story.next<SessionId>(), owner.person, {}, story.now + hours(8)});
    else
      story.signs_in(owner);
  }
  Past past(story);
  for (const std::size_t at : {0u, 1u, 255u, 256u, 257u, 511u, 700u, 999u}) {
    const auto moment = moment_at(story.log, signed_in[at]);
    const auto rows = past.rows(users, story.here, moment, 20);
    REQUIRE(rows.has_value());
    const auto page = json::parse(ask<Users>(*rows, story.here, {}, moment.time).value());
    CHECK(page.at("users").at(0).at("last_sign_in").as_string() == signed_in[at].text());
  }
}
