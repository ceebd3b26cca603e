#include "projections/engine/projector.hpp"

#include "projections/views/account_central.hpp"
#include "projections/views/invitations.hpp"
#include "projections/views/users.hpp"
#include "projections/views/views.hpp"
#include "tests/projections/story.hpp"
#include "tests/support/catch.hpp"

using namespace rollcall;
using namespace rollcall::projections;

namespace {

// Counts what it is given; chokes on a seat limit of 13.
struct CountingView {
  explicit CountingView(const Rows& rows) : before(rows) {}
  void on(const Envelope&, const SeatLimitChanged& e) {
    ++events;
    if (e.to == 13) throw std::runtime_error("thirteen seats bring bad luck");
  }
  std::size_t held() const { return 1; }
  RowChanges changes() {
    const auto known = before.find("events");
    return {{"events", {std::to_string((known ? std::stoi(*known) : 0) + events), known}}};
  }
  const Rows& before;
  int events = 0;
};
const Projection counting{"counting", 1, types_of<CountingView>(), &fold_of<CountingView>, nullptr};

// Several views of one story.
struct Views {
  Story story;
  StoryViews users_store, counting_store;
  Projector projector{story.log, story.keys};

  Views() {
    projector.feed(users, users_store);
    projector.feed(counting, counting_store);
  }
  void catch_up() { projector.catch_up(story.log.size()); }
  Projector::View view(std::string_view name) {
    for (auto& view : projector.views())
      if (view.name == name) return view;
    FAIL("no such view");
    return {};
  }
  std::string stop(std::string_view name) {
    const auto stop = view(name).stop;
    return stop ? std::to_string(stop->position) + ": " + stop->reason : "none";
  }
};

// What the log would be with another entry in this place.
std::string renamed(const std::string& entry, std::string_view from, std::string_view to) {
  auto changed = entry;
  changed.replace(changed.find(from), from.size(), to);
  return changed;
}

}  // namespace

TEST_CASE("a view is as far as the log, with rows, cursor and digest of one commit") {
  Views views;
  views.story.open_account("gx624");
  views.catch_up();

  const auto view = views.view("users");
  CHECK(view.progress.applied == views.story.log.size());
  CHECK(view.progress.version == users.version);
  CHECK(view.progress == views.users_store.progress());
  CHECK(view.progress.digest == digest_of(views.users_store.rows()));
  CHECK(views.users_store.commits == 1);
  CHECK(views.stop("users") == "none");

  SECTION("and goes on from there") {
    views.story.user("ulla@firm.example", "Ulla");
    views.catch_up();
    CHECK(views.view("users").progress.applied == views.story.log.size());
    CHECK(views.view("users").progress.digest == digest_of(views.users_store.rows()));
  }
  SECTION("and does nothing when there is nothing new") {
    views.catch_up();
    CHECK(views.users_store.commits == 1);
  }
}

TEST_CASE("a view whose events do not come up is as far as the log all the same") {
  Views views;
  views.story.open_account("gx624");
  views.catch_up();
  CHECK(views.view("counting").progress.applied == views.story.log.size());
}

TEST_CASE("views at different places are fed together") {
  Views views;
  views.story.open_account("gx624");
  views.story.happens(SeatLimitChanged{5, 6});
  views.catch_up();
  StoryViews fresh;
  views.projector.feed(account_central, fresh);
  views.story.happens(SeatLimitChanged{6, 7});
  views.catch_up();

  CHECK(views.view("account-central").progress.applied == views.story.log.size());
  CHECK(views.counting_store.rows().find("events") == "2");
}

TEST_CASE("feeding stops where it is told to") {
  Views views;
  views.story.open_account("gx624");
  views.projector.catch_up(2);
  CHECK(views.view("users").progress.applied == 2);
  views.projector.catch_up(1'000'000);
  CHECK(views.view("users").progress.applied == views.story.log.size());
}

TEST_CASE("what is far behind is committed in portions") {
  Story story;
  story.open_account("gx624");
  for (std::uint32_t i = 0; i < 97; ++i) story.happens(SeatLimitChanged{i, i + 100});
  StoryViews store;
  Projector projector(story.log, story.keys, Pace{.events = 10, .rows = 1'000});
  projector.feed(counting, store);
  projector.catch_up(story.log.size());
  CHECK(store.commits == 10);
  CHECK(store.rows().find("events") == "97");
}

TEST_CASE("an event that a fold cannot take stops that view alone, with all before it applied") {
  Views views;
  views.story.open_account("gx624");
  views.story.happens(SeatLimitChanged{5, 6});
  const auto bad = views.story.happens(SeatLimitChanged{6, 13});
  views.story.happens(SeatLimitChanged{13, 14});
  views.catch_up();

  CHECK(views.stop("counting") == std::to_string(bad) + ": thirteen seats bring bad luck");
  CHECK(views.view("counting").progress.applied == bad);
  CHECK(views.counting_store.rows().find("events") == "1");
  CHECK(views.stop("users") == "none");
  CHECK(views.view("users").progress.applied == views.story.log.size());

  SECTION("and it stays there while the others go on") {
    views.story.happens(SeatLimitChanged{14, 15});
    views.catch_up();
    CHECK(views.view("counting").progress.applied == bad);
    CHECK(views.view("users").progress.applied == views.story.log.size());
  }
  SECTION("and stops again when it tries again") {
    views.projector.retry("counting");
    CHECK(views.stop("counting") == "none");
    views.catch_up();
    CHECK(views.view("counting").stop->position == bad);
  }
}

TEST_CASE("an unknown type of event may concern any view, so it stops all of them") {
  Views views;
  views.story.open_account("gx624");
  const auto bad = views.story.happens(SeatLimitChanged{5, 6});
  views.story.log.entries[bad] = renamed(views.story.log.entries[bad], "SeatLimitChanged", "SeatsRepainted!!");
  views.story.happens(SeatLimitChanged{6, 7});
  views.catch_up();

  CHECK(views.stop("users") == std::to_string(bad) + ": unknown event SeatsRepainted!! version 1");
  CHECK(views.stop("counting") == views.stop("users"));
  CHECK(views.view("users").progress.applied == bad);
}

TEST_CASE("an unknown version of an event stops the views it concerns and no others") {
  Views views;
  views.story.open_account("gx624");
  const auto bad = views.story.happens(GroupLeft{views.story.someone().id, Group::admin});
  const std::string name = "GroupLeft";
  views.story.log.entries[bad] =
      renamed(views.story.log.entries[bad], name + std::string("\1\0", 2), name + std::string("\2\0", 2));
  views.story.happens(SeatLimitChanged{5, 6});
  views.catch_up();

  CHECK(views.stop("users") == std::to_string(bad) + ": unknown event GroupLeft version 2");
  CHECK(views.stop("counting") == "none");
  CHECK(views.view("counting").progress.applied == views.story.log.size());
}

TEST_CASE("an entry that does not decode stops the views it concerns and no others") {
  Views views;
  views.story.open_account("gx624");
  const auto bad = views.story.happens(GroupLeft{views.story.someone().id, Group::admin});
  views.story.log.entries[bad].pop_back();
  views.catch_up();
  CHECK(views.stop("users") == std::to_string(bad) + ": a length runs past the end");
  CHECK(views.stop("counting") == "none");
}

TEST_CASE("personal data that does not open in its place stops the views it concerns") {
  Views views;
  views.story.open_account("gx624");
  const auto bad = views.story.happens(
      IdentityRegistered{numbered<PersonId>(1), Personal(2, "somebody whose name is sealed with the entry")});
  auto& bytes = views.story.log.entries[bad];
  bytes[bytes.size() - 1] = static_cast<char>(bytes[bytes.size() - 1] ^ 1);
  views.catch_up();
  CHECK(views.stop("users") == std::to_string(bad) + ": sealed data does not open with its key in its place");
  CHECK(views.stop("counting") == "none");
}

TEST_CASE("a gap in the log stops every view before it") {
  Views views;
  views.story.open_account("gx624");
  SECTION("when an entry says it is another") {
    std::swap(views.story.log.entries[1], views.story.log.entries[2]);
    views.catch_up();
    CHECK(views.stop("users") == "1: the entry says it is event 2");
  }
  SECTION("when reading leaves one out") {
    struct Skipping : LogReader {
      const StoryLog& log;
      explicit Skipping(const StoryLog& of) : log(of) {}
      Position size() const override { return log.size(); }
      void read(Position from, const Visit& visit) const override {
        log.read(from,
                 [&](Position position, std::string_view entry) { return position == 1 || visit(position, entry); });
      }
      std::optional<std::string> entry(Position position) const override { return log.entry(position); }
      std::optional<std::string> tile(unsigned, std::uint64_t) const override { return {}; }
      std::optional<std::string> frontier() const override { return {}; }
      std::optional<std::string> checkpoint() const override { return {}; }
      Position batch_end(Position) const override { return 0; }
      State state() const override { return {}; }
    } skipping{views.story.log};
    StoryViews store;
    Projector projector(skipping, views.story.keys);
    projector.feed(users, store);
    projector.catch_up(skipping.size());
    CHECK(projector.views().front().stop == Stop{1, "the log goes on with event 2"});
    CHECK(store.progress().applied == 1);
  }
  SECTION("when reading fails") {
    struct Failing : LogReader {
      const StoryLog& log;
      explicit Failing(const StoryLog& of) : log(of) {}
      Position size() const override { return log.size(); }
      void read(Position from, const Visit& visit) const override {
        log.read(from, [&](Position position, std::string_view entry) {
          if (position == 2) throw std::runtime_error("the disk says no");
          return visit(position, entry);
        });
      }
      std::optional<std::string> entry(Position position) const override { return log.entry(position); }
      std::optional<std::string> tile(unsigned, std::uint64_t) const override { return {}; }
      std::optional<std::string> frontier() const override { return {}; }
      std::optional<std::string> checkpoint() const override { return {}; }
      Position batch_end(Position) const override { return 0; }
      State state() const override { return {}; }
    } failing{views.story.log};
    StoryViews store;
    Projector projector(failing, views.story.keys);
    projector.feed(users, store);
    projector.catch_up(failing.size());
    CHECK(projector.views().front().stop == Stop{2, "the disk says no"});
    CHECK(store.progress().applied == 2);
  }
}

TEST_CASE("a store that cannot be written stops its view, with nothing lost") {
  struct Failing final : ViewStore {
    Snapshot snapshot() const override { return store.snapshot(); }
    void commit(const RowChanges& changes, const Progress& progress) override {
      if (broken) throw std::runtime_error("the disk is full");
      store.commit(changes, progress);
    }
    StoryViews store;
    bool broken = true;
  } failing;
  Views views;
  views.projector.feed(invitations, failing);
  views.story.open_account("gx624");
  views.catch_up();
  CHECK(views.stop("invitations") == "0: the disk is full");
  CHECK(views.view("users").progress.applied == views.story.log.size());

  failing.broken = false;
  views.projector.retry("invitations");
  views.catch_up();
  CHECK(views.stop("invitations") == "none");
  CHECK(views.view("invitations").progress.digest == digest_of(failing.store.rows()));
}

TEST_CASE("rows of another version of a projection are not touched until they are rebuilt") {
  Views views;
  views.story.open_account("gx624");
  StoryViews old;
  old.commit({{"row", "of old"}}, {2, {}, users.version + 1});
  views.projector.feed(users, old);
  views.catch_up();
  CHECK(views.stop("users") == "2: its rows are of version " + std::to_string(users.version + 1) +
                                   ", this program writes version " + std::to_string(users.version) + ": rebuild it");
  CHECK(old.rows().find("row") == "of old");

  SECTION("which swaps in another store") {
    StoryViews rebuilt;
    views.projector.feed(users, rebuilt);
    views.catch_up();
    CHECK(views.stop("users") == "none");
    CHECK(rebuilt.progress().applied == views.story.log.size());
  }
  SECTION("and trying again does not help") {
    views.projector.retry("users");
    CHECK(views.stop("users") != "none");
  }
}

TEST_CASE("an event about things no view has heard of changes nothing and stops nothing") {
  [&]<class... E>(Types<E...>) {
    (
        [&] {
          for (const auto* projection : all_projections()) {
            Story story;
            Scope scope = Scope::of(account("gx624"));
            story.happens(scope, E{});
            StoryViews store;
            Projector projector(story.log, story.keys);
            projector.feed(*projection, store);
            projector.catch_up(1);
            CAPTURE(projection->name, E::type);
            CHECK_FALSE(projector.views().front().stop.has_value());
          }
        }(),
        ...);
  }(AllEvents{});
}
