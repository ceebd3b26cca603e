// Authority: who may do what, and by what. An action is one thing that can be done; a source (a role, a switch, a key)
// holds actions with a reach, since the event that gave it. Commands and queries name the action they take; decision
// state and read models say what a member holds in the same words, so that both give the same answer.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/actions.hpp"

namespace rollcall {

// ---- sources ------------------------------------------------------------------------------------------------------

// How far a right goes: to what is one's own, to what belongs to the users of one's teams, or to all there is.
enum class Reach : std::uint8_t { own, team, all };
constexpr Names<3> enum_names(Reach) { return {"own", "team", "all"}; }

struct Rights {
  ActionSet own;
  ActionSet team;
  ActionSet all;  // also what is one's own

  constexpr bool has(Action action, Reach reach) const {
    return all.has(action) || (reach == Reach::own && own.has(action)) || (reach == Reach::team && team.has(action));
  }
  // How far it goes, if it is held at all.
  constexpr std::optional<Reach> reach_of(Action action) const {
    if (all.has(action)) return Reach::all;
    if (team.has(action)) return Reach::team;
    if (own.has(action)) return Reach::own;
    return std::nullopt;
  }
  constexpr Rights within(ActionSet bound) const { return {own & bound, team & bound, all & bound}; }
};

// By what somebody may.
enum class Source : std::uint8_t {
  anyone,           // even the unknown
  link,             // holds the link of a mail
  session,          // is signed in
  key,              // has an access key of a person
  acting,           // the operator, for a person
  user,             // is an ordinary user of the account
  partner,          // is a partner of the account
  account_default,  // came with the membership: what the account gives newcomers, or what they had when they were here
  permission,       // a switch of their own
  clone,            // cloned from somebody
  role,             // has a role
  team_manager,     // manages a team
  admin_group,      // is in the account's Admin group
  partner_admin,    // a partner with Admin = Yes acts as an admin
  owner,            // owns the account
  operator_,        // our own staff, for nobody else
  auditor,          // reads what the operator may, and changes nothing
  subscriber,       // follows the events
  clock,            // the system itself
};
constexpr Names<19> enum_names(Source) {
  return {"anyone",          "link",       "session", "key",        "acting",       "user",        "partner",
          "account_default", "permission", "clone",   "role",       "team_manager", "admin_group", "partner_admin",
          "owner",           "operator",   "auditor", "subscriber", "clock"};
}

// What is done to those who are in an account.
inline constexpr ActionSet user_managing_actions =
    ActionSet::of(Action::invitation_manage, Action::user_add, Action::partner_add, Action::user_change_groups,
                  Action::user_change_access, Action::user_freeze, Action::user_deactivate, Action::user_reactivate,
                  Action::user_reassign, Action::user_log_out, Action::user_edit_permissions,
                  Action::permission_set_defaults, Action::role_manage, Action::team_manage);
// What there is to see about those who are in an account.
inline constexpr ActionSet user_viewing_actions =
    ActionSet::of(Action::user_view, Action::history_view, Action::invitation_view, Action::seat_view,
                  Action::permission_view, Action::team_view, Action::policy_view, Action::handover_view);
// What an account's admins may there: all that can be handed on as a permission.
inline constexpr ActionSet account_actions =
    crm_actions | user_managing_actions | user_viewing_actions | ActionSet::of(Action::record_import);

// What a source holds: all of it is here and in `actions_of` below, and no role is named anywhere else. Permissions are
// data of the member's, with reach over all.
constexpr Rights rights_of(Source source) {
  using A = Action;
  constexpr auto own_records =
      ActionSet::of(A::contact_view, A::contact_search, A::contact_add, A::contact_edit, A::lead_view, A::lead_search,
                    A::lead_add, A::lead_edit, A::task_view, A::task_search, A::task_add, A::task_edit, A::note_view,
                    A::note_search, A::note_add, A::note_edit);
  constexpr auto all_that_reads = ActionSet::of(A::self_view, A::person_view, A::session_view, A::key_view,
                                                A::installation_view, A::event_view, A::event_follow) |
                                  user_viewing_actions | (crm_actions & reading_actions);
  switch (source) {
    case Source::anyone: return {ActionSet::of(A::server_read, A::session_start, A::password_ask_reset), {}, {}};
    case Source::link:
      return {
          ActionSet::of(A::invitation_open, A::invitation_answer, A::password_set_by_link, A::email_confirm), {}, {}};
    case Source::session:
      return {ActionSet::of(A::self_view, A::central_view, A::person_view, A::session_view, A::session_end,
                            A::session_end_all, A::credential_change, A::profile_change, A::session_confirm,
                            A::key_view, A::key_manage),
              {},
              {}};
    case Source::key: return {ActionSet::of(A::self_view), {}, {}};
    // They know no password of the person, and make no keys in their name.
    case Source::acting:
      return {ActionSet::of(A::self_view, A::central_view, A::person_view, A::session_view, A::session_end,
                            A::session_end_all, A::key_view),
              {},
              {}};
    case Source::user:
    case Source::partner:
      return {own_records | ActionSet::of(A::user_view, A::history_view, A::permission_view, A::team_view,
                                          A::account_configure, A::account_leave, A::handover_request),
              {},
              ActionSet::of(A::policy_view)};
    case Source::account_default:
    case Source::permission:
    case Source::clone:
    case Source::role: return {};
    case Source::team_manager: return {{}, own_records | ActionSet::of(A::user_view, A::team_view), {}};
    case Source::admin_group:
    case Source::partner_admin: return {{}, {}, account_actions};
    case Source::owner: return {{}, {}, account_actions | ActionSet::of(A::policy_set, A::account_transfer)};
    case Source::operator_:
      return {{},
              {},
              all_that_reads | (record_actions & writing_actions) |
                  ActionSet::of(A::record_import, A::account_open, A::account_change_seats, A::account_transfer,
                                A::user_unlink, A::partner_certify, A::person_help, A::session_end, A::session_end_all,
                                A::key_manage, A::installation_operate)};
    case Source::auditor: return {{}, {}, all_that_reads};
    case Source::subscriber: return {{}, {}, ActionSet::of(A::self_view, A::event_follow)};
    case Source::clock: return {{}, {}, ActionSet::of(A::system_record, A::session_end)};
  }
  return {};
}

// What a role gives that every account has; nothing for a role of an account's own.
//   limited_admin  all that an admin may but a reassignment of all records, and so no making of admins;
//   manager        all records, and to see who is there;
//   staff          their own records.
constexpr std::optional<ActionSet> actions_of_role(std::string_view role) {
  if (role == "limited_admin") return account_actions - ActionSet::of(Action::user_reassign);
  if (role == "manager") return crm_actions | user_viewing_actions | ActionSet::of(Action::record_import);
  if (role == "staff") return ActionSet{};
  return std::nullopt;
}

// What somebody may do brings what it is done to into sight (seed 002: edit all overrides view all).
struct Sight {
  ActionSet doing;
  Action view{};
};
inline constexpr auto sights = [] {
  std::array<Sight, 24> found{};
  std::size_t n = 0;
  for (const auto& view : action_meanings) {
    if (!account_actions.has(view.action) || !view.name.ends_with(".view")) continue;
    const auto area = view.name.substr(0, view.name.size() - 4);
    auto& sight = found.at(n++);
    sight.view = view.action;
    for (const auto& meaning : action_meanings)
      if (meaning.name.starts_with(area) &&
          (meaning.name.substr(area.size()).starts_with("edit") || user_managing_actions.has(meaning.action)))
        sight.doing.add(meaning.action);
  }
  return found;
}();
constexpr ActionSet with_sight(ActionSet actions) {
  for (const auto& sight : sights)
    if (!(actions & sight.doing).empty()) actions.add(sight.view);
  return actions;
}

// Actions that one event gave: by what, since which event, and from where (a user's, role's or team's id).
struct Grant {
  static constexpr std::array fields{"source", "actions", "since", "of"};
  Source source{};
  ActionSet actions;
  Position since = 0;
  std::string of{};
};
// Each action is in one grant at most, that of the event which gave it.
using Grants = std::vector<Grant>;
ActionSet actions_of(const Grants& grants);
void give(Grants& grants, Grant grant);
void take(Grants& grants, ActionSet actions);

// What a source gives somebody, and since which event; nothing where no event gave it, such as the operator's key file.
struct Held {
  Source source{};
  Rights rights;
  std::optional<Position> since{};
  std::string of{};  // the user it was cloned from, the role, the team
};

// A team that somebody manages, and since which event.
struct ManagedTeam {
  TeamId team;
  Position since = 0;
};

// What there is to know of a member to tell what they may in their account.
struct MemberRights {
  MemberKind kind{};
  bool owner = false;
  bool admin = false;
  bool manages_users = true;  // the account's policy for partners with Admin = Yes
  Grants grants;              // their own; of somebody with a role, the role's
  Position began = 0;         // the event by which they became a member
  Position admin_since = 0;   // the event by which they became an admin, where they are one
  Position owner_since = 0;   // the event by which they became the owner, where they are
  std::vector<ManagedTeam> teams;
};
// Adds what a member whose membership gives access holds.
void hold_as_member(std::vector<Held>& held, const MemberRights& member);
// The grants of somebody with a role since `assigned`. `custom` are those of the account's own role.
Grants grants_of_role(const MemberRole& role, Position assigned, const Grants& custom);

// The actions that these permissions give in an account. One that means nothing in this version gives nothing.
ActionSet actions_named(const std::vector<Permission>& permissions);
std::vector<Permission> permissions_for(ActionSet actions);

// The one question: do these sources allow it, about what is their own, their teams', or about all there is?
inline bool allows(const std::vector<Held>& held, Action action, Reach reach) {
  return std::any_of(held.begin(), held.end(), [&](const Held& one) { return one.rights.has(action, reach); });
}
// How far they allow it, if at all.
std::optional<Reach> reach_of(const std::vector<Held>& held, Action action);

// ---- rules --------------------------------------------------------------------------------------------------------

// What it takes to be answered. A command or query without one does not compile.
struct Rule {
  Action action = Action::undeclared;
  bool own = false;       // may be about the caller's own or their teams': then reach over that is enough
  bool by_kind = false;   // `action` is about contacts: the same on records of the kind that is named
  bool by_reach = false;  // of a list: everybody sees of it what their reach covers
  bool fresh = false;     // cannot be undone: in a session that is old the password is asked for again

  constexpr About about() const { return meaning_of(action).about; }
  constexpr bool is_held_by(Source source) const {
    const auto rights = rights_of(source);
    return rights.all.has(action) ||
           ((own || by_reach || meaning_of(action).own) && rights.reach_of(action).has_value());
  }
  // Many can be asked for in one request: commands about an account, for whoever has a credential.
  constexpr bool in_bulk() const {
    return about() == About::account && !is_held_by(Source::anyone) && !is_held_by(Source::link) &&
           !is_held_by(Source::clock);
  }
};

}  // namespace rollcall
