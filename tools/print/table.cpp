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
constexpr std::string_view card_indent = "  ";
constexpr std::string_view card_gap = " · ";
constexpr std::size_t text_comfortable = 20;
constexpr std::size_t text_narrowest = 12;
constexpr std::size_t day_letters = 10;  // 2026-03-03

// A column as it is shown: which one, and how wide.
struct Shown {
  std::size_t column;
  Column::Kind kind;
  std::size_t title;
  std::size_t width;
  bool empty;
};

std::size_t line_width(const std::vector<Shown>& all) {
  return std::accumulate(all.begin(), all.end(), gap.size() * (all.size() - std::min<std::size_t>(all.size(), 1)),
                         [](std::size_t sum, const Shown& one) { return sum + one.width; });
}

void narrow_texts(std::vector<Shown>& all, std::size_t width, std::size_t narrowest) {
  for (auto line = line_width(all); line > width; --line) {
    Shown* widest = nullptr;
    for (auto& one : all)
      if (one.kind == Column::Kind::text && one.width > std::max(widest ? widest->width : narrowest, one.title))
        widest = &one;
    if (!widest) return;
    --widest->width;
  }
}

// Whether it can be made to fit.
bool fit(std::vector<Shown>& all, std::size_t width) {
  if (line_width(all) > width) std::erase_if(all, [](const Shown& one) { return one.empty; });
  narrow_texts(all, width, text_comfortable);
  if (line_width(all) > width)
    for (auto& one : all)
      if (one.kind == Column::Kind::time) one.width = std::min(one.width, std::max(one.title, day_letters));
  narrow_texts(all, width, text_narrowest);
  return line_width(all) <= width;
}

// A time that has less room than it needs is its day.
std::string cell_text(const std::string& cell, const Shown& one) {
  if (one.kind == Column::Kind::time && columns_of(cell) > one.width) return cell.substr(0, day_letters);
  return cut_to(cell, one.width);
}

void append_line(std::string& out, const std::vector<Shown>& all, const std::vector<std::string>& cells) {
  std::string line;
  for (const auto& one : all) {
    const auto cell = cell_text(cells[one.column], one);
    const std::string padding(one.width - std::min(one.width, columns_of(cell)), ' ');
    if (&one != &all.front()) line.append(gap);
    line.append(one.kind == Column::Kind::number ? padding + cell : cell + padding);
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out.append(line).append("\n");
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

void append_card(std::string& out, const std::vector<Column>& columns, const std::vector<std::string>& cells,
                 std::size_t width, bool colours) {
  const auto first = std::find_if(cells.begin(), cells.end(), [](const auto& cell) { return !cell.empty(); });
  if (first == cells.end()) return;
  out.append(inked(cut_to(*first, width), Ink::bold, colours)).append("\n");
  std::string line;
  const auto flush = [&] {
    if (!line.empty()) out.append(card_indent).append(line).append("\n");
    line.clear();
  };
  const auto room = width > card_indent.size() ? width - card_indent.size() : 1;
  for (auto at = first + 1; at != cells.end(); ++at) {
    if (at->empty()) continue;
    const auto& column = columns[static_cast<std::size_t>(at - cells.begin())];
    auto piece = column.title == *at ? *at : lower(column.title) + " " + *at;
    if (column.kind == Column::Kind::text) piece = cut_to(piece, room);
    if (!line.empty() && columns_of(line) + columns_of(card_gap) + columns_of(piece) > room) flush();
    line.append(line.empty() ? "" : card_gap).append(piece);
  }
  flush();
}

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

void Table::add(std::vector<std::string> cells) {
  if (cells.size() != columns_.size()) throw std::logic_error("a row has another number of cells than the table");
  for (auto& cell : cells) cell = printable(cell);
  rows_.push_back(std::move(cells));
}

std::string Table::text(std::size_t width, bool colours) const {
  std::vector<std::string> titles;
  std::vector<Shown> all;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    titles.push_back(columns_[i].title);
    const auto title = columns_of(titles[i]);
    Shown one{i, columns_[i].kind, title, title, !rows_.empty()};
    for (const auto& row : rows_) {
      one.width = std::max(one.width, columns_of(row[i]));
      one.empty = one.empty && row[i].empty();
    }
    all.push_back(one);
  }

  std::string out;
  if (!fit(all, width) && !rows_.empty()) {
    for (const auto& row : rows_) append_card(out, columns_, row, width, colours);
    return out;
  }
  std::string head;
  append_line(head, all, titles);
  head.pop_back();
  out.append(inked(head, Ink::bold, colours)).append("\n");
  for (const auto& row : rows_) append_line(out, all, row);
  return out;
}

void Table::print() const { fmt::print("{}", text(columns_available(Stream::output), has_colours(Stream::output))); }

}  // namespace rollcall::tools
