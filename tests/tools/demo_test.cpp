// The made-up past of `rollcall demo` and `rollcall bench`: repeatable, true to the rules, and what the tour promises.
#include <map>
#include <set>

#include "adapters/crypto/passwords.hpp"
#include "adapters/crypto/random.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tools/installation/state_replay.hpp"
#include "tools/town/workload.hpp"

namespace rollcall::tools {
namespace {

// A finished workload in a folder that goes with it.
struct Demo {
  explicit Demo(std::uint64_t seed, std::size_t accounts = 0) {
    start_crypto();
    WorkloadOptions options;
    options.seed = seed;
    options.ends = Time::parse("2026-06-01T00:00:00Z").value();
    if (accounts > 0) options.events_max = 10'000;
    installation = found_for(folder / "data", options);
    workload.emplace(*installation, options);
    if (accounts > 0)
      workload->settle(accounts, 0.01);
    else
      workload->tell_story();
    workload->run();
    snapshot = installation->log().state();
    state.emplace(*snapshot.rows, installation->keys(), installation->claims());
  }

  std::vector<Recorded> events() const {
    std::vector<Recorded> all;
    installation->log().read(0, [&](Position, std::string_view entry) {
      all.push_back(decode_entry(entry, &installation->keys()));
      return true;
    });
    return all;
  }
  PersonRow person(std::string_view email) const {
    return state->get<PersonRow>(PersonRow::key(state->person_with(email).value()));
  }
  PlaceRow place(std::string_view account, std::string_view email) const {
    return state->place(AccountId::parse(account).value(), state->person_with(email).value());
  }
  MembershipRow member(const MembershipId& id) const { return state->get<MembershipRow>(MembershipRow::key(id)); }

  TemporaryFolder folder;
  std::unique_ptr<Installation> installation;
  std::optional<Workload> workload;
  LogReader::State snapshot;
  std::optional<State> state;
};

void check_that_state_equals_its_replay(const Demo& demo) {
  const auto& installation = *demo.installation;
  StateReplay replay(demo.folder / "replay");
  replay.run(installation.log(), installation.keys(), installation.claims(), installation.log().size(), {});
  CHECK(demo.snapshot.size == installation.log().size());
  CHECK(demo.snapshot.digest == replay.state().progress.digest);
}

TEST_CASE("the demo's story is the same for the same seed, but for the installation's own secrets") {
  const Demo first(1), second(1), other(2);
  auto events = first.events(), same = second.events();
  REQUIRE(events.size() > 100);
  REQUIRE(events.size() == same.size());
  for (std::size_t i = 1; i < events.size(); ++i) {
    INFO("event " << i << ", " << events[i].envelope.type);
    REQUIRE(events[i] == same[i]);
  }
  CHECK(events[1].envelope.id != other.events()[1].envelope.id);
}

TEST_CASE("the demo's story is what the tour shows") {
  const Demo demo(1);
  SECTION("Priya is a partner in all three accounts and holds contacts in one") {
    for (const auto* account : {"gx624", "ky667", "ab123"}) {
      const auto live = demo.place(account, "priya@nair-agency.example").live;
      REQUIRE(live);
      CHECK(demo.member(*live).kind == MemberKind::partner);
      CHECK((demo.member(*live).open.contacts > 0) == (std::string_view{account} == "gx624"));
    }
  }
  SECTION("Tom was deactivated and holds nothing any more") {
    const auto place = demo.place("gx624", "tom@ekberg-consulting.example");
    CHECK_FALSE(place.live);
    REQUIRE(place.last);
    CHECK(demo.member(*place.last).status == MemberStatus::ended);
    CHECK(demo.member(*place.last).open == RecordCounts{});
  }
  SECTION("Lena was refused, left one account and stayed in the other") {
    CHECK_FALSE(demo.place("gx624", "lena@fischer-media.example").live);
    CHECK(demo.place("ky667", "lena@fischer-media.example").live);
    std::set<std::string> refused;
    for (const auto& recorded : demo.events())
      if (const auto* e = get_if<CommandRejected>(&recorded.event)) refused.insert(e->code);
    CHECK(refused == std::set<std::string>{"has_assigned_contacts"});
  }
  SECTION("Noor has not answered yet") { CHECK(demo.place("gx624", "noor@haddad-partners.example").invitation); }
  SECTION("Sam came back with a role, and Ben leads the sales team in which Jonas may what Ben may") {
    const auto sam = demo.place("ab123", "sam@abbey-bikes.example").live;
    REQUIRE(sam);
    CHECK(demo.member(*sam).role.has_value());
    std::size_t managers = 0, users = 0, clones = 0;
    for (const auto& recorded : demo.events()) {
      if (const auto* e = get_if<TeamPlaceStarted>(&recorded.event))
        ++(e->place == TeamPlace::manager ? managers : users);
      clones += holds_alternative<PermissionsCloned>(recorded.event);
    }
    CHECK(managers == 1);
    CHECK(users == 1);
    CHECK(clones == 1);
  }
  SECTION("people sign in with the one password") {
    const auto verifier = demo.person("olivia@keap-pro-recording.example").credential.value().verifier;
    CHECK(verify_password(verifier.text.shown(), demo_password));
  }
  SECTION("its decision state equals its replay") { check_that_state_equals_its_replay(demo); }
}

TEST_CASE("a population is refused only what it does wrong on purpose") {
  const Demo demo(7, 12);
  const std::set<std::string> on_purpose{"assignment_counts_changed", "already_member",        "not_authorized",
                                         "invitation_expired",        "has_assigned_contacts", "seat_limit_reached"};
  std::map<std::string_view, std::size_t> events;
  for (const auto& recorded : demo.events()) {
    const auto& type = recorded.envelope.type;
    ++events[type == "SessionStarted" || type == "SessionEnded" ? "sessions" : "others"];
    if (const auto* e = get_if<CommandRejected>(&recorded.event)) {
      INFO(e->command << " was refused: " << e->code);
      CHECK(on_purpose.count(e->code) == 1);
    }
  }
  CHECK(events["sessions"] > events["others"]);
  check_that_state_equals_its_replay(demo);
}

}  // namespace
}  // namespace rollcall::tools
