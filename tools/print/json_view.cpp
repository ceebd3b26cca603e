#include "tools/print/json_view.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "tools/print/table.hpp"
#include "tools/print/text.hpp"

namespace rollcall::tools {
namespace {

constexpr std::size_t indent = 2;

bool is_list_of_objects(const json::value& value) {
  const auto* array = value.if_array();
  return array && !array->empty() &&
         std::all_of(array->begin(), array->end(), [](const auto& e) { return e.is_object(); });
}

std::string in_words(std::string_view name) {
  std::string words{name};
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

std::string table_of(const json::array& objects, std::size_t width) {
  std::vector<std::string_view> names;
  for (const auto& object : objects)
    for (const auto& entry : object.get_object())
      if (std::find(names.begin(), names.end(), entry.key()) == names.end()) names.emplace_back(entry.key());
  std::vector<Column> columns;
  for (const auto name : names) columns.push_back({in_words(name)});
  Table table{std::move(columns)};
  for (const auto& object : objects) {
    std::vector<std::string> cells;
    for (const auto name : names) cells.push_back(shown(object, name));
    table.add(std::move(cells));
  }
  return table.text(width);
}

// Text of several lines, each indented, made harmless and ended.
void append_block(std::string& out, std::string_view lines, std::size_t depth) {
  while (!lines.empty()) {
    const auto end = std::min(lines.find('\n'), lines.size());
    if (end > 0) out.append(depth * indent, ' ');
    out.append(printable(lines.substr(0, end))).append("\n");
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
}

void append_outline(std::string& out, const json::object& object, std::size_t width, std::size_t depth) {
  std::size_t widest = 0;
  for (const auto& entry : object)
    if (!entry.value().is_object() && !is_list_of_objects(entry.value()))
      widest = std::max(widest, columns_of(entry.key()));
  const auto room = width > (depth + 1) * indent ? width - (depth + 1) * indent : 1;

  for (const auto& entry : object) {
    const auto name = printable(in_words(entry.key()));
    out.append(depth * indent, ' ').append(name);
    if (const auto* nested = entry.value().if_object()) {
      out.append("\n");
      append_outline(out, *nested, width, depth + 1);
    } else if (is_list_of_objects(entry.value())) {
      out.append("\n");
      append_block(out, table_of(entry.value().get_array(), room), depth + 1);
    } else if (text_of(entry.value()).find('\n') != std::string_view::npos) {
      out.append("\n");
      append_block(out, text_of(entry.value()), depth + 1);
    } else {
      const auto value = printable(shown(entry.value()));
      if (!value.empty()) out.append(widest - std::min(widest, columns_of(name)) + 2, ' ').append(value);
      out.append("\n");
    }
  }
}

}  // namespace

const json::value& member(const json::object& of, std::string_view name) {
  static const json::value nothing;
  const auto* found = of.if_contains(name);
  return found ? *found : nothing;
}

const json::value& member(const json::value& of, std::string_view name) {
  static const json::object nothing;
  return member(of.is_object() ? of.get_object() : nothing, name);
}

const json::array& elements(const json::object& of, std::string_view name) {
  static const json::array none;
  const auto* array = member(of, name).if_array();
  return array ? *array : none;
}

const json::array& elements(const json::value& of, std::string_view name) {
  static const json::object nothing;
  return elements(of.is_object() ? of.get_object() : nothing, name);
}

std::string_view text_of(const json::value& value) {
  const auto* text = value.if_string();
  return text ? std::string_view{*text} : std::string_view{};
}

std::uint64_t number_of(const json::value& value) {
  if (value.is_uint64()) return value.get_uint64();
  if (value.is_int64() && value.get_int64() >= 0) return static_cast<std::uint64_t>(value.get_int64());
  return 0;
}

std::string shown(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null: return {};
    case json::kind::bool_: return value.get_bool() ? "yes" : "no";
    case json::kind::string: return short_time(text_of(value));
    case json::kind::double_: return fmt::format("{:.6g}", value.get_double());
    case json::kind::int64:
      if (value.get_int64() < 0) return fmt::to_string(value.get_int64());
      [[fallthrough]];
    case json::kind::uint64: return grouped(number_of(value));
    case json::kind::array: {
      std::string list;
      for (const auto& element : value.get_array()) list.append(list.empty() ? "" : ", ").append(shown(element));
      return list;
    }
    case json::kind::object: break;
  }
  return json::serialize(value);
}

void print_json(const json::value& document) { fmt::print("{}\n", json::serialize(document)); }

std::string outline(const json::object& object, std::size_t width) {
  std::string out;
  append_outline(out, object, width, 0);
  return out;
}

}  // namespace rollcall::tools
