#include "tools/town/town.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "domain/records/reassignment.hpp"
#include "events/match.hpp"

namespace rollcall::tools {
namespace {

constexpr std::size_t targets_max = 37;

// Of the one password, at the least cost, with a salt that never changes: it guards nothing.
constexpr std::string_view demo_verifier =
    "$argon2id$v=19$m=8,t=1,p=1$r681JvKyhQkqQ2HSxgZ8/w$1sieM36UVGIB8Bn2V7kwjWyAe1+czbo2dGKr40H9obo";

constexpr std::string_view first_names[] = {
    "Ada",  "Amir",  "Anna",  "Ben",    "Chiara", "Diego",  "Dora", "Elif",  "Emma",  "Felix",  "Freya", "Grace",
    "Hana", "Hugo",  "Ines",  "Ivan",   "Jonas",  "Kaja",   "Kofi", "Lara",  "Leon",  "Lina",   "Luca",  "Maya",
    "Mei",  "Milan", "Nadia", "Niklas", "Noor",   "Oliver", "Omar", "Paula", "Petra", "Priya",  "Rania", "Ravi",
    "Rosa", "Ruth",  "Sami",  "Sofia",  "Sven",   "Tara",   "Theo", "Tomas", "Uma",   "Viktor", "Yara",  "Zane"};
constexpr std::string_view last_names[] = {
    "Abbott", "Adeyemi", "Almeida", "Bauer",  "Berg",    "Bianchi", "Boyd",   "Castillo", "Cohen",  "Dahl",
    "Diaz",   "Dubois",  "Ekberg",  "Farah",  "Fischer", "Garcia",  "Haddad", "Hansen",   "Horvat", "Ito",
    "Jansen", "Kaya",    "Keller",  "Kim",    "Kovacs",  "Larsen",  "Lopez",  "Marino",   "Meyer",  "Mori",
    "Nair",   "Novak",   "Okafor",  "Olsen",  "Patel",   "Petrov",  "Reed",   "Rossi",    "Santos", "Sato",
    "Silva",  "Singh",   "Sousa",   "Tanaka", "Varga",   "Weber",   "Wong",   "Yilmaz"};
constexpr std::string_view user_agents[] = {
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
    "Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148"};

std::string lower(std::string_view text) {
  std::string out{text};
  for (auto& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::uint64_t& count_of(RecordCounts& counts, RecordKind kind) {
  if (kind == RecordKind::contact) return counts.contacts;
  return kind == RecordKind::lead ? counts.leads : counts.tasks;
}

Caller operator_at(std::string ip, std::string agent) {
  auto caller = Caller::operator_key();
  caller.ip = std::move(ip);
  caller.user_agent = std::move(agent);
  return caller;
}
Caller staff() { return operator_at("192.0.2.7", "rollcall/0.1"); }
Caller crm() { return operator_at("192.0.2.10", "crm-feed/2.3"); }

}  // namespace

// ---- Town: clock and agenda ---------------------------------------------------------------------------------------

Town::Town(Installation& installation, std::uint64_t seed, Time begins)
    : loader_(installation), dice_(seed), seed_(seed), now_(begins) {}

void Town::at(Time when, std::function<void()> act) {
  agenda_.push({std::max(when, now_), planned_++, std::move(act)});
}

void Town::run(Time until, const std::function<bool()>& more) {
  while (!agenda_.empty() && agenda_.top().at < until && more()) {
    const auto due = agenda_.top();
    agenda_.pop();
    now_ = std::max(now_, due.at);
    due.act();
  }
}

// ---- Town: who there is -------------------------------------------------------------------------------------------

Town::Index Town::add_person(std::string name, std::string email) {
  const auto index = static_cast<Index>(people_.size());
  Person person;
  person.name = std::move(name);
  person.email = std::move(email);
  person.ip = fmt::format("203.0.113.{}", 1 + index % 250);
  person.user_agent = user_agents[index % std::size(user_agents)];
  people_.push_back(std::move(person));
  person_at_.emplace(people_.back().email, index);
  return index;
}

Town::Index Town::add_person_at(std::string_view domain) {
  const auto first = first_names[dice_.below(std::size(first_names))];
  const auto last = last_names[dice_.below(std::size(last_names))];
  return add_person(fmt::format("{} {}", first, last),
                    fmt::format("{}.{}.{}@{}", lower(first), lower(last), people_.size(), domain));
}

Town::Index Town::add_account(AccountId id, std::string name, Index owner, std::uint32_t seat_limit) {
  const auto index = static_cast<Index>(accounts_.size());
  account_of_.emplace(id.str(), index);
  Account account;
  account.id = std::move(id);
  account.name = std::move(name);
  account.owner = owner;
  account.seat_limit = seat_limit;
  accounts_.push_back(std::move(account));
  return index;
}

std::optional<Town::Index> Town::any_member(Index account, const std::function<bool(const Member&)>& fits) {
  const auto& all = accounts_[account].members;
  if (all.empty()) return std::nullopt;
  const auto start = dice_.below(all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto index = all[(start + i) % all.size()];
    if (members_[index].active && fits(members_[index])) return index;
  }
  return std::nullopt;
}

std::optional<Town::Index> Town::any_member(Index account) {
  return any_member(account, [](const Member&) { return true; });
}

std::optional<Town::Index> Town::any_partner(Index account) {
  return any_member(account, [](const Member& member) { return member.kind == MemberKind::partner; });
}

Town::Index Town::in_charge(Index account, std::optional<Index> but) {
  const bool by_owner = dice_.chance(0.7);
  const auto found = any_member(account, [&](const Member& member) {
    return member.admin && member.kind == MemberKind::standard && &member != (but ? &members_[*but] : nullptr) &&
           member.owner == by_owner;
  });
  return found.value_or(accounts_[account].members.front());
}

std::optional<Town::Index> Town::live_membership(Index account, Index person) const {
  for (const auto index : accounts_[account].members)
    if (members_[index].person == person && members_[index].active) return index;
  return std::nullopt;
}

// ---- Town: asking and keeping books -------------------------------------------------------------------------------

Ids::Seed Town::fresh_seed() {
  Ids::Seed seed{};
  std::memcpy(seed.data(), &seed_, sizeof seed_);
  std::memcpy(seed.data() + sizeof seed_, &asked_, sizeof asked_);
  ++asked_;
  return seed;
}

std::optional<Town::Events> Town::ask(Caller caller, const Command& command, Proofs proofs,
                                      std::optional<std::string> reason) {
  now_ = now_ + microseconds(1'000);
  Context context{.now = now_, .ids = Ids(fresh_seed(), now_)};
  context.caller = std::move(caller);
  context.proofs = std::move(proofs);
  context.reason = std::move(reason);
  context.command = context.ids.next<CommandId>();
  context.correlation = context.command;
  auto answer = loader_.handle(command, std::move(context));
  auto* events = std::get_if<Events>(&answer.outcome);
  if (!events) return std::nullopt;
  keep_books(*events);
  return std::move(*events);
}

void Town::keep_books(const Events& events) {
  const auto meet = [&](const PersonId& person, const Personal& email) {
    const auto index = person_at_.at(std::string{email.shown()});
    people_[index].id = person;
    person_of_.emplace(person, index);
  };
  const auto member_with = [&](const MembershipId& id) -> Member& { return members_[member_of_.at(id)]; };
  for (const auto& recorded : events) {
    const auto account = [&]() -> Account& { return accounts_[account_of_.at(recorded.envelope.scope.id)]; };
    match(
        recorded.event,  //
        [&](const AccountOpened& e) { meet(e.owner_person, e.owner_email); },
        [&](const UserInvited& e) { meet(e.person, e.email); },
        [&](const PartnerInvited& e) { meet(e.person, e.email); },
        [&](const PasswordSet& e) { people_[person_of_.at(e.person)].credential = e.credential; },
        [&](const SeatLimitChanged& e) { account().seat_limit = e.to; },
        [&](const SeatTaken& e) { account().seats_used = e.used; },
        [&](const SeatFreed& e) { account().seats_used = e.used; },
        [&](const MembershipActivated& e) {
          const auto index = static_cast<Index>(members_.size());
          auto& at = account();
          Member member;
          member.account = static_cast<Index>(&at - accounts_.data());
          member.person = person_of_.at(e.person);
          member.id = e.membership;
          member.kind = e.kind;
          member.owner = e.owner;
          member.admin = e.admin;
          members_.push_back(member);
          member_of_.emplace(e.membership, index);
          at.members.push_back(index);
        },
        [&](const GroupJoined& e) {
          auto& joined = member_with(e.membership);
          (e.group == Group::admin ? joined.admin : joined.sales_rep) = true;
        },
        [&](const DeactivationStarted& e) { member_with(e.membership).active = false; },
        [&](const UserDeactivated& e) { member_with(e.membership).active = false; },
        [&](const LeavingStarted& e) { member_with(e.membership).active = false; },
        [&](const PartnerLeft& e) { member_with(e.membership).active = false; },
        [&](const UserReactivated& e) { member_with(e.membership).active = true; },
        [&](const RecordsImported& e) {
          if (e.status == RecordStatus::open) move_records(e.kind, e.records.size(), std::nullopt, e.owner);
        },
        [&](const RecordRegistered& e) { move_records(e.kind, 1, std::nullopt, e.owner); },
        [&](const RecordAssigned& e) { move_records(e.kind, 1, e.from, e.to); },
        [&](const RecordsUnassigned& e) { move_records(e.kind, e.records.size(), e.from, std::nullopt); },
        [&](const RecordsReassigned& e) { move_records(e.kind, e.records.size(), e.from, e.to); },
        [&](const TaskCompleted& e) { move_records(RecordKind::task, 1, e.owner, std::nullopt); },
        [&](const SessionEnded& e) { forget(e.session, e.person, e.membership); },
        [&](const SessionsRevoked& e) {
          for (const auto& session : e.sessions) forget(session, e.person, e.membership);
        },
        [](const auto&) {});
  }
}

void Town::move_records(RecordKind kind, std::size_t records, const std::optional<MembershipId>& from,
                        const std::optional<MembershipId>& to) {
  if (from) count_of(members_[member_of_.at(*from)].open, kind) -= records;
  if (to) count_of(members_[member_of_.at(*to)].open, kind) += records;
}

void Town::forget(const SessionId& session, const PersonId& person, const std::optional<MembershipId>& membership) {
  auto& pass = membership ? members_[member_of_.at(*membership)].pass : people_[person_of_.at(person)].pass;
  if (pass && pass->session == session) pass.reset();
}

// ---- Town: sessions -----------------------------------------------------------------------------------------------

Caller Town::at_his_desk(Index person) const {
  Caller caller;
  caller.ip = people_[person].ip;
  caller.user_agent = people_[person].user_agent;
  return caller;
}

Caller Town::with(const std::optional<Pass>& pass, Index person) const {
  auto caller = at_his_desk(person);
  if (pass) caller.session = pass->session;
  return caller;
}

bool Town::good(const std::optional<Pass>& pass) const { return pass && now_ + minutes(1) < pass->expires_at; }

std::optional<Town::Pass> Town::start_session(Index person, const std::optional<AccountId>& account) {
  Proofs proofs;
  proofs.password_matched = people_[person].credential;
  const auto events = ask(at_his_desk(person), StartSession{people_[person].email, {}, account}, std::move(proofs));
  const auto* started = first<SessionStarted>(events);
  if (!started) return std::nullopt;
  const auto session = started->session;
  const bool signs_out = dice_.chance(0.3);
  const auto minutes_in = std::min(dice_.lognormal(90, 400), 470.0);
  at(signs_out ? now_ + seconds(static_cast<std::int64_t>(minutes_in * 60)) : started->expires_at + seconds(1),
     [this, person, session, signs_out] {
       auto caller = signs_out ? at_his_desk(person) : Caller::clock();
       if (signs_out) caller.session = session;
       ask(std::move(caller), EndSession{session});
     });
  return Pass{session, now_, started->expires_at};
}

void Town::sign_in(Index member) {
  const auto& at = members_[member];
  if (!at.active) return;
  const auto pass = start_session(at.person, accounts_[at.account].id);
  members_[member].pass = pass;
}

Caller Town::signed_in(Index member) {
  if (!good(members_[member].pass)) sign_in(member);
  return with(members_[member].pass, members_[member].person);
}

Caller Town::signed_in_freshly(Index member) {
  const auto& pass = members_[member].pass;
  if (!good(pass) || pass->began + sign_in_fresh <= now_ + minutes(1)) sign_in(member);
  return with(members_[member].pass, members_[member].person);
}

Caller Town::signed_in_everywhere(Index person) {
  if (!good(people_[person].pass)) people_[person].pass = start_session(person, std::nullopt);
  return with(people_[person].pass, person);
}

void Town::fail_to_sign_in(Index member) {
  constexpr auto minute = minutes(1).micros;
  const auto& person = people_[members_[member].person];
  if (person.id) ask(Caller::clock(), RecordFailedSignIns{*person.id, Time{now_.micros / minute * minute}, 2});
}

// ---- Town: accounts and invitations -------------------------------------------------------------------------------

void Town::open(Index account) {
  const auto& opening = accounts_[account];
  const auto owner = opening.owner;
  const auto events =
      ask(staff(), OpenAccount{NewAccountId::parse(opening.id.str()).value(), opening.name, people_[owner].email,
                               people_[owner].name, opening.seat_limit, std::nullopt});
  const auto* link = first<SetupLinkIssued>(events);
  if (!link) return;
  Proofs proofs;
  proofs.link = LinkProof{LinkKind::setup, link->person.bytes, link->attempt};
  proofs.new_verifier = demo_verifier;
  ask(at_his_desk(owner), CompleteSetup{{}, true, Secret{std::string{demo_password}}, std::nullopt}, std::move(proofs));
}

std::optional<Town::Index> Town::invite(Index account, Index person, MemberKind kind, bool admin) {
  const auto& in = accounts_[account];
  // Who has no licence left buys some.
  if (kind == MemberKind::standard && in.seats_used == in.seat_limit)
    ask(staff(), ChangeSeatLimit{in.id, in.seat_limit + 1 + in.seat_limit / 5});
  Command command = InvitePartner{in.id, people_[person].email, admin, std::nullopt, std::nullopt};
  if (kind == MemberKind::standard) {
    const auto& name = people_[person].name;
    command = InviteUser{in.id, people_[person].email, name.substr(0, name.find(' ')), admin};
  }
  const auto events = ask(signed_in(in_charge(account)), command);
  const auto* mail = first<InvitationMailQueued>(events);
  if (!mail) return std::nullopt;
  const auto index = static_cast<Index>(invitations_.size());
  invitations_.push_back({account, person, mail->invitation, mail->attempt, mail->expires_at, true});
  at(mail->expires_at + seconds(1), [this, index] { expire(index); });
  return index;
}

void Town::accept(Index invitation) {
  const auto& offer = invitations_[invitation];
  if (!offer.open) return;
  const auto person = offer.person;
  const bool known = people_[person].credential.has_value();
  Proofs proofs;
  proofs.link = LinkProof{LinkKind::invitation, offer.id.bytes, offer.attempt};
  if (!known) proofs.new_verifier = demo_verifier;
  AcceptInvite command{{}, true, std::nullopt, std::nullopt};
  if (!known) {
    command.password = Secret{std::string{demo_password}};
    command.display_name = people_[person].name;
  }
  auto caller = known ? signed_in_everywhere(person) : at_his_desk(person);
  if (ask(std::move(caller), std::move(command), std::move(proofs))) invitations_[invitation].open = false;
}

void Town::decline(Index invitation) {
  auto& offer = invitations_[invitation];
  if (!offer.open) return;
  Proofs proofs;
  proofs.link = LinkProof{LinkKind::invitation, offer.id.bytes, offer.attempt};
  if (ask(at_his_desk(offer.person), DeclineInvitation{}, std::move(proofs))) offer.open = false;
}

void Town::resend(Index invitation) {
  auto& offer = invitations_[invitation];
  if (!offer.open) return;
  const auto events = ask(signed_in(in_charge(offer.account)), ResendInvitation{accounts_[offer.account].id, offer.id});
  const auto* mail = first<InvitationMailQueued>(events);
  if (!mail) return;
  offer.attempt = mail->attempt;
  offer.expires_at = mail->expires_at;
  at(mail->expires_at + seconds(1), [this, invitation] { expire(invitation); });
}

void Town::revoke(Index invitation) {
  auto& offer = invitations_[invitation];
  if (!offer.open) return;
  if (ask(signed_in(in_charge(offer.account)), RevokeInvitation{accounts_[offer.account].id, offer.id}))
    offer.open = false;
}

void Town::expire(Index invitation) {
  auto& offer = invitations_[invitation];
  if (!offer.open || now_ < offer.expires_at) return;  // answered, or sent again
  ask(Caller::clock(), ExpireInvitation{accounts_[offer.account].id, offer.id});
  offer.open = false;
  accounts_[offer.account].lapsed = invitation;
}

std::optional<Town::Index> Town::join(Index account, Index person, MemberKind kind, bool admin) {
  const auto invitation = invite(account, person, kind, admin);
  if (!invitation) return std::nullopt;
  accept(*invitation);
  return live_membership(account, person);
}

void Town::add_to_sales(Index member) {
  const auto account = members_[member].account;
  ask(signed_in(in_charge(account)), AddToGroup{accounts_[account].id, members_[member].id, Group::sales_rep});
}

void Town::label(Index member, std::string text) {
  ask(signed_in(member), ConfigureAccount{accounts_[members_[member].account].id, std::move(text)});
}

// ---- Town: records ------------------------------------------------------------------------------------------------

RecordId Town::record(RecordKind kind, std::uint32_t number) {
  return RecordId::parse(fmt::format("{}-{:06}", name_of(kind), number)).value();
}

void Town::import(Index account, std::optional<Index> owner, RecordKind kind, std::size_t records,
                  RecordStatus status) {
  auto& in = accounts_[account];
  auto& made = in.made[static_cast<std::size_t>(kind)];
  while (records > 0) {
    const auto now = std::min(records, records_per_command_max);
    ImportRecords command{in.id, kind, {}, std::nullopt, status};
    if (owner) command.owner = members_[*owner].id;
    for (std::size_t i = 0; i < now; ++i) {
      command.records.push_back(record(kind, ++made));
      if (kind == RecordKind::task && status == RecordStatus::open) in.open_tasks.push_back(made);
    }
    ask(crm(), std::move(command));
    records -= now;
  }
}

void Town::register_record(Index account, RecordKind kind) {
  auto& in = accounts_[account];
  const auto owner =
      any_member(account, [&](const Member& member) { return kind != RecordKind::lead || member.sales_rep; });
  const auto number = ++in.made[static_cast<std::size_t>(kind)];
  RegisterRecord command{in.id, kind, record(kind, number), std::nullopt};
  auto caller = crm();
  if (owner) {
    command.owner = members_[*owner].id;
    if (good(members_[*owner].pass)) caller = signed_in(*owner);
  }
  if (ask(std::move(caller), std::move(command)) && kind == RecordKind::task) in.open_tasks.push_back(number);
}

void Town::assign_contact(Index account) {
  const auto& in = accounts_[account];
  const auto to = any_member(account);
  const auto contacts = in.made[static_cast<std::size_t>(RecordKind::contact)];
  if (!to || contacts == 0) return;
  const auto number = static_cast<std::uint32_t>(1 + dice_.below(contacts));
  auto caller = dice_.chance(0.5) ? crm() : signed_in(in_charge(account));
  ask(std::move(caller),
      AssignRecord{in.id, RecordKind::contact, record(RecordKind::contact, number), members_[*to].id});
}

void Town::complete_task(Index account) {
  auto& in = accounts_[account];
  if (in.open_tasks.empty()) return;
  std::swap(in.open_tasks[dice_.below(in.open_tasks.size())], in.open_tasks.back());
  const auto number = in.open_tasks.back();
  in.open_tasks.pop_back();
  auto caller = dice_.chance(0.5) ? crm() : signed_in(in_charge(account));
  ask(std::move(caller), CompleteTask{in.id, record(RecordKind::task, number)});
}

void Town::add_note(Index account) {
  auto& in = accounts_[account];
  const auto author = any_member(account);
  if (!author) return;
  const auto number = ++in.made[static_cast<std::size_t>(RecordKind::note)];
  ask(signed_in(*author), AddNote{in.id, record(RecordKind::note, number), std::nullopt});
}

// ---- Town: reassignment and endings -------------------------------------------------------------------------------

std::vector<KindPlan> Town::plan_for(Index member, std::initializer_list<RecordKind> kinds) {
  std::vector<KindPlan> plan;
  auto held = members_[member].open;
  for (const auto kind : kinds) {
    const auto records = count_of(held, kind);
    if (records == 0) continue;
    std::vector<Allocation> allocations;
    for (const auto other : accounts_[members_[member].account].members) {
      const auto& to = members_[other];
      if (other == member || !to.active || to.kind == MemberKind::partner) continue;
      if (kind == RecordKind::lead && !to.sales_rep) continue;
      allocations.push_back({to.id, 1});
      if (allocations.size() == targets_max) break;
    }
    if (allocations.empty()) {
      plan.push_back({kind, ReassignmentMode::unassign, {}});
    } else if (dice_.chance(0.2)) {
      const auto gets = quotas(ReassignmentMode::ratio, records, allocations);
      for (std::size_t i = 0; i < gets.size(); ++i) allocations[i].share = static_cast<std::uint32_t>(gets[i]);
      plan.push_back({kind, ReassignmentMode::hardcoded, std::move(allocations)});
    } else {
      plan.push_back({kind, ReassignmentMode::ratio, std::move(allocations)});
    }
  }
  return plan;
}

void Town::work() {
  while (loader_.has_work()) keep_books(loader_.work(now_, fresh_seed()));
}

void Town::hand_on_contacts(Index member) {
  const auto& from = members_[member];
  auto plan = plan_for(member, {RecordKind::contact});
  if (plan.empty()) return;
  ask(signed_in(in_charge(from.account, member)),
      ReassignRecords{accounts_[from.account].id, from.id, from.open, std::nullopt, std::move(plan)});
  work();
}

void Town::deactivate(Index member, std::optional<std::string> reason) {
  const auto& ending = members_[member];
  DeactivateUser command{accounts_[ending.account].id,
                         ending.id,
                         ending.open,
                         std::nullopt,
                         plan_for(member, {RecordKind::contact, RecordKind::lead, RecordKind::task}),
                         true};
  ask(signed_in_freshly(in_charge(ending.account, member)), std::move(command), {}, std::move(reason));
  work();
}

void Town::leave(Index member) {
  ask(signed_in_freshly(member), LeaveAccount{accounts_[members_[member].account].id, true});
  work();
}

void Town::reactivate(Index member) {
  const auto& back = members_[member];
  ask(signed_in(in_charge(back.account)), ReactivateUser{accounts_[back.account].id, back.id});
}

// ---- Town: mistakes -----------------------------------------------------------------------------------------------

void Town::invite_again(Index member) {
  const auto& known = members_[member];
  ask(signed_in(in_charge(known.account)),
      InvitePartner{accounts_[known.account].id, people_[known.person].email, true, std::nullopt, std::nullopt});
}

void Town::reassign_on_wrong_counts(Index member) {
  const auto& from = members_[member];
  auto basis = from.open;
  ++basis.contacts;
  ask(signed_in(in_charge(from.account, member)),
      ReassignRecords{accounts_[from.account].id, from.id, basis, std::nullopt,
                      plan_for(member, {RecordKind::contact})});
}

void Town::invite_without_right(Index member) {
  const auto& account = accounts_[members_[member].account];
  ask(signed_in(member), InviteUser{account.id, "friend@" + account.id.str() + ".example", "Friend", true});
}

void Town::accept_too_late(Index account) {
  const auto& lapsed = accounts_[account].lapsed;
  if (!lapsed) return;
  const auto& offer = invitations_[*lapsed];
  Proofs proofs;
  proofs.link = LinkProof{LinkKind::invitation, offer.id.bytes, offer.attempt};
  ask(at_his_desk(offer.person), AcceptInvite{{}, true, std::nullopt, std::nullopt}, std::move(proofs));
}

}  // namespace rollcall::tools
