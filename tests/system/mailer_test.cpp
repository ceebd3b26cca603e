// The mailer on a running server: every letter goes, whatever the post says, and none holds up another.
#include "tools/server/followers/mailer.hpp"

#include "tests/system/followed_log.hpp"

using namespace rollcall;
using namespace rollcall::testing;

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
  FollowedLog office;
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
  FollowedLog office;  // whose owner has had one mail
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
  FollowedLog office;
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
      throw LetterRefused(refused->second < 500 ? 450 : 550, "RCPT");
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
  FollowedLog office;
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
  FollowedLog office;
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
  FollowedLog office;
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
  FollowedLog office;
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
  FollowedLog office;
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
  FollowedLog office;
  office.invite("petra@agency.example");
  MemoryMail box;
  office.mailer(box).send_queued();
  const auto size = office.installation().log().size();
  CursorFile(office.cursor_file()).keep({size + 1, 7});
  CHECK_THROWS_WITH(office.mailer(box), Catch::Contains("the mailer is ahead of the log"));
  CursorFile(office.cursor_file()).keep({size, 7});
  CHECK_THROWS_WITH(office.mailer(box), Catch::Contains("rollcall followers --put-right"));
}

TEST_CASE("nobody gets a letter whose link is dead", "[followers]") {
  FollowedLog office;
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
  FollowedLog office;
  const auto petra = office.invite("petra@agency.example").person;
  office.invite("paul@agency.example");
  office.erase(petra);
  MemoryMail box;
  office.mailer(box).send_queued();
  CHECK(receivers(box) == Receivers{"olga@gx624.example", "paul@agency.example"});
}

// ---- what became of letters ----------------------------------------------------------------------------------------

namespace {

// Told by mailers, and written down by the office's writer as the server does it.
struct Chronicle {
  FollowedLog& office;
  bool silent = false;  // nothing can be written down now

  std::function<bool(const RecordMail&)> recorder() {
    return [this](const RecordMail& told) {
      if (!silent) (void)office.events(Caller::clock(), told);
      return !silent;
    };
  }
};

}  // namespace

TEST_CASE("what became of each letter is in the log, once", "[followers]") {
  FollowedLog office;
  Chronicle told{office};
  const auto invited = office.invite("full@agency.example");
  Picky picky;
  picky.refusals["full@agency.example"] = 450;
  auto mailer = office.mailer(picky, 50, 500, told.recorder());
  mailer.send_queued();
  CHECK(office.all<MailSent>().size() == 1);
  CHECK(office.all<MailSent>().at(0).person == office.owner);
  REQUIRE(office.all<MailDeferred>().size() == 1);
  const auto deferred = office.all<MailDeferred>().at(0);
  CHECK(deferred.invitation == invited.invitation);
  CHECK(deferred.person == invited.person);
  CHECK(deferred.answer == 450);
  const auto asked =
      decode_entry(office.installation().log().entry(deferred.about).value(), &office.installation().keys());
  CHECK(get<InvitationMailQueued>(asked.event).invitation == invited.invitation);

  SECTION("it is put off once more, and taken in the end") {
    office.clock.pass(minutes(2));
    mailer.send_queued();
    CHECK(office.all<MailDeferred>().size() == 1);
    picky.refusals.clear();
    office.clock.pass(hours(2));
    mailer.send_queued();
    mailer.send_queued();
    CHECK(office.all<MailSent>().size() == 2);
    CHECK(office.all<MailSent>().at(1) == MailSent{deferred.about, invited.person, invited.invitation});
    CHECK(office.all<MailFailed>().empty());
  }
  SECTION("it is given up when its link is dead") {
    office.clock.pass(days(20));
    mailer.send_queued();
    REQUIRE(office.all<MailFailed>().size() == 1);
    CHECK(office.all<MailFailed>().at(0) ==
          MailFailed{deferred.about, invited.person, invited.invitation, MailTrouble::refused});
  }
  SECTION("it is given up when another one takes its place") {
    office.clock.pass(minutes(30));
    (void)office.events(office.for_the_owner(), RevokeInvitation{office.account, invited.invitation});
    office.clock.pass(hours(2));
    mailer.send_queued();
    REQUIRE(office.all<MailFailed>().size() == 1);
    CHECK(office.all<MailFailed>().at(0).trouble == MailTrouble::outdated);
  }
  CHECK(mailer.cursor() <= office.installation().log().size());
}

TEST_CASE("letters that went do not go again while that cannot be written down, and none is taken for refused",
          "[followers]") {
  FollowedLog office;
  Chronicle told{office, true};
  Picky picky;
  auto mailer = office.mailer(picky, 50, 500, told.recorder());
  for (int i = 0; i < 5; ++i) CHECK_THROWS_WITH(mailer.send_queued(), Catch::Contains("cannot be written down"));
  CHECK(picky.taken.size() == 1);
  CHECK(office.all<MailSent>().empty());

  // One that was put off before goes, and cannot be written down either.
  told.silent = false;
  picky.refusals["full@agency.example"] = 450;
  office.invite("full@agency.example");
  mailer.send_queued();
  CHECK(mailer.parked().size() == 1);
  office.invite("petra@agency.example");
  picky.refusals.clear();
  told.silent = true;
  office.clock.pass(hours(1));
  for (int i = 0; i < 5; ++i) {
    CHECK_THROWS_WITH(mailer.send_queued(), Catch::Contains("cannot be written down"));
    office.clock.pass(hours(1));
  }
  CHECK(picky.taken == Receivers{"olga@gx624.example", "full@agency.example"});
  told.silent = false;
  mailer.send_queued();
  CHECK(picky.taken == Receivers{"olga@gx624.example", "full@agency.example", "petra@agency.example"});
  CHECK(office.all<MailSent>().size() == 3);
  CHECK(mailer.parked().empty());
}

TEST_CASE("of letters that were put off no more than one is sent twice, whenever the process ends", "[followers]") {
  FollowedLog office;
  for (const auto* to : {"a@agency.example", "b@agency.example", "c@agency.example"}) office.invite(to);
  const ParkedFile parked(office.cursor_file().parent_path() / "mailer.parked");
  // Looks at what the next process would find, each time before a letter goes.
  class Looking final : public Mail {
   public:
    explicit Looking(const ParkedFile& file) : file_(file) {}
    void send(const Letter& letter) override {
      found.push_back(file_.read().size());
      if (refusing && letter.to != "olga@gx624.example") throw LetterRefused(450, "RCPT");
    }
    void forget_expired(Time) override {}
    bool refusing = true;
    std::vector<std::size_t> found;

   private:
    const ParkedFile& file_;
  } post(parked);
  auto mailer = office.mailer(post);
  mailer.send_queued();
  CHECK(post.found == std::vector<std::size_t>{0, 0, 1, 2});
  post.refusing = false;
  post.found.clear();
  office.clock.pass(hours(1));
  mailer.send_queued();
  CHECK(post.found == std::vector<std::size_t>{3, 2, 1});
  CHECK(parked.read().empty());
}

TEST_CASE("a mail that went is never told to have failed, though its invitation is answered and the cursor is older",
          "[followers]") {
  FollowedLog office;
  Chronicle told{office};
  const auto invited = office.invite("petra@agency.example");
  MemoryMail box;
  office.mailer(box, 50, 500, told.recorder()).send_queued();
  CHECK(office.all<MailSent>().size() == 2);
  (void)office.events(office.for_the_owner(), RevokeInvitation{office.account, invited.invitation});
  std::filesystem::remove(office.cursor_file());  // as after a restore
  office.mailer(box, 50, 500, told.recorder()).send_queued();
  CHECK(office.all<MailFailed>().empty());
}

// ---- to whom what is written ---------------------------------------------------------------------------------------

TEST_CASE("who invited is told that it was accepted, who is put out and whom a partner left are told so, too",
          "[followers]") {
  FollowedLog office;
  (void)office.sign_in();
  const auto invited = office.invite("petra@agency.example");
  Proofs link;
  link.link = LinkProof{LinkKind::invitation, invited.invitation.bytes, 1};
  link.new_verifier = "argon2id of a password";
  const auto accepted = office.events({}, AcceptInvite{Secret{"token"}, true, Secret{"a good password"}, {}}, link);
  MembershipId membership;
  PersonId petra;
  for (const auto& one : accepted)
    if (const auto* e = get_if<MembershipActivated>(&one.event)) {
      membership = e->membership;
      petra = e->person;
    }
  MemoryMail box;
  auto mailer = office.mailer(box);
  mailer.send_queued();
  CHECK(box.letters().back().to == "olga@gx624.example");
  CHECK(box.letters().back().subject == "petra@agency.example has accepted");
  (void)office.events(office.for_the_owner(), SetPolicy{office.account, Policy::language, "de"});
  SECTION("put out") {
    (void)office.events(office.for_the_owner(), DeactivateUser{office.account, membership, {}, {}, {}, true});
    mailer.send_queued();
    CHECK(box.letters().back().to == "petra@agency.example");
    CHECK(box.letters().back().subject == "Ihr Zugang zu Great X ist beendet");
  }
  SECTION("left") {
    auto herself = Caller::operator_key();
    herself.on_behalf_of = petra;
    (void)office.events(herself, LeaveAccount{office.account, true});
    mailer.send_queued();
    CHECK(box.letters().back().to == "olga@gx624.example");
    CHECK(box.letters().back().subject == "petra@agency.example hat Great X verlassen");
  }
}

TEST_CASE("a sign-in with a new device is told, in the language of the installation", "[followers]") {
  FollowedLog office;
  (void)office.sign_in();
  MemoryMail box;
  auto mailer = office.mailer(box);
  mailer.send_queued();
  const auto before = box.times_sent();
  for (const auto* device : {"Firefox/121.0 <b>https://evil.example</b>", "Firefox/122.0 <b>https://evil.example</b>",
                             "curl/8.5 <b>https://evil.example</b>"}) {
    Caller caller;
    caller.user_agent = device;
    office.sign_in_again(caller);
  }
  mailer.send_queued();
  REQUIRE(box.times_sent() == before + 2);  // what said nothing came first
  CHECK(box.letters().back().subject == "A new sign-in");
  CHECK_THAT(box.letters().back().text, Catch::Contains("curl/8. 5 <b>https: //evil. example</b>"));
}
