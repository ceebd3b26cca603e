#include "tools/bench/people.hpp"

namespace rollcall::tools {
namespace {

using std::chrono::milliseconds;

constexpr int rounds = 5;
constexpr std::size_t connections = 16;
constexpr std::size_t page = 50;
constexpr std::size_t team_users = 50;
constexpr std::size_t imported = 100'000;
constexpr std::size_t imported_at_once = 5'000;

constexpr Row can_one{"people", "GET /v1/can / echo of that size", 0.4, 0.7};
constexpr Row with_permissions{"people", "50 users with teams and permissions / 50 of the Users list", 0.8, 1.0};
constexpr Row in_sight{"people", "50 users for a manager of 50 / for an admin", 0.5, 0.8};
constexpr Row clone_many{"people", "ClonePermissions to 499 users, p50", 50, 20, true, "ms"};
constexpr Row import_many{"people", "import of 100,000 contacts / raw synced batches of that size", 0.3, 0.6};

constexpr Row as_of_long{"people", "Users list as of, account of 100,000 events, p50", 300, 100, true, "ms"};

struct Compared {
  double ratio;
  double ours;
  double reference;
};
// Both in turns, several times.
template <class Ours, class Reference>
Compared compare(Ours ours, Reference reference) {
  std::vector<double> all_ours, references, ratios;
  for (int round = 0; round < rounds; ++round) {
    references.push_back(reference());
    all_ours.push_back(ours());
    ratios.push_back(all_ours.back() / references.back());
  }
  return {median(ratios), median(all_ours), median(references)};
}
Finding finding(const Row& row, const Compared& compared) {
  return {&row, compared.ratio, per_second(compared.ours), per_second(compared.reference)};
}

// The active users of the account but its owner: their ids and addresses.
std::vector<std::pair<std::string, std::string>> colleagues_of(Served& served, const Served::Host& host) {
  std::vector<std::pair<std::string, std::string>> all;
  for (std::string cursor;;) {
    const auto answer = boost::json::parse(
        served.get(host, fmt::format("/v1/accounts/{}/users?status=active&kind=standard&limit=200{}",
                                     host.account.str(), cursor.empty() ? std::string{} : "&cursor=" + cursor)));
    for (const auto& user : answer.at("users").as_array())
      if (user.at("role").as_string() == "user")
        all.emplace_back(user.at("id").as_string(), user.at("email").as_string());
    if (!answer.at("next").is_string()) return all;
    cursor = answer.at("next").as_string();
  }
}

Finding measure_clone(Served& served, const Served::Host& host,
                      const std::vector<std::pair<std::string, std::string>>& colleagues) {
  boost::json::array to;
  for (std::size_t i = 1; i < colleagues.size() && to.size() < 499; ++i) to.emplace_back(colleagues[i].first);
  const auto count = to.size();
  std::vector<double> times;
  for (int round = 0; round < rounds; ++round) {
    // Another set each time, so that each round changes everybody.
    const boost::json::array given{round % 2 == 0 ? "contact.view" : "lead.view", "task.view", "note.view"};
    served.post(host.headers, "EditUserPermissions",
                {{"account", host.account.str()},
                 {"user", colleagues[0].first},
                 {"give", given},
                 {"take", boost::json::array{round % 2 == 0 ? "lead.view" : "contact.view"}}});
    times.push_back(1'000 * seconds_of([&] {
                      served.post(host.headers, "ClonePermissions",
                                  {{"account", host.account.str()}, {"from", colleagues[0].first}, {"to", to}});
                    }));
  }
  return {&clone_many, median(times), fmt::format("{} users", count), ""};
}

Finding measure_sight(Served& served, const Served::Host& host,
                      const std::vector<std::pair<std::string, std::string>>& colleagues) {
  const auto made = served.post(host.headers, "CreateTeam", {{"account", host.account.str()}, {"team_name", "Bench"}});
  const auto team = std::string{made.at("events").at(0).at("data").at("team").as_string()};
  const auto place = [&](std::string_view command, std::size_t i) {
    served.post(host.headers, command,
                {{"account", host.account.str()}, {"team", team}, {"user", colleagues.at(i).first}});
  };
  place("AddTeamManager", 0);
  for (std::size_t i = 1; i <= team_users && i < colleagues.size(); ++i) place("AddTeamUser", i);
  const auto manager = served.sign_in({host.account, colleagues[0].second});
  const auto list = fmt::format("/v1/accounts/{}/users?limit={}", host.account.str(), page);
  const auto read = [&](const Served::Host& who) {
    return [&] { return served.read(who, list, connections, milliseconds(800)).per_second; };
  };
  return finding(in_sight, compare(read(manager), read(host)));
}

Finding measure_import(Served& served, const Ground& large, const std::filesystem::path& scratch) {
  const auto host = served.sign_in(*large.large_owner);
  const auto owner = std::string{
      boost::json::parse(served.get(host, fmt::format("/v1/accounts/{}/users?role=owner&limit=1", host.account.str())))
          .at("users")
          .at(0)
          .at("id")
          .as_string()};
  // What an import leaves for each record: its row (account, kind, id; owner, state), its owner's row of it, and its
  // part of an event.
  const std::string id = "bench-000000";
  const auto row = 1 + host.account.str().size() + 1 + 1 + id.size() + 1 + sizeof(IdBytes) + 1;
  const auto holding = 1 + sizeof(IdBytes) + 2 + id.size();
  const auto in_event = 4 + id.size();
  RawStore raw(scratch / "raw", {row, holding + in_event});
  std::size_t made = 0;
  const auto ours = [&] {
    const auto first = made;
    const auto took = seconds_of([&] {
      for (; made < first + imported / rounds; made += imported_at_once) {
        boost::json::array records;
        for (std::size_t i = 0; i < imported_at_once; ++i) records.emplace_back(fmt::format("bench-{:06}", made + i));
        served.post(
            host.headers, "ImportRecords",
            {{"account", host.account.str()}, {"kind", "contact"}, {"records", std::move(records)}, {"owner", owner}});
      }
    });
    return static_cast<double>(made - first) / took;
  };
  const auto reference = [&] { return raw.entries_per_second(2 * imported_at_once, milliseconds(800)) / 2; };
  return finding(import_many, compare(ours, reference));
}

// An account that grew by 100,000 events: a third of them contacts, the others invitations and their mails.
Finding measure_long_account(Served& served, const Served::Host& host) {
  constexpr std::uint64_t commands = 66'700;
  http::LoadOptions load;
  load.address = fmt::format("127.0.0.1:{}", served.service().server().port());
  load.connections = crowd;
  load.max_requests = commands;
  const auto account = host.account.str();
  std::uint64_t made = 0;
  must_succeed(load, [&](std::size_t, std::uint64_t) {
    if (++made % 2 == 0)
      return http::render("POST", "/v1/commands/RegisterRecord", host.headers,
                          fmt::format(R"({{"account":"{}","kind":"contact","record":"long-{}"}})", account, made));
    return http::render("POST", "/v1/commands/InvitePartner", host.headers,
                        fmt::format(R"({{"account":"{}","email":"long{}@load.example"}})", account, made));
  });
  const auto last = served.service().installation().log().size() - 1;
  const auto target = fmt::format("/v1/accounts/{}/users?at={}&limit={}", account, last, page);
  std::vector<double> times;
  for (int round = 0; round < rounds; ++round)
    times.push_back(served.read(host, target, 1, milliseconds(2'000)).p50 / 1'000);
  return {&as_of_long, median(times), fmt::format("{:.1f} ms", median(times)), ""};
}

}  // namespace

std::vector<Finding> measure_people(const Ground& large, const std::filesystem::path& scratch) {
  std::vector<Finding> findings;
  Served served(large);
  const auto host = served.sign_in(*large.large_owner);
  const auto account = host.account.str();
  const auto colleagues = colleagues_of(served, host);

  const auto asked = fmt::format("/v1/can?account={}&action=contact.edit", account);
  const auto bytes = served.get(host, asked).size();
  const EchoServer echo(ServiceOptions{}.io_threads);
  const auto read = [&](const std::string& target) {
    return [&served, &host, target] { return served.read(host, target, connections, milliseconds(800)).per_second; };
  };
  findings.push_back(finding(
      can_one, compare(read(asked), [&] { return echo.get(bytes, connections, milliseconds(800)).per_second; })));
  findings.push_back(
      finding(with_permissions, compare(read(fmt::format("/v1/accounts/{}/permissions?limit={}", account, page)),
                                        read(fmt::format("/v1/accounts/{}/users?limit={}", account, page)))));
  findings.push_back(measure_sight(served, host, colleagues));
  findings.push_back(measure_clone(served, host, colleagues));
  findings.push_back(measure_import(served, large, scratch));
  findings.push_back(measure_long_account(served, host));
  return findings;
}

}  // namespace rollcall::tools
