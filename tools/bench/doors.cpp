// The doors: what it costs to know who asks, and what they may.
#include "tools/bench/doors.hpp"

#include <atomic>
#include <thread>

#include "events/rights.hpp"

namespace rollcall::tools {
namespace {

using std::chrono::milliseconds;

constexpr int rounds = 5;
constexpr std::size_t connections = 16;
constexpr std::size_t sessions_of_one = 10'000;

constexpr Row session_check{"doors", "GET /v1/me in a session / echo of that size", 0.5, 0.8};
constexpr Row key_check{"doors", "GET /v1/me with a key / echo of that size", 0.5, 0.8};
constexpr Row can_hundred{"doors", "GET /v1/can, 100 answers / echo of that size", 0.5, 0.8};
constexpr Row beside_sign_ins{"doors", "commands' p99 beside sign-ins / without", 1.5, 1.2, true};
constexpr Row bulk_logout{"doors", "batches in which 500 users are logged out by one command", 1, 1, true};
constexpr Row session_page{"doors", "50 of 10,000 sessions of a person, p50", 20, 5, true, "ms"};

// One query against an echo of what it answers with.
Finding against_echo(Served& served, const Row& row, const Served::Host& host, const std::string& target) {
  const auto bytes = served.get(host, target).size();
  const EchoServer echo(ServiceOptions{}.io_threads);
  std::vector<double> ours, echoes, ratios;
  for (int round = 0; round < rounds; ++round) {
    echoes.push_back(echo.get(bytes, connections, milliseconds(1'000)).per_second);
    ours.push_back(served.read(host, target, connections, milliseconds(1'000)).per_second);
    ratios.push_back(ours.back() / echoes.back());
  }
  return {&row, median(ratios), per_second(median(ours)), per_second(median(echoes))};
}

// Half of the actions on contacts, leads and tasks there are, each about ten users.
std::string can_of_hundred(Served& served, const Served::Host& host) {
  const auto page = boost::json::parse(
      served.get(host, fmt::format("/v1/accounts/{}/users?status=active&limit=10", host.account.str())));
  std::string of, actions;
  std::size_t users = 0;
  for (const auto& user : page.at("users").as_array()) {
    of.append(of.empty() ? "" : ",").append(std::string{user.at("id").as_string()});
    ++users;
  }
  const auto wanted = 100 / users;
  for (std::size_t i = 0; i < wanted; ++i)
    actions.append(i == 0 ? "" : ",")
        .append(name_of(static_cast<Action>(static_cast<std::size_t>(Action::contact_view) + i % (record_verbs * 4))));
  return fmt::format("/v1/can?account={}&action={}&of={}", host.account.str(), actions, of);
}

Served::Host with_key(Served& served, const Login& login) {
  const boost::json::object as{{"email", login.email}, {"password", demo_password}};
  const http::Headers plain{{"Content-Type", "application/json"}};
  const auto token = std::string{served.post(plain, "StartSession", as).at("token").as_string()};
  const http::Headers bearer{{"Content-Type", "application/json"}, {"Authorization", "Bearer " + token}};
  const auto made = served.post(bearer, "CreateAccessKey", {{"key_name", "bench"}, {"scopes", {"read"}}});
  return {login.account, {{"Authorization", "Bearer " + std::string{made.at("token").as_string()}}}};
}

Finding measure_beside_sign_ins(Served& served, const Login& login) {
  constexpr double offered = 200;
  const milliseconds duration(3'000);
  std::vector<double> with, without, ratios;
  std::atomic<std::uint64_t> signed_in{0};
  for (int round = 0; round < rounds; ++round) {
    without.push_back(served.invite_and_register(connections, duration, offered).p99);
    std::atomic<bool> over{false};
    std::vector<std::thread> guests;
    for (int i = 0; i < 4; ++i)
      guests.emplace_back([&] {
        http::Client client(served.service().server().url());
        const boost::json::object as{{"email", login.email}, {"password", demo_password}};
        while (!over)
          if (client.send("POST", "/v1/commands/StartSession", {{"Content-Type", "application/json"}}, serialize(as))
                  .status == 200)
            ++signed_in;
      });
    with.push_back(served.invite_and_register(connections, duration, offered).p99);
    over = true;
    for (auto& guest : guests) guest.join();
    ratios.push_back(with.back() / without.back());
  }
  if (signed_in == 0) throw std::runtime_error("nobody signed in beside the load");
  return {&beside_sign_ins, median(ratios), fmt::format("{:.1f} ms", median(with) / 1'000),
          fmt::format("{:.1f} ms", median(without) / 1'000)};
}

Finding measure_bulk_logout(Served& served, const Ground& large) {
  const auto host = served.sign_in(*large.large_owner);
  boost::json::array users;
  for (std::string cursor; users.size() < 500;) {
    const auto page = boost::json::parse(
        served.get(host, fmt::format("/v1/accounts/{}/users?status=active&limit=200{}", host.account.str(),
                                     cursor.empty() ? std::string{} : "&cursor=" + cursor)));
    for (const auto& user : page.at("users").as_array()) {
      if (users.size() == 500) break;
      const Login login{host.account, std::string{user.at("email").as_string()}};
      if (user.at("role").as_string() != "owner") (void)served.sign_in(login);
      users.push_back(user.at("id"));
    }
    if (!page.at("next").is_string()) break;
    cursor = page.at("next").as_string();
  }
  const auto count = users.size();
  const auto before = served.service().writer().batches();
  const auto took = seconds_of([&] {
    served.post(host.headers, "ForceLogout", {{"account", host.account.str()}, {"users", std::move(users)}});
  });
  const auto batches = served.service().writer().batches() - before;
  return {&bulk_logout, static_cast<double>(batches), fmt::format("{} users", count),
          fmt::format("{:.0f} ms", took * 1'000)};
}

Finding measure_session_page(Served& served, const Login& login) {
  std::optional<Served::Host> host;
  for (std::size_t i = 0; i < sessions_of_one; ++i) {
    const boost::json::object as{{"email", login.email}, {"password", demo_password}};
    const auto answer = served.post({{"Content-Type", "application/json"}}, "StartSession", as);
    if (i == 0)
      host = Served::Host{login.account, {{"Authorization", "Bearer " + std::string{answer.at("token").as_string()}}}};
  }
  std::vector<double> times;
  for (int round = 0; round < rounds; ++round)
    times.push_back(served.read(*host, "/v1/sessions?limit=50", 1, milliseconds(500)).p50 / 1'000);
  return {&session_page, median(times), fmt::format("{:.2f} ms", median(times)), ""};
}

}  // namespace

std::vector<Finding> measure_doors(const Ground& small, const Ground& large) {
  std::vector<Finding> findings;
  {
    Served served(small);
    const auto& login = small.owners.front();
    const auto host = served.sign_in(login);
    findings.push_back(against_echo(served, session_check, host, "/v1/me"));
    findings.push_back(against_echo(served, key_check, with_key(served, login), "/v1/me"));
    findings.push_back(against_echo(served, can_hundred, host, can_of_hundred(served, host)));
    findings.push_back(measure_beside_sign_ins(served, small.owners.back()));
  }
  // Thousands of sign-ins are made ready here: what a password costs is no part of what follows.
  ServiceOptions cheap;
  cheap.password_cost = PasswordCost::least();
  Served served(large, cheap);
  findings.push_back(measure_bulk_logout(served, large));
  findings.push_back(measure_session_page(served, large.owners.front()));
  return findings;
}

}  // namespace rollcall::tools
