// What letters say: in every language, with every value and without those that need not be there.
#include "adapters/mail/letter_texts.hpp"

#include <fstream>

#include "events/fields.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace rollcall;
using Catch::Contains;

namespace {

LetterValues samples(const LetterKind& kind, std::size_t without) {
  LetterValues values;
  for (std::size_t i = 0; i < kind.sample.size(); ++i)
    values.emplace_back(kind.sample[i].first, i == without ? "" : std::string{kind.sample[i].second});
  return values;
}

}  // namespace

TEST_CASE("every letter is written in every language, and no value is left out of it", "[mail]") {
  const LetterTexts texts;
  for (const auto language : {Language::en, Language::de, Language::es})
    for (const auto& kind : letter_kinds())
      for (std::size_t without = 0; without <= kind.sample.size(); ++without) {
        const auto written = texts.write(kind.name, language, samples(kind, without));
        const auto all = written.subject + "\n" + written.text;
        CAPTURE(kind.name, name_of(language), without);
        CHECK_FALSE(written.subject.empty());
        CHECK(written.subject.find('\n') == std::string::npos);
        CHECK(written.text.ends_with("\n"));
        CHECK(all.find("{{") == std::string::npos);
        CHECK(all.find("}}") == std::string::npos);
        if (without < kind.sample.size()) continue;
        CHECK_FALSE(written.text.ends_with("\n\n"));
        for (const auto& [name, value] : kind.sample)
          if (value != "yes") CHECK_THAT(all, Contains(std::string{value}));
      }
}

TEST_CASE("values stand in letters as they are, and never as markup or another value", "[mail]") {
  const LetterTexts texts;
  const auto written =
      texts.write("partner_left", Language::en,
                  {{"member", "<b>Pat</b> & {{account}}"}, {"account", "\"Q\""}, {"app_id", "q"}, {"when", "now"}});
  CHECK(written.subject == "<b>Pat</b> & {{account}} has left \"Q\"");
  CHECK_THROWS_AS(texts.write("partner_left", Language::en, {{"token", "x"}}), std::logic_error);
  CHECK_THROWS_AS(texts.write("love", Language::en, {}), std::logic_error);
}

TEST_CASE("a moment is told in words of the language", "[mail]") {
  const LetterTexts texts;
  const auto moment = Time::parse("2026-11-30T08:57:00Z").value();
  CHECK(texts.moment(moment, Language::en) == "Monday, 30 November 2026, 08:57 (UTC)");
  CHECK(texts.moment(moment, Language::de) == "Montag, 30. November 2026, 08:57 Uhr (UTC)");
  CHECK(texts.moment(moment, Language::es) == "lunes, 30 de noviembre de 2026, 08:57 (UTC)");
}

TEST_CASE("texts of one's own take the place of the built-in ones, and are refused by what is wrong", "[mail]") {
  const TemporaryFolder folder;
  const auto with = [&](const std::string& what, const std::string& instead, const std::string& file = "de.txt") {
    std::string text{LetterTexts::built_in(Language::de)};
    const auto at = text.find(what);
    REQUIRE(at != std::string::npos);
    text.replace(at, what.size(), instead);
    std::ofstream(folder / file) << text;
  };
  with("Guten Tag", "Grüß Gott");
  const LetterTexts texts(folder.path());
  const auto& kind = letter_kinds()[0];
  CHECK_THAT(texts.write(kind.name, Language::de, samples(kind, kind.sample.size())).text,
             Catch::StartsWith("Grüß Gott,\n"));
  CHECK_THAT(texts.write(kind.name, Language::en, samples(kind, kind.sample.size())).text,
             Catch::StartsWith("Hello,\n"));

  const auto refused = [&] {
    try {
      const LetterTexts wrong(folder.path());
      return std::string{"nothing"};
    } catch (const std::runtime_error& error) {
      return std::string{error.what()};
    }
  };
  with("{{link}}", "{{lnik}}");
  CHECK_THAT(refused(), Contains("de.txt: [invitation] has no value {{lnik}}"));
  with("{{/inviter}}", "");
  CHECK_THAT(refused(), Contains("[invitation] is no Mustache text"));
  with("[reset]", "[rest]");
  CHECK_THAT(refused(), Contains("lacks [reset]"));
  with("[reset]", "[love]\nSubject: x\n\ny\n\n[reset]");
  CHECK_THAT(refused(), Contains("has [love], which is no letter"));
  with("[reset]\nSubject: ", "[reset]\n");
  CHECK_THAT(refused(), Contains("[reset] begins with a line Subject:"));
  with("Sonntag, ", "");
  CHECK_THAT(refused(), Contains("seven weekdays"));
  with("moment = {{weekday}}", "moment = {{hour}}");
  CHECK_THAT(refused(), Contains("[words] has no value {{hour}}"));
  with("Guten", "Gu\xFFten");
  CHECK_THAT(refused(), Contains("is not UTF-8"));
  with("# Was", "Was");
  CHECK_THAT(refused(), Contains("begins with what is in no section"));
  with("Guten", "Guten");
  with("Guten", "Bon", "fr.txt");
  CHECK_THAT(refused(), Contains("fr.txt: the texts of a language are in a file named after it"));
  CHECK_THROWS_AS(LetterTexts(folder / "none"), std::runtime_error);
}
