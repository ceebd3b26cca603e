// The text in a CSV file, whatever wrote it: its encoding and its separator, found by looking where nobody says.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/expected.hpp"
#include "events/words.hpp"

namespace rollcall::tools {

enum class CsvEncoding : std::uint8_t { utf_8, utf_16, windows_1252 };
constexpr Names<3> enum_names(CsvEncoding) { return {"utf-8", "utf-16", "windows-1252"}; }

// What somebody says of a file. Nothing: it is found by looking.
struct CsvChoices {
  std::optional<CsvEncoding> encoding;
  std::optional<char> separator;
};

struct CsvText {
  std::string text;  // UTF-8, without a byte order mark and without Excel's line `sep=;`
  char separator = ',';
  std::size_t first_line = 1;        // of the file: what `text` begins with
  std::vector<std::string> assumed;  // what was found by looking and is not the usual: for people, a sentence each
};

// The separators there are, as people name them: comma, semicolon, tab, bar.
std::optional<char> separator_named(std::string_view name);
std::string_view name_of_separator(char separator);

// The error is for people: the bytes are no text of the encoding.
Expected<CsvText, std::string> csv_text(std::string_view bytes, const CsvChoices& choices);

}  // namespace rollcall::tools
