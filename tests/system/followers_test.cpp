// What follows the log on a running server, on a clock that the test moves: the clock's own commands.
#include "tools/server/followers/followers.hpp"

#include "tests/system/followed_log.hpp"

using namespace rollcall;
using namespace rollcall::testing;

TEST_CASE("a clock that fails puts off what is due, and nothing is lost", "[followers]") {
  FollowedLog office;
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

TEST_CASE("invitations and sessions end when their time has come, and not before", "[followers]") {
  FollowedLog office;
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
  FollowedLog office;
  const auto ends = office.clock.now() + hours(3);
  const auto invited = get<PartnerInvited>(
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
  FollowedLog office;
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
  FollowedLog office;
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
