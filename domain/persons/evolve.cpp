// What events do to persons and their sessions.
#include "domain/engine/evolve.hpp"

#include <algorithm>
#include <utility>

#include "domain/engine/rows.hpp"
#include "domain/persons/device.hpp"

namespace rollcall {
namespace {

void end_session(State& state, const SessionId& id) {
  const auto row = state.find<SessionRow>(SessionRow::key(id));
  if (!row) return;
  state.erase(SessionRow::key(id));
  state.remove(SessionOfRow::key(row->person, id), SessionOfRow{});
  state.remove(SessionDueRow::key(row->expires_at, id), SessionDueRow{});
}

class PersonsFold {
 public:
  explicit PersonsFold(State& state) : state_(state) {}

  void on(const Envelope&, const SetupLinkIssued& e) {
    meet(state_, e.person, e.email, std::nullopt);
    state_.change<PersonRow>(PersonRow::key(e.person), [&](PersonRow& person) {
      person.setup = PersonalLink{e.attempt, e.expires_at, false};
    });
  }
  void on(const Envelope&, const PartnerCertified& e) {
    meet(state_, e.person, e.email, std::nullopt);
    state_.put(CertifiedRow::key(e.person), CertifiedRow{});
  }
  void on(const Envelope&, const CertificationEnded& e) { state_.erase(CertifiedRow::key(e.person)); }
  void on(const Envelope&, const ResetLinkIssued& e) {
    state_.change<PersonRow>(PersonRow::key(e.person), [&](PersonRow& person) {
      person.reset = PersonalLink{e.attempt, e.expires_at, false};
    });
  }
  void on(const Envelope&, const IdentityRegistered& e) {
    state_.change<PersonRow>(PersonRow::key(e.person), [&](PersonRow& person) {
      person.registered = true;
      if (e.name) person.name = e.name;
      if (person.setup) person.setup->used = true;
    });
  }
  void on(const Envelope&, const PasswordSet& e) {
    issue_key(state_, e.verifier.text.key());
    state_.change<PersonRow>(PersonRow::key(e.person), [&](PersonRow& person) {
      person.credential = Credential{e.credential, e.verifier};
      if (e.occasion == PasswordOccasion::upgraded) return;
      if (person.reset) person.reset->used = true;  // by whatever way the password was set
      // A link that was mailed was followed: mails arrive there.
      if (e.occasion != PasswordOccasion::changed) person.bounced = false;
      // Whoever knew the one before may have asked for it.
      if (person.email_link) person.email_link->used = true;
      person.must_change = false;
    });
  }
  void on(const Envelope&, const AddressBounced& e) {
    change(e.person, [](PersonRow& person) { person.bounced = true; });
  }
  void on(const Envelope&, const PasswordChangeDemanded& e) {
    change(e.person, [](PersonRow& person) {
      person.must_change = true;
      if (person.email_link) person.email_link->used = true;
    });
  }
  void on(const Envelope&, const NameChanged& e) {
    change(e.person, [&](PersonRow& person) { person.name = e.name; });
  }
  void on(const Envelope&, const EmailChangeRequested& e) {
    change(e.person, [&](PersonRow& person) {
      person.new_email = e.email;
      person.email_link = PersonalLink{e.attempt, e.expires_at, false};
    });
  }
  void on(const Envelope&, const EmailReleased& e) {
    if (e.email.clear()) state_.erase(ClaimRow::key(state_.claim(e.email.shown())));
  }
  // A link to the address before is good for nothing any more.
  void on(const Envelope&, const EmailChanged& e) {
    if (e.email.clear()) state_.put(ClaimRow::key(state_.claim(e.email.shown())), ClaimRow{e.person});
    change(e.person, [&](PersonRow& person) {
      person.email = e.email;
      person.bounced = false;
      person.new_email.reset();
      if (person.email_link) person.email_link->used = true;
      if (person.reset) person.reset->used = true;
    });
  }
  void on(const Envelope&, const SecondFactorOffered& e) {
    issue_key(state_, e.secret.text.key());
    change(e.person, [&](PersonRow& person) { person.offered = SecondFactor{e.factor, e.secret, 0, {}}; });
  }
  void on(const Envelope&, const SecondFactorEnabled& e) {
    change(e.person, [&](PersonRow& person) {
      if (!person.offered || person.offered->id != e.factor) return;
      person.factor = std::exchange(person.offered, std::nullopt);
      person.factor->last_step = e.step;
      person.factor->recovery = e.recovery;
    });
  }
  void on(const Envelope&, const SecondFactorUsed& e) {
    change(e.person, [&](PersonRow& person) {
      if (!person.factor || person.factor->id != e.factor) return;
      if (e.step) person.factor->last_step = std::max(person.factor->last_step, *e.step);
      if (e.recovery) std::erase(person.factor->recovery, *e.recovery);
    });
  }
  void on(const Envelope&, const SecondFactorRemoved& e) {
    change(e.person, [](PersonRow& person) { person.factor.reset(); });
  }
  void on(const Envelope& at, const SessionStarted& e) {
    SessionRow row;
    row.person = e.person;
    if (at.scope.kind == ScopeKind::account) row.account = account_of(at);
    row.membership = e.membership;
    row.expires_at = e.expires_at;
    row.started = at.position;
    row.confirmed_at = at.recorded_at;
    const auto person = state_.find<PersonRow>(PersonRow::key(e.person));
    row.must_change = person && person->must_change;
    state_.add(SessionRow::key(e.session), row);
    state_.add(SessionOfRow::key(e.person, e.session), SessionOfRow{});
    state_.add(SessionDueRow::key(e.expires_at, e.session), SessionDueRow{});
    if (const auto& agent = at.actor.user_agent; !agent || agent->clear())
      state_.put(DeviceRow::key(e.person, state_.claim(kind_of_device(agent ? agent->shown() : ""))), DeviceRow{});
  }
  void on(const Envelope& at, const SessionConfirmed& e) {
    if (!state_.find<SessionRow>(SessionRow::key(e.session))) return;
    state_.change<SessionRow>(SessionRow::key(e.session),
                              [&](SessionRow& session) { session.confirmed_at = at.recorded_at; });
  }
  void on(const Envelope&, const SessionEnded& e) { end_session(state_, e.session); }
  void on(const Envelope&, const SessionsRevoked& e) {
    for (const auto& session : e.sessions) end_session(state_, session);
  }

 private:
  void change(const PersonId& person, auto&& how) { state_.change<PersonRow>(PersonRow::key(person), how); }

  State& state_;
};

}  // namespace

constinit const Evolution persons_evolution = evolution_of<PersonsFold>();

}  // namespace rollcall
