// The first password, signing in and out.
#include <algorithm>

#include "domain/engine/deciding.hpp"
#include "domain/persons/device.hpp"

namespace rollcall {

namespace {

bool knows_password(const Deciding& d, const PersonRow& person) {
  return person.credential && d.context.proofs.password_matched == person.credential->id;
}

// The first one ever is no news to anybody.
bool is_new_device(const Deciding& d, const PersonId& person) {
  const auto kind = kind_of_device(d.context.caller.user_agent);
  if (d.state.find<DeviceRow>(DeviceRow::key(person, d.state.claim(kind)))) return false;
  bool other = false;
  d.state.scan(DeviceRow::all(person), {}, [&](std::string_view) {
    other = true;
    return false;
  });
  return other;
}

// What the code that was given uses up; nothing when it is not good, or not any more.
std::optional<SecondFactorUsed> code_used(const Deciding& d, const PersonId& id, const SecondFactor& factor) {
  const auto& proofs = d.context.proofs;
  const auto left = static_cast<std::uint32_t>(factor.recovery.size());
  if (proofs.code_step && *proofs.code_step > factor.last_step)
    return SecondFactorUsed{id, factor.id, proofs.code_step, {}, left};
  const auto& all = factor.recovery;
  if (proofs.recovery && std::find(all.begin(), all.end(), *proofs.recovery) != all.end())
    return SecondFactorUsed{id, factor.id, {}, proofs.recovery, left - 1};
  return std::nullopt;
}

}  // namespace

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
  if (auto no = refuse_password(d, c.password)) return unexpected(*no);
  Facts facts;
  register_person(d, id, c.display_name, facts);
  return facts;
}

namespace {

// How long it is until a link of this kind, good for `life`, may be followed by another one.
Duration pause_left(const std::optional<PersonalLink>& link, Duration life, Time now) {
  return link && !link->used ? link->expires_at - life + link_pause - now : Duration{0};
}

}  // namespace

Decision decide_on(Deciding& d, const ResendSetupLink& c) {
  const auto address = normalise_address(c.email);
  if (!address) return unexpected(rejected(Code::invalid_email));
  const auto id = d.state.person_with(*address);
  const auto person = id ? d.person(*id) : PersonRow{};
  if (!person.setup) return unexpected(rejected(Code::not_found));
  if (person.registered) return unexpected(rejected(Code::setup_link_used));
  if (const auto left = pause_left(person.setup, setup_link_life, d.now()); left.micros > 0)
    return unexpected(rejected(Code::resend_too_soon, {detail("seconds_left", whole_seconds(left))}));
  return Facts{setup_link(d, *id, person.email)};
}

// A stranger learns nothing of it: whether there is such a person, or a link went out.
Decision decide_on(Deciding& d, const RequestPasswordReset& c) {
  const auto address = normalise_address(c.email);
  const auto id = address ? d.state.person_with(*address) : std::nullopt;
  if (!id) return Facts{};
  const auto person = d.person(*id);
  const auto may_follow = [&](const std::optional<PersonalLink>& link, Duration life) {
    return pause_left(link, life, d.now()).micros <= 0;
  };
  if (!person.registered) {  // they have no password yet: who can set one up is helped by another link for that
    if (person.setup && may_follow(person.setup, setup_link_life)) return Facts{setup_link(d, *id, person.email)};
    return Facts{};
  }
  if (!may_follow(person.reset, reset_link_life)) return Facts{};
  const auto attempt = person.reset ? person.reset->attempt + 1 : 1;
  return Facts{{Scope::of(*id), ResetLinkIssued{*id, person.email, attempt, d.now() + reset_link_life}}};
}

namespace {

// Whoever knew the password may have made them.
void revoke_all_keys(const Deciding& d, const PersonId& id, Facts& facts) {
  AccessKeysRevoked revoked{id, {}, {}};
  d.state.scan(AccessKeyOfRow::all(id), {}, [&](std::string_view rest) {
    revoked.keys.push_back(id_at_end<AccessKeyTag>(rest));
    return true;
  });
  if (!revoked.keys.empty()) facts.push_back({Scope::of(id), std::move(revoked)});
}

}  // namespace

Decision decide_on(Deciding& d, const ResetPassword& c) {
  const auto& link = *d.context.proofs.link;
  const PersonId id{link.id};
  const auto person = d.state.find<PersonRow>(PersonRow::key(id));
  if (link.kind != LinkKind::reset || !person || !person->reset)
    return unexpected(rejected(Code::invitation_not_found));
  d.it_is(id);
  if (person->reset->attempt != link.attempt || person->reset->expires_at <= d.now())
    return unexpected(rejected(Code::reset_link_expired));
  if (person->reset->used) return unexpected(rejected(Code::reset_link_used));
  if (auto no = refuse_password(d, c.password)) return unexpected(*no);
  Facts facts{password_set(d, id, PasswordOccasion::reset)};
  revoke_all_sessions(d, id, std::nullopt, facts);
  revoke_all_keys(d, id, facts);
  return facts;
}

Decision decide_on(Deciding& d, const CertifyPartner& c) {
  const auto partner = addressee(d, c.email);
  if (!partner) return unexpected(partner.error());
  if (!partner->stranger && d.state.find<CertifiedRow>(CertifiedRow::key(partner->person))) return Facts{};
  return Facts{{Scope::of(partner->person), PartnerCertified{partner->person, partner->email}}};
}

Decision decide_on(Deciding& d, const EndCertification& c) {
  const auto address = normalise_address(c.email);
  const auto id = address ? d.state.person_with(*address) : std::nullopt;
  if (!id || !d.state.find<CertifiedRow>(CertifiedRow::key(*id)))
    return unexpected(rejected(Code::not_a_certified_partner));
  return Facts{{Scope::of(*id), CertificationEnded{*id}}};
}

Decision decide_on(Deciding& d, const DemandPasswordChange& c) {
  const auto address = normalise_address(c.email);
  const auto id = address ? d.state.person_with(*address) : std::nullopt;
  if (!id) return unexpected(rejected(Code::not_found));
  if (d.person(*id).must_change) return Facts{};
  Facts facts{{Scope::of(*id), PasswordChangeDemanded{*id}}};
  revoke_all_sessions(d, *id, std::nullopt, facts);
  revoke_all_keys(d, *id, facts);
  return facts;
}

Decision decide_on(Deciding& d, const ChangeName& c) {
  const auto id = *d.who.person;
  const auto person = d.person(id);
  Personal name(person.key_number, c.display_name.value);
  if (person.name && person.name->clear() && person.name->shown() == name.shown()) return Facts{};
  return Facts{{Scope::of(id), NameChanged{id, std::move(name)}}};
}

Decision decide_on(Deciding& d, const ChangeEmail& c) {
  const auto id = *d.who.person;
  const auto person = d.person(id);
  if (!knows_password(d, person)) return unexpected(rejected(Code::wrong_password));
  const auto address = normalise_address(c.email);
  if (!address) return unexpected(rejected(Code::invalid_email));
  if (person.email.clear() && person.email.shown() == *address) return Facts{};
  if (const auto left = pause_left(person.email_link, email_link_life, d.now()); left.micros > 0)
    return unexpected(rejected(Code::resend_too_soon, {detail("seconds_left", whole_seconds(left))}));
  const auto attempt = person.email_link ? person.email_link->attempt + 1 : 1;
  return Facts{{Scope::of(id),
                EmailChangeRequested{id, Personal(person.key_number, *address), attempt, d.now() + email_link_life}}};
}

Decision decide_on(Deciding& d, const ConfirmEmail&) {
  const auto& link = *d.context.proofs.link;
  const PersonId id{link.id};
  const auto person = d.state.find<PersonRow>(PersonRow::key(id));
  if (link.kind != LinkKind::email || !person || !person->email_link)
    return unexpected(rejected(Code::invitation_not_found));
  d.it_is(id);
  if (person->email_link->attempt != link.attempt || person->email_link->expires_at <= d.now())
    return unexpected(rejected(Code::email_link_expired));
  if (person->email_link->used || !person->new_email || !person->new_email->clear())
    return unexpected(rejected(Code::email_link_used));
  const auto holder = d.state.person_with(person->new_email->shown());
  if (holder && holder != id) return unexpected(rejected(Code::email_in_use));
  Facts facts{{Scope::of(id), EmailReleased{id, person->email}}, {Scope::of(id), EmailChanged{id, *person->new_email}}};
  revoke_all_sessions(d, id, std::nullopt, facts);
  return facts;
}

Decision decide_on(Deciding& d, const ChangePassword& c) {
  const auto person = d.person(*d.who.person);
  if (!knows_password(d, person)) return unexpected(rejected(Code::wrong_password));
  if (c.password == c.present_password)
    return unexpected(rejected(Code::weak_password, {detail("reason", std::string{"unchanged"})}));
  if (auto no = refuse_password(d, c.password)) return unexpected(*no);
  Facts facts{password_set(d, *d.who.person, PasswordOccasion::changed)};
  revoke_all_sessions(d, *d.who.person, d.context.caller.session, facts);
  return facts;
}

Decision decide_on(Deciding& d, const OfferSecondFactor&) {
  if (d.who.barred) return unexpected(rejected(*d.who.barred));  // it would outlive the password
  const auto id = *d.who.person;
  const auto person = d.person(id);
  if (!knows_password(d, person)) return unexpected(rejected(Code::wrong_password));
  if (person.factor) return unexpected(rejected(Code::second_factor_enabled));
  Verifier secret{Personal(d.next_key(), d.context.proofs.new_factor.value())};
  return Facts{{Scope::of(id), SecondFactorOffered{id, d.fresh<CredentialId>(), std::move(secret)}}};
}

Decision decide_on(Deciding& d, const EnableSecondFactor&) {
  if (d.who.barred) return unexpected(rejected(*d.who.barred));  // it would outlive the password
  const auto id = *d.who.person;
  const auto person = d.person(id);
  if (!person.offered) return unexpected(rejected(Code::no_second_factor));
  const auto& step = d.context.proofs.code_step;
  if (!step) return unexpected(rejected(Code::wrong_code));
  Facts facts{{Scope::of(id), SecondFactorEnabled{id, person.offered->id, *step, d.context.proofs.new_recovery}}};
  // In none of the others was a code shown.
  revoke_all_sessions(d, id, d.context.caller.session, facts);
  return facts;
}

Decision decide_on(Deciding& d, const RemoveSecondFactor&) {
  if (d.who.barred) return unexpected(rejected(*d.who.barred));  // it would outlive the password
  const auto id = *d.who.person;
  const auto person = d.person(id);
  if (!knows_password(d, person)) return unexpected(rejected(Code::wrong_password));
  if (!person.factor) return unexpected(rejected(Code::no_second_factor));
  const auto used = code_used(d, id, *person.factor);
  if (!used) return unexpected(rejected(Code::wrong_code));
  return Facts{{Scope::of(id), *used}, {Scope::of(id), SecondFactorRemoved{id, person.factor->id}}};
}

Decision decide_on(Deciding& d, const ResetSecondFactor& c) {
  const auto address = normalise_address(c.email);
  const auto id = address ? d.state.person_with(*address) : std::nullopt;
  if (!id) return unexpected(rejected(Code::not_found));
  const auto person = d.person(*id);
  if (!person.factor) return unexpected(rejected(Code::no_second_factor));
  Facts facts{{Scope::of(*id), SecondFactorRemoved{*id, person.factor->id}}};
  revoke_all_sessions(d, *id, std::nullopt, facts);
  return facts;
}

Decision decide_on(Deciding& d, const StartSession& c) {
  const auto wrong = unexpected(rejected(Code::bad_credentials));
  const auto address = normalise_address(c.email);
  const auto id = address ? d.state.person_with(*address) : std::nullopt;
  if (!id) return wrong;
  // The password was compared at the edge, with the credential of that moment; it must still be the one.
  const auto person = d.person(*id);
  if (!knows_password(d, person)) return wrong;
  // Who is asked for a code has not failed yet.
  if (person.factor && !c.code) return unexpected(rejected(Code::mfa_required));
  d.it_is(*id);
  std::optional<SecondFactorUsed> used;
  if (person.factor) {
    used = code_used(d, *id, *person.factor);
    if (!used) return unexpected(rejected(Code::wrong_code));
  }

  Scope scope = Scope::of(*id);
  std::optional<MembershipId> membership;
  if (c.account) {
    membership = d.state.place(*c.account, *id).live;
    if (!membership) return unexpected(rejected(Code::not_active));
    if (!gives_access(d.state.get<MembershipRow>(MembershipRow::key(*membership)), d.now()))
      return unexpected(rejected(Code::not_active));
    scope = Scope::of(*c.account);
  }
  const auto session = d.fresh<SessionId>();
  Facts facts{{scope, SessionStarted{session, *id, membership, d.now() + session_life}}};
  if (used) facts.push_back({Scope::of(*id), *used});
  if (is_new_device(d, *id)) facts.push_back({Scope::of(*id), NewDeviceSeen{*id, session}});
  if (d.context.proofs.new_verifier) facts.push_back(password_set(d, *id, PasswordOccasion::upgraded));
  return facts;
}

Decision decide_on(Deciding& d, const ConfirmSession& c) {
  const auto id = *d.who.person;
  const auto person = d.person(id);
  if (!knows_password(d, person)) return unexpected(rejected(Code::wrong_password));
  if (person.factor && !c.code) return unexpected(rejected(Code::mfa_required));
  const auto session = *d.context.caller.session;
  const auto row = d.state.get<SessionRow>(SessionRow::key(session));
  const auto scope = row.account ? Scope::of(*row.account) : Scope::of(id);
  Facts facts{{scope, SessionConfirmed{session, id, row.membership}}};
  if (!person.factor) return facts;
  const auto used = code_used(d, id, *person.factor);
  if (!used) return unexpected(rejected(Code::wrong_code));
  facts.push_back({Scope::of(id), *used});
  return facts;
}

Decision decide_on(Deciding& d, const EndIdleSessions& c) {
  Facts facts;
  for (const auto& id : c.sessions) {
    const auto session = d.state.find<SessionRow>(SessionRow::key(id));
    if (!session) continue;  // it ended meanwhile
    const auto scope = session->account ? Scope::of(*session->account) : Scope::of(session->person);
    facts.push_back({scope, SessionEnded{id, session->person, session->membership, SessionEndCause::idle}});
  }
  return facts;
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

namespace {

std::optional<PersonId> person_with_sessions(const Deciding& d, const EndSessions& c) {
  if (!c.email) return d.who.person;
  const auto address = normalise_address(*c.email);
  return address ? d.state.person_with(*address) : std::nullopt;
}

}  // namespace

bool is_own(const Deciding& d, const EndSessions& c) {
  return d.who.person && person_with_sessions(d, c) == d.who.person;
}

Decision decide_on(Deciding& d, const EndSessions& c) {
  const auto person = person_with_sessions(d, c);
  if (!person && !c.email) return unexpected(rejected(Code::invalid_value, {detail("field", "email")}));
  if (!person) return unexpected(rejected(Code::not_found));
  Facts facts;
  revoke_all_sessions(d, *person, d.context.caller.session, facts);
  return facts;
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
