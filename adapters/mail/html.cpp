#include "adapters/mail/html.hpp"

#include <vector>

#include <fmt/format.h>

#include "events/fields.hpp"

namespace rollcall {
namespace {

constexpr std::size_t token_letters_least = 30;

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out.push_back(c);
    }
  return out;
}

std::vector<std::string_view> divided(std::string_view text, std::string_view by) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const auto end = std::min(text.find(by), text.size());
    if (end > 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + by.size(), text.size()));
  }
  return parts;
}

std::string line_of(std::string_view line) {
  const bool word = line.find(' ') == line.npos;
  const auto text = escaped(line);
  if (word && (line.starts_with("https://") || line.starts_with("http://")))
    return fmt::format(R"(<a href="{}">{}</a>)", text, text);
  const bool code = line.starts_with("rollcall ") || (word && line.size() >= token_letters_least);
  return code ? fmt::format(R"(<code style="word-break:break-all">{}</code>)", text) : text;
}

}  // namespace

std::string html_of(std::string_view subject, std::string_view text, Language language) {
  std::string body;
  for (const auto paragraph : divided(text, "\n\n")) {
    std::string lines;
    for (const auto line : divided(paragraph, "\n")) lines.append(lines.empty() ? "" : "<br>\n").append(line_of(line));
    body += fmt::format("<p>{}</p>\n", lines);
  }
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"{}\">\n<head><meta charset=\"utf-8\"><title>{}</title></head>\n"
      "<body style=\"font-family:sans-serif;line-height:1.5;max-width:40em\">\n{}</body>\n</html>\n",
      name_of(language), escaped(subject), body);
}

}  // namespace rollcall
