#include "tools/print/text.hpp"

#include <algorithm>
#include <cmath>
#include <cwchar>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <locale.h>

#include "events/utf8.hpp"

namespace rollcall::tools {
namespace {

// UTF-8 whatever the user's locale is: the server speaks nothing else. Per thread, for as long as it lives.
class Utf8 {
 public:
  Utf8() : before_(uselocale(utf8())) {}
  ~Utf8() { uselocale(before_); }
  Utf8(const Utf8&) = delete;
  Utf8& operator=(const Utf8&) = delete;

 private:
  static locale_t utf8() {
    static const locale_t made = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return made;
  }
  locale_t before_;
};

// One character: its bytes and its columns; nothing for columns when it must not reach a terminal.
struct Glyph {
  std::string_view bytes;
  std::optional<std::size_t> columns;
  wchar_t unseen = 0;  // which one, of those that have no shape
};

// Calls visit(glyph) for each character until it returns false.
template <class Visit>
void each_glyph(std::string_view text, Visit visit) {
  const Utf8 in_utf8;
  while (!text.empty()) {
    wchar_t c = 0;
    std::mbstate_t state{};
    const auto taken = std::mbrtowc(&c, text.data(), text.size(), &state);
    Glyph glyph{text.substr(0, 1), std::nullopt, 0};
    if (taken > 0 && taken <= text.size()) {
      glyph.bytes = text.substr(0, taken);
      const auto columns = wcwidth(c);
      if (utf8::is_unseen(static_cast<char32_t>(c)))
        glyph.unseen = c;
      else if (columns >= 0)
        glyph.columns = static_cast<std::size_t>(columns);
    }
    if (!visit(glyph)) return;
    text.remove_prefix(glyph.bytes.size());
  }
}

}  // namespace

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  each_glyph(text, [&](const Glyph& glyph) {
    columns += glyph.columns.value_or(1);
    return true;
  });
  return columns;
}

std::string cut_to(std::string_view text, std::size_t columns) {
  if (text.size() <= columns || columns_of(text) <= columns) return std::string{text};
  if (columns == 0) return {};
  std::string cut;
  std::size_t used = 1;  // of the ellipsis
  each_glyph(text, [&](const Glyph& glyph) {
    used += glyph.columns.value_or(1);
    if (used <= columns) cut.append(glyph.bytes);
    return used <= columns;
  });
  return cut + "…";
}

std::string printable(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  each_glyph(text, [&](const Glyph& glyph) {
    if (glyph.unseen)
      shown += fmt::format("<U+{:04X}>", static_cast<std::uint32_t>(glyph.unseen));
    else
      shown.append(glyph.columns ? glyph.bytes : std::string_view{"\uFFFD"});
    return true;
  });
  return shown;
}

std::string grouped(std::uint64_t number) {
  auto digits = fmt::to_string(number);
  for (auto at = digits.size(); at > 3;) digits.insert(at -= 3, 1, ',');
  return digits;
}

std::string clock_text(double seconds) {
  const auto whole = static_cast<std::uint64_t>(std::llround(std::max(0.0, std::min(seconds, 3.6e9))));
  const auto minutes = whole / 60;
  if (minutes < 60) return fmt::format("{}:{:02}", minutes, whole % 60);
  return fmt::format("{}:{:02}:{:02}", minutes / 60, minutes % 60, whole % 60);
}

std::string short_time(std::string_view instant, Precision precision) {
  if (instant.size() < 20 || instant[10] != 'T' || instant.back() != 'Z') return std::string{instant};
  return fmt::format("{} {}Z", instant.substr(0, 10), instant.substr(11, precision == Precision::minutes ? 5 : 8));
}

std::size_t edit_distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), 0u);
  for (std::size_t i = 0; i < from.size(); ++i) {
    auto diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < to.size(); ++j) {
      const auto changed = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace rollcall::tools
