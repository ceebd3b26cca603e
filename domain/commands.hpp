// What can be asked for: one struct per command, described once. The HTTP body, the OpenAPI document and the options of
// `rollcall do` all come from these lines. Who may ask is in authorization.hpp, what follows in the deciders.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "events/facts.hpp"

namespace rollcall {

// ---- accounts ---------------------------------------------------------------------------------------------------

struct OpenAccount {
  static constexpr std::string_view name = "OpenAccount";
  static constexpr std::string_view summary = "Open an account; its owner gets a membership, a seat and a set-up link";
  static constexpr std::array fields{"account", "account_name", "owner_email", "owner_name", "seat_limit", "time_zone"};
  static constexpr std::array help{
      "app id, e.g. gx624", "the account's name", "the owner's e-mail address",
      "the owner's name",   "user licences",      "IANA time zone of its reports; default UTC"};
  AccountId account;
  std::string account_name;
  std::string owner_email;
  std::optional<std::string> owner_name;
  std::uint32_t seat_limit = 0;
  std::optional<std::string> time_zone;
};

struct ChangeSeatLimit {
  static constexpr std::string_view name = "ChangeSeatLimit";
  static constexpr std::string_view summary = "Change the number of user licences of an account";
  static constexpr std::array fields{"account", "seat_limit"};
  static constexpr std::array help{"app id", "user licences, at least as many as are in use"};
  AccountId account;
  std::uint32_t seat_limit = 0;
};

struct AddToGroup {
  static constexpr std::string_view name = "AddToGroup";
  static constexpr std::string_view summary = "Put a user into the Admin or SalesRep group";
  static constexpr std::array fields{"account", "user", "group"};
  static constexpr std::array help{"app id", "the user (usr_…)", "Admin or SalesRep"};
  AccountId account;
  MembershipId user;
  Group group{};
};

struct RemoveFromGroup {
  static constexpr std::string_view name = "RemoveFromGroup";
  static constexpr std::string_view summary = "Take a user out of the Admin or SalesRep group";
  static constexpr std::array fields{"account", "user", "group"};
  static constexpr std::array help{"app id", "the user (usr_…)", "Admin or SalesRep"};
  AccountId account;
  MembershipId user;
  Group group{};
};

// ---- invitations ------------------------------------------------------------------------------------------------

struct InviteUser {
  static constexpr std::string_view name = "InviteUser";
  static constexpr std::string_view summary = "Invite an ordinary user; accepting takes a seat";
  static constexpr std::array fields{"account", "email", "first_name", "admin"};
  static constexpr std::array help{"app id", "e-mail address", "first name", "put into the Admin group; default false"};
  AccountId account;
  std::string email;
  std::string first_name;
  std::optional<bool> admin;
};

struct InvitePartner {
  static constexpr std::string_view name = "InvitePartner";
  static constexpr std::string_view summary = "Invite a partner; he takes no seat";
  static constexpr std::array fields{"account", "email", "admin", "access_ends_at", "restore_permissions_from"};
  static constexpr std::array help{"app id", "the partner's e-mail address", "full rights; default true",
                                   "when access ends by itself", "an ended membership of the same person (usr_…)"};
  AccountId account;
  std::string email;
  std::optional<bool> admin;
  std::optional<Time> access_ends_at;
  std::optional<MembershipId> restore_permissions_from;
};

struct ResendInvitation {
  static constexpr std::string_view name = "ResendInvitation";
  static constexpr std::string_view summary = "Send the mail again with a new link; the old one is dead";
  static constexpr std::array fields{"account", "invitation"};
  static constexpr std::array help{"app id", "the invitation (inv_…)"};
  AccountId account;
  InvitationId invitation;
};

struct RevokeInvitation {
  static constexpr std::string_view name = "RevokeInvitation";
  static constexpr std::string_view summary = "Take an open invitation back";
  static constexpr std::array fields{"account", "invitation"};
  static constexpr std::array help{"app id", "the invitation (inv_…)"};
  AccountId account;
  InvitationId invitation;
};

struct ExpireInvitation {
  static constexpr std::string_view name = "ExpireInvitation";
  static constexpr std::string_view summary = "Write down that an invitation has lapsed (the clock's)";
  static constexpr std::array fields{"account", "invitation"};
  static constexpr std::array help{"app id", "the invitation (inv_…)"};
  AccountId account;
  InvitationId invitation;
};

struct DeclineInvitation {
  static constexpr std::string_view name = "DeclineInvitation";
  static constexpr std::string_view summary = "Decline an invitation with the link of its mail";
  static constexpr std::array fields{"token"};
  static constexpr std::array help{"the token of the link"};
  Secret token;
};

struct AcceptInvite {
  static constexpr std::string_view name = "AcceptInvite";
  static constexpr std::string_view summary =
      "Accept an invitation: a new person with a password, a known one signed in";
  static constexpr std::array fields{"token", "accept_terms", "password", "display_name"};
  static constexpr std::array help{"the token of the link", "the terms are accepted",
                                   "a new person's password, 10 to 256 characters", "a new person's name"};
  Secret token;
  bool accept_terms = false;
  std::optional<Secret> password;
  std::optional<std::string> display_name;
};

struct CompleteSetup {
  static constexpr std::string_view name = "CompleteSetup";
  static constexpr std::string_view summary = "Choose a password with the set-up link of an account's owner";
  static constexpr std::array fields{"token", "accept_terms", "password", "display_name"};
  static constexpr std::array help{"the token of the link", "the terms are accepted", "10 to 256 characters",
                                   "your name"};
  Secret token;
  bool accept_terms = false;
  Secret password;
  std::optional<std::string> display_name;
};

// ---- memberships ------------------------------------------------------------------------------------------------

struct DeactivateUser {
  static constexpr std::string_view name = "DeactivateUser";
  static constexpr std::string_view summary = "End a user's or partner's access and hand on what he holds";
  static constexpr std::array fields{"account", "user", "basis", "ledger_version", "plan", "confirm_irreversible"};
  static constexpr std::array help{
      "app id",
      "the user (usr_…)",
      "the counts the plan was made on: {\"contacts\":n,\"leads\":n,\"tasks\":n}",
      "the ledger version the plan was made on",
      "for each kind: {\"kind\",\"mode\":\"ratio|hardcoded|unassign\",\"allocations\":[{\"to\",\"share\"}]}",
      "a partner's end cannot be undone: true says that you know"};
  AccountId account;
  MembershipId user;
  std::optional<RecordCounts> basis;
  std::optional<std::uint64_t> ledger_version;
  std::optional<std::vector<KindPlan>> plan;
  std::optional<bool> confirm_irreversible;
};

struct LeaveAccount {
  static constexpr std::string_view name = "LeaveAccount";
  static constexpr std::string_view summary = "Leave an account as a partner; contacts have to be reassigned before";
  static constexpr std::array fields{"account", "confirm"};
  static constexpr std::array help{"app id", "leaving cannot be undone: true says that you know"};
  AccountId account;
  std::optional<bool> confirm;
};

struct SetAccountLabel {
  static constexpr std::string_view name = "SetAccountLabel";
  static constexpr std::string_view summary = "Give an account a label of your own in Account Central";
  static constexpr std::array fields{"account", "label"};
  static constexpr std::array help{"app id", "at most 100 bytes; empty takes it away"};
  AccountId account;
  std::string label;
};

// ---- records ----------------------------------------------------------------------------------------------------

struct RegisterRecord {
  static constexpr std::string_view name = "RegisterRecord";
  static constexpr std::string_view summary = "Tell of a new contact, lead or task";
  static constexpr std::array fields{"account", "kind", "record", "owner"};
  static constexpr std::array help{"app id", "contact, lead or task", "its id in the CRM",
                                   "the user who owns it (usr_…)"};
  AccountId account;
  RecordKind kind{};
  RecordId record;
  std::optional<MembershipId> owner;
};

struct ImportRecords {
  static constexpr std::string_view name = "ImportRecords";
  static constexpr std::string_view summary =
      "Tell of many records of one kind and owner; those known already are passed over";
  static constexpr std::array fields{"account", "kind", "records", "owner", "status"};
  static constexpr std::array help{"app id", "contact, lead or task", "ids in the CRM, at most 5,000",
                                   "the user who owns them (usr_…)", "of tasks: open or completed; default open"};
  AccountId account;
  RecordKind kind{};
  std::vector<RecordId> records;
  std::optional<MembershipId> owner;
  std::optional<RecordStatus> status;
};

struct AssignRecord {
  static constexpr std::string_view name = "AssignRecord";
  static constexpr std::string_view summary = "Give a record to a user";
  static constexpr std::array fields{"account", "kind", "record", "to"};
  static constexpr std::array help{"app id", "contact, lead or task", "its id in the CRM", "the user (usr_…)"};
  AccountId account;
  RecordKind kind{};
  RecordId record;
  MembershipId to;
};

struct UnassignRecords {
  static constexpr std::string_view name = "UnassignRecords";
  static constexpr std::string_view summary = "Take records from their owner";
  static constexpr std::array fields{"account", "kind", "records"};
  static constexpr std::array help{"app id", "contact, lead or task",
                                   "ids in the CRM, all of one owner, at most 5,000"};
  AccountId account;
  RecordKind kind{};
  std::vector<RecordId> records;
};

struct CompleteTask {
  static constexpr std::string_view name = "CompleteTask";
  static constexpr std::string_view summary = "Complete a task";
  static constexpr std::array fields{"account", "record"};
  static constexpr std::array help{"app id", "the task's id in the CRM"};
  AccountId account;
  RecordId record;
};

struct ReopenTask {
  static constexpr std::string_view name = "ReopenTask";
  static constexpr std::string_view summary = "Open a completed task again";
  static constexpr std::array fields{"account", "record"};
  static constexpr std::array help{"app id", "the task's id in the CRM"};
  AccountId account;
  RecordId record;
};

struct AddNote {
  static constexpr std::string_view name = "AddNote";
  static constexpr std::string_view summary = "Tell of a note; it stays with its author";
  static constexpr std::array fields{"account", "record", "author"};
  static constexpr std::array help{"app id", "the note's id in the CRM",
                                   "the user who wrote it (usr_…); default yourself"};
  AccountId account;
  RecordId record;
  std::optional<MembershipId> author;
};

struct ReassignRecords {
  static constexpr std::string_view name = "ReassignRecords";
  static constexpr std::string_view summary = "Hand on the open records of a user by ratio or exact counts";
  static constexpr std::array fields{"account", "from", "basis", "ledger_version", "plan"};
  static constexpr std::array help{
      "app id", "the user who holds them (usr_…)",
      "the counts the plan was made on: {\"contacts\":n,\"leads\":n,\"tasks\":n}",
      "the ledger version the plan was made on",
      "for each kind: {\"kind\",\"mode\":\"ratio|hardcoded|unassign\",\"allocations\":[{\"to\",\"share\"}]}"};
  AccountId account;
  MembershipId from;
  RecordCounts basis;
  std::optional<std::uint64_t> ledger_version;
  std::vector<KindPlan> plan;
};

// ---- sessions ---------------------------------------------------------------------------------------------------

struct StartSession {
  static constexpr std::string_view name = "StartSession";
  static constexpr std::string_view summary = "Sign in with address and password, for one account or for all";
  static constexpr std::array fields{"email", "password", "account"};
  static constexpr std::array help{"your e-mail address", "your password", "app id of the one account it is for"};
  std::string email;
  Secret password;
  std::optional<AccountId> account;
};

struct EndSession {
  static constexpr std::string_view name = "EndSession";
  static constexpr std::string_view summary = "Sign out";
  static constexpr std::array fields{"session"};
  static constexpr std::array help{"the session (ses_…); default the one you are in"};
  std::optional<SessionId> session;
};

// The sign-in desk tells once a minute how often sign-ins of a known person failed.
struct RecordFailedSignIns {
  static constexpr std::string_view name = "RecordFailedSignIns";
  static constexpr std::string_view summary = "Write down failed sign-ins of a minute (the sign-in desk's)";
  static constexpr std::array fields{"person", "minute", "count"};
  static constexpr std::array help{"the person (per_…)", "when the minute began", "how many"};
  PersonId person;
  Time minute;
  std::uint32_t count = 0;
};

using Command =
    std::variant<OpenAccount, CompleteSetup, ChangeSeatLimit, InviteUser, AddToGroup, RemoveFromGroup, InvitePartner,
                 ResendInvitation, RevokeInvitation, DeclineInvitation, ExpireInvitation, AcceptInvite, ImportRecords,
                 RegisterRecord, AssignRecord, UnassignRecords, CompleteTask, ReopenTask, AddNote, ReassignRecords,
                 DeactivateUser, LeaveAccount, SetAccountLabel, StartSession, EndSession, RecordFailedSignIns>;

}  // namespace rollcall
