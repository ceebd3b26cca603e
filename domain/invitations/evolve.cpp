// What events do to invitations.
#include "domain/engine/evolve.hpp"

#include "domain/engine/rows.hpp"

namespace rollcall {
namespace {

// Waits for its answer. The row itself is the caller's. A stranger has no place anywhere yet.
void open_invitation(State& state, const InvitationId& id, const InvitationRow& row, bool stranger = false,
                     bool was_pending = false) {
  state.add(InvitationDueRow::key(row.expires_at, id), InvitationDueRow{});
  if (row.invited_by && !was_pending) state.add(InvitationOfRow::key(*row.invited_by, id), InvitationOfRow{});
  if (row.kind == MemberKind::standard && !was_pending)
    change_account(state, row.account, [](AccountRow& account) { ++account.invited_users; });
  const auto key = PlaceRow::key(row.account, row.person);
  if (stranger) return state.add(key, PlaceRow{.live = {}, .last = {}, .invitation = id});
  auto place = state.place(row.account, row.person);
  place.invitation = id;
  state.put(key, place);
}

void close_invitation(State& state, const InvitationId& id, InvitationStatus how) {
  auto row = state.get<InvitationRow>(InvitationRow::key(id));
  state.erase(InvitationDueRow::key(row.expires_at, id));
  if (row.status == InvitationStatus::pending) {
    if (row.invited_by) state.remove(InvitationOfRow::key(*row.invited_by, id), InvitationOfRow{});
    if (row.kind == MemberKind::standard)
      change_account(state, row.account, [](AccountRow& account) { --account.invited_users; });
  }
  row.status = how;
  state.put(InvitationRow::key(id), row);
  auto place = state.place(row.account, row.person);
  if (place.invitation == id) place.invitation.reset();
  state.put(PlaceRow::key(row.account, row.person), place);
}

class InvitationsFold {
 public:
  explicit InvitationsFold(State& state) : state_(state) {}

  void on(const Envelope& at, const UserInvited& e) {
    const bool stranger = meet(state_, e.person, e.email, e.first_name);
    InvitationRow row;
    row.account = account_of(at);
    row.person = e.person;
    row.kind = MemberKind::standard;
    row.admin = e.admin;
    row.expires_at = e.expires_at;
    row.sent_at = at.recorded_at;
    row.invited_by = e.invited_by;
    row.predecessor = e.predecessor;
    row.first_name = e.first_name;
    row.email = e.email;
    state_.add(InvitationRow::key(e.invitation), row);
    open_invitation(state_, e.invitation, row, stranger);
  }
  void on(const Envelope& at, const PartnerInvited& e) {
    const bool stranger = meet(state_, e.person, e.email, std::nullopt);
    InvitationRow row;
    row.account = account_of(at);
    row.person = e.person;
    row.kind = MemberKind::partner;
    row.admin = e.admin;
    row.permissions = e.permissions;
    row.expires_at = e.expires_at;
    row.sent_at = at.recorded_at;
    row.invited_by = e.invited_by;
    row.access_ends_at = e.access_ends_at;
    row.predecessor = e.predecessor;
    row.email = e.email;
    state_.add(InvitationRow::key(e.invitation), row);
    open_invitation(state_, e.invitation, row, stranger);
  }
  void on(const Envelope& at, const InvitationResent& e) {
    auto row = state_.get<InvitationRow>(InvitationRow::key(e.invitation));
    state_.erase(InvitationDueRow::key(row.expires_at, e.invitation));
    const bool was_pending = row.status == InvitationStatus::pending;
    row.status = InvitationStatus::pending;
    row.attempt = e.attempt;
    row.expires_at = e.expires_at;
    row.sent_at = at.recorded_at;
    state_.put(InvitationRow::key(e.invitation), row);
    open_invitation(state_, e.invitation, row, false, was_pending);
  }
  void on(const Envelope&, const InvitationRevoked& e) {
    close_invitation(state_, e.invitation, InvitationStatus::revoked);
  }
  void on(const Envelope&, const InvitationDeclined& e) {
    close_invitation(state_, e.invitation, InvitationStatus::declined);
  }
  void on(const Envelope&, const InvitationExpired& e) {
    close_invitation(state_, e.invitation, InvitationStatus::expired);
  }
  void on(const Envelope&, const InvitationAccepted& e) {
    close_invitation(state_, e.invitation, InvitationStatus::accepted);
    // Who followed its link reads the mails there.
    state_.change<PersonRow>(PersonRow::key(e.person), [](PersonRow& person) { person.bounced = false; });
  }

 private:
  State& state_;
};

}  // namespace

constinit const Evolution invitations_evolution = evolution_of<InvitationsFold>();

}  // namespace rollcall
