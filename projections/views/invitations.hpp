// The invitations of an account, open and closed, with who sent them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "projections/engine/projection.hpp"
#include "projections/engine/query.hpp"
#include "projections/views/members.hpp"

namespace rollcall::projections {

extern const Projection invitations;

enum class InvitationStatus : std::uint8_t { pending, accepted, declined, revoked, expired };
constexpr Names<5> enum_names(InvitationStatus) { return {"pending", "accepted", "declined", "revoked", "expired"}; }

// What became of a mail: it waits, in the outbox where there is no mail server; the next mail server has it, put it
// off, or would not take it at all; or it came back.
enum class MailState : std::uint8_t { queued, sent, deferred, failed };
constexpr Names<4> enum_names(MailState) { return {"queued", "sent", "deferred", "failed"}; }

// One invitation. A pending one whose time has run out is expired, and `lapsed` tells that the clock has not written
// that down yet.
struct InvitationAnswer {
  static constexpr bool complete = true;
  static constexpr std::string_view title = "Invitation";
  static constexpr std::array fields{
      "id",         "kind",    "partner",          "name",    "email",   "role",       "admin",          "groups",
      "status",     "lapsed",  "invited_at",       "sent_at", "attempt", "expires_at", "access_ends_at", "predecessor",
      "invited_by", "inviter", "inviter_inactive", "mail"};
  InvitationId id;
  MemberKind kind{};
  bool partner = false;
  std::optional<std::string_view> name;
  std::optional<std::string_view> email;
  Role role{};
  bool admin = false;
  std::vector<Group> groups{};
  InvitationStatus status{};
  bool lapsed = false;
  Time invited_at;
  Time sent_at;  // the last mail
  std::uint32_t attempt = 1;
  Time expires_at;
  std::optional<Time> access_ends_at;
  std::optional<MembershipId> predecessor;
  std::optional<MembershipId> invited_by;
  std::optional<std::string> inviter;  // their name as it is now
  bool inviter_inactive = false;       // an invitation outlives its inviter's access, but is flagged
  MailState mail{};                    // of the last mail
};

struct InvitationsPage {
  static constexpr bool complete = true;
  static constexpr std::array fields{"invitations", "next"};
  std::vector<InvitationAnswer> invitations;
  std::optional<std::string> next;
};

enum class InvitationsOrder : std::uint8_t { sent, expires };
constexpr Names<2> enum_names(InvitationsOrder) { return {"sent", "expires"}; }

struct Invitations {
  static constexpr std::string_view name = "Invitations";
  static constexpr std::string_view path = "/v1/accounts/{account}/invitations";
  static constexpr std::string_view summary = "List the invitations of an account, open and closed";
  static constexpr Rule rule{Action::invitation_view};
  static constexpr std::array fields{"account", "status", "kind", "inviter", "q", "page", "as_of"};
  static constexpr std::array help{"app id",
                                   "only invitations of these states",
                                   "standard or partner",
                                   "only those that this user sent (id)",
                                   "part of the name or address",
                                   "",
                                   ""};
  AccountId account;
  SetOf<InvitationStatus> status = SetOf<InvitationStatus>::all();
  std::optional<MemberKind> kind;
  std::optional<MembershipId> inviter;
  std::optional<SearchText> q;
  PageOf<InvitationsOrder, InvitationsOrder::sent, true> page;
  AsOf as_of;

  using Answer = InvitationsPage;
  static const Projection& view() { return invitations; }
  Subject subject(const Asked&) const { return account; }
  Expected<std::string, QueryError> answer(const Rows& rows, const Asked& asked) const;

  static constexpr std::string_view command = "invitations";
  static constexpr std::string_view listed = "invitations";
  static constexpr std::array columns{
      ListColumn{"E-MAIL", "email"},
      ListColumn{"NAME", "name"},
      ListColumn{"ROLE", "role", ListColumn::Kind::whole},
      ListColumn{"STATUS", "status", ListColumn::Kind::whole},
      ListColumn{"SENT", "sent_at", ListColumn::Kind::time},
      ListColumn{"MAILS", "attempt", ListColumn::Kind::number},
      ListColumn{"MAIL", "mail", ListColumn::Kind::whole},
      ListColumn{"EXPIRES", "expires_at", ListColumn::Kind::time},
      ListColumn{"INVITED BY", "inviter", ListColumn::Kind::text, "inviter_inactive", "inactive"},
      ListColumn{"ID", "id", ListColumn::Kind::id}};
};

}  // namespace rollcall::projections
