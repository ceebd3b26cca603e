// What follows the log on a running server, on a clock that the test moves: the mailer and the clock's own commands.
#include "tools/server/followers/followers.hpp"

#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "adapters/crypto/random.hpp"
#include "adapters/writer/local_commit.hpp"
#include "adapters/writer/writer_thread.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/failing.hpp"
#include "tests/support/memory_mail.hpp"
#include "tests/support/moved_clock.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tools/installation/installation.hpp"
#include "tools/server/api/desk.hpp"
#include "tools/server/followers/mailer.hpp"

using namespace rollcall;

namespace {

constexpr const char* app = "gx624";

// A data folder with a writer on it, and one account.
class Office {
 public:
  Office()
      : ready_(crypto()),
        installation_(options(), clock),
        commit_(installation_.log(), installation_.signer()),
        writer(installation_.log(), commit_, installation_.keys(), installation_.claims(), writer_options()) {
    const auto opened =
        events(Caller::operator_key(), OpenAccount{account, "Great X", "olga@gx624.example", "Olga", 5, {}});
    owner = std::get<AccountOpened>(opened.at(0).event).owner_person;
  }

  // What became of a command, when it is durable.
  Answer ask(Caller caller, Command command, Proofs proofs = {}) {
    Context context{.now = clock.now(), .ids = Ids(random_seed(), clock.now())};
    if (caller.on_behalf_of) context.reason = "asked by phone";
    context.caller = std::move(caller);
    context.proofs = std::move(proofs);
    context.command = context.ids.next<CommandId>();
    context.correlation = context.command;
    std::promise<Answer> answer;
    const bool taken =
        writer.submit(std::move(command), std::move(context), [&](Answer one) { answer.set_value(std::move(one)); });
    REQUIRE(taken);
    return answer.get_future().get();
  }
  std::vector<Recorded> events(Caller caller, Command command, Proofs proofs = {}) {
    const auto answer = ask(std::move(caller), std::move(command), std::move(proofs));
    REQUIRE(std::holds_alternative<std::vector<Recorded>>(answer.outcome));
    return std::get<std::vector<Recorded>>(answer.outcome);
  }

  Caller for_the_owner() const {
    auto caller = Caller::operator_key();
    caller.on_behalf_of = owner;
    return caller;
  }
  PartnerInvited invite(const std::string& email) {
    return std::get<PartnerInvited>(events(for_the_owner(), InvitePartner{account, email, false, {}, {}}).at(0).event);
  }
  // The owner uses his set-up link and signs in.
  SessionId sign_in() {
    Proofs link;
    link.link = LinkProof{LinkKind::setup, owner.bytes, 1};
    link.new_verifier = "argon2id of a password";
    const auto set = events({}, CompleteSetup{Secret{"token"}, true, Secret{"a good password"}, {}}, link);
    Proofs password;
    for (const auto& one : set)
      if (const auto* e = std::get_if<PasswordSet>(&one.event)) password.password_matched = e->credential;
    const auto started = events({}, StartSession{"olga@gx624.example", Secret{"a good password"}, {}}, password);
    return std::get<SessionStarted>(started.at(0).event).session;
  }

  // All that was submitted before is decided and durable: commands are answered in their order.
  void settle() { (void)ask(Caller::clock(), EndSession{SessionId{}}); }

  template <class E>
  std::vector<E> all() const {
    std::vector<E> found;
    installation_.log().read(0, [&](Position, std::string_view entry) {
      const auto recorded = decode_entry(entry, &installation_.keys());
      if (const auto* event = std::get_if<E>(&recorded.event)) found.push_back(*event);
      return true;
    });
    return found;
  }
  void erase(const PersonId& person) {
    const auto snapshot = installation_.log().state();
    const State state(*snapshot.rows, installation_.keys(), installation_.claims());
    installation_.keys().destroy(state.get<PersonRow>(PersonRow::key(person)).key_number);
  }
  const Installation& installation() const { return installation_; }
  std::filesystem::path cursor_file() const { return folder_ / "mailer.cursor"; }
  Mailer mailer(Mail& mail, std::size_t per_second = 50, std::size_t at_once = 500) const {
    return Mailer(installation_, mail, clock,
                  {"https://rollcall.example", cursor_file(), folder_ / "mailer.parked", per_second, at_once});
  }

  const AccountId account = AccountId::parse(app).value();
  MovedClock clock;
  PersonId owner;

 private:
  static bool crypto() {
    start_crypto();
    return true;
  }
  InstallationOptions options() const {
    InstallationOptions options;
    options.folder = folder_ / "data";
    options.create = true;
    return options;
  }
  WriterOptions writer_options() const {
    WriterOptions options;
    options.now = [this] { return clock.now(); };
    options.fresh_seed = random_seed;
    return options;
  }

  TemporaryFolder folder_;
  bool ready_;
  Installation installation_;
  LocalCommit commit_;

 public:
  WriterThread writer;
};

std::vector<std::string> receivers(const MemoryMail& box) {
  std::vector<std::string> all;
  for (const auto& letter : box.letters()) all.push_back(letter.to);
  return all;
}

using Receivers = std::vector<std::string>;

constexpr Duration moment{1};  // a microsecond: the finest there is
constexpr Duration between(Duration from, Duration to) { return {to.micros - from.micros}; }

}  // namespace

TEST_CASE("a cursor is written in place, and a file that holds none is refused by name") {
  const TemporaryFolder folder;
  const auto file = folder / "mailer.cursor";
  const auto read = [&] { return CursorFile(file).read(); };
  using Cursor = CursorFile::Cursor;
  CHECK(read() == Cursor{});
  {
    CursorFile cursor(file);
    cursor.keep({1'234'567, 0xffffffff});
    cursor.keep({8, 0x1a2b3c});
  }
  CHECK(read() == Cursor{8, 0x1a2b3c});
  CHECK(std::filesystem::file_size(file) == 30);
  const auto with = [&](const std::string& text) { std::ofstream(file, std::ios::trunc) << text; };
  with("1234567\n");  // as earlier versions wrote it
  CHECK(read() == Cursor{1'234'567, {}});
  CursorFile(file).keep({9, 1});
  CHECK(read() == Cursor{9, 1});
  with("");
  CHECK(read() == Cursor{});
  for (const std::string text : {"\n", "-1\n", "12 apples\n", " 12\n", "0x1f\n", "99999999999999999999999\n", "12-\n",
                                 "12-1a2b3c4\n", "12-1a2b3c4g\n", "12-1a2b3c4d5\n"}) {
    with(text);
    CAPTURE(text);
    CHECK_THROWS_WITH(read(), Catch::Contains("mailer.cursor holds no position"));
  }
  CHECK_THROWS_WITH(CursorFile(folder / "none" / "mailer.cursor").keep({1, {}}), Catch::Contains("cannot be written"));
}

TEST_CASE("every letter that the log asks for is sent, with a link that is genuine", "[followers]") {
  Office office;
  const auto invited = office.invite("petra@agency.example");
  MemoryMail box;
  auto mailer = office.mailer(box);
  mailer.send_queued();
  CHECK(receivers(box) == Receivers{"olga@gx624.example", "petra@agency.example"});
  CHECK(mailer.cursor() == office.installation().log().size());

  const auto letter = box.letters().at(1);
  const auto token = office.installation().tokens().invitation(invited.invitation, 1);
  CHECK_THAT(letter.text, Catch::Contains("https://rollcall.example/v1/invitations/" + token));
  CHECK_THAT(letter.text, Catch::Contains("Great X"));
  const auto link = office.installation().tokens().link(token);
  REQUIRE(link);
  CHECK(link->kind == LinkKind::invitation);
  CHECK(link->id == invited.invitation.bytes);
  CHECK(link->attempt == 1);

  // Once sent is sent, for this mailer and for the next.
  mailer.send_queued();
  office.mailer(box).send_queued();
  CHECK(box.times_sent() == 2);
  office.invite("paul@agency.example");
  office.mailer(box).send_queued();
  CHECK(receivers(box).back() == "paul@agency.example");
  CHECK(box.times_sent() == 3);
}

TEST_CASE("letters in a crowd wait for their turn, and none is lost", "[followers]") {
  Office office;  // whose owner has had one mail
  for (int i = 0; i < 25; ++i) office.invite("p" + std::to_string(i) + "@agency.example");
  MemoryMail box;
  auto mailer = office.mailer(box, 10, 20);
  mailer.send_queued();
  CHECK(box.times_sent() == 20);
  mailer.send_queued();
  CHECK(box.times_sent() == 20);
  office.clock.pass(Duration{200'000});
  mailer.send_queued();
  CHECK(box.times_sent() == 22);
  office.clock.pass(hours(1));
  mailer.send_queued();
  CHECK(box.times_sent() == 26);
  CHECK(mailer.cursor() == office.installation().log().size());
}

TEST_CASE("a letter that could not be sent is sent later, whichever it was, and none in front of it is lost",
          "[followers]") {
  const auto when = GENERATE(Fault::When::before, Fault::When::after);
  Office office;
  for (int i = 0; i < 4; ++i) office.invite("p" + std::to_string(i) + "@agency.example");
  constexpr std::size_t letters = 5;  // and the owner's
  bool failed = true;
  for (std::uint64_t nth = 1; failed; ++nth) {
    CAPTURE(nth);
    MemoryMail box;
    Fault fault(nth, when);
    FailingMail failing(box, fault);
    std::filesystem::remove(office.cursor_file());
    {
      auto mailer = office.mailer(failing);
      if (nth <= letters)
        CHECK_THROWS_AS(mailer.send_queued(), InjectedFault);
      else
        CHECK_NOTHROW(mailer.send_queued());
      CHECK(box.times_sent() == std::min<std::size_t>(letters, when == Fault::When::before ? nth - 1 : nth));
    }
    // The process ended before the cursor was kept: once more is allowed, under the same name, and never is not.
    office.mailer(failing).send_queued();
    CHECK(box.letters().size() == letters);
    failed = fault.happened();
  }
}

namespace {

// A post that refuses some.
class Picky final : public Mail {
 public:
  void send(const Letter& letter) override {
    ++tries[letter.to];
    if (away || breaking.contains(letter.to)) throw std::runtime_error("550 to MAIL");
    if (const auto refused = refusals.find(letter.to); refused != refusals.end())
      throw LetterRefused(refused->second < 500 ? "450 to RCPT" : "550 to RCPT", refused->second >= 500);
    taken.push_back(letter.to);
  }
  void forget_expired(Time) override {}

  std::map<std::string, int> refusals;  // by address: the answer
  bool away = false;                    // nothing is taken, whoever it is for
  std::set<std::string> breaking;       // at which the post itself fails
  std::map<std::string, int> tries;
  Receivers taken;
};

}  // namespace

TEST_CASE("a letter that is refused is parked and tried again, and holds up no other", "[followers]") {
  const int answer = GENERATE(450, 550);
  Picky picky;
  picky.refusals["full@agency.example"] = answer;
  Office office;
  const auto invitation = office.invite("full@agency.example");
  office.invite("petra@agency.example");
  {
    auto mailer = office.mailer(picky);
    mailer.send_queued();
    CHECK(picky.taken == Receivers{"olga@gx624.example", "petra@agency.example"});
    CHECK(mailer.cursor() == office.installation().log().size());
    REQUIRE(mailer.parked().size() == 1);
    CHECK(mailer.parked()[0].tries == 1);
    CHECK(mailer.parked()[0].reason == (answer == 450 ? "450 to RCPT" : "550 to RCPT"));
    mailer.send_queued();
    CHECK(picky.tries["full@agency.example"] == 1);  // not at once
  }
  // The next mailer knows of it, and it rests longer each time.
  auto mailer = office.mailer(picky);
  REQUIRE(mailer.parked().size() == 1);
  office.clock.pass(answer == 450 ? minutes(1) : hours(1));
  mailer.send_queued();
  CHECK(picky.tries["full@agency.example"] == 2);
  CHECK(mailer.parked()[0].tries == 2);
  office.clock.pass(answer == 450 ? minutes(1) : hours(1));
  mailer.send_queued();
  CHECK(picky.tries["full@agency.example"] == 2);

  SECTION("until it is taken") {
    picky.refusals.clear();
    office.clock.pass(hours(4));
    mailer.send_queued();
    CHECK(picky.taken.back() == "full@agency.example");
    CHECK(mailer.parked().empty());
    CHECK(office.mailer(picky).parked().empty());
  }
  SECTION("or until its link is dead") {
    office.clock.pass(days(8));
    mailer.send_queued();
    CHECK(picky.tries["full@agency.example"] == 2);
    CHECK(mailer.parked().empty());
  }
}

TEST_CASE("a letter at which the post itself fails again and again holds up no other", "[followers]") {
  Picky picky;
  picky.breaking = {"odd@agency.example"};
  Office office;
  office.invite("odd@agency.example");
  office.invite("petra@agency.example");
  auto mailer = office.mailer(picky);
  for (int i = 0; i < 2; ++i) CHECK_THROWS_WITH(mailer.send_queued(), "550 to MAIL");
  CHECK(picky.taken == Receivers{"olga@gx624.example"});
  mailer.send_queued();
  CHECK(picky.taken == Receivers{"olga@gx624.example", "petra@agency.example"});
  REQUIRE(mailer.parked().size() == 1);
  CHECK(mailer.parked()[0].reason == "550 to MAIL");
  CHECK(mailer.cursor() == office.installation().log().size());
  // It rests, fails on its own, and goes when it can.
  office.clock.pass(minutes(1));
  office.invite("paul@agency.example");
  mailer.send_queued();
  CHECK(picky.taken.back() == "paul@agency.example");
  CHECK(mailer.parked()[0].tries == 2);
  picky.breaking.clear();
  office.clock.pass(minutes(5));
  mailer.send_queued();
  CHECK(picky.taken.back() == "odd@agency.example");
  CHECK(mailer.parked().empty());
}

TEST_CASE("while the post takes nothing at all, no letter is parked for it", "[followers]") {
  Picky picky;
  picky.away = true;
  Office office;
  office.invite("petra@agency.example");
  auto mailer = office.mailer(picky);
  for (int i = 0; i < 5; ++i) CHECK_THROWS_WITH(mailer.send_queued(), "550 to MAIL");
  CHECK(mailer.parked().empty());
  picky.away = false;
  mailer.send_queued();
  CHECK(picky.taken == Receivers{"olga@gx624.example", "petra@agency.example"});
}

TEST_CASE("what the post says about us loses no letter", "[followers]") {
  Picky picky;
  picky.refusals["full@agency.example"] = 450;
  Office office;
  office.invite("full@agency.example");
  auto mailer = office.mailer(picky);
  mailer.send_queued();
  picky.away = true;
  office.invite("petra@agency.example");
  for (int round = 0; round < 3; ++round) {
    office.clock.pass(hours(2));
    CHECK_THROWS_WITH(mailer.send_queued(), Catch::Contains("MAIL"));
    CHECK(mailer.parked().size() == 1);
  }
  picky.away = false;
  picky.refusals.clear();
  mailer.send_queued();
  CHECK(picky.taken == Receivers{"olga@gx624.example", "full@agency.example", "petra@agency.example"});
}

TEST_CASE("a link that another one followed, or that was revoked, is not sent any more", "[followers]") {
  Office office;
  const auto resent = office.invite("petra@agency.example").invitation;
  const auto revoked = office.invite("paul@agency.example").invitation;
  office.clock.pass(minutes(2));
  office.events(office.for_the_owner(), ResendInvitation{office.account, resent});
  office.events(office.for_the_owner(), RevokeInvitation{office.account, revoked});
  MemoryMail box;
  office.mailer(box).send_queued();
  CHECK(receivers(box) == Receivers{"olga@gx624.example", "petra@agency.example"});
  CHECK(box.letters().back().name == resent.text() + ".2");
}

TEST_CASE("a mailer whose cursor is of another history does not send", "[followers]") {
  Office office;
  office.invite("petra@agency.example");
  MemoryMail box;
  office.mailer(box).send_queued();
  const auto size = office.installation().log().size();
  CursorFile(office.cursor_file()).keep({size + 1, 7});
  CHECK_THROWS_WITH(office.mailer(box), Catch::Contains("the mailer is ahead of the log"));
  CursorFile(office.cursor_file()).keep({size, 7});
  CHECK_THROWS_WITH(office.mailer(box), Catch::Contains("rollcall followers --put-right"));
}

TEST_CASE("a clock that fails puts off what is due, and nothing is lost", "[followers]") {
  Office office;
  std::size_t faults = 0;
  for (std::uint64_t nth = 1;; ++nth) {
    CAPTURE(nth);
    const auto email = "p" + std::to_string(nth) + "@agency.example";
    const auto invitation = office.invite(email).invitation;
    office.clock.pass(invitation_life);
    constexpr std::uint64_t calls_to_begin = 3;
    Fault fault(calls_to_begin + nth);
    FailingClock failing(office.clock, fault);
    ClockWork work(office.installation(), office.writer, failing);
    const auto step = [&] {
      try {
        work.expire_due();
      } catch (const InjectedFault&) {
        ++faults;
      }
      office.settle();
    };
    step();
    if (!fault.happened()) break;
    step();
    const auto expired = office.all<InvitationExpired>();
    REQUIRE(expired.size() == nth);
    CHECK(expired.back().invitation == invitation);
  }
  CHECK(faults >= 4);  // both hands for a jump, the time to compare with, the time to record
}

TEST_CASE("nobody gets a letter whose link is dead", "[followers]") {
  Office office;
  office.invite("petra@agency.example");
  office.clock.pass(days(4));
  MemoryMail box;
  SECTION("a set-up link of three days is, an invitation of seven is not") {
    office.mailer(box).send_queued();
    CHECK(receivers(box) == Receivers{"petra@agency.example"});
  }
  SECTION("both are after a week, and the mailer goes on behind them") {
    office.clock.pass(days(3));
    auto mailer = office.mailer(box);
    mailer.send_queued();
    CHECK(box.letters().empty());
    CHECK(mailer.cursor() == office.installation().log().size());
  }
}

TEST_CASE("who was erased gets no letter", "[followers]") {
  Office office;
  const auto petra = office.invite("petra@agency.example").person;
  office.invite("paul@agency.example");
  office.erase(petra);
  MemoryMail box;
  office.mailer(box).send_queued();
  CHECK(receivers(box) == Receivers{"olga@gx624.example", "paul@agency.example"});
}

TEST_CASE("invitations and sessions end when their time has come, and not before", "[followers]") {
  Office office;
  const auto session = office.sign_in();
  const auto invitation = office.invite("petra@agency.example").invitation;
  ClockWork work(office.installation(), office.writer, office.clock);
  const auto run = [&] {
    work.expire_due();
    office.settle();
  };

  office.clock.pass(between(moment, session_life));
  run();
  CHECK(office.all<SessionEnded>().empty());
  office.clock.pass(moment);
  run();
  const auto ended = office.all<SessionEnded>();
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].session == session);
  CHECK(ended[0].cause == SessionEndCause::expired);

  office.clock.pass(between(moment, between(session_life, invitation_life)));
  run();
  CHECK(office.all<InvitationExpired>().empty());
  office.clock.pass(moment);
  run();
  const auto expired = office.all<InvitationExpired>();
  REQUIRE(expired.size() == 1);
  CHECK(expired[0].invitation == invitation);
  run();
  CHECK(office.all<InvitationExpired>().size() == 1);
  CHECK(office.all<SessionEnded>().size() == 1);
}

TEST_CASE("access for a time is ended by the clock at its instant", "[followers]") {
  Office office;
  const auto ends = office.clock.now() + hours(3);
  const auto invited = std::get<PartnerInvited>(
      office.events(office.for_the_owner(), InvitePartner{office.account, "tim@agency.example", false, ends, {}})
          .at(0)
          .event);
  Proofs link;
  link.link = LinkProof{LinkKind::invitation, invited.invitation.bytes, 1};
  link.new_verifier = "argon2id of a password";
  office.events({}, AcceptInvite{Secret{"token"}, true, Secret{"a good password"}, {}}, link);
  ClockWork work(office.installation(), office.writer, office.clock);
  const auto expired = [&] {
    work.expire_due();
    office.settle();
    return office.all<AccessExpired>().size();
  };
  office.clock.pass(between(moment, hours(3)));
  CHECK(expired() == 0);
  office.clock.pass(moment);
  CHECK(expired() == 1);
  CHECK(expired() == 1);
  REQUIRE(office.all<UserDeactivated>().size() == 1);
  CHECK(office.all<UserDeactivated>()[0].cause == EndCause::expired);
}

TEST_CASE("whatever is due at once ends, however much it is", "[followers]") {
  Office office;
  constexpr std::size_t many = 300;  // more than the clock asks for in one go
  for (std::size_t i = 0; i < many; ++i) office.invite("partner" + std::to_string(i) + "@agency.example");
  ClockWork work(office.installation(), office.writer, office.clock);
  office.clock.pass(invitation_life);
  for (int step = 0; step < 3; ++step) {
    work.expire_due();
    office.settle();
  }
  CHECK(office.all<InvitationExpired>().size() == many);
}

TEST_CASE("a clock that jumps expires nothing until somebody confirms the time", "[followers]") {
  Office office;
  office.invite("petra@agency.example");
  ClockWork work(office.installation(), office.writer, office.clock);
  const auto expired = [&] {
    work.expire_due();
    office.settle();
    return office.all<InvitationExpired>().size();
  };

  SECTION("forward, past the end of what is open") {
    office.clock.jump(days(8));
    CHECK(expired() == 0);
    CHECK(work.paused());
    office.clock.pass(minutes(10));
    CHECK(expired() == 0);
    work.confirm();
    CHECK_FALSE(work.paused());
    CHECK(expired() == 1);
  }
  SECTION("backward") {
    office.clock.jump(Duration{-hours(2).micros});
    CHECK(expired() == 0);
    CHECK(work.paused());
  }
  SECTION("forward and back again: still somebody has to look at it") {
    office.clock.jump(hours(2));
    CHECK(expired() == 0);
    office.clock.jump(Duration{-hours(2).micros});
    CHECK(expired() == 0);
    CHECK(work.paused());
  }
  SECTION("small corrections are no jump, however many") {
    for (int i = 0; i < 6; ++i) {
      office.clock.jump(minutes(50));
      CHECK(expired() == 0);
      CHECK_FALSE(work.paused());
    }
    office.clock.pass(invitation_life);
    CHECK(expired() == 1);
  }
}

TEST_CASE("failed sign-ins are told once a minute and person", "[followers]") {
  api::PerMinute failed;
  const PersonId olga{IdBytes{1}}, petra{IdBytes{2}};
  const Time start{1'772'528'400'000'000};  // a full minute
  CHECK(failed.count(olga, start) == 1);
  CHECK(failed.count(olga, start + seconds(59)) == 2);
  CHECK(failed.count(petra, start + seconds(30)) == 1);
  CHECK(failed.count(olga, start + seconds(60)) == 1);
  CHECK(failed.take(start + seconds(59)).empty());

  auto told = failed.take(start + seconds(60));
  REQUIRE(told.size() == 2);
  std::map<PersonId, std::uint32_t> counts;
  for (const auto& one : told) {
    CHECK(one.minute == start);
    counts[one.person] = one.count;
  }
  CHECK(counts[olga] == 2);
  CHECK(counts[petra] == 1);

  CHECK(failed.take(start + seconds(119)).empty());
  told = failed.take(start + minutes(2));
  REQUIRE(told.size() == 1);
  CHECK(told[0].minute == start + minutes(1));
  CHECK(told[0].count == 1);
  CHECK(failed.take(start + hours(1)).empty());
}

TEST_CASE("a follower whose step fails says why and tries again", "[followers]") {
  std::promise<void> recovered;
  int steps = 0;
  Repeating repeating("test", hours(1), [&] {
    if (++steps == 1) throw std::runtime_error("the relay is away");
    if (steps == 2) recovered.set_value();
  });
  while (repeating.trouble().empty()) std::this_thread::yield();
  CHECK(repeating.trouble() == "the relay is away");
  repeating.wake();
  recovered.get_future().get();
  repeating.stop();
  CHECK(repeating.trouble().empty());
}
