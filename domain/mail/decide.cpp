#include "domain/engine/deciding.hpp"
#include "domain/persons/address.hpp"

namespace rollcall {

Decision decide_on(Deciding& d, const RecordMail& c) {
  const auto invitation = c.invitation ? d.state.find<InvitationRow>(InvitationRow::key(*c.invitation)) : std::nullopt;
  auto scope = Scope::log();
  if (c.person) scope = Scope::of(*c.person);
  if (invitation) scope = Scope::of(invitation->account);
  switch (c.outcome) {
    case MailOutcome::sent: return Facts{{scope, MailSent{c.about, c.person, c.invitation}}};
    case MailOutcome::deferred:
      return Facts{{scope, MailDeferred{c.about, c.person, c.invitation, c.answer.value_or(0)}}};
    case MailOutcome::refused: return Facts{{scope, MailFailed{c.about, c.person, c.invitation, MailTrouble::refused}}};
    case MailOutcome::outdated:
      return Facts{{scope, MailFailed{c.about, c.person, c.invitation, MailTrouble::outdated}}};
  }
  return Facts{};
}

Decision decide_on(Deciding& d, const ReportBounce& c) {
  const auto address = normalise_address(c.email);
  const auto id = address ? d.state.person_with(*address) : std::nullopt;
  if (!id) return unexpected(rejected(Code::not_found));
  Facts facts;
  if (c.invitation) {
    const auto invitation = d.state.find<InvitationRow>(InvitationRow::key(*c.invitation));
    if (!invitation || invitation->person != *id) return unexpected(not_there("invitation", *c.invitation));
    facts.push_back({Scope::of(invitation->account), MailFailed{{}, *id, c.invitation, MailTrouble::bounced}});
  }
  if (!d.person(*id).bounced) facts.push_back({Scope::of(*id), AddressBounced{*id}});
  return facts;
}

}  // namespace rollcall
