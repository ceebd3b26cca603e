#include "events/utf8.hpp"

#include <rapidcheck.h>

#include "events/bounded.hpp"
#include "events/json.hpp"
#include "tests/support/catch.hpp"

using namespace rollcall;

TEST_CASE("only what RFC 3629 calls UTF-8 is valid") {
  for (const auto* good : {"", "a", "é", "€", "𐍈", "\xF4\x8F\xBF\xBF", "\xED\x9F\xBF", "\xEE\x80\x80"})
    CHECK(utf8::valid(good));
  for (const auto* bad : {"\x80", "\xBF", "\xC0\xAF", "\xC1\x81", "\xC3", "\xC3(", "\xE0\x80\xAF", "\xE2\x82",
                          "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x80\x80\x80", "\xF0\x9F\x98", "\xF4\x90\x80\x80",
                          "\xF5\x80\x80\x80", "\xFE", "\xFF", "a\xE9 b"}) {
    INFO(utf8::repaired(bad));
    CHECK_FALSE(utf8::valid(bad));
    CHECK(utf8::valid(utf8::repaired(bad)));
  }
}

TEST_CASE("a text is cut between letters") {
  CHECK(utf8::cut("abc", 5) == "abc");
  CHECK(utf8::cut("aé", 2) == "a");
  CHECK(utf8::cut("aé", 3) == "aé");
  CHECK(utf8::cut("€", 2).empty());
  CHECK(utf8::letters("aé€𐍈") == 4);
}

TEST_CASE("whatever bytes a log holds, its JSON is valid and says all that was a letter") {
  CHECK(rc::check([](const std::string& bytes) {
    std::string text;
    append_json_text(text, bytes);
    const auto read = json::parse(text);
    RC_ASSERT(std::string{read.as_string()} == utf8::repaired(bytes));
    if (utf8::valid(bytes)) RC_ASSERT(std::string{read.as_string()} == bytes);
  }));
}

TEST_CASE("a line has no letter that ends it, and one that has to say something shows something") {
  for (const auto* good : {"", "a", "Zoë", "a\u200Bb", "𐍈"}) CHECK(utf8::one_line(good));
  for (const auto* bad : {"a\n", "\t", "\x7F", "\u0085", "\u2028", "a\u2029", "\xFF"}) CHECK_FALSE(utf8::one_line(bad));
  for (const auto* nothing : {"", " ", "\u00A0\u3000", "\u200B\u200D", "\u202E \uFEFF", "\U000E0041"})
    CHECK(utf8::blank(nothing));
  for (const auto* something : {"a", " é ", "\u200B0", "€", "𐍈", " \xFF"}) CHECK_FALSE(utf8::blank(something));

  CHECK(Typed<1, 5>("a b").within());
  CHECK_FALSE(Typed<1, 5>("   ").within());
  CHECK_FALSE(Typed<1, 5>("\u200B").within());
  CHECK(Typed<0, 5>("   ").within());
}
