#include "projections/views/profiles.hpp"

#include "events/fold_case.hpp"
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

// A stretch of membership.
struct Span {
  static constexpr std::array fields{"from",        "from_position", "granted_by", "to",
                                     "to_position", "ended_by",      "cause",      "frozen"};
  Time from;
  Position from_position = 0;
  std::optional<MembershipId> granted_by{};
  std::optional<Time> to;
  std::optional<Position> to_position;
  std::optional<MembershipId> ended_by{};
  std::optional<EndCause> cause{};
  std::vector<FrozenSpan> frozen{};

  // Frozen anew means until then, whatever was said before.
  void freeze(Time now, std::optional<Time> until) {
    if (!frozen.empty() && !(frozen.back().to && *frozen.back().to <= now))
      frozen.back().to = until;
    else
      frozen.push_back({now, until});
  }
  void unfreeze(Time now) {
    if (!frozen.empty() && !(frozen.back().to && *frozen.back().to <= now)) frozen.back().to = now;
  }
  bool had_access(Time at) const {
    return from <= at && !(to && *to <= at) && std::none_of(frozen.begin(), frozen.end(), [&](const FrozenSpan& rest) {
             return rest.from <= at && !(rest.to && *rest.to <= at);
           });
  }
};

struct ProfileRow {
  static constexpr std::array fields{"member",
                                     "permissions",
                                     "joined_at",
                                     "invitation",
                                     "predecessor",
                                     "invited",
                                     "ended",
                                     "last_sign_in",
                                     "counts",
                                     "bounced",
                                     "assigned_role",
                                     "teams",
                                     "hand_over_requested_at",
                                     "spans"};
  Member member;
  std::vector<Permission> permissions;
  Time joined_at;
  std::optional<InvitationId> invitation;
  std::optional<MembershipId> predecessor;
  std::optional<Invited> invited;
  std::optional<Ended> ended;  // access ended; of somebody who is being deactivated, too
  std::optional<Time> last_sign_in;
  Counts counts;
  bool bounced = false;  // mails to their address come back
  std::optional<MemberRole> assigned_role;
  std::vector<PlaceInTeam> teams;
  std::optional<Time> hand_over_requested_at;
  std::vector<Span> spans;  // the first one first
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
      bounced = bounced || (other.bounced && is_there(other.member.status));
    });
    auto& row = members_.join(at, e);
    row.bounced = bounced;
    row.permissions = e.permissions;
    row.joined_at = at.recorded_at;
    row.spans.push_back({.from = at.recorded_at, .from_position = at.position});
    row.invitation = e.invitation;
    row.predecessor = e.predecessor;
    if (!e.invitation) return;
    if (const auto* found = invitations_.find(invitation_key(at, *e.invitation))) row.invited = *found;
    if (row.invited) row.spans.back().granted_by = row.invited->by;
    forget(at, *e.invitation);
  }
  template <ChangesMember E>
  void on(const Envelope& at, const E& e) {
    auto* row = members_.change(at, e.membership);
    if (!row) return;
    change(row->member, e);
    if constexpr (std::same_as<E, UserReactivated>) {
      row->ended.reset();
      row->spans.push_back({.from = at.recorded_at, .from_position = at.position, .granted_by = at.actor.membership});
    }
    if constexpr (std::same_as<E, UserFrozen>) row->spans.back().freeze(at.recorded_at, e.until);
    if constexpr (std::same_as<E, UserUnfrozen>) row->spans.back().unfreeze(at.recorded_at);
    if constexpr (EndsAccess<E>)
      if (!row->ended) {
        row->ended = Ended{at.recorded_at, cause_of(e)};
        auto& span = row->spans.back();
        span.to = at.recorded_at;
        span.to_position = at.position;
        span.ended_by = at.actor.membership;
        span.cause = cause_of(e);
      }
  }
  void on(const Envelope& at, const OwnershipTransferred& e) { members_.transfer(at, e); }
  void on(const Envelope& at, const PermissionsChanged& e) {
    if (auto* row = members_.change(at, e.membership))
      row->permissions =
          permissions_for((actions_named(row->permissions) | actions_named(e.given)) - actions_named(e.taken));
  }
  void on(const Envelope& at, const PermissionsCloned& e) {
    if (auto* row = members_.change(at, e.membership)) row->permissions = e.after;
  }
  void on(const Envelope& at, const RoleAssigned& e) {
    if (auto* row = members_.change(at, e.membership)) row->assigned_role = e.role;
  }
  void on(const Envelope& at, const TeamPlaceStarted& e) {
    if (auto* row = members_.change(at, e.membership)) row->teams.push_back({e.team, e.place});
  }
  void on(const Envelope& at, const TeamPlaceEnded& e) {
    if (auto* row = members_.change(at, e.membership))
      std::erase_if(row->teams, [&](const PlaceInTeam& place) { return place.team == e.team; });
  }
  void on(const Envelope& at, const HandOverRequested& e) {
    if (auto* row = members_.change(at, e.membership)) row->hand_over_requested_at = at.recorded_at;
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

  // For this account, or for all in which the person has access; only the former is a session of the profile's.
  void on(const Envelope& at, const SessionStarted& e) {
    members_.each_place(e.person, [&](const MembershipId& id, ProfileRow& row) {
      if (is_there(row.member.status) && (!e.membership || id == *e.membership)) row.last_sign_in = at.recorded_at;
    });
    if (!e.membership || !members_.change(at, *e.membership)) return;
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
      if (is_there(row.member.status)) row.bounced = bounced;
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

constinit const Projection profiles{"profiles", 6, types_of<ProfilesView>(), &fold_of<ProfilesView>, &row_name};

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
  out.assigned_role = row->assigned_role;
  out.teams = row->teams;
  out.frozen_until = row->member.frozen_until;
  if (!row->counts.nothing_open()) out.hand_over_requested_at = row->hand_over_requested_at;
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

Expected<std::string, QueryError> AccessHistory::answer(const Rows& rows, const Asked& asked) const {
  const auto paging = page.paging();
  if (!paging) return unexpected(paging.error());
  if (on && asked.now < on->time) return unexpected(QueryError{"on", "lies in the future"});
  struct Item {
    Spot spot;
    std::optional<std::string> called;
    std::string email;
    bool partner = false;
    Span span;
  };
  std::vector<Item> items;
  bool known = false;  // every account has its owner
  const auto prefix = row_key('m', account);
  rows.scan(prefix, behind_prefix(prefix), [&](std::string_view key, std::string_view value) {
    known = true;
    const auto row = decode_row<ProfileRow>(value);
    if (kind && *kind != row.member.kind) return true;
    for (auto span : row.spans) {
      // Time that is over is over, whether or not it is written down yet.
      if (!span.to && status_at(row.member, asked.now) == Status::expired) {
        span.to = row.member.access_ends_at;
        span.cause = EndCause::expired;
      }
      if (on && !span.had_access(on->time)) continue;
      const auto sort_name = page.sort.order == SpansOrder::name
                                 ? fold_case(display_name(row.member.name, row.member.email)) + '\0'
                                 : std::string{};
      items.push_back({{page.sort.order == SpansOrder::name ? 0 : span.from_position,
                        sort_name + std::to_string(span.from_position), id_at_end<MembershipId>(key).bytes},
                       row.member.name,
                       row.member.email,
                       row.member.kind == MemberKind::partner,
                       span});
    }
    return true;
  });
  if (!known) return unexpected(QueryError{"account", "is not known here"});

  AccessHistoryPage out;
  out.next = cut_page(items, *paging);
  for (const auto& [spot, called, email, partner, span] : items)
    out.spans.push_back({MembershipId{spot.id}, called, email, partner, span.from, span.from_position, span.granted_by,
                         span.to, span.to_position, span.ended_by, span.cause, span.frozen});
  return json_text(out);
}

Expected<std::string, QueryError> HandOvers::answer(const Rows& rows, const Asked& asked) const {
  const auto paging = page.paging();
  if (!paging) return unexpected(paging.error());
  struct Item {
    Spot spot;
    ProfileRow row;
  };
  std::vector<Item> items;
  const auto prefix = row_key('m', account);
  rows.scan(prefix, behind_prefix(prefix), [&](std::string_view key, std::string_view value) {
    auto row = decode_row<ProfileRow>(value);
    if (!row.hand_over_requested_at || row.counts.nothing_open() || !is_there(status_at(row.member, asked.now)))
      return true;
    const auto when = static_cast<std::uint64_t>(row.hand_over_requested_at->micros);
    items.push_back({{when, {}, id_at_end<MembershipId>(key).bytes}, std::move(row)});
    return true;
  });
  HandOversPage out;
  out.next = cut_page(items, *paging);
  for (const auto& [spot, row] : items)
    out.requests.push_back({MembershipId{spot.id}, row.member.name, row.member.email, *row.hand_over_requested_at,
                            row.counts.contacts, row.counts.leads, row.counts.pending_tasks});
  return json_text(out);
}

}  // namespace rollcall::projections
