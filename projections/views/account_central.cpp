#include "projections/views/account_central.hpp"

#include <algorithm>
#include <set>

#include "events/fold_case.hpp"
#include "projections/engine/table.hpp"
#include "projections/views/counts.hpp"
#include "projections/views/members.hpp"

namespace rollcall::projections {
namespace {

// ---- rows --------------------------------------------------------------------------------------------------------
// a ACCOUNT                      its name
// m ACCOUNT MEMBERSHIP           a member
// c PERSON ACCOUNT MEMBERSHIP    a card
// w ACCOUNT REASSIGNMENT         who receives records from one that is under way in slices

struct AccountRow {
  static constexpr std::array fields{"name", "leave_blocks", "partners"};
  std::string name;
  LeaveBlocks leave_blocks{};
  std::vector<MembershipId> partners;  // whose cards say whether they can leave
};

struct MemberRow {
  static constexpr std::array fields{"member", "label",  "own_name",    "connected_apps", "hand_over_requested_at",
                                     "since",  "counts", "reassigning", "receiving"};
  Member member;
  std::string label;     // empty: none
  std::string own_name;  // empty: none
  std::vector<std::string> connected_apps;
  std::optional<Time> hand_over_requested_at;
  Time since;
  Counts counts;
  bool reassigning = false;
  std::uint32_t receiving = 0;  // from how many reassignments under way
};

struct WorkRow {
  static constexpr std::array fields{"receivers"};
  std::vector<MembershipId> receivers;
};

struct CardRow {
  static constexpr std::array fields{"sort_name", "search", "since", "access_ends_at", "json"};
  std::string sort_name;
  std::string search;
  Time since;
  std::optional<Time> access_ends_at;
  std::string json;
};

// The code LeaveAccount would answer with; empty if it would not refuse.
std::string_view why_not_leave(const MemberRow& row, LeaveBlocks blocks) {
  if (row.member.kind != MemberKind::partner) return "not_a_partner";
  if (row.reassigning || row.receiving > 0) return "reassignment_in_progress";
  if (row.counts.contacts > 0) return "has_assigned_contacts";
  if (blocks == LeaveBlocks::all && !row.counts.nothing_open()) return "has_open_records";
  return {};
}

std::optional<std::string_view> unless_empty(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional{text};
}

CardRow card(const AccountId& account, const std::string& account_name, LeaveBlocks blocks, const MembershipId& id,
             const MemberRow& row) {
  const auto why = why_not_leave(row, blocks);
  const AccountCard shown{
      .account = account,
      .name = account_name,
      .label = unless_empty(row.label),
      .user = id,
      .kind = row.member.kind,
      .role = role_of(row.member),
      .since = row.since,
      .own_name = unless_empty(row.own_name),
      .connected_apps = row.connected_apps,
      .hand_over_requested_at = row.counts.nothing_open() ? std::nullopt : row.hand_over_requested_at,
      .access_ends_at = row.member.access_ends_at,
      .contacts = row.counts.contacts,
      .leads = row.counts.leads,
      .tasks = row.counts.pending_tasks,
      .can_leave = why.empty(),
      .why_not = unless_empty(why)};
  const auto& name = row.own_name.empty() ? account_name : row.own_name;
  return {.sort_name = fold_case(row.label.empty() ? name : row.label),
          .search = fold_case(row.label) + '\n' + fold_case(row.own_name) + '\n' + fold_case(account_name) + '\n' +
                    account.str(),
          .since = row.since,
          .access_ends_at = row.member.access_ends_at,
          .json = json_text(shown)};
}

// ---- the fold ----------------------------------------------------------------------------------------------------

class CentralView {
 public:
  explicit CentralView(const Rows& before) : before_(before), accounts_(before), members_(before), works_(before) {}

  void on(const Envelope& at, const AccountOpened& e) {
    accounts_.change_or_make(row_key('a', account_of(at))).name = e.name;
  }
  // Whether they can leave is in the cards of all its partners.
  void on(const Envelope& at, const PolicyChanged& e) {
    if (e.policy != Policy::leave_blocks) return;
    auto& account = accounts_.change_or_make(row_key('a', account_of(at)));
    account.leave_blocks = value_named<LeaveBlocks>(e.to).value_or(LeaveBlocks::contacts);
    for (const auto& partner : account.partners) member(at, partner);
  }
  void on(const Envelope& at, const MembershipActivated& e) {
    if (e.kind == MemberKind::partner)
      accounts_.change_or_make(row_key('a', account_of(at))).partners.push_back(e.membership);
    MemberRow row;
    row.member = joined(e);
    row.since = at.recorded_at;
    members_.add(member_key(account_of(at), e.membership), std::move(row));
  }
  template <ChangesMember E>
  void on(const Envelope& at, const E& e) {
    if (auto* row = member(at, e.membership)) change(row->member, e);
    if constexpr (std::same_as<E, UserDeactivated> || std::same_as<E, PartnerLeft>)
      if (const auto* account = accounts_.find(row_key('a', account_of(at))); account && has(*account, e.membership))
        std::erase(accounts_.change_or_make(row_key('a', account_of(at))).partners, e.membership);
  }
  void on(const Envelope& at, const OwnershipTransferred& e) {
    if (auto* row = member(at, e.from)) row->member.owner = false;
    if (auto* row = member(at, e.to)) row->member.owner = true;
  }
  void on(const Envelope& at, const AccountConfigured& e) {
    auto* row = member(at, e.membership);
    if (!row) return;
    row->label = e.label ? std::string{e.label->shown()} : std::string{};
    row->own_name = e.account_name ? std::string{e.account_name->shown()} : std::string{};
    row->connected_apps = e.connected_apps;
  }
  void on(const Envelope& at, const HandOverRequested& e) {
    if (auto* row = member(at, e.membership)) row->hand_over_requested_at = at.recorded_at;
  }
  void on(const Envelope& at, const AccountLabelSet& e) {
    if (auto* row = member(at, e.membership)) row->label = e.label.shown();
  }
  template <MovesRecords E>
  void on(const Envelope& at, const E& e) {
    recount(e, [&](const MembershipId& id) -> Counts* {
      auto* row = member(at, id);
      return row ? &row->counts : nullptr;
    });
  }
  void on(const Envelope& at, const ReassignmentStarted& e) {
    if (auto* row = member(at, e.from)) row->reassigning = true;
    start_work(at, e.reassignment, e.plan, e.basis);
  }
  void on(const Envelope& at, const DeactivationStarted& e) {
    if (auto* row = member(at, e.membership)) change(row->member, e);
    start_work(at, e.reassignment, e.plan, e.basis);
  }
  void on(const Envelope& at, const ReassignmentCompleted& e) {
    if (auto* row = member(at, e.from)) row->reassigning = false;
    const auto key = row_key('w', account_of(at), e.reassignment);
    const auto* work = works_.find(key);
    if (!work) return;
    for (const auto& id : work->receivers)
      if (auto* row = member(at, id); row && row->receiving > 0) --row->receiving;
    works_.erase(key);
  }

  std::size_t held() const { return accounts_.held() + members_.held() + works_.held(); }

  RowChanges changes() {
    RowChanges out;
    members_.each_changed([&](const std::string& key, const MemberRow& row) {
      const auto account = AccountId::parse(key.substr(1, key.find('\0') - 1)).value();
      const auto id = id_at_end<MembershipId>(key);
      const auto card_key = row_key('c', row.member.person, account, id);
      if (row.member.status == Status::active) {
        const auto* opened = accounts_.find(row_key('a', account));
        out.insert_or_assign(
            card_key, RowChange(encode_row(card(account, opened ? opened->name : account.str(),
                                                opened ? opened->leave_blocks : LeaveBlocks::contacts, id, row))));
      } else if (auto before = before_.find(card_key)) {
        out.insert_or_assign(card_key, RowChange(std::nullopt, std::move(before)));
      }
    });
    accounts_.write(out);
    members_.write(out);
    works_.write(out);
    return out;
  }

 private:
  // Who is to receive of a kind that has records is busy until all of it is done, however little they get.
  void start_work(const Envelope& at, const ReassignmentId& id, const std::vector<KindPlan>& plan,
                  const RecordCounts& basis) {
    std::set<MembershipId> receivers;
    for (const auto& kind : plan)
      if (basis.of(kind.kind) > 0 && kind.mode != ReassignmentMode::unassign)
        for (const auto& allocation : kind.allocations) receivers.insert(allocation.to);
    for (const auto& receiver : receivers)
      if (auto* row = member(at, receiver)) ++row->receiving;
    works_.add(row_key('w', account_of(at), id), {{receivers.begin(), receivers.end()}});
  }

  static bool has(const AccountRow& account, const MembershipId& id) {
    return std::find(account.partners.begin(), account.partners.end(), id) != account.partners.end();
  }
  MemberRow* member(const Envelope& at, const MembershipId& id) {
    return members_.change(member_key(account_of(at), id));
  }

  const Rows& before_;
  Table<AccountRow> accounts_;
  Table<MemberRow> members_;
  Table<WorkRow> works_;
};

std::string row_name(std::string_view key) {
  if (key.front() == 'c')
    return "card of " + id_at_end<PersonId>(key.substr(0, 1 + sizeof(IdBytes))).text() + " " +
           id_at_end<MembershipId>(key).text();
  const auto account = std::string{key.substr(1, key.find('\0') - 1)};
  if (key.front() == 'w') return "reassignment " + account + " " + id_at_end<ReassignmentId>(key).text();
  return key.front() == 'a' ? "account " + account : "user " + account + " " + id_at_end<MembershipId>(key).text();
}

}  // namespace

constinit const Projection account_central{"account-central", 5, types_of<CentralView>(), &fold_of<CentralView>,
                                           &row_name};

Expected<std::string, QueryError> AccountCentral::answer(const Rows& rows, const Asked& asked) const {
  const auto paging = page.paging();
  if (!paging) return unexpected(paging.error());
  struct Item {
    Spot spot;
    std::string json;
  };
  std::vector<Item> items;
  const auto part = fold_case(q.value_or(SearchText{}).text);
  const auto prefix = row_key('c', *asked.person);
  rows.scan(prefix, behind_prefix(prefix), [&](std::string_view key, std::string_view value) {
    auto row = decode_row<CardRow>(value);
    const bool open = !row.access_ends_at || asked.now < *row.access_ends_at;
    if (!open || row.search.find(part) == std::string::npos) return true;
    const auto number =
        page.sort.order == CentralOrder::since ? static_cast<std::uint64_t>(row.since.micros) : std::uint64_t{0};
    items.push_back({{number, std::move(row.sort_name), id_at_end<MembershipId>(key).bytes}, std::move(row.json)});
    return true;
  });

  const auto next = cut_page(items, *paging);
  std::string text;
  {
    JsonObject out(text);
    {
      JsonArray accounts(out.begin("accounts"));
      for (const auto& item : items) accounts.begin().append(item.json);
    }
    out.add("next", next);
  }
  return text;
}

}  // namespace rollcall::projections
