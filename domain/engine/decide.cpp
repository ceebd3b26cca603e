#include "domain/engine/decide.hpp"

#include <algorithm>

#include "domain/engine/deciding.hpp"
#include "events/match.hpp"

namespace rollcall {
namespace {

// A command that can be about the caller's own says when it is.
template <class C>
concept KnowsOwn = requires(const Deciding& deciding, const C& command) { is_own(deciding, command); };

template <class C>
std::string_view right_area(const C& command) {
  if constexpr (requires { command.kind; })
    return name_of(command.kind);
  else
    return {};
}

template <class C>
std::optional<AccountId> account_of(const C& command) {
  if constexpr (requires { AccountId{command.account}; })
    return command.account;
  else
    return std::nullopt;
}

bool nobody(const Context& context) {
  return context.caller.kind == ActorKind::person && !context.caller.session && !context.proofs.link;
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
  if (!among(C::refusals) && !among(common_refusals))
    throw std::logic_error(std::string{C::name} + " does not say that it can be refused with " +
                           std::string{decision.error().name()});
}

template <class C>
Decided judge(const State& state, const Context& context, const C& command) {
  constexpr Rule rule = C::rule;
  static_assert(rule.about != About::undeclared, "a command says what it is about");
  static_assert(rule.own == KnowsOwn<C>, "who may do it to their own needs is_own, and the other way round");
  const auto no = [&](Code code, const std::optional<PersonId>& person) {
    return Decided{unexpected(rejected(code)), person, context.ids};
  };

  const auto& caller = context.caller;
  if (context.reason && context.reason->size() > reason_bytes_max) return no(Code::reason_too_long, caller.person);
  const auto account = account_of(command);
  auto who = standing_of(state, caller, context.proofs, context.now, rule.about, account);
  if (!who) return Decided{unexpected(who.error().rejection), who.error().person, context.ids};
  Deciding deciding{state, context, std::move(*who)};
  const auto decided = [&](Decision decision) {
    check_refusal<C>(decision);
    return Decided{std::move(decision), deciding.person_asking(), deciding.ids()};
  };
  if (caller.on_behalf_of && blank(context.reason)) return no(Code::reason_required, deciding.person_asking());

  bool own = false;
  if constexpr (KnowsOwn<C>) own = is_own(deciding, command);
  if (!allows(rule, deciding.who, own, right_area(command))) {
    if (rule.parties.includes(Party::link_holder)) return no(Code::invitation_not_found, deciding.person_asking());
    return no(nobody(context) ? Code::not_authenticated : Code::not_authorized, deciding.person_asking());
  }
  // Signing in does not tell strangers which accounts there are.
  if constexpr (!std::same_as<C, OpenAccount> && !std::same_as<C, StartSession>)
    if (account && !state.find<AccountRow>(AccountRow::key(*account)))
      return Decided{unexpected(not_there("account", *account)), deciding.person_asking(), context.ids};
  // What came as JSON was held against its bounds already; nobody else gets past them either.
  if (const auto field = out_of_bounds(command); !field.empty())
    return decided(unexpected(rejected(Code::invalid_value, {detail("field", std::string{field})})));
  return decided(decide_on(deciding, command));
}

}  // namespace

Decided decide(const State& state, const Context& context, const Command& command) {
  return match(command, [&](const auto& c) { return judge(state, context, c); });
}

std::optional<AccountId> account_named(const Command& command) {
  return match(command, [](const auto& c) { return account_of(c); });
}

Code code_named(std::string_view name) {
  for (const auto& meaning : code_meanings)
    if (meaning.name == name) return meaning.code;
  throw std::out_of_range("no rejection is called " + std::string{name});
}

bool good_password(std::string_view password) { return password.size() >= 10 && password.size() <= 256; }

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

void revoke_sessions(const Deciding& deciding, const AccountId& account, const MembershipId& id,
                     const MembershipRow& member, Facts& facts) {
  const bool last = deciding.person(member.person).active_memberships <= 1;
  SessionsRevoked revoked{member.person, id, {}};
  const auto flush = [&] {
    if (!revoked.sessions.empty())
      facts.push_back({Scope::of(account), std::exchange(revoked, {member.person, id, {}})});
  };
  deciding.state.scan(SessionOfRow::all(member.person), {}, [&](std::string_view rest) {
    const auto session = id_at_end<SessionTag>(rest);
    const auto row = deciding.state.get<SessionRow>(SessionRow::key(session));
    if (row.account == account || (!row.account && last)) revoked.sessions.push_back(session);
    if (revoked.sessions.size() == sessions_per_event_max) flush();
    return true;
  });
  flush();
}

void register_person(Deciding& deciding, const PersonId& id, const std::optional<Typed<1, 200>>& name, Facts& facts) {
  const auto scope = Scope::of(id);
  const auto person = deciding.person(id);
  std::optional<Personal> sealed_name;
  if (name) sealed_name = Personal(person.key_number, name->value);
  facts.push_back({scope, IdentityRegistered{id, std::move(sealed_name)}});
  facts.push_back(terms_accepted(id));
  const Verifier verifier{Personal(deciding.next_key(), deciding.context.proofs.new_verifier.value())};
  facts.push_back({scope, PasswordSet{id, deciding.fresh<CredentialId>(), verifier}});
}

Fact terms_accepted(const PersonId& person) {
  return {Scope::of(person), TermsAccepted{person, std::string{terms_in_force}}};
}

}  // namespace rollcall
