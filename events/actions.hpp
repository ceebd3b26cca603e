// What can be done: every action there is, by name, with what it is about. Who may is in events/rights.hpp.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

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
  account_transfer,
  partner_certify,
  policy_view,
  policy_set,
  account_configure,
  account_leave,
  handover_request,
  handover_view,
  seat_view,
  history_view,
  invitation_view,
  invitation_manage,
  user_view,
  user_add,
  partner_add,
  user_change_groups,
  user_change_access,
  user_freeze,
  user_deactivate,
  user_reactivate,
  user_unlink,
  user_reassign,
  user_log_out,
  user_edit_permissions,
  permission_view,
  permission_set_defaults,
  role_manage,
  team_view,
  team_manage,
  record_import,
  // Of each kind of record in the order of RecordKind, the same verbs in the same order.
  contact_view,
  contact_search,
  contact_add,
  contact_edit,
  contact_delete,
  contact_reassign,
  lead_view,
  lead_search,
  lead_add,
  lead_edit,
  lead_delete,
  lead_reassign,
  task_view,
  task_search,
  task_add,
  task_edit,
  task_delete,
  task_reassign,
  note_view,
  note_search,
  note_add,
  note_edit,
  note_delete,
  note_reassign,
  // What the CRM keeps and asks about.
  contact_tag,
  lead_edit_closed,
  appointment_view,
  appointment_search,
  appointment_add,
  appointment_edit,
  appointment_delete,
  appointment_reassign,
  company_view,
  company_search,
  company_add,
  company_edit,
  company_delete,
  referral_partner_view,
  referral_partner_search,
  referral_partner_add,
  referral_partner_edit,
  referral_partner_delete,
  order_view,
  order_search,
  order_add,
  order_edit,
  order_delete,
  product_view,
  product_search,
  product_add,
  product_edit,
  product_delete,
  campaign_view,
  campaign_search,
  campaign_add,
  campaign_edit,
  campaign_delete,
  application_account_page,
  application_billing,
  application_settings,
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
    ActionMeaning{Action::account_transfer, "account.transfer", About::account, false, false,
                  "make somebody else the owner of the account"},
    ActionMeaning{Action::partner_certify, "partner.certify", About::person, false, false,
                  "keep the register of certified partners"},
    ActionMeaning{Action::policy_view, "policy.view", About::account, true, false, "see the account's policies"},
    ActionMeaning{Action::policy_set, "policy.set", About::account, false, false,
                  "set the account's policies and what partners begin with"},
    ActionMeaning{Action::account_configure, "account.configure", About::account, false, true,
                  "label and name the account for oneself"},
    ActionMeaning{Action::account_leave, "account.leave", About::account, false, true, "leave the account"},
    ActionMeaning{Action::handover_request, "handover.request", About::account, false, true,
                  "ask the owner to take over one's records"},
    ActionMeaning{Action::handover_view, "handover.view", About::account, true, false,
                  "see who asks to have their records taken over"},
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
    ActionMeaning{Action::user_change_access, "user.change_access", About::account, false, false,
                  "change when partners' access ends"},
    ActionMeaning{Action::user_freeze, "user.freeze", About::account, false, false,
                  "freeze and unfreeze users and partners"},
    ActionMeaning{Action::user_deactivate, "user.deactivate", About::account, false, false,
                  "deactivate users and partners"},
    ActionMeaning{Action::user_reactivate, "user.reactivate", About::account, false, false, "reactivate users"},
    ActionMeaning{Action::user_unlink, "user.unlink", About::account, false, false,
                  "free the address of an inactive user"},
    ActionMeaning{Action::user_reassign, "user.reassign", About::account, false, false,
                  "reassign all records of a user"},
    ActionMeaning{Action::user_log_out, "user.log_out", About::account, false, false, "end users' sessions"},
    ActionMeaning{Action::user_edit_permissions, "user.edit_permissions", About::account, false, false,
                  "edit and clone permissions, assign roles"},
    ActionMeaning{Action::permission_view, "permission.view", About::account, true, false,
                  "see who may what, and by what"},
    ActionMeaning{Action::permission_set_defaults, "permission.set_defaults", About::account, false, false,
                  "set what new users begin with"},
    ActionMeaning{Action::role_manage, "role.manage", About::account, false, false, "create, change and retire roles"},
    ActionMeaning{Action::team_view, "team.view", About::account, true, false, "see the teams"},
    ActionMeaning{Action::team_manage, "team.manage", About::account, false, false, "create, fill and dissolve teams"},
    ActionMeaning{Action::record_import, "record.import", About::account, false, false, "import records"},
    ActionMeaning{Action::contact_view, "contact.view", About::account, true, false, "see contacts"},
    ActionMeaning{Action::contact_search, "contact.search", About::account, true, false, "search contacts"},
    ActionMeaning{Action::contact_add, "contact.add", About::account, false, false, "add contacts"},
    ActionMeaning{Action::contact_edit, "contact.edit", About::account, false, false, "edit contacts"},
    ActionMeaning{Action::contact_delete, "contact.delete", About::account, false, false, "delete contacts"},
    ActionMeaning{Action::contact_reassign, "contact.reassign", About::account, false, false,
                  "assign and unassign contacts"},
    ActionMeaning{Action::lead_view, "lead.view", About::account, true, false, "see leads"},
    ActionMeaning{Action::lead_search, "lead.search", About::account, true, false, "search leads"},
    ActionMeaning{Action::lead_add, "lead.add", About::account, false, false, "add leads"},
    ActionMeaning{Action::lead_edit, "lead.edit", About::account, false, false, "edit leads"},
    ActionMeaning{Action::lead_delete, "lead.delete", About::account, false, false, "delete leads"},
    ActionMeaning{Action::lead_reassign, "lead.reassign", About::account, false, false, "assign and unassign leads"},
    ActionMeaning{Action::task_view, "task.view", About::account, true, false, "see tasks"},
    ActionMeaning{Action::task_search, "task.search", About::account, true, false, "search tasks"},
    ActionMeaning{Action::task_add, "task.add", About::account, false, false, "add tasks"},
    ActionMeaning{Action::task_edit, "task.edit", About::account, false, false, "complete and reopen tasks"},
    ActionMeaning{Action::task_delete, "task.delete", About::account, false, false, "delete tasks"},
    ActionMeaning{Action::task_reassign, "task.reassign", About::account, false, false, "assign and unassign tasks"},
    ActionMeaning{Action::note_view, "note.view", About::account, true, false, "see notes"},
    ActionMeaning{Action::note_search, "note.search", About::account, true, false, "search notes"},
    ActionMeaning{Action::note_add, "note.add", About::account, false, false, "add notes"},
    ActionMeaning{Action::note_edit, "note.edit", About::account, false, false, "edit notes"},
    ActionMeaning{Action::note_delete, "note.delete", About::account, false, false, "delete notes"},
    ActionMeaning{Action::note_reassign, "note.reassign", About::account, false, false, "assign and unassign notes"},
    ActionMeaning{Action::contact_tag, "contact.tag", About::account, false, false, "add tags to contacts"},
    ActionMeaning{Action::lead_edit_closed, "lead.edit_closed", About::account, false, false, "edit closed leads"},
    ActionMeaning{Action::appointment_view, "appointment.view", About::account, true, false, "see appointments"},
    ActionMeaning{Action::appointment_search, "appointment.search", About::account, true, false, "search appointments"},
    ActionMeaning{Action::appointment_add, "appointment.add", About::account, false, false, "add appointments"},
    ActionMeaning{Action::appointment_edit, "appointment.edit", About::account, false, false, "edit appointments"},
    ActionMeaning{Action::appointment_delete, "appointment.delete", About::account, false, false,
                  "delete appointments"},
    ActionMeaning{Action::appointment_reassign, "appointment.reassign", About::account, false, false,
                  "reassign appointments"},
    ActionMeaning{Action::company_view, "company.view", About::account, true, false, "see companies"},
    ActionMeaning{Action::company_search, "company.search", About::account, true, false, "search companies"},
    ActionMeaning{Action::company_add, "company.add", About::account, false, false, "add companies"},
    ActionMeaning{Action::company_edit, "company.edit", About::account, false, false, "edit companies"},
    ActionMeaning{Action::company_delete, "company.delete", About::account, false, false, "delete companies"},
    ActionMeaning{Action::referral_partner_view, "referral_partner.view", About::account, true, false,
                  "see referral partners"},
    ActionMeaning{Action::referral_partner_search, "referral_partner.search", About::account, true, false,
                  "search referral partners"},
    ActionMeaning{Action::referral_partner_add, "referral_partner.add", About::account, false, false,
                  "add referral partners"},
    ActionMeaning{Action::referral_partner_edit, "referral_partner.edit", About::account, false, false,
                  "edit referral partners"},
    ActionMeaning{Action::referral_partner_delete, "referral_partner.delete", About::account, false, false,
                  "delete referral partners"},
    ActionMeaning{Action::order_view, "order.view", About::account, true, false, "see orders and invoices"},
    ActionMeaning{Action::order_search, "order.search", About::account, true, false, "search orders and invoices"},
    ActionMeaning{Action::order_add, "order.add", About::account, false, false, "add orders and invoices"},
    ActionMeaning{Action::order_edit, "order.edit", About::account, false, false, "edit orders and invoices"},
    ActionMeaning{Action::order_delete, "order.delete", About::account, false, false, "delete orders and invoices"},
    ActionMeaning{Action::product_view, "product.view", About::account, true, false, "see products"},
    ActionMeaning{Action::product_search, "product.search", About::account, true, false, "search products"},
    ActionMeaning{Action::product_add, "product.add", About::account, false, false, "add products"},
    ActionMeaning{Action::product_edit, "product.edit", About::account, false, false, "edit products"},
    ActionMeaning{Action::product_delete, "product.delete", About::account, false, false, "delete products"},
    ActionMeaning{Action::campaign_view, "campaign.view", About::account, true, false, "see campaigns"},
    ActionMeaning{Action::campaign_search, "campaign.search", About::account, true, false, "search campaigns"},
    ActionMeaning{Action::campaign_add, "campaign.add", About::account, false, false, "add campaigns"},
    ActionMeaning{Action::campaign_edit, "campaign.edit", About::account, false, false, "edit campaigns"},
    ActionMeaning{Action::campaign_delete, "campaign.delete", About::account, false, false, "delete campaigns"},
    ActionMeaning{Action::application_account_page, "application.account_page", About::account, true, false,
                  "see the account page"},
    ActionMeaning{Action::application_billing, "application.billing", About::account, true, false,
                  "see the billing page"},
    ActionMeaning{Action::application_settings, "application.settings", About::account, false, false,
                  "change the application's settings"},
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

constexpr std::size_t record_verbs = 6;
static_assert(static_cast<std::size_t>(Action::note_reassign) ==
              static_cast<std::size_t>(Action::contact_reassign) + 3 * record_verbs);
// The same verb on records of another kind; `of_contacts` is one that is about contacts.
constexpr Action of_kind(Action of_contacts, RecordKind kind) {
  return static_cast<Action>(static_cast<std::size_t>(of_contacts) + static_cast<std::size_t>(kind) * record_verbs);
}

// A set of actions, as it is stored.
struct ActionSet {
  static constexpr std::array fields{"low", "middle", "high"};
  std::uint64_t low = 0;
  std::uint64_t middle = 0;
  std::uint64_t high = 0;

  static constexpr ActionSet of(auto... actions) {
    ActionSet set;
    (set.add(actions), ...);
    return set;
  }
  constexpr void add(Action action) {
    const auto bit = static_cast<unsigned>(action);
    (bit < 64 ? low : bit < 128 ? middle : high) |= std::uint64_t{1} << bit % 64;
  }
  constexpr bool has(Action action) const {
    const auto bit = static_cast<unsigned>(action);
    return ((bit < 64 ? low : bit < 128 ? middle : high) >> bit % 64 & 1) != 0;
  }
  constexpr bool empty() const { return low == 0 && middle == 0 && high == 0; }
  constexpr bool within(ActionSet other) const { return (*this & other) == *this; }
  friend constexpr ActionSet operator|(ActionSet a, ActionSet b) {
    return {a.low | b.low, a.middle | b.middle, a.high | b.high};
  }
  friend constexpr ActionSet operator&(ActionSet a, ActionSet b) {
    return {a.low & b.low, a.middle & b.middle, a.high & b.high};
  }
  friend constexpr ActionSet operator-(ActionSet a, ActionSet b) {
    return {a.low & ~b.low, a.middle & ~b.middle, a.high & ~b.high};
  }
  friend constexpr bool operator==(ActionSet, ActionSet) = default;
};
static_assert(actions_count <= 192);

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
// All that the CRM asks about: records, and what else it keeps.
inline constexpr ActionSet crm_actions = actions_where([](const ActionMeaning& m) {
  return m.action >= Action::contact_view && m.action <= Action::application_settings;
});

}  // namespace rollcall
