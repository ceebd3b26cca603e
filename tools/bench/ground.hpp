// What benchmarks are measured on: folders in the shapes of the field, and servers of this process on them.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "adapters/http/client.hpp"
#include "tools/bench/measure.hpp"
#include "tools/server/service.hpp"
#include "tools/town/workload.hpp"

namespace rollcall::tools {

constexpr std::size_t crowd = 64;  // connections
constexpr std::size_t large_account_users = 500;
constexpr std::size_t heavy_user_contacts = 200'000;
constexpr std::size_t heavy_user_colleagues = 37;

struct Login {
  AccountId account;
  std::string email;
};

// A folder of a workload, and who could sign in there.
struct Ground {
  std::filesystem::path folder;
  std::vector<Login> owners;
  std::optional<Login> large_owner;  // of the account with many users
  std::optional<Login> heavy_owner;  // of the account with the heavy user
  MembershipId heavy_user;
  std::vector<MembershipId> colleagues;
};

AccountId large_account();
AccountId heavy_account();

// A folder with so many events, at least, and its read models; with hot spots, the two accounts above are in it.
Ground prepare(const std::filesystem::path& folder, Position events, bool hot_spots);

// A server of this process on a folder, with owners of accounts signed in.
class Served {
 public:
  explicit Served(const Ground& ground, ServiceOptions options = {})
      : service_(options_for(ground.folder, std::move(options))), client_(service_.server().url()) {
    for (std::size_t i = 0; i < crowd; ++i) hosts_.push_back(sign_in(ground.owners[i % ground.owners.size()]));
  }
  ~Served() { service_.stop(); }
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;

  struct Host {
    AccountId account;
    http::Headers headers;
  };

  Host sign_in(const Login& login) {
    const boost::json::object body{
        {"email", login.email}, {"password", demo_password}, {"account", login.account.str()}};
    const auto answer = post({{"Content-Type", "application/json"}}, "StartSession", body);
    return {login.account,
            {{"Authorization", "Bearer " + std::string{answer.at("token").as_string()}},
             {"Content-Type", "application/json"}}};
  }

  boost::json::object post(const http::Headers& headers, std::string_view command, const boost::json::object& body) {
    const auto reply = client_.send("POST", fmt::format("/v1/commands/{}", command), headers, serialize(body));
    if (reply.status != 200) throw std::runtime_error(fmt::format("{}: {}", command, reply.body));
    return boost::json::parse(reply.body).as_object();
  }
  std::string get(const Host& host, const std::string& target) {
    const auto reply = client_.send("GET", target, host.headers);
    if (reply.status != 200) throw std::runtime_error(fmt::format("{}: {}", target, reply.body));
    return reply.body;
  }

  // Partners nobody has heard of, invited by the hosts; in a closed loop, or so many a second.
  http::LoadReport invite(std::size_t connections, std::chrono::milliseconds duration, double per_second = 0) {
    return must_succeed(load(connections, duration, per_second),
                        [&](std::size_t connection, std::uint64_t) { return invitation(connection); });
  }
  // The same, every other command one that registers a contact.
  http::LoadReport invite_and_register(std::size_t connections, std::chrono::milliseconds duration, double per_second) {
    return must_succeed(load(connections, duration, per_second), [&](std::size_t connection, std::uint64_t n) {
      if (n % 2 == 0) return invitation(connection);
      const auto& host = hosts_[connection % hosts_.size()];
      return http::render(
          "POST", "/v1/commands/RegisterRecord", host.headers,
          fmt::format(R"({{"account":"{}","kind":"contact","record":"load-{}"}})", host.account.str(), ++made_));
    });
  }
  http::LoadReport read(const Host& host, const std::string& target, std::size_t connections,
                        std::chrono::milliseconds duration) {
    const auto request = http::render("GET", target, host.headers);
    return must_succeed(load(connections, duration, 0), [&](std::size_t, std::uint64_t) { return request; });
  }
  // What one of those requests brings with it.
  std::string invitation_body() { return body_of_invitation(hosts_.front()); }

  const Service& service() const { return service_; }
  State state(const LogReader::State& snapshot) const {
    return State(*snapshot.rows, service_.installation().keys(), service_.installation().claims());
  }

 private:
  static ServiceOptions options_for(const std::filesystem::path& folder, ServiceOptions options) {
    options.data = folder;
    options.create = true;
    options.listen = "127.0.0.1:0";
    return options;
  }
  http::LoadOptions load(std::size_t connections, std::chrono::milliseconds duration, double per_second) const {
    http::LoadOptions options;
    options.address = fmt::format("127.0.0.1:{}", service_.server().port());
    options.connections = connections;
    options.max_requests = ~std::uint64_t{0};
    options.max_duration = duration;
    options.requests_per_second = per_second;
    return options;
  }
  static std::string body_of_invitation(const Host& host) {
    return fmt::format(R"({{"account":"{}","email":"partner{:09}@load.example"}})", host.account.str(), ++made_);
  }
  std::string invitation(std::size_t connection) const {
    const auto& host = hosts_[connection % hosts_.size()];
    return http::render("POST", "/v1/commands/InvitePartner", host.headers, body_of_invitation(host));
  }

  inline static std::uint64_t made_ = 0;  // in this run, whatever the folder
  Service service_;
  http::Client client_;
  std::vector<Host> hosts_;
};

// The folder opened without a server around it.
class Opened {
 public:
  explicit Opened(const std::filesystem::path& folder) : installation_(options_for(folder), clock_) {}
  Installation& operator*() { return installation_; }

 private:
  static InstallationOptions options_for(const std::filesystem::path& folder) {
    InstallationOptions options;
    options.folder = folder;
    options.must_exist = true;
    return options;
  }
  SystemClock clock_;
  Installation installation_;
};

}  // namespace rollcall::tools
