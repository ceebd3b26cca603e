#include "tools/client/csv_text.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <fmt/format.h>
#include <iconv.h>

#include "events/utf8.hpp"
#include "tools/client/csv.hpp"

namespace rollcall::tools {
namespace {

constexpr std::array<std::pair<char, std::string_view>, 4> separators{
    {{',', "comma"}, {';', "semicolon"}, {'\t', "tab"}, {'|', "bar"}}};

constexpr std::string_view utf8_mark = "\xEF\xBB\xBF", little_mark = "\xFF\xFE", big_mark = "\xFE\xFF";

// Nothing when the bytes are none of this encoding.
std::optional<std::string> to_utf8(std::string_view bytes, const char* encoding) {
  const auto converter = ::iconv_open("UTF-8", encoding);
  if (converter == reinterpret_cast<iconv_t>(-1)) return std::nullopt;
  std::string text;
  std::array<char, 4'096> buffer{};
  auto* in = const_cast<char*>(bytes.data());  // iconv does not write there
  auto left = bytes.size();
  bool good = true;
  while (left > 0 && good) {
    auto* out = buffer.data();
    auto room = buffer.size();
    const auto converted = ::iconv(converter, &in, &left, &out, &room);
    text.append(buffer.data(), buffer.size() - room);
    good = converted != static_cast<std::size_t>(-1) || errno == E2BIG;
  }
  ::iconv_close(converter);
  if (!good) return std::nullopt;
  return text;
}

// UTF-16 without its mark: of Latin letters every other byte is zero.
std::optional<const char*> zeros_tell(std::string_view bytes) {
  const auto looked_at = bytes.substr(0, 1'024);
  std::array<std::size_t, 2> zeros{};
  for (std::size_t i = 0; i < looked_at.size(); ++i) zeros[i % 2] += looked_at[i] == '\0';
  if (zeros[1] > looked_at.size() / 4 && zeros[0] == 0) return "UTF-16LE";
  if (zeros[0] > looked_at.size() / 4 && zeros[1] == 0) return "UTF-16BE";
  return std::nullopt;
}

Expected<std::string, std::string> decoded(std::string_view bytes, const CsvChoices& choices,
                                           std::vector<std::string>& assumed) {
  const auto from = [&](std::string_view text, const char* encoding) -> Expected<std::string, std::string> {
    if (auto converted = to_utf8(text, encoding)) return std::move(*converted);
    return unexpected(fmt::format("it is not {} throughout: export it as UTF-8, or say --encoding", encoding));
  };
  const auto sixteen = [&](const char* without_mark) {
    if (bytes.starts_with(little_mark)) return from(bytes.substr(2), "UTF-16LE");
    if (bytes.starts_with(big_mark)) return from(bytes.substr(2), "UTF-16BE");
    return from(bytes, without_mark);
  };
  if (choices.encoding == CsvEncoding::utf_16) return sixteen(zeros_tell(bytes).value_or("UTF-16LE"));
  if (choices.encoding == CsvEncoding::windows_1252) return from(bytes, "WINDOWS-1252");
  if (!choices.encoding) {
    const auto told = zeros_tell(bytes);
    if (bytes.starts_with(little_mark) || bytes.starts_with(big_mark) || told) {
      assumed.emplace_back("read as UTF-16");
      return sixteen(told.value_or("UTF-16LE"));
    }
    if (!utf8::valid(bytes)) {
      assumed.emplace_back("read as Windows-1252, since it is not UTF-8 (--encoding says another)");
      return from(bytes, "WINDOWS-1252");
    }
  }
  if (!utf8::valid(bytes)) return unexpected(std::string{"it is not UTF-8 throughout: --encoding says another"});
  return std::string{bytes.starts_with(utf8_mark) ? bytes.substr(utf8_mark.size()) : bytes};
}

// How well a separator explains the first records: whether all have as many cells, and how many these are.
std::pair<bool, std::size_t> explains(std::string_view text, char separator) {
  constexpr int records_looked_at = 20;
  CsvReader reader(text, separator);
  std::size_t cells = 0;
  bool all_alike = true;
  for (int i = 0; i < records_looked_at; ++i) {
    const auto record = reader.next();
    if (!record) return {false, i == 0 ? 0 : cells};
    if (!*record) break;
    if (i == 0)
      cells = (*record)->cells.size();
    else if ((*record)->cells.size() != cells)
      all_alike = false;
  }
  return {all_alike && cells > 1, cells};
}

char found_separator(std::string_view text) {
  char best = ',';
  auto how_well = explains(text, best);
  for (const auto& [separator, name] : separators) {
    const auto other = explains(text, separator);
    if (other > how_well) {
      best = separator;
      how_well = other;
    }
  }
  return best;
}

}  // namespace

std::optional<char> separator_named(std::string_view name) {
  for (const auto& [separator, known] : separators)
    if (name == known || name == std::string_view{&separator, 1}) return separator;
  return std::nullopt;
}

std::string_view name_of_separator(char separator) {
  for (const auto& [known, name] : separators)
    if (separator == known) return name;
  return "?";
}

Expected<CsvText, std::string> csv_text(std::string_view bytes, const CsvChoices& choices) {
  CsvText csv;
  auto text = decoded(bytes, choices, csv.assumed);
  if (!text) return unexpected(std::move(text.error()));
  csv.text = std::move(*text);
  std::optional<char> said;
  constexpr std::string_view excels = "sep=";
  if (csv.text.starts_with(excels) && csv.text.size() > excels.size()) {
    said = separator_named(std::string_view{csv.text}.substr(excels.size(), 1));
    const auto end = csv.text.find('\n');
    if (said && end != std::string::npos && end <= excels.size() + 2) {
      csv.text.erase(0, end + 1);
      csv.first_line = 2;
    } else {
      said.reset();
    }
  }
  csv.separator = choices.separator.value_or(said.value_or(found_separator(csv.text)));
  if (!choices.separator && !said && csv.separator != ',')
    csv.assumed.push_back(
        fmt::format("its cells are separated with a {} (--separator says another)", name_of_separator(csv.separator)));
  return csv;
}

}  // namespace rollcall::tools
