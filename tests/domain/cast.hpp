// Everybody who can ask for something, and an account in which each plays their part: for the table of who may do what.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

#include "tests/support/given.hpp"

namespace rollcall::testing {

// ---- the callers --------------------------------------------------------------------------------------------------

enum class Who : std::uint8_t {
  owner,
  admin,
  partner_admin,
  partner,
  right_holder,  // a partner who may re-assign every kind of record
  user,
  user_on_own,        // the same, when it is about what is his
  other_owner,        // of another account
  session_here,       // the owner, in a session for this account alone
  session_elsewhere,  // the owner, in a session for another account
  operator_,
  operator_for_owner,
  clock,
  expired_session,
  revoked_session,    // of a member who was ended
  ended_member,       // in a session for all accounts, since he is still a member of another
  stranger,           // a person who is in no account any more, signed in
  reading_key,        // the owner's key, to read
  writing_key,        // the owner's key, to write
  key_elsewhere,      // the owner's key to read and write, for another account alone
  operating_key,      // the installation's
  auditor,            // a key of the installation that reads everything
  auditor_elsewhere,  // the same, for another account alone
  subscriber,         // a key of the installation that follows the events
  expired_key,
  revoked_key,
  key_of_ended_member,  // for all accounts, since he is still a member of another
  link_holder,
  nobody,
};
constexpr std::array names{"the owner",
                           "an admin",
                           "a partner with Admin",
                           "a partner without",
                           "a holder of the right",
                           "an ordinary user",
                           "an ordinary user on his own",
                           "another account's owner",
                           "the owner in a session for this account",
                           "the owner in a session for another account",
                           "the operator",
                           "the operator for the owner",
                           "the clock",
                           "an expired session",
                           "a revoked session",
                           "an ended member",
                           "a stranger",
                           "the owner's key to read",
                           "the owner's key to write",
                           "the owner's key for another account",
                           "a key to operate",
                           "an auditor",
                           "an auditor of another account",
                           "a subscriber",
                           "an expired key",
                           "a revoked key",
                           "the key of an ended member",
                           "the holder of a link",
                           "nobody"};
constexpr std::size_t callers = static_cast<std::size_t>(Who::nobody) + 1;
static_assert(names.size() == callers);

struct Set {
  std::uint32_t bits = 0;
  constexpr Set() = default;
  constexpr Set(Who who) : bits(1u << static_cast<unsigned>(who)) {}
  constexpr bool has(Who who) const { return (bits & Set(who).bits) != 0; }
  friend constexpr Set operator|(Set a, Set b) {
    a.bits |= b.bits;
    return a;
  }
  friend constexpr Set operator-(Set a, Set b) {
    a.bits &= ~b.bits;
    return a;
  }
};
constexpr Set operator|(Who a, Who b) { return Set(a) | Set(b); }

constexpr Set everybody = [] {
  Set all;
  for (std::size_t i = 0; i < callers; ++i) all = all | static_cast<Who>(i);
  return all;
}();
constexpr Set account_admins =
    Who::owner | Who::admin | Who::partner_admin | Who::operator_for_owner | Who::session_here;
constexpr Set account_members = account_admins | Who::partner | Who::right_holder | Who::user | Who::user_on_own;
// Signed in, for whatever account.
constexpr Set persons = account_members | Who::other_owner | Who::ended_member | Who::stranger;
constexpr Set narrow_sessions = Who::session_here | Who::session_elsewhere;
constexpr Set dead_sessions = Who::expired_session | Who::revoked_session | Who::expired_key | Who::revoked_key;
constexpr Set operators = Who::operator_ | Who::operating_key;
// What a person does by a key of theirs, where they may themselves.
constexpr Set keys_that_write = Set(Who::writing_key);
constexpr Set keys_that_read = Set(Who::reading_key);
// Reads all that the operator reads.
constexpr Set readers = operators | Who::auditor;
constexpr Set installation_keys = Who::operating_key | Who::auditor | Who::auditor_elsewhere | Who::subscriber;
constexpr Set all_keys = installation_keys | Who::reading_key | Who::writing_key | Who::key_elsewhere |
                         Who::expired_key | Who::revoked_key | Who::key_of_ended_member;

// ---- the cast -----------------------------------------------------------------------------------------------------

constexpr auto contact = RecordKind::contact;

// An account in which everybody plays his part, and a command for each that nothing but a missing right can refuse.
class Cast {
 public:
  Cast() {
    old_session = acme.owner.session;
    old_key = given
                  .when(Asker(acme.owner).making_a_key(),
                        CreateAccessKey{"old", {KeyScope::read, KeyScope::write}, {}, Bounded<1, 366>{1}})
                  .the<AccessKeyCreated>()
                  .key;
    dora_expired = dora.session;
    given.pass(days(7));
    acme.owner.session = given.sign_in(acme.owner.person);
    other.owner.session = given.sign_in(other.owner.person);
    adam = given.admin(acme, "adam@acme.example");
    pam = given.partner(acme, "pam@agency.example", true);
    pat = given.partner(acme, "pat@agency.example");
    rita = given.partner(acme, "rita@agency.example");
    una = given.user(acme, "una@acme.example");
    for (const auto* right : {"contact.reassign", "lead.reassign", "task.reassign"})
      given.when(acme.owner, EditUserPermissions{acme.id, rita.id, std::vector{Permission::parse(right).value()}, {}});
    zoe = given.sales_rep(acme, "zoe@acme.example");
    ines = given.user(acme, "ines@acme.example");
    end(ines);
    fred = given.user(acme, "fred@acme.example");
    given.when(acme.owner, FreezeUser{acme.id, fred.id, given.now + minutes(1)});
    role = given.when(acme.owner, CreateRole{acme.id, "Seller", {}}).the<RoleCreated>().role;
    team = given.when(acme.owner, CreateTeam{acme.id, "North"}).the<TeamCreated>().team;
    given.when(acme.owner, AddTeamUser{acme.id, team, zoe.id});
    given.when(the_operator(), CertifyPartner{"certified@agency.example"});
    invitation = given.invited_partner(acme, "new@agency.example");

    eva = given.partner(acme, "eva@agency.example", true);
    eva_narrow = given.sign_in(eva.person, acme.id);
    given.partner(other, "eva@agency.example");
    eva_key = given.key(eva, {KeyScope::read, KeyScope::write});
    end(eva);
    const auto gone = given.partner(acme, "sam@agency.example");
    end(gone);
    sam = given.sign_in(gone.person);

    const auto elsewhere = given.when(other.owner, InvitePartner{other.id, acme.owner.email, {}, {}, {}});
    const auto link = link_of(elsewhere.the<PartnerInvited>().invitation);
    given.when(Asker(acme.owner).holding(link), AcceptInvite{Secret{"token"}, true, {}, {}});
    narrow = given.sign_in(acme.owner.person, other.id);
    here = given.sign_in(acme.owner.person, acme.id);

    given.second_factor(zoe);
    key_to_read = given.key(acme.owner, {KeyScope::read});
    key_to_write = given.key(acme.owner, {KeyScope::write});
    key_for_other = given.key(acme.owner, {KeyScope::read, KeyScope::write}, other.id);
    ended_key = given.key(acme.owner, {KeyScope::read, KeyScope::write});
    given.when(acme.owner, RevokeAccessKey{ended_key});
    key_to_operate = given.key(the_operator(), {KeyScope::operate});
    key_to_audit = given.key(the_operator(), {KeyScope::audit});
    key_to_audit_other = given.key(the_operator(), {KeyScope::audit}, other.id);
    key_to_subscribe = given.key(the_operator(), {KeyScope::subscribe});
    una_key = given.key(una, {KeyScope::read});
    spare_key = given.key(the_operator(), {KeyScope::audit});

    third = given
                .when(the_operator(),
                      OpenAccount{NewAccountId::parse("third").value(), "Third", "new@third.example", {}, 1, {}})
                .the<AccountOpened>()
                .owner_person;

    dora_contact = given.records(dora, contact, 1)[0];
    dora_task = given.records(dora, RecordKind::task, 1)[0];
    dora_done = given.records(dora, RecordKind::task, 1, RecordStatus::completed)[0];
    una_task = given.records(una, RecordKind::task, 1)[0];
    una_done = given.records(una, RecordKind::task, 1, RecordStatus::completed)[0];
    given.when(nobody(), RequestPasswordReset{una.email});
    given.when(Asker(una).knowing(given.credential_of(una.person)),
               ChangeEmail{"una@elsewhere.example", Secret{"a good password"}});
    given.pass(minutes(5));  // so that a mail may be sent again
  }

  Asker asker(Who who) const {
    switch (who) {
      case Who::owner: return acme.owner;
      case Who::admin: return adam;
      case Who::partner_admin: return pam;
      case Who::partner: return pat;
      case Who::right_holder: return rita;
      case Who::user:
      case Who::user_on_own: return una;
      case Who::other_owner: return other.owner;
      case Who::session_here: return Asker::signed_in(here);
      case Who::session_elsewhere: return Asker::signed_in(narrow);
      case Who::operator_: return the_operator();
      case Who::operator_for_owner: return the_operator_for(acme.owner.person);
      case Who::clock: return the_clock();
      case Who::expired_session: return Asker::signed_in(old_session);
      case Who::revoked_session: return Asker::signed_in(eva_narrow);
      case Who::ended_member: return eva;
      case Who::stranger: return Asker::signed_in(sam);
      case Who::reading_key: return Asker::with_key(key_to_read);
      case Who::writing_key: return Asker::with_key(key_to_write);
      case Who::key_elsewhere: return Asker::with_key(key_for_other);
      case Who::operating_key: return Asker::with_key(key_to_operate, ActorKind::operator_);
      case Who::auditor: return Asker::with_key(key_to_audit, ActorKind::auditor);
      case Who::auditor_elsewhere: return Asker::with_key(key_to_audit_other, ActorKind::auditor);
      case Who::subscriber: return Asker::with_key(key_to_subscribe);
      case Who::expired_key: return Asker::with_key(old_key);
      case Who::revoked_key: return Asker::with_key(ended_key);
      case Who::key_of_ended_member: return Asker::with_key(eva_key);
      case Who::link_holder:
      case Who::nobody: return nobody();
    }
    throw std::logic_error("unknown caller");
  }

  State state() const { return given.state(); }

  // The command as it is asked; `own`: about what is una's. One for each type: a new command needs its own here.
  OpenAccount ask(std::type_identity<OpenAccount>, bool) const {
    return {NewAccountId::parse("fresh").value(), "Fresh", "olga@fresh.example", {}, 1, {}};
  }
  ChangeSeatLimit ask(std::type_identity<ChangeSeatLimit>, bool) const { return {acme.id, 50}; }
  AddToGroup ask(std::type_identity<AddToGroup>, bool) const { return {acme.id, zoe.id, Group::admin}; }
  RemoveFromGroup ask(std::type_identity<RemoveFromGroup>, bool) const { return {acme.id, zoe.id, Group::sales_rep}; }
  InviteUser ask(std::type_identity<InviteUser>, bool) const { return {acme.id, "x@acme.example", "Xenia", {}}; }
  InvitePartner ask(std::type_identity<InvitePartner>, bool) const { return {acme.id, "x@acme.example", {}, {}, {}}; }
  ResendInvitation ask(std::type_identity<ResendInvitation>, bool) const { return {acme.id, invitation}; }
  RevokeInvitation ask(std::type_identity<RevokeInvitation>, bool) const { return {acme.id, invitation}; }
  ExpireInvitation ask(std::type_identity<ExpireInvitation>, bool) const { return {acme.id, lapsed}; }
  ExpireAccess ask(std::type_identity<ExpireAccess>, bool) const { return {acme.id, timed.id}; }
  DeclineInvitation ask(std::type_identity<DeclineInvitation>, bool) const { return {Secret{"token"}}; }
  AcceptInvite ask(std::type_identity<AcceptInvite>, bool) const {
    return {Secret{"token"}, true, Secret{"a good password"}, {}};
  }
  CompleteSetup ask(std::type_identity<CompleteSetup>, bool) const {
    return {Secret{"token"}, true, Secret{"a good password"}, {}};
  }
  DeactivateUser ask(std::type_identity<DeactivateUser>, bool) const { return {acme.id, zoe.id, {}, {}, {}, {}}; }
  LeaveAccount ask(std::type_identity<LeaveAccount>, bool) const { return {acme.id, true}; }
  ConfigureAccount ask(std::type_identity<ConfigureAccount>, bool) const { return {acme.id, "mine"}; }
  RegisterRecord ask(std::type_identity<RegisterRecord>, bool own) const {
    return {acme.id, contact, record_id("new"), own ? una.id : dora.id};
  }
  ImportRecords ask(std::type_identity<ImportRecords>, bool own) const {
    return {acme.id, contact, {record_id("new")}, own ? una.id : dora.id, {}};
  }
  AssignRecord ask(std::type_identity<AssignRecord>, bool) const { return {acme.id, contact, dora_contact, una.id}; }
  UnassignRecords ask(std::type_identity<UnassignRecords>, bool) const { return {acme.id, contact, {dora_contact}}; }
  CompleteTask ask(std::type_identity<CompleteTask>, bool own) const { return {acme.id, own ? una_task : dora_task}; }
  ReopenTask ask(std::type_identity<ReopenTask>, bool own) const { return {acme.id, own ? una_done : dora_done}; }
  ShareRecord ask(std::type_identity<ShareRecord>, bool own) const {
    return {acme.id, RecordKind::task, own ? una_task : dora_task, acme.owner.id};
  }
  UnshareRecord ask(std::type_identity<UnshareRecord>, bool own) const {
    return {acme.id, RecordKind::task, own ? una_task : dora_task, acme.owner.id};
  }
  AddNote ask(std::type_identity<AddNote>, bool own) const {
    AddNote note{acme.id, record_id("new"), {}};
    if (!own) note.author = dora.id;
    return note;
  }
  ReassignRecords ask(std::type_identity<ReassignRecords>, bool) const {
    return {acme.id, dora.id, {1, 0, 1}, {}, {unassign(contact)}};
  }
  StartSession ask(std::type_identity<StartSession>, bool) const {
    return {acme.owner.email, Secret{"a good password"}, {}};
  }
  EndSession ask(std::type_identity<EndSession>, bool own) const { return {own ? una.session : dora_expired}; }
  ConfirmClock ask(std::type_identity<ConfirmClock>, bool) const { return {}; }
  OrderRebuild ask(std::type_identity<OrderRebuild>, bool) const { return {"users", {}}; }
  ResendSetupLink ask(std::type_identity<ResendSetupLink>, bool) const { return {"new@third.example"}; }
  RequestPasswordReset ask(std::type_identity<RequestPasswordReset>, bool) const { return {acme.owner.email}; }
  ResetPassword ask(std::type_identity<ResetPassword>, bool) const {
    return {Secret{"token"}, Secret{"a good password"}};
  }
  ChangePassword ask(std::type_identity<ChangePassword>, bool) const {
    return {Secret{"a good password"}, Secret{"another good password"}};
  }
  EndSessions ask(std::type_identity<EndSessions>, bool own) const { return {own ? una.email : "dora@acme.example"}; }
  ForceLogout ask(std::type_identity<ForceLogout>, bool) const { return {acme.id, {zoe.id}}; }
  CreateAccessKey ask(std::type_identity<CreateAccessKey>, bool) const { return {"fresh", {KeyScope::read}, {}, {}}; }
  RotateAccessKey ask(std::type_identity<RotateAccessKey>, bool own) const {
    return {own ? una_key : spare_key, {}, {}};
  }
  RevokeAccessKey ask(std::type_identity<RevokeAccessKey>, bool own) const { return {own ? una_key : spare_key}; }
  RecordKeyUse ask(std::type_identity<RecordKeyUse>, bool) const {
    return {una_key, given.now, given.now, {{"Users", 1}}};
  }
  OfferSecondFactor ask(std::type_identity<OfferSecondFactor>, bool) const { return {Secret{"a good password"}}; }
  EnableSecondFactor ask(std::type_identity<EnableSecondFactor>, bool) const { return {Secret{"123456"}}; }
  RemoveSecondFactor ask(std::type_identity<RemoveSecondFactor>, bool) const {
    return {Secret{"a good password"}, Secret{"123456"}};
  }
  ResetSecondFactor ask(std::type_identity<ResetSecondFactor>, bool) const { return {zoe.email}; }
  SetPolicy ask(std::type_identity<SetPolicy>, bool) const {
    return {acme.id, Policy::require_second_factor, "everybody"};
  }
  DemandPasswordChange ask(std::type_identity<DemandPasswordChange>, bool) const { return {una.email}; }
  ChangeName ask(std::type_identity<ChangeName>, bool) const { return {"Another Name"}; }
  ChangeEmail ask(std::type_identity<ChangeEmail>, bool) const {
    return {"another@acme.example", Secret{"a good password"}};
  }
  ConfirmEmail ask(std::type_identity<ConfirmEmail>, bool) const { return {Secret{"token"}}; }
  ConfirmSession ask(std::type_identity<ConfirmSession>, bool) const { return {Secret{"a good password"}, {}}; }
  EndIdleSessions ask(std::type_identity<EndIdleSessions>, bool) const { return {{una.session}}; }
  RecordMail ask(std::type_identity<RecordMail>, bool) const { return {7, MailOutcome::sent, {}, pat.person, {}}; }
  RecordSigningKey ask(std::type_identity<RecordSigningKey>, bool) const { return {"one", "other", "— one AAAA"}; }
  RecordWrappingKey ask(std::type_identity<RecordWrappingKey>, bool) const { return {3}; }
  ReportBounce ask(std::type_identity<ReportBounce>, bool) const { return {"pat@agency.example", {}}; }
  TransferOwnership ask(std::type_identity<TransferOwnership>, bool) const { return {acme.id, zoe.id}; }
  RequestHandOver ask(std::type_identity<RequestHandOver>, bool) const { return {acme.id}; }
  ReactivateUser ask(std::type_identity<ReactivateUser>, bool) const { return {acme.id, ines.id}; }
  FreezeUser ask(std::type_identity<FreezeUser>, bool) const { return {acme.id, zoe.id, {}}; }
  UnfreezeUser ask(std::type_identity<UnfreezeUser>, bool) const { return {acme.id, fred.id}; }
  EndFreeze ask(std::type_identity<EndFreeze>, bool) const { return {acme.id, fred.id}; }
  ExtendAccess ask(std::type_identity<ExtendAccess>, bool) const { return {acme.id, longer.id, {}}; }
  ShortenAccess ask(std::type_identity<ShortenAccess>, bool) const { return {acme.id, longer.id, given.now + days(1)}; }
  UnlinkIdentity ask(std::type_identity<UnlinkIdentity>, bool) const { return {acme.id, ines.id, "T-1"}; }
  CertifyPartner ask(std::type_identity<CertifyPartner>, bool) const { return {"fresh@agency.example"}; }
  EndCertification ask(std::type_identity<EndCertification>, bool) const { return {"certified@agency.example"}; }
  SetGlobalPermissions ask(std::type_identity<SetGlobalPermissions>, bool) const { return {acme.id, {}}; }
  SetPartnerPermissions ask(std::type_identity<SetPartnerPermissions>, bool) const { return {acme.id, {}}; }
  EditUserPermissions ask(std::type_identity<EditUserPermissions>, bool) const {
    return {acme.id, zoe.id, std::vector{Permission::parse("contact.view").value()}, {}};
  }
  ClonePermissions ask(std::type_identity<ClonePermissions>, bool) const { return {acme.id, rita.id, {zoe.id}}; }
  CreateRole ask(std::type_identity<CreateRole>, bool) const { return {acme.id, "Another", {}}; }
  ChangeRole ask(std::type_identity<ChangeRole>, bool) const { return {acme.id, role, "Buyer", {}}; }
  AssignRole ask(std::type_identity<AssignRole>, bool) const { return {acme.id, zoe.id, MemberRole::parse("staff")}; }
  RetireRole ask(std::type_identity<RetireRole>, bool) const { return {acme.id, role}; }
  CreateTeam ask(std::type_identity<CreateTeam>, bool) const { return {acme.id, "South"}; }
  RenameTeam ask(std::type_identity<RenameTeam>, bool) const { return {acme.id, team, "Far North"}; }
  DissolveTeam ask(std::type_identity<DissolveTeam>, bool) const { return {acme.id, team}; }
  AddTeamManager ask(std::type_identity<AddTeamManager>, bool) const { return {acme.id, team, dora.id}; }
  AddTeamUser ask(std::type_identity<AddTeamUser>, bool) const { return {acme.id, team, dora.id}; }
  RemoveFromTeam ask(std::type_identity<RemoveFromTeam>, bool) const { return {acme.id, team, zoe.id}; }
  RecordFailedSignIns ask(std::type_identity<RecordFailedSignIns>, bool) const { return {una.person, given.now, 1}; }
  RecordRefusals ask(std::type_identity<RecordRefusals>, bool) const { return {una.person, given.now, 1}; }

  LinkProof link(std::string_view action) const {
    if (action == CompleteSetup::name) return setup_link_of(third);
    if (action == ResetPassword::name) return {LinkKind::reset, una.person.bytes, 1};
    if (action == ConfirmEmail::name) return {LinkKind::email, una.person.bytes, 1};
    return link_of(invitation);
  }

  mutable World given;
  Account acme = given.account("acme", 20);
  Account other = given.account("other");

 private:
  void end(const Member& member) { given.when(acme.owner, DeactivateUser{acme.id, member.id, {}, {}, {}, true}); }

  Member dora = given.user(acme, "dora@acme.example");  // whom everything is about that is nobody's own
  InvitationId lapsed = given.invited_partner(acme, "late@agency.example");
  Member timed = given.partner(acme, "tim@agency.example", false, given.now + days(1));
  Member longer = given.partner(acme, "lena@agency.example", false, given.now + days(100));
  Member adam, pam, pat, rita, una, zoe, eva, ines, fred;
  RoleId role;
  TeamId team;
  InvitationId invitation;
  PersonId third;
  SessionId old_session, dora_expired, eva_narrow, sam, narrow, here;
  AccessKeyId key_to_read, key_to_write, key_for_other, key_to_operate, key_to_audit, key_to_audit_other,
      key_to_subscribe, old_key, ended_key, eva_key, una_key, spare_key;
  RecordId dora_contact, dora_task, dora_done, una_task, una_done;
};

}  // namespace rollcall::testing
