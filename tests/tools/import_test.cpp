// `rollcall import` against a server that knows what it was told.
#include <map>
#include <mutex>
#include <set>

#include "tests/support/catch.hpp"
#include "tests/tools/desk.hpp"

using namespace rollcall;
using namespace rollcall::testing;
using Catch::Contains;
namespace json = boost::json;

namespace {

// Knows two users and the records it was told of, as the real one passes over what it knows.
class Crm {
 public:
  std::set<std::string> known() const {
    const std::lock_guard lock(mutex_);
    std::set<std::string> names;
    for (const auto& [name, record] : known_) names.insert(name);
    return names;
  }
  // What happened here since an import.
  void change(const std::string& name, const json::value& owner, std::string_view status) {
    const std::lock_guard lock(mutex_);
    known_.at(name) = {{"owner", owner}, {"status", status}};
  }
  std::set<std::string> keys() const {
    const std::lock_guard lock(mutex_);
    return keys_;
  }

  http::Response operator()(const http::Request& request) {
    const std::lock_guard lock(mutex_);
    if (request.method == "GET" && request.path.size() == 5 && request.path[3] == "records") {
      const auto& kind = request.path.back();
      json::array records;
      for (const auto& [name, record] : known_)
        if (name.starts_with(kind + " ")) {
          records.push_back(record);
          records.back().as_object()["record"] = name.substr(kind.size() + 1);
        }
      return reply(json::serialize(json::object{{"records", std::move(records)}, {"next", nullptr}}));
    }
    if (request.method == "GET") {
      if (request.parameter("cursor"))
        return reply(R"({"users":[{"id":")" + rep + R"(","email":"rep@gx.example"}],"next":null})");
      return reply(R"({"users":[{"id":")" + partner + R"(","email":"p@agency.example"}],"next":"aa"})");
    }
    keys_.insert(header(request, "Idempotency-Key"));
    const auto body = json::parse(request.body);
    if (body.at("kind") == "lead") return http::problem(409, "target_cannot_own_leads", "Only SalesRep own leads.");
    json::array fresh;
    for (const auto& record : body.at("records").as_array()) {
      const auto name = std::string{body.at("kind").as_string()} + " " + std::string{record.as_string()};
      const bool is_new = !known_.contains(name);
      const auto* status = body.as_object().if_contains("status");
      const auto* owner = body.as_object().if_contains("owner");
      if (is_new && !request.parameter("dry_run"))
        known_[name] = {{"owner", owner ? *owner : nullptr}, {"status", status ? *status : "open"}};
      if (is_new) fresh.push_back(record);
    }
    json::array events;
    if (!fresh.empty()) events.push_back({{"type", "RecordsImported"}, {"data", {{"records", std::move(fresh)}}}});
    return reply(json::serialize(json::object{{"events", std::move(events)}}));
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, json::object> known_;
  std::set<std::string> keys_;
};

constexpr auto exported =
    "\xEF\xBB\xBF"
    "Contact Id,Name,Owner Email,Kind,Status\r\n"
    "1,\"Joe\r\nSmith\",rep@gx.example,contact,\r\n"
    "2,Ann,REP@gx.example,contact,\r\n"
    "3,Bob,p@agency.example,task,completed\r\n"
    "4,Eve,nobody@gx.example,contact,\r\n"
    "5,Lee,rep@gx.example,lead,\r\n";

}  // namespace

TEST_CASE("an export is imported in batches, each rejected line is told with its reason, and twice changes nothing") {
  Crm crm;
  Desk desk([&](const http::Request& request) { return crm(request); });
  desk.folder.write("contacts.csv", exported);
  const std::vector<std::string> import{"import", "records", "gx624", "contacts.csv", "--rejected", "rejected.csv"};

  const auto first = desk.run(import);
  CHECK(first.code == 1);
  CHECK(first.out ==
        "imported 3 · already there 0 · rejected 2 of 5 lines\n"
        "  line 6: no active user has the address nobody@gx.example\n"
        "  line 7: Only SalesRep own leads. (target_cannot_own_leads)\n");
  CHECK_THAT(first.err, Catch::StartsWith("importing: 4 in "));
  CHECK(crm.known() == std::set<std::string>{"contact 1", "contact 2", "task 3"});
  CHECK_THAT(desk.folder.read("rejected.csv"), Contains("4,Eve,nobody@gx.example,contact,,6,no active user"));

  const auto second = desk.run(import);
  CHECK_THAT(second.out, Catch::StartsWith("imported 0 · already there 3 · rejected 2 of 5 lines\n"));

  // Every batch had a key of its own, also in the second run: what was refused then may be possible now.
  CHECK(crm.keys().size() == 6);
  const auto requests = desk.server.requests();
  CHECK(requests.at(0).target == "/v1/accounts/gx624/users?status=active&limit=200");
  const auto task = json::parse(requests.at(4).body);
  CHECK(task == json::parse(R"({"account":"gx624","kind":"task","records":["3"],"owner":")" + partner +
                            R"(","status":"completed"})"));
}

TEST_CASE("an export may come on standard input") {
  Crm crm;
  Desk desk([&](const http::Request& request) { return crm(request); });
  const auto outcome = desk.run({"import", "records", "gx624", "-"}, exported);
  CHECK_THAT(outcome.out, Catch::StartsWith("imported 3 · already there 0 · rejected 2 of 5 lines\n"));
  CHECK_THAT(desk.run({"import", "records", "gx624", "."}).err, Contains(". is a folder"));
}

TEST_CASE("importing again tells what is not here any more as the file says, and changes nothing for it") {
  Crm crm;
  Desk desk([&](const http::Request& request) { return crm(request); });
  desk.folder.write("contacts.csv", exported);
  const std::vector<std::string> import{"import", "records", "gx624", "contacts.csv", "--rejected", "rejected.csv"};
  CHECK_THAT(desk.run(import).out, !Contains("already there belong"));
  crm.change("contact 1", json::value(partner), "open");
  crm.change("contact 2", nullptr, "open");
  crm.change("task 3", json::value(partner), "open");
  const auto again = desk.run(import);
  CHECK_THAT(again.out, Contains("imported 0 · already there 3 · rejected 2 of 5 lines\n") &&
                            Contains("2 already there belong to somebody else than in the file") &&
                            Contains("1 already there are open here and completed in the file") &&
                            Contains("nothing was changed for them\n"));
  CHECK_THAT(desk.folder.read("rejected.csv"),
             Contains("Smith\",rep@gx.example,contact,,2,belongs to " + std::string{partner} + " by now") &&
                 Contains("2,Ann,REP@gx.example,contact,,4,is nobody's by now") &&
                 Contains("3,Bob,p@agency.example,task,completed,5,is open here"));
}

TEST_CASE("an import never writes over what it reads, and finds out before it begins where it cannot write") {
  Crm crm;
  Desk desk([&](const http::Request& request) { return crm(request); });
  desk.folder.write("contacts.csv", exported);
  std::filesystem::create_hard_link(desk.folder.path() / "contacts.csv", desk.folder.path() / "same.csv");
  std::filesystem::create_symlink("contacts.csv", desk.folder.path() / "link.csv");
  for (const std::string rejected : {"contacts.csv", "./contacts.csv", "same.csv", "link.csv"}) {
    CAPTURE(rejected);
    const auto outcome = desk.run({"import", "records", "gx624", "contacts.csv", "--rejected", rejected});
    CHECK(outcome.code == 2);
    CHECK_THAT(outcome.err, Contains("--rejected"));
  }
  CHECK(desk.folder.read("contacts.csv") == exported);
  CHECK(desk.run({"import", "records", "gx624", "contacts.csv", "--rejected", "nowhere/rejected.csv"}).code == 1);
  // Nor what others may read: a key, a folder, a file that happens to be called as our unfinished one.
  desk.folder.write("operator.key", "a key\n");
  std::filesystem::create_directory(desk.folder.path() / "folder");
  for (const std::string rejected : {"operator.key", "folder"})
    CHECK(desk.run({"import", "records", "gx624", "contacts.csv", "--rejected", rejected}).code == 2);
  CHECK(desk.folder.read("operator.key") == "a key\n");
  desk.folder.write("in.csv.part", exported);
  CHECK(desk.run({"import", "records", "gx624", "in.csv.part", "--rejected", "in.csv"}).code == 1);
  CHECK(desk.folder.read("in.csv.part") == exported);
  CHECK(desk.server.requests().empty());
}

TEST_CASE("an import without rejected lines ends with 0, and --json reports it for programs") {
  Crm crm;
  Desk desk([&](const http::Request& request) { return crm(request); });
  desk.folder.write("tasks.csv", "number,who\n1,rep@gx.example\n2,\n");
  const auto outcome = desk.run({"import", "records", "gx624", "tasks.csv", "--kind", "task", "--map",
                                 "id=number,owner=who", "--batch", "1", "--json"});
  CHECK(outcome.code == 0);
  CHECK(json::parse(outcome.out) ==
        json::parse(
            R"({"dry_run":false,"lines":2,"imported":2,"already_there":0,"differing":[],"rejected":[],"assumed":[]})"));
}

TEST_CASE("a dry run of an import records nothing") {
  Crm crm;
  Desk desk([&](const http::Request& request) { return crm(request); });
  desk.folder.write("contacts.csv", exported);
  const auto outcome = desk.run({"import", "records", "gx624", "contacts.csv", "--dry-run"});
  CHECK_THAT(outcome.out, Catch::StartsWith("dry run: would import 3 · already there 0 · rejected 2"));
  CHECK(crm.known().empty());
}

TEST_CASE("a file that is no export is refused before anything is imported") {
  Crm crm;
  Desk desk([&](const http::Request& request) { return crm(request); });
  desk.folder.write("broken.csv", "id,kind,owner\n1,contact,\n\"2,contact,\n");
  const auto broken = desk.run({"import", "records", "gx624", "broken.csv"});
  CHECK(broken.code == 1);
  CHECK_THAT(broken.err, Contains("broken.csv, line 3: the quote that opens here is never closed"));
  CHECK(desk.run({"import", "records", "gx624", "missing.csv"}).code == 1);
  CHECK(desk.run({"import", "records", "gx624", "broken.csv", "--map", "nr=x"}).code == 2);
  CHECK(crm.known().empty());
}

TEST_CASE("who may not import is told at once, with how far it came") {
  Desk desk([](const http::Request& request) {
    if (request.method == "GET") return reply(R"({"users":[],"next":null})");
    return http::problem(403, "not_authorized", "You may not do this here.");
  });
  desk.folder.write("contacts.csv", "id,kind,owner\n1,contact,\n");
  const auto outcome = desk.run({"import", "records", "gx624", "contacts.csv"});
  CHECK(outcome.code == 1);
  CHECK_THAT(outcome.err, Contains("(not_authorized)") && Contains("0 records were imported") && Contains("safe"));
}
