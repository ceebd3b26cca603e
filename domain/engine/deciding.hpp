// What the deciders share: the command's surroundings, and the questions more than one of them asks. Private to
// domain/.
#pragma once

#include "domain/engine/decide.hpp"

namespace rollcall {

// One command being decided. Refers to its parts; lives as long as the decision.
class Deciding {
 public:
  Deciding(const State& on, Context& with, Standing asks)
      : state(on), context(with), who(std::move(asks)), keys_(on.meta().keys) {}

  const State& state;
  Context& context;
  Standing who;

  Time now() const { return context.now; }
  template <class AnyId>
  AnyId fresh() {
    return context.ids.next<AnyId>();
  }
  // Key numbers are dense: each new person or credential takes the next.
  KeyNumber next_key() { return ++keys_; }

  AccountRow account(const AccountId& account) const { return state.get<AccountRow>(AccountRow::key(account)); }
  PersonRow person(const PersonId& person) const { return state.get<PersonRow>(PersonRow::key(person)); }
  // A membership of this account; nothing for all others, so that ids of other accounts say nothing.
  std::optional<MembershipRow> member(const AccountId& account, const MembershipId& id) const;
  std::optional<InvitationRow> invitation(const AccountId& account, const InvitationId& id) const;

 private:
  KeyNumber keys_;
};

// The person an address belongs to, new or known, and what seals it.
struct Addressee {
  PersonId person;
  Personal email;
  bool stranger = false;  // new: nothing is known of him anywhere
  bool registered = false;
};
Expected<Addressee, Rejection> addressee(Deciding& deciding, std::string_view typed_address);

// May this member own a record of this kind now?
std::optional<Rejection> refuse_owner(const Deciding& deciding, const AccountId& account, const MembershipId& id,
                                      RecordKind kind);

// A free text of at most `bytes`, and not empty unless allowed.
bool good_text(std::string_view text, std::size_t bytes);

// The sessions that end with a membership: those for its account, and all of them if it was the person's last one.
void revoke_sessions(const Deciding& deciding, const AccountId& account, const MembershipId& id,
                     const MembershipRow& member, Facts& facts);

// Registering a person: identity, terms, password.
void register_person(Deciding& deciding, const PersonId& id, const std::optional<std::string>& name, Facts& facts);
Fact terms_accepted(const PersonId& person);

// ---- one decider for each command; the guards common to all have been passed ------------------------------------
Decision decide_on(Deciding&, const OpenAccount&);
Decision decide_on(Deciding&, const ChangeSeatLimit&);
Decision decide_on(Deciding&, const AddToGroup&);
Decision decide_on(Deciding&, const RemoveFromGroup&);
Decision decide_on(Deciding&, const InviteUser&);
Decision decide_on(Deciding&, const InvitePartner&);
Decision decide_on(Deciding&, const ResendInvitation&);
Decision decide_on(Deciding&, const RevokeInvitation&);
Decision decide_on(Deciding&, const ExpireInvitation&);
Decision decide_on(Deciding&, const DeclineInvitation&);
Decision decide_on(Deciding&, const AcceptInvite&);
Decision decide_on(Deciding&, const CompleteSetup&);
Decision decide_on(Deciding&, const DeactivateUser&);
Decision decide_on(Deciding&, const LeaveAccount&);
Decision decide_on(Deciding&, const SetAccountLabel&);
Decision decide_on(Deciding&, const RegisterRecord&);
Decision decide_on(Deciding&, const ImportRecords&);
Decision decide_on(Deciding&, const AssignRecord&);
Decision decide_on(Deciding&, const UnassignRecords&);
Decision decide_on(Deciding&, const CompleteTask&);
Decision decide_on(Deciding&, const ReopenTask&);
Decision decide_on(Deciding&, const AddNote&);
Decision decide_on(Deciding&, const ReassignRecords&);
Decision decide_on(Deciding&, const StartSession&);
Decision decide_on(Deciding&, const EndSession&);
Decision decide_on(Deciding&, const RecordFailedSignIns&);

}  // namespace rollcall
