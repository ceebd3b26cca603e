// What events do to accounts and their seats.
#include "domain/engine/evolve.hpp"

#include "domain/engine/rows.hpp"

namespace rollcall {
namespace {

class AccountsFold {
 public:
  explicit AccountsFold(State& state) : state_(state) {}

  void on(const Envelope& at, const AccountOpened& e) {
    meet(state_, e.owner_person, e.owner_email, e.owner_name);
    AccountRow row;
    row.name = e.name;
    row.owner = e.owner;
    row.seat_limit = e.seat_limit;
    row.time_zone = e.time_zone;
    row.partner_permissions = e.partner_permissions;
    state_.put(AccountRow::key(account_of(at)), row);
  }
  void on(const Envelope& at, const SeatLimitChanged& e) {
    change_account(state_, account_of(at), [&](AccountRow& row) { row.seat_limit = e.to; });
  }
  void on(const Envelope& at, const PolicyChanged& e) {
    const auto set = [&](auto&& how) { change_account(state_, account_of(at), how); };
    const bool on = e.to == "true";
    switch (e.policy) {
      case Policy::require_certified_partner: return set([&](AccountRow& row) { row.require_certified_partner = on; });
      case Policy::partner_admins_manage_users:
        return set([&](AccountRow& row) { row.partner_admins_manage_users = on; });
      case Policy::revoke_on_inviter_exit: return set([&](AccountRow& row) { row.revoke_on_inviter_exit = on; });
      case Policy::reserve_seat_on_invite: return set([&](AccountRow& row) { row.reserve_seat_on_invite = on; });
      case Policy::leave_blocks:
        return set([&](AccountRow& row) {
          row.leave_blocks = value_named<LeaveBlocks>(e.to).value_or(LeaveBlocks::contacts);
        });
      case Policy::require_second_factor: return demand_factor(account_of(at), e.to);
      case Policy::language:
        return set([&](AccountRow& row) { row.language = value_named<Language>(e.to).value_or(Language::en); });
    }
  }
  void on(const Envelope& at, const SeatTaken& e) {
    change_account(state_, account_of(at), [&](AccountRow& row) { row.seats_used = e.used; });
  }
  void on(const Envelope& at, const SeatFreed& e) {
    change_account(state_, account_of(at), [&](AccountRow& row) { row.seats_used = e.used; });
  }

 private:
  void demand_factor(const AccountId& account, std::string_view of) {
    const auto demand = value_named<FactorDemand>(of).value_or(FactorDemand::nobody);
    const auto key = FactorDemandRow::key(account);
    if (demand == FactorDemand::nobody) return state_.erase(key);
    state_.put(key, FactorDemandRow{demand});
  }

  State& state_;
};

}  // namespace

constinit const Evolution accounts_evolution = evolution_of<AccountsFold>();

}  // namespace rollcall
