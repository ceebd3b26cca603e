// What a query's description says it may be refused for is what refuses it: every query is asked in every such way.
#include <algorithm>
#include <functional>
#include <future>
#include <map>
#include <set>

#include <fmt/format.h>

#include "adapters/crypto/totp.hpp"
#include "tests/system/replies.hpp"
#include "tests/tools/folder.hpp"
#include "tools/server/api/operation.hpp"

using namespace rollcall;
using namespace rollcall::testing;

namespace {

// Answered by what all queries have in common, in states that this test does not bring about, and provoked there by
// the tests of stopped and outdated read models, of damage, and of questions about too much.
const std::set<std::string> states_of_the_server{"log_damaged",  "position_not_reached", "view_behind",
                                                 "view_stopped", "as_of_too_large",      "busy"};

// The queries behind a credential.
std::vector<const api::Operation*> queries() {
  std::vector<const api::Operation*> all;
  for (const auto& one : api::operations())
    if (one.method == "GET" && one.door() == api::Door::credential) all.push_back(&one);
  return all;
}

std::string filled(std::string path, const std::map<std::string, std::string>& values) {
  for (const auto& [name, value] : values)
    if (const auto at = path.find("{" + name + "}"); at != path.npos) path.replace(at, name.size() + 2, value);
  return path;
}

std::string with_parameter(const std::string& target, const std::string& parameter) {
  return target + (target.find('?') == target.npos ? "?" : "&") + parameter;
}

// An installation in which every query can be asked by who may not, too early, too late and about what is not there.
struct Installed {
  testing::Folder folder;
  ServerProcess server{folder.path() / "data"};
  Office office{server};
  std::map<std::string, std::string> here{{"account", "gx624"},
                                          {"user", office.owner_id},
                                          {"email", "olga@gx624.example"},
                                          {"kind", "contact"},
                                          {"position", "0"}};

  std::string target(const api::Operation& query, const std::map<std::string, std::string>& values) const {
    auto target = filled(query.path, values);
    if (query.name == "SeatLedger") target += "?account=" + values.at("account");
    if (query.name == "Events") target += "?account=" + values.at("account");
    if (query.name == "Can") target += "?action=contact.view&account=" + values.at("account");
    return target;
  }
  std::string token(const std::string& email) { return office.signed_in(email); }
};

bool declares(const api::Operation& query, const std::string& code) {
  return std::find(query.codes.begin(), query.codes.end(), code) != query.codes.end();
}

// Asks every query, and holds the set of those that answered with the code against those that declare it.
void check(const std::string& code, const std::function<std::vector<Reply>(const api::Operation&)>& asked) {
  for (const auto* query : queries()) {
    bool given = false;
    std::string seen;
    for (const auto& reply : asked(*query)) {
      given = given || reply.code() == code;
      seen += fmt::format(" {} {}", reply.status, reply.code());
    }
    INFO(query->name << " and " << code << ", answered" << seen);
    CHECK(given == declares(*query, code));
  }
}

}  // namespace

TEST_CASE("each query is refused for what it says it may be refused for", "[process]") {
  Installed desk;
  auto& operator_ = desk.office.operator_;
  auto& owner = desk.office.owner;
  const auto at_home = [&](const api::Operation& query) { return desk.target(query, desk.here); };
  const auto both = [&](const std::string& target, const http::Headers& headers = {}) {
    return std::vector{operator_.get(target, headers), owner.get(target, headers)};
  };

  SECTION("with nothing wrong it is answered") {
    for (const auto* query : queries()) {
      INFO(query->name);
      const auto replies = both(at_home(*query));
      CHECK((replies[0].status == 200 || replies[1].status == 200));
    }
  }
  SECTION("a parameter that there is not") {
    check("invalid_parameter", [&](const auto& query) { return both(with_parameter(at_home(query), "nonsense=1")); });
  }
  SECTION("nobody asks") {
    Guest nobody(desk.server.url());
    check("not_authenticated", [&](const auto& query) { return std::vector{nobody.get(at_home(query))}; });
  }
  SECTION("somebody asks who may not") {
    const auto una = desk.office.user("una@gx624.example");
    const auto partner = desk.office.partner("pat@agency.example");
    desk.office.operator_.must(
        "OpenAccount",
        {{"account", "other"}, {"account_name", "Other"}, {"owner_email", partner.email}, {"seat_limit", 3}});
    const auto key =
        operator_.must("CreateAccessKey", {{"key_name", "feed"}, {"scopes", {"subscribe"}}}).text_of("token");
    const auto reading =
        owner.must("CreateAccessKey", {{"key_name", "crm"}, {"scopes", {"read"}}, {"account", "gx624"}})
            .text_of("token");
    Guest user(desk.server.url(), una.token), other(desk.server.url(), partner.token),
        subscriber(desk.server.url(), key), reader(desk.server.url(), reading);
    check("not_authorized", [&](const auto& query) {
      auto elsewhere = desk.here;
      elsewhere["account"] = "other";
      elsewhere["email"] = "pat@agency.example";
      const auto there = desk.target(query, elsewhere), here = at_home(query);
      return std::vector{user.get(here),   user.get(there),
                         other.get(here),  subscriber.get(here),
                         reader.get(here), owner.get(here, {{"Rollcall-As", "una@gx624.example"}})};
    });
  }
  SECTION("about what is not there") {
    check("not_found", [&](const auto& query) {
      auto nowhere = desk.here;
      nowhere["account"] = "nowhere";
      auto somebody = desk.here;
      somebody["user"] = "usr_0000000000000000000000000000000";
      somebody["email"] = "nobody@gx624.example";
      somebody["position"] = "4000000";
      return std::vector{operator_.get(desk.target(query, nowhere)), operator_.get(desk.target(query, somebody)),
                         operator_.get(with_parameter(at_home(query), "email=nobody@gx624.example")),
                         operator_.get(at_home(query), {{"Rollcall-As", "nobody@gx624.example"}})};
    });
  }
  SECTION("at a position that this log has not") {
    // Each is answered when it has waited long enough for it: all at the same time.
    std::map<std::string_view, std::future<std::vector<Reply>>> waiting;
    const auto bearer = desk.token("olga@gx624.example");
    for (const auto* query : queries())
      waiting.emplace(query->name, std::async(std::launch::async, [&, target = at_home(*query)] {
                        const http::Headers late{{"Rollcall-Min-Position", "4000000"}};
                        Guest as_operator = operator_of(desk.server), as_owner(desk.server.url(), bearer);
                        auto first = std::async(std::launch::async, [&] { return as_operator.get(target, late); });
                        auto second = as_owner.get(target, late);
                        return std::vector{first.get(), std::move(second)};
                      }));
    check("ahead_of_log", [&](const auto& query) { return waiting.at(query.name).get(); });
  }
  SECTION("by somebody who has to set another password first") {
    operator_.must("DemandPasswordChange", {{"email", "olga@gx624.example"}});
    Guest demanded(desk.server.url(), desk.token("olga@gx624.example"));
    check("password_change_required", [&](const auto& query) { return std::vector{demanded.get(at_home(query))}; });
  }
  SECTION("by somebody who has to show a second factor first") {
    const auto una = desk.office.user("una@gx624.example", true);
    const auto uri = owner.must("OfferSecondFactor", {{"present_password", good_password}}).text_of("otpauth");
    const auto secret = uri.substr(uri.find("secret=") + 7, 32);
    owner.must("EnableSecondFactor", {{"code", totp_code(secret, this_step())}});
    owner.must("SetPolicy", {{"account", "gx624"}, {"policy", "require_second_factor"}, {"value", "everybody"}});
    Guest without(desk.server.url(), una.token);
    check("second_factor_required", [&](const auto& query) { return std::vector{without.get(at_home(query))}; });
  }
}

TEST_CASE("a query declares no code that nobody knows how to provoke") {
  const std::set<std::string> provoked{
      "invalid_parameter",      "not_authenticated", "not_authorized",           "not_found",    "ahead_of_log",
      "second_factor_required", "invalid_value",     "password_change_required", "other_history"};
  for (const auto* query : queries())
    for (const auto& code : query->codes) {
      INFO(query->name << ' ' << code);
      CHECK((provoked.contains(code) || states_of_the_server.contains(code)));
    }
}
