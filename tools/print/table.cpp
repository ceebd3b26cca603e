#include "tools/print/table.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include <fmt/format.h>

#include "tools/print/terminal.hpp"
#include "tools/print/text.hpp"

namespace rollcall::tools {
namespace {

constexpr std::string_view gap = "  ";
constexpr std::size_t narrowest = 10;

// A column as it is shown: which one, and how wide.
struct Shown {
  std::size_t column;
  Column::Kind kind;
  std::size_t width;
  bool empty;
};

std::size_t line_width(const std::vector<Shown>& all) {
  return std::accumulate(all.begin(), all.end(), gap.size() * (all.size() - std::min<std::size_t>(all.size(), 1)),
                         [](std::size_t sum, const Shown& one) { return sum + one.width; });
}

void fit(std::vector<Shown>& all, std::size_t width) {
  if (line_width(all) > width) std::erase_if(all, [](const Shown& one) { return one.empty; });
  for (auto line = line_width(all); line > width; --line) {
    Shown* widest = nullptr;
    for (auto& one : all)
      if (one.kind == Column::Kind::text && one.width > (widest ? widest->width : narrowest)) widest = &one;
    if (!widest) return;
    --widest->width;
  }
}

void append_line(std::string& out, const std::vector<Shown>& all, const std::vector<std::string>& cells) {
  std::string line;
  for (const auto& one : all) {
    const auto cell = cut_to(cells[one.column], one.width);
    const std::string padding(one.width - std::min(one.width, columns_of(cell)), ' ');
    if (&one != &all.front()) line.append(gap);
    line.append(one.kind == Column::Kind::number ? padding + cell : cell + padding);
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

std::string Table::text(std::size_t width) const {
  std::vector<std::string> titles;
  std::vector<Shown> all;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    titles.push_back(columns_[i].title);
    Shown one{i, columns_[i].kind, columns_of(titles[i]), !rows_.empty()};
    for (const auto& row : rows_) {
      one.width = std::max(one.width, columns_of(row[i]));
      one.empty = one.empty && row[i].empty();
    }
    all.push_back(one);
  }
  fit(all, width);

  std::string out;
  append_line(out, all, titles);
  for (const auto& row : rows_) append_line(out, all, row);
  return out;
}

void Table::print() const { fmt::print("{}", text(columns_available(Stream::output))); }

}  // namespace rollcall::tools
