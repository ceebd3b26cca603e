// `rollcall demo`: fills a fresh data folder with a made-up past, written through the real rules.
#include <chrono>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "adapters/crypto/random.hpp"
#include "tools/failure.hpp"
#include "tools/print/json_view.hpp"
#include "tools/print/progress.hpp"
#include "tools/print/table.hpp"
#include "tools/print/text.hpp"
#include "tools/subcommands.hpp"
#include "tools/town/workload.hpp"

namespace rollcall::tools {
namespace {

constexpr std::string_view story = "XS";

struct DemoOptions {
  std::string data = "data";
  std::string scale{story};
  std::uint64_t seed = 1;
  std::uint64_t events = 0;
  std::size_t large_account = 0;
  std::size_t heavy_user = 0;
  std::string until;  // empty: today
  bool json = false;
};

Time today() {
  const auto day = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
  return Time{std::chrono::duration_cast<std::chrono::microseconds>(day.time_since_epoch()).count()};
}

std::optional<Time> midnight_of(const std::string& day) { return Time::parse(day + "T00:00:00Z"); }

// What is expected of a scale, for the bar; it is no promise.
Position events_expected(const DemoOptions& options, std::size_t accounts) {
  constexpr Position events_of_account = 1'500;
  const auto expected = accounts * events_of_account;
  return options.events == 0 ? expected : std::min<Position>(options.events, expected);
}

void introduce(const Workload& workload) {
  const auto& town = workload.town();
  constexpr std::size_t shown = 3;
  Table table({{"who"}, {"name"}, {"signs in as", Column::Kind::whole}, {"account", Column::Kind::whole}, {"called"}});
  for (std::size_t i = 0; i < std::min(shown, town.accounts().size()); ++i) {
    const auto& account = town.accounts()[i];
    const auto& owner = town.person(account.owner);
    table.add({"owner", owner.name, owner.email, account.id.str(), account.name});
  }
  if (const auto index = workload.busiest_partner()) {
    const auto& partner = town.person(*index);
    std::vector<std::string> accounts;
    for (const auto& member : town.members())
      if (member.person == *index && member.active) accounts.push_back(town.account(member.account).id.str());
    const bool few = accounts.size() <= shown;
    table.add({"partner", partner.name, partner.email, few ? fmt::format("{}", fmt::join(accounts, " ")) : "",
               few ? "" : fmt::format("{} accounts", accounts.size())});
  }
  table.print();
  fmt::print("Everybody's password: {}\n", demo_password);
}

void demo(const DemoOptions& options) {
  if (std::filesystem::exists(options.data) && !std::filesystem::is_empty(options.data))
    throw Failure(options.data + " is not empty: a demo begins in a folder of its own");
  start_crypto();

  WorkloadOptions what;
  what.seed = options.seed;
  what.ends = options.until.empty() ? today() : midnight_of(options.until).value();
  if (options.events > 0) what.events_max = options.events;
  const auto installation = found_for(options.data, what);
  Workload workload(*installation, what);
  std::size_t accounts = 3;
  if (options.scale == story) {
    workload.tell_story();
  } else {
    const auto* scale = std::find_if(std::begin(scales), std::end(scales),
                                     [&](const Scale& known) { return known.name == options.scale; });
    accounts = scale->accounts;
    workload.settle(scale->accounts, scale->stock);
  }
  if (options.large_account > 0)
    workload.settle_large_account(AccountId::parse("large").value(), options.large_account);
  if (options.heavy_user > 0) workload.settle_heavy_user(AccountId::parse("heavy").value(), options.heavy_user, 37);

  Progress living("writing 60 working days", events_expected(options, accounts));
  workload.run([&](Position size) { living.update(size); });
  living.finish();
  Progress folding("building read models", installation->log().size());
  build_views(*installation, [&](Position done) { folding.update(done); });
  folding.finish();

  if (options.json)
    return print_json({{"folder", options.data}, {"events", installation->log().size()}, {"password", demo_password}});
  fmt::print("{}: {} events. Serve them with: rollcall serve --data {}\n", options.data,
             grouped(installation->log().size()), options.data);
  introduce(workload);
}

}  // namespace

void add_demo(CLI::App& app) {
  auto options = std::make_shared<DemoOptions>();
  auto* command = app.add_subcommand("demo", "Fill a fresh data folder with 60 working days of made-up business");
  command->add_option("--data", options->data, "a folder that is not there yet, or empty")
      ->envname("ROLLCALL_DATA")
      ->capture_default_str();
  command
      ->add_option("--scale", options->scale, "XS: three accounts with a story; S: 200, M: 2,000, L: 20,000 accounts")
      ->check(CLI::IsMember({"XS", "S", "M", "L"}))
      ->capture_default_str();
  command->add_option("--seed", options->seed, "another seed, another history; the same seed, the same one")
      ->capture_default_str();
  command
      ->add_option("--until", options->until,
                   "the day on which it ends, as 2026-11-23; default today: with the same one the events are the same")
      ->type_name("DAY")
      ->check(CLI::Validator(
          [](std::string& day) {
            const auto time = midnight_of(day);
            if (time && *time > Time::parse("1971-01-01T00:00:00Z").value() && *time <= today()) return std::string{};
            return std::string{"must be a day that has come, like 2026-11-23"};
          },
          ""));
  command->add_option("--events", options->events, "stop after so many events");
  command->add_option("--large-account", options->large_account, "add the account `large` with so many users");
  command
      ->add_option("--heavy-user", options->heavy_user,
                   "add the account `heavy`, one user of which holds so many contacts")
      ->check(CLI::Range(0, 500'000));
  command->add_flag("--json", options->json, "print what was written as JSON");
  command->footer(
      "About 0.3 million events at S, 3 million at M, 30 million at L. Sessions are four fifths of them. Where the\n"
      "field gave no number these are assumptions: accounts are opened and stocked in the two weeks before, half of\n"
      "them keep inactive profiles, contacts and completed tasks are scaled by 1 (S), 0.1 (M) and 0.02 (L), the CRM's\n"
      "feed acts with the operator key, and nobody sends idempotency keys.");
  command->callback([options] { demo(*options); });
}

}  // namespace rollcall::tools
