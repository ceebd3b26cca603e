#include "projections/views/scopes.hpp"

#include <algorithm>

#include "tests/projections/story.hpp"
#include "tests/support/catch.hpp"

using namespace rollcall;
using namespace rollcall::projections;

namespace {

using Positions = std::vector<Position>;

Positions in_scope(const Rows& rows, const Scope& scope) {
  Positions found;
  scan_scope(rows, scope, [&](Position position, std::uint8_t) {
    found.push_back(position);
    return true;
  });
  return found;
}

Positions history(const Rows& rows, const MembershipId& membership) {
  Positions found;
  scan_history(rows, membership, [&](Position position, std::uint8_t) {
    found.push_back(position);
    return true;
  });
  return found;
}

}  // namespace

TEST_CASE("every scope knows the positions of its events, in order") {
  Story story;
  const auto owner = story.open_account("gx624");  // 0, 1, 2
  const auto other = story.open_account("other");  // 3, 4, 5
  story.registers(owner, "Olga");                  // 6
  story.happens(SeatLimitChanged{5, 6});           // 7
  LiveView view(scopes);
  const auto& rows = view.rows(story);

  CHECK(in_scope(rows, Scope::of(account("gx624"))) == Positions{0, 1, 2});
  CHECK(in_scope(rows, Scope::of(account("other"))) == Positions{3, 4, 5, 7});
  CHECK(in_scope(rows, Scope::of(owner.person)) == Positions{6});
  CHECK(in_scope(rows, Scope::of(other.person)).empty());
}

TEST_CASE("a scope of many events is kept in many chunks and read as one") {
  Story story;
  const auto owner = story.open_account("gx624");
  for (int i = 0; i < 1'000; ++i) {
    story.signs_in(owner);
    if (i % 7 == 0) story.happens(Scope::log(), CommandRejected{"InviteUser", "not_authorized", {}});
  }
  LiveView whole(scopes);
  const auto& rows = whole.rows(story);
  Positions expected;
  for (Position i = 0; i < story.log.size(); ++i)
    if (peek_entry(story.log.entries[i]).scope_kind == ScopeKind::account) expected.push_back(i);
  CHECK(in_scope(rows, Scope::of(story.here)) == expected);
  CHECK(in_scope(rows, Scope::log()).size() == 143);

  SECTION("and the reading can be ended anywhere") {
    int seen = 0;
    scan_scope(rows, Scope::of(story.here), [&](Position, std::uint8_t) { return ++seen < 300; });
    CHECK(seen == 300);
  }
}

TEST_CASE("a list that grows over its chunks in many commits is what it is when it is made in one") {
  Story story;
  const auto owner = story.open_account("gx624");
  LiveView view(scopes);
  Positions expected{0, 1, 2};
  while (expected.size() < 520) {
    expected.push_back(story.log.size());
    story.signs_in(owner);
    const auto beside = expected.size() % 256;  // commits around the ends of chunks, and few elsewhere
    if (beside > 3 && beside < 253 && beside != 100) continue;
    REQUIRE(in_scope(view.rows(story), Scope::of(story.here)) == expected);
    REQUIRE(digest_of(view.store.rows()) == view.store.progress().digest);
  }
  LiveView at_once(scopes);
  at_once.rows(story);
  CHECK(in_scope(view.rows(story), Scope::of(story.here)) == expected);
  CHECK(at_once.store.progress().digest == view.store.progress().digest);
}

TEST_CASE("a membership takes over a long history of its invitation") {
  Story story;
  story.open_account("gx624");
  const auto invitation = story.invite_partner("paula@agency.example");
  LiveView view(scopes);
  Positions expected{3};
  for (std::uint32_t attempt = 2; attempt < 600; ++attempt) {
    expected.push_back(story.log.size());
    story.happens(InvitationResent{invitation.id, attempt, story.now + days(7)});
    if (attempt % 100 == 0) view.rows(story);
  }
  for (int i = 0; i < 2; ++i) expected.push_back(story.log.size() + static_cast<Position>(i));
  const auto partner = story.accept(invitation);
  CHECK(history(view.rows(story), partner.id) == expected);
  CHECK(digest_of(view.store.rows()) == view.store.progress().digest);
  LiveView at_once(scopes);
  at_once.rows(story);
  CHECK(at_once.store.progress().digest == view.store.progress().digest);
}

TEST_CASE("the history of a user begins with his invitation and has all that names him") {
  Story story;
  const auto owner = story.open_account("gx624");                                                 // 0..2
  const auto invitation = story.invite_partner("paula@agency.example");                           // 3
  story.happens(InvitationResent{invitation.id, 2, story.now + days(7)});                         // 4
  story.signs_in(owner);                                                                          // 5
  const auto partner = story.accept(invitation, "Paula");                                         // 6, 7
  story.happens(RecordAssigned{RecordKind::contact, Story::record("C1"), owner.id, partner.id});  // 8
  story.registers(partner, "Paula P");                                                            // 9
  story.leave(partner);                                                                           // 10
  LiveView view(scopes);
  const auto& rows = view.rows(story);

  CHECK(history(rows, partner.id) == Positions{3, 4, 6, 7, 8, 9, 10});
  CHECK(history(rows, owner.id) == Positions{0, 1, 2, 5, 8});
  CHECK(latest_in_history(rows, partner.id, story.log.size(), 3) == Positions{10, 9, 8});
  CHECK(latest_in_history(rows, partner.id, 8, 3) == Positions{7, 6, 4});
}

TEST_CASE("terms and password that came with a membership are in its history, and later passwords in all") {
  Story story;
  story.open_account("gx624");
  const auto accepts = [&](const SomeInvitation& invitation, bool registers) {
    story.together = story.next<CommandId>();
    const auto person = Scope::of(invitation.person);
    Positions said;
    if (registers) said.push_back(story.happens(person, IdentityRegistered{invitation.person, {}}));
    said.push_back(story.happens(person, TermsAccepted{invitation.person, "2026-01"}));
    if (registers) said.push_back(story.happens(person, PasswordSet{invitation.person, {}, {}}));
    const auto member = story.accept(invitation);
    story.together.reset();
    return std::pair{member, said};
  };
  const auto invited = story.invite_partner("paula@agency.example");
  const auto [first, said] = accepts(invited, true);
  story.open_account("other");
  const auto again = story.invite_partner("paula@agency.example", true, {}, first);
  const auto [second, said_again] = accepts(again, false);
  const auto changed = story.happens(Scope::of(first.person), PasswordSet{first.person, {}, {}});
  LiveView view(scopes);
  const auto& rows = view.rows(story);

  const auto of_first = history(rows, first.id);
  const auto of_second = history(rows, second.id);
  for (const auto position : said) {
    CHECK(std::ranges::count(of_first, position) == 1);
    CHECK(std::ranges::count(of_second, position) == 0);
  }
  for (const auto position : said_again) {
    CHECK(std::ranges::count(of_first, position) == 0);
    CHECK(std::ranges::count(of_second, position) == 1);
  }
  CHECK(of_first.back() == changed);
  CHECK(of_second.back() == changed);
  CHECK(std::ranges::is_sorted(of_first));
  CHECK(std::ranges::is_sorted(of_second));
  LiveView at_once(scopes);
  at_once.rows(story);
  CHECK(at_once.store.progress().digest == view.store.progress().digest);
}

TEST_CASE("what was refused is in the history of who tried and of whom they tried it on, and of nobody by strangers") {
  Story story;
  const auto owner = story.open_account("gx624");
  const auto user = story.user("ulla@firm.example", "Ulla");
  CommandRejected refused{"DeactivateUser", "cannot_deactivate_owner", {}};
  refused.membership = owner.id;
  story.acting = user.id;
  const auto tried = story.happens(refused);
  story.acting.reset();
  const auto stranger = story.someone();
  refused.account = story.here;
  story.happens(Scope::of(stranger.person), refused);
  LiveView view(scopes);
  CHECK(history(view.rows(story), user.id).back() == tried);
  CHECK(history(view.store.rows(), owner.id).back() == tried);
}

TEST_CASE("targets named deep in a plan have it in their history, and once") {
  Story story;
  const auto owner = story.open_account("gx624");
  const auto user = story.user("ulla@firm.example", "Ulla");
  const auto before = history(LiveView(scopes).rows(story), owner.id).size();
  const KindPlan plan{RecordKind::contact, ReassignmentMode::ratio, {{owner.id, 1}, {owner.id, 2}}};
  const auto position = story.happens(ReassignmentStarted{story.next<ReassignmentId>(), user.id, {}, {plan}});
  LiveView view(scopes);
  const auto found = history(view.rows(story), owner.id);
  CHECK(found.size() == before + 1);
  CHECK(found.back() == position);
}

TEST_CASE("a person's places are all he has ever had") {
  Story story;
  story.open_account("gx624");
  const auto first = story.partner("paula@agency.example", "Paula");
  story.leave(first);
  const auto second = story.accept(story.invite_partner("paula@agency.example", true, {}, first));
  story.open_account("other");
  const auto third = story.accept(story.invite_partner("paula@agency.example", true, {}, first));
  LiveView view(scopes);
  const auto places = places_of(view.rows(story), first.person);

  REQUIRE(places.size() == 3);
  CHECK(places[0].membership == first.id);
  CHECK(places[1].membership == second.id);
  CHECK(places[2].membership == third.id);
  CHECK(places[2].account == account("other"));
  CHECK(places_of(view.store.rows(), story.someone().person).empty());
}

TEST_CASE("the index knows where an account was opened, whatever was refused in its name before") {
  Story story;
  story.happens(Scope::of(account("gx624")), CommandRejected{"OpenAccount", "invalid_email", {}});
  story.open_account("gx624");
  LiveView view(scopes);
  CHECK(opening_of(view.rows(story), account("gx624")) == Position{1});
  CHECK_FALSE(opening_of(view.store.rows(), account("other")).has_value());
}

TEST_CASE("a scope whose sequence has a gap stops the index") {
  Story story;
  story.open_account("gx624");
  Story skipping;  // forgets the first event of the scope
  skipping.open_account("gx624");
  const auto last = decode_entry(skipping.log.entries[2], nullptr);
  auto at = last.envelope;
  at.position = 3;
  at.sequence = 5;
  at.actor.ip.reset();
  story.log.entries.push_back(encode_entry(at, last.event, story.keys));

  LiveView view(scopes);
  view.rows(story);
  REQUIRE(view.stop.has_value());
  CHECK(view.stop->position == 3);
  CHECK(view.stop->reason == "scope gx624 goes on with event 5, not 3");
}
