#include "domain/engine/decide.hpp"

#include <algorithm>

#include "domain/engine/deciding.hpp"
#include "events/match.hpp"

namespace rollcall {
namespace {

// ---- what a rule's `own` and `right` mean for a command -----------------------------------------------------------

template <class C>
bool is_own(const Deciding&, const C&) {
  return false;
}
bool is_own(const Deciding& d, const RegisterRecord& c) {
  return d.who.membership && (!c.owner || c.owner == d.who.membership);
}
bool owns_task(const Deciding& d, const AccountId& account, const RecordId& record) {
  const auto row = d.state.find<RecordRow>(RecordRow::key(account, RecordKind::task, record));
  return row && d.who.membership && row->owner == d.who.membership;
}
bool is_own(const Deciding& d, const CompleteTask& c) { return owns_task(d, c.account, c.record); }
bool is_own(const Deciding& d, const ReopenTask& c) { return owns_task(d, c.account, c.record); }
bool is_own(const Deciding& d, const AddNote& c) {
  return d.who.membership && (!c.author || c.author == d.who.membership);
}
bool is_own(const Deciding& d, const EndSession& c) {
  if (!d.who.person) return false;
  const auto id = c.session ? c.session : d.context.caller.session;
  const auto session = id ? d.state.find<SessionRow>(SessionRow::key(*id)) : std::nullopt;
  return session && session->person == *d.who.person;
}

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

template <class C>
Decision judge(const State& state, Context& context, const C& command) {
  constexpr auto rule = rule_of(C::name);
  const auto no = [](Code code) -> Decision { return unexpected(rejected(code)); };

  if (context.reason && context.reason->size() > reason_bytes_max) return no(Code::reason_too_long);
  const auto account = account_of(command);
  auto who = standing_of(state, context.caller, context.proofs, context.now, account);
  if (!who) return unexpected(who.error());
  if (context.caller.session) context.caller.person = who->person;
  if (context.caller.on_behalf_of && blank(context.reason)) return no(Code::reason_required);

  Deciding deciding{state, context, std::move(*who)};
  if (!allows(rule, deciding.who, is_own(deciding, command), right_area(command))) {
    if (rule.parties.includes(Party::link_holder)) return no(Code::invitation_not_found);
    return no(nobody(context) ? Code::not_authenticated : Code::not_authorized);
  }
  // Signing in does not tell strangers which accounts there are.
  if constexpr (!std::same_as<C, OpenAccount> && !std::same_as<C, StartSession>)
    if (account && !state.find<AccountRow>(AccountRow::key(*account))) return no(Code::not_found);
  return decide_on(deciding, command);
}

}  // namespace

Decision decide(const State& state, Context& context, const Command& command) {
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

bool good_text(std::string_view text, std::size_t bytes) {
  return !text.empty() && text.size() <= bytes &&
         std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
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

void register_person(Deciding& deciding, const PersonId& id, const std::optional<std::string>& name, Facts& facts) {
  const auto scope = Scope::of(id);
  const auto person = deciding.person(id);
  std::optional<Personal> sealed_name;
  if (name) sealed_name = Personal(person.key_number, *name);
  facts.push_back({scope, IdentityRegistered{id, std::move(sealed_name)}});
  facts.push_back(terms_accepted(id));
  const Verifier verifier{Personal(deciding.next_key(), deciding.context.proofs.new_verifier.value())};
  facts.push_back({scope, PasswordSet{id, deciding.fresh<CredentialId>(), verifier}});
}

Fact terms_accepted(const PersonId& person) {
  return {Scope::of(person), TermsAccepted{person, std::string{terms_in_force}}};
}

}  // namespace rollcall
