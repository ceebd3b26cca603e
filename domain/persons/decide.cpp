// The first password, signing in and out.
#include "domain/engine/deciding.hpp"

namespace rollcall {

Decision decide_on(Deciding& d, const CompleteSetup& c) {
  const auto& link = *d.context.proofs.link;
  const PersonId id{link.id};
  const auto person = d.state.find<PersonRow>(PersonRow::key(id));
  if (link.kind != LinkKind::setup || !person || !person->setup)
    return unexpected(rejected(Code::invitation_not_found));
  d.it_is(id);
  if (person->setup->used || person->registered) return unexpected(rejected(Code::setup_link_used));
  if (person->setup->attempt != link.attempt || person->setup->expires_at <= d.now())
    return unexpected(rejected(Code::setup_link_expired));
  if (!c.accept_terms) return unexpected(rejected(Code::terms_not_accepted));
  if (!good_password(c.password.value) || !d.context.proofs.new_verifier)
    return unexpected(rejected(Code::weak_password));
  Facts facts;
  register_person(d, id, c.display_name, facts);
  return facts;
}

Decision decide_on(Deciding& d, const StartSession& c) {
  const auto wrong = unexpected(rejected(Code::bad_credentials));
  const auto address = normalise_address(c.email);
  const auto id = address ? d.state.person_with(*address) : std::nullopt;
  if (!id) return wrong;
  // The password was compared at the edge, with the credential of that moment; it must still be the one.
  const auto person = d.person(*id);
  if (!person.credential || d.context.proofs.password_matched != person.credential->id) return wrong;
  d.it_is(*id);

  Scope scope = Scope::of(*id);
  std::optional<MembershipId> membership;
  if (c.account) {
    membership = d.state.place(*c.account, *id).live;
    if (!membership) return unexpected(rejected(Code::not_active));
    if (!gives_access(d.state.get<MembershipRow>(MembershipRow::key(*membership)), d.now()))
      return unexpected(rejected(Code::not_active));
    scope = Scope::of(*c.account);
  }
  return Facts{{scope, SessionStarted{d.fresh<SessionId>(), *id, membership, d.now() + session_life}}};
}

bool is_own(const Deciding& d, const EndSession& c) {
  if (!d.who.person) return false;
  const auto& in = d.context.caller.session;
  const auto id = c.session ? c.session : in;
  const auto session = id ? d.state.find<SessionRow>(SessionRow::key(*id)) : std::nullopt;
  if (!session || session->person != *d.who.person) return false;
  // A session for one account ends itself and no other.
  const auto asking = in ? d.state.find<SessionRow>(SessionRow::key(*in)) : std::nullopt;
  return !asking || !asking->account || id == in;
}

Decision decide_on(Deciding& d, const EndSession& c) {
  const auto id = c.session ? c.session : d.context.caller.session;
  const auto session = id ? d.state.find<SessionRow>(SessionRow::key(*id)) : std::nullopt;
  if (!session && id) return unexpected(not_there("session", *id));
  if (!session) return unexpected(rejected(Code::not_found));
  auto cause = SessionEndCause::signed_out;
  if (d.context.caller.kind == ActorKind::system) {
    if (d.now() < session->expires_at) return unexpected(rejected(Code::not_due));
    cause = SessionEndCause::expired;
  } else if (d.context.caller.kind == ActorKind::operator_ && !d.context.caller.on_behalf_of) {
    cause = SessionEndCause::ended_by_operator;
  }
  const auto scope = session->account ? Scope::of(*session->account) : Scope::of(session->person);
  return Facts{{scope, SessionEnded{*id, session->person, session->membership, cause}}};
}

Decision decide_on(Deciding& d, const RecordFailedSignIns& c) {
  if (!d.state.find<PersonRow>(PersonRow::key(c.person))) return unexpected(not_there("person", c.person));
  if (c.count == 0) return Facts{};
  return Facts{{Scope::of(c.person), SignInsFailed{c.person, c.minute, c.count}}};
}

Decision decide_on(Deciding& d, const RecordRefusals& c) {
  if (!d.state.find<PersonRow>(PersonRow::key(c.person))) return unexpected(not_there("person", c.person));
  if (c.count == 0) return Facts{};
  return Facts{{Scope::of(c.person), RefusalsCounted{c.person, c.minute, c.count}}};
}

}  // namespace rollcall
