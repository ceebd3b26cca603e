#include "projections/engine/query.hpp"

#include "projections/views/text.hpp"
#include "tests/support/catch.hpp"

using namespace rollcall;
using namespace rollcall::projections;

TEST_CASE("case is folded in Latin, Greek and Cyrillic, and nothing else is changed") {
  CHECK(fold_case("Hello World 42 [erased]") == "hello world 42 [erased]");
  CHECK(fold_case("ÀÉÎÕÜß×Þ") == "àéîõüß×þ");
  CHECK(fold_case("ŁĄŻŹŸĐŃŇ") == "łążźÿđńň");
  CHECK(fold_case("ΑΒΓΩ") == "αβγω");
  CHECK(fold_case("ЖЯЁЂ") == "жяёђ");
  CHECK(fold_case("日本語 €") == "日本語 €");
  CHECK(fold_case(std::string_view("a\0b\tc\x7f", 6)) == "abc");
  CHECK(fold_case("\xC3") == "\xC3");
  CHECK(fold_case("\xC3\x41") == "\xC3\x61");
  for (const auto* text : {"àéîõüß", "łążźÿđńň", "αβγω", "жяёђ"}) CHECK(fold_case(text) == text);
}

TEST_CASE("a cursor is read as it was written, and nothing else is") {
  const Cursor cursor{3, 1'234'567'890'123'456'789u, true, {1, 2, 3}};
  const auto read = Cursor::parse(cursor.text());
  REQUIRE(read.has_value());
  CHECK(read->sort == cursor.sort);
  CHECK(read->number == cursor.number);
  CHECK(read->invitation == cursor.invitation);
  CHECK(read->id == cursor.id);

  CHECK_FALSE(Cursor::parse(""));
  CHECK_FALSE(Cursor::parse(cursor.text() + "00"));
  CHECK_FALSE(Cursor::parse(cursor.text().substr(2)));
  auto not_a_flag = cursor.text();
  not_a_flag[19] = '7';
  CHECK_FALSE(Cursor::parse(not_a_flag));
}

TEST_CASE("only the first thing wrong with a query is told") {
  const Parameters parameters{{"limit", "many"}, {"sort", "age"}, {"unknown", ""}};
  ParameterReader reader(parameters);
  constexpr std::array<std::string_view, 1> orders{"name"};
  reader.paging(orders, "name");
  REQUIRE(reader.error().has_value());
  CHECK(reader.error()->parameter == "sort");
}
