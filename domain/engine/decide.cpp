#include "domain/engine/decide.hpp"

#include <algorithm>
#include <concepts>
#include <map>

#include "domain/engine/deciding.hpp"
#include "events/match.hpp"
#include "events/utf8.hpp"

namespace rollcall {
namespace {

// A command that can be about the caller's own says when it is; one that can be about a member's, whose it is.
template <class C>
concept KnowsOwner = requires(const Deciding& deciding, const C& command) { owner_of(deciding, command); };
template <class C>
concept KnowsOwn = KnowsOwner<C> || requires(const Deciding& deciding, const C& command) { is_own(deciding, command); };

// A command about a record that may be shared with the caller says of which kind it is.
template <class C>
concept AboutShared = requires(const C& command) {
  { kind_of_shared(command) } -> std::same_as<RecordKind>;
};

// The action a command takes: a rule may leave open on which kind of record.
template <class C>
Action action_of(const C& command) {
  if constexpr (C::rule.by_kind)
    return of_kind(C::rule.action, command.kind);
  else
    return C::rule.action;
}

template <class C>
std::optional<AccountId> account_of(const C& command) {
  if constexpr (requires { AccountId{command.account}; })
    return command.account;
  else if constexpr (requires { command.account.str(); })  // of one that is to be opened
    return AccountId::parse(command.account.str());
  else
    return std::nullopt;
}

bool nobody(const Context& context) {
  const auto& caller = context.caller;
  return caller.kind == ActorKind::person && !caller.session && !context.proofs.link;
}

bool blank(const std::optional<std::string>& reason) {
  return !reason || reason->find_first_not_of(" \t\r\n") == std::string::npos;
}

// A decider that refuses in a way nobody was told of has broken the contract.
template <class C>
void check_refusal(const Decision& decision) {
  if (decision) return;
  const auto code = decision.error().code;
  const auto among = [&](const auto& codes) { return std::find(codes.begin(), codes.end(), code) != codes.end(); };
  if (C::rule.fresh && code == Code::fresh_sign_in_required) return;
  if (!among(C::refusals) && !among(common_refusals))
    throw std::logic_error(std::string{C::name} + " does not say that it can be refused with " +
                           std::string{decision.error().name()});
}

template <class C>
Decided judge(const State& state, const Context& context, const C& command) {
  constexpr Rule rule = C::rule;
  static_assert(rule.action != Action::undeclared, "a command says what it takes to have it done");
  static_assert(rule.own == KnowsOwn<C>, "who may do it to their own needs is_own, and the other way round");
  const auto no = [&](Code code, const std::optional<PersonId>& person) {
    return Decided{unexpected(rejected(code)), person, context.ids};
  };

  const auto& caller = context.caller;
  if (context.reason && context.reason->size() > reason_bytes_max) return no(Code::reason_too_long, caller.person);
  const auto account = account_of(command);
  auto who = standing_of(state, caller, context.proofs, context.now, rule.about(), account);
  if (!who) return Decided{unexpected(who.error().rejection), who.error().person, context.ids};
  Deciding deciding{state, context, std::move(*who)};
  const auto decided = [&](Decision decision) {
    check_refusal<C>(decision);
    return Decided{std::move(decision), deciding.person_asking(), deciding.ids()};
  };
  if (caller.on_behalf_of && blank(context.reason)) return no(Code::reason_required, deciding.person_asking());

  auto reach = meaning_of(rule.action).own ? Reach::own : Reach::all;
  if constexpr (KnowsOwner<C>)
    reach = reach_over(state, deciding.who, owner_of(deciding, command));
  else if constexpr (KnowsOwn<C>)
    reach = is_own(deciding, command) ? Reach::own : Reach::all;
  if constexpr (AboutShared<C>)
    if (is_shared_with(state, deciding.who, kind_of_shared(command), command.record)) reach = Reach::own;
  if (!deciding.who.may(action_of(command), reach)) {
    if (deciding.who.barred) return no(*deciding.who.barred, deciding.person_asking());
    // No key follows a link in somebody's name.
    const bool by_key = caller.key && caller.kind != ActorKind::operator_;
    if (rule.is_held_by(Source::link) && !by_key) return no(Code::invitation_not_found, deciding.person_asking());
    return no(nobody(context) ? Code::not_authenticated : Code::not_authorized, deciding.person_asking());
  }
  // Signing in does not tell strangers which accounts there are.
  if constexpr (!std::same_as<C, OpenAccount> && !std::same_as<C, StartSession>)
    if (account && !state.find<AccountRow>(AccountRow::key(*account)))
      return Decided{unexpected(not_there("account", *account)), deciding.person_asking(), context.ids};
  if constexpr (rule.fresh)
    if (const auto& since = deciding.who.confirmed_at; since && *since + sign_in_fresh <= context.now)
      return decided(unexpected(rejected(Code::fresh_sign_in_required)));
  // What came as JSON was held against its bounds already; nobody else gets past them either.
  if (const auto field = out_of_bounds(command); !field.empty())
    return decided(unexpected(rejected(Code::invalid_value, {detail("field", std::string{field})})));
  return decided(decide_on(deciding, command));
}

}  // namespace

Decided decide(const State& state, const Context& context, const Command& command) {
  return match(command, [&](const auto& c) { return judge(state, context, c); });
}

std::optional<Rejection> refuse_repeat(const State& state, const Context& context, const Command& command) {
  return match(command, [&]<class C>(const C& c) -> std::optional<Rejection> {
    // What ends the caller's own standing is answered all the same: they are who did it.
    constexpr auto action = C::rule.action;
    constexpr bool ends_own = action == Action::session_end || action == Action::session_end_all ||
                              action == Action::account_leave || action == Action::account_transfer;
    if constexpr (ends_own) return std::nullopt;
    const auto who = standing_of(state, context.caller, context.proofs, context.now, C::rule.about(), account_of(c));
    if (!who) return who.error().rejection;
    if (reach_of(who->held, action_of(c))) return std::nullopt;
    return rejected(who->barred.value_or(nobody(context) ? Code::not_authenticated : Code::not_authorized));
  });
}

std::optional<AccountId> account_named(const Command& command) {
  return match(command, [](const auto& c) { return account_of(c); });
}

Code code_named(std::string_view name) {
  for (const auto& meaning : code_meanings)
    if (meaning.name == name) return meaning.code;
  throw std::out_of_range("no rejection is called " + std::string{name});
}

bool good_length(std::string_view password) {
  const auto letters = utf8::letters(password);
  return letters >= 10 && letters <= 256;
}

// ---- questions of more than one decider ---------------------------------------------------------------------------

std::optional<MembershipRow> Deciding::member(const AccountId& account, const MembershipId& id) const {
  auto row = state.find<MembershipRow>(MembershipRow::key(id));
  if (row && row->account != account) row.reset();
  return row;
}

std::optional<InvitationRow> Deciding::invitation(const AccountId& account, const InvitationId& id) const {
  auto row = state.find<InvitationRow>(InvitationRow::key(id));
  if (row && row->account != account) row.reset();
  return row;
}

Expected<Addressee, Rejection> addressee(Deciding& deciding, std::string_view typed_address) {
  auto address = normalise_address(typed_address);
  if (!address) return unexpected(rejected(Code::invalid_email));
  if (const auto known = deciding.state.person_with(*address)) {
    auto person = deciding.person(*known);
    return Addressee{*known, std::move(person.email), false, person.registered};
  }
  const auto person = deciding.fresh<PersonId>();
  return Addressee{person, Personal(deciding.next_key(), std::move(*address)), true, false};
}

std::optional<Rejection> refuse_owner(const Deciding& deciding, const AccountId& account, const MembershipId& id,
                                      RecordKind kind) {
  const auto named = [&](Code code) { return rejected(code, {detail("user", id.text())}); };
  const auto member = deciding.member(account, id);
  if (!member) return named(Code::target_other_account);
  if (!gives_access(*member, deciding.now())) return named(Code::target_not_active);
  if (member->reassigning) return named(Code::reassignment_in_progress);
  if (kind == RecordKind::lead && !member->sales_rep) return named(Code::target_cannot_own_leads);
  return std::nullopt;
}

std::optional<Rejection> refuse_handing_on(const Deciding& deciding, const AccountId& account, ActionSet actions,
                                           Code code) {
  const auto& who = deciding.who;
  if (!who.member || who.member->account != account) return std::nullopt;
  std::vector<Held> held;
  hold_as_member(held, rights_of(deciding.state, *who.membership, *who.member));
  ActionSet all;
  for (const auto& one : held) all = all | one.rights.all;
  const auto missing = permissions_for(actions - all);
  if (missing.empty()) return std::nullopt;
  return rejected(code, {detail("permission", missing.front().str())});
}

namespace {

// One event names so many sessions at most.
class Revoking {
 public:
  explicit Revoking(Facts& facts) : facts_(facts) {}
  ~Revoking() = default;
  Revoking(const Revoking&) = delete;
  Revoking& operator=(const Revoking&) = delete;

  void add(const Scope& scope, const PersonId& person, const std::optional<MembershipId>& membership,
           const SessionId& session) {
    auto& fact = open_[scope.text()];
    if (!fact) {
      fact = facts_.size();
      facts_.push_back({scope, SessionsRevoked{person, membership, {}}});
    }
    auto& sessions = get<SessionsRevoked>(facts_[*fact].event).sessions;
    sessions.push_back(session);
    if (sessions.size() == sessions_per_event_max) fact.reset();
  }

 private:
  Facts& facts_;
  std::map<std::string, std::optional<std::size_t>> open_;  // by scope: which fact is not full yet
};

void each_session(const Deciding& deciding, const PersonId& person, auto&& visit) {
  deciding.state.scan(SessionOfRow::all(person), {}, [&](std::string_view rest) {
    const auto session = id_at_end<SessionTag>(rest);
    visit(session, deciding.state.get<SessionRow>(SessionRow::key(session)));
    return true;
  });
}

}  // namespace

void revoke_sessions(const Deciding& deciding, const AccountId& account, const MembershipId& id, const PersonId& person,
                     bool wide, Facts& facts) {
  Revoking revoking(facts);
  each_session(deciding, person, [&](const SessionId& session, const SessionRow& row) {
    if (row.account == account || (!row.account && wide)) revoking.add(Scope::of(account), person, id, session);
  });
}

void put_out(const Deciding& deciding, const AccountId& account, const MembershipId& id, const MembershipRow& member,
             Facts& facts) {
  const bool last = deciding.person(member.person).active_memberships <= 1;
  revoke_sessions(deciding, account, id, member.person, last, facts);
  AccessKeysRevoked revoked{member.person, id, {}};
  deciding.state.scan(AccessKeyOfRow::all(member.person), {}, [&](std::string_view rest) {
    const auto key = id_at_end<AccessKeyTag>(rest);
    const auto row = deciding.state.get<AccessKeyRow>(AccessKeyRow::key(key));
    if (row.account == account || (!row.account && last)) revoked.keys.push_back(key);
    return true;
  });
  if (!revoked.keys.empty()) facts.push_back({Scope::of(account), std::move(revoked)});
}

void revoke_all_sessions(const Deciding& deciding, const PersonId& person, const std::optional<SessionId>& kept,
                         Facts& facts) {
  Revoking revoking(facts);
  each_session(deciding, person, [&](const SessionId& session, const SessionRow& row) {
    if (session == kept) return;
    revoking.add(row.account ? Scope::of(*row.account) : Scope::of(person), person, row.membership, session);
  });
}

std::optional<Rejection> refuse_password(const Deciding& deciding, const Secret& password) {
  const auto weak = [](std::string why) { return rejected(Code::weak_password, {detail("reason", std::move(why))}); };
  if (!good_length(password.value)) return weak("length");
  if (deciding.context.proofs.guessable) return weak("guessable");
  if (!deciding.context.proofs.new_verifier) return rejected(Code::weak_password);
  return std::nullopt;
}

Fact password_set(Deciding& deciding, const PersonId& person, PasswordOccasion occasion) {
  Verifier verifier{Personal(deciding.next_key(), deciding.context.proofs.new_verifier.value())};
  return {Scope::of(person), PasswordSet{person, deciding.fresh<CredentialId>(), std::move(verifier), occasion}};
}

void register_person(Deciding& deciding, const PersonId& id, const std::optional<Typed<1, 200>>& name, Facts& facts) {
  const auto scope = Scope::of(id);
  const auto person = deciding.person(id);
  std::optional<Personal> sealed_name;
  if (name) sealed_name = Personal(person.key_number, name->value);
  facts.push_back({scope, IdentityRegistered{id, std::move(sealed_name)}});
  facts.push_back(terms_accepted(id));
  facts.push_back(password_set(deciding, id, PasswordOccasion::first));
}

Fact setup_link(const Deciding& deciding, const PersonId& person, const Personal& email) {
  const auto row = deciding.state.find<PersonRow>(PersonRow::key(person));
  const auto attempt = row && row->setup ? row->setup->attempt + 1 : 1;
  return {Scope::of(person), SetupLinkIssued{person, email, attempt, deciding.now() + setup_link_life}};
}

Fact terms_accepted(const PersonId& person) {
  return {Scope::of(person), TermsAccepted{person, std::string{terms_in_force}}};
}

}  // namespace rollcall
