#include "projections/views/invitations.hpp"

#include "projections/engine/table.hpp"
#include "projections/views/members.hpp"
#include "projections/views/text.hpp"

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
  static constexpr std::array fields{"person",         "status",     "kind",       "admin",   "name",
                                     "email",          "invited_at", "sent_at",    "attempt", "expires_at",
                                     "access_ends_at", "invited_by", "predecessor"};
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
  void on(const Envelope& at, const InvitationRevoked& e) { settle(at, e.invitation, InvitationStatus::revoked); }
  void on(const Envelope& at, const InvitationDeclined& e) { settle(at, e.invitation, InvitationStatus::declined); }
  void on(const Envelope& at, const InvitationExpired& e) { settle(at, e.invitation, InvitationStatus::expired); }
  void on(const Envelope& at, const InvitationAccepted& e) { settle(at, e.invitation, InvitationStatus::accepted); }

  void on(const Envelope& at, const MembershipActivated& e) { members_.join(at, e); }
  template <ChangesMember E>
  void on(const Envelope& at, const E& e) {
    if (auto* row = members_.change(at, e.membership)) change(row->member, e);
  }
  void on(const Envelope&, const IdentityRegistered& e) { members_.rename(e); }

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

Spot spot_of(const InvitationRow& row, const InvitationId& id, const Paging& paging) {
  const auto time = static_cast<InvitationsOrder>(paging.sort) == InvitationsOrder::sent ? row.sent_at : row.expires_at;
  return {static_cast<std::uint64_t>(time.micros), {}, id.bytes};
}

// Who sent it, as he is now: an invitation outlives its inviter's access, but is flagged.
void describe_inviter(JsonObject& out, const Rows& rows, const AccountId& account, const InvitationRow& row) {
  out.add("invited_by", row.invited_by);
  const auto inviter = row.invited_by ? find_row<MemberRow>(rows, member_key(account, *row.invited_by)) : std::nullopt;
  std::optional<std::string_view> name;
  if (inviter) name = display_name(inviter->member.name, inviter->member.email);
  out.add("inviter", name);
  out.add("inviter_inactive", inviter && inviter->member.status != Status::active);
}

}  // namespace

constinit const Projection invitations{"invitations", 1, types_of<InvitationsView>(), &fold_of<InvitationsView>,
                                       &row_name};

Expected<InvitationsQuery, QueryError> InvitationsQuery::parse(const Parameters& parameters) {
  ParameterReader reader(parameters);
  InvitationsQuery query;
  query.status = some_of<InvitationStatus>(reader, "status").value_or(SetOf<InvitationStatus>::all());
  query.kind = one_of<MemberKind>(reader, "kind");
  query.q = reader.text("q");
  query.paging = reader.paging(enum_names(InvitationsOrder{}), "-sent");
  if (auto error = reader.error()) return unexpected(std::move(*error));
  return query;
}

Expected<std::string, QueryError> invitations_page(const Rows& rows, const AccountId& account,
                                                   const InvitationsQuery& query, Time now) {
  if (!rows.find(row_key('a', account))) return unexpected(QueryError{"account", "is not known here"});
  struct Item {
    Spot spot;
    InvitationRow row;
  };
  const auto status_at = [&](const InvitationRow& row) {
    const bool lapsed = row.status == InvitationStatus::pending && row.expires_at <= now;
    return lapsed ? InvitationStatus::expired : row.status;
  };

  std::vector<Item> items;
  const auto q = fold_case(query.q.value_or(""));
  const auto prefix = row_key('i', account);
  rows.scan(prefix, behind_prefix(prefix), [&](std::string_view key, std::string_view value) {
    auto row = decode_row<InvitationRow>(value);
    if (!query.status.has(status_at(row)) || (query.kind && *query.kind != row.kind)) return true;
    if (fold_case(row.name.value_or("") + '\n' + row.email).find(q) == std::string::npos) return true;
    const auto spot = spot_of(row, id_at_end<InvitationId>(key), query.paging);
    items.push_back({spot, std::move(row)});
    return true;
  });
  std::optional<Spot> after;
  if (query.paging.cursor) after = Spot{query.paging.cursor->number, {}, query.paging.cursor->id};
  const bool more = cut_page(items, query.paging, after);

  std::string text;
  {
    JsonObject page(text);
    {
      JsonArray shown_rows(page.begin("invitations"));
      for (const auto& [spot, row] : items) {
        JsonObject out(shown_rows.begin());
        out.add("id", InvitationId{spot.id});
        describe(out, row.kind, false, row.admin, false, row.name, row.email);
        out.add("status", status_at(row));
        out.add("lapsed", row.status == InvitationStatus::pending && status_at(row) == InvitationStatus::expired);
        out.add("invited_at", row.invited_at);
        out.add("sent_at", row.sent_at);
        out.add("attempt", row.attempt);
        out.add("expires_at", row.expires_at);
        out.add("access_ends_at", row.access_ends_at);
        out.add("predecessor", row.predecessor);
        describe_inviter(out, rows, account, row);
      }
    }
    page.add("next", next_page(items, query.paging, more, true));
  }
  return text;
}

}  // namespace rollcall::projections
