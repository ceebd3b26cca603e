#include "tests/support/given.hpp"

#include <cstdlib>
#include <fstream>

#include <fmt/format.h>

#include "events/hash.hpp"
#include "events/match.hpp"
#include "tests/support/catch.hpp"

namespace rollcall::testing {
namespace {

std::string place_of(const std::source_location& line) {
  return fmt::format("asked for in {}:{}", line.file_name(), line.line());
}

std::string shown_all(const std::vector<Event>& events) {
  std::string text;
  for (const auto& event : events) text.append("\n  ").append(shown(event));
  return text.empty() ? "nothing" : text;
}

}  // namespace

// ---- who asks -----------------------------------------------------------------------------------------------------

Asker Asker::signed_in(const SessionId& session) {
  Asker who;
  who.caller.session = session;
  who.caller.ip = "192.0.2.7";
  return who;
}

Asker Asker::because(std::string why) const {
  auto who = *this;
  who.reason = std::move(why);
  return who;
}

Asker Asker::holding(const LinkProof& link) const {
  auto who = *this;
  who.proofs.link = link;
  return who;
}

Asker Asker::choosing_a_password() const {
  auto who = *this;
  who.proofs.new_verifier = "argon2id of a password";
  return who;
}

Asker Asker::knowing(const CredentialId& one) const {
  auto who = *this;
  who.proofs.password_matched = one;
  return who;
}

Asker Asker::keyed(std::string key) const {
  auto who = *this;
  who.idempotency_key = std::move(key);
  return who;
}

Asker Asker::with_key(const AccessKeyId& key, ActorKind kind) {
  Asker who;
  who.caller.kind = kind;
  who.caller.key = key;
  return who;
}

Asker Asker::being_offered() const {
  auto who = *this;
  who.proofs.new_factor = "a secret of an app";
  return who;
}

Asker Asker::showing(std::uint64_t step) const {
  auto who = *this;
  who.proofs.code_step = step;
  return who;
}

Asker Asker::making_a_key() const {
  auto who = *this;
  who.proofs.new_key = Digest{{1, 2, 3}};
  return who;
}

Asker the_operator() {
  Asker who;
  who.caller = Caller::operator_key();
  return who;
}

Asker the_operator_for(const PersonId& person) {
  auto who = the_operator().because("asked by phone");
  who.caller.on_behalf_of = person;
  return who;
}

Asker the_clock() {
  Asker who;
  who.caller = Caller::clock();
  return who;
}

LinkProof link_of(const InvitationId& invitation, std::uint32_t attempt) {
  return {LinkKind::invitation, invitation.bytes, attempt};
}

LinkProof setup_link_of(const PersonId& person, std::uint32_t attempt) {
  return {LinkKind::setup, person.bytes, attempt};
}

// ---- what became of it --------------------------------------------------------------------------------------------

std::string shown(const Event& event) {
  return visit([]<class T>(const T& fact) { return std::string{T::type} + " " + json::serialize(to_json(fact)); },
               event);
}

std::string shown(const Rejection& rejection) {
  return "refused: " + std::string{rejection.name()} + " " + json::serialize(to_json(rejection.details));
}

const std::vector<Recorded>& Outcome::recorded() const {
  static const std::vector<Recorded> none;
  const auto* found = std::get_if<std::vector<Recorded>>(&answer_.outcome);
  return found ? *found : none;
}

std::vector<Event> Outcome::events() const {
  std::vector<Event> events;
  for (const auto& one : recorded()) events.push_back(one.event);
  return events;
}

std::string Outcome::text() const {
  return match(
      answer_.outcome,  //
      [&](const std::vector<Recorded>&) { return shown_all(events()); },
      [](const Rejection& rejection) { return shown(rejection); },
      [](const Repeat& repeat) { return fmt::format("a repeat of {} from position {}", repeat.count, repeat.first); },
      [](const Undecided& broken) { return "nothing: " + broken.what; });
}

const Outcome& Outcome::then(const std::vector<Event>& expected, Line line) const {
  INFO(place_of(line) << "\nexpected: " << shown_all(expected) << "\nwhat came: " << text());
  CHECK((accepted() && events() == expected));
  return *this;
}

const Outcome& Outcome::then(Code code, Line line) const {
  INFO(place_of(line) << "\nexpected: " << meaning_of(code).name << "\nwhat came: " << text());
  const auto* rejection = std::get_if<Rejection>(&answer_.outcome);
  CHECK((rejection && rejection->code == code));
  return *this;
}

const Outcome& Outcome::then(const Rejection& rejection, Line line) const {
  INFO(place_of(line) << "\nexpected: " << shown(rejection) << "\nwhat came: " << text());
  const auto* found = std::get_if<Rejection>(&answer_.outcome);
  CHECK((found && *found == rejection));
  return *this;
}

const Outcome& Outcome::then_nothing_new(Line line) const {
  INFO(place_of(line) << "\nexpected: acceptance without events\nwhat came: " << text());
  CHECK((accepted() && recorded().empty()));
  return *this;
}

const Outcome& Outcome::then_repeated(Position first, std::uint64_t count, Line line) const {
  INFO(place_of(line) << "\nexpected: a repeat of " << count << " from position " << first
                      << "\nwhat came: " << text());
  const auto* repeat = std::get_if<Repeat>(&answer_.outcome);
  CHECK((repeat && repeat->first == first && repeat->count == count));
  return *this;
}

void Outcome::check_types(const std::vector<std::string>& expected, Line line) const {
  std::vector<std::string> types;
  for (const auto& one : recorded()) types.push_back(one.envelope.type);
  INFO(place_of(line) << "\nwhat came: " << text());
  REQUIRE(types == expected);
}

void Outcome::require_one(std::size_t found, std::string_view type, Line line) const {
  INFO(place_of(line) << "\nexpected: one " << type << "\nwhat came: " << text());
  REQUIRE(found == 1);
}

// ---- the world ----------------------------------------------------------------------------------------------------

World::World() {
  writer_ = std::make_unique<Writer>(log, keys, claims());
  writer_->found(LogCreated{LogId{}, "rollcall.test", "vkey", 1, 1}, context(the_operator()));
  commit();
}

Ids::Seed World::seed() {
  Ids::Seed seed{};
  ++asked_;
  for (std::size_t i = 0; i < 8; ++i) seed[i] = static_cast<std::uint8_t>(asked_ >> (8 * i));
  return seed;
}

Context World::context(const Asker& who) {
  Context context{.now = now, .ids = Ids(seed(), now)};
  context.caller = who.caller;
  context.proofs = who.proofs;
  context.reason = who.reason;
  context.command = context.ids.next<CommandId>();
  if (who.idempotency_key) {
    const auto hash = sha256(*who.idempotency_key);
    std::copy_n(hash.begin(), context.command.bytes.size(), context.command.bytes.begin());
  }
  context.correlation = context.command;
  return context;
}

namespace {

// For the test of the tests, which runs them all and reads which refusals they provoked.
void note(const Command& command, const Rejection& rejection) {
  static const char* const file = std::getenv("ROLLCALL_NOTE_REFUSALS");
  if (file)
    std::ofstream(file, std::ios::app) << visit([]<class C>(const C&) { return C::name; }, command) << ' '
                                       << rejection.name() << '\n';
}

}  // namespace

Outcome World::when(const Asker& who, Command command) {
  auto asked = context(who);
  if (who.idempotency_key) {
    const auto request =
        visit([]<class C>(const C& c) { return std::string{C::name} + json::serialize(to_json(c)); }, command);
    asked.request_digest = Digest{sha256(request)};
  }
  const auto before = writer_->size();
  Outcome outcome{writer_->handle(command, std::move(asked))};
  // Whatever the command: a refusal changes nothing, and no answer counts before its events are there.
  const auto written = outcome.accepted() ? outcome.recorded().size() : writer_->size() - before;
  REQUIRE(writer_->size() == before + written);
  REQUIRE(outcome.answer().size == writer_->size());
  if (!outcome.accepted()) REQUIRE(written <= 1);
  if (const auto* refused = std::get_if<Rejection>(&outcome.answer().outcome)) note(command, *refused);
  if (!batching) commit();
  return outcome;
}

Decision World::dry_run(const Asker& who, const Command& command) {
  auto asked = context(who);
  const auto on = state();
  auto decision = decide(on, asked, command).decision;
  if (!decision) note(command, decision.error());
  return decision;
}

void World::commit() {
  if (writer_->batch_is_empty()) return;
  log.append(writer_->close());
  writer_->durable();
  durable_ = log.state();
}

void World::restart() {
  commit();
  writer_ = std::make_unique<Writer>(log, keys, claims());
}

bool World::work() {
  if (!writer_->has_work()) return false;
  writer_->work(now, seed());
  if (!batching) commit();
  return true;
}

std::size_t World::work_to_the_end() {
  std::size_t slices = 0;
  while (work()) REQUIRE(++slices < 10'000);
  return slices;
}

CredentialId World::second_factor(const Member& member) {
  const auto who = Asker(member).knowing(credential_of(member.person));
  when(who.being_offered(), OfferSecondFactor{Secret{"a good password"}}).then<SecondFactorOffered>();
  auto shows = who.showing(10);
  shows.proofs.new_recovery = {Digest{{1}}, Digest{{2}}};
  return when(shows, EnableSecondFactor{Secret{"123456"}}).the<SecondFactorEnabled>().factor;
}

AccessKeyId World::key(const Asker& who, std::vector<KeyScope> scopes, std::optional<AccountId> account) {
  const auto made = when(who.making_a_key(), CreateAccessKey{"a key", std::move(scopes), std::move(account), {}});
  return made.the<AccessKeyCreated>().key;
}

CredentialId World::credential_of(const PersonId& person) { return row(person).credential.value().id; }

SessionId World::sign_in(const PersonId& person, std::optional<AccountId> account) {
  const auto email = std::string{row(person).email.shown()};
  const auto done =
      when(nobody().knowing(credential_of(person)), StartSession{email, Secret{"a good password"}, std::move(account)});
  return done.the<SessionStarted>().session;
}

Account World::account(std::string_view app_id, std::uint32_t seat_limit) {
  const auto id = AccountId::parse(app_id).value();
  const auto email = "owner@" + id.str() + ".example";
  const auto opened = when(
      the_operator(),
      OpenAccount{NewAccountId::parse(id.str()).value(), "Account " + id.str(), email, "Olga Owner", seat_limit, {}});
  const auto& facts = opened.the<AccountOpened>();
  when(nobody().holding(setup_link_of(facts.owner_person)).choosing_a_password(),
       CompleteSetup{Secret{"token"}, true, Secret{"a good password"}, {}})
      .then<IdentityRegistered, TermsAccepted, PasswordSet>();
  return {id, {email, facts.owner_person, id, facts.owner, sign_in(facts.owner_person)}};
}

Member World::accept(const Account& account, std::string_view email, const InvitationId& invitation,
                     const PersonId& person) {
  Asker who = nobody();
  AcceptInvite accept{Secret{"token"}, true, {}, {}};
  if (row(person).registered) {
    who = Asker::signed_in(sign_in(person));
  } else {
    who = who.choosing_a_password();
    accept.password = Secret{"a good password"};
  }
  const auto accepted = when(who.holding(link_of(invitation)), accept);
  const auto id = accepted.the<MembershipActivated>().membership;
  return {std::string{email}, person, account.id, id, sign_in(person)};
}

Member World::user(const Account& account, std::string_view email, bool admin) {
  const auto invited = when(account.owner, InviteUser{account.id, std::string{email}, "Una", admin});
  const auto& facts = invited.the<UserInvited>();
  return accept(account, email, facts.invitation, facts.person);
}

Member World::sales_rep(const Account& account, std::string_view email) {
  auto rep = user(account, email);
  when(account.owner, AddToGroup{account.id, rep.id, Group::sales_rep}).then<GroupJoined>();
  return rep;
}

Member World::partner(const Account& account, std::string_view email, bool admin, std::optional<Time> access_ends_at) {
  const auto invited =
      when(account.owner, InvitePartner{account.id, std::string{email}, admin, access_ends_at, std::nullopt});
  const auto& facts = invited.the<PartnerInvited>();
  return accept(account, email, facts.invitation, facts.person);
}

InvitationId World::invited_user(const Account& account, std::string_view email) {
  return when(account.owner, InviteUser{account.id, std::string{email}, "Una", false}).the<UserInvited>().invitation;
}

InvitationId World::invited_partner(const Account& account, std::string_view email) {
  return when(account.owner, InvitePartner{account.id, std::string{email}, false, {}, {}})
      .the<PartnerInvited>()
      .invitation;
}

std::vector<RecordId> World::records(const Member& owner, RecordKind kind, std::size_t count, RecordStatus status) {
  auto& made = records_made_[kind];
  const auto ids = record_ids(name_of(kind), count, made + 1);
  made += count;
  for (std::size_t from = 0; from < count; from += records_per_command_max) {
    const auto piece = std::min(records_per_command_max, count - from);
    const std::vector<RecordId> some(ids.begin() + static_cast<std::ptrdiff_t>(from),
                                     ids.begin() + static_cast<std::ptrdiff_t>(from + piece));
    const auto done = when(the_operator(), ImportRecords{owner.account, kind, some, owner.id, status});
    REQUIRE(done.accepted());
  }
  return ids;
}

void World::notes(const Member& author, std::size_t count) {
  auto& made = records_made_[RecordKind::note];
  for (const auto& note : record_ids("note", count, made + 1))
    when(the_operator(), AddNote{author.account, note, author.id}).then<NoteAdded>();
  made += count;
}

std::vector<RecordId> World::held(const MembershipId& id, RecordKind kind, RecordStatus status) const {
  std::vector<RecordId> found;
  state().scan(HoldingRow::all(id, kind, status), {}, [&](std::string_view rest) {
    found.push_back(RecordId::parse(rest).value());
    return true;
  });
  return found;
}

std::vector<SessionId> World::sessions_of(const PersonId& person) const {
  std::vector<SessionId> found;
  state().scan(SessionOfRow::all(person), {}, [&](std::string_view rest) {
    found.push_back(id_at_end<SessionTag>(rest));
    return true;
  });
  return found;
}

MemoryRows World::replayed(const KeyRing& with) const {
  const MemoryRows empty;
  State state(empty, with, claims());
  log.read(0, [&](Position, std::string_view entry) {
    evolve(state, decode_entry(entry, &with));
    return true;
  });
  MemoryRows rows;
  rows.apply(state.overlay().take());
  return rows;
}

// ---- values -------------------------------------------------------------------------------------------------------

RecordId record_id(std::string_view text) { return RecordId::parse(text).value(); }

std::vector<RecordId> record_ids(std::string_view stem, std::size_t count, std::size_t first) {
  std::vector<RecordId> ids;
  for (std::size_t i = first; i < first + count; ++i) ids.push_back(record_id(fmt::format("{}-{:05}", stem, i)));
  return ids;
}

KindPlan ratio(RecordKind kind, std::vector<Allocation> weights) {
  return {kind, ReassignmentMode::ratio, std::move(weights)};
}

KindPlan hardcoded(RecordKind kind, std::vector<Allocation> counts) {
  return {kind, ReassignmentMode::hardcoded, std::move(counts)};
}

KindPlan unassign(RecordKind kind) { return {kind, ReassignmentMode::unassign, {}}; }

}  // namespace rollcall::testing
