#include "projections/views/users.hpp"

#include "events/fold_case.hpp"
#include "projections/views/users_rows.hpp"

namespace rollcall::projections {
namespace {

using namespace users_rows;

struct InvitationRow {
  static constexpr std::array fields{"person",     "state",      "kind",           "admin", "name",  "email",
                                     "invited_at", "invited_by", "access_ends_at", "due",   "listed"};
  PersonId person;
  InvitationState state{};
  MemberKind kind{};
  bool admin = false;
  std::optional<std::string> name;
  std::string email;
  Time invited_at;
  std::optional<MembershipId> invited_by;
  std::optional<Time> access_ends_at;
  Time due;
  std::string listed;
};

struct ListedInvitationRow {
  static constexpr std::array fields{"invitation"};
  std::optional<InvitationId> invitation;
};

struct DueRow {
  static constexpr NoFields fields{};
};

std::string list_key(const AccountId& account, char part, std::string_view sort_name, const IdBytes& id) {
  auto key = row_key('u', account, part, sort_name);
  key.append(reinterpret_cast<const char*>(id.data()), id.size());
  return key;
}

std::string search_text(const std::optional<std::string>& name, std::string_view email) {
  return fold_case(name.value_or("")) + '\0' + fold_case(email);
}

std::string sort_name(const std::optional<std::string>& name, std::string_view email) {
  return fold_case(display_name(name, email));
}

// What a member's row says, but for its id.
UserRow shown_member(const MemberRow& row, std::optional<std::string_view> name,
                     std::optional<std::string_view> email) {
  const auto& member = row.member;
  UserRow out;
  describe(out, member.kind, member.owner, member.admin, member.sales_rep, name, email);
  out.status = member.status;
  out.last_sign_in = row.last_sign_in;
  out.access_ends_at = member.access_ends_at;
  out.frozen_until = member.frozen_until;
  out.teams = row.teams;
  out.invited_at = row.invited_at;
  out.invited_by = row.invited_by;
  return out;
}

UserRow shown_invitation(const InvitationRow& row, std::optional<std::string_view> name,
                         std::optional<std::string_view> email) {
  UserRow out;
  describe(out, row.kind, false, row.admin, false, name, email);
  out.status = Status::invited;
  out.access_ends_at = row.access_ends_at;
  out.invited_at = row.invited_at;
  out.invited_by = row.invited_by;
  out.expires_at = row.due;
  out.invitation = row.state;
  return out;
}

// What is published says the account and the person as well, beside the id.
void add_all_but_id(JsonObject& out, const UserRow& row) {
  for_each_field(row, [&](std::string_view name, const auto& member) {
    if (name != "id") out.add(name, member);
  });
}

std::string listed_member(const MembershipId& id, const MemberRow& row) {
  const auto& member = row.member;
  auto shown = shown_member(row, member.name, member.email);
  shown.id.text = id.text();
  const auto text = json_text(shown);
  const auto search = search_text(member.name, member.email);
  return Listed{.status = member.status,
                .kind = member.kind,
                .role = role_of(member),
                .last_sign_in = Listed::micros(row.last_sign_in),
                .access_ends_at = Listed::micros(member.access_ends_at),
                .frozen_until = Listed::micros(member.frozen_until),
                .search = search,
                .json = text}
      .bytes();
}

std::string listed_invitation(const InvitationId& id, const InvitationRow& row) {
  auto shown = shown_invitation(row, row.name, row.email);
  shown.id.text = id.text();
  const auto text = json_text(shown);
  const auto search = search_text(row.name, row.email);
  return Listed{.status = Status::invited,
                .kind = row.kind,
                .role = role_of(row.kind, false, row.admin),
                .invitation = true,
                .lapses_at = row.state == InvitationState::pending ? row.due.micros : Listed::never,
                .access_ends_at = Listed::micros(row.access_ends_at),
                .search = search,
                .json = text}
      .bytes();
}

// ---- the fold ----------------------------------------------------------------------------------------------------

class UsersView {
 public:
  explicit UsersView(const Rows& before)
      : accounts_(before), members_(before), invitations_(before), listed_(before), due_(before), ends_(before) {}

  void on(const Envelope& at, const AccountOpened& e) { account(at).seat_limit = e.seat_limit; }
  void on(const Envelope& at, const SeatLimitChanged& e) { account(at).seat_limit = e.to; }
  void on(const Envelope& at, const SeatTaken& e) { seats(at, e.used, e.limit); }
  void on(const Envelope& at, const SeatFreed& e) { seats(at, e.used, e.limit); }

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
    auto* row = invitations_.change(invitation_key(at, e.invitation));
    if (row && row->state != InvitationState::closed) pend(at, e.invitation, *row, e.expires_at);
  }
  void on(const Envelope& at, const InvitationExpired& e) { settle(at, e.invitation, InvitationState::expired); }
  void on(const Envelope& at, const InvitationRevoked& e) { settle(at, e.invitation, InvitationState::closed); }
  void on(const Envelope& at, const InvitationDeclined& e) { settle(at, e.invitation, InvitationState::closed); }
  void on(const Envelope& at, const InvitationAccepted& e) { settle(at, e.invitation, InvitationState::closed); }

  void on(const Envelope& at, const MembershipActivated& e) {
    auto& row = members_.join(at, e);
    if (e.kind == MemberKind::partner) {
      ++account(at).partners;
      if (e.access_ends_at) ends_.add(end_key(at, *e.access_ends_at, e.membership), {});
    }
    if (const auto* listed = listed_.find(listed_key(at, e.person)); listed && listed->invitation)
      replace(at, *listed->invitation);
    if (!e.invitation) return;
    const auto* invitation = invitations_.find(invitation_key(at, *e.invitation));
    if (!invitation) return;
    row.invited_at = invitation->invited_at;
    row.invited_by = invitation->invited_by;
  }
  template <ChangesMember E>
  void on(const Envelope& at, const E& e) {
    auto* row = members_.change(at, e.membership);
    if (!row) return;
    const bool counted = is_partner(row->member);
    const auto ended_at = row->member.access_ends_at;
    change(row->member, e);
    if (!counted) return;
    const bool counts = is_partner(row->member);
    if (!counts) --account(at).partners;
    if (counts && ended_at == row->member.access_ends_at) return;
    if (ended_at) ends_.erase(end_key(at, *ended_at, e.membership));
    if (counts && row->member.access_ends_at) ends_.add(end_key(at, *row->member.access_ends_at, e.membership), {});
  }
  void on(const Envelope& at, const OwnershipTransferred& e) { members_.transfer(at, e); }
  void on(const Envelope& at, const TeamPlaceStarted& e) {
    if (auto* row = members_.change(at, e.membership)) row->teams.push_back(e.team);
  }
  void on(const Envelope& at, const TeamPlaceEnded& e) {
    if (auto* row = members_.change(at, e.membership)) std::erase(row->teams, e.team);
  }
  template <ChangesPerson E>
  void on(const Envelope&, const E& e) {
    members_.change_person(e);
  }
  // For one account, or for all in which the person has access.
  void on(const Envelope& at, const SessionStarted& e) {
    members_.each_place(e.person, [&](const MembershipId& id, MemberRow& row) {
      if (is_there(row.member.status) && (!e.membership || id == *e.membership)) row.last_sign_in = at.recorded_at;
    });
  }

  std::size_t held() const {
    return accounts_.held() + members_.held() + invitations_.held() + listed_.held() + due_.held() + ends_.held();
  }

  RowChanges changes() {
    RowChanges out;
    members_.table().each_changed([&](const std::string& key, MemberRow& row) {
      const auto id = id_at_end<MembershipId>(key);
      list(out, row.listed,
           list_key(account_in(key), part_of(row.member), sort_name(row.member.name, row.member.email), id.bytes),
           listed_member(id, row));
    });
    invitations_.each_changed([&](const std::string& key, InvitationRow& row) {
      const auto id = id_at_end<InvitationId>(key);
      if (row.state == InvitationState::pending || row.state == InvitationState::expired)
        list(out, row.listed, list_key(account_in(key), part_default, sort_name(row.name, row.email), id.bytes),
             listed_invitation(id, row));
      else
        list(out, row.listed, {}, {});
    });
    accounts_.write(out);
    members_.write(out);
    invitations_.write(out);
    listed_.write(out);
    due_.write(out);
    ends_.write(out);
    return out;
  }

 private:
  static std::string invitation_key(const Envelope& at, const InvitationId& id) {
    return row_key('i', account_of(at), id);
  }
  static std::string listed_key(const Envelope& at, const PersonId& person) {
    return row_key('l', account_of(at), person);
  }
  static std::string due_key(const Envelope& at, Time due, const InvitationId& id) {
    return row_key('e', account_of(at), due, id);
  }
  static std::string end_key(const Envelope& at, Time end, const MembershipId& id) {
    return row_key('x', account_of(at), end, id);
  }
  static AccountId account_in(std::string_view key) {
    return AccountId::parse(key.substr(1, key.find('\0') - 1)).value_or(AccountId{});
  }
  static bool is_partner(const Member& member) { return member.kind == MemberKind::partner && is_there(member.status); }

  AccountRow& account(const Envelope& at) { return accounts_.change_or_make(row_key('a', account_of(at))); }
  void seats(const Envelope& at, std::uint32_t used, std::uint32_t limit) {
    auto& row = account(at);
    row.seats_used = used;
    row.seat_limit = limit;
  }

  void invite(const Envelope& at, const auto& e, MemberKind kind, InvitationRow row) {
    row.person = e.person;
    row.state = InvitationState::closed;
    row.kind = kind;
    row.admin = e.admin;
    row.email = e.email.shown();
    row.invited_at = at.recorded_at;
    row.invited_by = e.invited_by;
    pend(at, e.invitation, invitations_.add(invitation_key(at, e.invitation), std::move(row)), e.expires_at);
  }
  // Now it is this person's one open invitation.
  void pend(const Envelope& at, const InvitationId& id, InvitationRow& row, Time due) {
    change_state(at, id, row, InvitationState::pending);
    row.due = due;
    due_.add(due_key(at, due, id), {});
    auto& listed = listed_.change_or_make(listed_key(at, row.person));
    if (listed.invitation && listed.invitation != id) replace(at, *listed.invitation);
    listed.invitation = id;
  }
  void settle(const Envelope& at, const InvitationId& id, InvitationState state) {
    if (auto* row = invitations_.change(invitation_key(at, id))) change_state(at, id, *row, state);
  }
  void replace(const Envelope& at, const InvitationId& id) {
    auto* row = invitations_.change(invitation_key(at, id));
    if (row && row->state != InvitationState::closed) change_state(at, id, *row, InvitationState::replaced);
  }
  // Keeps in step what is counted and what is due.
  void change_state(const Envelope& at, const InvitationId& id, InvitationRow& row, InvitationState state) {
    if (row.state == InvitationState::pending) {
      due_.erase(due_key(at, row.due, id));
      --account(at).pending;
    }
    if (state == InvitationState::pending) ++account(at).pending;
    row.state = state;
  }

  // Moves a row of the list to where it belongs now.
  static void list(RowChanges& out, std::string& listed, std::string key, std::string row) {
    if (!listed.empty() && listed != key) out.insert_or_assign(listed, RowChange(std::nullopt));
    if (!key.empty()) {
      const auto before = listed.empty() ? RowChange::absent() : RowChange::Known{};
      out.insert_or_assign(key, RowChange(std::move(row), before));
    }
    listed = std::move(key);
  }

  Table<AccountRow> accounts_;
  Members<MemberRow> members_;
  Table<InvitationRow> invitations_;
  Table<ListedInvitationRow> listed_;
  Table<DueRow> due_;
  Table<DueRow> ends_;
};

std::string row_name(std::string_view key) {
  const auto account = std::string{key.substr(1, key.find('\0') - 1)};
  switch (key.front()) {
    case 'a': return "account " + account;
    case 'm': return "user " + account + " " + id_at_end<MembershipId>(key).text();
    case 'i': return "invitation " + account + " " + id_at_end<InvitationId>(key).text();
    case 'l': return "invitation of person " + account + " " + id_at_end<PersonId>(key).text();
    case 'p': return "person " + id_at_end<PersonId>(key).text();
    case 'x': return "end of access " + account + " " + id_at_end<MembershipId>(key).text();
    case 'e': return "expiry of invitation " + account + " " + id_at_end<InvitationId>(key).text();
    default: return "list row " + account + " " + id_text("id", id_at_end<MembershipId>(key).bytes);
  }
}

}  // namespace

constinit const Projection users{"users", 6, types_of<UsersView>(), &fold_of<UsersView>, &row_name};

std::optional<PublishedRow> published_row(std::string_view key, const std::optional<std::string>& value,
                                          PersonalData personal) {
  const auto told = [&](const auto& id, auto&& write) {
    PublishedRow row{std::string{key.substr(1, key.find('\0') - 1)}, id.text(), std::nullopt};
    if (value) {
      JsonObject out(row.json.emplace());
      out.add("account", row.account);
      out.add("id", id);
      write(out);
    }
    return row;
  };
  const auto shown = [&](const auto& text) {
    return personal == PersonalData::clear ? std::optional<std::string>{text} : std::nullopt;
  };
  if (key.starts_with('m')) {
    return told(id_at_end<MembershipId>(key), [&](JsonObject& out) {
      const auto row = decode_row<MemberRow>(*value);
      const auto name = shown(row.member.name), email = shown(row.member.email);
      out.add("person", row.member.person);
      add_all_but_id(out, shown_member(row, name, email));
    });
  }
  if (!key.starts_with('i')) return std::nullopt;
  const auto row = value ? std::optional{decode_row<InvitationRow>(*value)} : std::nullopt;
  const auto id = id_at_end<InvitationId>(key);
  if (!row || row->listed.empty()) return PublishedRow{std::string{key.substr(1, key.find('\0') - 1)}, id.text(), {}};
  return told(id, [&](JsonObject& out) {
    const auto name = shown(row->name), email = shown(row->email);
    out.add("person", row->person);
    add_all_but_id(out, shown_invitation(*row, name, email));
  });
}

}  // namespace rollcall::projections
