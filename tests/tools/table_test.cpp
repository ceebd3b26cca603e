// Tables are aligned by what people see and give way where they can.
#include "tools/print/table.hpp"

#include <limits>
#include <stdexcept>

#include "tests/support/catch.hpp"

using namespace rollcall::tools;

namespace {

constexpr auto unbounded = std::numeric_limits<std::size_t>::max();

Table people() {
  Table table{{{"NAME"}, {"LEADS", Column::Kind::number}, {"ID", Column::Kind::whole}}};
  table.add({"Zoë", "7", "usr_1"});
  table.add({"日本", "1,234", "usr_2"});
  return table;
}

}  // namespace

TEST_CASE("columns are as wide as their widest cell, numbers stand to the right") {
  CHECK(people().text(unbounded) ==
        "NAME  LEADS  ID\n"
        "Zoë       7  usr_1\n"
        "日本  1,234  usr_2\n");
}

TEST_CASE("a table without rows is its titles") {
  Table table{{{"NAME"}, {"ID"}}};
  CHECK(table.empty());
  CHECK(table.text(80) == "NAME  ID\n");
}

TEST_CASE("a narrow terminal cuts the widest text, never an id or a number") {
  Table table{{{"NAME"}, {"LABEL"}, {"N", Column::Kind::number}, {"ID", Column::Kind::whole}}};
  table.add({"a rather long name indeed", "a label", "12345678", "usr_0123456789"});
  CHECK(table.text(48) ==
        "NAME           LABEL           N  ID\n"
        "a rather lon…  a label  12345678  usr_0123456789\n");
}

TEST_CASE("a narrow terminal is told the day of a time, when cutting texts is not enough") {
  Table table{{{"NAME"}, {"SINCE", Column::Kind::time}, {"ID", Column::Kind::whole}}};
  table.add({"a rather long name indeed", "2026-03-03 09:00Z", "usr_0123456789"});
  CHECK(table.text(60) ==
        "NAME                       SINCE              ID\n"
        "a rather long name indeed  2026-03-03 09:00Z  usr_0123456789\n");
  CHECK(table.text(42) ==
        "NAME            SINCE       ID\n"
        "a rather long…  2026-03-03  usr_0123456789\n");
}

TEST_CASE("where no line is wide enough a row is a card, with the titles of its cells") {
  Table table{
      {{"NAME"}, {"P", Column::Kind::whole}, {"LABEL"}, {"N", Column::Kind::number}, {"ID", Column::Kind::whole}}};
  table.add({"a rather long name indeed", "P", "", "12345678", "usr_0123456789"});
  table.add({"", "", "a label", "1", "usr_1"});
  CHECK(table.text(30) ==
        "a rather long name indeed\n"
        "  P · n 12345678\n"
        "  id usr_0123456789\n"
        "a label\n"
        "  n 1 · id usr_1\n");
  CHECK(table.text(1).find("12345678") != std::string::npos);
}

TEST_CASE("a narrow terminal does without columns that say nothing") {
  Table table{{{"NAME"}, {"ACCESS ENDS", Column::Kind::whole}, {"ID", Column::Kind::whole}}};
  table.add({"a rather long name", "", "usr_1"});
  CHECK(table.text(38) ==
        "NAME                ACCESS ENDS  ID\n"
        "a rather long name               usr_1\n");
  CHECK(table.text(30) ==
        "NAME                ID\n"
        "a rather long name  usr_1\n");
}

TEST_CASE("a cell cannot break out of its line") {
  Table table{{{"NAME"}, {"E-MAIL"}}};
  table.add({"two\nlines", "\x1b[31mred"});
  CHECK(table.text(unbounded) ==
        "NAME       E-MAIL\n"
        "two\uFFFDlines  \uFFFD[31mred\n");
}

TEST_CASE("a row with another number of cells is a mistake of the program") {
  CHECK_THROWS_AS(people().add({"only one"}), std::logic_error);
}
