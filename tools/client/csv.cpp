#include "tools/client/csv.hpp"

namespace rollcall::tools {

bool CsvReader::at_line_end() const {
  return at_ == text_.size() || text_[at_] == '\n' || text_.substr(at_, 2) == "\r\n";
}

bool CsvReader::take_line_end() {
  if (at_ == text_.size() || !at_line_end()) return false;
  at_ += text_[at_] == '\r' ? 2U : 1U;
  ++line_;
  return true;
}

Expected<std::optional<CsvRecord>, CsvError> CsvReader::next() {
  while (take_line_end()) {
  }
  if (at_ == text_.size()) return std::nullopt;

  CsvRecord record;
  record.line = line_;
  const auto begin = at_;
  for (;;) {
    if (auto error = read_cell(record.cells.emplace_back())) return unexpected(std::move(*error));
    if (at_line_end()) break;
    ++at_;  // the separator
  }
  record.text = text_.substr(begin, at_ - begin);
  take_line_end();
  return record;
}

// Ends at a separator or at the end of the line.
std::optional<CsvError> CsvReader::read_cell(std::string& cell) {
  if (at_ < text_.size() && text_[at_] == '"') return read_quoted(cell);
  if (text_.substr(at_, 2) == "=\"") {
    ++at_;
    return read_quoted(cell);
  }
  for (; !at_line_end() && text_[at_] != separator_; ++at_) {
    const char c = text_[at_];
    if (c == '"') return CsvError{line_, "a quote in the middle of a cell: the whole cell has to be quoted"};
    if (c == '\r') return CsvError{line_, "a carriage return without a line feed"};
    if (c == '\0') return CsvError{line_, "a zero byte: this is no text"};
    cell.push_back(c);
  }
  return std::nullopt;
}

std::optional<CsvError> CsvReader::read_quoted(std::string& cell) {
  const auto opened = line_;
  for (++at_; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (c == '"') {
      if (text_.substr(at_ + 1, 1) != "\"") break;
      ++at_;  // doubled: a quote of the text
    }
    if (c == '\0') return CsvError{line_, "a zero byte: this is no text"};
    if (c == '\n') ++line_;
    cell.push_back(c);
  }
  if (at_ == text_.size()) return CsvError{opened, "the quote that opens here is never closed"};
  ++at_;  // the closing quote
  if (!at_line_end() && text_[at_] != separator_) return CsvError{line_, "text behind the closing quote of a cell"};
  return std::nullopt;
}

std::string csv_cell(std::string_view text, char separator) {
  if (text.find_first_of("\"\r\n") == text.npos && text.find(separator) == text.npos) return std::string{text};
  std::string quoted = "\"";
  for (const char c : text) quoted.append(c == '"' ? 2U : 1U, c);
  return quoted + "\"";
}

}  // namespace rollcall::tools
