// Tables on a terminal: columns aligned by what the text takes there, cut to its width.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace rollcall::tools {

struct Column {
  enum class Kind {
    text,    // to the left; cut when the terminal is too narrow
    whole,   // to the left; never cut, since people copy it: ids, instants
    number,  // to the right; never cut
    time,    // to the left; a day alone when the terminal is too narrow
  };
  std::string title;
  Kind kind = Kind::text;
};

class Table {
 public:
  explicit Table(std::vector<Column> columns);

  // One cell for each column, as it is: made harmless (see `printable`) when shown. Throws std::logic_error otherwise.
  void add(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }

  // Title line and rows, each ended by a newline. `width` is what a line may take: to keep to it, columns without a
  // single value are left out, then `text` columns give way, the widest first, then times become days. Where that is
  // not enough either, each row is a card: its first cell in a line, the others with their titles below. With colours
  // the titles, or the first cells of cards, are bold.
  std::string text(std::size_t width, bool colours = false) const;

  // text() on standard output, as wide as that is.
  void print() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace rollcall::tools
