// The feed over a log in memory: each subscriber gets every event it asked for once and in order, wherever it comes
// from.
#include "tools/server/followers/feed.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>

#include "events/cloud_event.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/given.hpp"

using namespace rollcall;
using namespace rollcall::testing;
using Catch::Contains;

namespace {

const std::string greeting = "retry: 2000\n\n";

// Some accounts, and a feed of what happens to them.
struct Town {
  explicit Town(FeedOptions options = {}) : feed(world.log, world.keys, "rollcall.test", options) {}

  PersonId invite(const std::string& email) {
    const auto invited = world.when(account.owner, InvitePartner{account.id, email, false, {}, {}});
    feed.wake();
    return invited.the<PartnerInvited>().person;
  }

  World world;
  Account account = world.account("gx624");
  Account other = world.account("ab123");
  Feed feed;
};

// A subscriber with the thread of the test.
class Listener {
 public:
  explicit Listener(Feed& feed, Position from = 0, FeedFilter filter = {})
      : stream_(feed.subscribe(from, std::move(filter), context_.get_executor())) {
    CHECK(next() == greeting);
  }

  std::optional<std::string> next() {
    auto piece = boost::asio::co_spawn(context_, stream_->next(), boost::asio::use_future);
    context_.restart();
    context_.run();
    return piece.get();
  }

  // The events that came until there were this many.
  std::string read(std::size_t events) {
    std::string text;
    while (ids_in(text).size() < events) text += next().value();
    return text;
  }
  std::vector<Position> ids(std::size_t events) { return ids_in(read(events)); }

  void end_meanwhile(http::StreamEnd why) {
    boost::asio::post(context_, [this, why] { stream_->end(why); });
  }

  static std::vector<Position> ids_in(const std::string& text) {
    std::vector<Position> ids;
    for (auto at = text.find("id: "); at != text.npos; at = text.find("\nid: ", at + 1))
      if (text.find("\nevent: ", at) == text.find('\n', at + 1))
        ids.push_back(std::stoull(text.substr(text.find(' ', at))));
    return ids;
  }

 private:
  boost::asio::io_context context_;
  std::shared_ptr<http::Stream> stream_;
};

std::vector<Position> range(Position from, Position to) {
  std::vector<Position> all;
  for (; from < to; ++from) all.push_back(from);
  return all;
}

}  // namespace

TEST_CASE("a subscriber gets the log from where it asked, and then what happens, as CloudEvents") {
  Town town;
  const auto size = town.world.log.size();
  Listener all(town.feed), late(town.feed, size - 1);
  const auto text = all.read(size);
  CHECK(Listener::ids_in(text) == range(0, size));
  const auto event = cloud_event(town.world.log.entry(1).value(), "rollcall.test", &town.world.keys);
  CHECK_THAT(text, Contains("id: " + mark_at(town.world.log, 1).text() + "\nevent: " +
                            std::string{event.attribute("type")} + "\ndata: " + structured(event) + "\n\n"));
  CHECK(late.ids(1) == range(size - 1, size));

  town.invite("petra@agency.example");
  const auto now = town.world.log.size();
  CHECK(all.read(now - size) == late.read(now - size));
  CHECK(town.feed.subscribers() == 2);
  CHECK(town.feed.sent() == size + 1 + 2 * (now - size));
}

TEST_CASE("who is further behind than the ring reads on in the log, without gap or repetition") {
  FeedOptions options;
  SECTION("because of many events") { options.ring_events_max = 3; }
  SECTION("because of large events") { options.ring_bytes_max = 3'000; }
  SECTION("because of their age") { options.ring_age_max = seconds(0); }
  Town town(options);
  const auto size = town.world.log.size();
  Listener keen(town.feed, size), slow(town.feed, size);
  std::vector<Position> got;
  for (int i = 0; i < 20; ++i) {
    const auto before = town.world.log.size();
    town.invite("p" + std::to_string(i) + "@agency.example");
    for (const auto id : keen.ids(town.world.log.size() - before)) got.push_back(id);
  }
  CHECK(got == range(size, town.world.log.size()));
  CHECK(slow.ids(got.size()) == got);
}

TEST_CASE("a piece is bounded, however much there is to read") {
  Town town;
  for (int i = 0; i < 100; ++i) town.invite("p" + std::to_string(i) + "@agency.example");
  Listener listener(town.feed);
  const auto first = listener.next().value();
  CHECK(first.size() < 80'000);
  const auto got = Listener::ids_in(first).size();
  CHECK(listener.ids(town.world.log.size() - got).front() == got);
}

TEST_CASE("a filter lets through its account and its types, and a heart-beat tells how far it looked") {
  FeedOptions options;
  options.heartbeat = Duration{30'000};
  Town town(options);
  const auto size = town.world.log.size();
  FeedFilter filter;
  filter.account = town.other.id;
  filter.types = {"PartnerInvited", "UserInvited"};
  Listener listener(town.feed, 0, filter);
  const auto id_of = [&](Position position) { return "id: " + mark_at(town.world.log, position).text() + "\n"; };
  CHECK(listener.next() == ": still here\n" + id_of(size - 1) + "\n");

  town.invite("petra@agency.example");  // into another account
  auto beat = listener.next().value();
  while (beat.find(id_of(size - 1)) != beat.npos) beat = listener.next().value();
  CHECK(beat == ": still here\n" + id_of(town.world.log.size() - 1) + "\n");

  const auto invited = town.world.log.size();
  town.world.invited_user(town.other, "ulla@firm.example");
  town.feed.wake();
  const auto text = listener.read(1);
  CHECK(Listener::ids_in(text) == range(invited, invited + 1));
  CHECK_THAT(text, Contains("event: rollcall.UserInvited.v1\n"));
}

TEST_CASE("beyond the log's end the feed waits for what is to come") {
  Town town;
  const auto size = town.world.log.size();
  Listener listener(town.feed, size + 1);
  town.invite("petra@agency.example");
  CHECK(listener.ids(1) == range(size + 1, size + 2));
}

TEST_CASE("what was erased is not told in clear, though it was before") {
  FeedOptions options;
  options.ring_age_max = seconds(0);
  Town town(options);
  const auto size = town.world.log.size();
  Listener before(town.feed, size);
  const auto person = town.invite("petra@agency.example");
  CHECK_THAT(before.read(1), Contains("petra@agency.example"));
  town.world.keys.destroy(town.world.row(person).key_number);
  Listener after(town.feed, size);
  const auto text = after.read(1);
  CHECK_THAT(text, Contains("rollcall.PartnerInvited.v1") && !Contains("petra"));
}

TEST_CASE("a stream ends while it waits, and is forgotten") {
  Town town;
  {
    Listener listener(town.feed, town.world.log.size());
    listener.end_meanwhile(http::StreamEnd::too_slow);
    CHECK_FALSE(listener.next());
    CHECK(town.feed.subscribers() == 1);
    CHECK(town.feed.cut_off() == 1);
  }
  CHECK(town.feed.subscribers() == 0);
  town.invite("petra@agency.example");
  Listener next(town.feed, town.world.log.size() - 1);
  CHECK(next.ids(1) == range(town.world.log.size() - 1, town.world.log.size()));
}
