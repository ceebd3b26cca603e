#include "tools/table.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include <fmt/format.h>

#include "tools/terminal.hpp"
#include "tools/text.hpp"

namespace rollcall::tools {
namespace {

constexpr std::string_view gap = "  ";
constexpr std::size_t narrowest = 6;

void append_line(std::string& out, const std::vector<Column>& columns, const std::vector<std::size_t>& widths,
                 const std::vector<std::string>& cells) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto cell = cut_to(cells[i], widths[i]);
    const std::string padding(widths[i] - std::min(widths[i], columns_of(cell)), ' ');
    if (i > 0) line.append(gap);
    line.append(columns[i].kind == Column::Kind::number ? padding + cell : cell + padding);
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out.append(line).append("\n");
}

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

void Table::add(std::vector<std::string> cells) {
  if (cells.size() != columns_.size()) throw std::logic_error("a row has another number of cells than the table");
  for (auto& cell : cells) cell = printable(cell);
  rows_.push_back(std::move(cells));
}

std::vector<std::size_t> Table::widths(std::size_t width) const {
  std::vector<std::size_t> widths;
  for (const auto& column : columns_) widths.push_back(columns_of(column.title));
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns_of(row[i]));

  const auto gaps = gap.size() * (columns_.size() - 1);
  for (auto all = std::accumulate(widths.begin(), widths.end(), gaps); all > width; --all) {
    std::size_t* widest = nullptr;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      if (columns_[i].kind == Column::Kind::text && widths[i] > (widest ? *widest : narrowest)) widest = &widths[i];
    }
    if (!widest) break;
    --*widest;
  }
  return widths;
}

std::string Table::text(std::size_t width) const {
  const auto fitting = widths(width);
  std::vector<std::string> titles;
  for (const auto& column : columns_) titles.push_back(column.title);
  std::string out;
  append_line(out, columns_, fitting, titles);
  for (const auto& row : rows_) append_line(out, columns_, fitting, row);
  return out;
}

void Table::print() const { fmt::print("{}", text(columns_available(Stream::output))); }

}  // namespace rollcall::tools
