// The writer: every command's envelope, repeats, refusals, batches; and the appender that puts them into the log.
#include "domain/engine/writer.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/failing.hpp"
#include "tests/support/given.hpp"

namespace rollcall::testing {
namespace {

constexpr auto contact = RecordKind::contact;

RegisterRecord registering(const Account& account, std::string_view id) {
  return {account.id, contact, record_id(id), {}};
}

// ---- guards common to all commands --------------------------------------------------------------------------------

TEST_CASE("guards stand in their order: reason, session, right, account") {
  World given;
  const auto acme = given.account("acme");
  const auto nowhere = AccountId::parse("nowhere").value();
  const std::string long_reason(1025, 'a');
  given.when(nobody().because(long_reason), ConfigureAccount{nowhere, "a"}).then(Code::reason_too_long);
  given.when(Asker::signed_in(SessionId{}), ConfigureAccount{nowhere, "a"}).then(Code::not_authenticated);
  given.when(nobody(), ConfigureAccount{nowhere, "a"}).then(Code::not_authenticated);
  given.when(acme.owner, ConfigureAccount{nowhere, "a"}).then(Code::not_authorized);
  given.when(the_operator(), registering({nowhere, {}}, "c1")).then(Code::not_found);
  given.when(the_operator().because(std::string(1024, 'a')), registering(acme, "c1")).then<RecordRegistered>();
}

TEST_CASE("who acts for somebody says why") {
  World given;
  const auto acme = given.account("acme");
  auto who = the_operator_for(acme.owner.person);
  for (const auto& reason :
       {std::optional<std::string>{}, std::optional<std::string>{""}, std::optional<std::string>{" \t"}}) {
    who.reason = reason;
    given.when(who, registering(acme, "c1")).then(Code::reason_required);
  }
  given.when(who.because("asked by phone"), registering(acme, "c1")).then<RecordRegistered>();
}

// ---- the envelope -------------------------------------------------------------------------------------------------

TEST_CASE("an event says who did it, from where, why, and what it belongs to") {
  World given;
  const auto acme = given.account("acme");
  auto who = Asker(acme.owner).because("a new client");
  who.caller.user_agent = "curl/8";
  const auto done = given.when(who, InvitePartner{acme.id, "pat@agency.example", {}, {}, {}});
  const auto first = done.recorded()[0].envelope;
  CHECK(first.actor.kind == ActorKind::person);
  CHECK(first.actor.person == acme.owner.person);
  CHECK(first.actor.membership == acme.owner.id);
  CHECK(first.actor.session == acme.owner.session);
  CHECK_FALSE(first.actor.on_behalf_of);
  CHECK(first.actor.ip->shown() == "192.0.2.7");
  CHECK(first.actor.ip->key() == given.row(acme.owner.person).key_number);
  CHECK(first.actor.user_agent->shown() == "curl/8");
  CHECK(first.reason->shown() == "a new client");
  CHECK(first.scope == Scope::of(acme.id));
  CHECK(first.recorded_at == given.now);
  CHECK_FALSE(first.request_digest);
  const auto second = done.recorded()[1].envelope;
  CHECK(second.command == first.command);
  CHECK(second.position == first.position + 1);
  CHECK(second.sequence == first.sequence + 1);
  CHECK(second.id != first.id);
}

TEST_CASE("what the operator does for somebody is recorded as both, under the staff's key") {
  World given;
  const auto acme = given.account("acme");
  auto who = the_operator_for(acme.owner.person);
  who.caller.ip = "192.0.2.9";
  const auto done = given.when(who, registering(acme, "c1")).recorded()[0].envelope;
  CHECK(done.actor.kind == ActorKind::operator_);
  CHECK_FALSE(done.actor.person);
  CHECK(done.actor.on_behalf_of == acme.owner.person);
  CHECK(done.actor.membership == acme.owner.id);
  CHECK(done.actor.ip->key() == given.state().meta().staff_key);
  CHECK(done.reason->key() == given.state().meta().staff_key);
}

TEST_CASE("positions are dense, and so is the sequence of each scope") {
  World given;
  const auto acme = given.account("acme");
  given.partner(acme, "pat@agency.example");
  given.account("other");
  std::map<Scope, std::uint64_t> next;
  for (Position position = 0; position < given.log.size(); ++position) {
    const auto envelope = given.recorded(position).envelope;
    CHECK(envelope.position == position);
    CHECK(envelope.sequence == next[envelope.scope]++);
  }
  CHECK(next.size() == 6);  // the log, two accounts, three persons
}

TEST_CASE("time in the log never goes back, though clocks do") {
  World given;
  const auto acme = given.account("acme");
  const auto before = given.now;
  given.now = before - hours(3);
  const auto done = given.when(the_operator(), registering(acme, "c1"));
  CHECK(done.recorded()[0].envelope.recorded_at == before);
  given.now = before + seconds(1);
  given.when(the_operator(), registering(acme, "c2"));
  CHECK(given.last_recorded().envelope.recorded_at == before + seconds(1));
}

TEST_CASE("a session that the log's time has ended is not revived by a clock that went back") {
  World given;
  const auto acme = given.account("acme");
  given.pass(hours(8));
  given.when(the_operator(), registering(acme, "c1"));
  given.now = given.now - hours(4);
  given.when(acme.owner, ConfigureAccount{acme.id, "mine"}).then(Code::not_authenticated);
}

// ---- refusals -----------------------------------------------------------------------------------------------------

TEST_CASE("a refusal of somebody who is known is a fact, with its code and details and without free text") {
  World given;
  const auto acme = given.account("acme");
  const auto una = given.user(acme, "una@acme.example");
  const auto size = given.log.size();
  given.when(Asker(acme.owner).because("trying"), InviteUser{acme.id, "una@acme.example", "Una", {}})
      .then(Code::already_member);
  REQUIRE(given.log.size() == size + 1);
  const auto refused = given.last_recorded();
  CommandRejected expected{"InviteUser", "already_member", {detail("user", una.id.text())}};
  expected.person = una.person;  // and not the address
  CHECK(refused.event == Event{expected});
  CHECK(refused.envelope.actor.person == acme.owner.person);
  CHECK(refused.envelope.scope == Scope::of(acme.id));
  CHECK(refused.envelope.reason->shown() == "trying");
}

TEST_CASE("a refusal says on whom and on what it was tried, as far as that is of this account") {
  World given;
  const auto acme = given.account("acme");
  const auto other = given.account("other");
  const auto una = given.user(acme, "una@acme.example");
  const auto strange = given.user(other, "sam@other.example");
  const auto told = [&] { return get<CommandRejected>(given.last_recorded().event); };

  given.when(una, AssignRecord{acme.id, contact, RecordId::parse("C1").value(), acme.owner.id})
      .then(Code::not_authorized);
  CHECK(told().membership == acme.owner.id);
  CHECK(told().kind == RecordKind::contact);
  CHECK(told().record == RecordId::parse("C1").value());
  CHECK(!told().account);  // it is the scope

  // What is another account's is named in the details, and in nobody's history there.
  given.when(acme.owner, DeactivateUser{acme.id, strange.id, {}, {}, {}, {}})
      .then(rejected(Code::not_found, {detail("user", strange.id.text())}));
  CHECK(!told().membership);
  CHECK(given.last_recorded().envelope.scope == Scope::of(acme.id));

  // Who is nobody here writes into their own history where it was that they tried.
  given.when(strange, DeactivateUser{acme.id, una.id, {}, {}, {}, {}}).then(Code::not_authorized);
  CHECK(given.last_recorded().envelope.scope == Scope::of(strange.person));
  CHECK(told().account == acme.id);
  CHECK(told().membership == una.id);

  const auto invitation = given.invited_user(acme, "uma@acme.example");
  given.pass(days(8));
  given.when(nobody().holding(link_of(invitation)), DeclineInvitation{Secret{"token"}}).then(Code::invitation_expired);
  CHECK(told().invitation == invitation);
}

TEST_CASE(
    "where no account is concerned, or there is none of that name, a refusal is in the person's or the log's history") {
  World given;
  const auto acme = given.account("acme");
  const auto una = given.user(acme, "una@acme.example");
  given.when(una, EndSession{SessionId{}}).then(Code::not_authorized);
  CHECK(given.last_recorded().envelope.scope == Scope::of(una.person));
  given.when(una, ConfigureAccount{AccountId::parse("nowhere").value(), "a"}).then(Code::not_authorized);
  CHECK(given.last_recorded().envelope.scope == Scope::of(una.person));
  given.when(the_operator(), EndSession{SessionId{}}).then(Code::not_found);
  CHECK(given.last_recorded().envelope.scope == Scope::log());
}

TEST_CASE("the holder of a link is known, also when it is too late for it") {
  World given;
  const auto acme = given.account("acme");
  const auto invitation = given.invited_user(acme, "una@acme.example");
  given.pass(days(7));
  given.when(nobody().holding(link_of(invitation)), DeclineInvitation{Secret{"token"}}).then(Code::invitation_expired);
  const auto refused = given.last_recorded();
  CHECK(get<CommandRejected>(refused.event).code == "invitation_expired");
  CHECK(refused.envelope.actor.person == given.row(invitation).person);
}

TEST_CASE("nothing is written down about the unknown, the unauthenticated and the clock") {
  World given;
  const auto acme = given.account("acme");
  const auto invitation = given.invited_user(acme, "una@acme.example");
  const auto size = given.log.size();
  given.when(nobody(), registering(acme, "c1")).then(Code::not_authenticated);
  given.when(Asker::signed_in(SessionId{}), registering(acme, "c1")).then(Code::not_authenticated);
  given.when(nobody(), DeclineInvitation{Secret{"token"}}).then(Code::invitation_not_found);
  given.when(nobody().holding(link_of(invitation, 9)), DeclineInvitation{Secret{"token"}})
      .then(Code::invitation_not_found);
  given.when(the_clock(), ExpireInvitation{acme.id, invitation}).then(Code::not_due);
  given.when(nobody(), StartSession{acme.owner.email, Secret{"wrong"}, {}}).then(Code::bad_credentials);
  CHECK(given.log.size() == size);
}

// ---- repeats ------------------------------------------------------------------------------------------------------

TEST_CASE("the same request sent twice changes things once and has the same answer") {
  World given;
  const auto acme = given.account("acme");
  const auto who = Asker(acme.owner).keyed("k1");
  const InvitePartner asked{acme.id, "pat@agency.example", {}, {}, {}};
  const auto first = given.when(who, asked);
  first.then<PartnerInvited, InvitationMailQueued>();
  CHECK(first.recorded()[0].envelope.request_digest);
  const auto position = first.recorded()[0].envelope.position;
  const auto size = given.log.size();
  given.when(who, asked).then_repeated(position, 2);
  given.restart();
  given.when(who, asked).then_repeated(position, 2);
  CHECK(given.log.size() == size);
}

TEST_CASE("a repeat before the first answer is durable waits for it with the first") {
  World given;
  const auto acme = given.account("acme");
  given.batching = true;
  const auto who = Asker(acme.owner).keyed("k1");
  const InvitePartner asked{acme.id, "pat@agency.example", {}, {}, {}};
  const auto first = given.when(who, asked);
  const auto second = given.when(who, asked);
  second.then_repeated(first.recorded()[0].envelope.position, 2);
  CHECK(second.answer().size == first.answer().size);
}

TEST_CASE("the same key for another request is a mistake") {
  World given;
  const auto acme = given.account("acme");
  const auto who = Asker(acme.owner).keyed("k1");
  given.when(who, InvitePartner{acme.id, "pat@agency.example", {}, {}, {}});
  const auto size = given.log.size();
  given.when(who, InvitePartner{acme.id, "pam@agency.example", {}, {}, {}}).then(Code::idempotency_mismatch);
  CHECK(given.log.size() == size);
}

TEST_CASE("a refusal is repeated too") {
  World given;
  const auto acme = given.account("acme");
  const auto who = Asker(acme.owner).keyed("k1");
  const InviteUser asked{acme.id, acme.owner.email, "Olga", {}};
  given.when(who, asked).then(Code::already_member);
  const auto refused = given.log.size() - 1;
  given.when(who, asked).then_repeated(refused, 1);
  CHECK(get<CommandRejected>(given.recorded(refused).event).code == "already_member");
}

TEST_CASE("a repeat of what started in slices is answered with its start") {
  World given;
  const auto acme = given.account("acme");
  const auto una = given.user(acme, "una@acme.example");
  given.records(una, contact, 2'100);
  const ReassignRecords asked{acme.id, una.id, {2'100, 0, 0}, {}, {unassign(contact)}};
  const auto who = Asker(acme.owner).keyed("k1");
  const auto started = given.when(who, asked);
  started.then<ReassignmentStarted>();
  given.work_to_the_end();
  given.when(who, asked).then_repeated(started.recorded()[0].envelope.position, 1);
}

TEST_CASE("answers are forgotten after 30 days of the log's time") {
  World given;
  const auto acme = given.account("acme");
  const auto who = the_operator().keyed("k1");
  const auto first = given.when(who, registering(acme, "c1")).recorded()[0].envelope.position;
  given.pass(just_before(days(30)));
  given.when(the_operator().keyed("k2"), registering(acme, "c2")).then<RecordRegistered>();
  given.when(who, registering(acme, "c1")).then_repeated(first, 1);
  given.pass(microseconds(1));
  given.when(the_operator().keyed("k3"), registering(acme, "c3")).then<RecordRegistered>();
  given.when(who, registering(acme, "c1")).then(Code::record_exists);
}

// ---- batches ------------------------------------------------------------------------------------------------------

TEST_CASE("the log's time never goes back, until somebody says that the clock is right") {
  World given;
  const auto acme = given.account("acme");
  const auto right = given.now;
  given.now = right + days(2'000);
  const auto wrong = given.when(the_operator(), registering(acme, "c1")).recorded()[0].envelope.recorded_at;
  CHECK(wrong == given.now);
  given.now = right;
  CHECK(given.when(the_operator(), registering(acme, "c2")).recorded()[0].envelope.recorded_at == wrong);
  given.when(acme.owner, registering(acme, "c4")).then(Code::not_authenticated);  // by the log's time it has ended
  given.when(acme.owner, ConfirmClock{}).then(Code::not_authorized);
  const auto confirmed = given.when(the_operator(), ConfirmClock{});
  CHECK(confirmed.the<ClockConfirmed>() == ClockConfirmed{right, wrong});
  CHECK(confirmed.recorded()[0].envelope.recorded_at == right);
  CHECK(given.when(the_operator(), registering(acme, "c3")).recorded()[0].envelope.recorded_at == right);
  CHECK(digest_of(given.replayed(given.keys)) == given.log.state().digest);
}

TEST_CASE("a key that cannot be had while a command is decided is that command's trouble alone") {
  World given;
  const auto acme = given.account("acme");
  const InvitePartner asked{acme.id, "pat@agency.example", {}, {}, {}};
  std::size_t undecided = 0;
  for (std::uint64_t nth = 1;; ++nth) {
    CAPTURE(nth);
    Fault fault(nth);
    FailingKeys keys(given.keys, fault);
    Writer writer(given.log, keys, given.claims());
    const auto size = writer.size();
    std::optional<Answer> answer;
    try {
      answer = writer.handle(asked, given.context(acme.owner));
    } catch (const InjectedFault&) {
      // While rows are changed: they are sealed under keys that were had a moment before. The process would end.
      continue;
    }
    if (!fault.happened()) {
      CHECK(std::holds_alternative<std::vector<Recorded>>(answer->outcome));
      break;
    }
    ++undecided;
    REQUIRE(std::holds_alternative<Undecided>(answer->outcome));
    CHECK(writer.size() == size);
    CHECK(writer.batch_is_empty());
    CHECK(std::holds_alternative<std::vector<Recorded>>(writer.handle(asked, given.context(acme.owner)).outcome));
  }
  CHECK(undecided > 3);  // rows are opened, and personal data sealed
}

TEST_CASE("a command at which reasoning breaks changes nothing, and the next one is decided") {
  World given;
  const auto acme = given.account("acme");
  given.batching = true;
  given.when(the_operator(), registering(acme, "c1")).then<RecordRegistered>();
  const auto size = given.writer().size();
  // A row that another one refers to is gone: what a damaged store looks like from here.
  class Holed final : public LogReader {
   public:
    Holed(const LogReader& log, std::string hole) : log_(log), hole_(std::move(hole)) {}
    Position size() const override { return log_.size(); }
    void read(Position from, const Visit& visit) const override { log_.read(from, visit); }
    std::optional<std::string> entry(Position position) const override { return log_.entry(position); }
    std::optional<std::string> tile(unsigned level, std::uint64_t index) const override {
      return log_.tile(level, index);
    }
    std::optional<std::string> frontier() const override { return log_.frontier(); }
    std::optional<std::string> checkpoint() const override { return log_.checkpoint(); }
    Position batch_end(Position at) const override { return log_.batch_end(at); }
    State state() const override {
      auto state = log_.state();
      MemoryRows rows;
      RowChanges all;
      state.rows->scan({}, {}, [&](std::string_view key, std::string_view value) {
        if (key != hole_) all.emplace(std::string{key}, std::string{value});
        return true;
      });
      rows.apply(all);
      state.rows = std::make_unique<MemoryRows>(std::move(rows));
      return state;
    }

   private:
    const LogReader& log_;
    std::string hole_;
  };
  given.log.append(given.writer().close());
  given.writer().durable();
  CHECK(given.writer().size() == size);
  const Holed log(given.log, MembershipRow::key(acme.owner.id).str());
  Writer writer(log, given.keys, given.claims());
  const auto broken =
      writer.handle(InvitePartner{acme.id, "pat@agency.example", {}, {}, {}}, given.context(acme.owner));
  CHECK(std::holds_alternative<Undecided>(broken.outcome));
  CHECK(writer.batch_is_empty());
  const auto other = writer.handle(EndSession{acme.owner.session}, given.context(acme.owner));
  CHECK(std::holds_alternative<std::vector<Recorded>>(other.outcome));
}

TEST_CASE("a batch is decided on the one before, whether that is durable yet or not") {
  World given;
  const auto acme = given.account("acme");
  given.batching = true;
  const InvitePartner asked{acme.id, "pat@agency.example", {}, {}, {}};
  given.when(acme.owner, asked).then<PartnerInvited, InvitationMailQueued>();
  const auto on_its_way = given.writer().close();
  given.when(acme.owner, asked).then(Code::invitation_pending);
  given.log.append(on_its_way);
  given.writer().durable();
  given.when(acme.owner, asked).then(Code::invitation_pending);
  const auto next = given.writer().close();
  CHECK(next.first == on_its_way.end());
  CHECK(next.entries.size() == 2);
  given.log.append(next);
  given.writer().durable();
  CHECK(digest_of(*given.log.state().rows) == given.log.state().digest);
  CHECK(digest_of(given.replayed(given.keys)) == given.log.state().digest);
}

TEST_CASE("several batches may be on their way, each decided on those before it") {
  World given;
  const auto acme = given.account("acme");
  given.batching = true;
  std::vector<Batch> batches;
  for (const auto* record : {"c1", "c2", "c3"}) {
    given.when(the_operator(), registering(acme, record)).then<RecordRegistered>();
    batches.push_back(given.writer().close());
    given.when(the_operator(), registering(acme, "c1")).then(Code::record_exists);  // an event as well
    given.when(the_operator(), registering(acme, record)).then(Code::record_exists);
  }
  for (std::size_t i = 0; i + 1 < batches.size(); ++i) CHECK(batches[i + 1].first == batches[i].end());
  // The log may be ahead of what the writer was told.
  given.log.append(batches[0]);
  given.log.append(batches[1]);
  given.writer().durable();
  for (const auto* record : {"c1", "c2", "c3"})
    given.when(the_operator(), registering(acme, record)).then(Code::record_exists);
  given.log.append(batches[2]);
  given.writer().durable();
  given.writer().durable();
  given.log.append(given.writer().close());
  given.writer().durable();
  CHECK(digest_of(*given.log.state().rows) == given.log.state().digest);
  CHECK(digest_of(given.replayed(given.keys)) == given.log.state().digest);
}

TEST_CASE("a batch knows its bytes, and is empty when nothing came of the commands") {
  World given;
  const auto acme = given.account("acme");
  given.batching = true;
  CHECK(given.writer().batch_is_empty());
  given.when(nobody(), registering(acme, "c1"));
  CHECK(given.writer().batch_is_empty());
  given.when(the_operator(), registering(acme, "c1"));
  given.when(the_operator(), registering(acme, "c2"));
  const auto bytes = given.writer().batch_bytes();
  const auto batch = given.writer().close();
  CHECK(bytes == batch.entries[0].size() + batch.entries[1].size());
  CHECK(given.writer().batch_bytes() == 0);
}

TEST_CASE("entries are decoded as what was answered") {
  World given;
  const auto acme = given.account("acme");
  const auto done = given.when(acme.owner, InvitePartner{acme.id, "pat@agency.example", false, {}, {}});
  for (const auto& one : done.recorded()) CHECK(given.recorded(one.envelope.position) == one);
}

TEST_CASE("data keys are issued before they are needed") {
  World given;
  const auto acme = given.account("acme");
  for (int i = 0; i < 30; ++i) given.invited_partner(acme, "p" + std::to_string(i) + "@agency.example");
  CHECK(given.state().meta().keys > 30);
  CHECK(given.keys.issued() >= given.state().meta().keys);
}

TEST_CASE("whoever issues keys beside the writer is told how many, before half of those ahead are used") {
  World given;
  const auto acme = given.account("acme");
  CHECK_FALSE(given.writer().keys_wanted());
  const auto used = given.state().meta().keys;
  for (KeyNumber i = 0; i <= keys_ahead / 2 && !given.writer().keys_wanted(); ++i)
    given.invited_partner(acme, "p" + std::to_string(i) + "@agency.example");
  REQUIRE(given.writer().keys_wanted());
  CHECK(given.state().meta().keys < used + keys_ahead);
  given.keys.issue_up_to(*given.writer().keys_wanted());
  CHECK_FALSE(given.writer().keys_wanted());
}

TEST_CASE("a log is founded once") {
  World given;
  CHECK_THROWS_AS(given.writer().found(LogCreated{}, given.context(the_operator())), std::logic_error);
  CHECK(holds_alternative<LogCreated>(given.recorded(0).event));
}

// A log of one entry that nobody signed for, with the decision state of another size.
class TornLog final : public Log {
 public:
  Position size() const override { return 1; }
  void read(Position from, const Visit& visit) const override {
    if (from == 0) (void)visit(0, "an entry");
  }
  std::optional<std::string> entry(Position) const override { return "an entry"; }
  std::optional<std::string> tile(unsigned, std::uint64_t) const override { return std::nullopt; }
  std::optional<std::string> frontier() const override { return std::nullopt; }
  std::optional<std::string> checkpoint() const override { return std::nullopt; }
  Position batch_end(Position) const override { return 0; }
  State state() const override { return {std::make_unique<MemoryRows>(), 0, {}}; }
  void append(const Batch&) override {}
  void correct_state(const RowChanges&, const RowsDigest&) override {}
};

TEST_CASE("a writer does not begin on the state of another size") {
  const TornLog log;
  MemoryKeys keys;
  CHECK_THROWS_AS(Writer(log, keys, Claims(DataKey{})), std::logic_error);
}

// ---- the appender -------------------------------------------------------------------------------------------------

SigningKey signing_key(std::uint8_t seed) {
  return SigningKey::generate("rollcall.test", std::array<std::uint8_t, 32>{seed}).value();
}

Batch numbered_entries(Position first, std::size_t count) {
  Batch batch;
  batch.first = first;
  for (std::size_t i = 0; i < count; ++i) batch.entries.push_back("entry " + std::to_string(first + i));
  return batch;
}

TEST_CASE("each batch is hashed into the tree and signed for") {
  MemoryLog log;
  const auto signer = signing_key(1);
  Appender appender(log, signer);
  Frontier expected;
  for (const std::size_t count : {1u, 254u, 2u, 300u}) {
    const auto batch = numbered_entries(log.size(), count);
    appender.append(batch);
    for (const auto& entry : batch.entries) (void)expected.append(leaf_hash(entry));
    const auto checkpoint = open_checkpoint(log.checkpoint().value(), signer.verifying_key()).value();
    CHECK(checkpoint.size == log.size());
    CHECK(checkpoint.root == expected.root());
  }
  CHECK(log.tile(0, 0));
  CHECK(log.tile(0, 1));
  CHECK_FALSE(log.tile(0, 2));
  CHECK(Frontier::decode(log.frontier().value())->size() == 512);
}

TEST_CASE("an appender goes on where the log ends, and gives the same root as one that was never interrupted") {
  MemoryLog log;
  const auto signer = signing_key(1);
  for (int i = 0; i < 10; ++i) Appender(log, signer).append(numbered_entries(log.size(), 77));
  MemoryLog at_once;
  Appender(at_once, signer).append(numbered_entries(0, 770));
  CHECK(log.checkpoint() == at_once.checkpoint());
}

TEST_CASE("nothing is appended to a log that is not what its checkpoint says") {
  MemoryLog good;
  const auto signer = signing_key(1);
  Appender(good, signer).append(numbered_entries(0, 200));
  auto batch = numbered_entries(0, 200);
  batch.checkpoint = good.checkpoint().value();
  auto key = signing_key(1);
  MemoryLog log;
  SECTION("an entry was altered") { batch.entries[199] = "entry 1999"; }
  SECTION("an entry is missing") { batch.entries.pop_back(); }
  SECTION("another key signed it") { key = signing_key(2); }
  log.append(batch);
  CHECK_THROWS_AS(Appender(log, key), LogDamaged);
}

TEST_CASE("a log without any checkpoint is damaged, unless it is empty") {
  const auto signer = signing_key(1);
  MemoryLog empty;
  CHECK_NOTHROW(Appender(empty, signer));
  TornLog torn;
  CHECK_THROWS_AS(Appender(torn, signer), LogDamaged);
}

}  // namespace
}  // namespace rollcall::testing
