// What somebody may, by which source and since which event: in decision state and in the read models.
#include <algorithm>

#include <rapidcheck.h>

#include "domain/engine/authorization.hpp"
#include "events/match.hpp"
#include "projections/views/permission_matrix.hpp"
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

// One of the roles that every account has, one of these, or none.
std::optional<MemberRole> role_word(const std::vector<RoleId>& roles, std::uint8_t draw) {
  constexpr std::array words{"limited_admin", "manager", "staff"};
  const auto at = draw % (words.size() + roles.size() + 1);
  if (at < words.size()) return MemberRole::parse(words.at(at));
  return at == words.size() ? std::nullopt : MemberRole::parse(roles[at - words.size() - 1].text());
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
      std::vector<MembershipId> others;
      std::vector<Reach> reach;   // over what belongs to each of them
      std::vector<bool> allowed;  // to register a contact for each of them, by the command itself
    };
    std::vector<Then> story;
    std::vector<RoleId> roles;
    std::vector<TeamId> teams;
    std::size_t number = 0;
    const auto step = [&](std::uint8_t draw) {
      auto& one = members[draw / 20 % members.size()];
      const auto email = "m" + std::to_string(number++) + "@acme.example";
      const Asker owner = given.signed_in_again(acme.owner);
      const std::vector some{Permission::parse(draw % 2 ? "contact.view" : "user.add").value(),
                             Permission::parse(draw % 3 ? "lead.edit" : "order.delete").value()};
      switch (draw % 20) {
        case 0: members.push_back(given.user(acme, email, draw > 128)); break;
        case 1: members.push_back(given.partner(acme, email, draw > 128)); break;
        case 2: members.push_back(given.partner(acme, email, false, given.now + days(2))); break;
        case 3: given.when(owner, AddToGroup{acme.id, one.id, Group::admin}); break;
        case 4: given.when(owner, RemoveFromGroup{acme.id, one.id, Group::admin}); break;
        case 5: given.when(owner, DeactivateUser{acme.id, one.id, {}, {}, {}, true}); break;
        case 6: given.when(the_clock(), ExpireAccess{acme.id, one.id}); break;
        case 7: given.when(owner, EditUserPermissions{acme.id, one.id, some, {}}); break;
        case 8: given.when(owner, EditUserPermissions{acme.id, one.id, {}, some}); break;
        case 9: given.when(owner, ClonePermissions{acme.id, members[draw % members.size()].id, {one.id}}); break;
        case 10: given.when(owner, AssignRole{acme.id, one.id, role_word(roles, draw)}); break;
        case 11:
          for (const auto& made : given.when(owner, CreateRole{acme.id, email, some}).all<RoleCreated>())
            roles.push_back(made.role);
          break;
        case 12:
          if (!roles.empty()) given.when(owner, ChangeRole{acme.id, roles[draw % roles.size()], {}, some});
          break;
        case 13:
          if (teams.empty() || draw > 200)
            for (const auto& made : given.when(owner, CreateTeam{acme.id, email}).all<TeamCreated>())
              teams.push_back(made.team);
          given.when(owner, AddTeamManager{acme.id, teams[draw % teams.size()], one.id});
          break;
        case 14:
          if (!teams.empty()) given.when(owner, AddTeamUser{acme.id, teams[draw % teams.size()], one.id});
          break;
        case 15: given.when(owner, FreezeUser{acme.id, one.id, given.now + hours(draw)}); break;
        case 16: given.when(owner, ReactivateUser{acme.id, one.id}); break;
        case 17: given.when(owner, SetGlobalPermissions{acme.id, some}); break;
        case 18:
          given.when(owner, SetPolicy{acme.id, Policy::partner_admins_manage_users, draw > 128 ? "true" : "false"});
          break;
        default: given.when(owner, AddToGroup{acme.id, one.id, Group::sales_rep});
      }
    };
    for (const auto draw : steps) {
      given.pass(hours(draw));
      acme.owner.session = given.sign_in(acme.owner.person);
      step(draw);
      for (const auto& member : members) {
        Then then{given.log.size(), given.now, member.id, {}, {}, {}, {}};
        if (const auto row = given.member(member.id); gives_access(row, given.now)) {
          hold_as_member(then.held, rights_of(given.state(), member.id, row));
          Standing who;
          who.membership = member.id;
          who.member = row;
          const Asker asker = Asker::signed_in(given.sign_in(member.person));
          then.size = given.log.size();
          for (const auto& other : members) {
            then.others.push_back(other.id);
            then.reach.push_back(reach_over(given.state(), who, other.id));
            const auto decided =
                given.dry_run(asker, RegisterRecord{acme.id, RecordKind::contact, record_id("r"), other.id});
            then.allowed.push_back(decided || decided.error().code != Code::not_authorized);
          }
        }
        story.push_back(std::move(then));
      }
    }
    projections::StoryViews index;
    projections::Projector projector(given.log, given.keys);
    projector.feed(projections::scopes, index);
    projector.catch_up(given.log.size());
    for (const auto& then : story) {
      const auto rows = projections::rows_as_of(projections::permission_matrix, acme.id, {then.size, then.now},
                                                given.log, given.keys, index.snapshot());
      RC_ASSERT(rows.has_value());
      std::vector<Held> told;
      if (const auto rights = projections::rights_at(*rows, acme.id, then.id, then.now)) hold_as_member(told, *rights);
      RC_ASSERT(told.size() == then.held.size());
      for (std::size_t i = 0; i < told.size(); ++i) {
        RC_ASSERT(told[i].source == then.held[i].source);
        RC_ASSERT(told[i].since == then.held[i].since);
        RC_ASSERT(told[i].of == then.held[i].of);
        RC_ASSERT(told[i].rights.own == then.held[i].rights.own);
        RC_ASSERT(told[i].rights.team == then.held[i].rights.team);
        RC_ASSERT(told[i].rights.all == then.held[i].rights.all);
      }
      for (std::size_t i = 0; i < then.others.size(); ++i) {
        const auto needed = projections::reach_over(*rows, acme.id, then.id, then.others[i]);
        RC_ASSERT(needed == then.reach[i]);
        RC_ASSERT(allows(told, Action::contact_add, needed) == then.allowed[i]);
      }
    }
  });
  CHECK(held);
}

}  // namespace
}  // namespace rollcall::testing
