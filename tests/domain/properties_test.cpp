// What must hold after any commands in any order. Commands are drawn at random over few accounts, people and records,
// so that they meet; a second, naive reading of the log says what decision state has to be. RapidCheck prints the seed
// of a failure; RC_PARAMS="seed=…" repeats it.
#include <map>
#include <set>

#include <rapidcheck.h>

#include "domain/records/reassignment.hpp"
#include "events/match.hpp"
#include "projections/views/account_central.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/given.hpp"

namespace rollcall::testing {
namespace {

// ---- drawing commands ---------------------------------------------------------------------------------------------

// One thing that happens: which, and who and what it is about.
using Step = std::array<std::uint8_t, 5>;

constexpr std::array record_kinds{RecordKind::contact, RecordKind::lead, RecordKind::task};

class Story {
 public:
  Story() {
    accounts_.push_back(given.account("acme", 3));
    accounts_.push_back(given.account("other", 2));
    given.admin(accounts_[0], "adam@acme.example");
    given.sales_rep(accounts_[0], email(0));
    given.partner(accounts_[0], email(1));
    given.partner(accounts_[1], email(1), true);
    take_note();
    given.batching = true;
  }

  void happen(const Step& step) {
    const auto [what, who, a, b, c] = step;
    const auto& account = accounts_[who % 2];
    // Mostly the owner, through the operator; sometimes another person, or the operator himself.
    const auto asker = who % 8 == 7   ? the_operator()
                       : who % 8 == 6 ? the_operator_for(person(a))
                                      : the_operator_for(account.owner.person);
    const auto kind = record_kinds[c % 3];
    // Mostly of this account.
    const auto member = [&](std::uint8_t which) {
      return one_of(members_[(who + (which % 16u == 15u ? 1u : 0u)) % 2u], which);
    };
    const auto owner = [&](std::uint8_t which) { return which % 8 == 7 ? std::nullopt : std::optional{member(which)}; };
    switch (what % 33) {
      case 0:
      case 1: return ask(asker, InviteUser{account.id, email(a), "Una", b % 2 == 0});
      case 2:
      case 3: {
        const auto ends = b % 4 == 0 ? std::optional{given.now + hours(b)} : std::nullopt;
        const auto former = c % 8 == 0 ? std::optional{member(c)} : std::nullopt;
        return ask(asker, InvitePartner{account.id, email(a), b % 2 == 0, ends, former});
      }
      case 4:
      case 5:
      case 6:
      case 7: return accept(a);
      case 8: return ask(nobody().holding(link_of(invitation(a), 1 + b % 2)), DeclineInvitation{Secret{"token"}});
      case 9: return ask(asker, RevokeInvitation{account.id, invitation(a)});
      case 10: return ask(asker, ResendInvitation{account.id, invitation(a)});
      case 11: return ask(the_clock(), ExpireInvitation{account.id, invitation(a)});
      case 12: return ask(asker, AddToGroup{account.id, member(a), b % 3 == 0 ? Group::admin : Group::sales_rep});
      case 13: return ask(asker, RemoveFromGroup{account.id, member(a), b % 2 == 0 ? Group::admin : Group::sales_rep});
      case 14:
      case 15: return ask(the_operator(), RegisterRecord{account.id, kind, record(a), owner(b)});
      case 16: return import(account, kind, owner(a), b, c);
      case 17:
      case 18: return ask(asker, AssignRecord{account.id, kind, record(a), member(b)});
      case 19: return ask(asker, UnassignRecords{account.id, kind, {record(a)}});
      case 20: return ask(asker, CompleteTask{account.id, record(a)});
      case 21: return ask(asker, ReopenTask{account.id, record(a)});
      case 22: return ask(the_operator(), AddNote{account.id, record(a), owner(b)});
      case 23:
      case 24:
        return ask(asker,
                   ReassignRecords{account.id, member(a), held(member(a)).open, {}, plan(member(a), member(b), b, c)});
      case 25:
        return ask(asker,
                   DeactivateUser{
                       account.id, member(a), held(member(a)).open, {}, plan(member(a), member(b), b, c), c % 4 != 0});
      case 26: return ask(the_operator_for(person(a)), LeaveAccount{account.id, b % 4 != 0});
      case 27: return sign_in(a, b % 2 == 0 ? std::optional{account.id} : std::nullopt);
      case 28: return ask(who % 2 == 0 ? the_clock() : the_operator(), EndSession{one_of(sessions_, a)});
      case 29: return ask(the_operator(), ChangeSeatLimit{account.id, a % 6u});
      case 30: return pass(a, b);
      case 31: return ask(the_clock(), ExpireAccess{account.id, member(a)});
      default:
        for (int slices = 0; slices <= a % 4 && given.work(); ++slices) take_note();
    }
  }

  void end() {
    given.commit();
    take_note();
  }
  void finish_the_work() {
    given.work_to_the_end();
    end();
  }

  World given;
  const std::vector<Account>& accounts() const { return accounts_; }

 private:
  void ask(Asker who, Command command) {
    // Now and then with a key out of a few, so that requests repeat and collide.
    if (++asked_ % 5 == 0) who = who.keyed("key " + std::to_string(asked_ % 15));
    given.when(who, std::move(command));
    take_note();
  }

  // What later steps may refer to.
  void take_note() {
    if (given.writer().size() - noted_ > 20) given.commit();
    if (given.log.size() <= noted_) return;
    for (; noted_ < given.log.size(); ++noted_) {
      const auto [envelope, event] = given.recorded(noted_);
      if (const auto* user = get_if<UserInvited>(&event)) invitations_.push_back(user->invitation);
      if (const auto* partner = get_if<PartnerInvited>(&event)) invitations_.push_back(partner->invitation);
      if (const auto* started = get_if<SessionStarted>(&event)) sessions_.push_back(started->session);
      if (const auto* joined = get_if<MembershipActivated>(&event)) {
        members_[envelope.scope == Scope::of(accounts_[0].id) ? 0 : 1].push_back(joined->membership);
        persons_.push_back(joined->person);
      }
    }
  }

  void accept(std::uint8_t which) {
    given.commit();
    take_note();
    const auto id = invitation(which);
    const auto row = given.state().find<InvitationRow>(InvitationRow::key(id));
    if (!row) return;
    auto who = nobody().choosing_a_password();
    if (given.row(row->person).registered) who = Asker::signed_in(given.sign_in(row->person));
    ask(who.holding(link_of(id, row->attempt)), AcceptInvite{Secret{"token"}, true, Secret{"a good password"}, {}});
  }

  void sign_in(std::uint8_t which, std::optional<AccountId> account) {
    given.commit();
    const auto row = given.row(person(which));
    if (!row.credential) return;
    ask(nobody().knowing(row.credential->id),
        StartSession{std::string{row.email.shown()}, Secret{"a good password"}, std::move(account)});
  }

  // Few records mostly; now and then so many that they can only move in slices.
  void import(const Account& account, RecordKind kind, std::optional<MembershipId> owner, std::uint8_t b,
              std::uint8_t c) {
    const bool bulk = b % 4 == 0;
    const bool completed = kind == RecordKind::task && b % 2 == 0;
    const auto ids = bulk ? record_ids("bulk", 2'100, 1 + 2'100 * (c % 4u)) : record_ids("r", 1 + c % 4u, 1 + b % 6u);
    ask(the_operator(),
        ImportRecords{account.id, kind, ids, owner, completed ? RecordStatus::completed : RecordStatus::open});
  }

  void pass(std::uint8_t a, std::uint8_t b) {
    const std::array times{minutes(1), hours(1), hours(9), days(4), days(31)};
    given.pass(times[std::min<std::size_t>(a % 8u, 4)]);
    if (b % 4 == 0) given.restart();
  }

  template <class T>
  static T one_of(const std::vector<T>& all, std::size_t which) {
    return all.empty() ? T{} : all[which % all.size()];
  }
  static std::string email(std::uint8_t which) { return "p" + std::to_string(which % 6) + "@agency.example"; }
  static RecordId record(std::uint8_t which) { return record_ids("r", 1, 1 + which % 6u)[0]; }
  InvitationId invitation(std::uint8_t which) const {  // one of the last few
    return one_of(invitations_, invitations_.size() + 255u - which % 4u);
  }
  PersonId person(std::uint8_t which) const { return one_of(persons_, which); }
  MembershipRow held(const MembershipId& id) {
    given.commit();
    take_note();
    return given.member(id);
  }
  // A plan that may well be accepted: one or two targets who look eligible, and `drawn` if he is or not now and then.
  std::vector<KindPlan> plan(const MembershipId& source, const MembershipId& drawn, std::uint8_t b, std::uint8_t c) {
    const auto from = held(source);
    std::vector<Allocation> anybody, reps;
    for (const auto& id : members_[from.account == accounts_[0].id ? 0 : 1]) {
      const auto to = given.member(id);
      if (id == source || to.status != MemberStatus::active || anybody.size() == 3) continue;
      anybody.push_back({id, 1u + (anybody.empty() ? b : c) % 3u});
      if (to.sales_rep) reps.push_back({id, c % 3u});
    }
    if (c % 8 == 0) anybody.push_back({drawn, 1});
    const auto tasks = anybody.empty() ? unassign(RecordKind::task)
                                       : hardcoded(RecordKind::task,
                                                   {{anybody.back().to, static_cast<std::uint32_t>(from.open.tasks)}});
    return {ratio(RecordKind::contact, anybody),
            b % 4 == 0 || reps.empty() ? unassign(RecordKind::lead) : ratio(RecordKind::lead, reps), tasks};
  }

  std::vector<Account> accounts_;
  std::vector<InvitationId> invitations_;
  std::array<std::vector<MembershipId>, 2> members_;  // by account
  std::vector<PersonId> persons_;
  std::vector<SessionId> sessions_;
  Position noted_ = 0;
  std::size_t asked_ = 0;
};

// ---- the naive reading of the log ---------------------------------------------------------------------------------

struct Held {
  std::optional<MembershipId> owner;
  RecordStatus status{};
  bool operator==(const Held&) const = default;
};
using RecordName = std::tuple<AccountId, RecordKind, RecordId>;

enum class Life : std::uint8_t { active, expired, ending, over };

// Follows the events one by one and asserts what each may do.
class Reading {
 public:
  void read(const Recorded& recorded) {
    RC_ASSERT(recorded.envelope.position == position_++);
    RC_ASSERT(recorded.envelope.recorded_at >= time_);
    time_ = recorded.envelope.recorded_at;
    RC_ASSERT(recorded.envelope.sequence == sequences_[recorded.envelope.scope]++);
    account_ = AccountId::parse(recorded.envelope.scope.id).value_or(AccountId{});
    match(
        recorded.event, [](const auto&) {},
        [&](const InvitationAccepted& e) { RC_ASSERT(accepted_.insert(e.invitation).second); },
        [&](const MembershipActivated& e) { join(e); },
        [&](const AccessExpired& e) {
          RC_ASSERT(lives_.at(e.membership) == Life::active);
          lives_.at(e.membership) = Life::expired;
        },
        [&](const DeactivationStarted& e) { lives_.at(e.membership) = Life::ending; },
        [&](const LeavingStarted& e) { lives_.at(e.membership) = Life::ending; },
        [&](const UserDeactivated& e) { leave(e.membership, e.person); },
        [&](const PartnerLeft& e) { leave(e.membership, e.person); },
        [&](const RecordsImported& e) {
          for (const auto& record : e.records) appear({account_, e.kind, record}, e.owner, e.status);
        },
        [&](const RecordRegistered& e) {
          appear({account_, e.kind, e.record}, e.owner, RecordStatus::open);
        },
        [&](const NoteAdded& e) {
          appear({account_, RecordKind::note, e.record}, e.author, RecordStatus::open);
        },
        [&](const RecordAssigned& e) {
          move({account_, e.kind, e.record}, e.from, e.to);
        },
        [&](const RecordsReassigned& e) {
          // Whose access runs out while slices come gets the rest of them: the map is what the plan said.
          for (const auto& record : e.records) move({account_, e.kind, record}, e.from, e.to, true);
          moved_[e.reassignment][e.kind] += e.records.size();
          bases_[e.reassignment][e.kind] = e.basis;
        },
        [&](const RecordsUnassigned& e) {
          for (const auto& record : e.records) move({account_, e.kind, record}, e.from, std::nullopt);
          if (e.reassignment) moved_[*e.reassignment][e.kind] += e.records.size();
        },
        [&](const ReassignmentCompleted& e) { complete(e); },
        [&](const TaskCompleted& e) { turn(e.record, e.owner, RecordStatus::open, RecordStatus::completed); },
        [&](const TaskReopened& e) { turn(e.record, e.owner, RecordStatus::completed, RecordStatus::open); },
        [&](const CompletedTasksRemoved& e) {
          for (const auto& record : e.records) {
            const auto at = records_.find({account_, RecordKind::task, record});
            RC_ASSERT((at != records_.end() && at->second == Held{e.membership, RecordStatus::completed}));
            records_.erase(at);
          }
        },
        [&](const GroupJoined& e) { RC_ASSERT(lives_.at(e.membership) == Life::active); });
  }

  const std::map<RecordName, Held>& records() const { return records_; }
  const std::map<MembershipId, Life>& lives() const { return lives_; }

  void at_the_end() const { RC_ASSERT(accepted_ == joined_); }

 private:
  void join(const MembershipActivated& e) {
    RC_ASSERT(lives_.emplace(e.membership, Life::active).second);  // none is ever active again
    RC_ASSERT(places_.emplace(account_, e.person).second);         // nor a second one beside it
    if (e.invitation) RC_ASSERT(joined_.insert(*e.invitation).second);
  }

  void leave(const MembershipId& id, const PersonId& person) {
    RC_ASSERT(lives_.at(id) != Life::over);
    lives_.at(id) = Life::over;
    RC_ASSERT(places_.erase({account_, person}) == 1);
    for (const auto& [name, held] : records_)
      RC_ASSERT((held.owner != id || held.status == RecordStatus::completed || std::get<1>(name) == RecordKind::note));
  }

  void may_receive(const std::optional<MembershipId>& to, bool in_slices = false) const {
    if (to) RC_ASSERT((lives_.at(*to) == Life::active || (in_slices && lives_.at(*to) == Life::expired)));
  }

  void appear(const RecordName& name, const std::optional<MembershipId>& owner, RecordStatus status) {
    may_receive(owner);
    RC_ASSERT(records_.emplace(name, Held{owner, status}).second);
  }

  void move(const RecordName& name, const std::optional<MembershipId>& from, const std::optional<MembershipId>& to,
            bool in_slices = false) {
    may_receive(to, in_slices);
    auto& held = records_.at(name);
    RC_ASSERT((held == Held{from, RecordStatus::open}));
    held.owner = to;
  }

  void turn(const RecordId& record, const std::optional<MembershipId>& owner, RecordStatus from, RecordStatus to) {
    auto& held = records_.at({account_, RecordKind::task, record});
    RC_ASSERT((held == Held{owner, from}));
    held.status = to;
  }

  void complete(const ReassignmentCompleted& e) {
    auto& moved = moved_[e.reassignment];
    RC_ASSERT(moved[RecordKind::contact] == e.moved.contacts);
    RC_ASSERT(moved[RecordKind::lead] == e.moved.leads);
    RC_ASSERT(moved[RecordKind::task] == e.moved.tasks);
    for (const auto& [kind, basis] : bases_[e.reassignment]) RC_ASSERT(moved[kind] == basis);
  }

  Position position_ = 0;
  Time time_;
  std::map<Scope, std::uint64_t> sequences_;
  AccountId account_;
  std::set<InvitationId> accepted_, joined_;
  std::map<MembershipId, Life> lives_;
  std::set<std::pair<AccountId, PersonId>> places_;
  std::map<RecordName, Held> records_;
  std::map<ReassignmentId, std::map<RecordKind, std::uint64_t>> moved_, bases_;
};

// ---- decision state against it ------------------------------------------------------------------------------------

template <class Tag>
std::vector<Id<Tag>> all_ids(const State& state, char rows) {
  std::vector<Id<Tag>> ids;
  state.scan(Key{rows}, {}, [&](std::string_view rest) {
    ids.push_back(id_at_end<Tag>(rest));
    return true;
  });
  return ids;
}

std::size_t row_count(const State& state, char rows) {
  std::size_t count = 0;
  state.scan(Key{rows}, {}, [&](std::string_view) { return ++count > 0; });
  return count;
}

void check_members(const World& given, const Reading& reading, const std::vector<Account>& accounts) {
  const auto state = given.state();
  std::map<AccountId, std::uint32_t> seats, admins;
  std::map<PersonId, std::uint32_t> active;
  std::map<MembershipId, std::uint32_t> receiving;
  std::map<std::pair<MembershipId, RecordKind>, std::uint64_t> open, completed;
  std::set<MembershipId> giving;
  for (const auto& [name, held] : reading.records()) {
    if (!held.owner) continue;
    ++(held.status == RecordStatus::open ? open : completed)[{*held.owner, std::get<1>(name)}];
  }
  const auto works = all_ids<ReassignmentTag>(state, WorkRow::table);
  for (const auto& id : works) {
    const auto work = state.get<WorkRow>(WorkRow::key(id));
    RC_ASSERT(giving.insert(work.membership).second);
    for (const auto& target : targets_of(work)) ++receiving[target];
  }
  RC_ASSERT(state.meta().works == works.size());

  for (const auto& id : all_ids<MembershipTag>(state, MembershipRow::table)) {
    const auto member = given.member(id);
    const auto life = reading.lives().at(id);
    RC_ASSERT((member.status == MemberStatus::active) == (life == Life::active));
    RC_ASSERT((member.status == MemberStatus::expired) == (life == Life::expired));
    RC_ASSERT((member.status == MemberStatus::deactivating) == (life == Life::ending));
    const bool standard = member.kind == MemberKind::standard;
    RC_ASSERT((member.status != MemberStatus::ended || !standard));
    RC_ASSERT((member.status != MemberStatus::inactive || standard));
    if (standard && life != Life::over) ++seats[member.account];
    if (standard && life == Life::active && member.admin) ++admins[member.account];
    if (life == Life::active) ++active[member.person];
    RC_ASSERT((given.state().place(member.account, member.person).live == id) == (life != Life::over));

    const RecordCounts counts{open[{id, RecordKind::contact}], open[{id, RecordKind::lead}],
                              open[{id, RecordKind::task}]};
    RC_ASSERT(member.open == counts);
    RC_ASSERT((life != Life::over || counts == RecordCounts{}));
    RC_ASSERT((counts.leads == 0 || member.sales_rep));
    RC_ASSERT((member.completed_tasks == completed[{id, RecordKind::task}]));
    RC_ASSERT((member.notes == open[{id, RecordKind::note}]));
    for (const auto kind : {RecordKind::contact, RecordKind::lead, RecordKind::task, RecordKind::note})
      RC_ASSERT((given.held(id, kind).size() == open[{id, kind}]));
    RC_ASSERT((given.held(id, RecordKind::task, RecordStatus::completed).size() == member.completed_tasks));
    RC_ASSERT(member.reassigning == giving.contains(id));
    RC_ASSERT(member.receiving == receiving[id]);
  }
  for (const auto& account : accounts) {
    const auto row = given.row(account);
    RC_ASSERT(row.seats_used == seats[account.id]);
    RC_ASSERT(row.seats_used <= row.seat_limit);
    RC_ASSERT(row.admins == admins[account.id]);
    RC_ASSERT(row.admins >= 1u);
    RC_ASSERT(reading.lives().at(row.owner) == Life::active);
  }
  for (const auto& id : all_ids<PersonTag>(state, PersonRow::table)) {
    const auto person = given.row(id);
    RC_ASSERT(person.active_memberships == active[id]);
    RC_ASSERT(state.person_with(person.email.shown()) == id);
  }
}

void check_records(const World& given, const Reading& reading) {
  const auto state = given.state();
  for (const auto& [name, held] : reading.records()) {
    const auto& [account, kind, record] = name;
    const auto row = state.find<RecordRow>(RecordRow::key(account, kind, record));
    RC_ASSERT((row && Held{row->owner, row->status} == held));
  }
  RC_ASSERT(row_count(state, RecordRow::table) == reading.records().size());
}

void check_invitations(const World& given) {
  const auto state = given.state();
  std::size_t pending = 0;
  for (const auto& id : all_ids<InvitationTag>(state, InvitationRow::table)) {
    const auto row = given.row(id);
    const bool open = row.status == InvitationStatus::pending;
    RC_ASSERT((state.place(row.account, row.person).invitation == id) == open);
    RC_ASSERT(state.find<InvitationDueRow>(InvitationDueRow::key(row.expires_at, id)).has_value() == open);
    if (open) ++pending;
  }
  RC_ASSERT(row_count(state, InvitationDueRow::table) == pending);
}

void check_sessions(const World& given) {
  const auto state = given.state();
  const auto sessions = all_ids<SessionTag>(state, SessionRow::table);
  for (const auto& id : sessions) {
    const auto session = state.get<SessionRow>(SessionRow::key(id));
    RC_ASSERT(state.find<SessionOfRow>(SessionOfRow::key(session.person, id)).has_value());
    RC_ASSERT(state.find<SessionDueRow>(SessionDueRow::key(session.expires_at, id)).has_value());
    RC_ASSERT(session.account.has_value() == session.membership.has_value());
    if (session.membership) RC_ASSERT(given.member(*session.membership).status == MemberStatus::active);
  }
  RC_ASSERT(row_count(state, SessionOfRow::table) == sessions.size());
  RC_ASSERT(row_count(state, SessionDueRow::table) == sessions.size());
}

// What a card says about leaving is what LeaveAccount then does.
void check_cards(Story& story) {
  auto& given = story.given;
  const MemoryRows empty;
  auto fold = projections::account_central.fold(empty);
  for (Position position = 0; position < given.log.size(); ++position) fold->apply(given.recorded(position));
  MemoryRows rows;
  rows.apply(fold->changes());
  const projections::AccountCentral all_cards;
  for (const auto& person : all_ids<PersonTag>(given.state(), PersonRow::table)) {
    const auto answer = all_cards.answer(rows, {given.now, person});
    RC_ASSERT(answer.has_value());
    const auto cards = json::parse(*answer);
    for (const auto& card : cards.at("accounts").as_array()) {
      const auto account = AccountId::parse(card.at("account").as_string()).value();
      const auto outcome = given.when(the_operator_for(person), LeaveAccount{account, true}).answer();
      const auto* refused = std::get_if<Rejection>(&outcome.outcome);
      RC_ASSERT(card.at("can_leave").as_bool() == (refused == nullptr));
      if (refused) RC_ASSERT(card.at("why_not").as_string() == refused->name());
    }
  }
}

void check(Story& story) {
  Reading reading;
  for (Position position = 0; position < story.given.log.size(); ++position)
    reading.read(story.given.recorded(position));
  reading.at_the_end();
  check_members(story.given, reading, story.accounts());
  check_records(story.given, reading);
  check_invitations(story.given);
  check_sessions(story.given);
  RC_ASSERT(digest_of(story.given.rows()) == story.given.digest());
  RC_ASSERT(digest_of(story.given.replayed(story.given.keys)) == story.given.digest());
  check_cards(story);
}

rc::Gen<std::vector<Step>> some_steps() {
  // Steps are drawn evenly, whatever the size; only how many there are grows with it.
  const auto byte = rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::uint8_t>(0, 255));
  return rc::gen::scale(4.0, rc::gen::container<std::vector<Step>>(rc::gen::container<Step>(byte)));
}

TEST_CASE("the invariants hold after any commands, and decision state equals its rebuild") {
  CHECK(rc::check([] {
    Story story;
    for (const auto& step : *some_steps()) story.happen(step);
    story.end();
    check(story);
    story.finish_the_work();
    check(story);
  }));
}

TEST_CASE("the same commands give the same bytes") {
  CHECK(rc::check([] {
    const auto steps = *rc::gen::scale(0.25, some_steps());
    Story once, again;
    for (auto* story : {&once, &again}) {
      for (const auto& step : steps) story->happen(step);
      story->end();
    }
    RC_ASSERT(once.given.log.size() == again.given.log.size());
    for (Position position = 0; position < once.given.log.size(); ++position)
      RC_ASSERT(once.given.log.entry(position) == again.given.log.entry(position));
    RC_ASSERT(once.given.digest() == again.given.digest());
  }));
}

}  // namespace
}  // namespace rollcall::testing
