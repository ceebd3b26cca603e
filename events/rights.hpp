// Authority: who may do what, and by what. An action is one thing that can be done; a source (a role, a switch, a key)
// holds actions with a reach, since the event that gave it. Commands and queries name the action they take; decision
// state and read models say what a member holds in the same words, so that both give the same answer.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "events/values.hpp"
#include "events/words.hpp"

namespace rollcall {

// What a command or query is about. A session for one account opens what is about that account, and nothing else.
enum class About : std::uint8_t {
  undeclared,  // opens nothing to anybody: a rule has to say
  account,     // the account named in the field `account`
  link,        // the account of the link that is held
  own,         // what is the caller's own in any account, such as the session they are in
  person,      // a person over all their accounts
  log,         // the log and the installation
};

// ---- actions ------------------------------------------------------------------------------------------------------

// In the rows of decision state by their numbers: state_version is raised when they change.
enum class Action : std::uint8_t {
  server_read,
  session_start,
  password_ask_reset,
  password_set_by_link,
  invitation_open,
  invitation_answer,
  self_view,
  central_view,
  person_view,
  person_help,
  session_view,
  session_end,
  session_end_all,
  credential_change,
  profile_change,
  email_confirm,
  session_confirm,
  key_view,
  key_manage,
  account_open,
  installation_view,
  installation_operate,
  event_view,
  event_follow,
  system_record,
  account_change_seats,
  policy_view,
  policy_set,
  account_label,
  account_leave,
  seat_view,
  history_view,
  invitation_view,
  invitation_manage,
  user_view,
  user_add,
  partner_add,
  user_change_groups,
  user_deactivate,
  user_reassign,
  user_log_out,
  record_import,
  // Of each kind of record in the order of RecordKind, the same verbs in the same order.
  contact_view,
  contact_search,
  contact_add,
  contact_edit,
  contact_reassign,
  lead_view,
  lead_search,
  lead_add,
  lead_edit,
  lead_reassign,
  task_view,
  task_search,
  task_add,
  task_edit,
  task_reassign,
  note_view,
  note_search,
  note_add,
  note_edit,
  note_reassign,
  undeclared,  // no action: nobody holds it
};

struct ActionMeaning {
  Action action{};
  std::string_view name;  // area.verb, as people and programs say it
  About about = About::undeclared;
  bool reads = false;  // changes nothing
  bool own = false;    // is always about what is the caller's own
  std::string_view help;
};

inline constexpr std::array action_meanings{
    ActionMeaning{Action::server_read, "server.read", About::own, true, true, "read what the server says of itself"},
    ActionMeaning{Action::session_start, "session.start", About::own, false, true, "sign in"},
    ActionMeaning{Action::password_ask_reset, "password.ask_reset", About::own, false, true,
                  "ask for a link to set another password"},
    ActionMeaning{Action::password_set_by_link, "password.set_by_link", About::person, false, true,
                  "set a password by a link"},
    ActionMeaning{Action::invitation_open, "invitation.open", About::link, true, true,
                  "see what the invitation behind a link offers"},
    ActionMeaning{Action::invitation_answer, "invitation.answer", About::link, false, true,
                  "accept or decline the invitation behind a link"},
    ActionMeaning{Action::self_view, "self.view", About::own, true, true, "see as whom one asks, and what one may"},
    ActionMeaning{Action::central_view, "central.view", About::person, true, true, "see one's own accounts"},
    ActionMeaning{Action::person_view, "person.view", About::person, true, false, "see which accounts a person is in"},
    ActionMeaning{Action::person_help, "person.help", About::person, false, false,
                  "send another set-up link, take away a lost second factor, report a bounced mail"},
    ActionMeaning{Action::session_view, "session.view", About::person, true, false, "see a person's sessions"},
    ActionMeaning{Action::session_end, "session.end", About::own, false, false, "end a session"},
    ActionMeaning{Action::session_end_all, "session.end_all", About::person, false, false,
                  "end all sessions of a person"},
    ActionMeaning{Action::credential_change, "credential.change", About::person, false, true,
                  "change one's password and second factor"},
    ActionMeaning{Action::profile_change, "profile.change", About::person, false, true,
                  "change one's name and address"},
    ActionMeaning{Action::email_confirm, "email.confirm", About::person, false, true, "confirm an address by a link"},
    ActionMeaning{Action::session_confirm, "session.confirm", About::own, false, true,
                  "show once more that it is still oneself"},
    ActionMeaning{Action::key_view, "key.view", About::person, true, false, "see a person's access keys"},
    ActionMeaning{Action::key_manage, "key.manage", About::person, false, false,
                  "make, replace and revoke access keys"},
    ActionMeaning{Action::account_open, "account.open", About::log, false, false, "open an account"},
    ActionMeaning{Action::installation_view, "installation.view", About::log, true, false,
                  "see how the installation is, and its keys"},
    ActionMeaning{Action::installation_operate, "installation.operate", About::log, false, false,
                  "rebuild read models, confirm the clock"},
    ActionMeaning{Action::event_view, "event.view", About::log, true, false, "see an event of the log"},
    ActionMeaning{Action::event_follow, "event.follow", About::log, true, false, "read and follow the events"},
    ActionMeaning{Action::system_record, "system.record", About::log, false, false,
                  "record what time and the server bring about"},
    ActionMeaning{Action::account_change_seats, "account.change_seats", About::account, false, false,
                  "change the number of seats"},
    ActionMeaning{Action::policy_view, "policy.view", About::account, true, false, "see the account's policies"},
    ActionMeaning{Action::policy_set, "policy.set", About::account, false, false, "set the account's policies"},
    ActionMeaning{Action::account_label, "account.label", About::account, false, true, "label the account for oneself"},
    ActionMeaning{Action::account_leave, "account.leave", About::account, false, true, "leave the account"},
    ActionMeaning{Action::seat_view, "seat.view", About::account, true, false, "see the seat ledger"},
    ActionMeaning{Action::history_view, "history.view", About::account, true, false, "see what happened to a user"},
    ActionMeaning{Action::invitation_view, "invitation.view", About::account, true, false, "see the invitations"},
    ActionMeaning{Action::invitation_manage, "invitation.manage", About::account, false, false,
                  "resend and revoke invitations"},
    ActionMeaning{Action::user_view, "user.view", About::account, true, false, "see users and partners"},
    ActionMeaning{Action::user_add, "user.add", About::account, false, false, "invite users"},
    ActionMeaning{Action::partner_add, "partner.add", About::account, false, false, "invite partners"},
    ActionMeaning{Action::user_change_groups, "user.change_groups", About::account, false, false,
                  "add users to groups and take them out"},
    ActionMeaning{Action::user_deactivate, "user.deactivate", About::account, false, false,
                  "deactivate users and partners"},
    ActionMeaning{Action::user_reassign, "user.reassign", About::account, false, false,
                  "reassign all records of a user"},
    ActionMeaning{Action::user_log_out, "user.log_out", About::account, false, false, "end users' sessions"},
    ActionMeaning{Action::record_import, "record.import", About::account, false, false, "import records"},
    ActionMeaning{Action::contact_view, "contact.view", About::account, true, false, "see contacts"},
    ActionMeaning{Action::contact_search, "contact.search", About::account, true, false, "search contacts"},
    ActionMeaning{Action::contact_add, "contact.add", About::account, false, false, "add contacts"},
    ActionMeaning{Action::contact_edit, "contact.edit", About::account, false, false, "edit contacts"},
    ActionMeaning{Action::contact_reassign, "contact.reassign", About::account, false, false,
                  "assign and unassign contacts"},
    ActionMeaning{Action::lead_view, "lead.view", About::account, true, false, "see leads"},
    ActionMeaning{Action::lead_search, "lead.search", About::account, true, false, "search leads"},
    ActionMeaning{Action::lead_add, "lead.add", About::account, false, false, "add leads"},
    ActionMeaning{Action::lead_edit, "lead.edit", About::account, false, false, "edit leads"},
    ActionMeaning{Action::lead_reassign, "lead.reassign", About::account, false, false, "assign and unassign leads"},
    ActionMeaning{Action::task_view, "task.view", About::account, true, false, "see tasks"},
    ActionMeaning{Action::task_search, "task.search", About::account, true, false, "search tasks"},
    ActionMeaning{Action::task_add, "task.add", About::account, false, false, "add tasks"},
    ActionMeaning{Action::task_edit, "task.edit", About::account, false, false, "complete and reopen tasks"},
    ActionMeaning{Action::task_reassign, "task.reassign", About::account, false, false, "assign and unassign tasks"},
    ActionMeaning{Action::note_view, "note.view", About::account, true, false, "see notes"},
    ActionMeaning{Action::note_search, "note.search", About::account, true, false, "search notes"},
    ActionMeaning{Action::note_add, "note.add", About::account, false, false, "add notes"},
    ActionMeaning{Action::note_edit, "note.edit", About::account, false, false, "edit notes"},
    ActionMeaning{Action::note_reassign, "note.reassign", About::account, false, false, "assign and unassign notes"},
};
constexpr std::size_t actions_count = action_meanings.size();
static_assert([] {
  for (std::size_t i = 0; i < actions_count; ++i)
    if (action_meanings[i].action != static_cast<Action>(i)) return false;
  return true;
}());
constexpr Names<actions_count> enum_names(Action) {
  Names<actions_count> names{};
  for (std::size_t i = 0; i < actions_count; ++i) names[i] = action_meanings[i].name;
  return names;
}
inline constexpr ActionMeaning undeclared_meaning{Action::undeclared};
constexpr const ActionMeaning& meaning_of(Action action) {
  return action == Action::undeclared ? undeclared_meaning : action_meanings[static_cast<std::size_t>(action)];
}

constexpr std::size_t record_verbs = 5;
static_assert(static_cast<std::size_t>(Action::note_reassign) ==
              static_cast<std::size_t>(Action::contact_reassign) + 3 * record_verbs);
// The same verb on records of another kind; `of_contacts` is one that is about contacts.
constexpr Action of_kind(Action of_contacts, RecordKind kind) {
  return static_cast<Action>(static_cast<std::size_t>(of_contacts) + static_cast<std::size_t>(kind) * record_verbs);
}

// A set of actions, as it is stored.
struct ActionSet {
  static constexpr std::array fields{"low", "high"};
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  static constexpr ActionSet of(auto... actions) {
    ActionSet set;
    (set.add(actions), ...);
    return set;
  }
  constexpr void add(Action action) {
    const auto bit = static_cast<unsigned>(action);
    (bit < 64 ? low : high) |= std::uint64_t{1} << bit % 64;
  }
  constexpr bool has(Action action) const {
    const auto bit = static_cast<unsigned>(action);
    return ((bit < 64 ? low : high) >> bit % 64 & 1) != 0;
  }
  constexpr bool empty() const { return low == 0 && high == 0; }
  friend constexpr ActionSet operator|(ActionSet a, ActionSet b) { return {a.low | b.low, a.high | b.high}; }
  friend constexpr ActionSet operator&(ActionSet a, ActionSet b) { return {a.low & b.low, a.high & b.high}; }
  friend constexpr bool operator==(ActionSet, ActionSet) = default;
};
static_assert(actions_count <= 128);

constexpr ActionSet actions_where(auto&& wanted) {
  ActionSet set;
  for (const auto& meaning : action_meanings)
    if (wanted(meaning)) set.add(meaning.action);
  return set;
}
// What a key may that only reads, and one that only writes.
inline constexpr ActionSet reading_actions = actions_where([](const ActionMeaning& m) { return m.reads; });
inline constexpr ActionSet writing_actions = actions_where([](const ActionMeaning& m) { return !m.reads; });
inline constexpr ActionSet record_actions = actions_where(
    [](const ActionMeaning& m) { return m.action >= Action::contact_view && m.action <= Action::note_reassign; });

// ---- sources ------------------------------------------------------------------------------------------------------

// How far a right goes: to what is one's own, or to all there is. A word between them goes between them.
enum class Reach : std::uint8_t { own, all };
constexpr Names<2> enum_names(Reach) { return {"own", "all"}; }

struct Rights {
  ActionSet own;
  ActionSet all;  // also what is one's own

  constexpr bool has(Action action, Reach reach) const {
    return all.has(action) || (reach == Reach::own && own.has(action));
  }
  constexpr Rights within(ActionSet bound) const { return {own & bound, all & bound}; }
};

// By what somebody may.
enum class Source : std::uint8_t {
  anyone,         // even the unknown
  link,           // holds the link of a mail
  session,        // is signed in
  key,            // has an access key of a person
  acting,         // the operator, for a person
  user,           // is an ordinary user of the account
  partner,        // is a partner of the account
  permission,     // holds it as a permission of their own
  admin_group,    // is in the account's Admin group
  partner_admin,  // a partner with Admin = Yes acts as an admin
  owner,          // owns the account
  operator_,      // our own staff, for nobody else
  auditor,        // reads what the operator may, and changes nothing
  subscriber,     // follows the events
  clock,          // the system itself
};
constexpr Names<15> enum_names(Source) {
  return {"anyone",      "link",          "session", "key",      "acting",  "user",       "partner", "permission",
          "admin_group", "partner_admin", "owner",   "operator", "auditor", "subscriber", "clock"};
}

// Nobody hands on more than that: what an account's owner and admins may there.
inline constexpr ActionSet account_actions =
    record_actions | ActionSet::of(Action::record_import, Action::policy_view, Action::policy_set, Action::seat_view,
                                   Action::history_view, Action::invitation_view, Action::invitation_manage,
                                   Action::user_view, Action::user_add, Action::partner_add, Action::user_change_groups,
                                   Action::user_deactivate, Action::user_reassign, Action::user_log_out);

// What a source holds: all of it is here, and no role is named anywhere else. A member's own permissions are data of
// theirs, with reach over all.
constexpr Rights rights_of(Source source) {
  using A = Action;
  constexpr auto own_records =
      ActionSet::of(A::contact_view, A::contact_search, A::contact_add, A::contact_edit, A::lead_view, A::lead_search,
                    A::lead_add, A::lead_edit, A::task_view, A::task_search, A::task_add, A::task_edit, A::note_view,
                    A::note_search, A::note_add, A::note_edit);
  constexpr auto all_that_reads =
      ActionSet::of(A::self_view, A::person_view, A::session_view, A::key_view, A::installation_view, A::event_view,
                    A::event_follow, A::policy_view, A::seat_view, A::history_view, A::invitation_view, A::user_view) |
      (record_actions & reading_actions);
  switch (source) {
    case Source::anyone: return {ActionSet::of(A::server_read, A::session_start, A::password_ask_reset), {}};
    case Source::link:
      return {ActionSet::of(A::invitation_open, A::invitation_answer, A::password_set_by_link, A::email_confirm), {}};
    case Source::session:
      return {ActionSet::of(A::self_view, A::central_view, A::person_view, A::session_view, A::session_end,
                            A::session_end_all, A::credential_change, A::profile_change, A::session_confirm,
                            A::key_view, A::key_manage),
              {}};
    case Source::key: return {ActionSet::of(A::self_view), {}};
    // They know no password of the person, and make no keys in their name.
    case Source::acting:
      return {ActionSet::of(A::self_view, A::central_view, A::person_view, A::session_view, A::session_end,
                            A::session_end_all, A::key_view),
              {}};
    case Source::user:
    case Source::partner:
      return {own_records | ActionSet::of(A::user_view, A::history_view, A::account_label, A::account_leave),
              ActionSet::of(A::policy_view)};
    case Source::permission: return {};
    case Source::admin_group:
    case Source::partner_admin:
    case Source::owner: return {{}, account_actions};
    case Source::operator_:
      return {{},
              all_that_reads | (record_actions & writing_actions) |
                  ActionSet::of(A::record_import, A::account_open, A::account_change_seats, A::person_help,
                                A::session_end, A::session_end_all, A::key_manage, A::installation_operate)};
    case Source::auditor: return {{}, all_that_reads};
    case Source::subscriber: return {{}, ActionSet::of(A::self_view, A::event_follow)};
    case Source::clock: return {{}, ActionSet::of(A::system_record, A::session_end)};
  }
  return {};
}

// What a source gives somebody, and since which event; nothing where no event gave it, such as the operator's key file.
struct Held {
  Source source{};
  Rights rights;
  std::optional<Position> since{};
};

// What there is to know of a member to tell what they may in their account.
struct MemberRights {
  MemberKind kind{};
  bool owner = false;
  bool admin = false;
  ActionSet permissions;
  Position began = 0;        // the event by which they became a member
  Position admin_since = 0;  // the event by which they became an admin, where they are one
};
// Adds what a member whose membership gives access holds.
void hold_as_member(std::vector<Held>& held, const MemberRights& member);

// The actions that these permissions give in an account. One that means nothing in this version gives nothing.
ActionSet actions_named(const std::vector<Permission>& permissions);
std::vector<Permission> permissions_for(ActionSet actions);

// The one question: do these sources allow it, about what is their own or about all there is?
inline bool allows(const std::vector<Held>& held, Action action, Reach reach) {
  return std::any_of(held.begin(), held.end(), [&](const Held& one) { return one.rights.has(action, reach); });
}

// ---- rules --------------------------------------------------------------------------------------------------------

// What it takes to be answered. A command or query without one does not compile.
struct Rule {
  Action action = Action::undeclared;
  bool own = false;      // may be about the caller's own: then reach over that is enough
  bool by_kind = false;  // `action` is about contacts: the same on records of the kind that is named
  bool fresh = false;    // cannot be undone: in a session that is old the password is asked for again

  constexpr About about() const { return meaning_of(action).about; }
  constexpr bool is_held_by(Source source) const {
    const auto rights = rights_of(source);
    return rights.all.has(action) || ((own || meaning_of(action).own) && rights.own.has(action));
  }
};

}  // namespace rollcall
