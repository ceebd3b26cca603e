// What can be done, and who holds it: the words and the roles.
#include "events/rights.hpp"

#include <set>

#include <rapidcheck.h>

#include "events/fields.hpp"
#include "tests/support/catch.hpp"

template <>
struct rc::Arbitrary<rollcall::ActionSet> {
  static Gen<rollcall::ActionSet> arbitrary() {
    return gen::map(gen::arbitrary<std::pair<std::uint64_t, std::uint64_t>>(), [](const auto& bits) {
      return rollcall::ActionSet{bits.first, bits.second};
    });
  }
};

namespace rollcall {
namespace {

constexpr auto sources = enum_names(Source{});

std::vector<Permission> permissions(const std::vector<std::string>& names) {
  std::vector<Permission> all;
  for (const auto& name : names) all.push_back(Permission::parse(name).value());
  return all;
}

TEST_CASE("an action has a word of its own, which is a permission's, and says what it is") {
  std::set<std::string_view> names;
  for (const auto& meaning : action_meanings) {
    INFO(meaning.name);
    CHECK(Permission::parse(meaning.name));
    CHECK(names.insert(meaning.name).second);
    CHECK(meaning.about != About::undeclared);
    CHECK_FALSE(meaning.help.empty());
    CHECK(name_of(meaning.action) == meaning.name);
    CHECK(meaning_of(meaning.action).name == meaning.name);
  }
}

TEST_CASE("an action is held by somebody, and what is nobody's is none") {
  const auto held = [](Action action) {
    for (std::size_t i = 0; i < sources.size(); ++i)
      if (rights_of(static_cast<Source>(i)).has(action, Reach::own)) return true;
    return false;
  };
  for (const auto& meaning : action_meanings) {
    INFO(meaning.name);
    CHECK(held(meaning.action));
  }
  CHECK_FALSE(held(Action::undeclared));
  CHECK(meaning_of(Action::undeclared).about == About::undeclared);
}

TEST_CASE("the same verb on another kind of record is that kind's action") {
  const std::array verbs{Action::contact_view, Action::contact_search, Action::contact_add,
                         Action::contact_edit, Action::contact_delete, Action::contact_reassign};
  const std::array verb_names{".view", ".search", ".add", ".edit", ".delete", ".reassign"};
  for (std::size_t kind = 0; kind < enum_names(RecordKind{}).size(); ++kind)
    for (std::size_t verb = 0; verb < verbs.size(); ++verb)
      CHECK(name_of(of_kind(verbs[verb], static_cast<RecordKind>(kind))) ==
            std::string{enum_names(RecordKind{})[kind]} + verb_names[verb]);
}

TEST_CASE("a member's own permissions give what an account's admins may, and nothing else") {
  CHECK(actions_named(permissions({"contact.view", "lead.reassign"})) ==
        ActionSet::of(Action::contact_view, Action::lead_reassign));
  // What an older or newer version wrote, and what is no account's to give.
  CHECK(actions_named(permissions({"contact.levitate", "installation.operate", "session.end", "account.open",
                                   "account.change_seats", "credential.change", "system.record"}))
            .empty());
  CHECK(permissions_for(account_actions).size() > 20);
  CHECK(actions_named(permissions_for(account_actions)) == account_actions);
}

TEST_CASE("an auditor changes nothing, and sees what the operator sees") {
  constexpr auto auditor = rights_of(Source::auditor);
  CHECK((auditor.all & writing_actions).empty());
  CHECK(auditor.own.empty());
  CHECK((rights_of(Source::operator_).all & reading_actions) == auditor.all);
}

TEST_CASE("reach over all is reach over what is one's own, and a bound takes away and never adds") {
  CHECK(rc::check([](ActionSet own, ActionSet all, ActionSet bound) {
    const Rights rights{own, {}, all};
    for (const auto& meaning : action_meanings) {
      const auto action = meaning.action;
      if (rights.has(action, Reach::all)) RC_ASSERT(rights.has(action, Reach::own));
      for (const auto reach : {Reach::own, Reach::all})
        RC_ASSERT(rights.within(bound).has(action, reach) == (rights.has(action, reach) && bound.has(action)));
    }
  }));
}

TEST_CASE("what a member holds is told with the event that gave it") {
  std::vector<Held> held;
  MemberRights owner{.kind = MemberKind::standard,
                     .owner = true,
                     .admin = true,
                     .grants = {},
                     .began = 3,
                     .admin_since = 9,
                     .owner_since = 4,
                     .teams = {}};
  hold_as_member(held, owner);
  REQUIRE(held.size() == 3);
  CHECK(held[0].source == Source::user);
  CHECK(held[0].since == Position{3});
  CHECK(held[1].source == Source::admin_group);
  CHECK(held[1].since == Position{9});
  CHECK(held[2].source == Source::owner);
  CHECK(held[2].since == Position{4});

  held.clear();
  MemberRights partner{.kind = MemberKind::partner, .grants = {}, .began = 5, .teams = {}};
  give(partner.grants, {Source::permission, ActionSet::of(Action::contact_edit), 7, {}});
  hold_as_member(held, partner);
  REQUIRE(held.size() == 2);
  CHECK(held[0].source == Source::partner);
  CHECK(held[1].source == Source::permission);
  CHECK(allows(held, Action::contact_edit, Reach::all));
  CHECK(allows(held, Action::lead_edit, Reach::own));
  CHECK_FALSE(allows(held, Action::lead_edit, Reach::all));
  CHECK(held[1].since == Position{7});
  CHECK(allows(held, Action::contact_view, Reach::all));  // what may be edited is seen
}

TEST_CASE("each action is in the grant of the event that gave it last, and in no other") {
  Grants grants;
  give(grants, {Source::account_default, ActionSet::of(Action::contact_view, Action::lead_view), 1, {}});
  give(grants, {Source::permission, ActionSet::of(Action::lead_view, Action::task_add), 5, {}});
  REQUIRE(grants.size() == 2);
  CHECK(grants[0].actions == ActionSet::of(Action::contact_view));
  CHECK(actions_of(grants) == ActionSet::of(Action::contact_view, Action::lead_view, Action::task_add));
  take(grants, ActionSet::of(Action::contact_view));
  REQUIRE(grants.size() == 1);  // one that gives nothing is none
  CHECK(grants[0].since == 5);
  give(grants, {Source::clone, {}, 9, {}});
  CHECK(grants.size() == 1);
}

TEST_CASE("a role of the account's own counts from when it was assigned, or gave the action later") {
  const Grants custom{{Source::role, ActionSet::of(Action::lead_view), 3, {}},
                      {Source::role, ActionSet::of(Action::lead_edit), 9, {}}};
  const auto role = MemberRole::parse(RoleId{{1}}.text()).value();
  const auto grants = grants_of_role(role, 5, custom);
  REQUIRE(grants.size() == 2);
  CHECK(grants[0].since == 5);
  CHECK(grants[1].since == 9);
  CHECK(grants[0].of == role.str());
  CHECK(grants_of_role(MemberRole::parse("staff").value(), 5, {}).empty());
  CHECK_FALSE(MemberRole::parse("admin"));
}

}  // namespace
}  // namespace rollcall
