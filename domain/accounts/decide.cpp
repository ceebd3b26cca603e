// Opening an account, its seats and its groups.
#include "domain/engine/deciding.hpp"

namespace rollcall {
namespace {

constexpr auto default_partner_permissions =
    ActionSet::of(Action::contact_view, Action::contact_search, Action::contact_add, Action::lead_view,
                  Action::task_view, Action::task_add);

}  // namespace

bool TimeZoneTag::valid(std::string_view zone) {
  return !zone.empty() && zone.size() <= 64 &&
         zone.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_/+-") ==
             std::string_view::npos;
}

Decision decide_on(Deciding& d, const OpenAccount& c) {
  if (d.state.find<AccountRow>(AccountRow::key(c.account))) return unexpected(rejected(Code::app_id_taken));
  const auto time_zone = c.time_zone ? c.time_zone->str() : std::string{"UTC"};
  const auto seat_limit = static_cast<std::uint32_t>(c.seat_limit.value);
  const auto owner = addressee(d, c.owner_email);
  if (!owner) return unexpected(owner.error());

  std::optional<Personal> name;
  if (c.owner_name) name = Personal(owner->email.key(), c.owner_name->value);
  const auto membership = d.fresh<MembershipId>();
  const auto scope = Scope::of(c.account);
  Facts facts{{scope, AccountOpened{c.account_name.value, membership, owner->person, owner->email, name, seat_limit,
                                    time_zone, permissions_for(default_partner_permissions)}},
              {scope, MembershipActivated{.membership = membership,
                                          .person = owner->person,
                                          .email = owner->email,
                                          .name = name,
                                          .kind = MemberKind::standard,
                                          .owner = true,
                                          .admin = true}},
              {scope, SeatTaken{membership, 1, seat_limit}}};
  if (!owner->registered) facts.push_back(setup_link(d, owner->person, owner->email));
  return facts;
}

Decision decide_on(Deciding& d, const ChangeSeatLimit& c) {
  const auto account = d.account(c.account);
  const auto limit = static_cast<std::uint32_t>(c.seat_limit.value);
  if (limit < account.seats_used)
    return unexpected(rejected(Code::seat_limit_below_used, {detail("used", account.seats_used)}));
  if (limit == account.seat_limit) return Facts{};
  return Facts{{Scope::of(c.account), SeatLimitChanged{account.seat_limit, limit}}};
}

Decision decide_on(Deciding& d, const SetPolicy& c) {
  const auto demand = value_named<FactorDemand>(c.value.value);
  if (!demand) return unexpected(rejected(Code::invalid_value, {detail("field", std::string{"value"})}));
  const auto row = d.state.find<FactorDemandRow>(FactorDemandRow::key(c.account));
  const auto before = row ? row->of : FactorDemand::nobody;
  if (*demand == before) return Facts{};
  // Nobody shuts themselves out.
  if (*demand != FactorDemand::nobody && d.who.person && !d.person(*d.who.person).factor)
    return unexpected(rejected(Code::no_second_factor));
  return Facts{
      {Scope::of(c.account), PolicyChanged{c.policy, std::string{name_of(before)}, std::string{name_of(*demand)}}}};
}

Decision decide_on(Deciding& d, const AddToGroup& c) {
  const auto member = d.member(c.account, c.user);
  if (!member) return unexpected(not_there("user", c.user));
  if (!gives_access(*member, d.now())) return unexpected(rejected(Code::not_active));
  if (c.group == Group::admin ? member->admin : member->sales_rep) return unexpected(rejected(Code::already_in_group));
  return Facts{{Scope::of(c.account), GroupJoined{c.user, c.group}}};
}

Decision decide_on(Deciding& d, const RemoveFromGroup& c) {
  const auto member = d.member(c.account, c.user);
  if (!member) return unexpected(not_there("user", c.user));
  if (!gives_access(*member, d.now())) return unexpected(rejected(Code::not_active));
  if (!(c.group == Group::admin ? member->admin : member->sales_rep)) return unexpected(rejected(Code::not_in_group));
  if (c.group == Group::sales_rep && member->open.leads > 0)
    return unexpected(rejected(Code::owns_open_leads, {detail("leads", member->open.leads)}));
  if (c.group == Group::sales_rep && member->receiving > 0) return unexpected(rejected(Code::reassignment_in_progress));
  if (c.group == Group::admin && member->kind == MemberKind::standard && d.account(c.account).admins == 1)
    return unexpected(rejected(Code::last_admin));
  return Facts{{Scope::of(c.account), GroupLeft{c.user, c.group}}};
}

}  // namespace rollcall
