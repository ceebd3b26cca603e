#include "projections/views/profiles.hpp"

#include "projections/engine/table.hpp"
#include "projections/views/counts.hpp"
#include "projections/views/members.hpp"

namespace rollcall::projections {
namespace {

// ---- rows --------------------------------------------------------------------------------------------------------
// m ACCOUNT MEMBERSHIP           a member
// p PERSON                       where this person is a member
// i ACCOUNT INVITATION           who invited, until it is accepted or closed
// s ACCOUNT MEMBERSHIP SESSION   a session that has not been ended

struct Invited {
  static constexpr std::array fields{"at", "by"};
  Time at;
  std::optional<MembershipId> by;
};

struct Ended {
  static constexpr std::array fields{"at", "cause"};
  Time at;
  EndCause cause{};
};

struct ProfileRow {
  static constexpr std::array fields{"member", "permissions",  "joined_at", "invitation", "predecessor", "invited",
                                     "ended",  "last_sign_in", "counts",    "began",      "admin_since", "bounced"};
  Member member;
  std::vector<Permission> permissions;
  Time joined_at;
  std::optional<InvitationId> invitation;
  std::optional<MembershipId> predecessor;
  std::optional<Invited> invited;
  std::optional<Ended> ended;  // access ended; of somebody who is being deactivated, too
  std::optional<Time> last_sign_in;
  Counts counts;
  Position began = 0;        // of the event by which they became a member
  Position admin_since = 0;  // of the event by which they became an admin
  bool bounced = false;      // mails to their address come back
};

struct SessionRow {
  static constexpr std::array fields{"started_at", "expires_at"};
  Time started_at;
  Time expires_at;
};

std::string session_key(const AccountId& account, const MembershipId& membership, const SessionId& session) {
  return row_key('s', account, membership, session);
}

EndCause cause_of(const AccessExpired&) { return EndCause::expired; }
EndCause cause_of(const DeactivationStarted& e) { return e.cause; }
EndCause cause_of(const UserDeactivated& e) { return e.cause; }
EndCause cause_of(const LeavingStarted&) { return EndCause::left; }
EndCause cause_of(const PartnerLeft&) { return EndCause::left; }

template <class E>
concept EndsAccess = ChangesMember<E> && requires(const E& event) { cause_of(event); };

// ---- the fold ----------------------------------------------------------------------------------------------------

class ProfilesView {
 public:
  explicit ProfilesView(const Rows& before) : members_(before), invitations_(before), sessions_(before) {}

  void on(const Envelope& at, const UserInvited& e) { invited(at, e.invitation, e.invited_by); }
  void on(const Envelope& at, const PartnerInvited& e) { invited(at, e.invitation, e.invited_by); }
  void on(const Envelope& at, const InvitationRevoked& e) { forget(at, e.invitation); }
  void on(const Envelope& at, const InvitationDeclined& e) { forget(at, e.invitation); }

  void on(const Envelope& at, const MembershipActivated& e) {
    bool bounced = false;
    members_.each_place(e.person, [&](const MembershipId&, const ProfileRow& other) {
      bounced = bounced || (other.bounced && other.member.status == Status::active);
    });
    auto& row = members_.join(at, e);
    row.bounced = bounced;
    row.permissions = e.permissions;
    row.joined_at = at.recorded_at;
    row.invitation = e.invitation;
    row.predecessor = e.predecessor;
    row.began = at.position;
    if (e.admin) row.admin_since = at.position;
    if (!e.invitation) return;
    if (const auto* found = invitations_.find(invitation_key(at, *e.invitation))) row.invited = *found;
    forget(at, *e.invitation);
  }
  template <ChangesMember E>
  void on(const Envelope& at, const E& e) {
    auto* row = members_.change(at, e.membership);
    if (!row) return;
    change(row->member, e);
    if constexpr (std::same_as<E, GroupJoined>)
      if (e.group == Group::admin) row->admin_since = at.position;
    if constexpr (EndsAccess<E>)
      if (!row->ended) row->ended = Ended{at.recorded_at, cause_of(e)};
  }
  template <ChangesPerson E>
  void on(const Envelope&, const E& e) {
    members_.change_person(e);
    if constexpr (std::same_as<E, EmailChanged>) mark(e.person, false);
  }
  void on(const Envelope&, const AddressBounced& e) { mark(e.person, true); }
  // They followed a link that was mailed.
  void on(const Envelope&, const PasswordSet& e) {
    if (e.occasion == PasswordOccasion::first || e.occasion == PasswordOccasion::reset) mark(e.person, false);
  }
  void on(const Envelope&, const InvitationAccepted& e) { mark(e.person, false); }
  template <MovesRecords E>
  void on(const Envelope& at, const E& e) {
    recount(e, [&](const MembershipId& id) -> Counts* {
      auto* row = members_.change(at, id);
      return row ? &row->counts : nullptr;
    });
  }

  void on(const Envelope& at, const SessionStarted& e) {
    if (!e.membership) return;
    auto* row = members_.change(at, *e.membership);
    if (!row) return;
    row->last_sign_in = at.recorded_at;
    sessions_.add(session_key(account_of(at), *e.membership, e.session), {at.recorded_at, e.expires_at});
  }
  void on(const Envelope& at, const SessionEnded& e) {
    if (e.membership) sessions_.erase(session_key(account_of(at), *e.membership, e.session));
  }
  void on(const Envelope& at, const SessionsRevoked& e) {
    if (!e.membership) return;
    for (const auto& session : e.sessions) sessions_.erase(session_key(account_of(at), *e.membership, session));
  }

  std::size_t held() const { return members_.held() + invitations_.held() + sessions_.held(); }

  RowChanges changes() {
    RowChanges out;
    members_.write(out);
    invitations_.write(out);
    sessions_.write(out);
    return out;
  }

 private:
  static std::string invitation_key(const Envelope& at, const InvitationId& id) {
    return row_key('i', account_of(at), id);
  }
  void invited(const Envelope& at, const InvitationId& id, const std::optional<MembershipId>& by) {
    invitations_.add(invitation_key(at, id), {at.recorded_at, by});
  }
  void forget(const Envelope& at, const InvitationId& id) { invitations_.erase(invitation_key(at, id)); }
  void mark(const PersonId& person, bool bounced) {
    members_.each_place(person, [&](const MembershipId&, ProfileRow& row) {
      if (row.member.status == Status::active) row.bounced = bounced;
    });
  }

  Members<ProfileRow> members_;
  Table<Invited> invitations_;
  Table<SessionRow> sessions_;
};

std::string row_name(std::string_view key) {
  if (key.front() == 'p') return "person " + id_at_end<PersonId>(key).text();
  const auto account = std::string{key.substr(1, key.find('\0') - 1)};
  if (key.front() == 'i') return "invitation " + account + " " + id_at_end<InvitationId>(key).text();
  if (key.front() == 's') return "session " + account + " " + id_at_end<SessionId>(key).text();
  return "user " + account + " " + id_at_end<MembershipId>(key).text();
}

}  // namespace

constinit const Projection profiles{"profiles", 4, types_of<ProfilesView>(), &fold_of<ProfilesView>, &row_name};

std::optional<MemberRights> rights_at(const Rows& rows, const AccountId& account, const MembershipId& user, Time now) {
  const auto row = find_row<ProfileRow>(rows, member_key(account, user));
  if (!row || status_at(row->member, now) != Status::active) return std::nullopt;
  return MemberRights{row->member.kind, row->member.owner, row->member.admin, actions_named(row->permissions),
                      row->began,       row->admin_since};
}

Expected<std::string, QueryError> UserProfile::answer(const Rows& rows, const Asked& asked) const {
  const auto row = find_row<ProfileRow>(rows, member_key(account, user));
  if (!row) return unexpected(QueryError{"user", "is not known here"});

  Profile out;
  out.id = user;
  out.account = account;
  out.person = row->member.person;
  describe(out, row->member);
  out.status = status_at(row->member, asked.now);
  out.permissions = row->permissions;
  out.joined_at = row->joined_at;
  out.invitation = row->invitation;
  if (row->invited) {
    out.invited_at = row->invited->at;
    out.invited_by = row->invited->by;
  }
  out.predecessor = row->predecessor;
  out.access_ends_at = row->member.access_ends_at;
  if (row->ended) {
    out.ended_at = row->ended->at;
    out.end_cause = row->ended->cause;
  }
  out.last_sign_in = row->last_sign_in;
  out.bounced = row->bounced;
  const auto& held = row->counts;
  out.ledger_version = held.ledger_version;
  out.counts = {held.contacts, held.leads, held.pending_tasks, held.completed_tasks, held.notes};
  const auto prefix = row_key('s', account, user);
  rows.scan(prefix, behind_prefix(prefix), [&](std::string_view key, std::string_view value) {
    const auto session = decode_row<SessionRow>(value);
    if (session.expires_at <= asked.now || ++out.live_sessions > profile_sessions_max) return true;
    out.sessions.push_back({id_at_end<SessionId>(key), session.started_at, session.expires_at});
    return true;
  });
  return json_text(out);
}

}  // namespace rollcall::projections
