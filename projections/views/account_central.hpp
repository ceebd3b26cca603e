// Account Central: one card for each account a person can enter, with what they have there and whether they can leave.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "projections/engine/projection.hpp"
#include "projections/engine/query.hpp"
#include "projections/views/members.hpp"

namespace rollcall::projections {

extern const Projection account_central;

// `why_not` is the code with which LeaveAccount would refuse.
struct AccountCard {
  static constexpr bool complete = true;
  static constexpr std::string_view title = "AccountCard";
  static constexpr std::array fields{
      "account",        "name",     "label",    "user",           "kind",
      "role",           "since",    "own_name", "connected_apps", "hand_over_requested_at",
      "access_ends_at", "contacts", "leads",    "tasks",          "can_leave",
      "why_not"};
  AccountId account;
  std::string_view name;
  std::optional<std::string_view> label;
  MembershipId user;
  MemberKind kind{};
  Role role{};
  Time since;
  std::optional<std::string_view> own_name;  // how its name reads to them, in place of `name`
  std::vector<std::string> connected_apps;
  std::optional<Time> hand_over_requested_at;  // while they hold something
  std::optional<Time> access_ends_at;
  std::uint64_t contacts = 0;
  std::uint64_t leads = 0;
  std::uint64_t tasks = 0;
  bool can_leave = false;
  std::optional<std::string_view> why_not;
};

// Cards are stored as they are shown; this says of what they are.
struct AccountCentralPage {
  static constexpr bool complete = true;
  static constexpr std::array fields{"accounts", "next"};
  std::vector<AccountCard> accounts;
  std::optional<std::string> next;
};

enum class CentralOrder : std::uint8_t { name, since };
constexpr Names<2> enum_names(CentralOrder) { return {"name", "since"}; }

// Access that has run out at that moment opens no door and shows no card. Somebody who is a member nowhere has an
// empty list. By name: by the label where there is one.
struct AccountCentral {
  static constexpr std::string_view name = "AccountCentral";
  static constexpr std::string_view path = "/v1/me/accounts";
  static constexpr std::string_view summary = "Show Account Central: the accounts that you can enter";
  static constexpr Rule rule{Action::central_view};
  static constexpr std::array fields{"q", "page", "as_of"};
  static constexpr std::array help{"part of the label, name or app id", "", ""};
  std::optional<SearchText> q;
  PageOf<CentralOrder, CentralOrder::name> page;
  AsOf as_of;

  using Answer = AccountCentralPage;
  static const Projection& view() { return account_central; }
  Subject subject(const Asked& asked) const { return *asked.person; }
  Expected<std::string, QueryError> answer(const Rows& rows, const Asked& asked) const;

  static constexpr std::array columns{ListColumn{"ACCOUNT", "account", ListColumn::Kind::whole},
                                      ListColumn{"NAME", "name"},
                                      ListColumn{"LABEL", "label"},
                                      ListColumn{"ROLE", "role", ListColumn::Kind::whole},
                                      ListColumn{"SINCE", "since", ListColumn::Kind::time},
                                      ListColumn{"ACCESS ENDS", "access_ends_at", ListColumn::Kind::time},
                                      ListColumn{"CONTACTS", "contacts", ListColumn::Kind::number},
                                      ListColumn{"LEADS", "leads", ListColumn::Kind::number},
                                      ListColumn{"TASKS", "tasks", ListColumn::Kind::number},
                                      ListColumn{"CAN LEAVE", "can_leave", ListColumn::Kind::text, "why_not"},
                                      ListColumn{"USER", "user", ListColumn::Kind::id}};
};

struct AccountsOf {
  static constexpr std::string_view name = "AccountsOf";
  static constexpr std::string_view path = "/v1/people/{email}/accounts";
  static constexpr std::string_view summary = "Show Account Central of a person: the accounts that they can enter";
  static constexpr Rule rule{Action::person_view, true};
  static constexpr std::array fields{"email", "q", "page", "as_of"};
  static constexpr std::array help{"the person's e-mail address", "part of the label, name or app id", "", ""};
  TypedAddress email;
  std::optional<SearchText> q;
  PageOf<CentralOrder, CentralOrder::name> page;
  AsOf as_of;

  using Answer = AccountCentralPage;
  static const Projection& view() { return account_central; }
  Subject subject(const Asked& asked) const { return *asked.person; }
  Expected<std::string, QueryError> answer(const Rows& rows, const Asked& asked) const {
    return AccountCentral{q, page, as_of}.answer(rows, asked);
  }
};

}  // namespace rollcall::projections
