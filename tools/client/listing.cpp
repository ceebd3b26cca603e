#include "tools/client/listing.hpp"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "tools/print/json_view.hpp"
#include "tools/print/table.hpp"

namespace rollcall::tools {
namespace {

std::string option_name(std::string_view parameter) {
  auto option = "--" + std::string{parameter};
  std::replace(option.begin(), option.end(), '_', '-');
  return option;
}

// "some of active, invited; default active": what a schema says to people.
std::string hint(const ParameterOption& parameter) {
  std::string text;
  const auto words = [&](const json::value& schema) {
    std::string list;
    for (const auto& word : elements(schema, "enum"))
      if (!text_of(word).starts_with('-')) list.append(list.empty() ? "" : ", ").append(text_of(word));
    return list;
  };
  if (const auto some = words(member(parameter.schema, "items")); !some.empty()) text = "some of " + some;
  if (const auto& most = member(parameter.schema, "maximum"); parameter.name == "limit")
    text = fmt::format("at most {}", number_of(most));
  const bool boolean = member(parameter.schema, "type") == "boolean";
  if (parameter.otherwise && !boolean) text += (text.empty() ? "default " : "; default ") + *parameter.otherwise;
  return text.empty() ? std::string{parameter.help} : fmt::format("{} ({})", parameter.help, text);
}

// "name|status|last_sign_in", or TEXT where it is no choice of a few. In front of an order there may be a -.
std::string words_to_choose(const json::object& schema) {
  std::string words;
  for (const auto& word : elements(schema, "enum"))
    if (!text_of(word).starts_with('-')) words.append(words.empty() ? "" : "|").append(text_of(word));
  return words.empty() ? "TEXT" : words;
}

// A list of people: their names, the first few of them.
std::string names_in(const json::array& people) {
  constexpr std::size_t named = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(named, people.size()); ++i) {
    const auto name = text_of(member(people[i], "name"));
    text.append(i > 0 ? ", " : "").append(name.empty() ? text_of(member(people[i], "email")) : name);
  }
  return people.size() > named ? fmt::format("{}, … ({})", text, people.size()) : text;
}

std::string cell(const json::value& row, const projections::ListColumn& column) {
  const auto& value = member(row, column.member);
  const auto& note = member(row, column.note);
  std::string text;
  // A flag with a word of its own is that word, or nothing.
  if (column.note.empty() && !column.note_word.empty())
    text = value == true ? column.note_word : "";
  else if (value.is_array() && !value.get_array().empty() && value.get_array().front().is_object())
    text = names_in(value.get_array());
  else
    text = shown(value);
  if (column.note.empty()) return text;
  if (note == true) return fmt::format("{} ({})", text, column.note_word);
  return note.is_string() ? fmt::format("{} ({})", text, text_of(note)) : text;
}

Column::Kind kind_of(projections::ListColumn::Kind kind) {
  switch (kind) {
    case projections::ListColumn::Kind::whole: return Column::Kind::whole;
    case projections::ListColumn::Kind::number: return Column::Kind::number;
    case projections::ListColumn::Kind::time: return Column::Kind::time;
    case projections::ListColumn::Kind::id: return Column::Kind::whole;
    case projections::ListColumn::Kind::text: break;
  }
  return Column::Kind::text;
}

}  // namespace

void add_parameter(CLI::App& command, QueryOptions& options, const ParameterOption& parameter) {
  const std::string name{parameter.name};
  const auto checked = [check = parameter.check](std::string& text) { return check(text); };
  if (parameter.in_path) {
    auto type = name;
    std::transform(type.begin(), type.end(), type.begin(), [](unsigned char c) { return std::toupper(c); });
    command.add_option(name, options.given[name], std::string{parameter.help})
        ->required()
        ->type_name(type)
        ->check(CLI::Validator(checked, ""));
  } else if (member(parameter.schema, "type") == "boolean") {
    const auto given = [&text = options.given[name]](std::int64_t times) { text = times > 0 ? "true" : ""; };
    command.add_flag(option_name(name), std::function<void(std::int64_t)>(given), std::string{parameter.help});
  } else {
    const std::string type = member(parameter.schema, "type") == "integer" ? "N" : words_to_choose(parameter.schema);
    const auto option = command.add_option(option_name(name), options.given[name], hint(parameter));
    option->type_name(type)->required(parameter.required)->check(CLI::Validator(checked, ""));
  }
}

void add_common_options(CLI::App& command, QueryOptions& options, bool list) {
  if (list) {
    if (auto* cursor = command.get_option_no_throw("--cursor"))  // else it is all on one page
      command.add_flag("--all", options.all, "all pages")->excludes(cursor);
    command.add_flag("--ids", options.ids, "show ids as well");
  }
  command.add_option("--min-position", options.min_position, "wait until this position of the log is to be seen here")
      ->type_name("N");
  add_remote_options(command, options.remote);
}

std::string& Given::operator[](std::string_view name) {
  for (auto& [known, text] : texts_)
    if (known == name) return text;
  return texts_.emplace_back(name, "").second;
}

std::string target_of(std::string_view path, const QueryOptions& options) {
  std::vector<std::string_view> segments;
  Parameters parameters;
  std::vector<std::string_view> in_path;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto slash = std::min(path.find('/'), path.size());
    auto segment = path.substr(0, slash);
    path.remove_prefix(slash);
    if (segment.starts_with('{')) {
      in_path.push_back(segment.substr(1, segment.size() - 2));
      for (const auto& [name, text] : options.given)
        if (name == in_path.back()) segment = text;
    }
    segments.push_back(segment);
  }
  for (const auto& [name, text] : options.given)
    if (std::find(in_path.begin(), in_path.end(), name) == in_path.end()) parameters.emplace_back(name, text);
  return target_of(segments, parameters);
}

json::value fetch_list(Remote& remote, std::string_view path, QueryOptions options, std::string_view listed) {
  auto& limit = options.given["limit"];
  if (limit.empty() && options.all) limit = fmt::to_string(projections::page_rows_max);
  auto answer = remote.get(target_of(path, options), options.min_position);
  while (options.all && member(answer, "next").is_string()) {
    options.given["cursor"] = text_of(member(answer, "next"));
    auto page = remote.get(target_of(path, options), options.min_position);
    auto rows = elements(answer, listed);
    for (const auto& row : elements(page, listed)) rows.push_back(row);
    answer = std::move(page);
    answer.as_object()[listed] = std::move(rows);
  }
  return answer;
}

void print_list(const json::value& answer, std::string_view listed, std::span<const projections::ListColumn> all,
                bool ids) {
  std::vector<projections::ListColumn> columns(all.begin(), all.end());
  if (!ids) std::erase_if(columns, [](const auto& one) { return one.kind == projections::ListColumn::Kind::id; });
  std::vector<Column> titles;
  for (const auto& column : columns) titles.push_back({std::string{column.title}, kind_of(column.kind)});
  Table table{std::move(titles)};
  for (const auto& row : elements(answer, listed)) {
    std::vector<std::string> cells;
    for (const auto& column : columns) cells.push_back(cell(row, column));
    table.add(std::move(cells));
  }
  table.print();
  const auto next = text_of(member(answer, "next"));
  if (!next.empty()) fmt::print("\nThere is more: --all shows everything, --cursor {} the next page.\n", next);
}

}  // namespace rollcall::tools
