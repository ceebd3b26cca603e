#include "projections/views/invitations.hpp"

#include "events/fold_case.hpp"
#include "projections/engine/table.hpp"
#include "projections/views/members.hpp"

namespace rollcall::projections {
namespace {

// ---- rows --------------------------------------------------------------------------------------------------------
// a ACCOUNT              that it is there
// i ACCOUNT INVITATION   an invitation
// m ACCOUNT MEMBERSHIP   a member, who may have invited others
// p PERSON               where this person is a member

struct AccountRow {
  static constexpr NoFields fields{};
};

struct InvitationRow {
  static constexpr std::array fields{"person",         "status",     "kind",        "admin",   "name",
                                     "email",          "invited_at", "sent_at",     "attempt", "expires_at",
                                     "access_ends_at", "invited_by", "predecessor", "mail",    "mail_asked"};
  PersonId person;
  InvitationStatus status{};
  MemberKind kind{};
  bool admin = false;
  std::optional<std::string> name;
  std::string email;
  Time invited_at;
  Time sent_at;  // the last mail
  std::uint32_t attempt = 1;
  Time expires_at;
  std::optional<Time> access_ends_at;
  std::optional<MembershipId> invited_by;
  std::optional<MembershipId> predecessor;
  MailState mail{};         // of the last mail
  Position mail_asked = 0;  // of the event that asked for it
};

struct MemberRow {
  static constexpr std::array fields{"member"};
  Member member;
};

// ---- the fold ----------------------------------------------------------------------------------------------------

class InvitationsView {
 public:
  explicit InvitationsView(const Rows& before) : accounts_(before), invitations_(before), members_(before) {}

  void on(const Envelope& at, const AccountOpened&) { accounts_.add(row_key('a', account_of(at)), {}); }
  void on(const Envelope& at, const UserInvited& e) {
    InvitationRow row;
    row.name = e.first_name.shown();
    invite(at, e, MemberKind::standard, std::move(row));
  }
  void on(const Envelope& at, const PartnerInvited& e) {
    InvitationRow row;
    row.access_ends_at = e.access_ends_at;
    invite(at, e, MemberKind::partner, std::move(row));
  }
  void on(const Envelope& at, const InvitationResent& e) {
    auto* row = invitations_.change(key(at, e.invitation));
    if (!row) return;
    row->status = InvitationStatus::pending;
    row->sent_at = at.recorded_at;
    row->attempt = e.attempt;
    row->expires_at = e.expires_at;
  }
  void on(const Envelope& at, const InvitationMailQueued& e) {
    auto* row = invitations_.change(key(at, e.invitation));
    if (!row) return;
    row->mail = MailState::queued;
    row->mail_asked = at.position;
  }
  void on(const Envelope& at, const MailSent& e) { mail_is(at, e, MailState::sent); }
  void on(const Envelope& at, const MailDeferred& e) { mail_is(at, e, MailState::deferred); }
  void on(const Envelope& at, const MailFailed& e) { mail_is(at, e, MailState::failed); }
  void on(const Envelope& at, const InvitationRevoked& e) { settle(at, e.invitation, InvitationStatus::revoked); }
  void on(const Envelope& at, const InvitationDeclined& e) { settle(at, e.invitation, InvitationStatus::declined); }
  void on(const Envelope& at, const InvitationExpired& e) { settle(at, e.invitation, InvitationStatus::expired); }
  void on(const Envelope& at, const InvitationAccepted& e) { settle(at, e.invitation, InvitationStatus::accepted); }

  void on(const Envelope& at, const MembershipActivated& e) { members_.join(at, e); }
  template <ChangesMember E>
  void on(const Envelope& at, const E& e) {
    if (auto* row = members_.change(at, e.membership)) change(row->member, e);
  }
  void on(const Envelope& at, const OwnershipTransferred& e) { members_.transfer(at, e); }
  template <ChangesPerson E>
  void on(const Envelope&, const E& e) {
    members_.change_person(e);
  }

  std::size_t held() const { return accounts_.held() + invitations_.held() + members_.held(); }

  RowChanges changes() {
    RowChanges out;
    accounts_.write(out);
    invitations_.write(out);
    members_.write(out);
    return out;
  }

 private:
  static std::string key(const Envelope& at, const InvitationId& id) { return row_key('i', account_of(at), id); }

  void invite(const Envelope& at, const auto& e, MemberKind kind, InvitationRow row) {
    row.person = e.person;
    row.kind = kind;
    row.admin = e.admin;
    row.email = e.email.shown();
    row.invited_at = row.sent_at = at.recorded_at;
    row.expires_at = e.expires_at;
    row.invited_by = e.invited_by;
    row.predecessor = e.predecessor;
    invitations_.add(key(at, e.invitation), std::move(row));
  }
  // What is told of a mail before the last one is of no interest any more.
  void mail_is(const Envelope& at, const auto& e, MailState state) {
    if (!e.invitation || at.scope.kind != ScopeKind::account) return;
    auto* row = invitations_.change(key(at, *e.invitation));
    if (row && std::optional<Position>{e.about}.value_or(row->mail_asked) == row->mail_asked) row->mail = state;
  }
  void settle(const Envelope& at, const InvitationId& id, InvitationStatus status) {
    if (auto* row = invitations_.change(key(at, id))) row->status = status;
  }

  Table<AccountRow> accounts_;
  Table<InvitationRow> invitations_;
  Members<MemberRow> members_;
};

std::string row_name(std::string_view key) {
  if (key.front() == 'p') return "person " + id_at_end<PersonId>(key).text();
  const auto account = std::string{key.substr(1, key.find('\0') - 1)};
  if (key.front() == 'a') return "account " + account;
  return key.front() == 'i' ? "invitation " + account + " " + id_at_end<InvitationId>(key).text()
                            : "user " + account + " " + id_at_end<MembershipId>(key).text();
}

// ---- the query ---------------------------------------------------------------------------------------------------

// Who sent it, as they are now.
void describe_inviter(InvitationAnswer& out, const Rows& rows, const AccountId& account, const InvitationRow& row) {
  out.invited_by = row.invited_by;
  const auto inviter = row.invited_by ? find_row<MemberRow>(rows, member_key(account, *row.invited_by)) : std::nullopt;
  if (!inviter) return;
  out.inviter = std::string{display_name(inviter->member.name, inviter->member.email)};
  out.inviter_inactive = !is_there(inviter->member.status);
}

}  // namespace

constinit const Projection invitations{"invitations", 4, types_of<InvitationsView>(), &fold_of<InvitationsView>,
                                       &row_name};

Expected<std::string, QueryError> Invitations::answer(const Rows& rows, const Asked& asked) const {
  if (!rows.find(row_key('a', account))) return unexpected(QueryError{"account", "is not known here"});
  if (inviter && !rows.find(member_key(account, *inviter)))
    return unexpected(QueryError{"inviter", "is not known here"});
  const auto paging = page.paging();
  if (!paging) return unexpected(paging.error());
  struct Item {
    Spot spot;
    InvitationRow row;
  };
  const auto status_now = [&](const InvitationRow& row) {
    const bool lapsed = row.status == InvitationStatus::pending && row.expires_at <= asked.now;
    return lapsed ? InvitationStatus::expired : row.status;
  };

  std::vector<Item> items;
  const auto part = fold_case(q.value_or(SearchText{}).text);
  const auto prefix = row_key('i', account);
  rows.scan(prefix, behind_prefix(prefix), [&](std::string_view key, std::string_view value) {
    auto row = decode_row<InvitationRow>(value);
    if (!status.has(status_now(row)) || (kind && *kind != row.kind)) return true;
    if (inviter && inviter != row.invited_by) return true;
    if (fold_case(row.name.value_or("") + '\n' + row.email).find(part) == std::string::npos) return true;
    const auto time = page.sort.order == InvitationsOrder::sent ? row.sent_at : row.expires_at;
    items.push_back(
        {{static_cast<std::uint64_t>(time.micros), {}, id_at_end<InvitationId>(key).bytes}, std::move(row)});
    return true;
  });

  InvitationsPage out;
  out.next = cut_page(items, *paging);
  for (const auto& [spot, row] : items) {
    auto& shown = out.invitations.emplace_back();
    shown.id = InvitationId{spot.id};
    describe(shown, row.kind, false, row.admin, false, row.name, row.email);
    shown.status = status_now(row);
    shown.lapsed = row.status != shown.status;
    shown.invited_at = row.invited_at;
    shown.sent_at = row.sent_at;
    shown.attempt = row.attempt;
    shown.expires_at = row.expires_at;
    shown.access_ends_at = row.access_ends_at;
    shown.predecessor = row.predecessor;
    shown.mail = row.mail;
    describe_inviter(shown, rows, account, row);
  }
  return json_text(out);
}

}  // namespace rollcall::projections
