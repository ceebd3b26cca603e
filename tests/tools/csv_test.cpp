// CSV as RFC 4180 has it: what a program exported is read exactly, or refused with the line named.
#include "tools/client/csv.hpp"

#include "tests/support/catch.hpp"

using namespace rollcall;
using namespace rollcall::tools;
using Catch::Contains;

namespace {

using Cells = std::vector<std::string>;

std::vector<CsvRecord> all_of(std::string_view text) {
  CsvReader reader(text);
  std::vector<CsvRecord> records;
  for (;;) {
    auto record = reader.next();
    REQUIRE(record);
    if (!*record) return records;
    records.push_back(std::move(**record));
  }
}

CsvError error_in(std::string_view text) {
  CsvReader reader(text);
  for (;;) {
    auto record = reader.next();
    if (!record) return record.error();
    REQUIRE(*record);
  }
}

}  // namespace

TEST_CASE("a record is a line, and its cells lie between commas") {
  const auto records = all_of("id,owner\n7,a@b.example\n8,\n");
  REQUIRE(records.size() == 3);
  CHECK(records[0].cells == Cells{"id", "owner"});
  CHECK(records[1].cells == Cells{"7", "a@b.example"});
  CHECK(records[2].cells == Cells{"8", ""});
}

TEST_CASE("a quoted cell holds commas, quotes and line breaks") {
  const auto records = all_of("1,\"Smith, \"\"Joe\"\"\",\"two\r\nlines\"\n2,\"\",x\n");
  REQUIRE(records.size() == 2);
  CHECK(records[0].cells == Cells{"1", "Smith, \"Joe\"", "two\r\nlines"});
  CHECK(records[1].cells == Cells{"2", "", "x"});
}

TEST_CASE("lines end with LF or CR LF, the last one with nothing if it likes") {
  for (const std::string_view text : {"a,b\nc,d", "a,b\r\nc,d\r\n", "a,b\nc,d\r\n", "\n\na,b\r\n\r\nc,d\n\n"}) {
    CAPTURE(text);
    const auto records = all_of(text);
    REQUIRE(records.size() == 2);
    CHECK(records[0].cells == Cells{"a", "b"});
    CHECK(records[1].cells == Cells{"c", "d"});
  }
}

TEST_CASE("cells may lie between other separators, and lines be counted from elsewhere") {
  CsvReader reader("id;owner\n7;\"a;b\"\n8,5;x", ';', 2);
  CHECK((*reader.next())->cells == Cells{"id", "owner"});
  const auto second = *reader.next();
  CHECK(second->cells == Cells{"7", "a;b"});
  CHECK(second->line == 3);
  CHECK((*reader.next())->cells == Cells{"8,5", "x"});
  CHECK(csv_cell("a;b", ';') == "\"a;b\"");
  CHECK(csv_cell("a,b", ';') == "a,b");
}

TEST_CASE("a formula that keeps zeros is its text") {
  const auto records = all_of("=\"000417\",x\n\"=\"\"000418\"\"\",y\n");
  CHECK(records[0].cells == Cells{"000417", "x"});
  CHECK(records[1].cells == Cells{"=\"000418\"", "y"});  // records_csv.hpp reads this one
}

TEST_CASE("a record knows the line it begins in and its own text") {
  const auto records = all_of("id,note\n\n1,\"a\nb\nc\"\r\n2,x");
  REQUIRE(records.size() == 3);
  CHECK(records[1].line == 3);
  CHECK(records[1].text == "1,\"a\nb\nc\"");
  CHECK(records[2].line == 6);
  CHECK(records[2].text == "2,x");
}

TEST_CASE("what is no CSV is refused with its line") {
  struct Case {
    std::string_view text;
    std::size_t line;
    std::string detail;
  };
  using namespace std::string_view_literals;
  const Case cases[] = {{"id\n1\n\"2\n3\n4\n", 3, "never closed"},
                        {"id\n1,5\" pipe\n", 2, "middle of a cell"},
                        {"id\n\"1\"2\n", 2, "behind the closing quote"},
                        {"id\r1\r", 1, "carriage return"},
                        {"id\n\0\n"sv, 2, "zero byte"},
                        {"id\n\"\0\"\n"sv, 2, "zero byte"}};
  for (const auto& c : cases) {
    CAPTURE(c.detail);
    const auto error = error_in(c.text);
    CHECK(error.line == c.line);
    CHECK_THAT(error.detail, Contains(c.detail));
  }
}

TEST_CASE("a cell that is written is read again as it was") {
  for (const std::string text : {"", "plain", "a,b", "say \"hi\"", "two\nlines", "\r\n", "\"", ",", " kept "}) {
    CAPTURE(text);
    const auto line = "x," + csv_cell(text) + "\n";
    const auto records = all_of(line);
    REQUIRE(records.size() == 1);
    CHECK(records[0].cells == Cells{"x", text});
  }
}
