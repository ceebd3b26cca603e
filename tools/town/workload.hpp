// What a town does in its working days: the story `rollcall demo` tells at its smallest scale, and populations in the
// shapes and rates of the field for everything larger, which `rollcall bench` measures on.
//
// Where the field gave no number, these are modelling assumptions: accounts are opened, staffed and stocked in the two
// weeks before the first working day; half of them are over two years old and keep inactive profiles; a link's fate is
// drawn on sending; the CRM's feed uses the operator key; contacts and completed tasks are scaled down by `stock`.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/town/town.hpp"

namespace rollcall::tools {

// How often things happen: per account and working day, unless a line says otherwise.
struct Rates {
  double sessions_of_user = 1.6;     // and user
  double sessions_of_partner = 0.4;  // and partner
  double records_registered = 1.4;
  double records_assigned = 0.9;
  double tasks_completed = 1.3;
  double notes_added = 0.3;
  double reassignments = 0.006;
  double users_invited = 0.006;
  double partners_invited = 0.004;
  double deactivations = 0.004;  // half of them of partners
  double leaves = 0.0007;
  double permissions_changed = 0.008;
  double permissions_cloned = 0.001;
  double reactivations = 0.0004;
  double mistakes = 0.045;  // commands that are refused
};

// So many accounts, and the share of contacts and completed tasks they hold.
struct Scale {
  std::string_view name;
  std::size_t accounts;
  double stock;
};
constexpr Scale scales[] = {{"S", 200, 1.0}, {"M", 2'000, 0.1}, {"L", 20'000, 0.02}};

struct WorkloadOptions {
  std::uint64_t seed = 1;
  Time ends;                      // midnight; the last working day is the one before it or earlier
  std::size_t working_days = 60;  // Monday to Friday; on weekends little happens
  Position events_max = ~Position{0};
};

// A fresh data folder for it: founded when the workload begins, fast to fill, durable once run() is through.
std::unique_ptr<Installation> found_for(const std::filesystem::path& folder, const WorkloadOptions& options);

class Workload {
 public:
  using Index = Town::Index;

  Workload(Installation& installation, const WorkloadOptions& options);
  // Three accounts and a handful of people whose story can be told; see the README's tour.
  void tell_story();
  // Accounts as they are found in the field.
  void settle(std::size_t accounts, double stock);
  // An account of so many users, each of whom signs in once.
  void settle_large_account(const AccountId& id, std::size_t users);
  // An account in which one user holds all the contacts; the owner and `colleagues` could take them.
  void settle_heavy_user(const AccountId& id, std::size_t contacts, std::size_t colleagues);

  // Lets the days go by, to the last one or to events_max, and makes everything durable.
  void run(const std::function<void(Position size)>& progress = {});

  const Town& town() const { return town_; }
  // The one who is a partner in the most accounts.
  std::optional<Index> busiest_partner() const;

 private:
  void plan_day(Index account, Time midnight, const Rates& rates);
  Time office_hour(Time midnight);
  void often(double mean, Time midnight, const std::function<void()>& act);
  void open_as_in_the_field(Index account, std::size_t users, double stock);
  void stock_up(Index account, double stock);
  void invite_somebody(Index account, MemberKind kind);
  void reassign_somebodys(Index account);
  void deactivate_somebody(Index account);
  void leave_somebody(Index account);
  void permit_somebody(Index account);
  void clone_somebodys(Index account);
  void reactivate_somebody(Index account);
  void organise(Index account);
  void make_a_mistake(Index account);
  Index known_partner();

  WorkloadOptions options_;
  std::vector<Time> days_;  // midnights of the working days
  Town town_;
  std::vector<std::pair<Index, const Rates*>> living_;  // accounts that have days
  std::vector<double> partner_weights_;                 // running sums, to draw from
  std::vector<std::optional<Index>> partners_;
};

// Brings all read models up to the log, so that a server has nothing to catch up with.
void build_views(Installation& installation, const std::function<void(Position)>& progress = {});

}  // namespace rollcall::tools
