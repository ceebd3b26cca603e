// Keys of programs and auditors: who has one, what it opens, and when it ends.
#include "tests/support/catch.hpp"
#include "tests/support/given.hpp"

namespace rollcall::testing {
namespace {

constexpr auto read = KeyScope::read, write = KeyScope::write, audit = KeyScope::audit, operate = KeyScope::operate,
               subscribe = KeyScope::subscribe;

Rejection invalid(std::string field) { return rejected(Code::invalid_value, {detail("field", std::move(field))}); }

CreateAccessKey asked(std::vector<KeyScope> scopes, std::optional<AccountId> account = std::nullopt) {
  return {"nightly import", std::move(scopes), std::move(account), {}};
}

std::optional<AccessKeyRow> row(const World& given, const AccessKeyId& key) {
  return given.state().find<AccessKeyRow>(AccessKeyRow::key(key));
}

const AccountId nowhere = AccountId::parse("nowhere").value();

// ---- CreateAccessKey ----------------------------------------------------------------------------------------------

TEST_CASE("a person makes a key of theirs, in their own history, and works with it in their name") {
  World given;
  const auto acme = given.account("acme");
  const auto made = given.when(Asker(acme.owner).making_a_key(), asked({read, write}));
  const auto key = made.the<AccessKeyCreated>();
  CHECK(key.holder == acme.owner.person);
  CHECK(key.name.shown() == "nightly import");
  CHECK(key.scopes == std::vector{read, write});
  CHECK(key.expires_at == given.now + days(90));
  CHECK(key.digest == Digest{{1, 2, 3}});
  CHECK(made.recorded()[0].envelope.scope == Scope::of(acme.owner.person));

  const auto by_key = Asker::with_key(key.key);
  given.when(by_key, ConfigureAccount{acme.id, "mine"}).then<AccountConfigured>();
  const auto actor = given.last_recorded().envelope.actor;
  CHECK(actor.kind == ActorKind::key);
  CHECK(actor.key == key.key);
  CHECK(actor.person == acme.owner.person);
  CHECK(actor.membership == acme.owner.id);
  // It is refused like him, and that is told of it.
  given.when(by_key, ChangeSeatLimit{acme.id, 7}).then(Code::not_authorized);
  CHECK(given.last_recorded().envelope.actor.key == key.key);
  CHECK(given.last_recorded().envelope.type == "CommandRejected");
}

TEST_CASE("the operator makes the installation's keys, in the history of the log") {
  World given;
  const auto acme = given.account("acme");
  const auto made = given.when(the_operator().making_a_key(), asked({audit}, acme.id));
  CHECK_FALSE(made.the<AccessKeyCreated>().holder);
  CHECK(made.recorded()[0].envelope.scope == Scope::log());
  const auto operating = Asker::with_key(given.key(the_operator(), {operate}), ActorKind::operator_);
  given.when(operating, ChangeSeatLimit{acme.id, 7}).then<SeatLimitChanged>();
  CHECK(given.last_recorded().envelope.actor.kind == ActorKind::operator_);
  CHECK(given.last_recorded().envelope.actor.key);
  // An auditor changes nothing, and that they tried is told.
  const auto auditor = Asker::with_key(given.key(the_operator(), {audit}), ActorKind::auditor);
  given.when(auditor, ChangeSeatLimit{acme.id, 9}).then(Code::not_authorized);
  CHECK(given.last_recorded().envelope.actor.kind == ActorKind::auditor);
}

TEST_CASE("a key is never more than its holder") {
  World given;
  const auto acme = given.account("acme");
  const auto other = given.account("other");
  const auto owner = Asker(acme.owner).making_a_key();
  for (const auto scope : {audit, operate, subscribe})
    given.when(owner, asked({read, scope}))
        .then(rejected(Code::scope_not_held, {detail("scope", std::string{name_of(scope)})}));
  for (const auto scope : {read, write})
    given.when(the_operator().making_a_key(), asked({audit, scope})).then(Code::scope_not_held);
  given.when(owner, asked({read}, other.id)).then(Code::not_active);
  given.when(owner, asked({read}, nowhere)).then(Code::not_active);
  given.when(the_operator().making_a_key(), asked({audit}, nowhere)).then(Code::not_found);
  given.when(the_operator().making_a_key(), asked({subscribe}, acme.id)).then(invalid("account"));
  given.when(owner, asked({})).then(invalid("scopes"));
  given.when(owner, asked({read, read})).then(invalid("scopes"));
  auto long_lived = asked({read});
  long_lived.days = Bounded<1, 366>{367};
  given.when(owner, long_lived).then(invalid("days"));
}

TEST_CASE("keys come from a session of the person alone") {
  World given;
  const auto acme = given.account("acme");
  const auto key = given.key(acme.owner, {read, write});
  given.when(Asker::with_key(key).making_a_key(), asked({read})).then(Code::not_authorized);
  given.when(Asker::with_key(key).making_a_key(), RotateAccessKey{key, {}, {}}).then(Code::not_authorized);
  given.when(Asker::signed_in(given.sign_in(acme.owner.person, acme.id)).making_a_key(), asked({read}))
      .then(Code::not_authorized);
  given.when(the_operator_for(acme.owner.person).making_a_key(), asked({read})).then(Code::not_authorized);
  given.when(nobody().making_a_key(), asked({read})).then(Code::not_authenticated);
}

TEST_CASE("a holder has fifty keys, not counting those that are over") {
  World given;
  const auto acme = given.account("acme");
  for (int i = 0; i < 50; ++i) given.key(acme.owner, {read});
  given.when(Asker(acme.owner).making_a_key(), asked({read})).then(rejected(Code::too_many, {detail("most", 50)}));
  given.pass(days(90));
  CHECK(given.when(given.signed_in_again(acme.owner).making_a_key(), asked({read})).accepted());
}

// ---- what it opens ------------------------------------------------------------------------------------------------

TEST_CASE("a key for one account opens no other, and what is the person's alone none at all") {
  World given;
  const auto acme = given.account("acme");
  const auto other = given.account("other");
  const auto pat = given.partner(acme, "pat@agency.example");
  given.partner(other, "pat@agency.example");
  const auto here = Asker::with_key(given.key(pat, {read, write}, acme.id));
  given.when(here, ConfigureAccount{acme.id, "mine"}).then<AccountConfigured>();
  given.when(here, ConfigureAccount{other.id, "mine"}).then(Code::not_authorized);
  const auto wide = Asker::with_key(given.key(pat, {read, write}));
  given.when(wide, ConfigureAccount{other.id, "mine"}).then<AccountConfigured>();
  given.when(wide, EndSessions{}).then(Code::not_authorized);
  given.when(wide, EndSession{pat.session}).then(Code::not_authorized);
  given
      .when(wide.choosing_a_password().knowing(given.credential_of(pat.person)),
            ChangePassword{Secret{"a"}, Secret{"another good password"}})
      .then(Code::not_authorized);
  const auto invited = given.when(other.owner, InvitePartner{other.id, acme.owner.email, {}, {}, {}});
  const auto link = link_of(invited.the<PartnerInvited>().invitation);
  given.when(Asker::with_key(given.key(acme.owner, {write})).holding(link), AcceptInvite{Secret{"t"}, true, {}, {}})
      .then(Code::not_authorized);
}

TEST_CASE("a key ends with the membership it serves, and one for all accounts with the last of them") {
  World given;
  const auto acme = given.account("acme");
  const auto other = given.account("other");
  const auto pat = given.partner(acme, "pat@agency.example");
  const auto there = given.partner(other, "pat@agency.example");
  const auto here = given.key(pat, {read}, acme.id);
  const auto wide = given.key(pat, {read, write});
  const auto gone = given.when(acme.owner, DeactivateUser{acme.id, pat.id, {}, {}, {}, true});
  CHECK(gone.the<AccessKeysRevoked>() == AccessKeysRevoked{pat.person, pat.id, {here}});
  CHECK_FALSE(row(given, here));
  CHECK(row(given, wide));
  given.when(Asker::with_key(here), ConfigureAccount{acme.id, "mine"}).then(Code::not_authenticated);
  given.when(Asker::with_key(wide), ConfigureAccount{acme.id, "mine"}).then(Code::not_authorized);
  given.when(Asker::with_key(wide), ConfigureAccount{other.id, "mine"}).then<AccountConfigured>();
  const auto left = given.when(there, LeaveAccount{other.id, true});
  CHECK(left.the<AccessKeysRevoked>() == AccessKeysRevoked{pat.person, there.id, {wide}});
  given.when(Asker::with_key(wide), ConfigureAccount{other.id, "mine"}).then(Code::not_authenticated);
}

// ---- RotateAccessKey, RevokeAccessKey -----------------------------------------------------------------------------

TEST_CASE("a key that takes another's place leaves it good for the overlap") {
  World given;
  const auto acme = given.account("acme");
  const auto old = given.key(acme.owner, {write}, acme.id);
  const auto turned = given.when(Asker(acme.owner).making_a_key(), RotateAccessKey{old, Bounded<0, 720>{2}, {}});
  const auto fresh = turned.the<AccessKeyCreated>();
  CHECK(fresh.replaces == old);
  CHECK(fresh.replaced_until == given.now + hours(2));
  CHECK(fresh.scopes == std::vector{write});
  CHECK(fresh.account == acme.id);
  CHECK(fresh.name.shown() == "a key");
  const ConfigureAccount label{acme.id, "mine"};
  given.pass(just_before(hours(2)));
  CHECK(given.when(Asker::with_key(old), label).accepted());
  given.pass(microseconds(1));
  given.when(Asker::with_key(old), label).then(Code::not_authenticated);
  CHECK(given.when(Asker::with_key(fresh.key), label).accepted());
  given.when(Asker(acme.owner).making_a_key(), RotateAccessKey{fresh.key, {}, {}}).then(Code::fresh_sign_in_required);
  given.when(given.signed_in_again(acme.owner).making_a_key(), RotateAccessKey{old, {}, {}}).then(Code::not_found);
  // The operator is not told the secret of somebody's key.
  given.when(the_operator().making_a_key(), RotateAccessKey{fresh.key, {}, {}}).then(Code::not_authorized);
}

TEST_CASE("an overlap makes no key live longer than it would have") {
  World given;
  const auto acme = given.account("acme");
  const auto old = given.key(acme.owner, {read});
  const auto over = row(given, old)->expires_at;
  given.pass(days(89));
  const auto again = given.signed_in_again(acme.owner);
  const auto turned = given.when(again.making_a_key(), RotateAccessKey{old, Bounded<0, 720>{720}, {}});
  CHECK(turned.the<AccessKeyCreated>().replaced_until == over);
}

TEST_CASE("a key is revoked by who holds it and by the operator, at once") {
  World given;
  const auto acme = given.account("acme");
  const auto una = given.user(acme, "una@acme.example");
  const auto key = given.key(una, {write});
  given.when(acme.owner, RevokeAccessKey{key}).then(Code::not_authorized);
  given.when(una, RevokeAccessKey{key}).then({AccessKeysRevoked{una.person, {}, {key}}});
  given.when(Asker::with_key(key), ConfigureAccount{acme.id, "mine"}).then(Code::not_authenticated);
  given.when(the_operator(), RevokeAccessKey{key}).then(Code::not_found);
  const auto another = given.key(una, {write});
  given.when(the_operator(), RevokeAccessKey{another}).then<AccessKeysRevoked>();
}

// ---- RecordKeyUse -------------------------------------------------------------------------------------------------

TEST_CASE("what a key was used for is written down, also when it has ended meanwhile") {
  World given;
  const auto acme = given.account("acme");
  const auto key = given.key(acme.owner, {read});
  const RecordKeyUse used{key, given.now, given.now + seconds(50), {{"Users", 3}, {"Events", 1}}};
  given.when(the_clock(), used).then({AccessKeyUsed{key, acme.owner.person, used.since, used.until, used.uses}});
  CHECK(row(given, key)->last_used == used.until);
  given.when(the_clock(), RecordKeyUse{key, given.now, given.now, {}}).then_nothing_new();
  given.when(acme.owner, RevokeAccessKey{key});
  given.when(the_clock(), used).then({AccessKeyUsed{key, {}, used.since, used.until, used.uses}});
  CHECK(given.last_recorded().envelope.scope == Scope::log());
}

}  // namespace
}  // namespace rollcall::testing
