// Reports: a period of history, a header by which it can be made again, and the seat ledger.
#include "projections/reports/reports.hpp"

#include "events/hash.hpp"
#include "projections/views/scopes.hpp"
#include "tests/projections/story.hpp"
#include "tests/support/catch.hpp"

using namespace rollcall;
using namespace rollcall::projections;

namespace {

// A story whose reports are asked for.
struct Archive {
  Story story;
  LiveView index{scopes};

  std::optional<SeatCause> cause{};  // all of them

  Expected<std::string, ReportError> ledger(Position from, Position size, const AccountId& of) {
    index.rows(story);
    SeatLedger report;
    report.account = of;
    report.cause = cause;
    const auto snapshot = index.store.snapshot();
    return make_report(report, {from, {size, story.now}}, {story.log, story.keys, snapshot, "rollcall.test/log"});
  }
  std::string text(Position from, Position size) {
    const auto made = ledger(from, size, story.here);
    REQUIRE(made.has_value());
    return *made;
  }
  json::value report(Position from, Position size) { return json::parse(text(from, size)); }
  json::value whole() { return report(0, story.log.size()); }
};

const json::value& header_of(const json::value& report) { return report.at("report"); }

std::string parameter_of(const Expected<std::string, ReportError>& made) {
  return std::get<QueryError>(made.error()).parameter;
}

}  // namespace

TEST_CASE("the seat ledger explains each seat and the limit, with the name of the time") {
  Archive archive;
  auto& story = archive.story;
  story.open_account("gx624", "Olga", 2);
  const auto ulla = story.user("ulla@firm.example", "Ulla");
  story.partner("paula@agency.example", "Paula");  // takes none
  story.happens(SeatLimitChanged{2, 3});
  story.deactivate(ulla);
  story.registers(ulla, "Ulla New");

  const auto report = archive.whole();
  CHECK(column(report, "rows", "movement") == Words{"limit", "taken", "taken", "limit", "freed"});
  CHECK(column(report, "rows", "cause") ==
        Words{"account_opened", "account_opened", "joined", "limit_changed", "deactivated"});
  CHECK(column(report, "rows", "used") == Words{"0", "1", "2", "2", "1"});
  CHECK(column(report, "rows", "name") == Words{"null", "Olga", "Ulla", "null", "Ulla"});
  CHECK(column(report, "rows", "email") ==
        Words{"null", "owner@gx624.example", "ulla@firm.example", "null", "ulla@firm.example"});
  CHECK(report.at("rows").at(2).at("user").as_string() == ulla.id.text());
  CHECK(report.at("rows").at(0).at("position") == 0);
  CHECK(report.at("rows").at(0).at("recorded_at").as_string() == moment(Story::begins).text());
}

TEST_CASE("the seat ledger says who came back, and shows one cause alone") {
  Archive archive;
  auto& story = archive.story;
  story.open_account("gx624", "Olga", 5);
  const auto ulla = story.user("ulla@firm.example", "Ulla");
  story.deactivate(ulla);
  story.happens(UserReactivated{
      ulla.id, ulla.person, Personal(ulla.key, "ulla@firm.example"), Personal(ulla.key, "Ulla Again"), false, {}, {}});
  story.take_seat(ulla.id);

  const auto report = archive.whole();
  CHECK(column(report, "rows", "cause") ==
        Words{"account_opened", "account_opened", "joined", "deactivated", "reactivated"});
  CHECK(column(report, "rows", "name") == Words{"null", "Olga", "Ulla", "Ulla", "Ulla Again"});
  archive.cause = SeatCause::reactivated;
  CHECK(column(archive.whole(), "rows", "used") == Words{"2"});
}

TEST_CASE("a report's header says how to make it again, and its digest is that of the rows as they stand") {
  Archive archive;
  auto& story = archive.story;
  story.open_account("other", "Otto");
  story.open_account("gx624", "Olga", 2);
  story.user("ulla@firm.example", "Ulla");
  const auto size = story.log.size();
  const auto text = archive.text(0, size);
  const auto report = json::parse(text);
  const auto& header = header_of(report);
  CHECK(header.at("name") == "SeatLedger");
  CHECK(header.at("version") == 2);
  CHECK(header.at("parameters") == json::value{{"account", "gx624"}, {"cause", nullptr}});
  CHECK(header.at("origin") == "rollcall.test/log");
  CHECK(header.at("from") == 0);
  CHECK(header.at("size") == size);
  CHECK(header.at("recorded_until").as_string() == (story.now - seconds(1)).text());
  CHECK(header.at("rows") == report.at("rows").as_array().size());
  CHECK(header.at("events") == 5);  // of this account: opened, two joined, two seats
  Frontier tree;
  for (const auto& entry : story.log.entries) (void)tree.append(leaf_hash(entry));
  CHECK(header.at("root").as_string() == to_base64(bytes_of(tree.root())));
  const auto rows = text.substr(text.find("\"rows\":[") + 7);
  CHECK(header.at("digest").as_string() == to_hex(bytes_of(sha256(rows.substr(0, rows.size() - 1)))));
  CHECK(json_text(ReportAnswer<SeatLedgerRow>{}).starts_with(R"({"report":{"name":)"));  // as the schema has it

  story.user("emil@firm.example", "Emil");
  CHECK(archive.text(0, size) == text);
  CHECK(archive.text(0, story.log.size()) != text);
}

TEST_CASE("the rows of a report are those of its period, with what was so before it") {
  Archive archive;
  auto& story = archive.story;
  story.open_account("gx624", "Olga", 2);
  const auto ulla = story.user("ulla@firm.example", "Ulla");
  const auto from = story.log.size();
  story.deactivate(ulla);
  const auto to = story.log.size();
  story.user("emil@firm.example", "Emil");

  const auto report = archive.report(from, to);
  CHECK(column(report, "rows", "movement") == Words{"freed"});
  CHECK(column(report, "rows", "name") == Words{"Ulla"});
  CHECK(column(report, "rows", "used") == Words{"1"});
  CHECK(header_of(report).at("events") == 2);
  CHECK(archive.report(to, to).at("rows").as_array().empty());
}

TEST_CASE("a report tells of erased persons that they are erased, and counts them as before") {
  Archive archive;
  auto& story = archive.story;
  story.open_account("gx624", "Olga", 2);
  const auto ulla = story.user("ulla@firm.example", "Ulla");
  const auto rows = archive.whole().at("rows").as_array().size();
  story.keys.destroy(ulla.key);
  const auto report = archive.whole();
  CHECK(report.at("rows").as_array().size() == rows);
  CHECK(column(report, "rows", "email").back() == "[erased]");
}

TEST_CASE("of an account that was not there yet there is no report") {
  Archive archive;
  archive.story.open_account("other", "Otto");
  const auto before = archive.story.log.size();
  archive.story.open_account("gx624", "Olga");
  CHECK(parameter_of(archive.ledger(0, before, account("gx624"))) == "account");
  CHECK(parameter_of(archive.ledger(0, archive.story.log.size(), account("nowhere"))) == "account");
  CHECK(archive.ledger(0, before + 1, account("gx624")).has_value());
}

TEST_CASE("a report names every parameter that it cannot do without") {
  CHECK(read_parameters<SeatLedger>({{"from", "3"}}).error().parameter == "account");
  CHECK(read_parameters<SeatLedger>({{"account", "gx624"}, {"until", "3"}}).error().parameter == "until");
  CHECK(read_parameters<SeatLedger>({{"account", "gx624"}, {"from", "yesterday"}}).error().parameter == "from");
  CHECK(read_parameters<SeatLedger>({{"account", "gx624"}, {"from", "3"}, {"to", "2026-03-02T09:00:00Z"}}).has_value());
}
