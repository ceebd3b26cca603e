// Rows of decision state: invitations, and when they lapse.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/engine/key.hpp"

namespace rollcall {

enum class InvitationStatus : std::uint8_t { pending, accepted, declined, revoked, expired };
constexpr Names<5> enum_names(InvitationStatus) { return {"pending", "accepted", "declined", "revoked", "expired"}; }

struct InvitationRow {
  static constexpr char table = 'i';
  static constexpr std::array fields{"account",        "person",      "kind",       "status",  "admin",
                                     "permissions",    "attempt",     "expires_at", "sent_at", "invited_by",
                                     "access_ends_at", "predecessor", "first_name", "email"};
  AccountId account;
  PersonId person;
  MemberKind kind{};
  InvitationStatus status{};
  bool admin = false;
  std::vector<Permission> permissions;
  std::uint32_t attempt = 1;
  Time expires_at;
  Time sent_at;
  std::optional<MembershipId> invited_by;
  std::optional<Time> access_ends_at;
  std::optional<MembershipId> predecessor;
  std::optional<Personal> first_name;
  Personal email;  // that was invited: the account is told of no other one the person goes by later
  static Key key(const InvitationId& invitation) { return Key{table} << invitation; }
};

// The pending invitations that a member sent.
struct InvitationOfRow {
  static constexpr char table = 'y';
  static constexpr NoFields fields{};
  static Key key(const MembershipId& by, const InvitationId& invitation) { return Key{table} << by << invitation; }
  static Key all(const MembershipId& by) { return Key{table} << by; }
};

// A row without fields only says that its key is there.
// Pending invitations by when they lapse.
struct InvitationDueRow {
  static constexpr char table = 'd';
  static constexpr NoFields fields{};
  static Key key(Time at, const InvitationId& invitation) { return Key{table} << at << invitation; }
};

}  // namespace rollcall
