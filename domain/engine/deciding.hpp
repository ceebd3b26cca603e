// What the deciders share: the command's surroundings, and the questions more than one of them asks. Private to
// domain/.
#pragma once

#include "domain/engine/decide.hpp"

namespace rollcall {

// One command being decided. Refers to its parts; lives as long as the decision.
class Deciding {
 public:
  Deciding(const State& on, const Context& with, Standing asks)
      : state(on),
        context(with),
        who(std::move(asks)),
        person_(context.caller.session || context.caller.kind == ActorKind::key ? who.person : context.caller.person),
        ids_(with.ids),
        keys_(on.meta().keys) {}

  const State& state;
  const Context& context;
  Standing who;

  Time now() const { return context.now; }
  template <class AnyId>
  AnyId fresh() {
    return ids_.next<AnyId>();
  }
  const Ids& ids() const { return ids_; }
  // The person who asks, when a link or a password tells; a session has told before.
  void it_is(const PersonId& person) { person_ = person; }
  const std::optional<PersonId>& person_asking() const { return person_; }
  // Key numbers are dense: each new person or credential takes the next.
  KeyNumber next_key() { return ++keys_; }

  AccountRow account(const AccountId& account) const { return state.get<AccountRow>(AccountRow::key(account)); }
  PersonRow person(const PersonId& person) const { return state.get<PersonRow>(PersonRow::key(person)); }
  // A membership of this account; nothing for all others, so that ids of other accounts say nothing.
  std::optional<MembershipRow> member(const AccountId& account, const MembershipId& id) const;
  std::optional<InvitationRow> invitation(const AccountId& account, const InvitationId& id) const;

 private:
  std::optional<PersonId> person_;
  Ids ids_;
  KeyNumber keys_;
};

// The person an address belongs to, new or known, and what seals it.
struct Addressee {
  PersonId person;
  Personal email;
  bool stranger = false;  // new: nothing is known of them anywhere
  bool registered = false;
};
Expected<Addressee, Rejection> addressee(Deciding& deciding, std::string_view typed_address);

// May this member own a record of this kind now?
std::optional<Rejection> refuse_owner(const Deciding& deciding, const AccountId& account, const MembershipId& id,
                                      RecordKind kind);

// Nobody hands on what they lack: refuses with `code` what the caller does not hold over all of the account by their
// membership, whatever key they come with. The operator, who is no member, is bound by the rules alone.
std::optional<Rejection> refuse_handing_on(const Deciding& deciding, const AccountId& account, ActionSet actions,
                                           Code code);

// Ends the sessions of a member in which they can enter this account: those for it alone, and `wide` those for all.
void revoke_sessions(const Deciding& deciding, const AccountId& account, const MembershipId& id, const PersonId& person,
                     bool wide, Facts& facts);
// What ends with a membership: the sessions and keys for its account, and all of them if it was the person's last one.
void put_out(const Deciding& deciding, const AccountId& account, const MembershipId& id, const MembershipRow& member,
             Facts& facts);
// Ends all sessions of a person but one, each in the history it began in.
void revoke_all_sessions(const Deciding& deciding, const PersonId& person, const std::optional<SessionId>& kept,
                         Facts& facts);

// The facts with which a membership whose time is over expires, and, where nothing open is left, ends.
Facts expire_access(const Deciding& deciding, const AccountId& account, const MembershipId& id,
                    const MembershipRow& member);

// What is wrong with a new password, if something is. Then the edge has hashed it.
std::optional<Rejection> refuse_password(const Deciding& deciding, const Secret& password);
Fact password_set(Deciding& deciding, const PersonId& person, PasswordOccasion occasion);
// The next set-up link of a person, who need not be there yet. None before it is good any more.
Fact setup_link(const Deciding& deciding, const PersonId& person, const Personal& email);
// Registering a person: identity, terms, password.
void register_person(Deciding& deciding, const PersonId& id, const std::optional<Typed<1, 200>>& name, Facts& facts);
Fact terms_accepted(const PersonId& person);

}  // namespace rollcall
