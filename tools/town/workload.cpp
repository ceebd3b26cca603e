#include "tools/town/workload.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "adapters/rocksdb/views.hpp"
#include "projections/engine/projector.hpp"
#include "projections/engine/read_ahead.hpp"
#include "projections/views/views.hpp"

namespace rollcall::tools {
namespace {

constexpr Rates field_rates;
// Days that leave a told story alone.
constexpr Rates quiet_rates{.sessions_of_user = 0.25,
                            .sessions_of_partner = 0.1,
                            .records_registered = 0.1,
                            .records_assigned = 0.05,
                            .tasks_completed = 0.1,
                            .notes_added = 0.1,
                            .reassignments = 0,
                            .users_invited = 0,
                            .partners_invited = 0,
                            .deactivations = 0,
                            .leaves = 0,
                            .permissions_changed = 0,
                            .permissions_cloned = 0,
                            .reactivations = 0,
                            .mistakes = 0};

constexpr std::size_t opening_days = 10;  // working days before the first one that counts
constexpr std::size_t users_max = 500;
constexpr double accounts_of_partner_max = 400;

// 0 is Monday; 1970-01-01 was a Thursday.
std::int64_t weekday(Time midnight) { return (midnight.micros / days(1).micros + 3) % 7; }
bool works_on(Time midnight) { return weekday(midnight) < 5; }

// How busy a day is. They add up to five in a week; a twelfth of it is weekend.
double business_of(Time midnight) {
  if (!works_on(midnight)) return 0.2;
  return weekday(midnight) == 0 ? 1.15 : 0.8625;
}

// Three times as many ends and invitations in the last days of a month, over the month as many as stated.
double month_end(Time midnight) {
  const std::chrono::sys_days date{std::chrono::days{midnight.micros / days(1).micros}};
  const bool last = std::chrono::year_month_day{date}.day() >= std::chrono::day{28};
  return last ? 2.5 : 5.0 / 6;
}

std::vector<Time> working_days_before(Time end, std::size_t count) {
  std::vector<Time> found;
  for (auto midnight = end - days(1); found.size() < count; midnight = midnight - days(1))
    if (works_on(midnight)) found.push_back(midnight);
  std::reverse(found.begin(), found.end());
  return found;
}

// Two letters and three digits, another for each number below 608,400.
AccountId app_id(std::size_t number) {
  constexpr std::size_t all = 26 * 26 * 900;
  const auto mixed = (number * 48'271 + 350'377) % all;  // the factor has no divisor in common with `all`
  const auto letters = mixed / 900;
  return AccountId::parse(fmt::format("{:c}{:c}{}", static_cast<char>('a' + letters / 26),
                                      static_cast<char>('a' + letters % 26), 100 + mixed % 900))
      .value();
}

std::string company(Dice& dice) {
  constexpr std::string_view places[] = {"Harbour",  "Northlight", "Cedar",    "Brightside", "Juniper", "Keystone",
                                         "Lakeview", "Meridian",   "Oakfield", "Pinewood",   "Quarry",  "Riverside",
                                         "Summit",   "Terrace",    "Uplands",  "Westgate"};
  constexpr std::string_view trades[] = {"Yoga",      "Bikes",   "Dental",  "Books",     "Coaching",
                                         "Interiors", "Bakery",  "Gardens", "Recording", "Yarns",
                                         "Travel",    "Fitness", "Law",     "Plumbing"};
  return fmt::format("{} {}", places[dice.below(std::size(places))], trades[dice.below(std::size(trades))]);
}

Time beginning(const WorkloadOptions& options) {
  return working_days_before(options.ends, options.working_days + opening_days).front();
}

Duration in_hours(double number) { return seconds(std::llround(number * 3600)); }

std::size_t whole(double number) { return static_cast<std::size_t>(std::llround(std::max(number, 0.0))); }

}  // namespace

std::unique_ptr<Installation> found_for(const std::filesystem::path& folder, const WorkloadOptions& options) {
  // A clock that stands still.
  class Moment final : public Clock {
   public:
    explicit Moment(Time now) : now_(now) {}
    Time now() const override { return now_; }
    Duration monotonic() const override { return {}; }

   private:
    Time now_;
  };
  InstallationOptions installing;
  installing.folder = folder;
  installing.create = true;
  installing.log.sync_every_append = false;
  return std::make_unique<Installation>(installing, Moment(beginning(options)));
}

Workload::Workload(Installation& installation, const WorkloadOptions& options)
    : options_(options),
      days_(working_days_before(options.ends, options.working_days)),
      town_(installation, options.seed, beginning(options)) {}

void Workload::run(const std::function<void(Position)>& progress) {
  for (auto midnight = days_.front(); midnight < options_.ends; midnight = midnight + days(1))
    town_.at(midnight, [this, midnight] {
      for (const auto& [account, rates] : living_) plan_day(account, midnight, *rates);
    });
  std::uint64_t acts = 0;
  town_.run(options_.ends, [&] {
    if (progress && ++acts % 256 == 0) progress(town_.size());
    return town_.size() < options_.events_max;
  });
  town_.finish();
  if (progress) progress(town_.size());
}

// ---- a day --------------------------------------------------------------------------------------------------------

// Nine to five, with peaks in the morning and after lunch.
Time Workload::office_hour(Time midnight) {
  auto& dice = town_.dice();
  const auto shape = dice.unit();
  double hour = 0;
  if (shape < 0.30)
    hour = dice.normal(9.2, 0.6);
  else if (shape < 0.55)
    hour = dice.normal(14, 0.7);
  else
    hour = 9 + 8 * dice.unit();
  return midnight + in_hours(std::clamp(hour, 6.0, 21.0));
}

void Workload::often(double mean, Time midnight, const std::function<void()>& act) {
  if (mean <= 0) return;
  for (auto times = town_.dice().count(mean); times > 0; --times) town_.at(office_hour(midnight), act);
}

void Workload::plan_day(Index account, Time midnight, const Rates& rates) {
  const auto business = business_of(midnight);
  for (const auto member : town_.account(account).members) {
    if (!town_.member(member).active) continue;
    const bool partner = town_.member(member).kind == MemberKind::partner;
    often(business * (partner ? rates.sessions_of_partner : rates.sessions_of_user), midnight,
          [this, member] { town_.sign_in(member); });
  }
  often(business * rates.records_registered, midnight, [this, account] {
    const auto kind = town_.dice().unit();
    town_.register_record(account, kind < 0.7    ? RecordKind::task
                                   : kind < 0.95 ? RecordKind::contact
                                                 : RecordKind::lead);
  });
  often(business * rates.records_assigned, midnight, [this, account] { town_.assign_contact(account); });
  often(business * rates.tasks_completed, midnight, [this, account] { town_.complete_task(account); });
  often(business * rates.notes_added, midnight, [this, account] { town_.add_note(account); });
  often(business * rates.reassignments, midnight, [this, account] { reassign_somebodys(account); });
  often(business * rates.mistakes, midnight, [this, account] { make_a_mistake(account); });
  often(business * rates.permissions_changed, midnight, [this, account] { permit_somebody(account); });
  often(business * rates.permissions_cloned, midnight, [this, account] { clone_somebodys(account); });
  often(business * rates.reactivations, midnight, [this, account] { reactivate_somebody(account); });
  const auto changes = business * month_end(midnight);
  often(changes * rates.users_invited, midnight, [this, account] { invite_somebody(account, MemberKind::standard); });
  often(changes * rates.partners_invited, midnight, [this, account] { invite_somebody(account, MemberKind::partner); });
  often(changes * rates.deactivations, midnight, [this, account] { deactivate_somebody(account); });
  often(changes * rates.leaves, midnight, [this, account] { leave_somebody(account); });
}

void Workload::invite_somebody(Index account, MemberKind kind) {
  auto& dice = town_.dice();
  const bool partner = kind == MemberKind::partner;
  const auto person = partner ? known_partner() : town_.add_person_at(town_.account(account).id.str() + ".example");
  const auto invitation = town_.invite(account, person, kind, dice.chance(partner ? 0.8 : 0.12));
  if (!invitation) return;
  auto answered = town_.now() + in_hours(std::min(dice.lognormal(6, 72), 160.0));
  if (dice.chance(0.3)) {
    const auto reminded = town_.now() + hours(30 + static_cast<std::int64_t>(dice.below(40)));
    town_.at(reminded, [this, invitation] { town_.resend(*invitation); });
  }
  const auto fate = dice.unit();
  if (fate < 0.72)
    town_.at(answered, [this, invitation] { town_.accept(*invitation); });
  else if (fate < 0.77)
    town_.at(answered, [this, invitation] { town_.decline(*invitation); });
  else if (fate < 0.85)
    town_.at(answered, [this, invitation] { town_.revoke(*invitation); });
}

void Workload::reassign_somebodys(Index account) {
  const auto from = town_.any_member(account, [](const auto& member) { return member.open.contacts > 0; });
  if (from) town_.hand_on_contacts(*from);
}

void Workload::deactivate_somebody(Index account) {
  const auto kind = town_.dice().chance(0.5) ? MemberKind::partner : MemberKind::standard;
  const auto member = town_.any_member(account, [&](const auto& m) { return m.kind == kind && !m.owner; });
  if (member) town_.deactivate(*member, "no longer works with us");
}

void Workload::leave_somebody(Index account) {
  const auto partner = town_.any_partner(account);
  if (!partner) return;
  // Who holds contacts finds out that he cannot, and asks for them to be handed on.
  if (town_.member(*partner).open.contacts > 0) {
    town_.leave(*partner);
    town_.hand_on_contacts(*partner);
  }
  town_.leave(*partner);
}

// ---- permissions and teams ----------------------------------------------------------------------------------------

namespace {

bool ordinary(const Town::Member& member) {
  return member.kind == MemberKind::standard && !member.admin && !member.owner;
}

}  // namespace

void Workload::permit_somebody(Index account) {
  static const std::vector<std::string_view> sets[] = {{"contact.view", "contact.search"},
                                                       {"contact.view", "contact.edit", "task.view"},
                                                       {"lead.view", "lead.edit", "lead.search"},
                                                       {"task.view", "task.add", "note.view"}};
  if (const auto member = town_.any_member(account, ordinary))
    town_.permit(*member, sets[town_.dice().below(std::size(sets))]);
}

void Workload::clone_somebodys(Index account) {
  const auto from = town_.any_member(account, ordinary), to = town_.any_member(account, ordinary);
  if (from && to && *from != *to) town_.clone_permissions(*from, *to);
}

void Workload::reactivate_somebody(Index account) {
  for (const auto member : std::vector(town_.account(account).members)) {
    const auto& gone = town_.member(member);
    if (gone.active || gone.kind != MemberKind::standard || town_.live_membership(account, gone.person)) continue;
    return town_.reactivate(member);
  }
}

// Accounts of eight users and more have a team for every six, with one or two managers; a tenth are in two of them.
// Three in ten who are no admins have permissions of their own, two in five of those by clone.
void Workload::organise(Index account) {
  auto& dice = town_.dice();
  std::vector<Index> users;
  for (const auto member : town_.account(account).members)
    if (town_.member(member).active && town_.member(member).kind == MemberKind::standard) users.push_back(member);
  std::optional<Index> example;
  for (const auto member : users) {
    if (!ordinary(town_.member(member)) || !dice.chance(0.3)) continue;
    if (example && dice.chance(0.4)) {
      town_.clone_permissions(*example, member);
    } else {
      town_.permit(member, {"contact.view", "contact.search", "task.view"});
      example = member;
    }
  }
  if (users.size() < 8) return;
  std::vector<TeamId> teams;
  for (std::size_t i = 0; i < users.size() / 6; ++i)
    if (const auto team = town_.found_team(account, fmt::format("Team {}", i + 1))) teams.push_back(*team);
  if (teams.empty()) return;
  std::size_t turn = 0;
  for (const auto& team : teams)
    for (auto managers = 1 + dice.below(2); managers > 0; --managers)
      town_.place_in_team(team, users[turn++ % users.size()], TeamPlace::manager);
  for (auto i = turn; i < users.size(); ++i) {
    town_.place_in_team(teams[i % teams.size()], users[i], TeamPlace::user);
    if (teams.size() > 1 && dice.chance(0.1))
      town_.place_in_team(teams[(i + 1) % teams.size()], users[i], TeamPlace::user);
  }
  if (users.size() < 20) return;
  if (const auto role = town_.create_role(account, "Caller", {"contact.view", "task.edit"}))
    if (ordinary(town_.member(users.back()))) town_.assign_role(users.back(), *role);
}

void Workload::make_a_mistake(Index account) {
  const auto kind = town_.dice().unit();
  if (kind < 0.18) return town_.accept_too_late(account);
  const auto member = town_.any_member(account);
  if (!member) return;
  if (kind < 0.40) return town_.reassign_on_wrong_counts(*member);
  if (kind < 0.52) return town_.invite_again(*member);
  if (kind < 0.70 && !town_.member(*member).admin) return town_.invite_without_right(*member);
  town_.fail_to_sign_in(*member);
}

// ---- populations --------------------------------------------------------------------------------------------------

void Workload::settle(std::size_t accounts, double stock) {
  auto& dice = town_.dice();
  // How many accounts a partner serves falls off as a power, 1.6; an account draws its partners in proportion.
  partners_.resize(std::max<std::size_t>(1, accounts / 5));
  double sum = 0;
  for (std::size_t i = 0; i < partners_.size(); ++i)
    partner_weights_.push_back(sum += std::min(std::pow(1 - dice.unit(), -1 / 0.6), accounts_of_partner_max));

  const auto opening = working_days_before(days_.front(), opening_days);
  for (std::size_t i = 0; i < accounts; ++i) {
    const auto id = app_id(i);
    const auto owner = town_.add_person_at(id.str() + ".example");
    const auto users = std::clamp(whole(dice.lognormal(4, 18)), std::size_t{1}, users_max);
    const auto seats = whole(static_cast<double>(users) * (1 + 0.3 * dice.unit())) + 1;
    const auto account = town_.add_account(id, company(dice), owner, static_cast<std::uint32_t>(seats));
    town_.at(office_hour(opening[i * opening.size() / accounts]),
             [this, account, users, stock] { open_as_in_the_field(account, users, stock); });
    living_.emplace_back(account, &field_rates);
  }
}

void Workload::open_as_in_the_field(Index account, std::size_t users, double stock) {
  auto& dice = town_.dice();
  const auto domain = town_.account(account).id.str() + ".example";
  town_.open(account);
  if (const bool over_two_years_old = dice.chance(0.5); over_two_years_old)
    for (auto gone = whole(0.6 * static_cast<double>(users)); gone > 0; --gone)
      if (const auto member = town_.join(account, town_.add_person_at(domain), MemberKind::standard))
        town_.deactivate(*member);
  for (std::size_t i = 1; i < users; ++i) {
    const auto member = town_.join(account, town_.add_person_at(domain), MemberKind::standard, dice.chance(0.12));
    if (member && dice.chance(0.3)) town_.add_to_sales(*member);
  }
  const auto partners = dice.unit();
  const auto live = partners < 0.35 ? 0 : partners < 0.75 ? 1 : partners < 0.90 ? 2 : 3 + dice.below(10);
  for (std::size_t i = 0; i < live; ++i) {
    const auto person = known_partner();
    if (!town_.live_membership(account, person)) town_.join(account, person, MemberKind::partner, dice.chance(0.8));
  }
  organise(account);
  stock_up(account, stock);
}

void Workload::stock_up(Index account, double stock) {
  auto& dice = town_.dice();
  const auto scaled = [&](double records) { return whole(records * stock); };
  std::size_t owned = 0;
  for (const auto member : std::vector(town_.account(account).members)) {
    const auto& holder = town_.member(member);
    if (!holder.active) continue;
    const bool partner = holder.kind == MemberKind::partner;
    const bool sales_rep = holder.sales_rep;
    if (!dice.chance(partner ? 0.85 : 0.25)) {
      const auto contacts = scaled(std::min(partner ? dice.lognormal(25, 800) : dice.lognormal(300, 5'000), 60'000.0));
      town_.import(account, member, RecordKind::contact, contacts);
      owned += contacts;
    }
    if (sales_rep) town_.import(account, member, RecordKind::lead, whole(dice.lognormal(40, 400)));
    if (partner) continue;
    const auto tasks = whole(dice.lognormal(15, 120));
    town_.import(account, member, RecordKind::task, tasks);
    town_.import(account, member, RecordKind::task, scaled(10.0 * static_cast<double>(tasks)), RecordStatus::completed);
  }
  town_.import(account, std::nullopt, RecordKind::contact, owned * 45 / 55);
}

Workload::Index Workload::known_partner() {
  const auto drawn = town_.dice().unit() * partner_weights_.back();
  const auto found = std::upper_bound(partner_weights_.begin(), partner_weights_.end(), drawn);
  auto& partner = partners_[static_cast<std::size_t>(found - partner_weights_.begin())];
  if (!partner) partner = town_.add_person_at("agency.example");
  return *partner;
}

void Workload::settle_large_account(const AccountId& id, std::size_t users) {
  const auto domain = id.str() + ".example";
  const auto account =
      town_.add_account(id, "A large account", town_.add_person_at(domain), static_cast<std::uint32_t>(users));
  town_.at(beginning(options_) + hours(8), [this, account, users, domain] {
    town_.open(account);
    for (std::size_t i = 1; i < users; ++i)
      town_.join(account, town_.add_person_at(domain), MemberKind::standard, town_.dice().chance(0.12));
    for (const auto member : std::vector(town_.account(account).members)) town_.sign_in(member);
  });
}

void Workload::settle_heavy_user(const AccountId& id, std::size_t contacts, std::size_t colleagues) {
  const auto domain = id.str() + ".example";
  const auto account = town_.add_account(id, "An account with a heavy user", town_.add_person_at(domain),
                                         static_cast<std::uint32_t>(colleagues + 2));
  town_.at(beginning(options_) + hours(8), [this, account, contacts, colleagues, domain] {
    town_.open(account);
    const auto heavy = town_.join(account, town_.add_person_at(domain), MemberKind::standard);
    for (std::size_t i = 0; i < colleagues; ++i) town_.join(account, town_.add_person_at(domain), MemberKind::standard);
    town_.import(account, heavy, RecordKind::contact, contacts);
  });
}

std::optional<Workload::Index> Workload::busiest_partner() const {
  std::vector<std::size_t> accounts;
  for (const auto& member : town_.members()) {
    if (member.kind != MemberKind::partner || !member.active) continue;
    accounts.resize(std::max<std::size_t>(accounts.size(), member.person + 1));
    ++accounts[member.person];
  }
  if (accounts.empty()) return std::nullopt;
  return static_cast<Index>(std::max_element(accounts.begin(), accounts.end()) - accounts.begin());
}

// ---- the story ----------------------------------------------------------------------------------------------------

void Workload::tell_story() {
  // The n-th working day, at an hour.
  const auto on = [&](std::size_t day, std::int64_t hour, std::function<void()> act) {
    town_.at(days_.at(day) + hours(hour), std::move(act));
  };
  auto& town = town_;
  const auto account = [&](std::string_view id, std::string name, Index owner, std::uint32_t seats) {
    const auto index = town.add_account(AccountId::parse(id).value(), std::move(name), owner, seats);
    living_.emplace_back(index, &quiet_rates);
    return index;
  };
  constexpr auto standard = MemberKind::standard;
  constexpr auto partner = MemberKind::partner;

  const auto olivia = town.add_person("Olivia Okafor", "olivia@keap-pro-recording.example");
  const auto ben = town.add_person("Ben Castillo", "ben@keap-pro-recording.example");
  const auto mei = town.add_person("Mei Tanaka", "mei@keap-pro-recording.example");
  const auto jonas = town.add_person("Jonas Weber", "jonas@keap-pro-recording.example");
  const auto ruth = town.add_person("Ruth Adler", "ruth@keap-pro-recording.example");
  const auto hana = town.add_person("Hana Mori", "hana@kyoto-yarns.example");
  const auto luca = town.add_person("Luca Bianchi", "luca@kyoto-yarns.example");
  const auto amelia = town.add_person("Amelia Boyd", "amelia@abbey-bikes.example");
  const auto sam = town.add_person("Sam Reed", "sam@abbey-bikes.example");
  const auto priya = town.add_person("Priya Nair", "priya@nair-agency.example");
  const auto tom = town.add_person("Tom Ekberg", "tom@ekberg-consulting.example");
  const auto lena = town.add_person("Lena Fischer", "lena@fischer-media.example");
  const auto noor = town.add_person("Noor Haddad", "noor@haddad-partners.example");
  const auto gx624 = account("gx624", "Keap Pro Recording", olivia, 6);
  const auto ky667 = account("ky667", "Kyoto Yarns", hana, 3);
  const auto ab123 = account("ab123", "Abbey Bikes", amelia, 2);
  const auto in = [&town](Index where, Index who) { return town.live_membership(where, who).value(); };

  // Keap Pro Recording and its people, with what they hold.
  on(0, 9, [=, &town] {
    town.open(gx624);
    town.join(gx624, ben, standard);
    town.join(gx624, mei, standard, true);
    town.join(gx624, jonas, standard);
    town.join(gx624, ruth, standard);
    town.add_to_sales(in(gx624, ben));
    town.add_to_sales(in(gx624, jonas));
    town.import(gx624, in(gx624, ben), RecordKind::contact, 40);
    town.import(gx624, in(gx624, ben), RecordKind::lead, 6);
    town.import(gx624, in(gx624, jonas), RecordKind::contact, 25);
    town.import(gx624, in(gx624, ruth), RecordKind::contact, 8);
    town.import(gx624, std::nullopt, RecordKind::contact, 30);
  });
  on(1, 9, [=, &town] {
    town.open(ky667);
    town.join(ky667, luca, standard);
    town.import(ky667, in(ky667, luca), RecordKind::contact, 15);
  });
  on(2, 9, [=, &town] {
    town.open(ab123);
    town.import(ab123, std::nullopt, RecordKind::contact, 12);
  });

  // Priya becomes a partner in all three, one after the other.
  on(3, 10, [=, &town] {
    town.join(gx624, priya, partner, true);
    town.import(gx624, in(gx624, priya), RecordKind::contact, 12);
    town.import(gx624, in(gx624, priya), RecordKind::task, 5);
  });
  on(10, 11, [=, &town] { town.join(ky667, priya, partner, true); });
  on(20, 14, [=, &town] {
    town.join(ab123, priya, partner, false);
    town.label(in(ab123, priya), "Bikes (spring campaign)");
  });

  // Tom works for gx624 and is deactivated: ten contacts over three colleagues are 4, 3 and 3.
  on(4, 13, [=, &town] {
    town.join(gx624, tom, partner, false);
    town.import(gx624, in(gx624, tom), RecordKind::contact, 10);
    town.import(gx624, in(gx624, tom), RecordKind::task, 4);
    town.import(gx624, in(gx624, tom), RecordKind::task, 7, RecordStatus::completed);
  });
  on(41, 16, [=, &town] { town.deactivate(in(gx624, tom), "the contract with Ekberg Consulting ended"); });

  // Lena wants to leave, cannot while she holds contacts, and leaves when they were handed on.
  on(6, 15, [=, &town] {
    town.join(gx624, lena, partner, false);
    town.join(ky667, lena, partner, true);
    town.import(gx624, in(gx624, lena), RecordKind::contact, 3);
  });
  on(49, 10, [=, &town] { town.leave(in(gx624, lena)); });
  on(50, 10, [=, &town] {
    town.hand_on_contacts(in(gx624, lena));
    town.leave(in(gx624, lena));
  });

  // An ordinary user goes; another does not answer the first mail, comes, goes, and is back at last in another role.
  on(30, 12, [=, &town] { town.deactivate(in(gx624, ruth), "left the company"); });
  on(days_.size() - 1, 17, [=, &town] {
    const auto left = in(ab123, sam);
    town.deactivate(left, "season over");
    town.reactivate(left);
    if (const auto role = town.create_role(ab123, "Caller", {"contact.view", "task.edit"}))
      town.assign_role(left, *role);
  });
  on(12, 9, [=, &town] { town.invite(ab123, sam, standard, false); });
  on(22, 9, [=, &town] { town.join(ab123, sam, standard); });

  // Ben leads the sales team, and Jonas, who works in it, may what Ben may.
  on(days_.size() - 1, 16, [=, &town] {
    town.permit(in(gx624, ben), {"contact.search", "lead.view", "lead.search"});
    town.clone_permissions(in(gx624, ben), in(gx624, jonas));
    if (const auto team = town.found_team(gx624, "Sales")) {
      town.place_in_team(*team, in(gx624, ben), TeamPlace::manager);
      town.place_in_team(*team, in(gx624, jonas), TeamPlace::user);
    }
  });

  // And one invitation waits for its answer.
  on(days_.size() - 1, 15, [=, &town] { town.invite(gx624, noor, partner, true); });
}

// ---- views --------------------------------------------------------------------------------------------------------

void build_views(Installation& installation, const std::function<void(Position)>& progress) {
  constexpr projections::Pace few_large_commits{std::numeric_limits<std::uint64_t>::max(), 500'000};
  Views views(installation.folder().views());
  const projections::ReadAhead log(installation.log());
  projections::Projector projector(log, installation.keys(), few_large_commits);
  std::vector<std::shared_ptr<ViewStore>> stores;
  for (const auto* projection : projections::all_projections()) {
    stores.push_back(views.open(projection->name, projection->version));
    projector.feed(*projection, *stores.back());
  }
  projector.catch_up(log.size(), [&](Position done) {
    if (progress) progress(done);
    return true;
  });
  if (progress) progress(log.size());
  for (const auto& view : projector.views())
    if (view.stop)
      throw std::runtime_error(
          fmt::format("view {} stopped at {}: {}", view.name, view.stop->position, view.stop->reason));
}

}  // namespace rollcall::tools
