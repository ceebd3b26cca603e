#include "projections/views/users.hpp"

#include <cassert>
#include <limits>

#include "events/fold_case.hpp"
#include "projections/engine/table.hpp"

namespace rollcall::projections {
namespace {

// ---- rows --------------------------------------------------------------------------------------------------------
// a ACCOUNT                   what the header of the list counts
// m ACCOUNT MEMBERSHIP        a member, and where they are listed
// i ACCOUNT INVITATION        an invitation of any state, and where it is listed
// l ACCOUNT PERSON            the invitation that is listed for this person
// p PERSON                    where this person is a member
// e ACCOUNT TIME INVITATION   pending invitations by when they lapse
// x ACCOUNT TIME MEMBERSHIP   partners who are counted, by when their access ends
// u ACCOUNT PART NAME ID      the list itself, see Listed

struct AccountRow {
  static constexpr std::array fields{"seats_used", "seat_limit", "partners", "pending"};
  std::uint32_t seats_used = 0;
  std::uint32_t seat_limit = 0;
  std::uint64_t partners = 0;
  std::uint64_t pending = 0;
};

struct MemberRow {
  static constexpr std::array fields{"member", "last_sign_in", "invited_at", "invited_by", "teams", "listed"};
  Member member;
  std::optional<Time> last_sign_in;
  std::optional<Time> invited_at;
  std::optional<MembershipId> invited_by;
  std::vector<TeamId> teams;
  std::string listed;  // the key in the list, empty while it is in none
};

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

// The list has two parts, so that the default view, active or invited, is one range by itself.
constexpr char part_default = '0';
constexpr char part_others = '1';
char part_of(Status status) { return Users::status_default.has(status) ? part_default : part_others; }
// Whoever is frozen until some time is active from then on, whether or not that is written down.
char part_of(const Member& member) {
  return member.status == Status::frozen && member.frozen_until ? part_default : part_of(member.status);
}

std::string list_key(const AccountId& account, char part, std::string_view sort_name, const IdBytes& id) {
  auto key = row_key('u', account, part, sort_name);
  key.append(reinterpret_cast<const char*>(id.data()), id.size());
  return key;
}

// A row of the list: what filters and sorts need in a fixed place, then the text that is searched, then the JSON as it
// is shown. Views into the stored bytes.
struct Listed {
  Status status{};
  MemberKind kind{};
  Role role{};
  bool invitation = false;
  std::int64_t lapses_at = never;  // a pending invitation
  std::int64_t last_sign_in = never;
  std::int64_t access_ends_at = never;
  std::int64_t frozen_until = never;
  std::string_view search;
  std::string_view json;

  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
  static std::int64_t micros(const std::optional<Time>& time) { return time ? time->micros : never; }

  std::string bytes() const {
    std::string out;
    Encoder encoder(out);
    encoder(status, kind, role, invitation, lapses_at, last_sign_in, access_ends_at, frozen_until,
            static_cast<std::uint32_t>(search.size()));
    return out.append(search).append(json);
  }
  static Listed in(std::string_view bytes) {
    Listed listed;
    Decoder decoder(bytes);
    std::uint32_t search_size;
    decoder(listed.status, listed.kind, listed.role, listed.invitation, listed.lapses_at, listed.last_sign_in,
            listed.access_ends_at, listed.frozen_until, search_size);
    listed.search = decoder.take(search_size);
    listed.json = decoder.take(decoder.left());
    return listed;
  }
};

// As it is at this moment.
Status status_at(const Listed& row, Time now) {
  const auto time = [](std::int64_t micros) {
    return micros == Listed::never ? std::nullopt : std::optional{Time{micros}};
  };
  return status_at(row.status, time(row.access_ends_at), time(row.frozen_until), now);
}

// The status in the JSON of a member. A quotation mark within a text has a backslash in front.
std::string status_json(Status status) { return R"("status":")" + std::string{name_of(status)} + '"'; }

// How the JSON of a pending invitation ends, and how it ends once it has lapsed.
constexpr std::string_view pending_end = R"("invitation":"pending"})";
constexpr std::string_view lapsed_end = R"("invitation":"expired"})";

void append_shown(std::string& out, const Listed& row, Time now) {
  if (const auto status = status_at(row, now); row.status != status) {
    const auto written = status_json(row.status);
    const auto at = row.json.find(written);
    assert(at != row.json.npos);
    out.append(row.json.substr(0, at)).append(status_json(status)).append(row.json.substr(at + written.size()));
    return;
  }
  if (row.lapses_at > now.micros) {
    out.append(row.json);
    return;
  }
  assert(row.json.ends_with(pending_end));
  out.append(row.json.substr(0, row.json.size() - pending_end.size())).append(lapsed_end);
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

// ---- the query ---------------------------------------------------------------------------------------------------

// Filters of a query, its text folded once.
class Filter {
 public:
  Filter(const Users& query, Time now)
      : query_(query),
        now_(now),
        q_(fold_case(query.q.value_or(SearchText{}).text)),
        team_(query.team ? query.team->text() : std::string{}) {}
  bool passes(const Listed& row) const {
    return query_.status.has(status_at(row, now_)) && query_.role.has(row.role) &&
           (!query_.kind || *query_.kind == row.kind) && in_team(row) &&
           (q_.empty() || row.search.find(q_) != std::string_view::npos);
  }

 private:
  const Users& query_;
  Time now_;
  std::string q_;
  // A quotation mark within a text has a backslash in front: this is the member `teams`, and nothing in a name.
  bool in_team(const Listed& row) const {
    if (team_.empty()) return true;
    const auto teams = row.json.substr(row.json.find(R"("teams":[)"));
    return teams.substr(0, teams.find(']')).find(team_) != teams.npos;
  }

  std::string team_;
};

std::optional<std::uint64_t> sort_number(const Listed& row, UsersOrder order, Time now) {
  const auto time = [](std::int64_t micros) {
    return micros == Listed::never ? std::nullopt : std::optional{static_cast<std::uint64_t>(micros)};
  };
  switch (order) {
    case UsersOrder::status: return static_cast<std::uint64_t>(status_at(row, now));
    case UsersOrder::last_sign_in: return time(row.last_sign_in);
    case UsersOrder::access_end: return time(row.access_ends_at);
    case UsersOrder::name: break;
  }
  return 0;
}

IdBytes id_in(std::string_view list_key) { return id_at_end<MembershipId>(list_key).bytes; }

// The name a row is sorted by, as it stands in its key.
std::string_view name_in(std::string_view list_key, std::size_t prefix) {
  return list_key.substr(prefix, list_key.size() - prefix - 1 - sizeof(IdBytes));
}

class Page {
 public:
  Page(const Paging& paging, Time now) : paging_(paging), now_(now) {
    out_.reserve(paging.limit * 512);
    out_ = R"({"users":[)";
  }
  bool full() const { return rows_ == paging_.limit; }
  void add(const Listed& row) {
    if (rows_++ > 0) out_.push_back(',');
    append_shown(out_, row, now_);
  }
  std::string finish(const std::optional<std::string>& next, const AccountRow& counts, std::uint64_t lapsed,
                     std::uint64_t expired) {
    out_.append(R"(],"next":)");
    Json<std::optional<std::string>>::write(out_, next);
    out_.append(R"(,"seats":)");
    Json<Seats>::write(out_, {counts.seats_used, counts.seat_limit});
    out_.append(R"(,"partners":)").append(std::to_string(counts.partners - expired));
    out_.append(R"(,"pending_invitations":)").append(std::to_string(counts.pending - lapsed)).append(1, '}');
    return std::move(out_);
  }

 private:
  const Paging& paging_;
  Time now_;
  std::string out_;
  std::size_t rows_ = 0;
};

// By name and within one part of the list the rows lie in order: read until the page is full. Where it ended, if there
// is more.
std::optional<std::string> fill_in_order(Page& page, const Rows& rows, const Users& query, const Paging& paging,
                                         Time now) {
  const auto part = query.status.within(Users::status_default) ? part_default : part_others;
  const auto prefix = row_key('u', query.account, part);
  auto from = prefix;
  if (paging.after) {
    append_part(from, std::string_view{paging.after->text});
    from.append(reinterpret_cast<const char*>(paging.after->id.data()), paging.after->id.size()).push_back('\0');
  }
  const Filter filter(query, now);
  std::string last;
  bool more = false;
  rows.scan(from, behind_prefix(prefix), [&](std::string_view key, std::string_view value) {
    const auto row = Listed::in(value);
    if (!filter.passes(row)) return true;
    more = page.full();
    if (more) return false;
    page.add(row);
    if (page.full()) last = key;
    return true;
  });
  if (!more) return std::nullopt;
  return Cursor{paging.list, paging.order(), {0, std::string{name_in(last, prefix.size())}, id_in(last)}}.text();
}

// Any other order: find out where all rows stand, then read those of the page.
std::optional<std::string> fill_sorted(Page& page, const Rows& rows, const Users& query, const Paging& paging,
                                       Time now) {
  struct Item {
    Spot spot;
    std::string key;
  };
  std::vector<Item> items;
  const Filter filter(query, now);
  const auto prefix = row_key('u', query.account);
  rows.scan(prefix, behind_prefix(prefix), [&](std::string_view key, std::string_view value) {
    const auto row = Listed::in(value);
    if (!filter.passes(row)) return true;
    const auto number = paging.number(sort_number(row, query.page.sort.order, now));
    items.push_back({{number, std::string{name_in(key, prefix.size() + 1)}, id_in(key)}, std::string{key}});
    return true;
  });
  auto next = cut_page(items, paging);
  for (const auto& item : items)
    if (const auto value = rows.find(item.key)) page.add(Listed::in(*value));
  return next;
}

// Whoever sees only some: those are looked up one by one. Invitations are not among them.
std::optional<std::string> fill_in_sight(Page& page, const Rows& rows, const Users& query, const Paging& paging,
                                         const Asked& asked) {
  struct Item {
    Spot spot;
    std::string listed;
  };
  std::vector<Item> items;
  const Filter filter(query, asked.now);
  const auto prefix = row_key('u', query.account);
  for (const auto& member : *asked.sight) {
    const auto row = find_row<MemberRow>(rows, member_key(query.account, member));
    if (!row || row->listed.empty()) continue;
    auto listed = rows.find(row->listed);
    if (!listed || !filter.passes(Listed::in(*listed))) continue;
    const auto number = paging.number(sort_number(Listed::in(*listed), query.page.sort.order, asked.now));
    items.push_back({{number, std::string{name_in(row->listed, prefix.size() + 1)}, member.bytes}, std::move(*listed)});
  }
  auto next = cut_page(items, paging);
  for (const auto& item : items) page.add(Listed::in(item.listed));
  return next;
}

// What the header counts, for somebody who sees only some: of those.
AccountRow counts_in_sight(const Rows& rows, const AccountRow& all, const AccountId& account, const Asked& asked) {
  AccountRow counts{all.seats_used, all.seat_limit, 0, 0};
  for (const auto& member : *asked.sight)
    if (const auto row = find_row<MemberRow>(rows, member_key(account, member));
        row && row->member.kind == MemberKind::partner && is_there(status_at(row->member, asked.now)))
      ++counts.partners;
  return counts;
}

bool lies_in_order(const Users& query) {
  return query.page.sort.order == UsersOrder::name && !query.page.sort.descending &&
         (query.status.within(Users::status_default) ||
          (query.status.within({~Users::status_default.bits}) && !query.status.has(Status::expired) &&
           !query.status.has(Status::frozen)));
}

// How much of what is counted is over by now: invitations that lapsed ('e'), partners whose access ended ('x').
std::uint64_t over(char table, const Rows& rows, const AccountId& account, Time now) {
  std::uint64_t count = 0;
  rows.scan(row_key(table, account), row_key(table, account, now + microseconds(1)), [&](auto, auto) {
    ++count;
    return true;
  });
  return count;
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

Expected<std::string, QueryError> Users::answer(const Rows& rows, const Asked& asked) const {
  const auto counts = find_row<AccountRow>(rows, row_key('a', account));
  if (!counts) return unexpected(QueryError{"account", "is not known here"});
  const auto paging = page.paging();
  if (!paging) return unexpected(paging.error());
  Page shown(*paging, asked.now);
  if (asked.sight) {
    const auto end = fill_in_sight(shown, rows, *this, *paging, asked);
    return shown.finish(end, counts_in_sight(rows, *counts, account, asked), 0, 0);
  }
  const auto next = lies_in_order(*this) ? fill_in_order(shown, rows, *this, *paging, asked.now)
                                         : fill_sorted(shown, rows, *this, *paging, asked.now);
  const auto over_now = [&](char table, std::uint64_t counted) {
    return counted == 0 ? 0 : over(table, rows, account, asked.now);
  };
  return shown.finish(next, *counts, over_now('e', counts->pending), over_now('x', counts->partners));
}

}  // namespace rollcall::projections
