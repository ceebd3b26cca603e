// Text on a terminal: how wide it is, how it is cut, and that strangers' names cannot command it.
#include "tools/print/text.hpp"

#include "tests/support/catch.hpp"

using namespace rollcall::tools;

TEST_CASE("text is as wide as the terminal shows it") {
  CHECK(columns_of("") == 0);
  CHECK(columns_of("abc") == 3);
  CHECK(columns_of("Zoë") == 3);
  CHECK(columns_of("日本") == 4);
  CHECK(columns_of("e\u0301") == 1);
  CHECK(columns_of("\xFF") == 1);
}

TEST_CASE("text that does not fit is cut with an ellipsis, never within a letter") {
  CHECK(cut_to("partner", 7) == "partner");
  CHECK(cut_to("partner", 6) == "partn…");
  CHECK(cut_to("Zoë Ångström", 4) == "Zoë…");
  CHECK(cut_to("日本語", 4) == "日…");
  CHECK(cut_to("日本語", 5) == "日本…");
  CHECK(cut_to("abc", 1) == "…");
  CHECK(cut_to("abc", 0).empty());
}

TEST_CASE("what would command the terminal is shown as a replacement") {
  CHECK(printable("Zoë 日本") == "Zoë 日本");
  CHECK(printable("a\x1b[2Jb") == "a\uFFFD[2Jb");
  CHECK(printable("a\nb\tc") == "a\uFFFDb\uFFFDc");
  CHECK(printable("a\u202Eb\u2066c") == "a<U+202E>b<U+2066>c");
  CHECK(printable("a\u200Bb\uFEFFc\u00ADd") == "a<U+200B>b<U+FEFF>c<U+00AD>d");
  CHECK(printable("e\u0301") == "e\u0301");  // a mark on a letter is seen
  CHECK(printable("a\u0085b") == "a\uFFFDb");
  CHECK(printable("\xC3(") == "\uFFFD(");
  CHECK(printable(std::string_view{"a\0b", 3}) == "a\uFFFDb");
}

TEST_CASE("numbers are grouped by thousands") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1'000) == "1,000");
  CHECK(grouped(1'234'567) == "1,234,567");
  CHECK(grouped(123'456) == "123,456");
}

TEST_CASE("times are short, and what is no time stays as it is") {
  CHECK(short_time("2026-03-03T09:00:07.000000Z") == "2026-03-03 09:00Z");
  CHECK(short_time("2026-03-03T09:00:07.000000Z", Precision::seconds) == "2026-03-03 09:00:07Z");
  CHECK(short_time("someone@agency.example") == "someone@agency.example");
  CHECK(clock_text(7) == "0:07");
  CHECK(clock_text(750) == "12:30");
  CHECK(clock_text(3723.4) == "1:02:03");
}
