// Opening an account, its seats and its groups.
#include <algorithm>
#include <array>
#include <string_view>

#include "domain/engine/deciding.hpp"

namespace rollcall {
namespace {

constexpr auto default_partner_permissions =
    ActionSet::of(Action::contact_view, Action::contact_search, Action::contact_add, Action::lead_view,
                  Action::task_view, Action::task_add);

constexpr auto time_zones = std::to_array<std::string_view>({
#include "domain/accounts/time_zones.inc"
});
static_assert(std::is_sorted(time_zones.begin(), time_zones.end()));

}  // namespace

bool NewAccountIdTag::valid(std::string_view text) {
  return AccountIdTag::valid(text) && text.front() != '-' && text.back() != '-';
}

bool TimeZoneTag::valid(std::string_view zone) {
  return std::binary_search(time_zones.begin(), time_zones.end(), zone);
}

Decision decide_on(Deciding& d, const OpenAccount& c) {
  const auto account = AccountId::parse(c.account.str()).value();
  if (d.state.find<AccountRow>(AccountRow::key(account))) return unexpected(rejected(Code::app_id_taken));
  const auto time_zone = c.time_zone ? c.time_zone->str() : std::string{"UTC"};
  const auto seat_limit = static_cast<std::uint32_t>(c.seat_limit.value);
  const auto owner = addressee(d, c.owner_email);
  if (!owner) return unexpected(owner.error());

  std::optional<Personal> name;
  if (c.owner_name) name = Personal(owner->email.key(), c.owner_name->value);
  const auto membership = d.fresh<MembershipId>();
  const auto scope = Scope::of(account);
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

namespace {

// The fact that a policy has another value; none when it has this one.
template <class Value>
Decision changed(const SetPolicy& c, Value before, Value wanted) {
  if (wanted == before) return Facts{};
  return Facts{
      {Scope::of(c.account), PolicyChanged{c.policy, std::string{name_of(before)}, std::string{name_of(wanted)}}}};
}

// What the policy can be instead is told.
template <std::size_t n>
Decision not_a_value(const Names<n>& words) {
  std::string all;
  for (const auto word : words) all.append(all.empty() ? "" : ", ").append(word);
  return unexpected(
      rejected(Code::invalid_value, {detail("field", std::string{"value"}), detail("one_of", std::move(all))}));
}

Decision demand_second_factor(const Deciding& d, const SetPolicy& c) {
  const auto demand = value_named<FactorDemand>(c.value.value);
  if (!demand) return not_a_value(enum_names(FactorDemand{}));
  const auto row = d.state.find<FactorDemandRow>(FactorDemandRow::key(c.account));
  const auto before = row ? row->of : FactorDemand::nobody;
  // Nobody shuts themselves out.
  if (*demand != before && *demand != FactorDemand::nobody && d.who.person && !d.person(*d.who.person).factor)
    return unexpected(rejected(Code::no_second_factor));
  return changed(c, before, *demand);
}

}  // namespace

Decision decide_on(Deciding& d, const SetPolicy& c) {
  const auto switched = [&](bool before) -> Decision {
    if (c.value.value != "true" && c.value.value != "false") return not_a_value(Names<2>{"true", "false"});
    const bool wanted = c.value.value == "true";
    if (wanted == before) return Facts{};
    return Facts{{Scope::of(c.account), PolicyChanged{c.policy, before ? "true" : "false", c.value.value}}};
  };
  const auto account = d.account(c.account);
  switch (c.policy) {
    case Policy::require_certified_partner: return switched(account.require_certified_partner);
    case Policy::partner_admins_manage_users: return switched(account.partner_admins_manage_users);
    case Policy::revoke_on_inviter_exit: return switched(account.revoke_on_inviter_exit);
    case Policy::reserve_seat_on_invite: return switched(account.reserve_seat_on_invite);
    case Policy::leave_blocks:
      if (const auto blocks = value_named<LeaveBlocks>(c.value.value)) return changed(c, account.leave_blocks, *blocks);
      return not_a_value(enum_names(LeaveBlocks{}));
    case Policy::require_second_factor: return demand_second_factor(d, c);
    case Policy::language:
      if (const auto language = value_named<Language>(c.value.value)) return changed(c, account.language, *language);
      return not_a_value(enum_names(Language{}));
  }
  throw std::logic_error("unknown policy");
}

Decision decide_on(Deciding& d, const TransferOwnership& c) {
  const auto member = d.member(c.account, c.to);
  if (!member) return unexpected(not_there("user", c.to));
  if (member->owner) return unexpected(rejected(Code::already_owner));
  if (member->kind == MemberKind::partner) return unexpected(rejected(Code::target_is_partner));
  if (!gives_access(*member, d.now()))
    return unexpected(rejected(Code::target_not_active, {detail("user", c.to.text())}));
  const auto scope = Scope::of(c.account);
  Facts facts;
  if (!member->admin) facts.push_back({scope, GroupJoined{c.to, Group::admin}});
  facts.push_back({scope, OwnershipTransferred{d.account(c.account).owner, c.to}});
  return facts;
}

Decision decide_on(Deciding& d, const AddToGroup& c) {
  const auto member = d.member(c.account, c.user);
  if (!member) return unexpected(not_there("user", c.user));
  if (!gives_access(*member, d.now())) return unexpected(rejected(Code::not_active));
  if (c.group == Group::admin ? member->admin : member->sales_rep) return unexpected(rejected(Code::already_in_group));
  // No way round: who lacks what an admin may makes nobody one.
  if (c.group == Group::admin)
    if (auto no = refuse_handing_on(d, c.account, account_actions, Code::permission_exceeds_actor))
      return unexpected(*no);
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
