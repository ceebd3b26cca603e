// CSV as RFC 4180 has it, read strictly: what a program exported is taken apart exactly, or refused with the line
// named. Own code: of the libraries in Debian 12 and 13, fast-cpp-csv-parser knows no line breaks in quotes, and libcsv
// has no upkeep.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/expected.hpp"

namespace rollcall::tools {

struct CsvRecord {
  std::size_t line = 0;   // where it begins, from 1
  std::string_view text;  // as it is in the file, without the end of its last line
  std::vector<std::string> cells;
};

struct CsvError {
  std::size_t line = 0;
  std::string detail;
};

// Records one after the other. Lines end with LF or CR LF, quoted cells may hold both, empty lines are passed over. A
// cell that a spreadsheet wrote as a formula to keep its zeros, ="000417", is its text. Stops being of use after an
// error.
class CsvReader {
 public:
  // `text` is the whole file, UTF-8 (csv_text.hpp), and has to outlive the reader and its records. Its first line is
  // `first_line`.
  explicit CsvReader(std::string_view text, char separator = ',', std::size_t first_line = 1)
      : text_(text), separator_(separator), line_(first_line) {}

  // The next record; nothing at the end.
  Expected<std::optional<CsvRecord>, CsvError> next();

 private:
  bool at_line_end() const;
  bool take_line_end();
  std::optional<CsvError> read_cell(std::string& cell);
  std::optional<CsvError> read_quoted(std::string& cell);

  std::string_view text_;
  char separator_;
  std::size_t at_ = 0;
  std::size_t line_;
};

// A cell as it has to be written: quoted if it must be.
std::string csv_cell(std::string_view text, char separator = ',');

}  // namespace rollcall::tools
