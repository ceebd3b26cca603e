// What somebody may, by which source and since which event: in decision state and in the read models.
#include <algorithm>

#include <rapidcheck.h>

#include "domain/engine/authorization.hpp"
#include "events/match.hpp"
#include "projections/views/profiles.hpp"
#include "projections/views/scopes.hpp"
#include "tests/projections/story.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/given.hpp"

namespace rollcall::testing {
namespace {

TEST_CASE("a session for one account accepts no invitation to another") {
  World given;
  auto acme = given.account("acme");
  auto other = given.account("other");
  const auto narrow = given.sign_in(acme.owner.person, acme.id);
  const auto invited = given.when(other.owner, InvitePartner{other.id, acme.owner.email, {}, {}, {}});
  const auto link = link_of(invited.the<PartnerInvited>().invitation);
  given.when(Asker::signed_in(narrow).holding(link), AcceptInvite{Secret{"token"}, true, {}, {}})
      .then(Code::not_authorized);
  given.when(Asker::signed_in(narrow).holding(link), DeclineInvitation{Secret{"token"}}).then(Code::not_authorized);
}

TEST_CASE("what somebody holds names the events that gave it, and what takes it away takes it") {
  World given;
  auto acme = given.account("acme");
  const auto una = given.user(acme, "una@acme.example");
  const auto pam = given.partner(acme, "pam@agency.example", true);
  const auto held = [&](const Asker& asker) {
    return standing_of(given.state(), asker.caller, asker.proofs, given.now, About::account, acme.id).value().held;
  };
  const auto since = [&](const Asker& asker, Source source) -> std::optional<std::string_view> {
    for (const auto& one : held(asker))
      if (one.source == source)
        return one.since ? match(given.recorded(*one.since).event, []<class E>(const E&) { return E::type; })
                         : std::string_view{"no event"};
    return std::nullopt;
  };
  CHECK(since(una, Source::user) == "MembershipActivated");
  CHECK(since(una, Source::session) == "SessionStarted");
  CHECK(since(una, Source::admin_group) == std::nullopt);
  CHECK(since(acme.owner, Source::owner) == "MembershipActivated");
  CHECK(since(pam, Source::partner_admin) == "MembershipActivated");
  CHECK(since(the_operator(), Source::operator_) == "no event");

  given.when(acme.owner, AddToGroup{acme.id, una.id, Group::admin});
  CHECK(since(una, Source::admin_group) == "GroupJoined");
  given.when(acme.owner, RemoveFromGroup{acme.id, una.id, Group::admin});
  CHECK(since(una, Source::admin_group) == std::nullopt);

  const auto key = given.key(pam, {KeyScope::read});
  CHECK(since(Asker::with_key(key), Source::key) == "AccessKeyCreated");
  const auto by_key = held(Asker::with_key(key));
  CHECK(allows(by_key, Action::user_view, Reach::all));
  CHECK_FALSE(allows(by_key, Action::user_add, Reach::own));
  const auto audit = given.key(the_operator(), {KeyScope::audit});
  CHECK(since(Asker::with_key(audit, ActorKind::auditor), Source::auditor) == "AccessKeyCreated");
}

TEST_CASE("what a member may is the same in decision state and in the read models, at every moment") {
  const bool held = rc::check([](const std::vector<std::uint8_t>& steps) {
    World given;
    auto acme = given.account("acme", 50);
    std::vector<Member> members{acme.owner};
    struct Then {
      Position size;
      Time now;
      MembershipId id;
      std::vector<Held> held;
    };
    std::vector<Then> story;
    std::size_t number = 0;
    const auto step = [&](std::uint8_t draw) {
      auto& one = members[draw / 8 % members.size()];
      const auto email = "m" + std::to_string(number++) + "@acme.example";
      const Asker owner = given.signed_in_again(acme.owner);
      switch (draw % 8) {
        case 0: members.push_back(given.user(acme, email, draw > 128)); break;
        case 1: members.push_back(given.partner(acme, email, draw > 128)); break;
        case 2: members.push_back(given.partner(acme, email, false, given.now + days(2))); break;
        case 3: given.when(owner, AddToGroup{acme.id, one.id, Group::admin}); break;
        case 4: given.when(owner, RemoveFromGroup{acme.id, one.id, Group::admin}); break;
        case 5: given.when(owner, DeactivateUser{acme.id, one.id, {}, {}, {}, true}); break;
        case 6: given.when(the_clock(), ExpireAccess{acme.id, one.id}); break;
        default: given.when(owner, AddToGroup{acme.id, one.id, Group::sales_rep});
      }
    };
    for (const auto draw : steps) {
      given.pass(hours(draw));
      acme.owner.session = given.sign_in(acme.owner.person);
      step(draw);
      for (const auto& member : members) {
        Then then{given.log.size(), given.now, member.id, {}};
        if (const auto row = given.member(member.id); gives_access(row, given.now))
          hold_as_member(then.held, rights_of(row));
        story.push_back(std::move(then));
      }
    }
    projections::StoryViews index;
    projections::Projector projector(given.log, given.keys);
    projector.feed(projections::scopes, index);
    projector.catch_up(given.log.size());
    for (const auto& then : story) {
      const auto rows = projections::rows_as_of(projections::profiles, then.id, {then.size, then.now}, given.log,
                                                given.keys, index.snapshot());
      RC_ASSERT(rows.has_value());
      std::vector<Held> told;
      if (const auto rights = projections::rights_at(*rows, acme.id, then.id, then.now)) hold_as_member(told, *rights);
      RC_ASSERT(told.size() == then.held.size());
      for (std::size_t i = 0; i < told.size(); ++i) {
        RC_ASSERT(told[i].source == then.held[i].source);
        RC_ASSERT(told[i].since == then.held[i].since);
        RC_ASSERT(told[i].rights.own == then.held[i].rights.own);
        RC_ASSERT(told[i].rights.all == then.held[i].rights.all);
      }
    }
  });
  CHECK(held);
}

}  // namespace
}  // namespace rollcall::testing
