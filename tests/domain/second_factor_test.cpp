// A second factor: offered, shown, asked for, used once, lost.
#include "tests/support/catch.hpp"
#include "tests/support/given.hpp"

namespace rollcall::testing {
namespace {

const Secret password{"a good password"};
const Secret code{"123456"};

Asker recovering(Asker who, const Digest& digest) {
  who.proofs.recovery = digest;
  return who;
}

struct Office {
  World given;
  Account acme = given.account("acme");
  Member una = given.user(acme, "una@acme.example");
  Asker in() { return Asker(una).knowing(given.credential_of(una.person)); }
  Asker at_the_door() { return nobody().knowing(given.credential_of(una.person)); }
  StartSession signing_in(bool with_code = true) const {
    StartSession asked{una.email, password, {}};
    if (with_code) asked.code = code;
    return asked;
  }
};

TEST_CASE("a factor that is offered counts once a code of it was shown") {
  Office office;
  auto& given = office.given;
  given.when(office.in(), EnableSecondFactor{code}).then(Code::no_second_factor);
  const auto offered = given.when(office.in().being_offered(), OfferSecondFactor{password});
  const auto factor = offered.the<SecondFactorOffered>();
  CHECK(factor.secret.text.key() != given.row(office.una.person).key_number);
  CHECK(given.when(office.at_the_door(), office.signing_in(false)).accepted());
  given.when(office.in(), EnableSecondFactor{code}).then(Code::wrong_code);
  auto shows = office.in().showing(10);
  shows.proofs.new_recovery = {Digest{{1}}, Digest{{2}}};
  CHECK(given.when(shows, EnableSecondFactor{code}).the<SecondFactorEnabled>() ==
        SecondFactorEnabled{office.una.person, factor.factor, 10, {Digest{{1}}, Digest{{2}}}});
  // No code was shown in her other session.
  CHECK(given.sessions_of(office.una.person) == std::vector{office.una.session});
  given.when(office.at_the_door(), office.signing_in(false)).then(Code::mfa_required);
  given.when(office.in().being_offered(), OfferSecondFactor{password}).then(Code::second_factor_enabled);
}

TEST_CASE("a code is taken once, and none before it") {
  Office office;
  auto& given = office.given;
  const auto factor = given.second_factor(office.una);
  given.when(office.at_the_door().showing(10), office.signing_in())
      .then(Code::wrong_code);  // shown when it was enabled
  const auto in = given.when(office.at_the_door().showing(12), office.signing_in());
  in.then<SessionStarted, SecondFactorUsed>();
  CHECK(in.the<SecondFactorUsed>() == SecondFactorUsed{office.una.person, factor, 12, {}, 2});
  CHECK(in.recorded()[1].envelope.scope == Scope::of(office.una.person));
  for (const std::uint64_t old : {11U, 12U})
    given.when(office.at_the_door().showing(old), office.signing_in()).then(Code::wrong_code);
  CHECK(given.when(office.at_the_door().showing(13), office.signing_in()).accepted());
}

TEST_CASE("a code helps nobody without the password, and tells nothing") {
  Office office;
  auto& given = office.given;
  given.second_factor(office.una);
  given.when(nobody().showing(12), office.signing_in()).then(Code::bad_credentials);
  given.when(nobody(), office.signing_in(false)).then(Code::bad_credentials);
}

TEST_CASE("a right password with a wrong code is told in the history, one that is asked for a code is not") {
  Office office;
  auto& given = office.given;
  given.second_factor(office.una);
  const auto size = given.log.size();
  given.when(office.at_the_door(), office.signing_in(false)).then(Code::mfa_required);
  CHECK(given.log.size() == size);
  given.when(office.at_the_door(), office.signing_in()).then(Code::wrong_code);
  CHECK(get<CommandRejected>(given.last_recorded().event).code == "wrong_code");
  CHECK(given.last_recorded().envelope.actor.person == office.una.person);
}

TEST_CASE("each recovery code is good once") {
  Office office;
  auto& given = office.given;
  const auto factor = given.second_factor(office.una);
  const auto first = recovering(office.at_the_door(), Digest{{1}});
  CHECK(given.when(first, office.signing_in()).the<SecondFactorUsed>() ==
        SecondFactorUsed{office.una.person, factor, {}, Digest{{1}}, 1});
  given.when(first, office.signing_in()).then(Code::wrong_code);
  given.when(recovering(office.at_the_door(), Digest{{3}}), office.signing_in()).then(Code::wrong_code);
  CHECK(given.when(recovering(office.at_the_door(), Digest{{2}}), office.signing_in()).accepted());
}

TEST_CASE("it is taken away with password and code, or by the operator when it is lost") {
  Office office;
  auto& given = office.given;
  const RemoveSecondFactor remove{password, code};
  given.when(office.in(), remove).then(Code::no_second_factor);
  given.when(the_operator(), ResetSecondFactor{office.una.email}).then(Code::no_second_factor);
  auto factor = given.second_factor(office.una);
  given.when(office.una, remove).then(Code::wrong_password);
  given.when(office.in(), remove).then(Code::wrong_code);
  given.when(office.in().showing(11), remove).then<SecondFactorUsed, SecondFactorRemoved>();
  CHECK(given.when(office.at_the_door(), office.signing_in(false)).accepted());

  factor = given.second_factor(office.una);
  const auto reset = given.when(the_operator(), ResetSecondFactor{office.una.email});
  reset.then<SecondFactorRemoved, SessionsRevoked>();
  CHECK(reset.the<SecondFactorRemoved>() == SecondFactorRemoved{office.una.person, factor});
  CHECK(given.sessions_of(office.una.person).empty());
  given.when(the_operator(), ResetSecondFactor{"who@acme.example"}).then(Code::not_found);
  CHECK(given.when(office.at_the_door(), office.signing_in(false)).accepted());
}

TEST_CASE("who is offered another factor before showing a code has only the newest") {
  Office office;
  auto& given = office.given;
  given.when(office.in().being_offered(), OfferSecondFactor{Secret{"x"}}).then<SecondFactorOffered>();
  const auto second = given.when(office.in().being_offered(), OfferSecondFactor{password}).the<SecondFactorOffered>();
  given.when(office.una, OfferSecondFactor{password}).then(Code::wrong_password);
  CHECK(given.when(office.in().showing(1), EnableSecondFactor{code}).the<SecondFactorEnabled>().factor ==
        second.factor);
}

}  // namespace
}  // namespace rollcall::testing
