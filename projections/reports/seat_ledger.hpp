// The seats of an account: every movement and every limit, with its cause, so that each number on a bill is explained.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "projections/engine/projection.hpp"
#include "projections/engine/report.hpp"

namespace rollcall::projections {

enum class SeatMovement : std::uint8_t { taken, freed, limit };
constexpr Names<3> enum_names(SeatMovement) { return {"taken", "freed", "limit"}; }

// Why: the account began, an invitation was accepted, the limit was changed, a membership ended in one of its ways, or
// a user came back.
enum class SeatCause : std::uint8_t {
  account_opened,
  joined,
  limit_changed,
  deactivated,
  left,
  expired,
  review,
  reactivated
};
constexpr Names<8> enum_names(SeatCause) {
  return {"account_opened", "joined", "limit_changed", "deactivated", "left", "expired", "review", "reactivated"};
}

struct SeatLedgerRow {
  static constexpr bool complete = true;
  static constexpr std::string_view title = "SeatLedgerRow";
  static constexpr std::array fields{"position", "event", "recorded_at", "movement", "cause", "used",
                                     "limit",    "user",  "name",        "email",    "by"};
  Position position = 0;
  EventId event;
  Time recorded_at;
  SeatMovement movement{};
  SeatCause cause{};
  std::uint32_t used = 0;   // after it
  std::uint32_t limit = 0;  // likewise
  std::optional<MembershipId> user;
  std::optional<std::string> name;   // as they were called then
  std::optional<std::string> email;  // likewise
  std::optional<MembershipId> by;    // whose doing it was, where it was a member's
};

struct SeatLedger;

class SeatLedgerFold {
 public:
  explicit SeatLedgerFold(const SeatLedger& query);
  void on(const Envelope& at, const AccountOpened& e);
  void on(const Envelope& at, const SeatLimitChanged& e);
  void on(const Envelope& at, const MembershipActivated& e);
  void on(const Envelope& at, const IdentityRegistered& e);
  void on(const Envelope& at, const NameChanged& e);
  void on(const Envelope& at, const EmailChanged& e);
  void on(const Envelope& at, const UserDeactivated& e);
  void on(const Envelope& at, const UserReactivated& e);
  void on(const Envelope& at, const SeatTaken& e);
  void on(const Envelope& at, const SeatFreed& e);
  std::vector<SeatLedgerRow> rows();

 private:
  struct Member {
    PersonId person;
    SeatCause cause{};  // of the last movement
    std::optional<std::string> name;
    std::string email;
  };
  SeatLedgerRow& add(const Envelope& at, SeatMovement movement, SeatCause cause);
  void move(const Envelope& at, SeatMovement movement, const MembershipId& user, std::uint32_t used,
            std::uint32_t limit);

  std::optional<SeatCause> wanted_;
  std::map<MembershipId, Member> members_;
  std::uint32_t used_ = 0;
  std::uint32_t limit_ = 0;
  std::vector<SeatLedgerRow> rows_;
};

struct SeatLedger {
  static constexpr std::string_view name = "SeatLedger";
  static constexpr std::string_view path = "/v1/reports/seat-ledger";
  static constexpr std::string_view command = "seat-ledger";
  static constexpr std::string_view summary = "Explain the seats of an account: each one taken or freed, and its limit";
  static constexpr unsigned version = 2;
  static constexpr Rule rule{Action::seat_view};
  static constexpr std::array fields{"account", "cause", "period"};
  static constexpr std::array help{"app id", "only what came about so", ""};
  AccountId account;
  std::optional<SeatCause> cause;
  Period period;

  using Row = SeatLedgerRow;
  using Fold = SeatLedgerFold;
  Subject subject() const { return account; }
  static constexpr std::array columns{ListColumn{"RECORDED", "recorded_at", ListColumn::Kind::time},
                                      ListColumn{"SEAT", "movement", ListColumn::Kind::whole},
                                      ListColumn{"CAUSE", "cause", ListColumn::Kind::whole},
                                      ListColumn{"USED", "used", ListColumn::Kind::number},
                                      ListColumn{"LIMIT", "limit", ListColumn::Kind::number},
                                      ListColumn{"USER", "name"},
                                      ListColumn{"E-MAIL", "email"}};
};

}  // namespace rollcall::projections
