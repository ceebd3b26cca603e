#include "projections/reports/seat_ledger.hpp"

#include "projections/views/members.hpp"

namespace rollcall::projections {
namespace {

SeatCause cause_of(EndCause cause) {
  switch (cause) {
    case EndCause::deactivated: return SeatCause::deactivated;
    case EndCause::left: return SeatCause::left;
    case EndCause::expired: return SeatCause::expired;
    case EndCause::review: return SeatCause::review;
  }
  return SeatCause::deactivated;
}

}  // namespace

SeatLedgerFold::SeatLedgerFold(const SeatLedger& query) : wanted_(query.cause) {}

std::vector<SeatLedgerRow> SeatLedgerFold::rows() {
  if (wanted_) std::erase_if(rows_, [&](const SeatLedgerRow& row) { return row.cause != *wanted_; });
  return std::move(rows_);
}

SeatLedgerRow& SeatLedgerFold::add(const Envelope& at, SeatMovement movement, SeatCause cause) {
  auto& row = rows_.emplace_back(line_at<SeatLedgerRow>(at));
  row.movement = movement;
  row.cause = cause;
  row.used = used_;
  row.limit = limit_;
  row.by = at.actor.membership;
  return row;
}

void SeatLedgerFold::move(const Envelope& at, SeatMovement movement, const MembershipId& user, std::uint32_t used,
                          std::uint32_t limit) {
  used_ = used;
  limit_ = limit;
  const auto& member = members_[user];
  auto& row = add(at, movement, member.cause);
  row.user = user;
  row.name = member.name;
  row.email = member.email;
}

void SeatLedgerFold::on(const Envelope& at, const AccountOpened& e) {
  limit_ = e.seat_limit;
  add(at, SeatMovement::limit, SeatCause::account_opened);
}

void SeatLedgerFold::on(const Envelope& at, const SeatLimitChanged& e) {
  limit_ = e.to;
  add(at, SeatMovement::limit, SeatCause::limit_changed);
}

void SeatLedgerFold::on(const Envelope&, const MembershipActivated& e) {
  members_[e.membership] = {e.person, e.owner && !e.invitation ? SeatCause::account_opened : SeatCause::joined,
                            shown(e.name), std::string{e.email.shown()}};
}

void SeatLedgerFold::on(const Envelope&, const IdentityRegistered& e) {
  if (!e.name) return;
  for (auto& [id, member] : members_)
    if (member.person == e.person) member.name = shown(e.name);
}

void SeatLedgerFold::on(const Envelope&, const NameChanged& e) {
  for (auto& [id, member] : members_)
    if (member.person == e.person) member.name = std::string{e.name.shown()};
}

void SeatLedgerFold::on(const Envelope&, const EmailChanged& e) {
  for (auto& [id, member] : members_)
    if (member.person == e.person) member.email = std::string{e.email.shown()};
}

void SeatLedgerFold::on(const Envelope&, const UserDeactivated& e) { members_[e.membership].cause = cause_of(e.cause); }

void SeatLedgerFold::on(const Envelope&, const UserReactivated& e) {
  auto& member = members_[e.membership];
  member.cause = SeatCause::reactivated;
  member.email = std::string{e.email.shown()};
  if (e.name) member.name = shown(e.name);
}

// Of a seat the event itself says how many are taken after it: what a bill is drawn from is never counted again.
void SeatLedgerFold::on(const Envelope& at, const SeatTaken& e) {
  move(at, SeatMovement::taken, e.membership, e.used, e.limit);
}

void SeatLedgerFold::on(const Envelope& at, const SeatFreed& e) {
  move(at, SeatMovement::freed, e.membership, e.used, e.limit);
}

}  // namespace rollcall::projections
