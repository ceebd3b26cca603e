#include "tools/prove/shape.hpp"

#include <algorithm>
#include <sstream>

namespace rollcall::tools {
namespace {

// "true|false" are words, "JSON|@FILE" are not.
std::vector<std::string> words_of(const std::string& type) {
  std::vector<std::string> words;
  if (type.find('|') == std::string::npos) return words;
  std::istringstream in(type);
  for (std::string word; std::getline(in, word, '|');) words.push_back(word);
  const bool placeholders = std::any_of(words.begin(), words.end(), [](const std::string& word) {
    return word == "-" || word.starts_with('@') ||
           std::none_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  });
  return placeholders ? std::vector<std::string>{} : words;
}

// CLI11 appends what an option is checked by: "TEXT:{one,two}" is one|two, other checks say nothing to people.
std::string type_of(const std::string& type) {
  const auto check = type.find(':');
  if (check == std::string::npos) return type;
  if (!type.substr(check).starts_with(":{") || !type.ends_with('}')) return type.substr(0, check);
  auto words = type.substr(check + 2, type.size() - check - 3);
  std::replace(words.begin(), words.end(), ',', '|');
  return words;
}

OptionShape shape_of(const CLI::Option& option) {
  OptionShape shape;
  for (const auto& name : option.get_snames()) shape.names.push_back("-" + name);
  for (const auto& name : option.get_lnames()) shape.names.push_back("--" + name);
  shape.positional = shape.names.empty();
  if (shape.positional) shape.names.push_back(option.get_name());
  if (option.get_items_expected_max() > 0) shape.takes = type_of(option.get_type_name());
  shape.words = words_of(shape.takes);
  shape.about = option.get_description();
  shape.required = option.get_required();
  return shape;
}

CommandShape shape_of(const CLI::App& app, const std::string& before) {
  CommandShape shape;
  shape.path = before.empty() ? app.get_name() : before + " " + app.get_name();
  shape.about = app.get_description();
  shape.footer = app.get_footer();
  for (const auto* option : app.get_options()) shape.options.push_back(shape_of(*option));
  for (const auto* inner : app.get_subcommands(nullptr)) shape.commands.push_back(shape_of(*inner, shape.path));
  return shape;
}

}  // namespace

CommandShape shape_of(const CLI::App& app) { return shape_of(app, {}); }

}  // namespace rollcall::tools
