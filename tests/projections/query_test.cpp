#include "projections/engine/query.hpp"

#include "events/fold_case.hpp"
#include "tests/support/catch.hpp"

using namespace rollcall;
using namespace rollcall::projections;

TEST_CASE("case is folded in Latin, Greek and Cyrillic, and nothing else is changed") {
  CHECK(fold_case("Hello World 42 [erased]") == "hello world 42 [erased]");
  CHECK(fold_case("ÀÉÎÕÜß×Þ") == "àéîõüß×þ");
  CHECK(fold_case("ŁĄŻŹŸĐŃŇ") == "łążźÿđńň");
  CHECK(fold_case("ΑΒΓΩ") == "αβγω");
  CHECK(fold_case("JOSE\u0301") == "josé");  // a letter and its accent
  CHECK(fold_case("jos\u00e9") == "josé");
  CHECK(fold_case("A\u030angstro\u0308m") == "ångström");
  CHECK(fold_case("\xCC\x81\xFF") == "\xCC\x81\xFF");
  CHECK(fold_case("ЖЯЁЂ") == "жяёђ");
  CHECK(fold_case("日本語 €") == "日本語 €");
  CHECK(fold_case(std::string_view("a\0b\tc\x7f", 6)) == "abc");
  CHECK(fold_case("\xC3") == "\xC3");
  CHECK(fold_case("\xC3\x41") == "\xC3\x61");
  for (const auto* text : {"àéîõüß", "łążźÿđńň", "αβγω", "жяёђ"}) CHECK(fold_case(text) == text);
}

TEST_CASE("a cursor is read as it was written, and nothing else is") {
  const Cursor cursor{7, 3, {1'234'567'890'123'456'789u, "josé", {1, 2, 3}}};
  const auto read = Cursor::parse(cursor.text());
  REQUIRE(read.has_value());
  CHECK(read->list == cursor.list);
  CHECK(read->order == cursor.order);
  CHECK(read->spot == cursor.spot);

  CHECK_FALSE(Cursor::parse(""));
  CHECK_FALSE(Cursor::parse("AAAA"));
  CHECK_FALSE(Cursor::parse(cursor.text() + "!"));
  CHECK_FALSE(Cursor::parse(cursor.text().substr(0, 20)));
}

TEST_CASE("a number is written in one way only") {
  CHECK(parameter::number_in("0") == 0u);
  CHECK(parameter::number_in("18446744073709551615") == ~std::uint64_t{0});
  for (const auto* text : {"", "-1", "+1", "01", "00", " 1", "1 ", "1x", "0x1", "1e3", "18446744073709551616"})
    CHECK_FALSE(parameter::number_in(text));
}

namespace {
struct Asking {
  static constexpr std::array fields{"flag", "number"};
  static constexpr std::array help{"", ""};
  bool flag = false;
  std::optional<Whole<1, 5>> number;
};
}  // namespace

TEST_CASE("a parameter is exactly what its type says, once, and nothing that nobody knows comes along") {
  const auto wrong = [](const Parameters& given) { return read_parameters<Asking>(given).error().parameter; };
  CHECK(read_parameters<Asking>({{"flag", "true"}, {"number", "5"}})->flag);
  CHECK_FALSE(read_parameters<Asking>({}).value().number);
  for (const auto* text : {"1", "True", "yes", "", "TRUE", " true"}) CHECK(wrong({{"flag", text}}) == "flag");
  CHECK(wrong({{"flag", "true"}, {"flag", "true"}}) == "flag");
  CHECK(wrong({{"number", "6"}}) == "number");
  CHECK(wrong({{"Flag", "true"}}) == "Flag");
  CHECK(wrong({{"number", "0"}, {"flag", "?"}}) == "flag");  // the first of the description, not of the request
}
