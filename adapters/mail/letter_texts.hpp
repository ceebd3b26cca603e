// What letters say, in every language: Mustache texts in texts/<language>.txt, which are part of the program, and may
// be replaced by files of the same form.
#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "events/values.hpp"
#include "events/words.hpp"

namespace rollcall {

// The moment in samples, and how it reads in English.
inline constexpr Time sample_moment{1'796'029'020'000'000};  // 2026-11-30T08:57:00Z
inline constexpr std::string_view sample_moment_text = "Monday, 30 November 2026, 08:57 (UTC)";

// A kind of letter, and the values its text may use. `sample` are some for a preview; one that is empty is not there.
struct LetterKind {
  std::string_view name;
  std::span<const std::pair<std::string_view, std::string_view>> sample;
};
// All of them, in the order in which the files have them.
std::span<const LetterKind> letter_kinds();

using LetterValues = std::vector<std::pair<std::string_view, std::string>>;

// Immutable, so thread-safe.
class LetterTexts {
 public:
  // The built-in texts; where `folder` has a file of a language, that one in its place. Throws std::runtime_error with
  // file and what is wrong: another file, a letter too few, a value that the letter does not have, no valid Mustache.
  explicit LetterTexts(const std::filesystem::path& folder = {});

  // The file of a language as it was built in.
  static std::string_view built_in(Language language);

  struct Written {
    std::string subject;
    std::string text;
  };
  // Throws std::logic_error when there is no such letter, or a value is none of its own.
  Written write(std::string_view letter, Language language, const LetterValues& values) const;
  // "Monday, 30 November 2026, 08:57 (UTC)", for people who read no RFC 3339.
  std::string moment(Time time, Language language) const;

 private:
  using Sections = std::map<std::string, std::string, std::less<>>;
  struct Words {
    std::vector<std::string> weekdays, months;
    std::string moment;
  };
  struct Texts {
    Sections letters;  // subject, line end, text
    Words words;
  };
  static Texts read(const std::string& file, std::string_view text);

  std::array<Texts, enum_names(Language{}).size()> texts_;
};

}  // namespace rollcall
