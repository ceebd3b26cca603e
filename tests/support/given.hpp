// A small world for tests of the rules: accounts and people that came about by real commands through the writer, and a
// clock that the test moves. `given` sets up, `when` asks, `then` says what must follow; a failed check prints events.
#pragma once

#include <map>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include "domain/engine/writer.hpp"
#include "events/json.hpp"
#include "tests/support/memory_log.hpp"

namespace rollcall::testing {

// Somebody in an account, as far as a test knows them. They are signed in for all their accounts.
struct Member {
  std::string email;
  PersonId person;
  AccountId account;
  MembershipId id;
  SessionId session;
};

struct Account {
  AccountId id;
  Member owner;
};

// Who asks, and what they bring.
struct Asker {
  Asker() = default;
  Asker(const Member& member) : Asker(signed_in(member.session)) {}

  static Asker signed_in(const SessionId& session);
  static Asker with_key(const AccessKeyId& key, ActorKind kind = ActorKind::key);

  Asker because(std::string why) const;          // gives a reason
  Asker holding(const LinkProof& link) const;    // opened the link of a mail
  Asker choosing_a_password() const;             // the edge made a verifier of it
  Asker knowing(const CredentialId& one) const;  // their password fits this credential
  Asker keyed(std::string key) const;            // sends an idempotency key
  Asker making_a_key() const;                    // the edge made a secret for it
  Asker being_offered() const;                   // the edge made a secret for a second factor
  Asker showing(std::uint64_t step) const;       // a code of this time

  Caller caller;
  Proofs proofs;
  std::optional<std::string> reason;
  std::optional<std::string> idempotency_key;
};

Asker the_operator();
Asker the_operator_for(const PersonId& person);
Asker the_clock();
inline Asker nobody() { return {}; }

LinkProof link_of(const InvitationId& invitation, std::uint32_t attempt = 1);
LinkProof setup_link_of(const PersonId& person, std::uint32_t attempt = 1);

// An event as people read it in a failed check: its type and its fields.
std::string shown(const Event& event);
std::string shown(const Rejection& rejection);

// What became of a command. The checks are Catch2's and name the line of the test.
class Outcome {
 public:
  using Line = std::source_location;

  explicit Outcome(Answer answer) : answer_(std::move(answer)) {}

  // Recorded: exactly these events.
  const Outcome& then(const std::vector<Event>& expected, Line line = Line::current()) const;
  // Recorded: events of exactly these types, in this order.
  template <class... Events>
    requires(sizeof...(Events) > 0)
  const Outcome& then(Line line = Line::current()) const {
    check_types({std::string{Events::type}...}, line);
    return *this;
  }
  // Refused, whatever the details.
  const Outcome& then(Code code, Line line = Line::current()) const;
  // Refused, with exactly these details.
  const Outcome& then(const Rejection& rejection, Line line = Line::current()) const;
  // Accepted: all was so already, nothing is recorded.
  const Outcome& then_nothing_new(Line line = Line::current()) const;
  // Answered with the events of an earlier request.
  const Outcome& then_repeated(Position first, std::uint64_t count, Line line = Line::current()) const;

  bool accepted() const { return std::holds_alternative<std::vector<Recorded>>(answer_.outcome); }
  const Answer& answer() const { return answer_; }
  // What was recorded; none when it was refused or a repeat.
  const std::vector<Recorded>& recorded() const;
  std::vector<Event> events() const;
  std::string text() const;

  // The one event of this type. Fails the test when there is none or more of them.
  template <class T>
  T the(Line line = Line::current()) const {
    auto found = all<T>();
    require_one(found.size(), T::type, line);
    return std::move(found.front());
  }
  template <class T>
  std::vector<T> all() const {
    std::vector<T> found;
    for (const auto& one : recorded())
      if (const auto* event = get_if<T>(&one.event)) found.push_back(*event);
    return found;
  }

 private:
  void check_types(const std::vector<std::string>& expected, Line line) const;
  void require_one(std::size_t found, std::string_view type, Line line) const;

  Answer answer_;
};

// An installation, founded and empty at first. Every command is its own batch, unless `batching`.
class World {
 public:
  World();

  // ---- given -----------------------------------------------------------------------------------------------------
  // An account; its owner (owner@<app id>.example) has used his set-up link and is signed in.
  Account account(std::string_view app_id, std::uint32_t seat_limit = 10);
  // Members who were invited by the owner, accepted and are signed in. A person known already signs in to accept.
  Member user(const Account& account, std::string_view email, bool admin = false);
  Member admin(const Account& account, std::string_view email) { return user(account, email, true); }
  Member sales_rep(const Account& account, std::string_view email);
  Member partner(const Account& account, std::string_view email, bool admin = false,
                 std::optional<Time> access_ends_at = std::nullopt);
  // An invitation that nobody has answered yet.
  InvitationId invited_user(const Account& account, std::string_view email);
  InvitationId invited_partner(const Account& account, std::string_view email);
  // New records that this member owns: <kind>-00001 and on, never the same id twice.
  std::vector<RecordId> records(const Member& owner, RecordKind kind, std::size_t count,
                                RecordStatus status = RecordStatus::open);
  // Notes that he wrote.
  void notes(const Member& author, std::size_t count);
  // Time goes by.
  void pass(Duration time) { now = now + time; }
  SessionId sign_in(const PersonId& person, std::optional<AccountId> account = std::nullopt);
  // Sessions end after a while: he signs in again.
  Asker signed_in_again(const Member& member) { return Asker::signed_in(sign_in(member.person)); }
  CredentialId credential_of(const PersonId& person);
  // He has a second factor from now on, with two recovery codes; the code he showed is of step 10.
  CredentialId second_factor(const Member& member);
  // A key that somebody makes, of these scopes, for all accounts or one.
  AccessKeyId key(const Asker& who, std::vector<KeyScope> scopes, std::optional<AccountId> account = std::nullopt);

  // ---- when ------------------------------------------------------------------------------------------------------
  Outcome when(const Asker& who, Command command);
  // Decides without recording, as a dry run does.
  Decision dry_run(const Asker& who, const Command& command);
  // One slice of a large reassignment; false when there is none under way.
  bool work();
  // All slices that are left; how many they were.
  std::size_t work_to_the_end();
  // The process ends and starts again on what is durable.
  void restart();
  // Makes the open batch durable.
  void commit();
  bool batching = false;

  // ---- what is there ---------------------------------------------------------------------------------------------
  // Decision state as of the last commit. Valid until the next one.
  State state() const { return State(*durable_.rows, keys, claims()); }
  const Rows& rows() const { return *durable_.rows; }
  const RowsDigest& digest() const { return durable_.digest; }
  MembershipRow member(const MembershipId& id) const { return state().get<MembershipRow>(MembershipRow::key(id)); }
  AccountRow row(const Account& account) const { return state().get<AccountRow>(AccountRow::key(account.id)); }
  PersonRow row(const PersonId& person) const { return state().get<PersonRow>(PersonRow::key(person)); }
  InvitationRow row(const InvitationId& id) const { return state().get<InvitationRow>(InvitationRow::key(id)); }
  std::optional<RecordRow> record(const Account& account, RecordKind kind, const RecordId& id) const {
    return state().find<RecordRow>(RecordRow::key(account.id, kind, id));
  }
  std::vector<RecordId> held(const MembershipId& id, RecordKind kind, RecordStatus status = RecordStatus::open) const;
  std::vector<SessionId> sessions_of(const PersonId& person) const;
  Recorded recorded(Position position) const { return decode_entry(log.entry(position).value(), &keys); }
  Recorded last_recorded() const { return recorded(log.size() - 1); }
  // The rows that a replay of the whole log gives.
  MemoryRows replayed(const KeyRing& with) const;
  Claims claims() const { return Claims(DataKey{7}); }
  Context context(const Asker& who);

  Time now{1'772'528'400'000'000};  // 2026-03-03T09:00:00Z
  MemoryKeys keys;
  MemoryLog log;
  Writer& writer() { return *writer_; }

 private:
  Ids::Seed seed();
  Member accept(const Account& account, std::string_view email, const InvitationId& invitation, const PersonId& person);

  std::unique_ptr<Writer> writer_;
  LogReader::State durable_;
  std::uint64_t asked_ = 0;
  std::map<RecordKind, std::size_t> records_made_;
};

constexpr Duration just_before(Duration time) { return {time.micros - 1}; }
// n records named like the first: <stem>-00001 … .
std::vector<RecordId> record_ids(std::string_view stem, std::size_t count, std::size_t first = 1);
RecordId record_id(std::string_view text);
// Ratio, Hardcoded and unassign, as a plan says them.
KindPlan ratio(RecordKind kind, std::vector<Allocation> weights);
KindPlan hardcoded(RecordKind kind, std::vector<Allocation> counts);
KindPlan unassign(RecordKind kind);

}  // namespace rollcall::testing
