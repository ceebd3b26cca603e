// What the views say about a membership, and how events change it: written once for all of them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "events/json.hpp"
#include "projections/engine/table.hpp"

namespace rollcall::projections {

// As the Users list says it. An invitation that can still be resent has the status `invited`; who had access for a time
// that is over is `expired`, for good.
enum class Status : std::uint8_t { active, invited, deactivating, inactive, ended, expired, frozen };
constexpr Names<7> enum_names(Status) {
  return {"active", "invited", "deactivating", "inactive", "ended", "expired", "frozen"};
}
// A member of the account, with access or frozen.
constexpr bool is_there(Status status) { return status == Status::active || status == Status::frozen; }

enum class Role : std::uint8_t { owner, admin, user, partner_admin, partner };
constexpr Names<5> enum_names(Role) { return {"owner", "admin", "user", "partner_admin", "partner"}; }

struct Member {
  static constexpr std::array fields{"person",    "kind", "status", "owner",          "admin",
                                     "sales_rep", "name", "email",  "access_ends_at", "frozen_until"};
  PersonId person;
  MemberKind kind{};
  Status status{};
  bool owner = false;
  bool admin = false;
  bool sales_rep = false;
  std::optional<std::string> name;
  std::string email;
  std::optional<Time> access_ends_at;
  std::optional<Time> frozen_until;
};

// At a moment: access and freezing end at their time, whether or not that is written down yet.
inline Status status_at(Status status, std::optional<Time> access_ends_at, std::optional<Time> frozen_until, Time now) {
  if (is_there(status) && access_ends_at && *access_ends_at <= now) return Status::expired;
  return status == Status::frozen && frozen_until && *frozen_until <= now ? Status::active : status;
}
inline Status status_at(const Member& member, Time now) {
  return status_at(member.status, member.access_ends_at, member.frozen_until, now);
}

Role role_of(MemberKind kind, bool owner, bool admin);
inline Role role_of(const Member& member) { return role_of(member.kind, member.owner, member.admin); }
// What people look for somebody under: their name, or their address while they have none.
std::string_view display_name(const std::optional<std::string>& name, std::string_view email);

inline std::optional<std::string> shown(const std::optional<Personal>& text) {
  if (!text) return std::nullopt;
  return std::string{text->shown()};
}

// ---- events that change one membership --------------------------------------------------------------------------

Member joined(const MembershipActivated& e);
inline void change(Member& member, const GroupJoined& e) {
  (e.group == Group::admin ? member.admin : member.sales_rep) = true;
}
inline void change(Member& member, const GroupLeft& e) {
  (e.group == Group::admin ? member.admin : member.sales_rep) = false;
}
inline void change(Member& member, const DeactivationStarted&) { member.status = Status::deactivating; }
inline void change(Member& member, const LeavingStarted&) { member.status = Status::deactivating; }
inline void change(Member& member, const AccessExpired&) { member.status = Status::expired; }
inline void change(Member& member, const UserDeactivated& e) {
  if (e.cause == EndCause::expired)
    member.status = Status::expired;
  else
    member.status = e.terminal ? Status::ended : Status::inactive;
}
inline void change(Member& member, const PartnerLeft&) { member.status = Status::ended; }
inline void change(Member& member, const UserReactivated& e) {
  member.status = Status::active;
  member.email = std::string{e.email.shown()};
  if (e.name) member.name = shown(e.name);
}
inline void change(Member& member, const UserFrozen& e) {
  member.status = Status::frozen;
  member.frozen_until = e.until;
}
inline void change(Member& member, const UserUnfrozen&) {
  member.status = Status::active;
  member.frozen_until.reset();
}
inline void change(Member& member, const AccessEndChanged& e) { member.access_ends_at = e.to; }

// ---- events that change a person wherever they are a member -----------------------------------------------------

inline void change(Member& member, const IdentityRegistered& e) {
  if (e.name) member.name = shown(e.name);
}
inline void change(Member& member, const NameChanged& e) { member.name = std::string{e.name.shown()}; }
inline void change(Member& member, const EmailChanged& e) { member.email = std::string{e.email.shown()}; }

template <class E>
concept ChangesPerson =
    std::same_as<E, IdentityRegistered> || std::same_as<E, NameChanged> || std::same_as<E, EmailChanged>;

template <class E>
concept ChangesMember = requires(Member& member, const E& event) {
  change(member, event);
  event.membership;
};

// ---- the table ---------------------------------------------------------------------------------------------------

inline std::string member_key(const AccountId& account, const MembershipId& membership) {
  return row_key('m', account, membership);
}

// Where a person is a member: their name is in all these rows.
struct PlacesRow {
  static constexpr std::array fields{"member_keys"};
  std::vector<std::string> member_keys;
};

// The memberships of a view, whose Row has a `Member member`.
template <Fielded Row>
class Members {
 public:
  explicit Members(const Rows& before) : members_(before), places_(before) {}

  Row& join(const Envelope& at, const MembershipActivated& e) {
    const auto key = member_key(account_of(at), e.membership);
    places_.change_or_make(row_key('p', e.person)).member_keys.push_back(key);
    Row row{};
    row.member = joined(e);
    return members_.add(key, std::move(row));
  }
  const Row* find(const AccountId& account, const MembershipId& membership) {
    return members_.find(member_key(account, membership));
  }
  Row* change(const Envelope& at, const MembershipId& membership) {
    return members_.change(member_key(account_of(at), membership));
  }
  void transfer(const Envelope& at, const OwnershipTransferred& e) {
    if (auto* row = change(at, e.from)) row->member.owner = false;
    if (auto* row = change(at, e.to)) row->member.owner = true;
  }
  // What a person says of themselves is told where they have access; whoever they have left learns nothing new.
  template <ChangesPerson E>
  void change_person(const E& e) {
    each_place(e.person, [&](const MembershipId&, Row& row) {
      if (is_there(row.member.status)) projections::change(row.member, e);
    });
  }

  // Calls f(membership, row) for each place where this person is or was a member, to be changed.
  void each_place(const PersonId& person, auto&& f) {
    const auto* places = places_.find(row_key('p', person));
    if (!places) return;
    for (const auto& key : places->member_keys)
      if (auto* row = members_.change(key)) f(id_at_end<MembershipId>(key), *row);
  }

  std::size_t held() const { return members_.held() + places_.held(); }
  Table<Row>& table() { return members_; }
  void write(RowChanges& out) {
    members_.write(out);
    places_.write(out);
  }

 private:
  Table<Row> members_;
  Table<PlacesRow> places_;
};

// ---- answers ------------------------------------------------------------------------------------------------------

// kind, partner, name, email, role, admin and groups, which every answer about people has: filled in a struct that has
// members of these names. The texts must outlive it.
void describe(auto& out, MemberKind kind, bool owner, bool admin, bool sales_rep, std::optional<std::string_view> name,
              std::optional<std::string_view> email) {
  out.kind = kind;
  out.partner = kind == MemberKind::partner;
  out.name = name;
  out.email = email;
  out.role = role_of(kind, owner, admin);
  out.admin = admin;
  if (admin) out.groups.push_back(Group::admin);
  if (sales_rep) out.groups.push_back(Group::sales_rep);
}
void describe(auto& out, const Member& m) { describe(out, m.kind, m.owner, m.admin, m.sales_rep, m.name, m.email); }

}  // namespace rollcall::projections
