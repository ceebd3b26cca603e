// Handing records on: how many each gets, which ones, and that a large plan in slices ends as a small one in one
// append.
#include "domain/records/reassignment.hpp"

#include <rapidcheck.h>

#include "events/hash.hpp"
#include "events/match.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/given.hpp"

namespace rollcall::testing {
namespace {

using Plan = std::vector<KindPlan>;
using Counts = std::vector<std::uint64_t>;
constexpr auto contact = RecordKind::contact;
constexpr auto lead = RecordKind::lead;
constexpr auto task = RecordKind::task;

Rejection invalid(std::string field, std::string kind) {
  return rejected(Code::invalid_value, {detail("field", std::move(field)), detail("kind", std::move(kind))});
}
Rejection about(Code code, const MembershipId& id) { return rejected(code, {detail("user", id.text())}); }
Rejection about_kind(Code code, std::string_view kind) { return rejected(code, {detail("kind", std::string{kind})}); }

// ---- how many -----------------------------------------------------------------------------------------------------

Counts by_ratio(std::uint64_t records, const std::vector<std::uint32_t>& weights) {
  std::vector<Allocation> targets;
  for (const auto weight : weights) targets.push_back({MembershipId{}, weight});
  return quotas(ReassignmentMode::ratio, records, targets);
}

TEST_CASE("a ratio gives the rest, one each, to the largest fractions, ties in the order of the list") {
  CHECK(by_ratio(10, {1, 1, 1}) == Counts{4, 3, 3});
  CHECK(by_ratio(7, {2, 1}) == Counts{5, 2});
  CHECK(by_ratio(2, {1, 1, 1, 1, 1}) == Counts{1, 1, 0, 0, 0});
  CHECK(by_ratio(11, {1, 2, 4}) == Counts{2, 3, 6});
  CHECK(by_ratio(1, {1, 2}) == Counts{0, 1});
  CHECK(by_ratio(0, {3, 1}) == Counts{0, 0});
  auto first_half = Counts(20, 1);
  first_half.resize(40, 0);
  CHECK(by_ratio(20, std::vector<std::uint32_t>(40, 1)) == first_half);
}

TEST_CASE("a target of weight 0 gets nothing") {
  CHECK(by_ratio(10, {0, 3, 0}) == Counts{0, 10, 0});
  CHECK(by_ratio(5, {1, 0, 1}) == Counts{3, 0, 2});
  CHECK(by_ratio(5, {0, 0}) == Counts{0, 0});
}

TEST_CASE("exact counts are what they say") {
  CHECK(quotas(ReassignmentMode::hardcoded, 9, {{MembershipId{}, 2}, {MembershipId{}, 7}}) == Counts{2, 7});
}

TEST_CASE("by ratio every record finds a target, and none is a whole record from its share") {
  CHECK(rc::check([](const std::vector<std::uint16_t>& drawn, std::uint32_t records) {
    std::vector<std::uint32_t> weights{drawn.begin(), drawn.end()};
    std::uint64_t sum = 0;
    for (const auto weight : weights) sum += weight;
    RC_PRE(sum > 0);
    const auto gets = by_ratio(records, weights);
    std::uint64_t given = 0;
    for (std::size_t i = 0; i < gets.size(); ++i) {
      given += gets[i];
      const auto exact = std::uint64_t{records} * weights[i];
      RC_ASSERT(gets[i] * sum < exact + sum);
      RC_ASSERT(exact < (gets[i] + 1) * sum);
    }
    RC_ASSERT(given == records);
  }));
}

// ---- which ones ---------------------------------------------------------------------------------------------------

using Moves = std::map<std::pair<RecordKind, RecordId>, std::optional<MembershipId>>;

// Who got what, as events tell it.
Moves moved_by(const std::vector<Event>& events) {
  Moves moves;
  for (const auto& event : events) {
    if (const auto* moved = get_if<RecordsReassigned>(&event))
      for (const auto& record : moved->records) moves[{moved->kind, record}] = moved->to;
    if (const auto* freed = get_if<RecordsUnassigned>(&event))
      for (const auto& record : freed->records) moves[{freed->kind, record}] = std::nullopt;
  }
  return moves;
}

Moves mapped(const World& given, const WorkRow& work) {
  Moves moves;
  map_records(given.state(), work, [&](RecordKind kind, const RecordId& record, const auto& to) {
    moves[{kind, record}] = to;
  });
  return moves;
}

Moves owners_now(const World& given, const Account& account, const Moves& moves) {
  Moves owners;
  for (const auto& [record, to] : moves) owners[record] = given.record(account, record.first, record.second)->owner;
  return owners;
}

// The digest as the format says it, computed from a map: see ReassignmentCompleted.
Digest digest_of_map(const Plan& plan, const Moves& moves) {
  std::string bytes;
  for (const auto& kind : plan) {
    std::vector<std::optional<MembershipId>> targets;
    for (const auto& target : kind.allocations) targets.emplace_back(target.to);
    if (kind.mode == ReassignmentMode::unassign) targets.emplace_back(std::nullopt);
    for (const auto& target : targets) {
      Hash chain{};
      for (const auto& [record, to] : moves)
        if (record.first == kind.kind && to == target)
          chain = sha256(std::string{bytes_of(chain)} + record.second.str());
      bytes.push_back(static_cast<char>(kind.kind));
      bytes.append(target.value_or(MembershipId{}).raw()).append(bytes_of(chain));
    }
  }
  return Digest{sha256(bytes)};
}

struct Office {
  World given;
  Account acme = given.account("acme");
  Member una = given.sales_rep(acme, "una@acme.example");
  Member ben = given.sales_rep(acme, "ben@acme.example");
  Member cem = given.sales_rep(acme, "cem@acme.example");

  ReassignRecords reassigning(Plan plan) const {
    return {acme.id, una.id, given.member(una.id).open, {}, std::move(plan)};
  }
  DeactivateUser deactivating(Plan plan) const {
    return {acme.id, una.id, given.member(una.id).open, {}, std::move(plan), {}};
  }
};

TEST_CASE("records are dealt in the order of their ids, each to the target with the most left") {
  Office office;
  auto& given = office.given;
  const auto ids = given.records(office.una, contact, 6);
  const auto done =
      given.when(office.acme.owner, office.reassigning({ratio(contact, {{office.ben.id, 1}, {office.cem.id, 2}})}));
  done.then<RecordsReassigned, RecordsReassigned, ReassignmentCompleted>();
  // ben 2, cem 4: cem is ahead until both have 2 left, then the first of the list goes first.
  CHECK(done.all<RecordsReassigned>()[0].records == std::vector{ids[2], ids[4]});
  CHECK(done.all<RecordsReassigned>()[1].records == std::vector{ids[0], ids[1], ids[3], ids[5]});
  CHECK(given.held(office.ben.id, contact) == std::vector{ids[2], ids[4]});
  CHECK(given.member(office.una.id).open.contacts == 0);
  CHECK(given.member(office.cem.id).open.contacts == 4);
}

TEST_CASE("the map that is recorded is the one a dry run shows, and its digest proves it") {
  Office office;
  auto& given = office.given;
  given.records(office.una, contact, 700);
  given.records(office.una, lead, 31);
  given.records(office.una, task, 5);
  const Plan plan{ratio(contact, {{office.cem.id, 3}, {office.ben.id, 0}, {office.acme.owner.id, 2}}),
                  hardcoded(lead, {{office.ben.id, 30}, {office.cem.id, 1}}), unassign(task)};
  const auto shown =
      mapped(given, work_of(ReassignmentStarted{{}, office.una.id, {700, 31, 5}, plan}, Envelope{}, office.acme.id));
  CHECK(shown.size() == 736);
  const auto dry = given.dry_run(office.acme.owner, office.reassigning(plan));
  const auto done = given.when(office.acme.owner, office.reassigning(plan));
  CHECK(moved_by(done.events()) == shown);
  CHECK(owners_now(given, office.acme, shown) == shown);
  CHECK(done.the<ReassignmentCompleted>().moved == RecordCounts{700, 31, 5});
  CHECK(done.the<ReassignmentCompleted>().map_digest == digest_of_map(plan, shown));
  CHECK(get<ReassignmentCompleted>(dry->back().event).map_digest == digest_of_map(plan, shown));
  for (const auto& event : done.all<RecordsReassigned>()) CHECK(event.records.size() <= event_records_max);
}

TEST_CASE("kinds that the plan does not name stay where they are") {
  Office office;
  auto& given = office.given;
  given.records(office.una, contact, 2);
  const auto leads = given.records(office.una, lead, 1);
  given.when(office.acme.owner, office.reassigning({unassign(contact)}))
      .then<RecordsUnassigned, ReassignmentCompleted>();
  CHECK(given.held(office.una.id, lead) == leads);
  given.when(office.acme.owner, office.reassigning({})).then_nothing_new();
  given.when(office.acme.owner, office.reassigning({ratio(contact, {{office.ben.id, 1}})})).then_nothing_new();
}

TEST_CASE("cutting a list keeps its order and every bound") {
  const auto ids = record_ids(std::string(34, 'x'), 1'000);
  std::vector<RecordId> together;
  for (const auto& piece : cut(ids)) {
    CHECK_FALSE(piece.empty());
    CHECK(piece.size() <= event_records_max);
    std::size_t bytes = 0;
    for (const auto& id : piece) bytes += id.str().size() + sizeof(std::uint32_t);
    CHECK(bytes <= event_record_bytes_max);
    together.insert(together.end(), piece.begin(), piece.end());
  }
  CHECK(together == ids);
  CHECK(cut({}).empty());
}

// ---- refusals -----------------------------------------------------------------------------------------------------

TEST_CASE("reassigning is refused for one reason after the other: the source") {
  Office office;
  auto& given = office.given;
  const auto other = given.account("other");
  auto asked = office.reassigning({});
  asked.basis = {1, 0, 0};
  asked.from = MembershipId{};
  given.when(office.acme.owner, asked).then(Code::not_found);
  asked.from = other.owner.id;
  given.when(office.acme.owner, asked).then(Code::not_found);
  asked.from = office.ben.id;
  given.when(office.acme.owner, DeactivateUser{office.acme.id, office.ben.id, {}, {}, {}, {}});
  given.when(office.acme.owner, asked).then(Code::not_active);
  asked.from = office.una.id;
  given.when(office.acme.owner, asked)
      .then(rejected(Code::assignment_counts_changed,
                     {detail("contacts", 0), detail("leads", 0), detail("tasks", 0), detail("ledger_version", 0)}));
  given.records(office.una, contact, 1);
  asked.ledger_version = 0;
  given.when(office.acme.owner, asked).then(Code::assignment_counts_changed);
  asked.ledger_version = 1;
  given.when(office.acme.owner, asked).then_nothing_new();
}

TEST_CASE("the ledger's version tells that records came and went, though the counts are as before") {
  Office office;
  auto& given = office.given;
  const auto id = given.records(office.una, contact, 1)[0];
  auto asked = office.reassigning({unassign(contact)});
  asked.ledger_version = given.member(office.una.id).ledger_version;
  given.when(office.acme.owner, AssignRecord{office.acme.id, contact, id, office.ben.id});
  given.records(office.una, contact, 1);
  CHECK(given.member(office.una.id).open == asked.basis);
  given.when(office.acme.owner, asked).then(Code::assignment_counts_changed);
}

TEST_CASE("reassigning is refused for one reason after the other: the plan") {
  Office office;
  auto& given = office.given;
  const auto other = given.account("other");
  const auto dee = given.user(office.acme, "dee@acme.example");
  const auto pat = given.partner(office.acme, "pat@agency.example", false, given.now + hours(1));
  given.records(office.una, contact, 3);
  given.records(office.una, lead, 1);
  given.pass(hours(1));
  // Who is deactivated is refused the same plans.
  const auto asked = [&](Plan plan) {
    const DeactivateUser leaving{office.acme.id, office.una.id, RecordCounts{3, 1, 0}, {}, plan, true};
    const auto dry = given.dry_run(office.acme.owner, leaving);
    auto outcome = given.when(office.acme.owner, office.reassigning(std::move(plan)));
    const auto* refused = std::get_if<Rejection>(&outcome.answer().outcome);
    REQUIRE(bool(dry) == (refused == nullptr));
    if (refused) CHECK(dry.error().code == refused->code);
    return outcome;
  };
  const auto& ben = office.ben.id;

  asked({unassign(RecordKind::note)}).then(invalid("kind", "note"));
  asked({unassign(contact), unassign(contact)}).then(about_kind(Code::duplicate_target, "contact"));
  asked({ratio(contact, std::vector<Allocation>(501))}).then([] {
    auto too_many = invalid("allocations", "contact");
    too_many.details.push_back(detail("most", std::uint64_t{500}));
    return too_many;
  }());
  asked({{contact, ReassignmentMode::unassign, {{ben, 1}}}}).then(invalid("allocations", "contact"));
  asked({ratio(contact, {{ben, 0}, {ben, 0}})}).then(about(Code::duplicate_target, ben));
  asked({ratio(contact, {{office.una.id, 0}})}).then(about(Code::target_is_source, office.una.id));
  asked({ratio(contact, {{MembershipId{}, 0}})}).then(about(Code::target_other_account, MembershipId{}));
  asked({ratio(contact, {{other.owner.id, 0}})}).then(about(Code::target_other_account, other.owner.id));
  asked({ratio(lead, {{pat.id, 0}})}).then(about(Code::target_not_active, pat.id));
  asked({ratio(lead, {{dee.id, 0}})}).then(about(Code::target_cannot_own_leads, dee.id));
  asked({ratio(contact, {{ben, 0}})}).then(about_kind(Code::ratio_all_zero, "contact"));
  asked({ratio(contact, {})}).then(about_kind(Code::ratio_all_zero, "contact"));
  asked({hardcoded(contact, {{ben, 2}})})
      .then(rejected(Code::reassignment_incomplete, {detail("kind", std::string{"contact"}), detail("missing", 1)}));
  asked({hardcoded(contact, {{ben, 2}, {dee.id, 4'000'000'000}})})
      .then(rejected(Code::reassignment_over_allocated,
                     {detail("kind", std::string{"contact"}), detail("excess", 3'999'999'999)}));
  asked({hardcoded(contact, {{ben, 2}, {dee.id, 1}}), hardcoded(lead, {})})
      .then(rejected(Code::reassignment_incomplete, {detail("kind", std::string{"lead"}), detail("missing", 1)}));
  asked({hardcoded(contact, {{ben, 2}, {dee.id, 1}}), hardcoded(lead, {{ben, 1}})})
      .then<RecordsReassigned, RecordsReassigned, RecordsReassigned, ReassignmentCompleted>();
}

// ---- slices -------------------------------------------------------------------------------------------------------

// An office in which una holds more than goes in one append.
struct LargeOffice : Office {
  static constexpr std::size_t contacts = 1'800;
  static constexpr std::size_t leads = 300;
  Plan plan{ratio(contact, {{ben.id, 2}, {cem.id, 1}}), unassign(lead)};

  LargeOffice() {
    given.records(una, contact, contacts);
    given.records(una, lead, leads);
  }
  WorkRow work() const {
    return work_of(ReassignmentStarted{{}, una.id, given.member(una.id).open, plan}, Envelope{}, acme.id);
  }
};

TEST_CASE("what fits in one append goes in one, one record more goes in slices") {
  Office office;
  auto& given = office.given;
  given.records(office.una, contact, small_plan_records);
  const auto small = given.dry_run(office.acme.owner, office.reassigning({unassign(contact)}));
  CHECK(holds_alternative<ReassignmentCompleted>(small->back().event));
  given.records(office.una, contact, 1);
  given.when(office.acme.owner, office.reassigning({unassign(contact)})).then<ReassignmentStarted>();
  CHECK(given.writer().has_work());
}

TEST_CASE("dealing in slices of any size gives the map and the digest of dealing at once") {
  LargeOffice office;
  auto& given = office.given;
  auto at_once = office.work();
  const auto whole = deal(given.state(), ReassignmentId{}, at_once, 1'000'000);
  for (const std::size_t slice : {1'799u, 256u, 7u}) {
    CAPTURE(slice);
    auto work = office.work();
    std::vector<Event> events;
    while (!dealt_out(work)) {
      const auto some = deal(given.state(), ReassignmentId{}, work, slice);
      CHECK(moved_by(some).size() <= slice);
      events.insert(events.end(), some.begin(), some.end());
    }
    CHECK(moved_by(events) == moved_by(whole));
    CHECK(map_digest(work) == map_digest(at_once));
  }
}

TEST_CASE("a large deactivation takes access and sessions at once and ends with the map the dry run showed") {
  LargeOffice office;
  auto& given = office.given;
  given.records(office.una, task, 300, RecordStatus::completed);
  const auto shown = mapped(given, office.work());
  const auto started =
      given.when(Asker(office.acme.owner).because("she has left us"), office.deactivating(office.plan));
  started.then<DeactivationStarted, SessionsRevoked>();
  CHECK(given.member(office.una.id).status == MemberStatus::deactivating);
  CHECK(given.sessions_of(office.una.person).empty());
  CHECK(given.row(office.acme).seats_used == 4);

  const auto from = given.log.size();
  CHECK(given.work_to_the_end() > 8);
  std::vector<Event> events;
  for (auto position = from; position < given.log.size(); ++position) {
    const auto slice = given.recorded(position);
    CHECK(slice.envelope.correlation == started.recorded()[0].envelope.correlation);
    CHECK(slice.envelope.causation == started.recorded()[0].envelope.id);
    CHECK(slice.envelope.actor == started.recorded()[0].envelope.actor);
    CHECK(slice.envelope.reason == started.recorded()[0].envelope.reason);
    events.push_back(slice.event);
  }
  CHECK(moved_by(events) == shown);
  CHECK(owners_now(given, office.acme, shown) == shown);
  const auto digest = digest_of_map(office.plan, shown);
  REQUIRE(events.size() > 3);
  CHECK(get<SeatFreed>(events.end()[-1]) == SeatFreed{office.una.id, 3, 10});
  CHECK(get<UserDeactivated>(events.end()[-2]).plan_digest == digest);
  const auto& completed = get<ReassignmentCompleted>(events.end()[-3]);
  CHECK(completed.map_digest == digest);
  CHECK(completed.moved == RecordCounts{office.contacts, office.leads, 0});

  const auto una = given.member(office.una.id);
  CHECK(una.status == MemberStatus::inactive);
  CHECK(una.open == RecordCounts{});
  CHECK(una.completed_tasks == 0);
  CHECK_FALSE(una.reassigning);
  CHECK(given.member(office.ben.id).receiving == 0);
  CHECK_FALSE(given.writer().has_work());
}

TEST_CASE("many completed tasks alone are removed in slices") {
  Office office;
  auto& given = office.given;
  given.records(office.una, task, 2'100, RecordStatus::completed);
  given.when(office.acme.owner, DeactivateUser{office.acme.id, office.una.id, {}, {}, {}, {}})
      .then<DeactivationStarted, SessionsRevoked>();
  given.work_to_the_end();
  CHECK(given.member(office.una.id).status == MemberStatus::inactive);
  CHECK(given.held(office.una.id, task, RecordStatus::completed).empty());
}

TEST_CASE("a partner who holds many leads leaves in slices") {
  World given;
  const auto acme = given.account("acme");
  const auto pat = given.partner(acme, "pat@agency.example");
  given.when(acme.owner, AddToGroup{acme.id, pat.id, Group::sales_rep});
  const auto leads = given.records(pat, lead, 2'100);
  given.when(pat, LeaveAccount{acme.id, true}).then<LeavingStarted, SessionsRevoked>();
  given.when(pat, LeaveAccount{acme.id, true}).then(Code::not_authenticated);
  given.work_to_the_end();
  CHECK(given.last_recorded().event == Event{PartnerLeft{pat.id, pat.person, true}});
  CHECK(given.member(pat.id).status == MemberStatus::ended);
  CHECK_FALSE(given.record(acme, lead, leads.back())->owner);
}

TEST_CASE("other commands come in between the slices and change nothing of the map") {
  LargeOffice office;
  auto& given = office.given;
  const auto shown = mapped(given, office.work());
  given.when(office.acme.owner, office.deactivating(office.plan)).then<DeactivationStarted, SessionsRevoked>();
  std::size_t slices = 0;
  while (given.work()) {
    const auto fresh = given.records(office.ben, contact, 2);
    given.when(office.acme.owner, AssignRecord{office.acme.id, contact, fresh[0], office.cem.id})
        .then<RecordAssigned>();
    const auto theirs = given.held(office.cem.id, contact).front();
    given.when(office.acme.owner, UnassignRecords{office.acme.id, contact, {theirs}}).then<RecordsUnassigned>();
    given.when(office.acme.owner, AssignRecord{office.acme.id, contact, theirs, office.cem.id}).then<RecordAssigned>();
    given.invited_user(office.acme, "user" + std::to_string(++slices) + "@acme.example");
  }
  CHECK(owners_now(given, office.acme, shown) == shown);
  CHECK(given.member(office.una.id).status == MemberStatus::inactive);
}

TEST_CASE("a restart in the middle of the slices goes on where they were") {
  LargeOffice office;
  auto& given = office.given;
  const auto shown = mapped(given, office.work());
  given.when(office.acme.owner, office.deactivating(office.plan));
  given.batching = true;  // several slices in a batch
  std::size_t slices = 0;
  while (given.work())
    if (++slices % 2 == 0) given.restart();
  given.commit();
  CHECK(slices > 8);
  CHECK(owners_now(given, office.acme, shown) == shown);
  const auto ended = given.recorded(given.log.size() - 2);
  CHECK(get<UserDeactivated>(ended.event).plan_digest == digest_of_map(office.plan, shown));
}

TEST_CASE("two reassignments under way at the same time both come to their end") {
  LargeOffice office;
  auto& given = office.given;
  const auto dee = given.user(office.acme, "dee@acme.example");
  given.records(dee, contact, 2'100);
  given.when(office.acme.owner, office.deactivating(office.plan)).then<DeactivationStarted, SessionsRevoked>();
  given.work();
  given
      .when(office.acme.owner, ReassignRecords{office.acme.id,
                                               dee.id,
                                               {2'100, 0, 0},
                                               {},
                                               {ratio(contact, {{office.ben.id, 1}, {office.acme.owner.id, 1}})}})
      .then<ReassignmentStarted>();
  CHECK(given.member(office.ben.id).receiving == 2);
  given.work_to_the_end();
  CHECK(given.member(office.una.id).open == RecordCounts{});
  CHECK(given.member(dee.id).open == RecordCounts{});
  CHECK(given.member(dee.id).status == MemberStatus::active);
  CHECK(given.member(office.ben.id).open.contacts == 1'200 + 1'050);
  CHECK(given.member(office.ben.id).receiving == 0);
}

// ---- locks --------------------------------------------------------------------------------------------------------

TEST_CASE("while records are handed on in slices, those that are left are locked") {
  LargeOffice office;
  auto& given = office.given;
  const auto& acme = office.acme.id;
  const auto open = given.records(office.una, task, 1)[0];
  const auto completed = given.records(office.una, task, 1, RecordStatus::completed)[0];
  Code locked{};
  Rejection as_target = about(Code::target_not_active, office.una.id);
  SECTION("a reassignment is under way") {
    given.when(office.acme.owner, office.reassigning(office.plan)).then<ReassignmentStarted>();
    locked = Code::reassignment_in_progress;
    as_target = about(Code::reassignment_in_progress, office.una.id);
  }
  SECTION("a deactivation is under way") {
    office.plan.push_back(unassign(task));
    given.when(office.acme.owner, office.deactivating(office.plan)).then<DeactivationStarted, SessionsRevoked>();
    locked = Code::deactivation_in_progress;
  }
  given.work();
  const auto left = given.held(office.una.id, contact).back();
  const auto& owner = office.acme.owner;
  given.when(owner, AssignRecord{acme, contact, left, office.ben.id}).then(locked);
  given.when(owner, UnassignRecords{acme, contact, {left}}).then(locked);
  given.when(owner, CompleteTask{acme, open}).then(locked);
  given.when(owner, ReopenTask{acme, completed}).then(locked);
  given.when(owner, ReassignRecords{acme, office.una.id, given.member(office.una.id).open, {}, {}}).then(locked);
  given.when(owner, DeactivateUser{acme, office.una.id, {}, {}, {}, {}}).then(locked);

  given.when(owner, RegisterRecord{acme, contact, record_id("new"), office.una.id}).then(as_target);
  given.when(owner, ImportRecords{acme, contact, {record_id("new")}, office.una.id, {}}).then(as_target);
  const auto moved = given.held(office.ben.id, contact).front();
  given.when(owner, AssignRecord{acme, contact, moved, office.una.id}).then(as_target);
  const auto dee = given.user(office.acme, "dee@acme.example");
  given.records(dee, contact, 1);
  const Plan to_una{ratio(contact, {{office.una.id, 1}})};
  given.when(owner, ReassignRecords{acme, dee.id, {1, 0, 0}, {}, to_una}).then(as_target);
  given.when(owner, DeactivateUser{acme, dee.id, RecordCounts{1, 0, 0}, {}, to_una, {}}).then(as_target);

  CHECK(given.work_to_the_end() > 0);
  CHECK(given.member(office.una.id).open.contacts == 0);
}

TEST_CASE("who is being given records in slices stays until they have come") {
  World given;
  const auto acme = given.account("acme");
  const auto una = given.sales_rep(acme, "una@acme.example");
  const auto pat = given.partner(acme, "pat@agency.example");
  given.when(acme.owner, AddToGroup{acme.id, pat.id, Group::sales_rep});
  given.records(una, lead, 2'100);
  given.when(acme.owner, ReassignRecords{acme.id, una.id, {0, 2'100, 0}, {}, {ratio(lead, {{pat.id, 1}})}})
      .then<ReassignmentStarted>();
  DeactivateUser ending{acme.id, pat.id, {}, {}, {}, true};
  const RemoveFromGroup leaving_group{acme.id, pat.id, Group::sales_rep};

  given.when(acme.owner, ending).then(Code::reassignment_in_progress);
  given.when(pat, LeaveAccount{acme.id, true}).then(Code::reassignment_in_progress);
  given.when(acme.owner, leaving_group).then(Code::reassignment_in_progress);
  given.when(acme.owner, ReassignRecords{acme.id, pat.id, {}, {}, {}}).then(Code::reassignment_in_progress);

  given.work_to_the_end();
  given.when(acme.owner, leaving_group).then(Code::owns_open_leads);
  given.when(acme.owner, ending).then(Code::reassignment_required);
  given.when(pat, LeaveAccount{acme.id, true}).then<LeavingStarted, SessionsRevoked>();
}

TEST_CASE("only one batch of slices is done for each call of work, and none when there is nothing to do") {
  LargeOffice office;
  auto& given = office.given;
  CHECK_FALSE(given.work());
  given.when(office.acme.owner, office.reassigning(office.plan));
  const auto before = given.member(office.una.id).open.contacts;
  CHECK(given.work());
  CHECK(given.member(office.una.id).open.contacts == before - slice_records);
}

}  // namespace
}  // namespace rollcall::testing
